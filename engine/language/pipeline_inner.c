/* A pipeline as a step of another: `pipeline: {file, with, give, take}`. Its file is read and understood with the outer
 * one, `with` applied to it as overrides. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/language/pipeline_priv.h"

const struct gd_param gd_pipeline_rows[] = {
    {.name = "file",
     .type = GD_PATH,
     .offset = offsetof(struct gd_step, file),
     .help = "The pipeline to run as one step."},
    {0},
};

/* --- The slots that are passed on -------------------------------------------------------------------------------- */

bool gd_slot_movable(const struct gd_slot *slot)
{
    return slot->load && !slot->local;
}

static bool taken_by_default(const struct gd_slot *slot)
{
    return gd_slot_movable(slot) && slot->taken_by_default;
}

/* The names of the slots of which `holds` is true, NULL-ended, in the arena of the scope; NULL when out of memory. */
static const char *const *names_of(const struct gd_scope *scope, bool (*holds)(const struct gd_slot *slot))
{
    const struct gd_slot *const *slots = gd_registry_slots(scope->registry);
    const size_t count = gd_registry_slot_count(scope->registry);
    size_t used = 0;
    const char **names = gd_arena_alloc(scope->arena, count + 1, sizeof *names);
    for (size_t k = 0; names && k < count; k++)
        if (holds(slots[k]))
            names[used++] = slots[k]->name;
    return names;
}

/* Appends a slot to the NULL-ended names. */
static enum gd_status parse_name(const struct gd_scope *scope, const struct gd_node *node, const char *const *movables,
                                 const char **names)
{
    size_t k = 0, j = 0;
    if (node->kind != GD_NODE_SCALAR || gd_node_empty(node))
        return gd_problem_report(scope, node->place, "is not a list of slots, such as [model]");
    while (movables[k] && strcmp(movables[k], node->text) != 0)
        k++;
    if (!movables[k] && gd_registry_slot_index(scope->registry, node->text) >= 0)
        return gd_problem_report(scope, node->place,
                                 "the slot \"%s\" cannot be transferred: each pipeline creates its own", node->text);
    if (!movables[k])
        return gd_report_unknown(scope, node->place, "slot", node->text, movables);
    while (names[j] && names[j] != movables[k])
        j++;
    if (names[j])
        return gd_problem_report(scope, node->place, "\"%s\" appears twice", node->text);
    names[j] = movables[k];
    return GD_OK;
}

/* The list under `key`; without one, the slots of which `otherwise` is true. */
static enum gd_status parse_slots(const struct gd_scope *outer, const struct gd_node *map, const char *key,
                                  bool (*otherwise)(const struct gd_slot *slot), const char *const **slots)
{
    const struct gd_scope scope = gd_scope_in(outer, key);
    const struct gd_node *list = gd_node_get(map, key);
    if (!list) {
        *slots = names_of(&scope, otherwise);
        return *slots ? GD_OK : GD_NO_MEMORY;
    }
    const char *const *movables = names_of(&scope, gd_slot_movable);
    const char **names = gd_arena_alloc(scope.arena, list->count + 1, sizeof *names);
    *slots = names;
    if (!movables || !names)
        return GD_NO_MEMORY;
    if (list->kind != GD_NODE_LIST && !(list->kind == GD_NODE_MAP && !list->count))
        return gd_problem_report(&scope, list->place, "is not a list of slots, such as [model]");
    enum gd_status status = GD_OK;
    for (const struct gd_node *node = list->children; node && status != GD_NO_MEMORY; node = node->next)
        gd_status_combine(&status, parse_name(&scope, node, movables, names));
    return status;
}

static bool nothing(const struct gd_slot *slot)
{
    (void)slot;
    return false;
}

/* --- The pipeline ------------------------------------------------------------------------------------------------- */

static void release(void *pipeline)
{
    gd_pipeline_clear(pipeline);
}

/* A file that would run itself, and limits that keep what is read finite. */
static enum gd_status check_chain(const struct gd_build *outer, const struct gd_scope *scope, struct gd_place place,
                                  const char *file)
{
    int depth = 1;
    for (const struct gd_build *build = outer; build; build = build->outer, depth++)
        if (build->file && !strcmp(build->file, file))
            return gd_problem_report(scope, place, "%s includes itself", gd_quote(gd_path_shown(file)).text);
    if (depth > GD_MAX_DEPTH)
        return gd_problem_report(scope, place, "pipelines nested deeper than %d levels", GD_MAX_DEPTH);
    if (outer->whole->pipelines >= GD_MAX_PIPELINES)
        return gd_problem_report(scope, place, "more than %d pipelines in all", GD_MAX_PIPELINES);
    outer->whole->pipelines++;
    return GD_OK;
}

/* Reads and builds the pipeline of a step; `file` is without links. */
static enum gd_status build_inner(struct gd_build *outer, const struct gd_scope *scope, struct gd_step *step,
                                  const char *file, const struct gd_node *with)
{
    struct gd_tree tree = {0};
    struct gd_pipeline *inner = gd_arena_alloc(&outer->pipeline->tree.arena, 1, sizeof *inner);
    if (!inner || !gd_tree_own(&outer->pipeline->tree, inner, release))
        return GD_NO_MEMORY;
    inner->path = step->path;
    enum gd_status status = gd_registry_read(scope->registry, gd_path_shown(step->file), &tree, scope->problems);
    if (status) {
        gd_tree_clear(&tree);
        return status;
    }
    struct gd_build build = {.whole = outer->whole, .outer = outer, .file = file, .with = with};
    status = gd_build_run(&build, inner, scope->registry, &tree, scope->problems);
    step->pipeline = inner;
    step->steps = inner->steps;
    step->count = inner->count;
    step->times = 1;
    return status;
}

static enum gd_status open_inner(struct gd_build *outer, const struct gd_scope *above, struct gd_step *step,
                                 const struct gd_node *with)
{
    const struct gd_scope scope = gd_scope_in(above, "file");
    struct gd_place place = gd_params_place(step->node, "file", step->place);
    char file[PATH_MAX];
    if (!realpath(step->file, file))
        return errno == ENOMEM ? GD_NO_MEMORY
                               : gd_problem_report(&scope, place, "%s: %s", gd_path_shown(step->file), strerror(errno));
    enum gd_status status = check_chain(outer, &scope, place, file);
    return status ? status : build_inner(outer, &scope, step, file, with);
}

static enum gd_status complain_of_with(const struct gd_scope *outer, const struct gd_node *with)
{
    const struct gd_scope scope = gd_scope_in(outer, "with");
    return gd_problem_report(&scope, with->place, "is %s (expected a map, such as {train.steps: 500})",
                             gd_node_empty(with) ? "empty" : gd_node_kind_name(with));
}

enum gd_status gd_pipeline_step_parse(struct gd_build *build, const struct gd_override_target *target)
{
    static const char *const keys[] = {"file", "with", "give", "take", NULL};
    struct gd_step *step = target->step;
    const struct gd_scope scope = gd_scope_in(&build->parameters, step->id);
    const struct gd_node *map = target->node, *with = gd_node_get(map, "with");
    if (map->kind != GD_NODE_MAP)
        return gd_problem_report(&scope, map->place, "is %s (expected a map of file, with, give and take)",
                                 gd_node_empty(map) ? "empty" : gd_node_kind_name(map));
    enum gd_status status = gd_keys_check(&scope, map, keys);
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, gd_rows_read(&scope, gd_pipeline_rows, map, step->place, step));
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, parse_slots(&scope, map, "give", nothing, &step->give));
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, parse_slots(&scope, map, "take", taken_by_default, &step->take));
    if (with && with->kind != GD_NODE_MAP) {
        gd_status_combine(&status, complain_of_with(&scope, with));
        with = NULL;
    }
    if (status != GD_NO_MEMORY && step->file)
        gd_status_combine(&status, open_inner(build, &scope, step, with));
    return status;
}
