#include "unit/suites.h"

Suite *suite_arrange(void);
Suite *suite_attraction(void);
Suite *suite_benchmarks(void);
Suite *suite_build(void);
Suite *suite_cell(void);
Suite *suite_eam(void);
Suite *suite_extxyz(void);
Suite *suite_failing(void);
Suite *suite_growth(void);
Suite *suite_kept(void);
Suite *suite_known_energies(void);
Suite *suite_lbfgs(void);
Suite *suite_neighbours(void);
Suite *suite_potentials(void);
Suite *suite_region(void);
Suite *suite_room(void);
Suite *suite_set_h5(void);
Suite *suite_structure(void);
Suite *suite_sum(void);
Suite *suite_system(void);

Suite *(*const gd_suites[])(void) = {
    suite_arrange,    suite_attraction,     suite_benchmarks,
    suite_build,      suite_cell,           suite_eam,
    suite_extxyz,     suite_failing,        suite_growth,
    suite_kept,       suite_known_energies, suite_lbfgs,
    suite_neighbours, suite_potentials,     suite_region,
    suite_room,       suite_set_h5,         suite_structure,
    suite_sum,        suite_system,         NULL,
};
