/* godiff schema: the pipeline language as a JSON Schema, for editors. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "engine/language/schema.h"

struct values {
    struct gd_list plugins;
};

static const struct gd_option options[] = {GD_PLUGIN_OPTION(offsetof(struct values, plugins)), {0}};

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    char *text = registry ? gd_pipeline_schema(registry) : NULL;
    enum gd_status status = error->status;
    if (registry && !text)
        status = gd_no_memory(error, "the schema");
    if (text)
        puts(text);
    free(text);
    gd_registry_free(registry);
    return status;
}

const struct gd_command gd_command_schema = {
    .name = "schema",
    .summary = "print a JSON Schema of the pipeline language, for editors",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
