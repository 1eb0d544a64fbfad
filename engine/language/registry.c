/* The registry: lists of descriptors. */
#include <stdlib.h>
#include <string.h>

#include "engine/language/registry_priv.h"
#include "engine/language/slot.h"
#include "engine/language/stage.h"

struct gd_registry *gd_registry_new(void)
{
    struct gd_registry *registry = gd_array(1, sizeof *registry);
    if (!registry)
        return NULL;
    registry->allowance = gd_array(1, sizeof *registry->allowance);
    if (!registry->allowance || !RESERVE(&registry->kinds) || !RESERVE(&registry->stages) ||
        !RESERVE(&registry->slots)) {
        gd_registry_free(registry);
        return NULL;
    }
    registry->kinds.items[0] = NULL;
    registry->stages.items[0] = NULL;
    registry->slots.items[0] = NULL;
    return registry;
}

void gd_registry_free(struct gd_registry *registry)
{
    if (!registry)
        return;
    for (size_t k = 0; k < registry->kinds.count; k++)
        free(registry->entries[k].components.items);
    free(registry->entries);
    free(registry->kinds.items);
    free(registry->stages.items);
    free(registry->slots.items);
    free(registry->readers.items);
    gd_plugins_close(&registry->plugins);
    free(registry->allowance);
    free(registry);
}

struct gd_registry_entry *gd_registry_entry(const struct gd_registry *registry, const char *kind)
{
    for (size_t k = 0; k < registry->kinds.count; k++)
        if (!strcmp(registry->entries[k].kind->name, kind))
            return &registry->entries[k];
    return NULL;
}

struct gd_script_usage *gd_registry_script_usage(const struct gd_registry *registry)
{
    return registry->allowance;
}

enum gd_status gd_registry_read(const struct gd_registry *registry, const char *file, struct gd_tree *tree,
                                struct gd_problems *problems)
{
    const char *name = strrchr(file, '/');
    const char *dot = strrchr(name ? name : file, '.');
    for (size_t k = 0; dot && k < registry->readers.count; k++)
        if (!strcmp(registry->readers.items[k]->extension, dot))
            return registry->readers.items[k]->read(tree, registry, file, problems);
    return gd_tree_read_yaml(tree, file, problems);
}

const struct gd_kind *gd_registry_kind(const struct gd_registry *registry, const char *name)
{
    const struct gd_registry_entry *entry = gd_registry_entry(registry, name);
    return entry ? entry->kind : NULL;
}

const struct gd_component *gd_registry_component(const struct gd_registry *registry, const char *kind, const char *name)
{
    const struct gd_registry_entry *entry = gd_registry_entry(registry, kind);
    for (size_t k = 0; entry && k < entry->components.count; k++)
        if (!strcmp(entry->components.items[k]->name, name))
            return entry->components.items[k];
    return NULL;
}

const struct gd_stage *gd_registry_stage(const struct gd_registry *registry, const char *name)
{
    for (size_t k = 0; k < registry->stages.count; k++)
        if (!strcmp(registry->stages.items[k]->name, name))
            return registry->stages.items[k];
    return NULL;
}

const struct gd_stage *const *gd_registry_stages(const struct gd_registry *registry)
{
    return registry->stages.items;
}

const struct gd_slot *const *gd_registry_slots(const struct gd_registry *registry)
{
    return registry->slots.items;
}

size_t gd_registry_slot_count(const struct gd_registry *registry)
{
    return registry->slots.count;
}

const struct gd_kind *const *gd_registry_kinds(const struct gd_registry *registry)
{
    return registry->kinds.items;
}

const struct gd_component *const *gd_registry_components(const struct gd_registry *registry, const char *kind)
{
    const struct gd_registry_entry *entry = gd_registry_entry(registry, kind);
    return entry ? entry->components.items : NULL;
}

int gd_registry_slot_index(const struct gd_registry *registry, const char *name)
{
    for (size_t k = 0; k < registry->slots.count; k++)
        if (!strcmp(registry->slots.items[k]->name, name))
            return (int)k;
    return -1;
}

const struct gd_plugin_file *gd_registry_plugins(const struct gd_registry *registry, size_t *count)
{
    *count = registry->plugins.count;
    return registry->plugins.files;
}
