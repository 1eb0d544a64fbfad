/* The stage `script`, which takes its descriptor from a file. */
#include <stdlib.h>

#include "lua/environment.h"
#include "lua/module.h"
#include "lua/reader.h"

struct params {
    const char *file;
};

static const struct gd_param rows[] = {
    {.name = "file",
     .type = GD_PATH,
     .offset = offsetof(struct params, file),
     .help = "a Lua file that returns gd.stage {...}; parameters of the stage are given beside it"},
    {0},
};

/* A file with a stage, being read. */
struct stage_file {
    const char *text;
    size_t length;
    const struct gd_stage *stage;
};

static int read_stage(lua_State *lua)
{
    struct stage_file *file = lua_touserdata(lua, 1);
    gd_script_run_chunk(lua, file->text, file->length);
    const struct gd_module_value *made = gd_module_value_at(lua, -1);
    if (!made || made->kind != GD_MADE_STAGE)
        return luaL_error(lua, "the script does not return a stage: end it with return gd.stage {...}");
    file->stage = made->stage;
    return 0;
}

static enum gd_status load_stage(struct gd_tree *tree, const struct gd_registry *registry, const char *path,
                                 bool trusted, const struct gd_stage **stage, struct gd_problems *problems)
{
    char *text = NULL;
    struct stage_file file = {0};
    struct gd_script *script = NULL;
    enum gd_status status = gd_script_load_file(path, &text, &file.length, problems);
    file.text = text;
    if (!status)
        status = gd_environment_new(&script, tree, registry, path, trusted);
    if (!status) {
        script->host = &gd_stage_script;
        status = gd_script_call(script, read_stage, &file);
        if (status == GD_BAD_INPUT)
            status = gd_script_report(script, problems);
        gd_script_end_reading(script);
    }
    free(text);
    if (!status)
        *stage = file.stage;
    return status;
}

/* Reads the parameter `file` alone: the rows of the others are in that file. */
static enum gd_status resolve(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_node *node,
                              bool trusted, const struct gd_stage **stage, struct gd_problems *problems)
{
    const struct gd_node *written = gd_node_get(node, rows[0].name);
    struct params params = {0};
    struct gd_node map = *node, only = written ? *written : (struct gd_node){0};
    if (node->kind != GD_NODE_MAP || !written)
        return GD_OK; /* the check against the rows of this stage reports the problem */
    only.next = NULL;
    map.children = map.last = &only;
    map.count = 1;
    enum gd_status status = gd_params_parse(rows, registry, &map, node->place, &params, &tree->arena, problems);
    return status ? status : load_stage(tree, registry, params.file, trusted, stage, problems);
}

static enum gd_status resolve_safely(struct gd_tree *tree, const struct gd_registry *registry,
                                     const struct gd_node *node, const struct gd_stage **stage,
                                     struct gd_problems *problems)
{
    return resolve(tree, registry, node, false, stage, problems);
}

static enum gd_status resolve_trusted(struct gd_tree *tree, const struct gd_registry *registry,
                                      const struct gd_node *node, const struct gd_stage **stage,
                                      struct gd_problems *problems)
{
    return resolve(tree, registry, node, true, stage, problems);
}

/* Never called: a step without a file does not pass the check. */
static enum gd_status run_nothing(struct gd_context *context, void *self)
{
    (void)self;
    return gd_fail(context->error, GD_FAILED, "%s: no script was read", context->step);
}

#define SCRIPT_STAGE(resolver)                                                                                         \
    {                                                                                                                  \
        .name = "script", .summary = "A stage written in Lua, from a file that returns gd.stage {...}.",               \
        .params = rows, .size = sizeof(struct params), .resolve = resolver, .run = run_nothing,                        \
    }

const struct gd_stage gd_stage_script = SCRIPT_STAGE(resolve_safely);
const struct gd_stage gd_stage_script_trusted = SCRIPT_STAGE(resolve_trusted);
