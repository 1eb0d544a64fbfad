/* The binary frames between the program and its workers; docs/worker-protocol.md describes them.
 *
 * A frame is a header of 16 bytes and a body. All is little-endian, in Å, eV and eV/Å. */
#ifndef GD_POTENTIALS_EXTERNAL_FRAME_H
#define GD_POTENTIALS_EXTERNAL_FRAME_H

#include <stdint.h>

#include "atoms/structure.h"

#define GD_FRAME_MAGIC UINT32_C(0x31464447) /* "GDF1" */

enum { GD_FRAME_HEADER = 16 };

/* Kinds of frames: from a worker HELLO (JSON), RESULT, FATAL (text); to it EVALUATE. */
enum gd_frame_kind { GD_FRAME_HELLO = 1, GD_FRAME_EVALUATE = 2, GD_FRAME_RESULT = 3, GD_FRAME_FATAL = 4 };

/* Bytes on their way in or out: those before `at` are done. Zero-initialise; free with free(data). */
struct gd_bytes {
    char *data;
    size_t at, length, capacity;
};

/* Appends bytes; false when out of memory. */
bool gd_bytes_add(struct gd_bytes *bytes, const void *data, size_t length);

/* Appends a frame that asks for the results of structures places[0..count) of `structures`, with forces or without. */
bool gd_frame_add_request(struct gd_bytes *bytes, const struct gd_structure *structures, const size_t *places,
                          size_t count, bool forces);

/* A frame that has come, and its body. */
struct gd_frame_view {
    uint32_t kind;
    const char *body;
    size_t length;
};

/* The next whole frame, which stays where it is until bytes are added; false when there is none yet. *broken: what is
 * there is no frame. */
bool gd_frame_next(struct gd_bytes *bytes, struct gd_frame_view *frame, bool *broken);

/* What a RESULT says: of which structure of the request, and its energy and forces [atoms][3] (NULL: without), or why
 * there are none. */
struct gd_frame_result {
    uint32_t index;
    bool failed;
    double energy;
    const char *forces; /* not aligned */
    const char *text;   /* of `length` bytes */
    size_t length;
};

/* False when the body is none for structures of so many atoms (of the request's structure `index`). */
bool gd_frame_read_result(const struct gd_frame_view *frame, const size_t *atoms, size_t count,
                          struct gd_frame_result *result);

#endif
