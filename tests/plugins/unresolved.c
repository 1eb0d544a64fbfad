/* A plugin that needs a function that does not exist. */
#include <godiff/stage.h>

enum gd_status gd_of_another_version(struct gd_registry *registry, struct gd_error *error);

const struct gd_plugin godiff_plugin = {GD_PLUGIN_ABI, "unresolved", "1.0", gd_of_another_version};
