#include "potentials/potential.h"

const struct gd_kind gd_kind_potential = {
    .name = "potential",
    .summary = "energy and forces of a structure",
    .form = GD_WRAPPED,
    .callbacks =
        (const size_t[]){offsetof(struct gd_potential_class, create), offsetof(struct gd_potential_class, supports),
                         offsetof(struct gd_potential_class, evaluate), offsetof(struct gd_potential_class, destroy),
                         0},
};

/* What became of one structure of the loop below, so that the failure of the first of them is the one reported. */
struct outcome {
    size_t k;
    enum gd_status status;
    struct gd_error error;
};

static void evaluate_one(const struct gd_potential *potential, struct gd_set *set, size_t k, struct outcome *outcome)
{
    struct gd_error error = {0};
    struct gd_structure structure = gd_set_view(set, k);
    enum gd_status status =
        potential->type->evaluate(potential, &structure, &set->energies[k], structure.forces, &error);
#pragma omp critical(gd_potential_outcome)
    if (status && (!outcome->status || k < outcome->k))
        *outcome = (struct outcome){k, status, error};
}

enum gd_status gd_potential_evaluate_set(const struct gd_potential *potential, struct gd_set *set, size_t first,
                                         size_t count, int threads, struct gd_error *error)
{
    struct outcome outcome = {0};
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t k = first; k < first + count; k++)
        evaluate_one(potential, set, k, &outcome);
    return outcome.status ? gd_fail(error, outcome.status, "structure %zu: %s", outcome.k + 1, outcome.error.text)
                          : GD_OK;
}

void gd_potential_free(void *potential)
{
    struct gd_potential *owned = potential;
    if (owned)
        owned->type->destroy(owned);
}
