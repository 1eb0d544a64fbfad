/* The tables of every folder, put into a registry. */
#include "atoms/build.h"
#include "atoms/region.h"
#include "engine/language/pipeline.h"
#include "model/network_class.h"
#include "model/process.h"
#include "model/sampler.h"
#include "potentials/optimiser.h"
#include "potentials/potential.h"
#include "stages/acceptance.h"
#include "stages/criterion.h"
#include "stages/crossover.h"
#include "stages/curve.h"
#include "stages/fingerprint.h"
#include "stages/move.h"
#include "stages/rule.h"
#include "stages/selection.h"
#include "stages/slots.h"
#include "stages/stages.h"
#include "stages/stop.h"
#include "stages/target.h"

extern const struct gd_stage *const gd_stages[];
extern const struct gd_until *const gd_untils[];
extern const struct gd_potential_class *const gd_learned_potentials[]; /* those that need a network */

static const struct gd_kind kind_target = {
    .name = "target",
    .summary = "what counts as a hit",
    .form = GD_LEADING,
    .function = "structure, state",
    .callbacks = (const size_t[]){offsetof(struct gd_target_class, create), offsetof(struct gd_target_class, hit), 0},
};
static const struct gd_kind kind_until = {
    .name = "until",
    .summary = "conditions that end a loop early",
    .form = GD_WRAPPED,
    .function = "state",
    .callbacks = (const size_t[]){offsetof(struct gd_until, met), 0},
    .slots = offsetof(struct gd_until, reads),
};

static const struct gd_kind kind_rule = {
    .name = "rule",
    .summary = "weight of each evaluated structure",
    .form = GD_WRAPPED,
    .function = "structure, state",
    .callbacks = (const size_t[]){offsetof(struct gd_rule_class, log_weights), 0},
};
static const struct gd_kind kind_acceptance = {
    .name = "acceptance",
    .summary = "which valid structures join the archive",
    .form = GD_WRAPPED,
    .function = "structure, state",
    .callbacks = (const size_t[]){offsetof(struct gd_acceptance_class, accepts), 0},
};

static const struct gd_kind kind_stop = {
    .name = "stop",
    .summary = "what ends training before all steps are done",
    .form = GD_WRAPPED,
    .callbacks = (const size_t[]){offsetof(struct gd_stop_class, done), 0},
};

static const struct gd_kind kind_move = {
    .name = "move",
    .summary = "how a structure is changed into a proposal",
    .form = GD_WRAPPED,
    .callbacks = (const size_t[]){offsetof(struct gd_move_class, move), 0},
};

static const struct gd_kind kind_criterion = {
    .name = "criterion",
    .summary = "which proposals become the population",
    .form = GD_WRAPPED,
};

/* A kind and its components: NULL-ended tables of pointers to descriptors that begin with a struct gd_component. */
struct kind_table {
    const struct gd_kind *kind;
    const void *table, *more; /* NULL: no more */
};

static enum gd_status add_family(struct gd_registry *registry, const struct kind_table *kind_table,
                                 struct gd_error *error)
{
    const void *const tables[] = {kind_table->table, kind_table->more};
    enum gd_status status = gd_registry_add_kind(registry, kind_table->kind, error);
    for (int k = 0; k < 2; k++)
        for (const struct gd_component *const *rows = tables[k]; !status && rows && *rows; rows++)
            status = gd_registry_add_component(registry, kind_table->kind->name, *rows, error);
    return status;
}

enum gd_status gd_stages_register(struct gd_registry *registry, struct gd_error *error)
{
    const struct kind_table families[] = {
        {&gd_kind_template, gd_templates, NULL},
        {&gd_kind_region, gd_regions, NULL},
        {&gd_kind_potential, gd_potentials, gd_learned_potentials},
        {&gd_kind_noise, gd_noises, NULL},
        {&gd_kind_sampler, gd_samplers, NULL},
        {&gd_kind_guidance, gd_guidances, NULL},
        {&gd_kind_curve, gd_curves, NULL},
        {&gd_kind_network, gd_networks, NULL},
        {&kind_target, gd_targets, NULL},
        {&kind_until, gd_untils, NULL},
        {&kind_rule, gd_rules, NULL},
        {&kind_acceptance, gd_acceptances, NULL},
        {&kind_stop, gd_stops, NULL},
        {&kind_move, gd_moves, NULL},
        {&kind_criterion, gd_criteria, NULL},
        {&gd_kind_fingerprint, gd_fingerprint_classes, NULL},
        {&gd_kind_crossover, gd_crossovers, NULL},
        {&gd_kind_selection, gd_selections, NULL},
        {&gd_kind_optimiser, gd_optimisers, NULL},
    };
    enum gd_status status = GD_OK;
    for (size_t k = 0; !status && gd_slots[k]; k++)
        status = gd_registry_add_slot(registry, gd_slots[k], error);
    for (size_t k = 0; !status && k < sizeof families / sizeof *families; k++)
        status = add_family(registry, &families[k], error);
    for (size_t k = 0; !status && gd_stages[k]; k++)
        status = gd_registry_add_stage(registry, gd_stages[k], error);
    return status;
}
