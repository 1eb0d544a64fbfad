/* Parameters from the tree: one function per type in a table, and the walk over the rows. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "engine/language/params_priv.h"
#include "engine/language/registry.h"

void gd_status_combine(enum gd_status *status, enum gd_status other)
{
    if (other > *status)
        *status = other;
}

/* Whether the text is a number and something after it, such as "5.0 eV" or "300K". */
static bool has_unit(const char *text)
{
    locale_t former = gd_c_locale_begin();
    char *end;
    strtod(text, &end);
    gd_c_locale_end(former);
    bool number = end != text;
    while (*end == ' ')
        end++;
    return number && (isalpha((unsigned char)*end) || (unsigned char)*end >= 0x80 || *end == '%');
}

static bool is_number(const struct gd_param *row)
{
    return row->type == GD_INT || row->type == GD_FLOAT;
}

/* The text of a scalar node, or NULL after a complaint. `word`: quotes are not accepted. */
static const char *scalar(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                          bool word)
{
    if (node->kind != GD_NODE_SCALAR)
        gd_mismatch(scope, row, node->place, "is %s", gd_node_kind_name(node));
    else if (gd_node_empty(node))
        gd_mismatch(scope, row, node->place, "has no value");
    else if (word && node->quoted && !(is_number(row) && has_unit(node->text)))
        gd_mismatch(scope, row, node->place, "\"%s\" is a string, because it is quoted", gd_quote(node->text).text);
    else
        return node->text;
    return NULL;
}

static enum gd_status failed(const struct gd_scope *scope)
{
    return scope->problems->overflow ? GD_NO_MEMORY : GD_BAD_INPUT;
}

static bool in_range(const struct gd_param *row, double value)
{
    if (row->min == 0 && row->max == 0)
        return true;
    return value >= row->min && value <= row->max && !(row->above_min && value == row->min);
}

/* Reports a text that is not a number; `what`: "an integer" or "a finite number". */
static enum gd_status not_number(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                 const char *what)
{
    const struct gd_quote quote = gd_quote(node->text);
    if (!has_unit(node->text))
        return gd_mismatch(scope, row, node->place, "\"%s\" is not %s", quote.text, what);
    return gd_mismatch(scope, row, node->place, "\"%s\" is not %s: write the number alone%s%s", quote.text, what,
                       row->unit ? "; it is in " : "", row->unit ? row->unit : "");
}

static enum gd_status parse_int(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                void *value)
{
    int64_t number;
    const char *text = scalar(scope, row, node, true);
    if (!text)
        return failed(scope);
    if (!gd_parse_int(text, &number))
        return not_number(scope, row, node, "an integer");
    if (!in_range(row, (double)number))
        return gd_mismatch(scope, row, node->place, "%s is out of range", gd_quote(text).text);
    *(int64_t *)value = number;
    return GD_OK;
}

static enum gd_status parse_float(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                  void *value)
{
    double number;
    const char *text = scalar(scope, row, node, true);
    if (!text)
        return failed(scope);
    if (!gd_parse_float(text, &number))
        return not_number(scope, row, node, "a finite number");
    if (!in_range(row, number))
        return gd_mismatch(scope, row, node->place, "%s is out of range", gd_quote(text).text);
    *(double *)value = number;
    return GD_OK;
}

static enum gd_status parse_bool(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                 void *value)
{
    const char *text = scalar(scope, row, node, true);
    if (!text)
        return failed(scope);
    bool yes = !strcmp(text, "true");
    if (!yes && strcmp(text, "false") != 0)
        return gd_mismatch(scope, row, node->place, "\"%s\" is not true or false", gd_quote(text).text);
    *(bool *)value = yes;
    return GD_OK;
}

/* What the row itself has to say about the text. */
static enum gd_status check_text(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                 const char *text)
{
    struct gd_error error = {0};
    enum gd_status status =
        row->accepts ? gd_status_require_message(row->accepts(text, &error), &error, row->name) : GD_OK;
    return status == GD_OK || status == GD_NO_MEMORY ? status : gd_problem_report(scope, node->place, "%s", error.text);
}

static enum gd_status parse_path(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                 void *value);

static enum gd_status parse_string(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                   void *value)
{
    const char *text = scalar(scope, row, node, false);
    if (!text)
        return failed(scope);
    if (row->path_with && strstr(text, row->path_with))
        return parse_path(scope, row, node, value);
    const char *copy = gd_arena_string(scope->arena, text, strlen(text));
    *(const char **)value = copy;
    return copy ? check_text(scope, row, node, copy) : GD_NO_MEMORY;
}

/* The folder that relative paths of a place start from, with a slash: that of its file, or the current one. */
static char *folder_of(struct gd_place place)
{
    char current[PATH_MAX] = "";
    const char *slash = place.line > 0 && place.file ? strrchr(place.file, '/') : NULL;
    int length = slash ? (int)(slash - place.file) : 0;
    if (slash && *place.file == '/')
        return gd_format("%.*s/", length, place.file);
    if (!getcwd(current, sizeof current))
        return gd_string("./");
    return slash ? gd_format("%s/%.*s/", current, length, place.file) : gd_format("%s/", current);
}

const char *gd_path_shown(const char *path)
{
    char current[PATH_MAX];
    size_t length = getcwd(current, sizeof current) ? strlen(current) : 0;
    return length && !strncmp(path, current, length) && path[length] == '/' ? path + length + 1 : path;
}

enum gd_status gd_path_readable(const char *path, struct gd_error *error)
{
    if (access(path, R_OK) == 0)
        return GD_OK;
    return errno == ENOMEM ? gd_no_memory(error, path)
                           : gd_fail(error, GD_BAD_INPUT, "%s: %s", gd_path_shown(path), strerror(errno));
}

static enum gd_status parse_path(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                 void *value)
{
    const char *text = scalar(scope, row, node, false);
    if (!text)
        return failed(scope);
    if (!*text)
        return gd_mismatch(scope, row, node->place, "is empty");
    char *folder = *text == '/' ? gd_string("") : folder_of(node->place);
    char *path = folder ? gd_format("%s%s", folder, text) : NULL;
    const char *copy = path ? gd_arena_string(scope->arena, path, strlen(path)) : NULL;
    free(folder);
    free(path);
    if (!copy)
        return GD_NO_MEMORY;
    if (!gd_utf8_valid(copy))
        return gd_mismatch(scope, row, node->place, "is in a folder whose name is not UTF-8");
    *(const char **)value = copy;
    return check_text(scope, row, node, copy);
}

enum gd_status gd_path_parse(const struct gd_scope *scope, const struct gd_node *node, const char **path)
{
    static const struct gd_param row = {.type = GD_PATH};
    return parse_path(scope, &row, node, (void *)path);
}

/* The place of a name among the choices, or -1 after a complaint. */
static int find_choice(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node)
{
    const char *text = scalar(scope, row, node, false);
    for (int k = 0; text && row->choices[k]; k++)
        if (!strcmp(row->choices[k], text))
            return k;
    if (text)
        gd_report_unknown(scope, node->place, "choice", text, row->choices);
    return -1;
}

static enum gd_status parse_choice(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                   void *value)
{
    int k = find_choice(scope, row, node);
    if (k < 0)
        return failed(scope);
    *(int *)value = k;
    return GD_OK;
}

static enum gd_status parse_subset(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                   void *value)
{
    uint64_t set = 0;
    if (node->kind != GD_NODE_LIST || node->count == 0)
        return gd_mismatch(scope, row, node->place, gd_node_empty(node) ? "has no value" : "is %s",
                           node->kind == GD_NODE_LIST ? "an empty list" : gd_node_kind_name(node));
    for (const struct gd_node *child = node->children; child; child = child->next) {
        int k = find_choice(scope, row, child);
        if (k < 0)
            return failed(scope);
        if (set >> k & 1)
            return gd_mismatch(scope, row, child->place, "names \"%s\" twice", row->choices[k]);
        set |= UINT64_C(1) << k;
    }
    *(uint64_t *)value = set;
    return GD_OK;
}

/* The first function among a node and all below it, which JSON has no word for; NULL: none. */
static const struct gd_node *find_function(const struct gd_node *node)
{
    const struct gd_node *found = node->kind == GD_NODE_FUNCTION ? node : NULL;
    for (const struct gd_node *child = node->children; child && !found; child = child->next)
        found = find_function(child);
    return found;
}

static enum gd_status parse_map(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                void *value)
{
    const struct gd_node *function = find_function(node);
    if (node->kind != GD_NODE_MAP || function)
        return gd_mismatch(scope, row, function ? function->place : node->place, "is %s",
                           gd_node_kind_name(function ? function : node));
    char *json = gd_node_json(node);
    const char *copy = json ? gd_arena_string(scope->arena, json, strlen(json)) : NULL;
    free(json);
    *(const char **)value = copy;
    return copy ? GD_OK : GD_NO_MEMORY;
}

static enum gd_status parse_paths(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                  void *value)
{
    const bool list = node->kind == GD_NODE_LIST;
    if (list && !node->count)
        return gd_mismatch(scope, row, node->place, "is an empty list");
    const char **paths = gd_arena_alloc(scope->arena, (list ? node->count : 1) + 1, sizeof *paths);
    enum gd_status status = paths ? GD_OK : GD_NO_MEMORY;
    size_t k = 0;
    for (const struct gd_node *item = list ? node->children : node; item && status != GD_NO_MEMORY; item = item->next) {
        gd_status_combine(&status, parse_path(scope, row, item, (void *)&paths[k++]));
        if (!list)
            break;
    }
    *(const char ***)value = paths;
    return status;
}

static enum gd_status parse_component(const struct gd_scope *scope, const struct gd_param *row,
                                      const struct gd_node *node, void *value)
{
    return gd_choice_parse(scope, row->kind, node, value);
}

static enum gd_status parse_group(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                  void *value)
{
    return gd_rows_parse(scope, row->rows, NULL, node, node->key ? node->key_place : node->place, value);
}

/* What a type is: its bytes, and how a node becomes one value of it. */
static const struct {
    size_t size;
    enum gd_status (*parse)(const struct gd_scope *, const struct gd_param *, const struct gd_node *, void *value);
} types[] = {
    [GD_INT] = {sizeof(int64_t), parse_int},
    [GD_FLOAT] = {sizeof(double), parse_float},
    [GD_BOOL] = {sizeof(bool), parse_bool},
    [GD_STRING] = {sizeof(const char *), parse_string},
    [GD_PATH] = {sizeof(const char *), parse_path},
    [GD_CHOICE] = {sizeof(int), parse_choice},
    [GD_SUBSET] = {sizeof(uint64_t), parse_subset},
    [GD_MAP] = {sizeof(const char *), parse_map},
    [GD_COMPONENT] = {sizeof(struct gd_choice), parse_component},
    [GD_GROUP] = {0, parse_group},
    [GD_PATHS] = {sizeof(const char *const *), parse_paths},
};

size_t gd_type_size(enum gd_type type)
{
    return types[type].size;
}

/* The value of a row from its node: one, or a list of `count`. */
static enum gd_status parse_value(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node,
                                  void *value)
{
    if (row->count <= 1)
        return types[row->type].parse(scope, row, node, value);
    if (node->kind != GD_NODE_LIST)
        return gd_mismatch(scope, row, node->place, gd_node_empty(node) ? "has no value" : "is %s",
                           gd_node_kind_name(node));
    if (node->count != (size_t)row->count)
        return gd_mismatch(scope, row, node->place, "has %zu %s", node->count, node->count == 1 ? "item" : "items");
    struct gd_param one = *row;
    one.count = 1;
    enum gd_status status = GD_OK;
    char *item = value;
    for (const struct gd_node *child = node->children; child; child = child->next, item += types[row->type].size)
        gd_status_combine(&status, types[row->type].parse(scope, &one, child, item));
    return status;
}

enum gd_status gd_default_parse(const struct gd_scope *scope, const struct gd_param *row, void *value)
{
    struct gd_tree tree = {.arena = *scope->arena};
    char *origin = gd_format("default of %s", row->name);
    if (!origin)
        return GD_NO_MEMORY;
    enum gd_status status = gd_tree_parse_value(&tree, origin, row->initial, scope->problems);
    *scope->arena = tree.arena;
    free(origin);
    if (!status)
        status = parse_value(scope, row, tree.root, value);
    if (row->type == GD_COMPONENT)
        ((struct gd_choice *)value)->node = NULL;
    return status;
}

/* The value of a row that was left out. */
static enum gd_status parse_absent(const struct gd_scope *scope, const struct gd_param *row, struct gd_place place,
                                   void *value)
{
    if (row->initial)
        return gd_default_parse(scope, row, value);
    if (row->optional)
        return GD_OK;
    if (row->type == GD_GROUP)
        return gd_rows_parse(scope, row->rows, NULL, NULL, place, value);
    return gd_mismatch(scope, row, place, "is required");
}

bool gd_row_dispensable(const struct gd_param *row)
{
    if (row->initial || row->type != GD_GROUP)
        return row->optional && !row->initial;
    for (const struct gd_param *inner = row->rows; inner->name; inner++)
        if (!gd_row_dispensable(inner))
            return false;
    return true;
}

/* Whether a word leaves an optional value out. "none" and "off" may also be names: of a file, a choice, a component. */
static bool switched_off(const struct gd_scope *scope, const struct gd_param *row, const struct gd_node *node)
{
    if (!gd_row_dispensable(row) || !gd_node_off(node))
        return false;
    if (row->type == GD_STRING || row->type == GD_PATH || row->type == GD_PATHS)
        return gd_node_empty(node);
    for (size_t k = 0; row->type == GD_CHOICE && row->choices[k]; k++)
        if (!strcmp(row->choices[k], node->text))
            return false;
    return row->type != GD_COMPONENT || !gd_registry_component(scope->registry, row->kind, node->text);
}

/* Reports the keys of a map that neither a row nor `also` names. */
static enum gd_status check_keys(const struct gd_scope *scope, const struct gd_param *rows, const char *also,
                                 const struct gd_node *map)
{
    size_t count = 0;
    while (rows && rows[count].name)
        count++;
    const char **names = gd_arena_alloc(scope->arena, count + 2, sizeof *names);
    if (!names)
        return GD_NO_MEMORY;
    for (size_t k = 0; k < count; k++)
        names[k] = rows[k].name;
    names[count] = also;
    return gd_keys_check(scope, map, names);
}

enum gd_status gd_keys_check(const struct gd_scope *scope, const struct gd_node *map, const char *const *names)
{
    enum gd_status status = GD_OK;
    for (const struct gd_node *child = map->children; child; child = child->next) {
        size_t k = 0;
        while (names[k] && strcmp(names[k], child->key) != 0)
            k++;
        if (!names[k])
            gd_status_combine(&status, gd_report_unknown(scope, child->key_place, "key", child->key, names));
    }
    return status;
}

enum gd_status gd_rows_read(const struct gd_scope *scope, const struct gd_param *rows, const struct gd_node *map,
                            struct gd_place place, void *values)
{
    enum gd_status status = GD_OK;
    for (const struct gd_param *row = rows; row && row->name && status != GD_NO_MEMORY; row++) {
        const struct gd_scope inner = gd_scope_in(scope, row->name);
        const struct gd_node *written = gd_node_get(map, row->name);
        const struct gd_node *child = written && switched_off(scope, row, written) ? NULL : written;
        void *value = (char *)values + row->offset;
        gd_status_combine(&status,
                          child ? parse_value(&inner, row, child, value) : parse_absent(&inner, row, place, value));
    }
    if (map && !status)
        gd_needs_check(scope, rows, map, values);
    return status;
}

/* The number that turns a group off where it is 0: another row of the group needs it. NULL: there is none. */
static const struct gd_param *find_switch(const struct gd_param *rows)
{
    for (const struct gd_param *row = rows; row && row->name; row++)
        for (const struct gd_param *other = rows; other->name; other++)
            if (other->needs && !strcmp(other->needs, row->name) && row->min <= 0 && !row->above_min &&
                (row->type == GD_INT || row->type == GD_FLOAT))
                return row;
    return NULL;
}

enum gd_status gd_rows_parse(const struct gd_scope *scope, const struct gd_param *rows, const char *also,
                             const struct gd_node *node, struct gd_place place, void *values)
{
    enum gd_status status = GD_OK;
    if (node && gd_node_empty(node))
        node = NULL;
    if (node && node->kind != GD_NODE_MAP) {
        const struct gd_param map = {.type = GD_GROUP, .rows = rows},
                              *zero = gd_node_off(node) ? find_switch(rows) : NULL;
        if (zero)
            return gd_mismatch(scope, &map, node->place, "is switched off by {%s: 0}", zero->name);
        return gd_mismatch(scope, &map, node->place, "is %s", gd_node_kind_name(node));
    }
    if (node)
        status = check_keys(scope, rows, also, node);
    if (status != GD_NO_MEMORY)
        gd_status_combine(&status, gd_rows_read(scope, rows, node, place, values));
    return status;
}

enum gd_status gd_params_parse(const struct gd_param *rows, const struct gd_registry *registry,
                               const struct gd_node *node, struct gd_place place, void *values, struct gd_arena *arena,
                               struct gd_problems *problems)
{
    const struct gd_scope scope = {
        .key = node ? node->key : NULL, .registry = registry, .arena = arena, .problems = problems};
    return gd_rows_parse(&scope, rows, NULL, node, place, values);
}

struct gd_place gd_params_place(const struct gd_node *node, const char *path, struct gd_place otherwise)
{
    struct gd_place place = otherwise;
    while (node && node->kind == GD_NODE_MAP && *path) {
        size_t length = strcspn(path, ".");
        const struct gd_node *child = node->children;
        while (child && (strncmp(child->key, path, length) != 0 || child->key[length]))
            child = child->next;
        if (child)
            place = child->place;
        node = child;
        path += length + (path[length] == '.');
    }
    return place;
}

enum gd_status gd_choice_parse(const struct gd_scope *scope, const char *kind, const struct gd_node *node,
                               struct gd_choice *choice)
{
    struct gd_written_params written;
    enum gd_status status = gd_choice_find(scope, kind, node, choice, &written);
    if (status || !choice->component)
        return status;
    const struct gd_scope inner = gd_scope_in(scope, written.key);
    return gd_rows_parse(&inner, choice->component->params, written.tag, written.node, written.place, choice->params);
}

enum gd_status gd_component_parse(const char *kind, const struct gd_registry *registry, const struct gd_node *node,
                                  struct gd_choice *choice, struct gd_arena *arena, struct gd_problems *problems)
{
    const struct gd_scope scope = {
        .key = node->key ? node->key : kind, .registry = registry, .arena = arena, .problems = problems};
    return gd_choice_parse(&scope, kind, node, choice);
}
