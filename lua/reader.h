/* Pipelines and stages written in Lua 5.4. */
#ifndef GD_LUA_READER_H
#define GD_LUA_READER_H

#include "engine/language/registry.h"

/* Makes a registry read files that end in .lua, and gives it the stage `script`.
 *
 * A script is not trusted unless `trusted`: it then has neither os, io, debug, load, coroutines nor native modules; it
 * gets at most 256 MiB; while it is read, at most 20 million instructions and 5 seconds; a matching of patterns whose
 * cost cannot be bounded is refused at any time. lua/sandbox.h describes the guarantees. */
enum gd_status gd_lua_register(struct gd_registry *registry, bool trusted, struct gd_error *error);

/* Runs the script `file` and makes a tree of the gd.pipeline{...} that it returns: the same that the YAML reader makes
 * of the same pipeline. Text is quoted; functions are nodes of their own; the stages of gd.stage come with their
 * descriptors. The tree owns the script. Every node is placed in the line of the call (gd.train{...}) that it was
 * written in. Limits as of YAML: 64 levels, 1,000 keys in a map, 1,000,000 values.
 *
 * GD_BAD_INPUT when there was a problem: an error of the script is one, at its line. */
enum gd_status gd_tree_read_lua(struct gd_tree *tree, const struct gd_registry *registry, const char *file,
                                bool trusted, struct gd_problems *problems);

/* The same from memory; `file` is the name used in messages. */
enum gd_status gd_tree_parse_lua(struct gd_tree *tree, const struct gd_registry *registry, const char *file,
                                 const char *text, size_t length, bool trusted, struct gd_problems *problems);

/* --- The stage `script`: script_stage.c --------------------------------------------------------------------------- */

extern const struct gd_stage gd_stage_script, gd_stage_script_trusted;

#endif
