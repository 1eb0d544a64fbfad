/* A pipeline file, read, overridden, understood and checked. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "engine/base/memory.h"
#include "engine/run/check.h"

/* Splits "PATH=VALUE", given by an option, in memory of the arena. */
static enum gd_status split(const char *text, const char *option, struct gd_override *override, struct gd_arena *arena,
                            struct gd_error *error)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return gd_fail(error, GD_BAD_INPUT, "%s: expected PATH=VALUE, such as train.steps=500, got '%s'", option, text);
    override->path = gd_arena_string(arena, text, (size_t)(equals - text));
    override->value = equals + 1;
    override->option = option;
    return override->path ? GD_OK : gd_no_memory(error, option);
}

/* [*count] overrides, of which the last wins: --seed comes after --set, and before --extend. */
static enum gd_status collect(const struct gd_source *source, struct gd_arena *arena, struct gd_override **overrides,
                              size_t *count, struct gd_error *error)
{
    const struct gd_list *set = &source->set;
    *overrides = gd_arena_alloc(arena, set->count + 1, sizeof **overrides);
    if (!*overrides)
        return gd_no_memory(error, "--set");
    enum gd_status status = GD_OK;
    *count = 0;
    for (size_t k = 0; k <= set->count && !status; k++) {
        if (source->seed && k + source->extends == set->count)
            (*overrides)[(*count)++] = (struct gd_override){.path = "seed", .value = source->seed};
        if (k < set->count)
            status = split(set->items[k], k + source->extends < set->count ? "--set" : "--extend",
                           &(*overrides)[(*count)++], arena, error);
    }
    return status;
}

/* A file for `godiff sweep` says so by its key. */
static enum gd_status refuse_sweep(const struct gd_tree *tree, struct gd_problems *problems)
{
    const struct gd_node *root = tree->root;
    const struct gd_node *sweep = root && root->kind == GD_NODE_MAP ? gd_node_get(root, "sweep") : NULL;
    if (!sweep)
        return GD_OK;
    gd_problem_add(problems, sweep->key_place, "this is a sweep file: use godiff sweep");
    return GD_BAD_INPUT;
}

/* The tree, and the plugins that it needs. */
static enum gd_status read(struct gd_job *job, const struct gd_source *source, struct gd_tree *tree,
                           struct gd_problems *problems)
{
    enum gd_status status = gd_registry_read(job->registry, source->file, tree, problems);
    if (!status)
        status = refuse_sweep(tree, problems);
    if (!status)
        status = gd_pipeline_load_plugins(job->registry, tree, source->trust, problems);
    if (status)
        gd_tree_clear(tree);
    return status;
}

static void print_warning(void *context, const char *text)
{
    (void)context;
    gd_print_message("warning", text);
}

/* What the run has from another one. */
static enum gd_status find_origin(struct gd_job *job, const struct gd_source *source, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    if (source->from)
        status = gd_origin_read(&job->origin, source->from, job->registry, error);
    if (!status && source->from && !source->silent)
        status = gd_inheritance_warn(&job->origin.inheritance, print_warning, NULL, error);
    if (source->resume) {
        char *directory = gd_job_directory(job, source);
        status = directory ? gd_origin_recall(&job->origin, directory, error) : gd_no_memory(error, source->file);
        free(directory);
    }
    job->pipeline.given = job->origin.given;
    return status;
}

/* Says of another run that does not fit what does. */
static enum gd_status inherit(struct gd_job *job, struct gd_error *error)
{
    struct gd_error why = {0};
    enum gd_status status = gd_inherit(&job->origin.inheritance, &job->pipeline, job->state, &why);
    const char *advice = status == GD_BAD_INPUT
                             ? "; a run begins --from one of the same system, network, noise and potential; the step "
                               "transfer takes a model alone, and the step archive structures"
                             : "";
    return status ? gd_fail(error, status, "%s%s", why.text, advice) : GD_OK;
}

static enum gd_status build(struct gd_job *job, const struct gd_source *source, const struct gd_override *overrides,
                            size_t count, struct gd_problems *problems, struct gd_error *error)
{
    struct gd_tree tree = {0};
    enum gd_status status = read(job, source, &tree, problems);
    if (status)
        return status;
    status = gd_pipeline_build(&job->pipeline, job->registry, &tree, overrides, count, problems);
    job->state = gd_state_new(job->registry);
    if (!job->state)
        return gd_no_memory(error, "the state");
    if (status == GD_NO_MEMORY)
        return status;
    enum gd_status found = status ? GD_OK : find_origin(job, source, error);
    if (found)
        return found;
    status = gd_pipeline_check(&job->pipeline, job->state, problems);
    return status || !source->from ? status : inherit(job, error);
}

/* Prints them, or hands the warnings on. */
static void tell(const struct gd_source *source, const struct gd_problems *problems)
{
    struct gd_problems now = *problems;
    if (source->silent)
        return;
    if (source->warnings)
        now.warnings = (struct gd_problem_list){0};
    gd_print_problems(&now);
    for (size_t k = 0; k < problems->warnings.count && source->warnings; k++)
        gd_warning_add(source->warnings, problems->warnings.items[k].place, "%s", problems->warnings.items[k].text);
}

enum gd_status gd_job_open(struct gd_job *job, const struct gd_source *source, struct gd_error *error)
{
    struct gd_arena arena = {0};
    struct gd_override *overrides;
    struct gd_problems problems = {0};
    size_t count = 0;
    enum gd_status status = collect(source, &arena, &overrides, &count, error);
    if (!status && !(job->registry = gd_registry_full(&source->plugins, source->trust, error)))
        status = error->status;
    if (!status)
        status = build(job, source, overrides, count, &problems, error);
    gd_problems_sort(&problems);
    tell(source, &problems);
    gd_problems_clear(&problems);
    gd_arena_clear(&arena);
    return status == GD_NO_MEMORY ? gd_no_memory(error, source->file) : status;
}

void gd_job_close(struct gd_job *job)
{
    gd_state_free(job->state);
    gd_pipeline_clear(&job->pipeline);
    gd_origin_clear(&job->origin);
    gd_registry_free(job->registry);
}

char *gd_job_directory(const struct gd_job *job, const struct gd_source *source)
{
    const struct gd_pipeline *pipeline = &job->pipeline;
    return source->out ? gd_string(source->out)
                       : gd_format("runs/%s-%llu", pipeline->name, (unsigned long long)pipeline->seed);
}
