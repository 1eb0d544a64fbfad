/* Opening shared objects, and what makes one a plugin. */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/memory.h"
#include "engine/language/plugin_priv.h"

static const char entry[] = "godiff_plugin";

/* The path without links, as a new string. What is no regular file is never opened: a FIFO would wait for ever. */
static enum gd_status find_file(const char *path, char **absolute, struct gd_error *error)
{
    char resolved[PATH_MAX];
    struct stat facts;
    *absolute = NULL;
    if (!realpath(path, resolved) || stat(resolved, &facts) != 0)
        return gd_fail(error, GD_BAD_INPUT, "%s: plugin not loaded: %s", path, strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return gd_fail(error, GD_BAD_INPUT, "%s: plugin not loaded: not a file", path);
    *absolute = gd_string(resolved);
    return *absolute ? GD_OK : gd_no_memory(error, path);
}

/* dlerror() begins with the name of the file, as a rule. */
static enum gd_status loader_failed(const char *path, const char *absolute, struct gd_error *error)
{
    const char *why = dlerror();
    const size_t length = strlen(absolute);
    if (!why)
        why = "for a reason that the loader does not report";
    else if (!strncmp(why, absolute, length) && !strncmp(why + length, ": ", 2))
        why += length + 2;
    return gd_fail(error, GD_BAD_INPUT, "%s: plugin not loaded: %s", path, why);
}

static enum gd_status check_plugin(const char *path, const struct gd_plugin *plugin, struct gd_error *error)
{
    if (!plugin)
        return gd_fail(error, GD_BAD_INPUT, "%s: not a plugin: it does not define %s", path, entry);
    if (plugin->abi != GD_PLUGIN_ABI)
        return gd_fail(error, GD_BAD_INPUT,
                       "%s: built for version %u of the plugin interface, this is version %d: rebuild it with the "
                       "headers of this godiff",
                       path, (unsigned)plugin->abi, GD_PLUGIN_ABI);
    if (!plugin->name || !*plugin->name || !plugin->version || !plugin->extend)
        return gd_fail(error, GD_BAD_INPUT, "%s: not a plugin: %s lacks its name, version or extend", path, entry);
    return GD_OK;
}

static bool reserve(struct gd_plugins *plugins)
{
    const size_t needed = plugins->count + 1;
    return gd_grow(&plugins->files, &plugins->file_capacity, needed, sizeof *plugins->files) &&
           gd_grow(&plugins->handles, &plugins->handle_capacity, needed, sizeof *plugins->handles);
}

/* Opens `absolute`, which becomes the list's. */
static enum gd_status open_file(struct gd_plugins *plugins, const char *path, char *absolute,
                                const struct gd_plugin **plugin, struct gd_error *error)
{
    void *handle = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return loader_failed(path, absolute, error);
    *plugin = dlsym(handle, entry);
    enum gd_status status = check_plugin(path, *plugin, error);
    if (status) {
        dlclose(handle);
        return status;
    }
    plugins->handles[plugins->count] = handle;
    plugins->files[plugins->count++] = (struct gd_plugin_file){absolute, *plugin};
    return GD_OK;
}

enum gd_status gd_plugins_open(struct gd_plugins *plugins, const char *path, const struct gd_plugin **plugin,
                               struct gd_error *error)
{
    char *absolute = NULL;
    const size_t before = plugins->count;
    *plugin = NULL;
    enum gd_status status = find_file(path, &absolute, error);
    bool known = false;
    for (size_t k = 0; k < before && !status; k++)
        known = known || !strcmp(plugins->files[k].path, absolute);
    if (!status && !known && !reserve(plugins))
        status = gd_no_memory(error, path);
    else if (!status && !known)
        status = open_file(plugins, path, absolute, plugin, error);
    if (plugins->count == before)
        free(absolute);
    return status;
}

void gd_plugins_close(struct gd_plugins *plugins)
{
    while (plugins->count > 0) {
        plugins->count--;
        dlclose(plugins->handles[plugins->count]);
        free((char *)plugins->files[plugins->count].path);
    }
    free(plugins->files);
    free(plugins->handles);
    *plugins = (struct gd_plugins){0};
}
