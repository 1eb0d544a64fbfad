#include "engine/run/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/files.h"
#include "engine/language/registry.h"

/* The file is as it was left, and nothing else stands in its place. */
static bool in_place(const struct gd_slot_file *output)
{
    struct stat facts;
    return output->written && lstat(output->path, &facts) == 0 && facts.st_dev == output->device &&
           facts.st_ino == output->number && facts.st_size == output->size;
}

/* Notes what has been written. */
static enum gd_status note(struct gd_slot_file *output, const struct gd_h5_trace *trace, size_t entries,
                           struct gd_error *error)
{
    struct stat facts;
    if (stat(output->path, &facts) != 0)
        return gd_fail(error, GD_FAILED, "cannot read %s: %s", output->path, strerror(errno));
    *output = (struct gd_slot_file){
        .path = output->path,
        .entries = entries,
        .compared = trace ? trace->count : 0,
        .device = facts.st_dev,
        .number = facts.st_ino,
        .size = facts.st_size,
        .written = true,
    };
    return GD_OK;
}

static enum gd_status write_whole(struct gd_slot_file *output, const struct gd_h5_trace *trace,
                                  const struct gd_slot *slot, const void *value, struct gd_error *error)
{
    char *temporary = NULL;
    int descriptor;
    size_t entries = 0;
    output->written = false;
    enum gd_status status = gd_file_temporary(output->path, &temporary, &descriptor, error);
    if (status)
        return status;
    close(descriptor);
    status = slot->append ? slot->append(value, temporary, &entries, error) : slot->write(value, temporary, error);
    if (status)
        unlink(temporary);
    else
        status = gd_file_commit(temporary, output->path, error);
    free(temporary);
    return status ? status : note(output, trace, entries, error);
}

/* Appends the new entries, or leaves the file as it was. */
static enum gd_status write_more(struct gd_slot_file *output, const struct gd_h5_trace *trace,
                                 const struct gd_slot *slot, const void *value, struct gd_error *error)
{
    size_t entries = output->entries;
    enum gd_status status = slot->append(value, output->path, &entries, error);
    if (!status)
        return note(output, trace, entries, error);
    if (truncate(output->path, output->size) != 0)
        output->written = false;
    return status;
}

static enum gd_status sync_file(const struct gd_slot_file *output, struct gd_error *error)
{
    const int descriptor = open(output->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum gd_status status = GD_OK;
    if (descriptor < 0 || fsync(descriptor) != 0)
        status = gd_fail(error, GD_FAILED, "cannot write %s: %s", output->path, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return status;
}

/* What of a value is as it was when its file was written: known when the state has been compared once since then, or
 * not at all. */
static struct gd_h5_kept find_kept(const struct gd_slot_file *output, const struct gd_outputs *outputs,
                                   const char *name)
{
    const struct gd_h5_trace *trace = outputs->trace;
    if (!trace || !trace->seen || trace->count > output->compared + 1)
        return (struct gd_h5_kept){0};
    if (trace->count == output->compared)
        return (struct gd_h5_kept){.all = true};
    return gd_h5_find_kept(trace, outputs->group, name);
}

static enum gd_status write_slot(struct gd_slot_file *output, const struct gd_outputs *outputs,
                                 const struct gd_slot *slot, const void *value, struct gd_error *error)
{
    const struct gd_h5_trace *trace = outputs->trace;
    const struct gd_h5_kept kept = find_kept(output, outputs, slot->name);
    enum gd_status status = GD_OK;
    if (!in_place(output) || !(kept.all || (slot->append && kept.rows >= output->entries)))
        return write_whole(output, trace, slot, value, error);
    if (!kept.all)
        status = write_more(output, trace, slot, value, error);
    if (!status && outputs->all && slot->append)
        status = sync_file(output, error);
    return status;
}

enum gd_status gd_outputs_write(struct gd_part *part, const struct gd_outputs *outputs, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    const double begin = gd_clock();
    const struct gd_slot *const *slots = gd_registry_slots(gd_state_registry(outputs->state));
    for (size_t k = 0; slots[k] && !status; k++) {
        const void *value = gd_state_get_untracked(outputs->state, slots[k]->name);
        if (slots[k]->file && slots[k]->write && value && (outputs->all || slots[k]->current))
            status = write_slot(&part->outputs[k], outputs, slots[k], value, error);
    }
    part->saving += gd_clock() - begin;
    return status;
}

enum gd_status gd_outputs_restore(struct gd_part *part, const struct gd_state *state, struct gd_text *restored,
                                  struct gd_error *error)
{
    enum gd_status status = GD_OK;
    const struct gd_slot *const *slots = gd_registry_slots(gd_state_registry(state));
    for (size_t k = 0; slots[k] && !status; k++) {
        const void *value = gd_state_get(state, slots[k]->name);
        if (!slots[k]->file || !slots[k]->write || !value || gd_part_has(part, slots[k]->file))
            continue;
        status = write_whole(&part->outputs[k], NULL, slots[k], value, error);
        gd_text_print(restored, "%s%s", restored->length ? ", " : "", slots[k]->file);
    }
    return status;
}
