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
    double time, pace;            /* t after the step, and how much of t the step has taken: of evenly spaced times,
                                   * whatever the sampler's rho */
};

struct gd_guidance_class {
    struct gd_component base;
    /* How strong it is at time t, of evenly spaced times as in struct gd_guided, relative to its strongest; greatest at
     * t = 0. Where it is below GD_GUIDANCE_MIN, no forces are asked for. */
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

/* Where the forces are learned from: structures at some distance from all of these are none that the forces know. */
struct gd_known {
    double most; /* Å: structures farther than this are not moved; 0: the distance is not asked for */
    /* *distance: Å, from positions [atoms][3], finite, to the nearest known structure; infinite without any. */
    enum gd_status (*distance)(void *self, const double *positions, double *distance, struct gd_error *error);
    void *self;
};

/* What happened in a draw: how often, and to how many structures. */
struct gd_guidance_counts {
    int64_t calls;    /* forces that were needed, of one structure each: of one that has finished no more */
    int64_t held;     /* times a structure was not moved, since a force on it was longer than the limit */
    int64_t strayed;  /* the same, since it was too far from what is known */
    int64_t finished; /* structures that the relaxation brought to its fmax */
    int64_t put_back; /* structures that it moved too far, or too close */
};

/* All that guides a draw. */
struct gd_guide {
    const struct gd_guidance_class *type;
    const void *params;
    struct gd_force_source forces;
    double limit; /* eV/Å: structures with a longer force are not moved */
    struct gd_known known;
    struct gd_finish finish;
    struct gd_guidance_counts *counts; /* added to */
};

/* Whether it ever moves anything. */
bool gd_guidance_acts(const struct gd_guidance_class *type, const void *params);

/* Guidances whose moves are limited as a whole, and fade with the noise: the beginning of their parameters, their rows,
 * their `strength` (1 - t)^exponent, and what becomes of a move at time t: it is scaled down so that no atom goes
 * farther than `cap`, and then multiplied by scale (1 - t)^exponent. */
struct gd_fading {
    double scale, exponent, cap;
};

double gd_fading_strength(const void *fading, double t);
void gd_fading_limit(const struct gd_fading *fading, double t, double (*move)[3], size_t atoms);

#define GD_SCALE_ROW(preset)                                                                                           \
    {                                                                                                                  \
        .name = "scale", .type = GD_FLOAT, .offset = offsetof(struct gd_fading, scale), .initial = preset, .min = 0,   \
        .max = 10, .help = "factor α of a move"                                                                       \
    }
#define GD_EXPONENT_ROW                                                                                                \
    {                                                                                                                  \
        .name = "exponent", .type = GD_FLOAT, .offset = offsetof(struct gd_fading, exponent), .initial = "3",          \
        .min = 0, .max = 100, .help = "exponent ζ of (1 - t), with evenly spaced times t: how late the moves set in"  \
    }
#define GD_CAP_ROW                                                                                                     \
    {                                                                                                                  \
        .name = "cap", .type = GD_FLOAT, .offset = offsetof(struct gd_fading, cap), .initial = "0.1", .min = 0,        \
        .max = 10, .above_min = true, .unit = "Å",                                                                     \
        .help = "longest move of an atom in a step, before the factor; the whole structure's move is scaled down to "  \
                "it"                                                                                                   \
    }

#endif
