#include "engine/run/inherit.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "engine/run/saved.h"
#include "engine/run/written.h"

/* --- Reading ------------------------------------------------------------------------------------------------------ */

/* The slots that have something to take over. */
static enum gd_status list_slots(struct gd_inheritance *inheritance, struct gd_error *error)
{
    const struct gd_registry *registry = gd_state_registry(inheritance->state);
    const struct gd_slot *const *slots = gd_registry_slots(registry);
    const size_t count = gd_registry_slot_count(registry);
    size_t found = 0;
    inheritance->slots = gd_array(count + 1, sizeof *inheritance->slots);
    if (!inheritance->slots)
        return gd_no_memory(error, inheritance->directory);
    for (size_t k = 0; k < count; k++)
        if (slots[k]->inherited && gd_state_get(inheritance->state, slots[k]->name))
            inheritance->slots[found++] = slots[k]->name;
    return found ? GD_OK
                 : gd_fail(error, GD_BAD_INPUT, "%s: the run has nothing to start from yet", inheritance->directory);
}

static enum gd_status read_file(struct gd_inheritance *inheritance, struct gd_error *error)
{
    struct gd_saved saved = {0};
    enum gd_status status = gd_saved_open(inheritance->directory, &saved, error);
    if (!status)
        status = gd_state_load(inheritance->state, saved.file, error);
    if (!status)
        status = gd_h5_load_text(saved.file, "parameters/run/pipeline", &inheritance->text, error);
    if (!status) {
        inheritance->within = gd_h5_exists(saved.file, "pipelines");
        gd_saved_is_damaged(&saved, inheritance->damage, sizeof inheritance->damage);
    }
    gd_h5_close(saved.file);
    return status;
}

enum gd_status gd_inheritance_warn(const struct gd_inheritance *inheritance, gd_warn_fn *warn, void *context,
                                   struct gd_error *error)
{
    const char *directory = inheritance->directory;
    char *const texts[] = {
        *inheritance->damage ? gd_format("%s/run.h5.journal: %s", directory, inheritance->damage) : gd_string(""),
        inheritance->within ? gd_format("%s: the run stands within a pipeline that is one of its steps: what was found "
                                        "there is not taken over",
                                        directory)
                            : gd_string(""),
    };
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        if (!texts[k])
            status = gd_no_memory(error, directory);
        else if (*texts[k])
            warn(context, texts[k]);
        free(texts[k]);
    }
    return status;
}

enum gd_status gd_inheritance_read(struct gd_inheritance *inheritance, const char *directory,
                                   const struct gd_registry *registry, struct gd_error *error)
{
    char *absolute = realpath(directory, NULL);
    if (!absolute)
        return errno == ENOMEM ? gd_no_memory(error, directory)
                               : gd_fail(error, GD_BAD_INPUT, "%s: %s", directory, strerror(errno));
    inheritance->directory = absolute;
    inheritance->state = gd_state_new(registry);
    char *path = gd_file_join(absolute, "run.h5");
    enum gd_status status = path && inheritance->state ? GD_OK : gd_no_memory(error, directory);
    if (!status && access(path, F_OK) != 0)
        status = gd_directory_without_state(directory, error);
    if (!status)
        status = read_file(inheritance, error);
    free(path);
    return status ? status : list_slots(inheritance, error);
}

void gd_inheritance_clear(struct gd_inheritance *inheritance)
{
    gd_state_free(inheritance->state);
    free(inheritance->slots);
    free(inheritance->text);
    free(inheritance->directory);
    *inheritance = (struct gd_inheritance){0};
}

/* --- What fits ---------------------------------------------------------------------------------------------------- */

/* Values that cannot be taken over for one reason. */
struct misfit {
    char *names, *why;
};

struct misfits {
    struct misfit *list;
    size_t count, capacity;
};

static void clear_misfits(struct misfits *misfits)
{
    for (size_t k = 0; k < misfits->count; k++) {
        free(misfits->list[k].names);
        free(misfits->list[k].why);
    }
    free(misfits->list);
}

/* Takes `why`; false when out of memory. */
static bool add_misfit(struct misfits *misfits, const char *name, char *why)
{
    for (size_t k = 0; k < misfits->count && why; k++)
        if (strcmp(misfits->list[k].why, why) == 0) {
            char *names = gd_format("%s, %s", misfits->list[k].names, name);
            free(misfits->list[k].names);
            misfits->list[k].names = names;
            free(why);
            return names != NULL;
        }
    if (!why || !gd_grow(&misfits->list, &misfits->capacity, misfits->count + 1, sizeof *misfits->list)) {
        free(why);
        return false;
    }
    struct misfit *misfit = &misfits->list[misfits->count++];
    *misfit = (struct misfit){gd_string(name), why};
    return misfit->names != NULL;
}

/* "best, archive: why; model: why", a new string; NULL when out of memory. */
static char *describe(const struct misfits *misfits)
{
    struct gd_text text = {0};
    for (size_t k = 0; k < misfits->count; k++)
        gd_text_print(&text, "%s%s: %s", k ? "; " : "", misfits->list[k].names, misfits->list[k].why);
    return gd_text_take(&text);
}

/* GD_BAD_INPUT with the first difference when the section that a slot depends on is another one in `text`. */
static enum gd_status check_depends(const struct gd_inheritance *inheritance, const struct gd_slot *slot,
                                    const struct gd_registry *registry, const char *text, struct gd_error *why)
{
    struct gd_error failure = {0};
    bool same = true;
    if (!slot->depends)
        return GD_OK;
    char *lead = gd_format("it depends on the section %s, which is another one here", slot->depends);
    const struct gd_written written = {.file = inheritance->directory,
                                       .text = inheritance->text,
                                       .lead = lead,
                                       .directory = inheritance->directory,
                                       .contents = true,
                                       .scripts = true};
    enum gd_status status =
        lead ? gd_written_same(&written, slot->depends, registry, text, &same, why, &failure) : GD_NO_MEMORY;
    free(lead);
    return status || same ? status : GD_BAD_INPUT;
}

/* Adds why a value cannot be taken over, if it cannot. */
static enum gd_status check_slot(const struct gd_inheritance *inheritance, const struct gd_slot *slot,
                                 const struct gd_state *state, const char *text, struct misfits *misfits,
                                 struct gd_error *error)
{
    struct gd_error why = {0};
    enum gd_status status = slot->check(gd_state_get(inheritance->state, slot->name), state, &why);
    if (!status)
        status = check_depends(inheritance, slot, gd_state_registry(state), text, &why);
    if (status == GD_NO_MEMORY || (status && !add_misfit(misfits, slot->name, gd_string(why.text))))
        return gd_no_memory(error, inheritance->directory);
    return GD_OK;
}

static enum gd_status check_all(const struct gd_inheritance *inheritance, const struct gd_state *state,
                                const char *text, struct misfits *misfits, struct gd_error *error)
{
    const struct gd_slot *const *slots = gd_registry_slots(gd_state_registry(state));
    enum gd_status status = GD_OK;
    for (const char **name = inheritance->slots; *name && !status; name++)
        status = check_slot(inheritance, slots[gd_registry_slot_index(gd_state_registry(state), *name)], state, text,
                            misfits, error);
    return status;
}

enum gd_status gd_inherit(struct gd_inheritance *inheritance, const struct gd_pipeline *pipeline,
                          struct gd_state *state, struct gd_error *error)
{
    struct misfits misfits = {0};
    char *text = gd_pipeline_yaml(pipeline);
    enum gd_status status =
        text ? check_all(inheritance, state, text, &misfits, error) : gd_no_memory(error, inheritance->directory);
    const bool fits = misfits.count == 0;
    char *words = fits ? NULL : describe(&misfits);
    if (!status && !fits)
        status = words ? gd_fail(error, GD_BAD_INPUT, "--from %s: %s", inheritance->directory, words)
                       : gd_no_memory(error, inheritance->directory);
    for (const char **name = inheritance->slots; *name && !status; name++)
        status = gd_state_move(state, inheritance->state, *name, error);
    clear_misfits(&misfits);
    free(words);
    free(text);
    return status;
}
