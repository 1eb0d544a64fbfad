#include "cli/extended.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/run/history.h"

/* Opens the source with the first `count` of the recorded changes, then those in `more`. */
static enum gd_status open_with(struct gd_job *job, const struct gd_source *source, char *const *recorded, size_t count,
                                const struct gd_list *more, bool silent, struct gd_error *error)
{
    struct gd_source with = *source;
    const size_t all = source->set.count + count + (more ? more->count : 0);
    const char **items = gd_array(all + 1, sizeof *items);
    if (!items)
        return gd_no_memory(error, "--extend");
    size_t at = 0;
    for (size_t k = 0; k < source->set.count; k++)
        items[at++] = source->set.items[k];
    for (size_t k = 0; k < count; k++)
        items[at++] = recorded[k];
    for (size_t k = 0; more && k < more->count; k++)
        items[at++] = more->items[k];
    with.set = (struct gd_list){.items = items, .count = all};
    with.extends = all - source->set.count;
    with.silent = silent;
    enum gd_status status = gd_job_open(job, &with, error);
    free(items);
    return status;
}

/* Whether the changes are those that were given last: of a run that was killed before it went on. */
static bool says_again(char *const *recorded, size_t last, const struct gd_list *extend)
{
    bool same = last == extend->count;
    for (size_t k = 0; k < last && same; k++)
        same = strcmp(recorded[k], extend->items[k]) == 0;
    return same;
}

/* Opens the pipeline as it is now, and as it was before the changes that were given last. */
static enum gd_status open_changed(struct gd_extended *extended, const struct gd_source *source,
                                   const struct gd_list *extend, size_t count, size_t last, struct gd_error *error)
{
    static const struct gd_list none;
    const bool repeated = says_again(extended->recorded + (count - last), last, extend);
    const size_t before = extend->count && !repeated ? count : count - last;
    enum gd_status status =
        open_with(&extended->now, source, extended->recorded, count, repeated ? &none : extend, false, error);
    extended->job = &extended->now;
    extended->former = &extended->first.pipeline;
    if (!status && before > 0) {
        status = open_with(&extended->before, source, extended->recorded, before, NULL, true, error);
        extended->former = &extended->before.pipeline;
    }
    return status;
}

enum gd_status gd_extended_open(struct gd_extended *extended, const struct gd_source *source,
                                const struct gd_list *extend, struct gd_error *error)
{
    size_t count = 0, last = 0;
    extended->job = &extended->first;
    if (extend->count && !source->resume)
        return gd_fail(error, GD_BAD_INPUT, "--extend needs --resume: it changes a run that is there");
    if (source->from && source->resume)
        return gd_fail(error, GD_BAD_INPUT, "--from begins a run, and --resume continues one: give one of them");
    enum gd_status status = gd_job_open(&extended->first, source, error);
    if (status)
        return status;
    extended->directory = gd_job_directory(&extended->first, source);
    if (!extended->directory)
        return gd_no_memory(error, "the directory's name");
    if (source->resume)
        status = gd_history_read(extended->directory, &extended->recorded, &last, error);
    while (extended->recorded && extended->recorded[count])
        count++;
    if (status || count + extend->count == 0)
        return status;
    return open_changed(extended, source, extend, count, last, error);
}

void gd_extended_close(struct gd_extended *extended)
{
    gd_job_close(&extended->first);
    gd_job_close(&extended->before);
    gd_job_close(&extended->now);
    gd_history_free(extended->recorded);
    free(extended->directory);
}
