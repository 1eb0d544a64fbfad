#include "sweep/beginnings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "engine/run/summary.h"
#include "sweep/state.h"

static enum gd_status add_steps(struct gd_beginning *beginning, const struct gd_pipeline *pipeline,
                                const struct gd_counts *counts, struct gd_error *error)
{
    const struct gd_conditions conditions = {0};
    const struct gd_share share = {.pipeline = pipeline, .conditions = &conditions};
    enum gd_status status = GD_OK;
    beginning->paths = gd_array(counts->count, sizeof *beginning->paths);
    beginning->keys = gd_array(counts->count, sizeof *beginning->keys);
    if (!beginning->paths || !beginning->keys)
        return gd_no_memory(error, "a variant");
    for (size_t k = 0; k < counts->count && !status; k++) {
        const struct gd_step *step = counts->leaves[k].step;
        if (!step->stage) /* the end of a pipeline */
            continue;
        status = gd_share_key(&share, counts, step, beginning->keys[beginning->count], error);
        if (!status && !(beginning->paths[beginning->count++] = gd_string(step->path)))
            status = gd_no_memory(error, "a variant");
    }
    return status;
}

enum gd_status gd_beginning_make(struct gd_beginning *beginning, const struct gd_pipeline *pipeline,
                                 struct gd_error *error)
{
    struct gd_counts counts;
    *beginning = (struct gd_beginning){0};
    enum gd_status status = gd_counts_make(&counts, pipeline, error);
    if (!status)
        status = add_steps(beginning, pipeline, &counts, error);
    gd_counts_clear(&counts);
    return status;
}

void gd_beginning_clear(struct gd_beginning *beginning)
{
    for (size_t k = 0; k < beginning->count; k++)
        free(beginning->paths[k]);
    free(beginning->paths);
    free(beginning->keys);
    *beginning = (struct gd_beginning){0};
}

size_t gd_beginning_common(const struct gd_beginning *one, const struct gd_beginning *other)
{
    size_t k = 0;
    while (k < one->count && k < other->count && strcmp(one->keys[k], other->keys[k]) == 0)
        k++;
    return k > 0 ? k - 1 : 0;
}

static void find_alike(struct gd_sweep *sweep, const struct gd_beginning *list)
{
    for (size_t v = 0; v < sweep->count; v++) {
        size_t *alike = &sweep->variants[v].alike;
        *alike = 0;
        while (*alike < v && !gd_beginning_common(&list[*alike], &list[v]))
            (*alike)++;
    }
}

/* Paths without repetition. */
struct names {
    const char **list;
    size_t count, capacity;
    struct gd_text lines;
};

static void add_name(struct names *names, const char *name)
{
    for (size_t k = 0; k < names->count; k++)
        if (strcmp(names->list[k], name) == 0)
            return;
    gd_text_print(&names->lines, "%s\n", name);
    if (gd_grow(&names->list, &names->capacity, names->count + 1, sizeof *names->list))
        names->list[names->count++] = name;
    else
        names->lines.failed = true;
}

/* The first steps that differ in two variants, one per line after the seconds; NULL: out of memory. "": there are none.
 */
static char *list_steps(const struct gd_sweep *sweep, const struct gd_beginning *list, double least)
{
    struct names names = {0};
    for (size_t v = 0; v < sweep->count; v++)
        for (size_t w = v + 1; w < sweep->count; w++) {
            const size_t common = gd_beginning_common(&list[v], &list[w]);
            if (common > 0)
                add_name(&names, list[v].paths[common]);
        }
    char *steps = gd_text_take(&names.lines);
    char *lines = !steps ? NULL : *steps ? gd_format("%.17g\n%s", least, steps) : gd_string("");
    free(names.list);
    free(steps);
    return lines;
}

static enum gd_status make_folder(const char *path, const char *steps, struct gd_error *error)
{
    char *file = gd_file_join(path, "steps");
    enum gd_status status = file ? gd_directory_make(path, error) : gd_no_memory(error, path);
    if (!status)
        status = gd_file_write(file, steps, strlen(steps), error);
    free(file);
    return status;
}

enum gd_status gd_beginnings_open(const char *directory, struct gd_sweep *sweep, const struct gd_beginning *list,
                                  double least, char **cache, struct gd_error *error)
{
    *cache = NULL;
    find_alike(sweep, list);
    char *steps = list_steps(sweep, list, least);
    if (!steps)
        return gd_no_memory(error, "the variants");
    enum gd_status status = GD_OK;
    if (*steps) {
        *cache = gd_file_join(directory, GD_SWEEP_CACHE);
        status = *cache ? make_folder(*cache, steps, error) : gd_no_memory(error, directory);
    }
    free(steps);
    return status;
}

void gd_beginnings_remove(const char *directory)
{
    char *path = gd_file_join(directory, GD_SWEEP_CACHE);
    if (path)
        gd_directory_remove(path, NULL); /* what cannot be removed is left */
    free(path);
}
