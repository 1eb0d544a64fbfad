#include "stages/tally.h"

#include <math.h>
#include <string.h>

/* What there is after some steps. */
struct tally {
    double batch, archive;
    const struct gd_step *end; /* which is not executed, nor are those after it; NULL: none */
    bool once;                 /* loops are executed once */
};

double gd_tally_number(const struct gd_step *step, const char *parameter)
{
    for (const struct gd_param *row = step->stage ? step->stage->params : NULL; row && row->name; row++)
        if (row->count <= 1 && strcmp(row->name, parameter) == 0) {
            const void *value = (const char *)step->self + row->offset;
            return row->type == GD_INT     ? (double)*(const int64_t *)value
                   : row->type == GD_FLOAT ? *(const double *)value
                   : row->type == GD_BOOL  ? *(const bool *)value
                                           : NAN;
        }
    return NAN;
}

static bool has(const char *const *slots, const char *slot)
{
    while (slots && *slots && strcmp(*slots, slot) != 0)
        slots++;
    return slots && *slots;
}

static bool writes(const struct gd_step *step, const char *slot)
{
    return step->stage ? gd_stage_uses(step->stage, step->self, slot, GD_WRITES) : has(step->take, slot);
}

/* The structures of the batch after a step that writes it: a new one, or some of those that were there. */
static double batch_after(const struct gd_step *step, double before)
{
    const double count = gd_tally_number(step, "count"), keep = gd_tally_number(step, "keep");
    if (!isnan(count))
        return count;
    if (!isnan(keep))
        return keep;
    const bool changes = step->stage && (gd_stage_uses(step->stage, step->self, "batch", GD_READS) ||
                                         gd_stage_uses(step->stage, step->self, "batch", GD_EITHER));
    return changes ? before : NAN;
}

/* False when the end is among the steps. */
static bool add(struct tally *tally, const struct gd_step *steps, size_t count, double times)
{
    for (size_t k = 0; k < count; k++) {
        const struct gd_step *step = &steps[k];
        const bool loop = gd_step_is_loop(step);
        if (step == tally->end)
            return false;
        if (step->broken)
            tally->archive = NAN;
        if (loop && !add(tally, step->steps, step->count, tally->once ? 1 : times * (double)step->times))
            return false;
        if (loop || step->broken)
            continue;
        if (writes(step, "batch"))
            tally->batch = batch_after(step, tally->batch);
        if (writes(step, "archive"))
            tally->archive += step->stage && strcmp(step->stage->name, "evaluate") == 0 ? times * tally->batch : NAN;
    }
    return true;
}

static double count(const struct gd_check *check, const struct gd_step *end)
{
    const struct gd_pipeline *pipeline = check->pipeline;
    struct tally tally = {.end = end, .once = end != NULL};
    if (*pipeline->path || has(pipeline->given, "archive") || has(pipeline->given, "batch"))
        return NAN;
    add(&tally, pipeline->steps, pipeline->count, 1);
    return tally.archive > 0 ? tally.archive : NAN; /* without any, what reads them has a problem */
}

double gd_tally_before(const struct gd_check *check)
{
    return count(check, check->step);
}

double gd_tally_all(const struct gd_check *check)
{
    return count(check, NULL);
}

/* False when the step is among the steps. */
static bool find_writer(const struct gd_step *steps, size_t count, const struct gd_step *end, const char *slot,
                        const struct gd_step **writer)
{
    for (size_t k = 0; k < count; k++) {
        const bool loop = !steps[k].stage && !steps[k].pipeline;
        if (&steps[k] == end || (loop && !find_writer(steps[k].steps, steps[k].count, end, slot, writer)))
            return false;
        if (!loop && !steps[k].broken && writes(&steps[k], slot))
            *writer = &steps[k];
    }
    return true;
}

const struct gd_step *gd_tally_writer(const struct gd_check *check, const char *slot)
{
    const struct gd_step *writer = NULL;
    find_writer(check->pipeline->steps, check->pipeline->count, check->step, slot, &writer);
    return writer;
}

static bool is_read(const struct gd_step *steps, size_t count, const struct gd_step *but, const char *slot)
{
    bool found = false;
    for (size_t k = 0; k < count && !found; k++) {
        const struct gd_step *step = &steps[k];
        if (step == but)
            continue;
        if (step->broken)
            found = true; /* it may */
        else if (step->stage)
            found = gd_stage_looks(step->stage, step->self, slot);
        else
            found = step->pipeline ? has(step->give, slot) : is_read(step->steps, step->count, but, slot);
    }
    return found;
}

bool gd_tally_read(const struct gd_check *check, const char *slot)
{
    const struct gd_pipeline *pipeline = check->pipeline;
    return pipeline->tree.source || is_read(pipeline->steps, pipeline->count, check->step, slot);
}

/* What becomes of the weights of paths. */
struct paths {
    bool weighed, kept; /* structures of the batch, and of the archive, have weights, or may have */
    const struct gd_step *loser;
};

/* After a step, not a loop. */
static void follow_paths(struct paths *paths, const struct gd_step *step)
{
    static const char *const takers[] = {"accept", "cross", "dedupe", "perturb", "relax",
                                         "sample", "seed",  "select", "walk",    NULL};
    const bool known = step->stage && !step->broken;
    if (known && gd_tally_number(step, "path_weights") == 1) {
        paths->weighed = true;
    } else if (known && strcmp(step->stage->name, "evaluate") == 0) {
        paths->kept |= paths->weighed;
    } else if (known && has(takers, step->stage->name) && writes(step, "batch")) {
        paths->loser = paths->weighed ? step : paths->loser;
        paths->weighed = false;
    } else if (!known || (writes(step, "archive") && strcmp(step->stage->name, "archive") != 0)) {
        paths->kept = true; /* it may */
    }
}

/* False when the end is among the steps. */
static bool follow(struct paths *paths, const struct gd_step *steps, size_t count, const struct gd_step *end)
{
    for (size_t k = 0; k < count; k++) {
        const bool loop = !steps[k].stage && !steps[k].pipeline;
        if (&steps[k] == end || (loop && !follow(paths, steps[k].steps, steps[k].count, end)))
            return false;
        if (!loop)
            follow_paths(paths, &steps[k]);
    }
    return true;
}

bool gd_tally_weighed(const struct gd_check *check, const struct gd_step **loser)
{
    const struct gd_pipeline *pipeline = check->pipeline;
    struct paths paths = {.kept = *pipeline->path || has(pipeline->given, "archive")};
    follow(&paths, pipeline->steps, pipeline->count, check->step);
    *loser = paths.loser;
    return paths.kept;
}

/* Finds the loop that a step is in; false when the step is not among these. */
static bool find_loop(const struct gd_step *steps, size_t count, const struct gd_step *step, int64_t *times)
{
    for (size_t k = 0; k < count; k++) {
        int64_t inner = steps[k].times > 0 ? steps[k].times : 1; /* 0: it has a problem */
        if (&steps[k] == step)
            return true;
        if (!steps[k].stage && !steps[k].pipeline && find_loop(steps[k].steps, steps[k].count, step, &inner)) {
            *times = inner;
            return true;
        }
    }
    return false;
}

int64_t gd_tally_iterations(const struct gd_check *check)
{
    int64_t times = 1;
    find_loop(check->pipeline->steps, check->pipeline->count, check->step, &times);
    return times;
}
