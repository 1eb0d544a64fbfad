/* Plugins that must be refused: GD_WRONG says what is wrong with this one. */
#include <godiff/stage.h>

enum { ABI = 1, NAME, SILENT, TAKEN, ROWS, SLOT, KIND, EMPTY, CALLBACKS, OLD, UNTIL };

static enum gd_status run(struct gd_context *context, void *self)
{
    (void)context, (void)self;
    return GD_OK;
}

static const struct gd_param rows[] = {
    {.name = "size", .type = GD_INT, .initial = "12", .min = 1, .max = 10, .help = "Above its own range."},
    {0},
};

static const struct gd_stage stage = {
    .name = GD_WRONG == TAKEN ? "train" : "wrong",
    .summary = "Is never added.",
    .params = GD_WRONG == ROWS ? rows : NULL,
    .size = sizeof(int64_t),
    .writes = GD_WRONG == SLOT ? (const char *const[]){"drawer", NULL} : NULL,
    .run = run,
};

static const struct gd_potential_class hollow = {.base = {.name = "hollow", .summary = "Has no callbacks."}};

static bool met(const void *params, const struct gd_state *state)
{
    (void)params, (void)state;
    return true;
}

static const struct gd_until misspelt = {
    .base = {.name = "misspelt", .summary = "Reads a slot that there is not."},
    .met = met,
    .reads = (const char *const[]){"archive", "drawer", NULL},
};

static enum gd_status extend(struct gd_registry *registry, struct gd_error *error)
{
    if (GD_WRONG == SILENT)
        return GD_FAILED;
    if (GD_WRONG == KIND || GD_WRONG == CALLBACKS)
        return gd_registry_add_component(registry, GD_WRONG == KIND ? "flavour" : "potential", &hollow.base, error);
    if (GD_WRONG == UNTIL)
        return gd_registry_add_component(registry, "until", &misspelt.base, error);
    return gd_registry_add_stage(registry, &stage, error);
}

const struct gd_plugin godiff_plugin = {
    .abi = GD_PLUGIN_ABI + (GD_WRONG == ABI ? 1 : 0) - (GD_WRONG == OLD ? 1 : 0),
    .name = GD_WRONG == NAME ? NULL : "wrong",
    .version = "1.0",
    .extend = GD_WRONG == EMPTY ? NULL : extend,
};
