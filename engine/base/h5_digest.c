/* The checksum of a file: SHA-256 of its objects and attributes in the order of their names, each as its record, its
 * name and its bytes. How libhdf5 lays them out in the file does not matter. */
#include <nettle/sha2.h>
#include <string.h>

#include "engine/base/h5_priv.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "checksums are of little-endian numbers");

static void add_item(struct sha256_ctx *sum, const struct gd_h5 *item, bool attribute, uint32_t depth)
{
    struct gd_h5_record record = gd_h5_record(item, attribute);
    record.depth = depth;
    sha256_update(sum, sizeof record, (const uint8_t *)&record);
    sha256_update(sum, record.name, (const uint8_t *)item->name);
    if (item->size)
        sha256_update(sum, item->size, item->bytes);
}

/* The attributes of an object, and what is in it. */
static void add_parts(struct sha256_ctx *sum, const struct gd_h5 *object, uint32_t depth)
{
    for (const struct gd_h5 *at = object->attributes; at; at = at->next)
        if (depth > 0 || strcmp(at->name, GD_H5_DIGEST) != 0)
            add_item(sum, at, true, depth);
    for (const struct gd_h5 *at = object->children; at; at = at->next) {
        add_item(sum, at, false, depth + 1);
        add_parts(sum, at, depth + 1);
    }
}

void gd_h5_digest(const struct gd_h5 *file, char digest[GD_DIGEST_SIZE])
{
    struct sha256_ctx sum;
    sha256_init(&sum);
    add_parts(&sum, file, 0);
    gd_digest_print(&sum, digest);
}
