/* Reweighting rules: how much each evaluated structure counts. Components of kind "rule". */
#ifndef GD_STAGES_RULE_H
#define GD_STAGES_RULE_H

#include "engine/language/registry.h"

struct gd_rule_class {
    struct gd_component base;
    bool untempered;  /* it does not look at the temperature */
    bool conditional; /* it is meant for models that are told the energy */
    /* temperature: not a number for a rule that does not look at it. log_weights [count], up to a common constant;
     * -inf: never chosen. Energies [count] in eV, not finite where they are not known; temperature > 0, in eV. */
    void (*log_weights)(const void *params, const double *energies, size_t count, double temperature,
                        double *log_weights);
};

extern const struct gd_rule_class *const gd_rules[]; /* NULL-ended */

#endif
