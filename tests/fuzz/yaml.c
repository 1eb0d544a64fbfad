/* The YAML reader, and all that makes a pipeline of what it has read: parameters, components, the static check is left
 * out because it opens the files that a pipeline names. */
#include "engine/pipeline.h"
#include "fuzz/fuzz.h"
#include "stages/stages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gd_registry *registry = gd_registry_new();
    struct gd_tree tree = {0};
    struct gd_pipeline pipeline = {0};
    struct gd_problems problems = {0};
    if (registry && gd_stages_register(registry, NULL) == GD_OK) {
        if (gd_tree_parse_yaml(&tree, "fuzz.yaml", (const char *)data, size, &problems) == GD_OK)
            gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems);
        else
            gd_tree_clear(&tree);
    }
    gd_pipeline_clear(&pipeline);
    gd_problems_clear(&problems);
    gd_registry_free(registry);
    return 0;
}
