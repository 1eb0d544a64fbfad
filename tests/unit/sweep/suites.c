#include "unit/suites.h"

Suite *suite_sweep_plan(void), *suite_sweep_claim(void), *suite_sweep_manifest(void), *suite_sweep_results(void),
    *suite_sweep_pool(void);

Suite *(*const gd_suites[])(void) = {suite_sweep_plan,    suite_sweep_claim, suite_sweep_manifest,
                                     suite_sweep_results, suite_sweep_pool,  NULL};
