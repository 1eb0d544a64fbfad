/* What a network is trained to predict, from which its score follows: -ε, as networks of this program are, or what
 * those of others are. A model file says which in its attribute `output`. */
#ifndef GD_MODEL_PREDICTION_H
#define GD_MODEL_PREDICTION_H

#include <stdbool.h>

#include "engine/base/error.h"

struct gd_prediction {
    const char *name; /* the value of the attribute */
    const char *summary;
    double sign;
    bool over_spread; /* score = sign · output / s(t), with s(t) the spread of the noise; otherwise sign · output */
};

extern const struct gd_prediction gd_predictions[]; /* ended by a row without a name; the first is that of new models */

/* The prediction of a name stored in a model file; NULL, with GD_BAD_INPUT and the known names in `error`, when there
 * is none. */
const struct gd_prediction *gd_prediction_named(const char *name, struct gd_error *error);

/* The score, in 1/Å, that an output is where the spread is `spread` Å. */
double gd_prediction_score(const struct gd_prediction *prediction, double spread, double output);

/* What an output has to be multiplied by to become comparable with -ε, where the spread is `spread` Å. */
double gd_prediction_scale(const struct gd_prediction *prediction, double spread);

#endif
