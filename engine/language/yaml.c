/* The YAML reader: libyaml's events made into the tree, one function per kind of node.
 *
 * A pipeline is plain data, so what lets YAML mean more than it shows (anchors, aliases, tags, merge keys, repeated
 * keys, further documents) is a problem with its place. Reading continues after these; it stops at broken syntax and at
 * the limits. */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "engine/base/files.h"
#include "engine/language/tree.h"

#define MAX_DEPTH 64
#define MAX_KEYS  1000
#define MAX_NODES 1000000
#define MAX_BYTES ((size_t)16 << 20)
#define MAX_TAGS  16 /* %TAG lines, for which libyaml takes time that grows with their square */

struct reader {
    yaml_parser_t parser;
    struct gd_tree *tree;
    struct gd_problems *problems;
    const char *text, *end; /* what is read */
    bool bare;              /* one value, not a file: places without lines */
    bool aliased;           /* anchors and aliases have been reported */
    size_t nodes;
};

static enum gd_status read_next(struct reader *reader, int depth, struct gd_node **node);

static struct gd_place place_of(const struct reader *reader, yaml_mark_t mark)
{
    if (reader->bare)
        return (struct gd_place){.file = reader->tree->file};
    return (struct gd_place){reader->tree->file, (int)mark.line + 1, (int)mark.column + 1};
}

/* The mark of a byte offset; columns count characters, as libyaml's do. */
static yaml_mark_t mark_at(const char *text, size_t offset)
{
    yaml_mark_t mark = {.index = offset};
    for (size_t k = 0; k < offset; k++) {
        if (text[k] == '\n') {
            mark.line++;
            mark.column = 0;
        } else if (((unsigned char)text[k] & 0xC0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

/* The byte of the character with this number. */
static const char *character_at(const struct reader *reader, size_t index)
{
    const char *at = reader->text;
    while (at < reader->end && (((unsigned char)*at & 0xC0) == 0x80 || index-- > 0))
        at++;
    return at;
}

/* Whether a tab is what cannot be understood here: at the mark, or in the indentation of its line. */
static bool indented_by_tab(const struct reader *reader, yaml_mark_t mark)
{
    const char *at = character_at(reader, mark.index), *line = at;
    if (at < reader->end && *at == '\t')
        return true;
    while (line > reader->text && line[-1] != '\n' && line[-1] != '\r')
        line--;
    while (line < at && *line == ' ')
        line++;
    return line < at && *line == '\t';
}

/* Reports what libyaml could not read. Some of its allocations fail without naming an error. */
static enum gd_status syntax_problem(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR || !parser->problem)
        return GD_NO_MEMORY;
    if (parser->error == YAML_READER_ERROR)
        gd_problem_add(reader->problems, place_of(reader, mark_at(reader->text, parser->problem_offset)),
                       "not valid UTF-8 text: %s", parser->problem);
    else if (indented_by_tab(reader, parser->problem_mark))
        gd_problem_add(reader->problems, place_of(reader, parser->problem_mark),
                       "not valid YAML: tabs are not allowed in the indentation");
    else if (parser->context && !reader->bare)
        gd_problem_add(reader->problems, place_of(reader, parser->problem_mark), "not valid YAML: %s %s (line %zu)",
                       parser->problem, parser->context, parser->context_mark.line + 1);
    else
        gd_problem_add(reader->problems, place_of(reader, parser->problem_mark), "not valid YAML: %s", parser->problem);
    return GD_BAD_INPUT;
}

/* The next event; delete it with yaml_event_delete. */
static enum gd_status next_event(struct reader *reader, yaml_event_t *event)
{
    return yaml_parser_parse(&reader->parser, event) ? GD_OK : syntax_problem(reader);
}

/* Reports what a node may not carry: an anchor, a tag. */
static void check_plain(struct reader *reader, const yaml_event_t *event, const yaml_char_t *anchor, bool tagged)
{
    if (anchor && !reader->aliased) {
        reader->aliased = true;
        gd_problem_add(reader->problems, place_of(reader, event->start_mark),
                       "anchors (&) and aliases (*) are not supported: repeat the value");
    }
    if (tagged)
        gd_problem_add(reader->problems, place_of(reader, event->start_mark), "tags (!) are not supported");
}

static enum gd_status read_scalar(struct reader *reader, const yaml_event_t *event, struct gd_node *node)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    check_plain(reader, event, event->data.scalar.anchor, event->data.scalar.tag);
    if (strlen(text) != length)
        gd_problem_add(reader->problems, place_of(reader, event->start_mark), "NUL characters are not allowed");
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->single = event->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE;
    node->text = gd_arena_string(&reader->tree->arena, text, length);
    return node->text ? GD_OK : GD_NO_MEMORY;
}

static enum gd_status read_list(struct reader *reader, const yaml_event_t *event, int depth, struct gd_node *list)
{
    check_plain(reader, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
    for (;;) {
        struct gd_node *item;
        enum gd_status status = read_next(reader, depth + 1, &item);
        if (status || !item)
            return status;
        gd_node_append(list, item, NULL, (struct gd_place){0});
    }
}

/* Whether a value can be stored under `key` in `map`; reports why not. */
static bool check_key(struct reader *reader, const struct gd_node *map, const struct gd_node *key)
{
    const struct gd_node *earlier = key->kind == GD_NODE_SCALAR ? gd_node_get(map, key->text) : NULL;
    if (key->kind != GD_NODE_SCALAR)
        gd_problem_add(reader->problems, key->place, "%s cannot be a key: keys are plain names",
                       gd_node_kind_name(key));
    else if (gd_node_empty(key))
        gd_problem_add(reader->problems, key->place, "missing key before the colon");
    else if (!strcmp(key->text, "<<"))
        gd_problem_add(reader->problems, key->place, "merge keys (<<) are not supported: repeat the keys");
    else if (earlier && reader->bare)
        gd_problem_add(reader->problems, key->place, "key \"%s\" appears twice", key->text);
    else if (earlier)
        gd_problem_add(reader->problems, key->place, "key \"%s\" appears twice (first in line %d)", key->text,
                       earlier->key_place.line);
    else
        return true;
    return false;
}

static enum gd_status read_map(struct reader *reader, const yaml_event_t *event, int depth, struct gd_node *map)
{
    check_plain(reader, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
    for (;;) {
        struct gd_node *key, *value;
        enum gd_status status = read_next(reader, depth + 1, &key);
        if (status || !key)
            return status;
        status = read_next(reader, depth + 1, &value);
        if (status)
            return status;
        if (map->count == MAX_KEYS) {
            gd_problem_add(reader->problems, key->place, "more than %d keys in one map", MAX_KEYS);
            return GD_BAD_INPUT;
        }
        if (check_key(reader, map, key))
            gd_node_append(map, value, key->text, key->place);
    }
}

/* Refuses what would be too deep or too much. */
static enum gd_status check_limits(struct reader *reader, const yaml_event_t *event, int depth)
{
    if (depth > MAX_DEPTH && event->type != YAML_SCALAR_EVENT)
        gd_problem_add(reader->problems, place_of(reader, event->start_mark), "nested deeper than %d levels",
                       MAX_DEPTH);
    else if (++reader->nodes > MAX_NODES)
        gd_problem_add(reader->problems, place_of(reader, event->start_mark), "more than %d values", MAX_NODES);
    else
        return GD_OK;
    return GD_BAD_INPUT;
}

/* The node that starts with `event`; NULL when the event ends the list or map around it. */
static enum gd_status read_node(struct reader *reader, const yaml_event_t *event, int depth, struct gd_node **node)
{
    static const enum gd_node_kind kinds[] = {
        [YAML_SEQUENCE_START_EVENT] = GD_NODE_LIST,
        [YAML_MAPPING_START_EVENT] = GD_NODE_MAP,
        [YAML_SCALAR_EVENT] = GD_NODE_SCALAR,
        [YAML_ALIAS_EVENT] = GD_NODE_SCALAR,
    };
    *node = NULL;
    if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT)
        return GD_OK;
    enum gd_status status = check_limits(reader, event, depth);
    if (status)
        return status;
    *node = gd_node_new(reader->tree, kinds[event->type], place_of(reader, event->start_mark));
    if (!*node)
        return GD_NO_MEMORY;
    switch (event->type) {
    case YAML_SEQUENCE_START_EVENT:
        return read_list(reader, event, depth, *node);
    case YAML_MAPPING_START_EVENT:
        return read_map(reader, event, depth, *node);
    case YAML_SCALAR_EVENT:
        return read_scalar(reader, event, *node);
    default:
        check_plain(reader, event, event->data.alias.anchor, false);
        return GD_OK;
    }
}

static enum gd_status read_next(struct reader *reader, int depth, struct gd_node **node)
{
    yaml_event_t event;
    enum gd_status status = next_event(reader, &event);
    if (status)
        return status;
    status = read_node(reader, &event, depth, node);
    yaml_event_delete(&event);
    return status;
}

/* Passes over one event; its type and place go to `type` and `place`. */
static enum gd_status skip_event(struct reader *reader, yaml_event_type_t *type, struct gd_place *place)
{
    yaml_event_t event;
    enum gd_status status = next_event(reader, &event);
    if (status)
        return status;
    *type = event.type;
    *place = place_of(reader, event.start_mark);
    yaml_event_delete(&event);
    return GD_OK;
}

/* The stream: its start, the start of its only document, the root, and both ends. */
static enum gd_status read_stream(struct reader *reader, struct gd_node **root)
{
    yaml_event_type_t type = YAML_NO_EVENT;
    struct gd_place place;
    enum gd_status status = skip_event(reader, &type, &place);
    if (!status)
        status = skip_event(reader, &type, &place);
    if (!status && type == YAML_STREAM_END_EVENT) {
        gd_problem_add(reader->problems, place, "%s",
                       reader->bare ? "empty value"
                                    : "there is nothing in this file: a pipeline begins with `godiff: 1`, and a sweep "
                                      "file with `sweep:`");
        return GD_BAD_INPUT;
    }
    if (!status)
        status = read_next(reader, 1, root);
    for (int k = 0; k < 2 && !status; k++)
        status = skip_event(reader, &type, &place);
    if (!status && type != YAML_STREAM_END_EVENT)
        gd_problem_add(reader->problems, place, "a pipeline is a single YAML document");
    return status;
}

/* The first %TAG beyond those that are borne with, wherever it stands; or NULL. */
static const char *further_tag(const struct reader *reader)
{
    static const char word[] = "%TAG";
    int count = 0;
    for (const char *at = reader->text; (at = memchr(at, *word, (size_t)(reader->end - at))); at++)
        if ((size_t)(reader->end - at) >= sizeof word - 1 && !memcmp(at, word, sizeof word - 1) && ++count > MAX_TAGS)
            return at;
    return NULL;
}

static enum gd_status parse(struct gd_tree *tree, const char *file, const char *text, size_t length, bool bare,
                            struct gd_problems *problems)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    if (length >= 3 && !memcmp(text, byte_order_mark, 3)) {
        text += 3;
        length -= 3;
    }
    struct reader reader = {.tree = tree, .problems = problems, .text = text, .end = text + length, .bare = bare};
    size_t before = problems->count;
    tree->root = NULL;
    tree->file = gd_arena_string(&tree->arena, file, strlen(file));
    if (!tree->file)
        return GD_NO_MEMORY;
    if (length > MAX_BYTES) {
        gd_problem_add(problems, (struct gd_place){.file = file}, "larger than %zu MiB", MAX_BYTES >> 20);
        return problems->overflow ? GD_NO_MEMORY : GD_BAD_INPUT;
    }
    const char *tag = further_tag(&reader);
    if (tag) {
        gd_problem_add(problems, place_of(&reader, mark_at(text, (size_t)(tag - text))),
                       "more than %d %%TAG directives: tags are not supported", MAX_TAGS);
        return problems->overflow ? GD_NO_MEMORY : GD_BAD_INPUT;
    }
    if (!yaml_parser_initialize(&reader.parser))
        return GD_NO_MEMORY;
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
    struct gd_node *root = NULL;
    enum gd_status status = read_stream(&reader, &root);
    yaml_parser_delete(&reader.parser);
    if (problems->overflow)
        return GD_NO_MEMORY;
    if (!status && problems->count > before)
        status = GD_BAD_INPUT;
    if (!status)
        tree->root = root;
    return status;
}

enum gd_status gd_tree_parse_yaml(struct gd_tree *tree, const char *file, const char *text, size_t length,
                                  struct gd_problems *problems)
{
    return parse(tree, file, text, length, false, problems);
}

enum gd_status gd_tree_parse_value(struct gd_tree *tree, const char *origin, const char *text,
                                   struct gd_problems *problems)
{
    return parse(tree, origin, text, strlen(text), true, problems);
}

enum gd_status gd_tree_read_yaml(struct gd_tree *tree, const char *file, struct gd_problems *problems)
{
    char *text = NULL;
    size_t length = 0;
    struct gd_error why = {0};
    enum gd_status status = gd_file_load(file, MAX_BYTES, &text, &length, &why);
    if (status == GD_BAD_INPUT)
        gd_problem_add(problems, (struct gd_place){.file = file}, "cannot be read: %s", why.text);
    if (!status)
        status = gd_tree_parse_yaml(tree, file, text, length, problems);
    free(text);
    return problems->overflow ? GD_NO_MEMORY : status;
}
