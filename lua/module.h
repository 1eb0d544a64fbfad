/* The module godiff, and the values that its functions return. Layer 7 of README.md. Private to this folder. */
#ifndef GD_LUA_MODULE_H
#define GD_LUA_MODULE_H

#include "lua/script.h"

/* What the functions of the module return: a table that was given to them, and what it is for. */
enum gd_module_value_kind { GD_MADE_PIPELINE, GD_MADE_LOOP, GD_MADE_STEP, GD_MADE_TEMPLATE, GD_MADE_STAGE };

struct gd_module_value {
    enum gd_module_value_kind kind;
    int line;
    size_t bytes;                 /* stage: that every step of it takes up */
    const char *name;             /* of the stage or builder; lives as long as the tree */
    const char *tag;              /* template: the key of the name */
    const struct gd_stage *stage; /* of gd.stage, else NULL */
};

/* The value at an index, or NULL when it is something else. Its table is its first user value. */
const struct gd_module_value *gd_module_value_at(lua_State *lua, int index);

/* The name of the function of the module at an index that makes values ("train" of gd.train), or NULL. */
const char *gd_module_function_name(lua_State *lua, int index);

/* Pushes the module. Once per state. */
void gd_module_push(lua_State *lua);

#endif
