/* The YAML reader, and all that makes a pipeline of what it has read: ids, parameters, components. What is accepted
 * must be written, and read again as the same. The static check is left out: it opens the files that a pipeline names.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/language/pipeline.h"
#include "fuzz/fuzz.h"
#include "stages/stages.h"

/* The pipeline in `text` as it would be written; NULL when it is refused, which takes a problem. */
static char *read_and_write(const struct gd_registry *registry, const char *text, size_t length)
{
    struct gd_tree tree = {0};
    struct gd_pipeline pipeline = {0};
    struct gd_problems problems = {0};
    char *written = NULL, *graph = NULL;
    enum gd_status status = gd_tree_parse_yaml(&tree, "fuzz.yaml", text, length, &problems);
    if (!status)
        status = gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems);
    if (!status) {
        written = gd_pipeline_yaml(&pipeline);
        graph = gd_pipeline_dot(&pipeline);
    }
    if ((status == GD_OK) != (written && graph) || (status != GD_OK) != gd_problems_any(&problems))
        abort();
    free(graph);
    gd_tree_clear(&tree);
    gd_pipeline_clear(&pipeline);
    gd_problems_clear(&problems);
    return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gd_registry *registry = gd_registry_new();
    if (!registry || gd_stages_register(registry, NULL) != GD_OK)
        abort();
    char *written = read_and_write(registry, (const char *)data, size);
    char *again = written ? read_and_write(registry, written, strlen(written)) : NULL;
    if (written && (!again || strcmp(written, again) != 0))
        abort();
    free(again);
    free(written);
    gd_registry_free(registry);
    return 0;
}
