/* Nodes as JSON. */
#include <string.h>

#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "engine/language/tree.h"

static cJSON *scalar_json(const struct gd_node *node)
{
    double number;
    if (gd_node_empty(node))
        return cJSON_CreateNull();
    if (!node->quoted && gd_parse_float(node->text, &number))
        return cJSON_CreateNumber(number);
    if (!node->quoted && (!strcmp(node->text, "true") || !strcmp(node->text, "false")))
        return cJSON_CreateBool(node->text[0] == 't');
    return cJSON_CreateString(node->text);
}

/* NULL when out of memory. */
static cJSON *to_json(const struct gd_node *node)
{
    if (node->kind != GD_NODE_LIST && node->kind != GD_NODE_MAP)
        return scalar_json(node);
    cJSON *json = node->kind == GD_NODE_MAP ? cJSON_CreateObject() : cJSON_CreateArray();
    for (const struct gd_node *child = node->children; child && json; child = child->next) {
        cJSON *item = to_json(child);
        if (item && (child->key ? cJSON_AddItemToObject(json, child->key, item) : cJSON_AddItemToArray(json, item)))
            continue;
        cJSON_Delete(item);
        cJSON_Delete(json);
        json = NULL;
    }
    return json;
}

char *gd_node_json(const struct gd_node *node)
{
    cJSON *json = to_json(node);
    char *text = json ? gd_json_write(json, false) : NULL;
    cJSON_Delete(json);
    return text;
}
