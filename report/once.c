#include "report/once.h"

#include <string.h>

bool gd_once_add(struct gd_once *once, const char *one, const char *other)
{
    for (size_t k = 0; k < once->count; k++)
        if (!strcmp(once->list[k][0], one) && !strcmp(once->list[k][1], other))
            return false;
    const char *(*more)[2] = gd_arena_append(&once->arena, once->list, &once->count, sizeof *more);
    once->failed |= !more;
    if (!more)
        return false;
    more[once->count - 1][0] = one;
    more[once->count - 1][1] = other;
    once->list = more;
    return true;
}

void gd_once_clear(struct gd_once *once, struct gd_text *page)
{
    page->failed |= once->failed;
    gd_arena_clear(&once->arena);
}
