/* Plugins: shared objects that add stages, components, kinds and slots of their own to a registry.
 *
 * A plugin defines one object, `godiff_plugin`, and is linked to libgodiff, the same library that the program uses:
 *
 *     static enum gd_status extend(struct gd_registry *registry, struct gd_error *error)
 *     {
 *         return gd_registry_add_stage(registry, &my_stage, error);
 *     }
 *
 *     const struct gd_plugin godiff_plugin = {GD_PLUGIN_ABI, "mine", "1.0", extend};
 */
#ifndef GD_ENGINE_PLUGIN_H
#define GD_ENGINE_PLUGIN_H

#include <stdint.h>

#include "engine/language/registry.h"

/* Rises whenever a struct or function that plugins use changes its layout or meaning. */
#define GD_PLUGIN_ABI 22

struct gd_plugin {
    uint32_t abi; /* GD_PLUGIN_ABI. The first member for ever: of a plugin with another number nothing else is used */
    const char *name, *version;
    /* Adds descriptors to the registry; they are constant objects of the plugin. */
    enum gd_status (*extend)(struct gd_registry *registry, struct gd_error *error);
};

/* Seen from outside even where a plugin hides its symbols. */
extern __attribute__((visibility("default"))) const struct gd_plugin godiff_plugin;

/* A plugin in a registry. */
struct gd_plugin_file {
    const char *path; /* absolute, without links */
    const struct gd_plugin *plugin;
};

/* Loads a shared object and lets it extend the registry. A file that is loaded already is fine, and not loaded again.
 * GD_BAD_INPUT with one message when it cannot be loaded, is of another ABI, or adds what the registry does not take;
 * the registry is then fit only to be freed.
 *
 * The registry keeps the plugin until it is freed: so whatever was made by means of it is freed before. */
enum gd_status gd_registry_load(struct gd_registry *registry, const char *path, struct gd_error *error);

/* [*count] in the order of loading, owned by the registry. */
const struct gd_plugin_file *gd_registry_plugins(const struct gd_registry *registry, size_t *count);

#endif
