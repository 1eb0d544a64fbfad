#include "potentials/potential.h"

#include "engine/team.h"

const struct gd_kind gd_kind_potential = {
    .name = "potential",
    .summary = "energy and forces of a structure",
    .form = GD_WRAPPED,
    .callbacks =
        (const size_t[]){offsetof(struct gd_potential_class, create), offsetof(struct gd_potential_class, supports),
                         offsetof(struct gd_potential_class, evaluate), offsetof(struct gd_potential_class, destroy),
                         0},
};

/* The structures of a set, from the first one on. */
struct work {
    const struct gd_potential *potential;
    struct gd_set *set;
    size_t first;
};

static enum gd_status evaluate_one(void *context, size_t block, struct gd_error *error)
{
    const struct work *work = context;
    struct gd_set *set = work->set;
    size_t k = work->first + block;
    struct gd_structure structure = gd_set_view(set, k);
    return work->potential->type->evaluate(work->potential, &structure, &set->energies[k], structure.forces, error);
}

enum gd_status gd_potential_evaluate_set(const struct gd_potential *potential, struct gd_set *set, size_t first,
                                         size_t count, int threads, struct gd_error *error)
{
    struct gd_team *team;
    struct gd_error why = {0};
    struct work work = {potential, set, first};
    size_t failed = 0;
    enum gd_status status = gd_team_new(&team, threads, error);
    if (status)
        return status;
    status = gd_team_try(team, count, evaluate_one, &work, &failed, &why);
    gd_team_free(team);
    return status ? gd_fail(error, status, "structure %zu: %s", first + failed + 1, why.text) : GD_OK;
}

void gd_potential_free(void *potential)
{
    struct gd_potential *owned = potential;
    if (owned)
        owned->type->destroy(owned);
}
