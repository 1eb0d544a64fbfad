/* A plugin that adds nothing and needs no library. */
#include <godiff/stage.h>

static enum gd_status extend(struct gd_registry *registry, struct gd_error *error)
{
    (void)registry, (void)error;
    return GD_OK;
}

const struct gd_plugin godiff_plugin = {GD_PLUGIN_ABI, "bare", "1.0", extend};
