/* The prior of the head for noised energies. Filters vanish at the cutoff, so that a network cannot say how an energy
 * grows from there on. With a prior of variance ν, the head's output is
 *
 *     U(x, t) = Σ_i |x_i - x̄|² / 2(s(t)² + ν) + what the network adds,
 *
 * over the mobile atoms, with x̄ their mean: -log of a Gaussian of structures about their mean, noised. It rises at any
 * distance. For structures in open space. */
#ifndef GD_MODEL_PRIOR_H
#define GD_MODEL_PRIOR_H

#include "model/head.h"
#include "model/layers.h"

struct gd_prior {
    double variance; /* ν in Å²; 0: there is no prior */
    struct gd_process process;

    /* Of a pass, on the backend; see struct gd_spring. */
    int *first, *place;
    float *stiffness;

    void *host; /* the same */
    size_t capacity;
};

/* The model's, for heads that have one; free `host`. */
void gd_prior_open(struct gd_prior *prior, const struct gd_head_class *type, const struct gd_model *model);

/* The arrays of a pass, and what they contain for the network's batch at times [structures]. */
void gd_prior_carve(struct gd_prior *prior, struct gd_layout *carver, size_t structures, size_t atoms);
enum gd_status gd_prior_prepare(struct gd_prior *prior, const struct gd_graph_network *network, const double *times,
                                struct gd_error *error);

/* energy[structures] += the prior's. */
void gd_prior_energy(const struct gd_prior *prior, const struct gd_graph_network *network, float *energy);

/* The gradient of the positions += factor[structures] times the prior's. */
void gd_prior_gradient(const struct gd_prior *prior, const struct gd_graph_network *network, const float *factor);

/* GD_BAD_INPUT, with why, when structures like this one, of whose atoms the first `fixed` are a template, have no mean
 * that a prior could be about. */
enum gd_status gd_prior_check(const struct gd_structure *structure, size_t fixed, struct gd_error *error);

#endif
