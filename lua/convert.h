/* From the values of a script to nodes of the tree. Layer 8 of README.md. Private to this folder. */
#ifndef GD_LUA_CONVERT_H
#define GD_LUA_CONVERT_H

#include "lua/module.h"

/* A conversion: its input, given by the caller, and what it finds, which begins with zeros. */
struct gd_conversion {
    struct gd_script *script;
    struct gd_tree *tree;
    struct gd_problems *problems;
    size_t values, bytes; /* bytes: of texts in the tree */
    bool functions;       /* the pipeline has functions or stages, which YAML cannot express */
    bool bad;             /* a problem was reported */
};

/* The root of the pipeline on top of the stack, in memory of the tree: a map with the table of gd.pipeline, and the
 * version of the language that it implies. NULL after a problem. Inside a protected call. */
struct gd_node *gd_convert_pipeline(lua_State *lua, struct gd_conversion *conversion);

#endif
