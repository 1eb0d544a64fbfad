/* What the messages about parameters say. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/numbers.h"
#include "engine/language/params_priv.h"
#include "engine/language/registry.h"

struct gd_scope gd_scope_in(const struct gd_scope *scope, const char *key)
{
    struct gd_scope inner = *scope;
    inner.up = scope;
    inner.key = key;
    return inner;
}

struct gd_quote gd_quote(const char *text)
{
    struct gd_quote quote;
    size_t length = 0, limit = 60;
    for (; text[length] && length < limit; length++) {
        unsigned char c = (unsigned char)text[length];
        quote.text[length] = c < 0x20 || c == 0x7F ? '?' : (char)c;
    }
    while (text[length] && length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--; /* not in the middle of a character */
    strcpy(quote.text + length, text[length] ? "..." : "");
    return quote;
}

/* The keys from the outermost to this one, joined by dots, followed by ": ". */
static void add_path(const struct gd_scope *scope, struct gd_text *text)
{
    if (scope->up)
        add_path(scope->up, text);
    if (scope->key)
        gd_text_print(text, "%s%s", text->length ? "." : "", gd_quote(scope->key).text);
}

char *gd_scope_path(const struct gd_scope *scope)
{
    struct gd_text text = {0};
    add_path(scope, &text);
    return text.length || text.failed ? gd_text_take(&text) : gd_string("");
}

static struct gd_text text_with_path(const struct gd_scope *scope)
{
    struct gd_text text = {0};
    add_path(scope, &text);
    if (text.length)
        gd_text_add(&text, ": ", 2);
    return text;
}

static void add_list(struct gd_text *text, const char *format, va_list arguments)
{
    char *piece = gd_format_list(format, arguments);
    if (piece)
        gd_text_add(text, piece, strlen(piece));
    else
        text->failed = true;
    free(piece);
}

/* Reports the text and frees it. */
static enum gd_status report(const struct gd_scope *scope, struct gd_place place, struct gd_text *text)
{
    char *message = gd_text_take(text);
    if (message)
        gd_problem_add(scope->problems, place, "%s", message);
    else
        scope->problems->overflow = true;
    free(message);
    return scope->problems->overflow ? GD_NO_MEMORY : GD_BAD_INPUT;
}

enum gd_status gd_problem_report(const struct gd_scope *scope, struct gd_place place, const char *format, ...)
{
    struct gd_text text = text_with_path(scope);
    va_list arguments;
    va_start(arguments, format);
    add_list(&text, format, arguments);
    va_end(arguments);
    return report(scope, place, &text);
}

enum gd_status gd_mismatch(const struct gd_scope *scope, const struct gd_param *row, struct gd_place place,
                           const char *format, ...)
{
    struct gd_text text = text_with_path(scope);
    va_list arguments;
    va_start(arguments, format);
    add_list(&text, format, arguments);
    va_end(arguments);
    gd_text_print(&text, " (expected ");
    gd_params_expect(scope->registry, row, &text);
    gd_text_print(&text, ")");
    return report(scope, place, &text);
}

/* Each name once: a step may be called as a section is. */
static void add_names(struct gd_text *text, const char *const *names)
{
    for (size_t k = 0; names[k]; k++) {
        size_t first = 0;
        while (strcmp(names[first], names[k]) != 0)
            first++;
        if (first == k)
            gd_text_print(text, "%s%s", k ? ", " : "", names[k]);
    }
}

enum gd_status gd_report_unknown(const struct gd_scope *scope, struct gd_place place, const char *what,
                                 const char *word, const char *const *names)
{
    struct gd_text text = text_with_path(scope);
    const char *nearest = gd_find_nearest(word, names);
    gd_text_print(&text, "unknown %s \"%s\"", what, gd_quote(word).text);
    if (nearest)
        gd_text_print(&text, "; did you mean \"%s\"?", nearest);
    else if (*word >= '0' && *word <= '9')
        gd_text_print(&text, "; decimals have a point, as in 0.5: a comma ends the value before it");
    gd_text_print(&text, " (accepted: ");
    add_names(&text, names);
    gd_text_print(&text, "%s)", names[0] ? "" : "none");
    return report(scope, place, &text);
}

/* A bound as it would be written; 2^63 stands for the largest integer. */
static const char *bound(const struct gd_param *row, double value, char *buffer, size_t size)
{
    if (row->type == GD_INT && value >= 0x1p63)
        snprintf(buffer, size, "%lld", (long long)INT64_MAX);
    else
        snprintf(buffer, size, row->type == GD_INT ? "%.0f" : "%g", value);
    return buffer;
}

/* Whether any bound is written out. */
static bool has_range(const struct gd_param *row)
{
    return (row->min != 0 || row->max != 0) && !(isinf(row->min) && isinf(row->max));
}

static void add_range(struct gd_text *text, const struct gd_param *row)
{
    char low[32], high[32];
    bound(row, row->min, low, sizeof low);
    bound(row, row->max, high, sizeof high);
    if (!has_range(row))
        return;
    if (row->min == row->max)
        gd_text_print(text, " equal to %s", low);
    else if (isinf(row->max) && !isinf(row->min))
        gd_text_print(text, row->above_min ? " above %s" : " of at least %s", low);
    else if (isinf(row->min) && !isinf(row->max))
        gd_text_print(text, " of at most %s", high);
    else if (!isinf(row->min))
        gd_text_print(text, row->above_min ? " above %s and up to %s" : " from %s to %s", low, high);
}

static void add_components(struct gd_text *text, const struct gd_registry *registry, const char *kind)
{
    const struct gd_component *const *components = registry ? gd_registry_components(registry, kind) : NULL;
    gd_text_print(text, "%s %s", strchr("aeiou", *kind) ? "an" : "a", kind);
    for (size_t k = 0; components && components[k]; k++)
        gd_text_print(text, "%s%s", k ? ", " : ": ", components[k]->name);
    const struct gd_kind *known = registry ? gd_registry_kind(registry, kind) : NULL;
    if (known && known->function)
        gd_text_print(text, "; in Lua also function(%s)", known->function);
}

static void add_row_names(struct gd_text *text, const struct gd_param *rows)
{
    gd_text_print(text, "a map");
    for (size_t k = 0; rows && rows[k].name; k++)
        gd_text_print(text, "%s%s", k ? ", " : " of ", rows[k].name);
}

void gd_params_expect(const struct gd_registry *registry, const struct gd_param *row, struct gd_text *text)
{
    static const char *const nouns[] = {
        [GD_INT] = "an integer",
        [GD_FLOAT] = "a number",
        [GD_BOOL] = "true or false",
        [GD_STRING] = "text",
        [GD_PATH] = "a path",
        [GD_CHOICE] = "one of ",
        [GD_SUBSET] = "a list of some of ",
        [GD_MAP] = "a map",
        [GD_PATHS] = "a path or a list of paths",
    };
    if (row->count > 1)
        gd_text_print(text, "a list of %d, each ", row->count);
    if (row->type == GD_COMPONENT) {
        add_components(text, registry, row->kind);
    } else if (row->type == GD_GROUP) {
        add_row_names(text, row->rows);
    } else {
        gd_text_print(text, "%s", nouns[row->type]);
        if (row->type == GD_CHOICE || row->type == GD_SUBSET)
            add_names(text, row->choices);
        if (row->type == GD_INT || row->type == GD_FLOAT)
            add_range(text, row);
        if (row->unit) /* "from 0 to 5 eV", but "a number in eV" */
            gd_text_print(text, has_range(row) ? " %s" : " in %s", row->unit);
    }
}
