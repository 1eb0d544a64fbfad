#include "sweep/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "engine/language/tree.h"
#include "engine/run/history.h"
#include "sweep/manifest.h"

double gd_json_number(const cJSON *json, const char *const *keys)
{
    for (; *keys; keys++)
        json = cJSON_GetObjectItemCaseSensitive(json, *keys);
    return cJSON_IsNumber(json) ? json->valuedouble : NAN;
}

static double number(const cJSON *json, const char *key)
{
    return gd_json_number(json, (const char *const[]){key, NULL});
}

static bool has(const char *folder, const char *name)
{
    char *path = gd_file_join(folder, name);
    const bool found = path && access(path, F_OK) == 0;
    free(path);
    return found;
}

static void report(struct gd_results *results, const char *path, const char *what)
{
    const char *name = gd_arena_string(&results->arena, path, strlen(path));
    gd_problem_add(&results->problems, (struct gd_place){.file = name ? name : ""}, "%s", what);
}

/* --- The files of a run ------------------------------------------------------------------------------------------- */

static enum gd_status read_summary(struct gd_results *results, struct gd_record *record)
{
    char *path = gd_file_join(record->folder, "summary.json"), *text = NULL;
    size_t length = 0;
    if (!path)
        return GD_NO_MEMORY;
    enum gd_status status = access(path, F_OK) == 0 ? gd_file_read(path, &text, &length, NULL) : GD_OK;
    if (text && !status)
        status = gd_json_read(text, length, &record->summary);
    if (status && status != GD_NO_MEMORY) {
        report(results, path, "damaged: not JSON; the run is left out");
        record->state = GD_RUN_FAILED;
        record->reason = "damaged summary.json";
        status = GD_OK;
    }
    free(text);
    free(path);
    return status;
}

/* The lines of a text; the last one only when it is whole. Stops at the first that is no object. */
static bool split_lines(struct gd_record *record, const char *text)
{
    const char *end;
    for (; (end = strchr(text, '\n')); text = end + 1) {
        cJSON *line = cJSON_ParseWithLength(text, (size_t)(end - text));
        if (!cJSON_IsObject(line) || !cJSON_AddItemToArray(record->lines, line)) {
            cJSON_Delete(line);
            return false;
        }
    }
    return true;
}

static enum gd_status read_lines(struct gd_results *results, struct gd_record *record)
{
    char *path = gd_file_join(record->folder, "metrics.jsonl"), *text = NULL;
    record->lines = cJSON_CreateArray();
    if (!path || !record->lines) {
        free(path);
        return GD_NO_MEMORY;
    }
    if (gd_file_read(path, &text, NULL, NULL) == GD_OK && !split_lines(record, text)) {
        char what[80];
        snprintf(what, sizeof what, "damaged: line %d is no JSON object; what follows is left out",
                 cJSON_GetArraySize(record->lines) + 1);
        report(results, path, what);
    }
    free(text);
    free(path);
    return GD_OK;
}

/* --- What they say ------------------------------------------------------------------------------------------------ */

/* What was spent by the end of each step. */
static enum gd_status add_costs(struct gd_results *results, struct gd_record *record)
{
    const bool counter = !strcmp(results->measure.column, "evaluations");
    const cJSON *line;
    double sum = 0;
    size_t k = 0;
    record->cost = gd_arena_alloc(&results->arena, (size_t)cJSON_GetArraySize(record->lines) + 1, sizeof *record->cost);
    if (!record->cost)
        return GD_NO_MEMORY;
    cJSON_ArrayForEach(line, record->lines)
    {
        const double value = number(line, results->measure.column);
        if (isfinite(value))
            sum = counter ? value : sum + value;
        record->cost[k++] = sum;
    }
    record->end = sum;
    return GD_OK;
}

/* The cost at the end of the first step by which a figure has reached a value: at least, or at most. */
static double cost_at(const struct gd_record *record, const char *figure, double value, bool least)
{
    const cJSON *line;
    size_t k = 0;
    cJSON_ArrayForEach(line, record->lines)
    {
        const double now = number(line, figure);
        if (isfinite(now) && (least ? now >= value : now <= value))
            return record->cost[k];
        k++;
    }
    return NAN;
}

double gd_record_best_at(const struct gd_record *record, double cost)
{
    const cJSON *line;
    double best = NAN;
    size_t k = 0;
    cJSON_ArrayForEach(line, record->lines)
    {
        const double now = number(line, "best_energy");
        if (record->cost[k++] <= cost && isfinite(now))
            best = now;
    }
    return best;
}

static double find_hit(const struct gd_measure *measure, const struct gd_record *record)
{
    const double evaluation = gd_json_number(record->summary, (const char *const[]){"target", "evaluation", NULL});
    if (measure->by_energy)
        return cost_at(record, "best_energy", measure->energy, false);
    if (!isfinite(evaluation) || !strcmp(measure->column, "evaluations"))
        return evaluation;
    return cost_at(record, "evaluations", evaluation, true);
}

static bool find_relaxed_hit(const struct gd_measure *measure, const struct gd_record *record)
{
    static const char *const target[] = {"relaxation", "target", "evaluation", NULL};
    if (measure->by_energy)
        return record->relaxed <= measure->energy;
    return isfinite(gd_json_number(record->summary, target));
}

/* Whether the lowest energy, relaxed or not, is below those of hits: comparisons with NaN are false. */
static bool has_passed(const struct gd_record *record)
{
    const double lowest = gd_json_number(record->summary, (const char *const[]){"target", "lowest", NULL});
    return record->best < lowest || record->relaxed < lowest;
}

/* Fills in what the relaxation at the end has found. */
static void read_relaxation(struct gd_record *record)
{
    const cJSON *relaxation = cJSON_GetObjectItemCaseSensitive(record->summary, "relaxation");
    const double minimum = number(relaxation, "lowest_minimum"); /* not in summaries of former versions */
    record->relaxed = number(relaxation, "best_energy");
    record->relaxations = fmax(0, number(relaxation, "relaxed"));
    record->converged = fmax(0, number(relaxation, "converged"));
    record->at_minimum = record->converged > 0 && !(record->relaxed < minimum);
}

/* Fills a record, of which folder, state and reason are there. */
static enum gd_status read_record(struct gd_results *results, struct gd_record *record)
{
    static const char *const total[] = {"seconds", "total", NULL};
    enum gd_status status = read_summary(results, record);
    if (!status)
        status = read_lines(results, record);
    if (!status)
        status = add_costs(results, record);
    if (status)
        return status;
    record->evaluations = number(record->summary, "evaluations");
    record->best = number(record->summary, "best_energy");
    record->rejected = number(record->summary, "accepted") == 0 && number(record->summary, "rejected") > 0;
    read_relaxation(record);
    record->seconds = gd_json_number(record->summary, total);
    record->hit = find_hit(&results->measure, record);
    record->sought =
        results->measure.by_energy || cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(record->summary, "target"));
    record->passed = !results->measure.by_energy && has_passed(record);
    record->relaxed_hit = isfinite(record->hit) || find_relaxed_hit(&results->measure, record);
    if (!strcmp(results->measure.column, "evaluations") && isfinite(record->evaluations))
        record->end = record->evaluations;
    return GD_OK;
}

/* --- Groups ------------------------------------------------------------------------------------------------------- */

static struct gd_group *add_group(struct gd_results *results, const char *prefix, const char *name, size_t most)
{
    char *whole = gd_format("%s%s", prefix, name);
    struct gd_group new = {.name = whole ? gd_arena_string(&results->arena, whole, strlen(whole)) : NULL,
                           .records = gd_arena_alloc(&results->arena, most + 1, sizeof *new.records)};
    free(whole);
    if (!new.name || !new.records)
        return NULL;
    struct gd_group *more = gd_arena_append(&results->arena, results->groups, &results->count, sizeof *more);
    if (!more)
        return NULL;
    more[results->count - 1] = new;
    results->groups = more;
    return &more[results->count - 1];
}

static const char *join(struct gd_results *results, const char *directory, const char *name)
{
    char *path = gd_file_join(directory, name);
    const char *kept = path ? gd_arena_string(&results->arena, path, strlen(path)) : NULL;
    free(path);
    return kept;
}

/* One run of a group. */
static enum gd_status add_record(struct gd_results *results, struct gd_group *group, const char *folder, uint64_t seed,
                                 const struct gd_run_status *now)
{
    struct gd_record *record = &group->records[group->count];
    *record = (struct gd_record){.folder = folder, .seed = seed, .state = now->state, .hit = NAN};
    record->reason = gd_arena_string(&results->arena, now->reason, strlen(now->reason));
    if (!record->folder || !record->reason)
        return GD_NO_MEMORY;
    group->count++;
    return read_record(results, record);
}

static enum gd_status add_variant(struct gd_results *results, const char *directory, const char *prefix,
                                  const struct gd_sweep *sweep, size_t variant)
{
    struct gd_group *group = add_group(results, prefix, sweep->variants[variant].name, sweep->seed_count);
    struct gd_run_status now;
    char *name = gd_format(GD_SWEEP_VARIANTS "/%s.yaml", sweep->variants[variant].slug);
    if (group && name) {
        group->pipeline = join(results, directory, name);
        group->is_variant = true;
    }
    free(name);
    enum gd_status status = group && group->pipeline ? GD_OK : GD_NO_MEMORY;
    for (size_t k = 0; k < sweep->run_count && !status; k++) {
        const struct gd_sweep_run *run = &sweep->runs[k];
        if (run->variant != variant)
            continue;
        status = gd_run_status_read(directory, run, &now);
        if (!status)
            status = add_record(results, group, join(results, directory, run->folder), run->seed, &now);
    }
    return status;
}

static enum gd_status add_sweep(struct gd_results *results, const char *directory, const char *prefix,
                                struct gd_error *error)
{
    struct gd_sweep sweep;
    enum gd_status status = gd_manifest_read(directory, &sweep, error);
    for (size_t k = 0; k < sweep.count && !status; k++)
        status = add_variant(results, directory, prefix, &sweep, k);
    gd_sweep_clear(&sweep);
    return status;
}

static bool is_run(const char *folder)
{
    return has(folder, "summary.json") || has(folder, "run.h5") || has(folder, "pipeline.yaml");
}

/* A run that is part of no sweep: its summary says how it ended. */
static enum gd_status add_run(struct gd_results *results, struct gd_group *group, const char *folder)
{
    struct gd_run_status now = {.state = GD_RUN_BEGUN};
    enum gd_status status = add_record(results, group, folder, 0, &now);
    struct gd_record *record = &group->records[group->count - 1];
    if (status)
        return status;
    const char *ending = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(record->summary, "status"));
    const char *message = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(record->summary, "message"));
    const double seed = number(record->summary, "seed");
    record->seed = seed >= 0 ? (uint64_t)seed : 0;
    if (ending && !strcmp(ending, "finished"))
        record->state = GD_RUN_FINISHED;
    if (ending && !strcmp(ending, "failed"))
        record->state = GD_RUN_FAILED;
    if (message)
        record->reason = message;
    return GD_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The folders in a directory that are runs, by name; [*count] in the arena. */
static enum gd_status list_runs(struct gd_results *results, const char *directory, const char ***list, size_t *count,
                                struct gd_error *error)
{
    const char *name;
    DIR *stream = opendir(directory);
    enum gd_status status = GD_OK;
    *list = NULL;
    *count = 0;
    while (stream && !status && !(status = gd_directory_next(stream, directory, &name, error)) && name) {
        const char *folder = name[0] != '.' ? join(results, directory, name) : NULL;
        if (!folder || !is_run(folder))
            continue;
        const char **more = gd_arena_append(&results->arena, *list, count, sizeof *more);
        status = more ? GD_OK : GD_NO_MEMORY;
        if (more) {
            more[*count - 1] = folder;
            *list = more;
        }
    }
    if (stream)
        closedir(stream);
    if (*count > 0)
        qsort(*list, *count, sizeof **list, by_name);
    return status;
}

static enum gd_status add_folder(struct gd_results *results, const char *directory, const char *prefix,
                                 struct gd_error *error)
{
    const char **list, *own = gd_arena_string(&results->arena, directory, strlen(directory));
    size_t count;
    enum gd_status status = own ? GD_OK : GD_NO_MEMORY;
    if (!status && is_run(directory)) {
        list = &own;
        count = 1;
    } else if (!status) {
        status = list_runs(results, directory, &list, &count, error);
    }
    if (!status && count == 0)
        return gd_fail(error, GD_BAD_INPUT, "%s contains no sweep and no runs", directory);
    struct gd_group *group = status ? NULL : add_group(results, "", *prefix ? prefix : directory, count);
    if (!group)
        return status ? status : GD_NO_MEMORY;
    group->pipeline = join(results, list[0], "pipeline.yaml");
    for (size_t k = 0; k < count && !status; k++)
        status = add_run(results, group, list[k]);
    return status;
}

enum gd_status gd_results_add(struct gd_results *results, const char *directory, const char *prefix,
                              struct gd_error *error)
{
    char *before = gd_format("%s%s", prefix, *prefix ? ": " : "");
    enum gd_status status = before ? GD_OK : GD_NO_MEMORY;
    if (!status)
        status = gd_manifest_exists(directory) ? add_sweep(results, directory, before, error)
                                               : add_folder(results, directory, prefix, error);
    free(before);
    return status == GD_NO_MEMORY ? gd_no_memory(error, directory) : status;
}

/* --- All ---------------------------------------------------------------------------------------------------------- */

/* Names in metrics.jsonl that differ in case are of different figures. */
static bool has_name(const cJSON *names, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(names, name) != NULL;
}

/* The figures that the steps of a run have, each once, to a list. */
static void list_figures(const struct gd_record *record, cJSON *names)
{
    const cJSON *line, *item;
    cJSON_ArrayForEach(line, record->lines)
    {
        cJSON_ArrayForEach(item, line)
        {
            if (cJSON_IsNumber(item) && !has_name(names, item->string))
                cJSON_AddNullToObject(names, item->string);
        }
    }
}

static enum gd_status check_column(const struct gd_results *results, struct gd_error *error)
{
    const char *column = results->measure.column;
    struct gd_text text = {0};
    const cJSON *name;
    cJSON *names = cJSON_CreateObject();
    for (size_t g = 0; g < results->count; g++)
        for (size_t k = 0; k < results->groups[g].count; k++)
            list_figures(&results->groups[g].records[k], names);
    const bool found = !strcmp(column, "evaluations") || has_name(names, column);
    cJSON_ArrayForEach(name, names)
    {
        gd_text_print(&text, "%s%s", name == names->child ? "" : ", ", name->string);
    }
    char *list = gd_text_take(&text);
    cJSON_Delete(names);
    enum gd_status status =
        found  ? GD_OK
        : list ? gd_fail(error, GD_BAD_INPUT, "--over %s: no step of these runs has this figure; they have %s", column,
                         *list ? list : "none")
               : gd_no_memory(error, "--over");
    free(list);
    return status;
}

/* --- Whether runs can be compared --------------------------------------------------------------------------------- */

/* A section of a pipeline; NULL: none. */
static const struct gd_node *find_section(const struct gd_tree *tree, const char *key)
{
    const struct gd_node *node = tree->root ? gd_node_get(tree->root, key) : NULL;
    return node && gd_node_off(node) ? NULL : node;
}

/* Of two relaxations at the end that one is left out makes no difference: then no relaxed energies are compared. */
static bool is_left_out(const struct gd_node *section, const char *key)
{
    const struct gd_node *count = section ? gd_node_get(section, "count") : NULL;
    int64_t number;
    return !strcmp(key, "minima") &&
           (!section || (count && count->text && gd_parse_int(count->text, &number) && number == 0));
}

/* Compares a section with the first of its kind, of which *first is the text; NULL: there is none yet. */
static enum gd_status compare_section(const struct gd_tree *tree, const char *key, char **first, bool *differs)
{
    const struct gd_node *section = find_section(tree, key);
    if (is_left_out(section, key))
        return GD_OK;
    char *text = section ? gd_node_json(section) : gd_string("");
    if (!text)
        return GD_NO_MEMORY;
    if (!*first) {
        *first = text;
        return GD_OK;
    }
    *differs |= strcmp(text, *first) != 0;
    free(text);
    return GD_OK;
}

/* Compares a pipeline with those before it; sets the places of sections that differ. One that cannot be read is none.
 */
static enum gd_status compare_pipeline(const char *path, char **first, bool *differs, const char *const *sections)
{
    struct gd_problems problems = {0};
    struct gd_tree tree = {0};
    enum gd_status status = gd_tree_read_yaml(&tree, path, &problems);
    const bool lost = status == GD_NO_MEMORY || problems.overflow;
    for (size_t k = 0; !status && sections[k]; k++)
        status = compare_section(&tree, sections[k], &first[k], &differs[k]);
    gd_tree_clear(&tree);
    gd_problems_clear(&problems);
    return lost || status == GD_NO_MEMORY ? GD_NO_MEMORY : GD_OK;
}

/* The pipelines that a group has run: one as a variant, or each run its own. */
static enum gd_status compare_group(const struct gd_group *group, char **first, bool *differs,
                                    const char *const *sections)
{
    enum gd_status status = GD_OK;
    if (group->is_variant)
        return compare_pipeline(group->pipeline, first, differs, sections);
    for (size_t k = 0; k < group->count && !status; k++) {
        char *path = gd_file_join(group->records[k].folder, "pipeline.yaml");
        status = path ? compare_pipeline(path, first, differs, sections) : GD_NO_MEMORY;
        free(path);
    }
    return status;
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

/* Whether an input is a file of the section, as potential.eam.file is. */
static bool is_of_section(const cJSON *input, const char *section)
{
    const char *use = text_of(input, "use");
    const size_t length = strlen(section);
    return !strncmp(use, section, length) && use[length] == '.';
}

/* What is known of the files of a section in two runs. */
struct files {
    bool differ, unknown; /* some of one use are others; of some there is no checksum */
};

static void compare_inputs(const cJSON *input, const cJSON *other, struct files *files)
{
    const char *digest = text_of(input, "sha256"), *its_digest = text_of(other, "sha256");
    if (strcmp(text_of(input, "use"), text_of(other, "use")) != 0)
        return;
    files->unknown |= !*digest || !*its_digest;
    files->differ |= *digest && *its_digest && strcmp(digest, its_digest) != 0;
}

/* The files of a section in the one run and in the other, by their summaries. */
static void compare_files_of(const cJSON *one, const cJSON *other, const char *section, struct files *files)
{
    const cJSON *input, *its_input;
    const cJSON *its_inputs = cJSON_GetObjectItemCaseSensitive(other, "inputs");
    cJSON_ArrayForEach(input, cJSON_GetObjectItemCaseSensitive(one, "inputs"))
    {
        if (!is_of_section(input, section))
            continue;
        files->unknown |= !its_inputs;
        cJSON_ArrayForEach(its_input, its_inputs)
        {
            compare_inputs(input, its_input, files);
        }
    }
}

/* Files that were edited between runs leave no trace in their pipelines. */
static void compare_files(const struct gd_results *results, struct files *files, const char *const *sections)
{
    const cJSON *first = NULL;
    for (size_t g = 0; g < results->count; g++)
        for (size_t r = 0; r < results->groups[g].count; r++) {
            const cJSON *summary = results->groups[g].records[r].summary;
            for (size_t k = 0; first && summary && sections[k]; k++) {
                compare_files_of(first, summary, sections[k], &files[k]);
                compare_files_of(summary, first, sections[k], &files[k]);
            }
            first = first ? first : summary;
        }
}

/* *count: runs of variants that went on with other values (--extend), and so are not of their variant any more. */
static enum gd_status count_extended(const struct gd_results *results, size_t *count)
{
    enum gd_status status = GD_OK;
    *count = 0;
    for (size_t g = 0; g < results->count && !status; g++)
        for (size_t r = 0; results->groups[g].is_variant && r < results->groups[g].count && !status; r++) {
            struct gd_error why = {0};
            char **extends = NULL;
            size_t last;
            status = gd_history_read(results->groups[g].records[r].folder, &extends, &last, &why);
            *count += last > 0;
            gd_history_free(extends);
            status = status == GD_NO_MEMORY ? status : GD_OK;
        }
    return status;
}

static enum gd_status find_mixture(struct gd_results *results)
{
    static const char *const sections[] = {"system", "potential", "target", "minima", NULL};
    static const char *const words[] = {"system", "potential", "target", "relaxation at the end (minima)"};
    bool differs[4] = {false};
    struct files files[4] = {{false, false}};
    char *first[4] = {NULL};
    struct gd_text text = {0};
    enum gd_status status = GD_OK;
    for (size_t g = 0; g < results->count && !status; g++)
        status = compare_group(&results->groups[g], first, differs, sections);
    compare_files(results, files, sections);
    for (size_t k = 0; k < 4; k++) {
        free(first[k]);
        differs[k] |= files[k].differ;
    }
    for (size_t k = 0; k < 4; k++)
        if (differs[k])
            gd_text_print(&text, "%s%s", text.length > 0 ? ", " : "the runs are not all of one ", words[k]);
    for (size_t k = 0; k < 4; k++)
        if (files[k].unknown && !differs[k])
            gd_text_print(&text,
                          "%swhether all runs had the same files of the section %s is not known, since some "
                          "have no checksum of them",
                          text.length > 0 ? "; " : "", sections[k]);
    size_t extended = 0;
    if (!status)
        status = count_extended(results, &extended);
    if (extended > 0)
        gd_text_print(&text, "%s%zu of the runs went on with --extend, and %s not of the pipeline of %s variant",
                      text.length > 0 ? "; " : "", extended, extended == 1 ? "is" : "are",
                      extended == 1 ? "its" : "their");
    if (text.length > 0) {
        gd_text_print(&text, ": compare their energies and hits with care");
        char *mixed = gd_text_take(&text);
        results->mixed = mixed ? gd_arena_string(&results->arena, mixed, strlen(mixed)) : NULL;
        status = results->mixed ? status : GD_NO_MEMORY;
        free(mixed);
    }
    return status;
}

static enum gd_status find_passed(struct gd_results *results)
{
    size_t passed = 0, finished = 0;
    for (size_t g = 0; g < results->count; g++)
        for (size_t k = 0; k < results->groups[g].count; k++) {
            const struct gd_record *record = &results->groups[g].records[k];
            finished += record->state == GD_RUN_FINISHED;
            passed += record->state == GD_RUN_FINISHED && record->passed;
        }
    if (passed == 0)
        return GD_OK;
    char *text =
        gd_format("the lowest energies of %zu of %zu runs are below the target's window: lower is no hit; either "
                  "the target is not the lowest minimum, or the potential is wrong there",
                  passed, finished);
    results->passed = text ? gd_arena_string(&results->arena, text, strlen(text)) : NULL;
    free(text);
    return results->passed ? GD_OK : GD_NO_MEMORY;
}

enum gd_status gd_results_check(struct gd_results *results, struct gd_error *error)
{
    enum gd_status status = check_column(results, error);
    if (status)
        return status;
    return find_mixture(results) || find_passed(results) ? gd_no_memory(error, "the pipelines") : GD_OK;
}

void gd_results_clear(struct gd_results *results)
{
    for (size_t g = 0; g < results->count; g++)
        for (size_t k = 0; k < results->groups[g].count; k++) {
            cJSON_Delete(results->groups[g].records[k].summary);
            cJSON_Delete(results->groups[g].records[k].lines);
        }
    gd_problems_clear(&results->problems);
    gd_arena_clear(&results->arena);
    *results = (struct gd_results){0};
}
