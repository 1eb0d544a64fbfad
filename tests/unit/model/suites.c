#include "unit/suites.h"

Suite *suite_process(void);
Suite *suite_noising(void);
Suite *suite_sampler(void);
Suite *suite_start(void);
Suite *suite_path_weight(void);
Suite *suite_network(void);
Suite *suite_heads(void);
Suite *suite_heads_reference(void);
Suite *suite_guidance(void);
Suite *suite_mlp(void);
Suite *suite_model(void);
Suite *suite_curve(void);
Suite *suite_graph(void);
Suite *suite_symmetry(void);
Suite *suite_optimiser(void);
Suite *suite_products(void);

Suite *(*const gd_suites[])(void) = {
    suite_process,   suite_noising,  suite_sampler, suite_start,           suite_path_weight,
    suite_network,   suite_model,    suite_curve,   suite_graph,           suite_symmetry,
    suite_optimiser, suite_products, suite_heads,   suite_heads_reference, suite_guidance,
    suite_mlp,       NULL,
};
