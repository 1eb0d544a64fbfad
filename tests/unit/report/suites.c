#include "unit/suites.h"

Suite *suite_map(void);
Suite *suite_page(void);
Suite *suite_plot(void);
Suite *suite_structures(void);
Suite *suite_traces(void);

Suite *(*const gd_suites[])(void) = {suite_map, suite_page, suite_plot, suite_structures, suite_traces, NULL};
