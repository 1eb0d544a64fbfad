/* Network `painn`: the polarisable atom interaction network of Schütt, Unke and Gastegger (ICML 2021). */
#include "stages/network.h"

struct painn {
    int64_t features, blocks, radial;
    double cutoff;
};

static const struct gd_param rows[] = {
    {.name = "features",
     .type = GD_INT,
     .offset = offsetof(struct painn, features),
     .initial = "64",
     .min = 8,
     .max = 1024,
     .help = "width of the scalars and vectors of an atom"},
    {.name = "blocks",
     .type = GD_INT,
     .offset = offsetof(struct painn, blocks),
     .initial = "4",
     .min = 1,
     .max = 32,
     .help = "rounds of message passing"},
    {.name = "radial",
     .type = GD_INT,
     .offset = offsetof(struct painn, radial),
     .initial = "30",
     .min = 2,
     .max = 512,
     .help = "Gaussians that a distance is expanded in"},
    {.name = "cutoff",
     .type = GD_FLOAT,
     .offset = offsetof(struct painn, cutoff),
     .initial = "6.0",
     .min = 0.5,
     .max = 50,
     .unit = "Å",
     .help = "atoms farther apart do not see each other"},
    {0},
};

static void shape(const void *params, struct gd_network_shape *shape)
{
    const struct painn *painn = params;
    *shape = (struct gd_network_shape){(int)painn->features, (int)painn->blocks, (int)painn->radial, painn->cutoff};
}

const struct gd_network_class gd_network_painn = {
    .base = {.name = "painn",
             .summary = "Polarisable atom interaction network with a time-conditioned vector head.",
             .params = rows,
             .size = sizeof(struct painn)},
    .shape = shape,
};
