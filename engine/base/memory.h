/* Overflow-checked allocation. Every count comes as (count, size). */
#ifndef GD_ENGINE_MEMORY_H
#define GD_ENGINE_MEMORY_H

#include <stdarg.h>
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
char *gd_format_list(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* Text that grows. Zero-initialise. A failed addition sets `failed`, and what follows is ignored. */
struct gd_text {
    char *data; /* ends with '\0' once something was added */
    size_t length, capacity;
    bool failed;
};

void gd_text_add(struct gd_text *text, const char *bytes, size_t length);
void gd_text_print(struct gd_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text, free with free(), or NULL when out of memory; `text` is empty afterwards. */
char *gd_text_take(struct gd_text *text);

/* Many small allocations released together. Zero-initialise; free with gd_arena_clear. */
struct gd_arena {
    struct gd_arena_block *blocks;
};

void *gd_arena_alloc(struct gd_arena *arena, size_t count, size_t size); /* zeroed; NULL when out of memory */
char *gd_arena_string(struct gd_arena *arena, const char *text, size_t length);

/* Adds an item, zeroed, to an array that has only grown by this function, and counts it: the array, or a copy with room
 * for twice as many where it was full. NULL when out of memory, with nothing changed. *count 0: a new array. */
void *gd_arena_append(struct gd_arena *arena, void *items, size_t *count, size_t size);
void gd_arena_clear(struct gd_arena *arena);

#endif
