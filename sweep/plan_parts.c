/* Parts of a plan that the command line and sweep files share. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/plan_priv.h"

/* The length of the text up to a comma that is in no bracket and no quotes. */
static size_t value_length(const char *text)
{
    int depth = 0;
    char quote = '\0';
    size_t length = 0;
    for (; text[length] && (text[length] != ',' || depth > 0 || quote); length++) {
        const char c = text[length];
        if (quote)
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '[' || c == '{')
            depth++;
        else if (c == ']' || c == '}')
            depth--;
    }
    return length;
}

enum gd_status gd_axis_parse(struct gd_arena *arena, const char *text, struct gd_sweep_axis *axis,
                             struct gd_place place, struct gd_problems *problems)
{
    const char *equals = strchr(text, '=');
    *axis = (struct gd_sweep_axis){0};
    if (!equals || equals == text || !equals[1]) {
        gd_problem_add(problems, place, "expected PATH=V1,V2,..., such as train.steps=200,1000");
        return GD_BAD_INPUT;
    }
    axis->path = gd_arena_string(arena, text, (size_t)(equals - text));
    const char *rest = equals;
    while (axis->path && *rest) {
        const size_t whole = value_length(++rest), spaces = strspn(rest, " ");
        size_t length = spaces < whole ? whole - spaces : 0;
        while (length && rest[spaces + length - 1] == ' ')
            length--;
        if (!length) {
            gd_problem_add(problems, place, "value %zu is empty", axis->count + 1);
            return GD_BAD_INPUT;
        }
        const char **more = gd_arena_append(arena, axis->values, &axis->count, sizeof *more);
        const char *value = more ? gd_arena_string(arena, rest + spaces, length) : NULL;
        if (!value)
            return GD_NO_MEMORY;
        more[axis->count - 1] = value;
        axis->values = more;
        rest += whole;
    }
    return axis->path ? GD_OK : GD_NO_MEMORY;
}

enum gd_status gd_path_check(const char *path, struct gd_place place, struct gd_problems *problems)
{
    if (strcmp(path, "seed") != 0)
        return GD_OK;
    gd_problem_add(problems, place, "seeds are varied by --seeds, or by `seeds` in the sweep file");
    return GD_BAD_INPUT;
}

const char *gd_absolute_path(struct gd_arena *arena, const char *path)
{
    char resolved[PATH_MAX];
    return realpath(path, resolved) ? gd_arena_string(arena, resolved, strlen(resolved)) : NULL;
}
