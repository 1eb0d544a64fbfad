/* Optimiser `lbfgs`: directions of the limited-memory BFGS method (atoms/lbfgs.h), taken as they are. */
#include <stdlib.h>

#include "atoms/lbfgs.h"
#include "engine/base/memory.h"
#include "potentials/optimiser.h"

struct params {
    int64_t memory;
};

struct lbfgs {
    struct gd_optimiser base;
    struct gd_basis basis;
    struct gd_lbfgs *history; /* of one structure */
};

extern const struct gd_optimiser_class gd_optimiser_lbfgs;

static const struct gd_param rows[] = {
    {.name = "memory",
     .type = GD_INT,
     .offset = offsetof(struct params, memory),
     .initial = "30",
     .min = 1,
     .max = 1000,
     .help = "pairs of displacements and changes of the forces that are remembered"},
    {0},
};

static enum gd_status create(const void *params, const struct gd_basis *basis, size_t atoms, double cap,
                             struct gd_optimiser **optimiser, struct gd_error *error)
{
    const struct params *given = params;
    struct lbfgs *made = gd_array(1, sizeof *made);
    struct gd_lbfgs *history = gd_lbfgs_new(1, atoms, (int)given->memory);
    (void)cap;
    if (!made || !history) {
        free(made);
        gd_lbfgs_free(history);
        return gd_no_memory(error, "an optimiser");
    }
    *made = (struct lbfgs){{&gd_optimiser_lbfgs}, *basis, history};
    *optimiser = &made->base;
    return GD_OK;
}

static void find_move(struct gd_optimiser *optimiser, const double (*positions)[3], const double (*forces)[3],
                      double (*move)[3])
{
    const struct lbfgs *self = (const struct lbfgs *)optimiser;
    gd_lbfgs_find_direction(self->history, 0, &self->basis, positions, forces, move);
}

static void destroy(struct gd_optimiser *optimiser)
{
    struct lbfgs *self = (struct lbfgs *)optimiser;
    gd_lbfgs_free(self->history);
    free(self);
}

const struct gd_optimiser_class gd_optimiser_lbfgs = {
    .base = {"lbfgs", "limited-memory BFGS", rows, sizeof(struct params)},
    .create = create,
    .find_move = find_move,
    .destroy = destroy,
};
