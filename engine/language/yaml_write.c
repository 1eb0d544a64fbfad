/* The YAML writer: the tree through libyaml's emitter. What holds only values is written on one line. */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "engine/language/tree.h"

#define WIDTH 120

static bool write_node(yaml_emitter_t *emitter, const struct gd_node *node);

static int add_text(void *data, unsigned char *bytes, size_t length)
{
    struct gd_text *text = data;
    gd_text_add(text, (const char *)bytes, length);
    return !text->failed;
}

static bool write_scalar(yaml_emitter_t *emitter, const char *text, yaml_scalar_style_t style)
{
    yaml_event_t event;
    return yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text, (int)strlen(text), 1, 1,
                                        style) &&
           yaml_emitter_emit(emitter, &event);
}

/* Whether nothing below is a map, and lists hold scalars only. */
static bool is_short(const struct gd_node *node)
{
    for (const struct gd_node *child = node->children; child; child = child->next) {
        if (child->kind == GD_NODE_MAP || (child->kind == GD_NODE_LIST && node->kind == GD_NODE_LIST))
            return false;
        if (child->kind == GD_NODE_LIST && !is_short(child))
            return false;
    }
    return true;
}

static bool write_list(yaml_emitter_t *emitter, const struct gd_node *node)
{
    yaml_event_t event;
    yaml_sequence_style_t style = is_short(node) ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE;
    bool fine =
        yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style) && yaml_emitter_emit(emitter, &event);
    for (const struct gd_node *child = node->children; fine && child; child = child->next)
        fine = write_node(emitter, child);
    return fine && yaml_sequence_end_event_initialize(&event) && yaml_emitter_emit(emitter, &event);
}

static bool write_map(yaml_emitter_t *emitter, const struct gd_node *node)
{
    yaml_event_t event;
    yaml_mapping_style_t style = is_short(node) ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE;
    bool fine = yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style) && yaml_emitter_emit(emitter, &event);
    for (const struct gd_node *child = node->children; fine && child; child = child->next)
        fine = write_scalar(emitter, child->key, YAML_PLAIN_SCALAR_STYLE) && write_node(emitter, child);
    return fine && yaml_mapping_end_event_initialize(&event) && yaml_emitter_emit(emitter, &event);
}

/* The emitter puts a plain text that cannot be plain into single quotes. Read back, it must keep them, so that a text
 * which was written here is written again as it is. */
static yaml_scalar_style_t choose_style(const struct gd_node *node)
{
    if (!node->quoted)
        return YAML_PLAIN_SCALAR_STYLE;
    return node->single ? YAML_SINGLE_QUOTED_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
}

static bool write_node(yaml_emitter_t *emitter, const struct gd_node *node)
{
    if (node->kind == GD_NODE_LIST)
        return write_list(emitter, node);
    if (node->kind == GD_NODE_MAP)
        return write_map(emitter, node);
    return write_scalar(emitter, node->text, choose_style(node));
}

static bool write_stream(yaml_emitter_t *emitter, const struct gd_node *root)
{
    yaml_event_t event;
    return yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) && yaml_emitter_emit(emitter, &event) &&
           yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1) && yaml_emitter_emit(emitter, &event) &&
           write_node(emitter, root) && yaml_document_end_event_initialize(&event, 1) &&
           yaml_emitter_emit(emitter, &event) && yaml_stream_end_event_initialize(&event) &&
           yaml_emitter_emit(emitter, &event);
}

char *gd_tree_write_yaml(const struct gd_node *root)
{
    yaml_emitter_t emitter;
    struct gd_text text = {0};
    if (!yaml_emitter_initialize(&emitter))
        return NULL;
    yaml_emitter_set_output(&emitter, add_text, &text);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, WIDTH);
    if (!write_stream(&emitter, root))
        text.failed = true;
    yaml_emitter_delete(&emitter);
    return gd_text_take(&text);
}
