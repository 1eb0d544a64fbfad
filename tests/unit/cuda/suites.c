#include "unit/suites.h"

Suite *suite_kernels(void);
Suite *suite_failures(void);
Suite *suite_shim(void);

Suite *(*const gd_suites[])(void) = {suite_shim, suite_kernels, suite_failures, NULL};
