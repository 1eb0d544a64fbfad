/* Files in Lua: a script is run, and the pipeline that it returns becomes a tree. */
#include "lua/reader.h"

#include <stdlib.h>

#include "lua/convert.h"
#include "lua/environment.h"
#include "lua/keep.h"

/* The text of a script, and the conversion of what it returns. */
struct reading {
    const char *text;
    size_t length;
    struct gd_conversion conversion;
};

static int read_script(lua_State *lua)
{
    struct reading *reading = lua_touserdata(lua, 1);
    struct gd_conversion *conversion = &reading->conversion;
    gd_script_run_chunk(lua, reading->text, reading->length);
    struct gd_node *root = gd_convert_pipeline(lua, conversion);
    conversion->tree->root = root;
    if (root && conversion->functions)
        conversion->tree->source = gd_script_copy(lua, reading->text, reading->length);
    return 0;
}

enum gd_status gd_tree_parse_lua(struct gd_tree *tree, const struct gd_registry *registry, const char *file,
                                 const char *text, size_t length, bool trusted, struct gd_problems *problems)
{
    struct gd_script *script = NULL;
    *tree = (struct gd_tree){0};
    enum gd_status status = gd_environment_new(&script, tree, registry, file, trusted);
    struct reading reading = {text, length, {.script = script, .tree = tree, .problems = problems}};
    if (!status)
        status = gd_script_call(script, read_script, &reading);
    if (status == GD_BAD_INPUT)
        status = gd_script_report(script, problems);
    if (script) {
        tree->file = script->file;
        gd_script_end_reading(script);
    }
    if (problems->overflow)
        return GD_NO_MEMORY;
    return reading.conversion.bad ? GD_BAD_INPUT : status;
}

enum gd_status gd_tree_read_lua(struct gd_tree *tree, const struct gd_registry *registry, const char *file,
                                bool trusted, struct gd_problems *problems)
{
    char *text;
    size_t length;
    *tree = (struct gd_tree){0};
    enum gd_status status = gd_script_load_file(file, &text, &length, problems);
    if (!status)
        status = gd_tree_parse_lua(tree, registry, file, text, length, trusted, problems);
    free(text);
    return problems->overflow ? GD_NO_MEMORY : status;
}

static enum gd_status read_safely(struct gd_tree *tree, const struct gd_registry *registry, const char *file,
                                  struct gd_problems *problems)
{
    return gd_tree_read_lua(tree, registry, file, false, problems);
}

static enum gd_status read_trusted(struct gd_tree *tree, const struct gd_registry *registry, const char *file,
                                   struct gd_problems *problems)
{
    return gd_tree_read_lua(tree, registry, file, true, problems);
}

enum gd_status gd_lua_register(struct gd_registry *registry, bool trusted, struct gd_error *error)
{
    static const struct gd_reader readers[] = {{".lua", read_safely}, {".lua", read_trusted}};
    enum gd_status status = gd_registry_add_reader(registry, &readers[trusted], error);
    if (!status)
        status = gd_registry_add_slot(registry, &gd_slot_keep, error);
    if (!status)
        status = gd_registry_add_stage(registry, trusted ? &gd_stage_script_trusted : &gd_stage_script, error);
    return status;
}
