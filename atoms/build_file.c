#include "atoms/build_priv.h"
#include "atoms/extxyz.h"

struct params {
    const char *file;
};

static const struct gd_param rows[] = {
    {
        .name = "file",
        .type = GD_PATH,
        .accepts = gd_path_readable,
        .offset = offsetof(struct params, file),
        .help = "Structure to read, extended XYZ (its first frame) or POSCAR.",
    },
    {0},
};

static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct params *params = values;
    return gd_blame(gd_structure_read(params->file, structure, error), error, "file");
}

const struct gd_template_class gd_template_file = {
    .base = {"file", "The atoms and cell of a file.", rows, sizeof(struct params)},
    .build = build,
};
