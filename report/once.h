/* Pairs of texts, each once, in the order in which they came. */
#ifndef GD_REPORT_ONCE_H
#define GD_REPORT_ONCE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/memory.h"
#include "engine/base/text.h"

/* Begins as {0}. */
struct gd_once {
    struct gd_arena arena;
    const char *(*list)[2];
    size_t count;
    bool failed; /* out of memory: a pair is missing */
};

/* Adds a pair, which is borrowed, unless it is there; a text alone is a pair with "". Whether it was added. */
bool gd_once_add(struct gd_once *once, const char *one, const char *other);

/* Frees the list; that it failed is noted in `page`. */
void gd_once_clear(struct gd_once *once, struct gd_text *page);

#endif
