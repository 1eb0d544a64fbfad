#include "engine/run/resources.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

static bool is_named(const struct gd_param *rows, const char *key, size_t length)
{
    for (; rows && rows->name; rows++)
        if (rows->resource && strlen(rows->name) == length && !strncmp(rows->name, key, length))
            return true;
    return false;
}

static bool is_resource(const struct gd_registry *registry, const char *key, size_t length)
{
    for (const struct gd_kind *const *kind = gd_registry_kinds(registry); *kind; kind++)
        for (const struct gd_component *const *one = gd_registry_components(registry, (*kind)->name); *one; one++)
            if (is_named((*one)->params, key, length))
                return true;
    return false;
}

/* The end of a value that is written on a line, maybe with others of a map. */
static const char *end_of_value(const char *value)
{
    if (*value != '"')
        return value + strcspn(value, ",}\n");
    for (value++; *value && *value != '"'; value++)
        value += *value == '\\' && value[1];
    return value + (*value == '"');
}

/* The key that begins at `text`, where one can; its length, 0: there is none. */
static size_t key_at(const char *text)
{
    const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return text[length] == ':' && text[length + 1] == ' ' ? length : 0;
}

char *gd_text_without_resources(const char *text, const struct gd_registry *registry)
{
    struct gd_text result = {0};
    const char *steps = strstr(text, "\nsteps:"), *end = steps ? steps : text + strlen(text);
    for (bool before = true; text < end;) {
        const size_t length = before ? key_at(text) : 0;
        if (length && is_resource(registry, text, length)) {
            gd_text_print(&result, "%.*s: *", (int)length, text);
            text = end_of_value(text + length + 2);
        } else {
            const size_t step = length ? length : 1;
            gd_text_add(&result, text, step);
            text += step;
        }
        before = strchr(" {\n", text[-1]) != NULL;
    }
    gd_text_add(&result, end, strlen(end));
    return gd_text_take(&result);
}

bool gd_text_same(const char *text, const char *other, const struct gd_registry *registry)
{
    if (!strcmp(text, other))
        return true;
    char *one = gd_text_without_resources(text, registry), *two = gd_text_without_resources(other, registry);
    const bool same = one && two && !strcmp(one, two);
    free(one);
    free(two);
    return same;
}
