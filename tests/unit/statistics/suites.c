#include "unit/suites.h"

Suite *suite_statistics(void);

Suite *(*const gd_suites[])(void) = {suite_statistics, NULL};
