/* The slot `minima`. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "atoms/extxyz.h"
#include "atoms/set_h5.h"
#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "stages/minima.h"
#include "stages/set_slots.h"

#define MET_PATH    "particles/%s/met"
#define COUNTS_PATH "particles/%s/counts"

enum { COUNTS = sizeof(struct gd_minima_counts) / sizeof(int64_t) };

struct gd_minima *gd_minima_new(const struct gd_set *like, size_t count, struct gd_error *error)
{
    const struct gd_structure atoms = gd_set_atoms(like);
    struct gd_minima *minima = gd_array(1, sizeof *minima);
    if (minima && (minima->met = gd_array(count, sizeof *minima->met))) {
        if (gd_set_init(&minima->set, &atoms, like->fixed, error) == GD_OK)
            return minima;
    } else {
        gd_no_memory(error, "minima");
    }
    gd_minima_free(minima);
    return NULL;
}

void gd_minima_free(void *value)
{
    struct gd_minima *minima = value;
    if (!minima)
        return;
    gd_set_clear(&minima->set);
    free(minima->met);
    free(minima);
}

double gd_minima_unseen(const struct gd_minima *minima)
{
    double once = 0, met = 0;
    for (size_t k = 0; k < minima->set.count; k++) {
        once += minima->met[k] == 1;
        met += (double)minima->met[k];
    }
    return once / met;
}

static enum gd_status save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    const struct gd_minima *minima = value;
    const size_t counts = COUNTS;
    char path[64];
    enum gd_status status = gd_set_save(&minima->set, file, name, error);
    snprintf(path, sizeof path, MET_PATH, name);
    if (!status)
        status = gd_h5_write_array(file, path, GD_H5_INT64, 1, &minima->set.count, minima->met, error);
    snprintf(path, sizeof path, COUNTS_PATH, name);
    if (!status)
        status = gd_h5_write_array(file, path, GD_H5_INT64, 1, &counts, &minima->counts, error);
    return status;
}

/* What stands beside the structures of `minima`. */
static enum gd_status load_counts(struct gd_minima *minima, struct gd_h5 *file, const char *name,
                                  struct gd_error *error)
{
    size_t count = minima->set.count;
    const size_t counts = COUNTS;
    void *met = NULL;
    char path[64];
    snprintf(path, sizeof path, MET_PATH, name);
    enum gd_status status = gd_h5_load_array(file, path, GD_H5_INT64, 1, &count, &met, error);
    minima->met = met;
    snprintf(path, sizeof path, COUNTS_PATH, name);
    if (!status)
        status = gd_h5_read_array(file, path, GD_H5_INT64, 1, &counts, &minima->counts, error);
    return status;
}

static enum gd_status load(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                           struct gd_error *error)
{
    *value = NULL;
    void *set = NULL;
    enum gd_status status = gd_set_load(&set, file, name, registry, error);
    if (status || !set)
        return status;
    struct gd_minima *minima = gd_array(1, sizeof *minima);
    if (!minima) {
        gd_set_free(set);
        return gd_no_memory(error, "minima");
    }
    minima->set = *(struct gd_set *)set;
    free(set);
    status = load_counts(minima, file, name, error);
    if (status)
        gd_minima_free(minima);
    else
        *value = minima;
    return status;
}

static enum gd_status check(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    const struct gd_minima *minima = value;
    const struct gd_minima_counts *counts = &minima->counts;
    int64_t met = 0;
    for (size_t k = 0; k < minima->set.count; k++) {
        if (minima->met[k] < 0 || minima->met[k] > INT64_MAX - met)
            return gd_fail(error, GD_BAD_INPUT, "minimum %zu cannot have been met %lld times", k + 1,
                           (long long)minima->met[k]);
        met += minima->met[k];
    }
    if (met < counts->converged || (counts->converged == 0 && met > 0) || counts->converged > counts->relaxed ||
        counts->relaxed > counts->evaluations || counts->judged < 0 || counts->judged > 1 || counts->found < 0 ||
        counts->found > counts->evaluations)
        return gd_fail(error, GD_BAD_INPUT, "the counts contradict each other");
    return gd_energies_check(&minima->set, pipeline, error);
}

static bool add_target(cJSON *summary, const struct gd_minima_counts *counts)
{
    cJSON *target = cJSON_AddObjectToObject(summary, "target");
    if (!target || !cJSON_AddBoolToObject(target, "found", counts->found > 0))
        return false;
    return counts->found > 0 ? cJSON_AddNumberToObject(target, "evaluation", (double)counts->found) != NULL
                             : cJSON_AddNullToObject(target, "evaluation") != NULL;
}

static enum gd_status summarise(const void *value, cJSON *summary)
{
    const struct gd_minima *minima = value;
    const struct gd_minima_counts *counts = &minima->counts;
    const double unseen = gd_minima_unseen(minima);
    cJSON *object = cJSON_AddObjectToObject(summary, "relaxation");
    bool added = object && cJSON_AddNumberToObject(object, "evaluations", (double)counts->evaluations) &&
                 cJSON_AddNumberToObject(object, "relaxed", (double)counts->relaxed) &&
                 cJSON_AddNumberToObject(object, "converged", (double)counts->converged) &&
                 cJSON_AddNumberToObject(object, "minima", (double)minima->set.count) &&
                 (minima->set.count > 0 ? cJSON_AddNumberToObject(object, "lowest_minimum", minima->set.energies[0])
                                        : cJSON_AddNullToObject(object, "lowest_minimum")) &&
                 (isfinite(unseen) ? cJSON_AddNumberToObject(object, "unseen_mass", unseen)
                                   : cJSON_AddNullToObject(object, "unseen_mass")) &&
                 (!counts->judged || add_target(object, counts));
    return added ? GD_OK : GD_NO_MEMORY;
}

static enum gd_status write(const void *value, const char *path, struct gd_error *error)
{
    const struct gd_minima *minima = value;
    return gd_extxyz_write_counted(path, &minima->set, "met", minima->met, error);
}

const struct gd_slot gd_slot_minima = {
    .name = "minima",
    .summary = "distinct minima into which the lowest structures were relaxed",
    .save = save,
    .load = load,
    .check = check,
    .destroy = gd_minima_free,
    .fits = gd_structures_fit,
    .depends = "potential",
    .file = "minima.extxyz",
    .write = write,
    .summarise = summarise,
};
