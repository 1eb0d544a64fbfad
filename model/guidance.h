/* Guidance: moves along forces that follow the steps of a sampler. Components of kind "guidance". With a force field F
 * the draws come to lie nearer to minima of the energy (arXiv:2510.13448, equation 7). */
#ifndef GD_MODEL_GUIDANCE_H
#define GD_MODEL_GUIDANCE_H

#include "atoms/system.h"
#include "engine/language/registry.h"

/* Where forces come from: a network, or a potential. */
struct gd_force_source {
    /* forces [set->count][mobile][3] in eV/Å; set and forces are in memory of the sampling's backend, as those of
     * struct gd_score. */
    enum gd_status (*evaluate)(void *self, const struct gd_set *set, float *forces, struct gd_error *error);
    void *self;
};

/* One structure after a step of the sampler, as a guidance sees it. */
struct gd_guided {
    size_t atoms;                 /* the mobile ones */
    const double (*forces)[3];    /* [atoms], eV/Å */
    const double (*direction)[3]; /* [atoms], Å: of the L-BFGS history of this structure, if there is memory for one */
    double time, pace;            /* t after the step, and how much of t the step has taken */
};

struct gd_guidance_class {
    struct gd_component base;
    /* How strong it is at time t, relative to its strongest; greatest at t = 0. Where it is below GD_GUIDANCE_MIN, no
     * forces are asked for. */
    double (*strength)(const void *params, double t);
    int (*memory)(const void *params); /* pairs of the L-BFGS history; 0: none */
    /* The move [atoms][3] in Å. */
    void (*move)(const void *params, const struct gd_guided *structure, double (*move)[3]);
};

#define GD_GUIDANCE_MIN 1e-3

extern const struct gd_kind gd_kind_guidance;
extern const struct gd_guidance_class *const gd_guidances[]; /* NULL-ended */

/* The relaxation at the end of a draw. */
struct gd_finish {
    int64_t steps; /* at most; 0: none */
    double fmax;   /* eV/Å: a structure whose longest force is at most this has finished */
    double cap;    /* Å: longest move of an atom in a step */
    double reach;  /* Å: a structure one of whose atoms ends farther from where it was drawn is put back */
    double clash;  /* Å: so is one with two atoms closer than this */
};

/* What happened in a draw: how often, and to how many structures. */
struct gd_guidance_counts {
    int64_t calls;    /* forces that were needed, of one structure each: of one that has finished no more */
    int64_t held;     /* times a structure was not moved, since a force on it was longer than the limit */
    int64_t finished; /* structures that the relaxation brought to its fmax */
    int64_t put_back; /* structures that it moved too far, or too close */
};

/* All that guides a draw. */
struct gd_guide {
    const struct gd_guidance_class *type;
    const void *params;
    struct gd_force_source forces;
    double limit; /* eV/Å: structures with a longer force are not moved */
    struct gd_finish finish;
    struct gd_guidance_counts *counts; /* added to */
};

#define GD_EXPONENT_ROW(params_type)                                                                                   \
    {                                                                                                                  \
        .name = "exponent", .type = GD_FLOAT, .offset = offsetof(params_type, exponent), .initial = "3", .min = 0,     \
        .max = 100, .help = "exponent ζ of (1 - t): how late the moves set in"                                        \
    }

#endif
