/* What the module that speaks with the KIM API (https://openkim.org/kim-api) offers to the potential `kim`. It is a
 * shared object of its own, loaded when a pipeline asks for a model, so that the program itself needs no KIM. */
#ifndef GD_POTENTIALS_KIM_MODULE_H
#define GD_POTENTIALS_KIM_MODULE_H

#include <stddef.h>

/* A model; one thread at a time. */
struct gd_kim_model;

/* Particles are atoms and the images of atoms that they feel. Neighbours of particle i in list l are
 * neighbour[l][first[l][i]] ..; images may have none where the model does not ask. */
struct gd_kim_particles {
    int count;
    int *codes;             /* [count] the model's codes of species */
    int *contributing;      /* [count] 1: an atom, 0: an image */
    double (*positions)[3]; /* [count] Å */
    const size_t **first;   /* [lists] of [count + 1] */
    const int **neighbour;  /* [lists] */
};

struct gd_kim_module {
    /* Opens a model in Å and eV; NULL: `why` says why not. From one thread at a time. Free with `close`. */
    struct gd_kim_model *(*open)(const char *name, char *why, size_t size);
    void (*close)(struct gd_kim_model *model);
    /* The model's code of an element; -1: it does not know it. */
    int (*code)(const struct gd_kim_model *model, const char *symbol);
    double (*influence)(const struct gd_kim_model *model); /* Å: images farther than this from all atoms do not count */
    int (*lists)(const struct gd_kim_model *model);
    double (*cutoff)(const struct gd_kim_model *model, int list);       /* Å */
    int (*asks_for_images)(const struct gd_kim_model *model, int list); /* whether it asks for neighbours of images */
    /* Energy (eV) and forces (eV/Å, [count][3]), also those on images. 0, or what the model returned. */
    int (*compute)(struct gd_kim_model *model, const struct gd_kim_particles *particles, double *energy,
                   double (*forces)[3]);
};

#define GD_KIM_SYMBOL "gd_kim_module" /* of the only thing that the module exports */

extern const struct gd_kim_module gd_kim_module;

#endif
