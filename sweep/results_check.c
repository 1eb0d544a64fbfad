/* Whether the runs of a comparison can be compared: what is counted, and what a person has to be warned of. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/files.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "engine/language/tree.h"
#include "engine/run/history.h"
#include "sweep/results.h"

/* Keeps a warning, a new string that is freed; NULL when out of memory. */
static enum gd_status say(struct gd_results *results, const char **warning, char *text)
{
    *warning = text ? gd_arena_string(&results->arena, text, strlen(text)) : NULL;
    free(text);
    return *warning ? GD_OK : GD_NO_MEMORY;
}

/* --- What is counted ---------------------------------------------------------------------------------------------- */

/* Names in metrics.jsonl that differ in case are of different figures. */
static bool has_name(const cJSON *names, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(names, name) != NULL;
}

/* The figures that lines have, each once, to a list. */
static void list_figures(const cJSON *lines, cJSON *names)
{
    const cJSON *line, *item;
    cJSON_ArrayForEach(line, lines)
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
        for (size_t k = 0; k < results->groups[g].count; k++) {
            list_figures(results->groups[g].records[k].lines, names);
            list_figures(results->groups[g].records[k].inner, names);
        }
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

/* --- Runs of one kind --------------------------------------------------------------------------------------------- */

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
        const enum gd_status said = say(results, &results->mixed, gd_text_take(&text));
        status = status ? status : said;
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
    return say(results, &results->passed,
               gd_format("the lowest energies of %zu of %zu runs are below the target's window: lower is no hit; "
                         "either the target is not the lowest minimum, or the potential is wrong there",
                         passed, finished));
}

/* --- Runs that are there twice ------------------------------------------------------------------------------------ */

/* A folder, whatever it was called. */
struct place {
    dev_t device;
    ino_t number;
    const char *folder;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->device != y->device ? (x->device > y->device) - (x->device < y->device)
                                  : (x->number > y->number) - (x->number < y->number);
}

/* The folders of all runs that are there, sorted: [*count], free(); NULL when out of memory. */
static struct place *list_places(const struct gd_results *results, size_t *count)
{
    size_t most = 1;
    for (size_t g = 0; g < results->count; g++)
        most += results->groups[g].count;
    struct place *places = gd_array(most, sizeof *places);
    *count = 0;
    for (size_t g = 0; g < results->count && places; g++)
        for (size_t k = 0; k < results->groups[g].count; k++) {
            const char *folder = results->groups[g].records[k].folder;
            struct stat file;
            if (stat(folder, &file) == 0)
                places[(*count)++] = (struct place){file.st_dev, file.st_ino, folder};
        }
    if (*count > 1)
        qsort(places, *count, sizeof *places, compare_places);
    return places;
}

/* A sweep that is named twice, as by a pattern of the shell. */
static enum gd_status find_repeats(struct gd_results *results)
{
    size_t count, repeats = 0;
    const char *example = NULL;
    struct place *places = list_places(results, &count);
    if (!places)
        return GD_NO_MEMORY;
    for (size_t k = 1; k < count; k++)
        if (compare_places(&places[k], &places[k - 1]) == 0) {
            repeats++;
            example = places[k].folder;
        }
    free(places);
    return repeats == 0 ? GD_OK
                        : say(results, &results->repeated,
                              gd_format("%zu of %zu runs are counted more than once, such as %s: give each folder once",
                                        repeats, count, example));
}

enum gd_status gd_results_check(struct gd_results *results, struct gd_error *error)
{
    enum gd_status status = check_column(results, error);
    if (status)
        return status;
    return find_mixture(results) || find_passed(results) || find_repeats(results) ? gd_no_memory(error, "the pipelines")
                                                                                  : GD_OK;
}
