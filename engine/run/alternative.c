#include "engine/run/alternative.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

struct search {
    const struct gd_stage *stage;
    const struct gd_registry *registry;
    const char *slot;
    const bool *there;
    void *self; /* the step's parameters, of which one at a time has another value */
    struct gd_arena arena;
    bool overflow; /* out of memory */
};

/* Whether a slot is there, and not the one to do without. */
static bool has(const struct search *search, const char *slot)
{
    return strcmp(slot, search->slot) != 0 && search->there[gd_registry_slot_index(search->registry, slot)];
}

/* Whether the step as it is now can run without the slot. */
static bool does_without(const struct search *search)
{
    const char *const *read = gd_stage_slots(search->stage, GD_READS), *const *either = search->stage->either;
    bool fine = true, any = false, found = false;
    for (; read && *read && fine; read++)
        if (gd_stage_uses(search->stage, search->self, *read, GD_READS))
            fine = has(search, *read);
    for (; either && *either; either++)
        if (gd_stage_uses(search->stage, search->self, *either, GD_EITHER)) {
            any = true;
            found = found || has(search, *either);
        }
    return fine && (found || !any);
}

/* Gives a row the value that is written so, and sees whether that helps. */
static bool try_text(struct search *search, const struct gd_param *row, const char *text, void *values)
{
    struct gd_param rows[] = {*row, {0}};
    struct gd_problems problems = {0};
    rows->initial = text;
    enum gd_status status =
        gd_params_parse(rows, search->registry, NULL, (struct gd_place){0}, values, &search->arena, &problems);
    gd_problems_clear(&problems);
    search->overflow = search->overflow || status == GD_NO_MEMORY;
    return !status && does_without(search);
}

/* Takes note of a string that could not be made. */
static char *keep(struct search *search, char *text)
{
    search->overflow = search->overflow || !text;
    return text;
}

static char *search_rows(struct search *search, const struct gd_param *rows, void *values);

static char *try_choices(struct search *search, const struct gd_param *row, void *values)
{
    int *value = (int *)(void *)((char *)values + row->offset), written = *value;
    char *found = NULL;
    for (int k = 0; row->choices[k] && !found; k++) {
        *value = k;
        if (does_without(search))
            found = keep(search, gd_format("%s: %s", row->name, row->choices[k]));
    }
    *value = written;
    return found;
}

static char *try_number(struct search *search, const struct gd_param *row, void *values)
{
    double *value = (double *)(void *)((char *)values + row->offset), written = *value;
    char *found = NULL;
    if (row->example && try_text(search, row, row->example, values))
        found = keep(search, gd_format("%s: %s", row->name, row->example));
    *value = written;
    return found;
}

/* The component that is chosen, with another value of one of its parameters. */
static char *try_inside(struct search *search, const struct gd_param *row, struct gd_choice *choice)
{
    const struct gd_component *component = choice->component;
    void *written = choice->params;
    void *copy = component->params ? gd_arena_alloc(&search->arena, 1, component->size) : NULL;
    search->overflow = search->overflow || (component->params && !copy);
    if (!copy)
        return NULL;
    choice->params = memcpy(copy, written, component->size);
    char *inner = search_rows(search, component->params, copy), *found = NULL;
    choice->params = written;
    if (inner)
        found = keep(search, gd_format("%s: {%s: {%s}}", row->name, component->name, inner));
    free(inner);
    return found;
}

static char *try_components(struct search *search, const struct gd_param *row, void *values)
{
    struct gd_choice *choice = (struct gd_choice *)(void *)((char *)values + row->offset), written = *choice;
    const struct gd_component *const *other = gd_registry_components(search->registry, row->kind);
    if (gd_registry_kind(search->registry, row->kind)->form != GD_WRAPPED || choice->function)
        return NULL;
    char *found = choice->component ? try_inside(search, row, choice) : NULL;
    for (; *other && !found; other++)
        if (try_text(search, row, (*other)->name, values))
            found = keep(search, gd_format("%s: %s", row->name, (*other)->name));
    *choice = written;
    return found;
}

static char *search_rows(struct search *search, const struct gd_param *rows, void *values)
{
    char *found = NULL;
    for (const struct gd_param *row = rows; row->name && !found && !search->overflow; row++) {
        if (row->count > 1)
            continue;
        if (row->type == GD_CHOICE)
            found = try_choices(search, row, values);
        else if (row->type == GD_FLOAT)
            found = try_number(search, row, values);
        else if (row->type == GD_COMPONENT)
            found = try_components(search, row, values);
    }
    return found;
}

enum gd_status gd_alternative_find(const struct gd_step *step, const struct gd_registry *registry, const char *slot,
                                   const bool *there, char **text)
{
    const struct gd_stage *stage = step->stage;
    struct search search = {.stage = stage, .registry = registry, .slot = slot, .there = there};
    *text = NULL;
    if (!stage || !stage->uses || !stage->params || step->broken)
        return GD_OK;
    search.self = gd_arena_alloc(&search.arena, 1, stage->size);
    if (search.self) {
        memcpy(search.self, step->self, stage->size);
        *text = search_rows(&search, stage->params, search.self);
    }
    const enum gd_status status = search.self && !search.overflow ? GD_OK : GD_NO_MEMORY;
    gd_arena_clear(&search.arena);
    return status;
}
