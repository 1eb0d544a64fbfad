#include "engine/run/outputs.h"

#include <stdlib.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/files.h"
#include "engine/language/registry.h"

static enum gd_status write_slot(const struct gd_part *part, const struct gd_slot *slot, const void *value,
                                 struct gd_error *error)
{
    char *path = gd_file_join(part->directory, slot->file), *temporary = NULL;
    int descriptor;
    enum gd_status status =
        path ? gd_file_temporary(path, &temporary, &descriptor, error) : gd_no_memory(error, slot->file);
    if (!status) {
        close(descriptor);
        status = slot->write(value, temporary, error);
        if (status)
            unlink(temporary);
        else
            status = gd_file_commit(temporary, path, error);
    }
    free(temporary);
    free(path);
    return status;
}

enum gd_status gd_outputs_write(struct gd_part *part, const struct gd_state *state, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    double begin = gd_clock();
    for (const struct gd_slot *const *slots = gd_registry_slots(gd_state_registry(state)); *slots && !status; slots++) {
        const void *value = gd_state_get_untracked(state, (*slots)->name);
        if ((*slots)->file && (*slots)->write && value)
            status = write_slot(part, *slots, value, error);
    }
    part->saving += gd_clock() - begin;
    return status;
}

enum gd_status gd_outputs_restore(const struct gd_part *part, const struct gd_state *state, struct gd_text *restored,
                                  struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (const struct gd_slot *const *slots = gd_registry_slots(gd_state_registry(state)); *slots && !status; slots++) {
        const void *value = gd_state_get(state, (*slots)->name);
        if (!(*slots)->file || !(*slots)->write || !value || gd_part_has(part, (*slots)->file))
            continue;
        status = write_slot(part, *slots, value, error);
        gd_text_print(restored, "%s%s", restored->length ? ", " : "", (*slots)->file);
    }
    return status;
}
