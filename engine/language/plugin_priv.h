/* The shared objects that a registry keeps. */
#ifndef GD_ENGINE_PLUGIN_PRIV_H
#define GD_ENGINE_PLUGIN_PRIV_H

#include "engine/language/plugin.h"

struct gd_plugins {
    struct gd_plugin_file *files;
    void **handles; /* of the files, in their order */
    size_t count, file_capacity, handle_capacity;
};

/* Opens a shared object and checks that it is a plugin of this ABI; *plugin is NULL when it is there already. */
enum gd_status gd_plugins_open(struct gd_plugins *plugins, const char *path, const struct gd_plugin **plugin,
                               struct gd_error *error);

/* Closes all, the last one first. */
void gd_plugins_close(struct gd_plugins *plugins);

#endif
