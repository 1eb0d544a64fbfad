#include "stages/goals.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "stages/records.h"

#define PATH "parameters/goal_energies"

static void energies_free(void *value)
{
    struct gd_goal_energies *goals = value;
    if (goals)
        free(goals->energies);
    free(goals);
}

struct gd_goal_energies *gd_goal_energies_new(size_t count, struct gd_error *error)
{
    struct gd_goal_energies *made = gd_array(1, sizeof *made);
    if (made)
        *made = (struct gd_goal_energies){count, gd_array(count, sizeof *made->energies)};
    if (made && made->energies)
        return made;
    energies_free(made);
    gd_no_memory(error, "estimates");
    return NULL;
}

static enum gd_status energies_save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    const struct gd_goal_energies *goals = value;
    (void)name;
    return gd_records_save(file, PATH, 1, goals->energies, goals->count, error);
}

static enum gd_status energies_load(void **value, struct gd_h5 *file, const char *name,
                                    const struct gd_registry *registry, struct gd_error *error)
{
    void *numbers;
    size_t count;
    (void)name, (void)registry;
    *value = NULL;
    enum gd_status status = gd_records_load(file, PATH, 1, &numbers, &count, error);
    if (status || !numbers)
        return status;
    struct gd_goal_energies *goals = gd_array(1, sizeof *goals);
    if (!goals) {
        free(numbers);
        return gd_no_memory(error, "estimates");
    }
    *goals = (struct gd_goal_energies){count, numbers};
    *value = goals;
    return GD_OK;
}

static enum gd_status energies_check(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    const struct gd_goal_energies *goals = value;
    (void)pipeline;
    for (size_t k = 0; k < goals->count; k++)
        if (!isfinite(goals->energies[k]))
            return gd_fail(error, GD_BAD_INPUT, "goal %zu has the energy %g", k + 1, goals->energies[k]);
    return GD_OK;
}

const struct gd_slot gd_slot_goal_energies = {
    .name = "goal_energies",
    .summary = "what the energies of the noised distribution are to be there",
    .save = energies_save,
    .load = energies_load,
    .check = energies_check,
    .destroy = energies_free,
};
