/* Optimiser `bfgs`: quasi-Newton steps with the whole Hessian matrix B, as the Atomic Simulation Environment takes
 * them. B begins as a multiple of 1 and gets the update of Broyden, Fletcher, Goldfarb and Shanno (Nocedal and Wright,
 * Numerical Optimization, 2nd ed., eq. 6.19). A step is |B|⁻¹ F, with the absolute values of the eigenvalues: so it is
 * downhill also where the energy is not convex. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/symmetric.h"
#include "potentials/optimiser.h"

#define SHORTEST 1e-7 /* Å: displacements without a longer component do not change the Hessian */

struct params {
    double curvature;
};

struct bfgs {
    struct gd_optimiser base;
    struct gd_basis basis;
    size_t numbers;
    bool begun;
    double *hessian;             /* [numbers][numbers] eV/Å² */
    double *workspace;           /* [2 numbers + 4][numbers] */
    double *position, *force;    /* [numbers] of the last call */
    double *shift, *fall, *push; /* [numbers]: displacement, change of the force, and Hessian times displacement */
};

extern const struct gd_optimiser_class gd_optimiser_bfgs;

static const struct gd_param rows[] = {
    {.name = "curvature",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, curvature),
     .initial = "70.0",
     .min = 0,
     .max = 1e6,
     .above_min = true,
     .unit = "eV/Å²",
     .help = "diagonal of the Hessian matrix at the start"},
    {0},
};

static void destroy(struct gd_optimiser *optimiser)
{
    struct bfgs *self = (struct bfgs *)optimiser;
    free(self->hessian);
    free(self->workspace);
    free(self->position);
    free(self);
}

static enum gd_status create(const void *params, const struct gd_basis *basis, size_t atoms, double cap,
                             struct gd_optimiser **optimiser, struct gd_error *error)
{
    const struct params *given = params;
    const size_t n = 3 * atoms;
    struct bfgs *made = gd_array(1, sizeof *made);
    (void)cap;
    if (!made)
        return gd_no_memory(error, "an optimiser");
    *made = (struct bfgs){.base = {&gd_optimiser_bfgs},
                          .basis = *basis,
                          .numbers = n,
                          .hessian = gd_array(n, n * sizeof(double)),
                          .workspace = gd_array(n, (2 * n + 4) * sizeof(double)),
                          .position = gd_array(n, 5 * sizeof(double))};
    if (!made->hessian || !made->workspace || !made->position) {
        destroy(&made->base);
        return gd_no_memory(error, "an optimiser");
    }
    made->force = made->position + n;
    made->shift = made->force + n;
    made->fall = made->shift + n;
    made->push = made->fall + n;
    for (size_t i = 0; i < n; i++)
        made->hessian[i * n + i] = given->curvature;
    *optimiser = &made->base;
    return GD_OK;
}

/* Displacement and change of the force since the last call; false when nothing has moved. */
static bool compare(struct bfgs *self, const double *position, const double *force)
{
    double longest = 0;
    for (size_t c = 0; c < self->numbers; c++) {
        self->shift[c] = position[c] - self->position[c];
        self->fall[c] = force[c] - self->force[c];
    }
    for (size_t c = 0; c < self->numbers; c += 3)
        gd_minimum_image(&self->basis, self->shift + c);
    for (size_t c = 0; c < self->numbers; c++)
        longest = fmax(longest, fabs(self->shift[c]));
    return longest >= SHORTEST;
}

/* B -= y yᵀ / s·y + B s sᵀ B / s·B s, where y is the change of the force: minus that of the gradient. Where the
 * forces are constant, or B s is orthogonal to s, B stays. */
static void update(struct bfgs *self)
{
    const size_t n = self->numbers;
    double curvature = 0, expected = 0;
    for (size_t i = 0; i < n; i++) {
        self->push[i] = 0;
        for (size_t j = 0; j < n; j++)
            self->push[i] += self->hessian[i * n + j] * self->shift[j];
        curvature += self->shift[i] * self->fall[i];
        expected += self->shift[i] * self->push[i];
    }
    for (size_t i = 0; i < n && curvature != 0 && expected != 0; i++)
        for (size_t j = 0; j < n; j++)
            self->hessian[i * n + j] -=
                self->fall[i] * self->fall[j] / curvature + self->push[i] * self->push[j] / expected;
}

static void find_move(struct gd_optimiser *optimiser, const double (*positions)[3], const double (*forces)[3],
                      double (*move)[3])
{
    struct bfgs *self = (struct bfgs *)optimiser;
    const size_t size = self->numbers * sizeof(double);
    if (self->begun && compare(self, positions[0], forces[0]))
        update(self);
    self->begun = true;
    memcpy(self->position, positions, size);
    memcpy(self->force, forces, size);
    memcpy(move, forces, size);
    gd_symmetric_solve(self->hessian, self->numbers, move[0], self->workspace);
}

const struct gd_optimiser_class gd_optimiser_bfgs = {
    .base = {"bfgs", "BFGS with the whole Hessian matrix, as ASE's", rows, sizeof(struct params)},
    .create = create,
    .find_move = find_move,
    .destroy = destroy,
};
