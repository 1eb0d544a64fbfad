#include "unit/engine/failing.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What the linker makes of malloc and of the allocator itself. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *piece, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *piece);

static struct {
    bool active;
    size_t allowed, failures;
    long alive;
} failing;

static void start(size_t allowed, size_t failures)
{
    failing.active = true;
    failing.allowed = allowed;
    failing.failures = failures;
    failing.alive = 0;
}

void failing_start(size_t allowed)
{
    start(allowed, SIZE_MAX);
}

void failing_start_once(size_t allowed)
{
    start(allowed, 1);
}

long failing_stop(void)
{
    failing.active = false;
    return failing.alive;
}

static bool refuse(void)
{
    if (!failing.active || (!failing.allowed && !failing.failures))
        return false;
    if (!failing.allowed) {
        failing.failures--;
        return true;
    }
    failing.allowed--;
    return false;
}

/* Counts a new piece. */
static void *count(void *piece)
{
    failing.alive += piece != NULL;
    return piece;
}

void *__wrap_malloc(size_t size)
{
    return refuse() ? NULL : count(__real_malloc(size));
}

void *__wrap_calloc(size_t items, size_t size)
{
    return refuse() ? NULL : count(__real_calloc(items, size));
}

void *__wrap_realloc(void *piece, size_t size)
{
    if (refuse())
        return NULL;
    return piece ? __real_realloc(piece, size) : count(__real_realloc(NULL, size));
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return refuse() ? NULL : count(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *piece)
{
    failing.alive -= piece != NULL;
    __real_free(piece);
}

/* libyaml asks these. */
void *yaml_malloc(size_t size)
{
    return malloc(size ? size : 1);
}

void *yaml_realloc(void *piece, size_t size)
{
    return realloc(piece, size ? size : 1);
}

void yaml_free(void *piece)
{
    free(piece);
}

unsigned char *yaml_strdup(const unsigned char *text)
{
    size_t size = text ? strlen((const char *)text) + 1 : 0;
    unsigned char *copy = text ? malloc(size) : NULL;
    return copy ? memcpy(copy, text, size) : NULL;
}
