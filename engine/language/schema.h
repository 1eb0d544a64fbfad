/* The pipeline language as a JSON Schema (draft 2020-12), from the rows that parsing uses. */
#ifndef GD_ENGINE_SCHEMA_H
#define GD_ENGINE_SCHEMA_H

struct gd_registry;

/* The schema of what a registry has, as text to be freed with free(); NULL when out of memory. */
char *gd_pipeline_schema(const struct gd_registry *registry);

#endif
