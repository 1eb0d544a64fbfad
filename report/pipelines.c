/* The pipeline of the first group, and how those of the others differ. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "report/axis.h"
#include "report/parts.h"

enum { COMPARED = 4000 }; /* lines, at most: the time for it grows with their square */

/* A text as lines, without that of the seed. */
struct lines {
    char *text;
    char **list;
    size_t count;
};

static bool read_lines(const char *path, struct lines *lines)
{
    *lines = (struct lines){0};
    if (!path || gd_file_read(path, &lines->text, NULL, NULL) != GD_OK)
        return false;
    size_t most = 1;
    for (const char *c = lines->text; *c; c++)
        most += *c == '\n';
    lines->list = gd_array(most, sizeof *lines->list);
    for (char *line = lines->text, *end; lines->list && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        if (strncmp(line, "seed: ", 6) != 0)
            lines->list[lines->count++] = line;
    }
    return lines->list != NULL;
}

static void clear_lines(struct lines *lines)
{
    free(lines->text);
    free(lines->list);
}

static void add_line(struct gd_text *page, const char *class, const char *sign, const char *line)
{
    gd_text_print(page, "<span class=\"%s\">%s ", class, sign);
    gd_html_add(page, line);
    gd_text_print(page, "</span>\n");
}

/* The lengths of the longest common sequences of what is left of both. */
static size_t *common_lengths(const struct lines *one, const struct lines *other)
{
    const size_t width = other->count + 1;
    size_t *table = gd_array((one->count + 1) * width, sizeof *table);
    for (size_t i = one->count; table && i-- > 0;)
        for (size_t j = other->count; j-- > 0;) {
            const size_t skip = table[(i + 1) * width + j], add = table[i * width + j + 1];
            table[i * width + j] = !strcmp(one->list[i], other->list[j]) ? table[(i + 1) * width + j + 1] + 1
                                   : skip > add                          ? skip
                                                                         : add;
        }
    return table;
}

/* The lines that are only in one of them. Returns how many. */
static size_t add_difference(struct gd_text *page, const struct lines *one, const struct lines *other)
{
    size_t *table = common_lengths(one, other), i = 0, j = 0, count = 0;
    const size_t width = other->count + 1;
    page->failed |= !table;
    while (table && (i < one->count || j < other->count)) {
        if (i < one->count && j < other->count && !strcmp(one->list[i], other->list[j])) {
            i++;
            j++;
            continue;
        }
        count++;
        if (j == other->count || (i < one->count && table[(i + 1) * width + j] >= table[i * width + j + 1]))
            add_line(page, "del", "-", one->list[i++]);
        else
            add_line(page, "add", "+", other->list[j++]);
    }
    free(table);
    return count;
}

static void add_group(struct gd_text *page, const struct gd_group *group, const struct lines *base)
{
    struct lines own;
    if (!read_lines(group->pipeline, &own)) {
        clear_lines(&own);
        return;
    }
    gd_text_print(page, "<h3>");
    gd_html_add(page, group->name);
    gd_text_print(page, "</h3><pre>");
    if (own.count > COMPARED || base->count > COMPARED)
        gd_text_print(page, "not compared: of %zu and %zu lines, more than %d\n", base->count, own.count,
                      (int)COMPARED);
    else if (add_difference(page, base, &own) == 0)
        gd_text_print(page, "no difference\n");
    gd_text_print(page, "</pre>\n");
    clear_lines(&own);
}

void gd_add_pipelines(struct gd_text *page, const struct gd_results *results)
{
    struct lines base;
    if (results->count == 0 || !read_lines(results->groups[0].pipeline, &base)) {
        if (results->count > 0)
            clear_lines(&base);
        return;
    }
    gd_text_print(page, "<h2>Pipelines</h2>\n");
    if (results->count > 1)
        gd_text_print(page, "<p class=\"dim\">How the others differ from the first.</p>\n");
    for (size_t g = 1; g < results->count; g++)
        add_group(page, &results->groups[g], &base);
    gd_text_print(page, "<details><summary>");
    gd_html_add(page, results->groups[0].name);
    gd_text_print(page, ", with all defaults</summary><pre>");
    for (size_t k = 0; k < base.count; k++) {
        gd_html_add(page, base.list[k]);
        gd_text_print(page, "\n");
    }
    gd_text_print(page, "</pre></details>\n");
    clear_lines(&base);
}
