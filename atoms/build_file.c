#include "atoms/build_priv.h"
#include "atoms/structure_file.h"

struct params {
    const char *file;
    int64_t frame;
};

static const struct gd_param rows[] = {
    {
        .name = "file",
        .type = GD_PATH,
        .accepts = gd_path_readable,
        .offset = offsetof(struct params, file),
        .help = "Structure to read, extended XYZ or POSCAR.",
    },
    GD_FRAME_ROW(offsetof(struct params, frame)),
    {0},
};

static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct params *params = values;
    enum gd_status status = gd_structure_read(params->file, params->frame, structure, NULL, error);
    return status && error && !*error->key ? gd_error_set_key(status, error, "file") : status;
}

static void check(const void *values, struct gd_check *check, const char *key)
{
    const struct params *params = values;
    gd_frame_check(check, key, params->file, params->frame);
}

const struct gd_template_class gd_template_file = {
    .base = {"file", "Atoms and cell from a file.", rows, sizeof(struct params)},
    .build = build,
    .check = check,
};
