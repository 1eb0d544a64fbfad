/* Messages of failures and lists of problems. Nothing here prints; a message is text until the program shows it. */
#include "engine/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/text.h"

enum gd_status gd_fail(struct gd_error *error, enum gd_status status, const char *format, ...)
{
    if (!error || error->status)
        return status;
    va_list arguments;
    va_start(arguments, format);
    gd_print_list(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->status = status;
    return status;
}

enum gd_status gd_no_memory(struct gd_error *error, const char *what)
{
    return gd_fail(error, GD_NO_MEMORY, "out of memory for %s", what);
}

enum gd_status gd_status_require_message(enum gd_status status, struct gd_error *error, const char *whose)
{
    if (!status)
        return GD_OK;
    const int number = (int)status;
    return gd_fail(error, number < 0 || number > GD_NO_MEMORY ? GD_FAILED : status, "%s failed without a message",
                   whose);
}

enum gd_status gd_error_set_key(enum gd_status status, struct gd_error *error, const char *key)
{
    char inner[sizeof error->key];
    if (!status || !error)
        return status;
    memcpy(inner, error->key, sizeof inner);
    size_t length = (size_t)snprintf(error->key, sizeof error->key, "%s%s%s", key, *inner ? "." : "", inner);
    if (length >= sizeof error->key) /* no key is: it would be half of a name */
        *error->key = '\0';
    return status;
}

/* Appends to a list; false when out of memory. */
static bool append(struct gd_problem **items, size_t *count, size_t *capacity, struct gd_place place,
                   const char *format, va_list arguments)
{
    struct gd_problem problem = {
        .place = place,
        .file = gd_string(place.file ? place.file : ""),
        .text = gd_format_list(format, arguments),
    };
    problem.place.file = problem.file;
    if (!problem.file || !problem.text || !gd_grow(items, capacity, *count + 1, sizeof **items)) {
        free(problem.file);
        free(problem.text);
        return false;
    }
    (*items)[(*count)++] = problem;
    return true;
}

void gd_problem_add(struct gd_problems *problems, struct gd_place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!append(&problems->items, &problems->count, &problems->capacity, place, format, arguments))
        problems->overflow = true;
    va_end(arguments);
}

void gd_warning_add(struct gd_problems *problems, struct gd_place place, const char *format, ...)
{
    struct gd_problem_list *warnings = &problems->warnings;
    va_list arguments;
    va_start(arguments, format);
    if (!append(&warnings->items, &warnings->count, &warnings->capacity, place, format, arguments))
        problems->overflow = true;
    va_end(arguments);
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

static void sort(struct gd_problem *items, size_t count)
{
    if (count > 1)
        qsort(items, count, sizeof *items, compare_problems);
}

void gd_problems_sort(struct gd_problems *problems)
{
    sort(problems->items, problems->count);
    sort(problems->warnings.items, problems->warnings.count);
}

static void clear(struct gd_problem *items, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        free(items[k].file);
        free(items[k].text);
    }
    free(items);
}

void gd_problems_clear(struct gd_problems *problems)
{
    if (!problems)
        return;
    clear(problems->items, problems->count);
    clear(problems->warnings.items, problems->warnings.count);
    *problems = (struct gd_problems){0};
}

const char *gd_format_place(struct gd_place place, char *buffer, size_t size)
{
    const char *file = place.file ? place.file : "";
    if (place.line <= 0)
        gd_print(buffer, size, "%s", file);
    else if (place.column <= 0)
        gd_print(buffer, size, "%s:%d", file, place.line);
    else
        gd_print(buffer, size, "%s:%d:%d", file, place.line, place.column);
    return buffer;
}
