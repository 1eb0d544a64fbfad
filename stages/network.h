/* The network kinds of the section `model`: components of kind "network". */
#ifndef GD_STAGES_NETWORK_H
#define GD_STAGES_NETWORK_H

#include "engine/registry.h"
#include "model/model.h"

struct gd_network_class {
    struct gd_component base;
    /* The sizes that the parameters ask for. */
    void (*shape)(const void *params, struct gd_network_shape *shape);
};

extern const struct gd_network_class *const gd_networks[]; /* NULL-ended */

#endif
