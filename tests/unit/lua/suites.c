#include "unit/suites.h"

Suite *suite_calls(void);
Suite *suite_failing(void);
Suite *suite_functions(void);
Suite *suite_reader(void);
Suite *suite_sandbox(void);
Suite *suite_sets(void);
Suite *suite_stages(void);

Suite *(*const gd_suites[])(void) = {
    suite_reader, suite_sandbox, suite_functions, suite_stages, suite_sets, suite_calls, suite_failing, NULL,
};
