/* The steps of a pipeline: their shape and ids from the tree, then their parameters. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "engine/language/pipeline_priv.h"

#define MAX_STEPS 4096

static const char loop_word[] = "loop";

const struct gd_param gd_loop_rows[] = {
    {.name = "times",
     .type = GD_INT,
     .offset = offsetof(struct gd_step, times),
     .min = 1,
     .max = 1e9,
     .help = "Largest number of iterations."},
    {.name = "until",
     .type = GD_COMPONENT,
     .offset = offsetof(struct gd_step, until),
     .optional = true,
     .kind = "until",
     .help = "Condition that ends the loop early."},
    {0},
};

static enum gd_status read_steps(struct gd_build *build, const struct gd_scope *scope, struct gd_place place,
                                 const struct gd_node *list, struct gd_step **steps, size_t *count);

/* The id as written beside the stage; NULL when none is, or after a complaint. */
static enum gd_status read_id(struct gd_build *build, const struct gd_node *node, const char **id)
{
    const char *text = node->kind == GD_NODE_SCALAR && !gd_node_empty(node) ? node->text : "";
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '-' || text[length] == '_')
        length++;
    if (!length || text[length])
        return gd_problem_report(&build->scope, node->place,
                                 "id: \"%s\" is not a name (expected letters, digits, - and _)", gd_quote(text).text);
    *id = text;
    return GD_OK;
}

/* The one key of a step that is not its id. */
static enum gd_status find_word(struct gd_build *build, const struct gd_node *node, struct gd_node **found)
{
    const struct gd_scope *scope = &build->scope;
    *found = NULL;
    if (node->kind == GD_NODE_SCALAR && gd_registry_stage(scope->registry, node->text))
        return gd_problem_report(scope, node->place, "\"%s\" lacks its colon: write \"%s: {}\"", node->text,
                                 node->text);
    if (node->kind != GD_NODE_MAP)
        return gd_problem_report(scope, node->place, "expected a step as a map, such as {evaluate: {}}, got %s",
                                 gd_node_kind_name(node));
    for (struct gd_node *child = node->children; child; child = child->next) {
        if (!strcmp(child->key, "id"))
            continue;
        if (*found)
            return gd_problem_report(scope, child->key_place,
                                     "\"%s\" and \"%s\" in one step (a step has one stage; indent its parameters)",
                                     gd_quote((*found)->key).text, gd_quote(child->key).text);
        *found = child;
    }
    return *found ? GD_OK : gd_problem_report(scope, node->place, "this step names no stage");
}

static enum gd_status read_loop(struct gd_build *build, struct gd_step *step, struct gd_node *node)
{
    const struct gd_scope scope = gd_scope_in(&build->scope, loop_word);
    if (node->kind != GD_NODE_MAP)
        return gd_problem_report(&scope, node->place, "is %s (expected a map of times, until and steps)",
                                 gd_node_empty(node) ? "empty" : gd_node_kind_name(node));
    return read_steps(build, &scope, step->place, gd_node_get(node, "steps"), &step->steps, &step->count);
}

static enum gd_status find_stage(struct gd_build *build, const struct gd_node *node, const struct gd_stage **stage)
{
    static const char *const more[] = {loop_word, gd_pipeline_word, NULL};
    if (node->stage) {
        *stage = node->stage;
        return GD_OK;
    }
    *stage = gd_registry_stage(build->pipeline->registry, node->key);
    if (*stage && !(*stage)->section)
        return GD_OK;
    if (*stage)
        return gd_problem_report(&build->scope, node->key_place,
                                 "\"%s\" is a section: write it at the top level, not as a step", node->key);
    const char *const *names = gd_stage_names(build, false, more);
    return names ? gd_report_unknown(&build->scope, node->key_place, "step", node->key, names) : GD_NO_MEMORY;
}

static enum gd_status read_step(struct gd_build *build, const struct gd_node *node, struct gd_step *step)
{
    struct gd_node *word;
    enum gd_status status = find_word(build, node, &word);
    if (status)
        return status;
    step->place = word->key_place;
    bool loop = !strcmp(word->key, loop_word), stage = !loop && strcmp(word->key, gd_pipeline_word) != 0;
    const struct gd_node *id = gd_node_get(node, "id");
    if (id)
        status = read_id(build, id, &step->id);
    if (stage)
        gd_status_combine(&status, find_stage(build, word, &step->stage));
    if (status)
        return status;
    if (++build->whole->steps > MAX_STEPS) /* reported once */
        return build->whole->steps > MAX_STEPS + 1
                   ? GD_BAD_INPUT
                   : gd_problem_report(&build->scope, node->place, "more than %d steps", MAX_STEPS);
    if (!gd_grow(&build->targets, &build->capacity, build->count + 1, sizeof *build->targets))
        return GD_NO_MEMORY;
    build->targets[build->count++] = (struct gd_override_target){step, word, word->key};
    return loop ? read_loop(build, step, word) : GD_OK;
}

/* `place` is where a missing list is reported. */
static enum gd_status read_steps(struct gd_build *build, const struct gd_scope *scope, struct gd_place place,
                                 const struct gd_node *list, struct gd_step **steps, size_t *count)
{
    if (!list)
        return gd_problem_report(scope, place, "steps: is required (expected a list of steps)");
    if (list->kind != GD_NODE_LIST || !list->count)
        return gd_problem_report(scope, list->place, "steps: is %s (expected a list of steps)",
                                 list->kind == GD_NODE_LIST || gd_node_empty(list) ? "empty" : gd_node_kind_name(list));
    *steps = gd_arena_alloc(scope->arena, list->count, sizeof **steps);
    if (!*steps)
        return GD_NO_MEMORY;
    *count = list->count;
    struct gd_step *step = *steps;
    enum gd_status status = GD_OK;
    for (const struct gd_node *node = list->children; node && status != GD_NO_MEMORY; node = node->next, step++) {
        enum gd_status read = read_step(build, node, step);
        step->broken = read != GD_OK;
        gd_status_combine(&status, read);
    }
    return status;
}

/* The name of its stage, with -2, -3, ... from the second on that has no id of its own. */
static enum gd_status make_id(struct gd_build *build, size_t k, const bool *named)
{
    struct gd_override_target *target = &build->targets[k];
    size_t number = 1;
    for (size_t j = 0; j < k; j++)
        if (!named[j] && !strcmp(build->targets[j].word, target->word))
            number++;
    target->step->id = target->word;
    if (number == 1)
        return GD_OK;
    char text[256];
    int length = snprintf(text, sizeof text, "%s-%zu", target->word, number);
    if (length >= (int)sizeof text)
        return gd_problem_report(&build->scope, target->step->place, "the name is too long");
    target->step->id = gd_arena_string(build->scope.arena, text, (size_t)length);
    return target->step->id ? GD_OK : GD_NO_MEMORY;
}

static enum gd_status check_unique(struct gd_build *build, size_t k)
{
    const struct gd_step *step = build->targets[k].step;
    for (size_t j = 0; j < k; j++)
        if (!strcmp(build->targets[j].step->id, step->id))
            return gd_problem_report(&build->scope, step->place,
                                     "two steps have the id \"%s\" (the other in line %d): change one", step->id,
                                     build->targets[j].step->place.line);
    return GD_OK;
}

static enum gd_status make_ids(struct gd_build *build)
{
    enum gd_status status = GD_OK;
    bool *named = gd_arena_alloc(build->scope.arena, build->count, sizeof *named);
    if (!named)
        return GD_NO_MEMORY;
    for (size_t k = 0; k < build->count && status != GD_NO_MEMORY; k++) {
        named[k] = build->targets[k].step->id != NULL;
        if (!named[k])
            gd_status_combine(&status, make_id(build, k, named));
    }
    for (size_t k = 0; k < build->count && status != GD_NO_MEMORY; k++)
        gd_status_combine(&status, check_unique(build, k));
    for (size_t k = 0; k < build->count && status != GD_NO_MEMORY; k++) {
        struct gd_step *step = build->targets[k].step;
        step->path = gd_step_path(build, step->id);
        if (!step->path)
            status = GD_NO_MEMORY;
    }
    return status;
}

enum gd_status gd_steps_read(struct gd_build *build, const struct gd_node *root)
{
    struct gd_pipeline *pipeline = build->pipeline;
    enum gd_status status =
        read_steps(build, &build->scope, root->place, gd_node_get(root, "steps"), &pipeline->steps, &pipeline->count);
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, make_ids(build));
    return status;
}

static enum gd_status parse_step(struct gd_build *build, const struct gd_override_target *target)
{
    struct gd_step *step = target->step;
    const struct gd_scope scope = gd_scope_in(&build->parameters, step->id);
    step->node = gd_node_empty(target->node) ? NULL : target->node;
    if (!strcmp(target->word, gd_pipeline_word))
        return gd_pipeline_step_parse(build, target);
    if (!step->stage && target->node->kind != GD_NODE_MAP)
        return GD_OK; /* reported when its steps were read */
    if (!step->stage)
        return gd_rows_parse(&scope, gd_loop_rows, "steps", step->node, step->place, step);
    enum gd_status status = GD_OK;
    if (step->stage->resolve && step->node)
        status = step->stage->resolve(&build->pipeline->tree, scope.registry, step->node, &step->stage, scope.problems);
    if (status)
        return status;
    step->self = gd_arena_alloc(scope.arena, 1, step->stage->size);
    if (!step->self)
        return GD_NO_MEMORY;
    return gd_rows_parse(&scope, step->stage->params, NULL, step->node, step->place, step->self);
}

enum gd_status gd_steps_parse(struct gd_build *build)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < build->count && status != GD_NO_MEMORY; k++) {
        enum gd_status parsed = parse_step(build, &build->targets[k]);
        build->targets[k].step->broken |= parsed != GD_OK;
        gd_status_combine(&status, parsed);
    }
    return status;
}
