/* The environment of a script: libraries, the module, views. Layer 7 of README.md. Private to this
 * folder. */
#ifndef GD_LUA_ENVIRONMENT_H
#define GD_LUA_ENVIRONMENT_H

#include "lua/script.h"

/* A script that is ready to be read, owned by the tree. *script is set once it exists, also when its environment fails
 * to open: `failure` of the script then has the reason. */
enum gd_status gd_environment_new(struct gd_script **script, struct gd_tree *tree, const struct gd_registry *registry,
                                  const char *file, bool trusted);

#endif
