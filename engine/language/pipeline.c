/* Builds a pipeline from its tree: the keys of the root, the overrides, the sections and the steps. */
#include "engine/language/pipeline.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/language/pipeline_priv.h"

#define MAX_NAME 100

/* The plain values of the root. */
struct root {
    int64_t version, seed;
    const char *name;
};

const struct gd_param gd_root_rows[] = {
    {.name = "godiff",
     .type = GD_INT,
     .offset = offsetof(struct root, version),
     .min = 1,
     .max = 1,
     .help = "Version of the pipeline language."},
    {.name = "name",
     .type = GD_STRING,
     .offset = offsetof(struct root, name),
     .help = "Name of the pipeline, and of its output folder."},
    {.name = "seed",
     .type = GD_INT,
     .offset = offsetof(struct root, seed),
     .initial = "0",
     .min = 0,
     .max = 0x1p63,
     .help = "Seed of all random numbers."},
    {0},
};

static enum gd_status check_root_keys(struct gd_build *build, const struct gd_node *root)
{
    static const char *const plain[] = {"godiff", "name", "seed", "plugins", "steps", NULL};
    const char *const *names = gd_stage_names(build, true, plain);
    if (!names)
        return GD_NO_MEMORY;
    enum gd_status status = GD_OK;
    for (const struct gd_node *child = root->children; child; child = child->next) {
        const struct gd_stage *stage = gd_registry_stage(build->pipeline->registry, child->key);
        size_t k = 0;
        while (names[k] && strcmp(names[k], child->key) != 0)
            k++;
        if (names[k])
            continue;
        gd_status_combine(&status,
                          stage ? gd_problem_report(&build->scope, child->key_place,
                                                    "\"%s\" is a step: write it in the list of steps", stage->name)
                                : gd_report_unknown(&build->scope, child->key_place, "key", child->key, names));
    }
    return status;
}

/* A name that can be a folder's. */
static bool name_usable(const char *name)
{
    if (strlen(name) > MAX_NAME || *name == '.' || *name == '-')
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
            return false;
    return *name != '\0';
}

static enum gd_status parse_root(struct gd_build *build, const struct gd_node *node)
{
    struct root root = {0};
    enum gd_status status = gd_rows_read(&build->parameters, gd_root_rows, node, node->place, &root);
    const struct gd_scope name = gd_scope_in(&build->parameters, "name");
    if (root.name && !name_usable(root.name))
        gd_status_combine(
            &status, gd_problem_report(&name, gd_node_get(node, "name")->place,
                                       "\"%s\" is not a valid folder name (expected up to %d letters, digits, - _ and "
                                       "., starting with a letter, a digit or _)",
                                       gd_quote(root.name).text, MAX_NAME));
    build->pipeline->name = root.name;
    build->pipeline->seed = build->outer ? build->outer->pipeline->seed : (uint64_t)root.seed;
    return status;
}

enum gd_status gd_section_parse(struct gd_build *build, const struct gd_stage *stage, const struct gd_node *node,
                                struct gd_place place, struct gd_step *step)
{
    const struct gd_scope scope = gd_scope_in(&build->parameters, stage->name);
    step->id = stage->name;
    step->path = gd_step_path(build, stage->name);
    step->place = place;
    step->node = !node || gd_node_empty(node) ? NULL : node;
    step->stage = stage;
    step->self = gd_arena_alloc(&build->pipeline->arena, 1, stage->size);
    if (!step->self || !step->path)
        return GD_NO_MEMORY;
    enum gd_status status = stage->self ? gd_choice_parse(&scope, stage->self, node, step->self)
                                        : gd_rows_parse(&scope, stage->params, NULL, node, place, step->self);
    step->broken = status;
    return status;
}

static enum gd_status parse_sections(struct gd_build *build, const struct gd_node *root)
{
    struct gd_pipeline *pipeline = build->pipeline;
    const struct gd_stage *const *stages = gd_registry_stages(pipeline->registry);
    size_t count = 0;
    while (stages[count])
        count++;
    pipeline->sections = gd_arena_alloc(&pipeline->arena, count, sizeof *pipeline->sections);
    if (!pipeline->sections)
        return GD_NO_MEMORY;
    enum gd_status status = GD_OK;
    for (; *stages && status != GD_NO_MEMORY; stages++) {
        const bool first = (*stages)->section && !(*stages)->last;
        const struct gd_node *node = first ? gd_node_get(root, (*stages)->name) : NULL;
        if (node && gd_node_off(node) && !(*stages)->required)
            continue;
        if (node)
            gd_status_combine(&status, gd_section_parse(build, *stages, node, node->key_place,
                                                        &pipeline->sections[pipeline->section_count++]));
        else if (first && (*stages)->required) {
            pipeline->broken = true;
            gd_status_combine(&status, gd_problem_report(&build->scope, root->place, "section \"%s\" is required: %s",
                                                         (*stages)->name, (*stages)->summary));
        }
    }
    return status;
}

/* Overrides come between the shape of the steps, which gives them their ids, and the parameters. Without its plugins,
 * nothing of a pipeline can be checked; overrides may name others. */
static enum gd_status build_root(struct gd_build *build)
{
    const struct gd_node *root = build->pipeline->tree.root;
    enum gd_status status = gd_plugins_check(build, root);
    if (status)
        return status;
    status = check_root_keys(build, root);
    build->pipeline->broken = status;
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, gd_steps_read(build, root));
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, gd_overrides_apply(build));
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, parse_root(build, root));
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, gd_plugins_check(build, root));
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, parse_sections(build, root));
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, gd_steps_parse(build));
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, gd_last_sections_parse(build, root, !status));
    return status;
}

enum gd_status gd_build_run(struct gd_build *build, struct gd_pipeline *pipeline, const struct gd_registry *registry,
                            struct gd_tree *tree, struct gd_problems *problems)
{
    const char *path = pipeline->path;
    char *address = gd_step_address(path);
    *pipeline = (struct gd_pipeline){.tree = *tree, .registry = registry, .path = path};
    *tree = (struct gd_tree){0};
    const struct gd_node *root = pipeline->tree.root;
    build->pipeline = pipeline;
    build->scope = (struct gd_scope){.registry = registry, .arena = &pipeline->arena, .problems = problems};
    build->parameters = build->scope;
    if (address && *address)
        build->parameters.key = gd_arena_string(&pipeline->arena, address, strlen(address));
    problems->overflow |= !address || (*address && !build->parameters.key);
    free(address);
    if (!root || root->kind != GD_NODE_MAP)
        return gd_problem_report(&build->scope, root ? root->place : (struct gd_place){.file = pipeline->tree.file},
                                 "expected a map of godiff, name, sections and steps, got %s",
                                 root ? gd_node_kind_name(root) : "empty");
    enum gd_status status = build_root(build);
    free(build->targets);
    return problems->overflow ? GD_NO_MEMORY : status;
}

enum gd_status gd_pipeline_build(struct gd_pipeline *pipeline, const struct gd_registry *registry, struct gd_tree *tree,
                                 const struct gd_override *overrides, size_t override_count,
                                 struct gd_problems *problems)
{
    struct gd_build_totals whole = {.pipelines = 1};
    char file[PATH_MAX];
    struct gd_build build = {.whole = &whole, .overrides = overrides, .override_count = override_count};
    if (tree->file && realpath(tree->file, file)) /* there is none of a text in memory */
        build.file = file;
    pipeline->path = "";
    return gd_build_run(&build, pipeline, registry, tree, problems);
}

void gd_pipeline_clear(struct gd_pipeline *pipeline)
{
    if (!pipeline)
        return;
    gd_arena_clear(&pipeline->arena);
    gd_tree_clear(&pipeline->tree);
    *pipeline = (struct gd_pipeline){0};
}

static double count_executions(const struct gd_step *steps, size_t count)
{
    double executions = 0;
    for (size_t k = 0; k < count; k++)
        executions += (steps[k].stage || steps[k].pipeline ? 1 : 0) +
                      (double)steps[k].times * count_executions(steps[k].steps, steps[k].count);
    return executions;
}

double gd_pipeline_executions(const struct gd_pipeline *pipeline)
{
    return count_executions(pipeline->steps, pipeline->count);
}
