/* The hyperparameters of the network `mlp`. */
#ifndef GD_MODEL_MLP_H
#define GD_MODEL_MLP_H

#include "model/network_class.h"

struct gd_mlp_params {
    int64_t features, blocks, waves;
    double shortest, longest; /* Å */
    uint64_t heads;
};

extern const struct gd_network_class gd_network_mlp;

#endif
