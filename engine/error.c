/* Messages of failures and lists of problems. Nothing here prints; a message is text until the program shows it. */
#include "engine/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/memory.h"

enum gd_status gd_fail(struct gd_error *error, enum gd_status status, const char *format, ...)
{
    if (!error || error->status != GD_OK)
        return status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->status = status;
    return status;
}

enum gd_status gd_no_memory(struct gd_error *error, const char *what)
{
    return gd_fail(error, GD_NO_MEMORY, "out of memory for %s", what);
}

enum gd_status gd_blame(enum gd_status status, struct gd_error *error, const char *key)
{
    char inner[sizeof error->key];
    if (status == GD_OK || !error)
        return status;
    memcpy(inner, error->key, sizeof inner);
    size_t length = (size_t)snprintf(error->key, sizeof error->key, "%s%s%s", key, *inner ? "." : "", inner);
    if (length >= sizeof error->key) /* no key is: it would be half of a name */
        *error->key = '\0';
    return status;
}

void gd_problem_add(struct gd_problems *problems, struct gd_place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct gd_problem problem = {
        .place = place,
        .file = gd_string(place.file ? place.file : ""),
        .text = gd_format_list(format, arguments),
    };
    va_end(arguments);
    problem.place.file = problem.file;
    if (!problem.file || !problem.text ||
        !gd_grow(&problems->items, &problems->capacity, problems->count + 1, sizeof *problems->items)) {
        problems->overflow = true;
        free(problem.file);
        free(problem.text);
        return;
    }
    problems->items[problems->count++] = problem;
}

bool gd_problems_any(const struct gd_problems *problems)
{
    return problems->count > 0 || problems->overflow;
}

static int compare_problems(const void *a, const void *b)
{
    const struct gd_problem *x = a, *y = b;
    int order = strcmp(x->file, y->file);
    if (!order)
        order = (x->place.line > y->place.line) - (x->place.line < y->place.line);
    if (!order)
        order = (x->place.column > y->place.column) - (x->place.column < y->place.column);
    return order ? order : strcmp(x->text, y->text);
}

void gd_problems_sort(struct gd_problems *problems)
{
    if (problems->count > 1)
        qsort(problems->items, problems->count, sizeof *problems->items, compare_problems);
}

void gd_problems_clear(struct gd_problems *problems)
{
    if (!problems)
        return;
    for (size_t k = 0; k < problems->count; k++) {
        free(problems->items[k].file);
        free(problems->items[k].text);
    }
    free(problems->items);
    *problems = (struct gd_problems){0};
}

const char *gd_place_text(struct gd_place place, char *buffer, size_t size)
{
    const char *file = place.file ? place.file : "";
    if (place.line <= 0)
        snprintf(buffer, size, "%s", file);
    else if (place.column <= 0)
        snprintf(buffer, size, "%s:%d", file, place.line);
    else
        snprintf(buffer, size, "%s:%d:%d", file, place.line, place.column);
    return buffer;
}
