#include "unit/suites.h"

Suite *suite_kernels(void);
Suite *suite_failures(void);
Suite *suite_sampling(void);
Suite *suite_shim(void);

Suite *(*const gd_suites[])(void) = {suite_shim, suite_kernels, suite_sampling, suite_failures, NULL};
