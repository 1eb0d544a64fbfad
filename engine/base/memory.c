/* Overflow-checked allocation, strings, growing text and arenas. */
#include "engine/base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/numbers.h"

/* Under the address sanitizer every piece of an arena is a block of its own, so that overruns are seen. */
#if defined(__SANITIZE_ADDRESS__)
#define BLOCK_SIZE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BLOCK_SIZE 1
#endif
#endif
#ifndef BLOCK_SIZE
#define BLOCK_SIZE 16384
#endif

#define ALIGNMENT 64

struct gd_arena_block {
    struct gd_arena_block *next;
    size_t used, size;
    max_align_t data[];
};

/* count*size, or false when it overflows. Sizes above PTRDIFF_MAX are overflows too. */
static bool product(size_t count, size_t size, size_t *bytes)
{
    if (size && count > PTRDIFF_MAX / size)
        return false;
    *bytes = count * size;
    return true;
}

static size_t round_up(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

void *gd_array(size_t count, size_t size)
{
    size_t bytes;
    return product(count, size, &bytes) ? calloc(1, bytes ? bytes : 1) : NULL;
}

void *gd_array_aligned(size_t count, size_t size)
{
    size_t bytes;
    if (!product(count, size, &bytes))
        return NULL;
    bytes = round_up(bytes ? bytes : 1, ALIGNMENT);
    void *array = aligned_alloc(ALIGNMENT, bytes);
    if (array)
        memset(array, 0, bytes);
    return array;
}

bool gd_grow(void *items, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return true;
    size_t grown = *capacity + *capacity / 2 + 4, bytes;
    if (grown < needed)
        grown = needed;
    if (!product(grown, size, &bytes))
        return false;
    void *old;
    memcpy(&old, items, sizeof old);
    void *new = realloc(old, bytes);
    if (!new)
        return false;
    memcpy(items, &new, sizeof new);
    *capacity = grown;
    return true;
}

char *gd_string(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

char *gd_format_list(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    locale_t former = gd_c_locale_begin();
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, arguments);
    gd_c_locale_end(former);
    return text;
}

char *gd_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = gd_format_list(format, arguments);
    va_end(arguments);
    return text;
}

void gd_text_add(struct gd_text *text, const char *bytes, size_t length)
{
    if (text->failed || !gd_grow(&text->data, &text->capacity, text->length + length + 1, 1)) {
        text->failed = true;
        return;
    }
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void gd_text_print(struct gd_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *piece = gd_format_list(format, arguments);
    va_end(arguments);
    if (piece)
        gd_text_add(text, piece, strlen(piece));
    else
        text->failed = true;
    free(piece);
}

char *gd_text_take(struct gd_text *text)
{
    gd_text_add(text, "", 0);
    char *data = text->failed ? NULL : text->data;
    if (text->failed)
        free(text->data);
    *text = (struct gd_text){0};
    return data;
}

/* A block with room for `bytes`, in front of the others. */
static struct gd_arena_block *block_new(struct gd_arena *arena, size_t bytes)
{
    size_t size = bytes > BLOCK_SIZE ? bytes : BLOCK_SIZE;
    struct gd_arena_block *block =
        size > PTRDIFF_MAX - sizeof *block ? NULL : calloc(1, sizeof(struct gd_arena_block) + size);
    if (!block)
        return NULL;
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *gd_arena_alloc(struct gd_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (!product(count, size, &bytes) || bytes > PTRDIFF_MAX - _Alignof(max_align_t))
        return NULL;
    bytes = round_up(bytes ? bytes : 1, _Alignof(max_align_t));
    struct gd_arena_block *block = arena->blocks;
    if (!block || block->size - block->used < bytes)
        block = block_new(arena, bytes);
    if (!block)
        return NULL;
    void *piece = (char *)block->data + block->used;
    block->used += bytes;
    return piece;
}

char *gd_arena_string(struct gd_arena *arena, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? gd_arena_alloc(arena, length + 1, 1) : NULL;
    if (copy && length)
        memcpy(copy, text, length);
    return copy;
}

/* The array has room for a power of two, so that it is full when it has as many. */
void *gd_arena_append(struct gd_arena *arena, void *items, size_t *count, size_t size)
{
    void *array = items;
    if ((*count & (*count - 1)) == 0) {
        array = gd_arena_alloc(arena, *count > 0 ? 2 * *count : 1, size);
        if (array && *count > 0)
            memcpy(array, items, *count * size);
    }
    if (array)
        ++*count;
    return array;
}

void gd_arena_clear(struct gd_arena *arena)
{
    if (!arena)
        return;
    for (struct gd_arena_block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    arena->blocks = NULL;
}
