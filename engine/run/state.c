/* The slots of a registry, each with its value. */
#include "engine/run/state.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/language/registry.h"

struct gd_state {
    const struct gd_registry *registry;
    const struct gd_slot *const *slots; /* the registry's, NULL-ended */
    size_t count;
    void **values;    /* [count] */
    atomic_int *seen; /* [count] GD_STATE_READ, GD_STATE_WRITTEN */
};

struct gd_state *gd_state_new(const struct gd_registry *registry)
{
    struct gd_state *state = gd_array(1, sizeof *state);
    if (!state)
        return NULL;
    state->registry = registry;
    state->slots = gd_registry_slots(registry);
    state->count = gd_registry_slot_count(registry);
    state->values = gd_array(state->count, sizeof *state->values);
    state->seen = gd_array(state->count, sizeof *state->seen);
    if (!state->values || !state->seen) {
        gd_state_free(state);
        return NULL;
    }
    return state;
}

static void destroy(const struct gd_slot *slot, void *value)
{
    if (value)
        slot->destroy(value);
}

static void destroy_all(const struct gd_state *state, void **values)
{
    for (size_t k = 0; values && k < state->count; k++)
        destroy(state->slots[k], values[k]);
    free(values);
}

void gd_state_free(struct gd_state *state)
{
    if (!state)
        return;
    destroy_all(state, state->values);
    free(state->seen);
    free(state);
}

const struct gd_registry *gd_state_registry(const struct gd_state *state)
{
    return state->registry;
}

static void see(const struct gd_state *state, int index, int what)
{
    atomic_fetch_or_explicit(&state->seen[index], what, memory_order_relaxed);
}

void gd_state_reset_accesses(struct gd_state *state)
{
    for (size_t k = 0; k < state->count; k++)
        atomic_store(&state->seen[k], 0);
}

int gd_state_accesses(const struct gd_state *state, size_t slot)
{
    return atomic_load(&state->seen[slot]);
}

void *gd_state_get_untracked(const struct gd_state *state, const char *slot)
{
    int index = gd_registry_slot_index(state->registry, slot);
    return index < 0 ? NULL : state->values[index];
}

void *gd_state_get(const struct gd_state *state, const char *slot)
{
    int index = gd_registry_slot_index(state->registry, slot);
    if (index < 0)
        return NULL;
    see(state, index, GD_STATE_READ);
    return state->values[index];
}

enum gd_status gd_state_put(struct gd_state *state, const char *slot, void *value, struct gd_error *error)
{
    int index = gd_registry_slot_index(state->registry, slot);
    if (index >= 0)
        see(state, index, GD_STATE_WRITTEN);
    return gd_state_put_untracked(state, slot, value, error);
}

enum gd_status gd_state_put_untracked(struct gd_state *state, const char *slot, void *value, struct gd_error *error)
{
    int index = gd_registry_slot_index(state->registry, slot);
    if (index < 0)
        return gd_fail(error, GD_FAILED, "unknown slot %s", slot);
    if (state->values[index] != value)
        destroy(state->slots[index], state->values[index]);
    state->values[index] = value;
    return GD_OK;
}

enum gd_status gd_state_move(struct gd_state *to, struct gd_state *from, const char *slot, struct gd_error *error)
{
    int index = gd_registry_slot_index(from->registry, slot);
    void *value = index < 0 ? NULL : from->values[index];
    if (value)
        from->values[index] = NULL;
    return gd_state_put(to, slot, value, error);
}

enum gd_status gd_state_copy(struct gd_state *to, const struct gd_state *from, const char *slot, struct gd_error *error)
{
    struct gd_h5 *file = NULL;
    int index = gd_registry_slot_index(from->registry, slot);
    void *value = index < 0 ? NULL : from->values[index], *copy = NULL;
    enum gd_status status = value ? gd_h5_create(slot, &file, error) : GD_OK;
    if (value && !status)
        status = gd_status_require_message(from->slots[index]->save(value, file, slot, error), error, slot);
    if (value && !status)
        status =
            gd_status_require_message(from->slots[index]->load(&copy, file, slot, to->registry, error), error, slot);
    gd_h5_close(file);
    return status ? status : gd_state_put(to, slot, copy, error);
}

enum gd_status gd_state_save(const struct gd_state *state, struct gd_h5 *file, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < state->count && !status; k++) {
        const struct gd_slot *slot = state->slots[k];
        if (slot->save && state->values[k])
            status =
                gd_status_require_message(slot->save(state->values[k], file, slot->name, error), error, slot->name);
    }
    return status;
}

/* One value out of a file, if it has one and that is in order. */
static enum gd_status load_value(const struct gd_state *state, struct gd_h5 *file, const struct gd_slot *slot,
                                 void **value, struct gd_error *error)
{
    struct gd_error why = {0};
    const char *name = gd_h5_file_name(file);
    enum gd_status status =
        gd_status_require_message(slot->load(value, file, slot->name, state->registry, &why), &why, slot->name);
    if (!status && *value)
        status = gd_status_require_message(slot->check(*value, state, &why), &why, slot->name);
    if (!status)
        return GD_OK;
    const bool named = strncmp(why.text, name, strlen(name)) == 0;
    return gd_fail(error, status, "%s%s%s%s%s", named ? "" : name, named ? "" : ": ", named ? "" : slot->name,
                   named ? "" : ": ", why.text);
}

enum gd_status gd_state_load(struct gd_state *state, struct gd_h5 *file, struct gd_error *error)
{
    void **values = gd_array(state->count, sizeof *values);
    if (!values)
        return gd_no_memory(error, "the state");
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < state->count && !status; k++)
        if (state->slots[k]->load)
            status = load_value(state, file, state->slots[k], &values[k], error);
    for (size_t k = 0; k < state->count && !status; k++) {
        if (!state->slots[k]->load)
            continue;
        void *former = state->values[k];
        state->values[k] = values[k];
        values[k] = former;
    }
    destroy_all(state, values);
    return status;
}
