#include "unit/suites.h"

Suite *suite_reservoir(void);
Suite *suite_boltzmann(void);
Suite *suite_curves(void);
Suite *suite_evaluate(void);
Suite *suite_targets(void);
Suite *suite_loop_stages(void);
Suite *suite_train(void);
Suite *suite_physics(void);
Suite *suite_sample(void);
Suite *suite_relax(void);
Suite *suite_select(void);
Suite *suite_fingerprints(void);
Suite *suite_dedupe(void);
Suite *suite_cross(void);
Suite *suite_generation(void);
Suite *suite_moves(void);
Suite *suite_chains(void);
Suite *suite_stops(void);
Suite *suite_markov(void);
Suite *suite_metrics(void);
Suite *suite_estimate(void);
Suite *suite_rows(void);
Suite *suite_rules(void);
Suite *suite_walk(void);
Suite *suite_bias(void);
Suite *suite_samplers(void);
Suite *suite_compare(void);
Suite *suite_passing(void);

Suite *(*const gd_suites[])(void) = {
    suite_reservoir, suite_boltzmann, suite_curves,     suite_evaluate, suite_targets, suite_loop_stages,
    suite_train,     suite_physics,   suite_sample,     suite_relax,    suite_select,  suite_fingerprints,
    suite_dedupe,    suite_cross,     suite_generation, suite_moves,    suite_chains,  suite_stops,
    suite_rows,      suite_rules,     suite_estimate,   suite_markov,   suite_metrics, suite_walk,
    suite_bias,      suite_samplers,  suite_compare,    suite_passing,  NULL,
};
