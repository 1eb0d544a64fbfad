/* What a registry consists of. */
#ifndef GD_ENGINE_REGISTRY_PRIV_H
#define GD_ENGINE_REGISTRY_PRIV_H

#include "engine/base/memory.h"
#include "engine/language/plugin_priv.h"
#include "engine/language/registry.h"

/* Pointers to descriptors, NULL-ended. */
#define LIST(type)                                                                                                     \
    struct {                                                                                                           \
        const type **items;                                                                                            \
        size_t count, capacity;                                                                                        \
    }

struct gd_registry_entry {
    const struct gd_kind *kind;
    LIST(struct gd_component) components;
};

struct gd_registry {
    LIST(struct gd_kind) kinds;
    struct gd_registry_entry *entries; /* of the kinds, in their order */
    size_t entry_capacity;
    LIST(struct gd_stage) stages;
    LIST(struct gd_slot) slots;
    LIST(struct gd_reader) readers;
    struct gd_plugins plugins;
    struct gd_script_usage *allowance;
};

/* Room for one more item and the NULL behind it; appends an item. */
#define RESERVE(list)      gd_grow(&(list)->items, &(list)->capacity, (list)->count + 2, sizeof *(list)->items)
#define APPEND(list, item) ((list)->items[(list)->count++] = (item), (list)->items[(list)->count] = NULL)

/* The entry of a kind; NULL: none. */
struct gd_registry_entry *gd_registry_entry(const struct gd_registry *registry, const char *kind);

#endif
