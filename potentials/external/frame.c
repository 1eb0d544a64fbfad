#include "potentials/external/frame.h"

#include <string.h>

#include "engine/base/memory.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "frames are little-endian");

static const uint64_t most_bytes = UINT64_C(1) << 40;

bool gd_bytes_add(struct gd_bytes *bytes, const void *data, size_t length)
{
    if (!gd_grow(&bytes->data, &bytes->capacity, bytes->length + length, 1))
        return false;
    if (length)
        memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
    return true;
}

struct header {
    uint32_t magic, kind;
    uint64_t length;
};

_Static_assert(sizeof(struct header) == GD_FRAME_HEADER, "a header has no gaps");

/* What a request says of each structure before any of them. */
struct about {
    uint32_t atoms;
    uint8_t periodic[3], zero;
};

static size_t padded(size_t length)
{
    return (length + 7) / 8 * 8;
}

static size_t count_bytes(const struct gd_structure *structures, const size_t *places, size_t count)
{
    size_t bytes = 2 * sizeof(uint32_t) + count * sizeof(struct about);
    for (size_t k = 0; k < count; k++) {
        const size_t atoms = structures[places[k]].count;
        bytes += 9 * sizeof(double) + atoms * 3 * sizeof(double) + padded(atoms * sizeof(int32_t));
    }
    return bytes;
}

static bool add_structure(struct gd_bytes *bytes, const struct gd_structure *structure)
{
    static const char zeros[8];
    const size_t numbers = structure->count * sizeof(int32_t);
    _Static_assert(sizeof(int) == sizeof(int32_t), "atomic numbers are sent as they are");
    return gd_bytes_add(bytes, structure->cell.vectors, 9 * sizeof(double)) &&
           gd_bytes_add(bytes, structure->positions, structure->count * 3 * sizeof(double)) &&
           gd_bytes_add(bytes, structure->species, numbers) && gd_bytes_add(bytes, zeros, padded(numbers) - numbers);
}

bool gd_frame_add_request(struct gd_bytes *bytes, const struct gd_structure *structures, const size_t *places,
                          size_t count, bool forces)
{
    const struct header header = {GD_FRAME_MAGIC, GD_FRAME_EVALUATE, count_bytes(structures, places, count)};
    const uint32_t what[2] = {(uint32_t)count, forces};
    bool fits = gd_bytes_add(bytes, &header, sizeof header) && gd_bytes_add(bytes, what, sizeof what);
    for (size_t k = 0; k < count && fits; k++) {
        const struct gd_structure *structure = &structures[places[k]];
        const bool *periodic = structure->cell.periodic;
        const struct about about = {(uint32_t)structure->count, {periodic[0], periodic[1], periodic[2]}, 0};
        fits = gd_bytes_add(bytes, &about, sizeof about);
    }
    for (size_t k = 0; k < count && fits; k++)
        fits = add_structure(bytes, &structures[places[k]]);
    return fits;
}

bool gd_frame_next(struct gd_bytes *bytes, struct gd_frame_view *frame, bool *broken)
{
    struct header header;
    *broken = false;
    if (bytes->length - bytes->at < sizeof header)
        return false;
    memcpy(&header, bytes->data + bytes->at, sizeof header);
    *broken = header.magic != GD_FRAME_MAGIC || header.length > most_bytes;
    if (*broken || bytes->length - bytes->at - sizeof header < header.length)
        return false;
    *frame = (struct gd_frame_view){header.kind, bytes->data + bytes->at + sizeof header, (size_t)header.length};
    bytes->at += sizeof header + (size_t)header.length;
    return true;
}

bool gd_frame_read_result(const struct gd_frame_view *frame, const size_t *atoms, size_t count,
                          struct gd_frame_result *result)
{
    uint32_t words[2];
    const size_t head = sizeof words;
    *result = (struct gd_frame_result){0};
    if (frame->length < head)
        return false;
    memcpy(words, frame->body, head);
    result->index = words[0];
    result->failed = words[1] != 0;
    result->text = frame->body + head;
    result->length = frame->length - head;
    if (result->index >= count || words[1] > 1)
        return false;
    if (result->failed)
        return true;
    const size_t energy = sizeof result->energy, forces = atoms[result->index] * 3 * sizeof(double);
    if (result->length != energy && result->length != energy + forces)
        return false;
    memcpy(&result->energy, result->text, energy);
    result->forces = result->length == energy ? NULL : result->text + energy;
    return true;
}
