#include "unit/suites.h"

Suite *suite_plugin(void);

Suite *(*const gd_suites[])(void) = {suite_plugin, NULL};
