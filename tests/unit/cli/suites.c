#include "unit/suites.h"

Suite *suite_options(void);
Suite *suite_estimate(void);
Suite *suite_select(void);
Suite *suite_progress(void);

Suite *(*const gd_suites[])(void) = {suite_options, suite_estimate, suite_select, suite_progress, NULL};
