/* Descriptors on their way into the registry: each is verified first. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/language/params_priv.h"
#include "engine/language/registry_priv.h"
#include "engine/language/slot.h"
#include "engine/language/stage.h"

/* What every descriptor has: a usable name that is not taken, and a summary. */
static enum gd_status verify_name(const char *what, const char *name, const char *summary, bool taken,
                                  struct gd_error *error)
{
    if (!gd_name_valid(name))
        return gd_fail(error, GD_BAD_INPUT, "%s \"%s\": a name must consist of lower-case letters, digits, _ and -",
                       what, name ? name : "");
    if (taken)
        return gd_fail(error, GD_BAD_INPUT, "%s \"%s\": the name is already registered", what, name);
    if (!summary || !*summary)
        return gd_fail(error, GD_BAD_INPUT, "%s \"%s\": it has no summary", what, name);
    if (!gd_text_plain(summary))
        return gd_fail(error, GD_BAD_INPUT, "%s \"%s\": its summary has control characters, or is not UTF-8", what,
                       name);
    return GD_OK;
}

/* The rows, and that the struct they fill has room for them. */
static enum gd_status verify_rows(const char *name, const struct gd_param *rows, size_t size, struct gd_error *error)
{
    enum gd_status status = gd_params_verify(rows, name, error);
    if (!status && gd_params_extent(rows) > size)
        return gd_fail(error, GD_BAD_INPUT, "%s: its rows exceed its %zu bytes", name, size);
    return status;
}

enum gd_status gd_registry_add_kind(struct gd_registry *registry, const struct gd_kind *kind, struct gd_error *error)
{
    bool taken = kind->name && gd_registry_entry(registry, kind->name);
    enum gd_status status = verify_name("kind", kind->name, kind->summary, taken, error);
    if (status)
        return status;
    if (kind->form == GD_TAGGED && !gd_name_valid(kind->tag))
        return gd_fail(error, GD_BAD_INPUT, "kind \"%s\": no tag", kind->name);
    struct gd_registry_entry entry = {.kind = kind};
    if (!RESERVE(&entry.components))
        return gd_no_memory(error, "the registry");
    entry.components.items[0] = NULL;
    if (!RESERVE(&registry->kinds) ||
        !gd_grow(&registry->entries, &registry->entry_capacity, registry->kinds.count + 1, sizeof *registry->entries)) {
        free(entry.components.items);
        return gd_no_memory(error, "the registry");
    }
    registry->entries[registry->kinds.count] = entry;
    APPEND(&registry->kinds, kind);
    return GD_OK;
}

/* The slots must be known, so that a misspelt one is found before any pipeline is read. */
static enum gd_status verify_slots(const struct gd_registry *registry, const char *what, const char *name,
                                   const char *const *slots, struct gd_error *error)
{
    for (; slots && *slots; slots++)
        if (gd_registry_slot_index(registry, *slots) < 0)
            return gd_fail(error, GD_BAD_INPUT, "%s \"%s\": no such slot \"%s\"", what, name, *slots);
    return GD_OK;
}

static const char *const *slots_of(const struct gd_kind *kind, const struct gd_component *component)
{
    const char *const *slots = NULL;
    if (kind->slots)
        memcpy(&slots, (const char *)component + kind->slots, sizeof slots);
    return slots;
}

/* Whether the functions of its kind are all there. */
static bool complete(const struct gd_kind *kind, const struct gd_component *component)
{
    for (const size_t *offset = kind->callbacks; offset && *offset; offset++) {
        void (*callback)(void);
        memcpy(&callback, (const char *)component + *offset, sizeof callback);
        if (!callback)
            return false;
    }
    return true;
}

enum gd_status gd_registry_add_component(struct gd_registry *registry, const char *kind,
                                         const struct gd_component *component, struct gd_error *error)
{
    struct gd_registry_entry *entry = gd_registry_entry(registry, kind);
    if (!entry)
        return gd_fail(error, GD_BAD_INPUT, "%s \"%s\": no such kind", kind, component->name);
    bool taken = component->name && gd_registry_component(registry, kind, component->name);
    enum gd_status status = verify_name(kind, component->name, component->summary, taken, error);
    if (!status)
        status = verify_rows(component->name, component->params, component->size, error);
    if (!status)
        status = verify_slots(registry, kind, component->name, slots_of(entry->kind, component), error);
    if (status)
        return status;
    if (entry->kind->form == GD_LEADING && !gd_component_leads(component))
        return gd_fail(error, GD_BAD_INPUT, "%s \"%s\": its first row has another name", kind, component->name);
    if (!complete(entry->kind, component))
        return gd_fail(error, GD_BAD_INPUT, "%s \"%s\": it lacks a callback", kind, component->name);
    if (!RESERVE(&entry->components))
        return gd_no_memory(error, "the registry");
    APPEND(&entry->components, component);
    return GD_OK;
}

/* A stage's name must not hide what the language itself says. */
static bool reserved(const struct gd_stage *stage)
{
    static const char *const top[] = {"godiff", "name", "seed", "steps", "plugins", NULL};
    static const char *const step[] = {"id", "loop", "pipeline", NULL};
    for (const char *const *word = stage->section ? top : step; *word; word++)
        if (!strcmp(*word, stage->name))
            return true;
    return false;
}

enum gd_status gd_registry_verify_stage(const struct gd_registry *registry, const struct gd_stage *stage,
                                        struct gd_error *error)
{
    enum gd_status status = verify_name("stage", stage->name, stage->summary, false, error);
    if (!status && reserved(stage))
        status = gd_fail(error, GD_BAD_INPUT, "stage \"%s\": the name is a keyword", stage->name);
    if (!status && !stage->run)
        status = gd_fail(error, GD_BAD_INPUT, "stage \"%s\": no run callback", stage->name);
    if (!status && stage->self &&
        (!stage->section || stage->params || stage->size < sizeof(struct gd_choice) ||
         !gd_registry_entry(registry, stage->self)))
        status = gd_fail(error, GD_BAD_INPUT, "stage \"%s\": only a section without rows can be a %s", stage->name,
                         stage->self);
    if (!status && stage->last && (!stage->section || stage->self || stage->required))
        status = gd_fail(error, GD_BAD_INPUT, "stage \"%s\": only a section with rows, not required, can run last",
                         stage->name);
    if (!status)
        status = verify_rows(stage->name, stage->params, stage->size, error);
    if (!status)
        status = verify_slots(registry, "stage", stage->name, stage->reads, error);
    if (!status)
        status = verify_slots(registry, "stage", stage->name, stage->either, error);
    if (!status)
        status = verify_slots(registry, "stage", stage->name, stage->may_read, error);
    if (!status)
        status = verify_slots(registry, "stage", stage->name, stage->writes, error);
    return status;
}

enum gd_status gd_registry_add_stage(struct gd_registry *registry, const struct gd_stage *stage, struct gd_error *error)
{
    enum gd_status status = gd_registry_verify_stage(registry, stage, error);
    if (status)
        return status;
    if (gd_registry_stage(registry, stage->name))
        return gd_fail(error, GD_BAD_INPUT, "stage \"%s\": the name is already registered", stage->name);
    if (!RESERVE(&registry->stages))
        return gd_no_memory(error, "the registry");
    APPEND(&registry->stages, stage);
    return GD_OK;
}

enum gd_status gd_registry_add_slot(struct gd_registry *registry, const struct gd_slot *slot, struct gd_error *error)
{
    bool taken = slot->name && gd_registry_slot_index(registry, slot->name) >= 0;
    enum gd_status status = verify_name("slot", slot->name, slot->summary, taken, error);
    if (status)
        return status;
    if (!slot->destroy)
        return gd_fail(error, GD_BAD_INPUT, "slot \"%s\": no destroy callback", slot->name);
    if (!slot->save != !slot->load)
        return gd_fail(error, GD_BAD_INPUT, "slot \"%s\": it needs both save and load, or neither", slot->name);
    if (!slot->load != !slot->check)
        return gd_fail(error, GD_BAD_INPUT, "slot \"%s\": it needs both load and check, or neither", slot->name);
    if (!RESERVE(&registry->slots))
        return gd_no_memory(error, "the registry");
    APPEND(&registry->slots, slot);
    return GD_OK;
}

enum gd_status gd_registry_add_reader(struct gd_registry *registry, const struct gd_reader *reader,
                                      struct gd_error *error)
{
    if (!RESERVE(&registry->readers))
        return gd_no_memory(error, "the registry");
    APPEND(&registry->readers, reader);
    return GD_OK;
}

enum gd_status gd_registry_load(struct gd_registry *registry, const char *path, struct gd_error *error)
{
    const struct gd_plugin *plugin;
    struct gd_error own = {0};
    enum gd_status status = gd_plugins_open(&registry->plugins, path, &plugin, error);
    if (status || !plugin || plugin->extend(registry, &own) == GD_OK)
        return status;
    return gd_fail(error, own.status == GD_NO_MEMORY ? GD_NO_MEMORY : GD_BAD_INPUT, "%s: %s", path,
                   own.text[0] ? own.text : "the plugin failed without a message");
}
