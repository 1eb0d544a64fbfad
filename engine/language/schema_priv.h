/* The parts of a JSON Schema. After a failed allocation all that follows does nothing. */
#ifndef GD_ENGINE_SCHEMA_PRIV_H
#define GD_ENGINE_SCHEMA_PRIV_H

#include <cjson/cJSON.h>

#include "engine/language/registry.h"

/* A schema in the making. */
struct schema {
    const struct gd_registry *registry;
    bool failed;
};

/* Definitions of kinds have names that no others have: they begin with this. */
extern const char gd_schema_kind[];

/* Adds `item`, which may be NULL for want of memory, and returns it, or NULL. */
cJSON *gd_schema_add(struct schema *schema, cJSON *object, const char *key, cJSON *item);
cJSON *gd_schema_append(struct schema *schema, cJSON *list, cJSON *item);

cJSON *gd_schema_object(struct schema *schema, cJSON *object, const char *key);
cJSON *gd_schema_list(struct schema *schema, cJSON *object, const char *key);
void gd_schema_text(struct schema *schema, cJSON *object, const char *key, const char *text);
void gd_schema_number(struct schema *schema, cJSON *object, const char *key, double number);

/* NULL-ended strings as a list under `key`. */
void gd_schema_words(struct schema *schema, cJSON *object, const char *key, const char *const *words);

/* A reference to what is defined once: steps, step, or the kind of components of this name. */
void gd_schema_reference(struct schema *schema, cJSON *object, const char *prefix, const char *name);

/* No keys but those that are named. */
void gd_schema_forbid_others(struct schema *schema, cJSON *object);

/* In quotes or not, text is text. */
void gd_schema_describe_text(struct schema *schema, cJSON *object);

/* A map without keys as yet. `empty`: nothing at all may stand in its place. */
/* The place for the description of a value that can also be switched off: by null and, with `words`, by gd_off_words.
 */
cJSON *gd_schema_optional(struct schema *schema, cJSON *object, bool words);

void gd_schema_describe_map(struct schema *schema, cJSON *object, bool empty);

/* A map of these parameters; and the parameters as properties of a map, besides those that are there. */
void gd_schema_describe_rows(struct schema *schema, cJSON *object, const struct gd_param *rows);
void gd_schema_add_rows(struct schema *schema, cJSON *map, const struct gd_param *rows);

/* Whether any of the rows has to be given. */
bool gd_rows_required(const struct gd_param *rows);

#endif
