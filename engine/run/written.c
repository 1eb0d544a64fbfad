#include "engine/run/written.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"

/* --- Files that are elsewhere now --------------------------------------------------------------------------------- */

/* The "inputs" of a run's summary; NULL: there are none, or no memory. */
static cJSON *read_inputs(const char *directory, struct gd_error *error)
{
    char *path = gd_file_join(directory, "summary.json"), *text = NULL;
    cJSON *summary = NULL;
    struct gd_error why = {0};
    size_t length = 0;
    enum gd_status status = path ? gd_file_read(path, &text, &length, &why) : GD_NO_MEMORY;
    if (!status)
        status = gd_json_read(text, length, &summary);
    if (status == GD_NO_MEMORY)
        gd_no_memory(error, directory);
    cJSON *inputs = summary ? cJSON_DetachItemFromObjectCaseSensitive(summary, "inputs") : NULL;
    cJSON_Delete(summary);
    free(text);
    free(path);
    return inputs;
}

/* Whether there is an input with this path and this digest; NULL: with any. */
static bool is_input(const cJSON *inputs, const char *path, const char *digest)
{
    const cJSON *input;
    cJSON_ArrayForEach(input, inputs)
    {
        const char *its_path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(input, "path"));
        const char *its_digest = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(input, "sha256"));
        if ((!path || (its_path && strcmp(its_path, path) == 0)) &&
            (!digest || (its_digest && strcmp(its_digest, digest) == 0)))
            return true;
    }
    return false;
}

/* Whether a file that has stayed is another one than the summary has; what it does not know is not. */
static bool is_changed(const cJSON *inputs, const char *path, const char *digest)
{
    char *absolute = realpath(path, NULL);
    const char *known = absolute ? absolute : path;
    const cJSON *input;
    bool changed = false;
    cJSON_ArrayForEach(input, inputs)
    {
        const char *its_path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(input, "path"));
        const char *its_digest = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(input, "sha256"));
        changed =
            changed || (its_path && its_digest && strcmp(its_path, known) == 0 && strcmp(its_digest, digest) != 0);
    }
    free(absolute);
    return changed;
}

/* The summary has paths without links: where it does not know the former one, any input may be it. */
static enum gd_status has_moved(const void *context, const char *former, const char *now, bool *same,
                                struct gd_error *error)
{
    const struct gd_written *written = context;
    const bool stayed = strcmp(former, now) == 0;
    if (stayed && !written->contents)
        return GD_OK;
    const char *directory = written->directory;
    char digest[GD_DIGEST_SIZE];
    double bytes;
    struct gd_error why = {0};
    enum gd_status status = gd_input_digest(now, digest, &bytes);
    if (status)
        return status == GD_NO_MEMORY ? gd_no_memory(error, now) : GD_OK;
    cJSON *inputs = read_inputs(directory, &why);
    if (inputs && stayed)
        *same = !is_changed(inputs, now, digest);
    else if (inputs)
        *same = is_input(inputs, is_input(inputs, former, NULL) ? former : NULL, digest);
    cJSON_Delete(inputs);
    return why.status ? gd_no_memory(error, directory) : GD_OK;
}

enum gd_status gd_written_changes(const char *directory, const struct gd_inputs *now, gd_changed_fn *report,
                                  void *context, struct gd_error *error)
{
    struct gd_error why = {0};
    cJSON *inputs = read_inputs(directory, &why);
    for (size_t k = 0; inputs && k < now->count; k++) {
        const struct gd_input *input = &now->list[k];
        if (strcmp(input->use, "pipeline") != 0 && *input->digest && is_changed(inputs, input->path, input->digest))
            report(context, input);
    }
    cJSON_Delete(inputs);
    return why.status ? gd_no_memory(error, directory) : GD_OK;
}

/* --- Texts -------------------------------------------------------------------------------------------------------- */

static const char separator[] = "---\n";

/* Where the next line begins with the separator. */
static size_t first_length(const char *text)
{
    const char *line = text;
    while (*line && strncmp(line, separator, strlen(separator)) != 0) {
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return (size_t)(line - text);
}

const char *gd_written_next(const char *text)
{
    text += first_length(text);
    return *text ? text + strlen(separator) : NULL;
}

bool gd_written_is(const char *texts, const char *text)
{
    const size_t length = first_length(texts);
    return strlen(text) == length && memcmp(texts, text, length) == 0;
}

static enum gd_status read_tree(struct gd_tree *tree, const char *file, const char *text, struct gd_error *error)
{
    struct gd_problems problems = {0};
    enum gd_status status = gd_tree_parse_yaml(tree, file, text, first_length(text), &problems);
    if (status == GD_NO_MEMORY || problems.overflow)
        status = gd_no_memory(error, file);
    else if (status && problems.count)
        gd_fail(error, status, "%s is of another pipeline: its line %d: %s", file, problems.items->place.line,
                problems.items->text);
    gd_problems_clear(&problems);
    return status;
}

static struct gd_compare_options comparison_of(const struct gd_written *written, const struct gd_registry *registry)
{
    return (struct gd_compare_options){.registry = registry,
                                       .file = written->file,
                                       .lead = written->lead,
                                       .moved = written->directory ? has_moved : NULL,
                                       .context = written,
                                       .scripts = written->scripts,
                                       .among = written->among,
                                       .found = written->found};
}

enum gd_status gd_written_compare(const struct gd_written *written, enum gd_written_part part,
                                  const struct gd_registry *registry, const struct gd_node *now, struct gd_error *error)
{
    struct gd_tree tree = {0};
    struct gd_compare_options comparison = comparison_of(written, registry);
    comparison.without_steps = part == GD_WRITTEN_SECTIONS;
    comparison.rule = written->rule ? written->rule
                                    : "a run can only be continued with the pipeline that it was started with; for "
                                      "other values there are --extend, or a new run --from this one";
    enum gd_status status = read_tree(&tree, written->file, written->text, error);
    if (!status)
        status = gd_pipelines_compare(&comparison, tree.root, now, error);
    gd_tree_clear(&tree);
    return status;
}

/* With the text of another one. */
static enum gd_status compare_texts(const struct gd_written *written, const struct gd_compare_options *comparison,
                                    const char *text, struct gd_error *error)
{
    struct gd_tree tree = {0}, other = {0};
    enum gd_status status = read_tree(&tree, written->file, written->text, error);
    if (!status)
        status = read_tree(&other, "", text, error);
    if (!status)
        status = gd_pipelines_compare(comparison, tree.root, other.root, error);
    gd_tree_clear(&tree);
    gd_tree_clear(&other);
    return status;
}

enum gd_status gd_written_compare_text(const struct gd_written *written, const struct gd_registry *registry,
                                       const char *text, struct gd_error *error)
{
    struct gd_compare_options comparison = comparison_of(written, registry);
    comparison.without_seed = true;
    return compare_texts(written, &comparison, text, error);
}

enum gd_status gd_written_same(const struct gd_written *written, const char *section,
                               const struct gd_registry *registry, const char *text, bool *same, struct gd_error *why,
                               struct gd_error *error)
{
    struct gd_compare_options comparison = comparison_of(written, registry);
    comparison.section = section;
    enum gd_status status = compare_texts(written, &comparison, text, why);
    *same = !status;
    return status == GD_NO_MEMORY ? gd_no_memory(error, written->file) : GD_OK;
}
