/* Parameters that have an effect only together with others: what a row's `needs` says, and the warning about a value
 * that was written for nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/language/params_priv.h"
#include "engine/language/registry.h"

/* One of the alternatives of `needs`: "adapt", "from=growth", "finish.steps". */
struct need {
    char name[64], word[64]; /* of the row, and of the choice or component; word "": none */
};

/* The alternative at *text, which moves on to the next; false at the end. */
static bool next_need(const char **text, struct need *need)
{
    const char *start = *text + (**text == '!');
    const size_t length = strcspn(start, "|"), name = strcspn(start, "=|");
    if (!length)
        return false;
    snprintf(need->name, sizeof need->name, "%.*s", (int)name, start);
    snprintf(need->word, sizeof need->word, "%.*s", (int)(length - name), start + name + (start[name] == '='));
    need->word[name < length ? length - name - 1 : 0] = '\0';
    *text = start + length + (start[length] == '|');
    return true;
}

/* The row of a name such as "finish.steps", and its value; NULL: there is none. */
static const struct gd_param *find_row(const struct gd_param *rows, const char *name, const char **value)
{
    const size_t length = strcspn(name, ".");
    for (; rows->name; rows++) {
        if (strlen(rows->name) != length || strncmp(rows->name, name, length) != 0)
            continue;
        if (*value)
            *value += rows->offset;
        return name[length] && rows->type == GD_GROUP ? find_row(rows->rows, name + length + 1, value) : rows;
    }
    return NULL;
}

/* The name of the choice or component; NULL: the row is no such, or has none. */
static const char *chosen(const struct gd_param *row, const void *value)
{
    const struct gd_choice *choice = value;
    if (row->type == GD_CHOICE)
        return row->choices[*(const int *)value];
    return row->type == GD_COMPONENT && choice->component ? choice->component->name : NULL;
}

/* Whether the value is neither zero nor left out nor off. */
static bool is_on(const struct gd_param *row, const void *value)
{
    const char *name = chosen(row, value);
    for (size_t k = 0; name && gd_off_words[k]; k++)
        if (!strcmp(gd_off_words[k], name))
            return false;
    if (row->type == GD_FLOAT)
        return *(const double *)value != 0;
    const char *bytes = value;
    for (size_t k = 0; k < gd_type_size(row->type); k++)
        if (bytes[k])
            return true;
    return false;
}

static bool met(const struct gd_param *rows, const struct need *need, const void *values)
{
    const char *value = values;
    const struct gd_param *row = find_row(rows, need->name, &value);
    const char *name = row ? chosen(row, value) : NULL;
    return *need->word ? name && !strcmp(name, need->word) : row && is_on(row, value);
}

static bool has_effect(const struct gd_param *rows, const char *needs, const void *values)
{
    struct need need;
    const bool without = *needs == '!';
    while (next_need(&needs, &need))
        if (met(rows, &need, values))
            return !without;
    return without;
}

const char *gd_needs_fault(const struct gd_param *rows, const char *needs)
{
    struct need need;
    while (needs && next_need(&needs, &need)) {
        const char *value = NULL;
        const struct gd_param *row = find_row(rows, need.name, &value);
        if (!row || row->type == GD_GROUP || row->count > 1)
            return "what it needs is no row beside it that has one value";
        if (*need.word && row->type != GD_COMPONENT && row->type != GD_CHOICE)
            return "what it needs has no choices";
        for (size_t k = 0; *need.word && row->type == GD_CHOICE; k++)
            if (!row->choices[k])
                return "it needs a choice that there is not";
            else if (!strcmp(row->choices[k], need.word))
                break;
    }
    return NULL;
}

/* "from: growth", "guidance or finish.steps" */
static void print_needs(const char *needs, struct gd_text *text)
{
    struct need need;
    for (const char *rest = needs; next_need(&rest, &need);)
        gd_text_print(text, "%s%s%s%s", text->length ? " or " : "", need.name, *need.word ? ": " : "", need.word);
}

char *gd_needs_text(const char *needs)
{
    struct gd_text text = {0};
    print_needs(needs, &text);
    char *inner = gd_text_take(&text),
         *whole = inner ? gd_format("%s %s", *needs == '!' ? "without" : "with", inner) : NULL;
    free(inner);
    return whole;
}

enum gd_status gd_default_write(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_param *row,
                                struct gd_node *map)
{
    const struct gd_param rows[] = {*row, {0}};
    struct gd_problems problems = {0};
    const struct gd_scope silent = {.registry = registry, .arena = &tree->arena, .problems = &problems};
    void *values = gd_arena_alloc(&tree->arena, 1, gd_params_extent(rows));
    enum gd_status status = values ? gd_rows_read(&silent, rows, NULL, (struct gd_place){0}, values) : GD_NO_MEMORY;
    gd_problems_clear(&problems);
    return status || gd_rows_write(tree, registry, rows, values, map) ? status : GD_NO_MEMORY;
}

bool gd_param_differs(const struct gd_registry *registry, const struct gd_param *row, const void *values)
{
    const struct gd_param rows[] = {*row, {0}};
    struct gd_tree tree = {0};
    struct gd_node *own = gd_node_new(&tree, GD_NODE_MAP, (struct gd_place){0}),
                   *other = gd_node_new(&tree, GD_NODE_MAP, (struct gd_place){0});
    bool differ = true;
    if (own && other && gd_rows_write(&tree, registry, rows, values, own) &&
        gd_default_write(&tree, registry, row, other) == GD_OK) {
        char *text = gd_tree_write_yaml(own), *other_text = gd_tree_write_yaml(other);
        differ = !text || !other_text || strcmp(text, other_text) != 0;
        free(text);
        free(other_text);
    }
    gd_tree_clear(&tree);
    return differ;
}

/* "finish.reach: has no effect without steps" */
static void warn(const struct gd_scope *scope, const struct gd_param *row, struct gd_place place)
{
    struct gd_text text = {0};
    print_needs(row->needs, &text);
    char *needs = gd_text_take(&text), *path = gd_scope_path(scope);
    if (needs && path)
        gd_warning_add(scope->problems, place, "%s%s%s: has no effect %s %s", path, *path ? "." : "", row->name,
                       *row->needs == '!' ? "with" : "without", needs);
    else
        scope->problems->overflow = true;
    free(needs);
    free(path);
}

void gd_needs_check(const struct gd_scope *scope, const struct gd_param *rows, const struct gd_node *map,
                    const void *values)
{
    for (const struct gd_param *row = rows; row && row->name; row++) {
        const struct gd_node *node = row->needs ? gd_node_get(map, row->name) : NULL;
        if (node && !has_effect(rows, row->needs, values) && gd_param_differs(scope->registry, row, values))
            warn(scope, row, node->place);
    }
}
