#include "unit/suites.h"

Suite *suite_plot(void);

Suite *(*const gd_suites[])(void) = {suite_plot, NULL};
