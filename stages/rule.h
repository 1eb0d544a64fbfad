/* Reweighting rules: how much each evaluated structure counts. Components of kind "rule". */
#ifndef GD_STAGES_RULE_H
#define GD_STAGES_RULE_H

#include "atoms/structure.h"
#include "engine/language/registry.h"

struct gd_rule_class {
    struct gd_component base;
    bool untempered;  /* it does not look at the temperature */
    bool conditional; /* it is meant for models that are told the energy */
    const char *lack; /* why no structure may have a weight, for messages; NULL: nothing special */
    /* Of structures whose energies, in eV, are not finite where they are not known. temperature > 0, in eV; not a
     * number for a rule that does not look at it. log_weights [set->count], up to a common constant; -inf: never
     * chosen. */
    void (*log_weights)(const void *params, const struct gd_set *set, double temperature, double *log_weights);
};

extern const struct gd_rule_class *const gd_rules[]; /* NULL-ended */
extern const struct gd_rule_class gd_rule_paths;

#endif
