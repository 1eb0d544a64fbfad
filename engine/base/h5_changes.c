#include "engine/base/h5_changes.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/h5_priv.h"
#include "engine/base/memory.h"

/* What the trace has in the place of an item's bytes. */
struct mark {
    uint64_t hash; /* of all rows, one after the other */
    struct gd_h5_change change;
    bool same;
};

/* --- Hashes ------------------------------------------------------------------------------------------------------- */

/* A round of XXH64 (Y. Collet, https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md). */
static uint64_t add_word(uint64_t hash, uint64_t word)
{
    const uint64_t odd = 0x9E3779B185EBCA87, other = 0xC2B2AE3D27D4EB4F;
    hash += word * other;
    return (hash << 31 | hash >> 33) * odd;
}

static uint64_t word_at(const char *bytes, size_t length)
{
    uint64_t word = 0;
    memcpy(&word, bytes, length);
    return word;
}

/* Four lanes, which a processor works on at once, then what is left. */
static uint64_t add_row(uint64_t hash, const char *row, size_t size)
{
    enum { WORD = sizeof(uint64_t), LANES = 4 };
    uint64_t lanes[LANES] = {hash, 1, 2, 3};
    size_t at = 0;
    for (; at + (size_t)LANES * WORD <= size; at += (size_t)LANES * WORD)
        for (size_t k = 0; k < LANES; k++)
            lanes[k] = add_word(lanes[k], word_at(row + at + k * WORD, WORD));
    for (; at + WORD <= size; at += WORD)
        lanes[0] = add_word(lanes[0], word_at(row + at, WORD));
    if (at < size)
        lanes[0] = add_word(lanes[0], word_at(row + at, size - at));
    for (size_t k = 1; k < LANES; k++)
        lanes[0] = add_word(lanes[0], lanes[k]);
    return lanes[0];
}

static uint64_t add_rows(uint64_t hash, const struct gd_h5 *item, size_t from, size_t to)
{
    const size_t row = gd_h5_row_size(item);
    for (size_t k = from; k < to; k++)
        hash = add_row(hash, (const char *)item->bytes + k * row, row);
    return hash;
}

/* --- Comparing ---------------------------------------------------------------------------------------------------- */

static const struct mark *mark_of(const struct gd_h5 *seen)
{
    return seen->bytes;
}

/* How many bytes all other rows from `kept` on share with row 0 at their beginning. */
static size_t find_common(const struct gd_h5 *item, size_t kept)
{
    const size_t row = gd_h5_row_size(item), rows = gd_h5_rows(item), from = kept > 0 ? kept : 1;
    const char *first = item->bytes;
    size_t common = from < rows ? row : 0;
    for (size_t k = from; k < rows && common > 0; k++) {
        const char *bytes = first + k * row;
        size_t at = 0;
        if (memcmp(first, bytes, common) == 0)
            continue;
        while (first[at] == bytes[at])
            at++;
        common = at;
    }
    return common;
}

static struct mark compare_item(const struct gd_h5 *item, const struct gd_h5 *before)
{
    const size_t rows = gd_h5_rows(item);
    const bool alike = before && gd_h5_rows_alike(item, before) && gd_h5_rows(before) <= rows;
    const size_t old = alike ? gd_h5_rows(before) : 0;
    struct mark mark = {.hash = add_rows(0, item, 0, old)};
    if (alike && mark.hash == mark_of(before)->hash)
        mark.change.kept = old;
    mark.same = alike && mark.change.kept == rows;
    mark.change.common = find_common(item, mark.change.kept);
    mark.hash = add_rows(mark.hash, item, old, rows);
    return mark;
}

static bool compare_list(struct gd_h5 *owner, const struct gd_h5 *list, struct gd_h5 *former, bool attributes);

/* Adds the mark of an item to the trace, and those of what is in it. */
static bool compare_one(struct gd_h5 *owner, const struct gd_h5 *item, struct gd_h5 *before, bool attribute)
{
    bool taken;
    struct gd_h5 *seen = gd_h5_add(owner, item->name, strlen(item->name), attribute, &taken);
    struct mark *mark = malloc(sizeof *mark);
    if (!seen || !mark) {
        free(mark);
        return false;
    }
    *mark = compare_item(item, before);
    seen->kind = item->kind;
    seen->type = item->type;
    seen->rank = item->rank;
    memcpy(seen->shape, item->shape, sizeof seen->shape);
    seen->size = item->size;
    seen->bytes = mark;
    return compare_list(seen, item->attributes, before ? before->attributes : NULL, true) &&
           compare_list(seen, item->children, before ? before->children : NULL, false);
}

static bool compare_list(struct gd_h5 *owner, const struct gd_h5 *list, struct gd_h5 *former, bool attributes)
{
    for (; list; list = list->next)
        if (!compare_one(owner, list, gd_h5_named(former, list->name, strlen(list->name)), attributes))
            return false;
    return true;
}

enum gd_status gd_h5_compare(struct gd_h5_trace *trace, const struct gd_h5 *file, struct gd_error *error)
{
    struct gd_h5 *seen, *former = trace->seen;
    enum gd_status status = gd_h5_create(file->name, &seen, error);
    if (status)
        return status;
    if (!compare_list(seen, file->attributes, former ? former->attributes : NULL, true) ||
        !compare_list(seen, file->children, former ? former->children : NULL, false)) {
        gd_h5_close(seen);
        return gd_no_memory(error, file->name);
    }
    gd_h5_close(former);
    trace->seen = seen;
    trace->count++;
    return GD_OK;
}

void gd_h5_forget(struct gd_h5_trace *trace)
{
    gd_h5_close(trace->seen);
    trace->seen = NULL;
}

/* --- What was found ----------------------------------------------------------------------------------------------- */

static void add_kept(struct gd_h5_kept *kept, const struct gd_h5 *seen)
{
    const struct mark *mark = mark_of(seen);
    kept->all &= mark->same;
    const size_t rows = seen->kind == GD_H5_VALUES && seen->rank > 0 ? mark->change.kept : 0;
    if (!mark->same && rows < kept->rows) /* what is the same may have few rows, such as one for each atom */
        kept->rows = rows;
    for (const struct gd_h5 *at = seen->attributes; at; at = at->next)
        if (!mark_of(at)->same)
            *kept = (struct gd_h5_kept){0};
    for (const struct gd_h5 *at = seen->children; at; at = at->next)
        add_kept(kept, at);
}

struct gd_h5_kept gd_h5_find_kept(const struct gd_h5_trace *trace, const char *group, const char *name)
{
    struct gd_h5_kept kept = {.all = true, .rows = SIZE_MAX};
    const struct gd_h5 *place = trace && trace->seen ? gd_h5_find(trace->seen, group, NULL) : NULL, *found;
    if (!place)
        return (struct gd_h5_kept){0};
    for (const struct gd_h5 *at = place->children; at; at = at->next) {
        if (strcmp(at->name, name) == 0)
            add_kept(&kept, at);
        else if ((found = gd_h5_named(at->children, name, strlen(name))))
            add_kept(&kept, found);
    }
    return kept;
}

static void add_item(const struct gd_h5 *item, const struct gd_h5 *seen, bool attribute, uint32_t depth,
                     struct gd_text *changes)
{
    const struct gd_h5_change change = mark_of(seen)->change;
    const size_t row = gd_h5_row_size(item), rows = gd_h5_rows(item);
    const size_t whole = gd_h5_whole_rows(&change, rows), from = change.kept + whole;
    struct gd_h5_record record = gd_h5_record(item, attribute);
    record.depth = depth;
    gd_text_add(changes, (const char *)&record, sizeof record);
    gd_text_add(changes, (const char *)&change, sizeof change);
    gd_text_add(changes, item->name, record.name);
    if (whole && item->size)
        gd_text_add(changes, (const char *)item->bytes + change.kept * row, whole * row);
    for (size_t k = from; k < rows; k++)
        gd_text_add(changes, (const char *)item->bytes + k * row + change.common, row - change.common);
}

/* The attributes of an object, and what is in it. */
static void add_parts(const struct gd_h5 *object, const struct gd_h5 *seen, uint32_t depth, struct gd_text *changes)
{
    const struct gd_h5 *mark = seen->attributes;
    for (const struct gd_h5 *at = object->attributes; at; at = at->next, mark = mark->next)
        add_item(at, mark, true, depth, changes);
    mark = seen->children;
    for (const struct gd_h5 *at = object->children; at; at = at->next, mark = mark->next) {
        add_item(at, mark, false, depth + 1, changes);
        add_parts(at, mark, depth + 1, changes);
    }
}

void gd_h5_add_changes(const struct gd_h5_trace *trace, const struct gd_h5 *file, struct gd_text *changes)
{
    const struct gd_h5_record end = {.kind = GD_H5_END};
    add_parts(file, trace->seen, 0, changes);
    gd_text_add(changes, (const char *)&end, sizeof end);
}
