#include "stages/fingerprint.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/team.h"

const struct gd_kind gd_kind_fingerprint = {
    .name = "fingerprint",
    .summary = "what tells structures apart",
    .form = GD_WRAPPED,
    .callbacks =
        (const size_t[]){offsetof(struct gd_fingerprint_class, length), offsetof(struct gd_fingerprint_class, make),
                         offsetof(struct gd_fingerprint_class, distance), offsetof(struct gd_fingerprint_class, within),
                         0},
};

struct work {
    const struct gd_fingerprints *fingerprints;
    const struct gd_system *system;
    const struct gd_set *set;
};

static enum gd_status make_one(void *context, size_t k, struct gd_error *error)
{
    const struct work *work = context;
    const struct gd_fingerprints *made = work->fingerprints;
    return made->type->make(made->params, work->system, work->set, k, made->values + made->length * k, error);
}

enum gd_status gd_fingerprints_make(struct gd_fingerprints *fingerprints, const struct gd_choice *choice,
                                    const struct gd_system *system, const struct gd_set *set, int threads,
                                    struct gd_error *error)
{
    const struct gd_fingerprint_class *type = (const struct gd_fingerprint_class *)choice->component;
    const size_t length = type->length(choice->params, system);
    *fingerprints = (struct gd_fingerprints){type, choice->params, set->count, length,
                                             gd_array(set->count, length * sizeof(double))};
    if (!fingerprints->values)
        return gd_no_memory(error, "the fingerprints of structures");
    struct work work = {fingerprints, system, set};
    struct gd_team *team;
    size_t failed;
    enum gd_status status = gd_team_new(&team, threads, error);
    if (status)
        return status;
    status = gd_team_try(team, set->count, make_one, &work, &failed, error);
    gd_team_free(team);
    return status;
}

void gd_fingerprints_clear(struct gd_fingerprints *fingerprints)
{
    free(fingerprints->values);
    *fingerprints = (struct gd_fingerprints){0};
}

double gd_fingerprint_distance(const struct gd_fingerprints *a, size_t i, const struct gd_fingerprints *b, size_t j)
{
    return a->type->distance(a->params, a->length, a->values + a->length * i, b->values + b->length * j);
}

bool gd_fingerprint_same(const struct gd_fingerprints *a, size_t i, const struct gd_fingerprints *b, size_t j)
{
    return gd_fingerprint_distance(a, i, b, j) <= a->type->within(a->params);
}

double gd_fingerprint_deviation(const void *params, size_t length, const double *a, const double *b)
{
    double sum = 0;
    (void)params;
    for (size_t k = 0; k < length; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return length ? sqrt(sum / (double)length) : 0;
}
