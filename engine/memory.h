/* Overflow-checked allocation. Every count comes as (count, size). */
#ifndef GD_ENGINE_MEMORY_H
#define GD_ENGINE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed array; NULL when out of memory or when count*size overflows. count 0 gives a pointer that can be freed. */
void *gd_array(size_t count, size_t size);

/* Zeroed array aligned to 64 bytes, for vector kernels. Free with free(). */
void *gd_array_aligned(size_t count, size_t size);

/* Makes room for `needed` items in *items (a pointer to a pointer): grows by at least half, and commits pointer and
 * capacity only on success. Returns false when out of memory. */
bool gd_grow(void *items, size_t *capacity, size_t needed, size_t size);

/* Copy of a string, or NULL. */
char *gd_string(const char *text);

/* printf into a new string, or NULL. */
char *gd_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Many small allocations released together. Zero-initialise; free with gd_arena_clear. */
struct gd_arena {
    struct gd_arena_block *blocks;
};

void *gd_arena_alloc(struct gd_arena *arena, size_t count, size_t size); /* zeroed; NULL when out of memory */
char *gd_arena_string(struct gd_arena *arena, const char *text, size_t length);
void gd_arena_clear(struct gd_arena *arena);

#endif
