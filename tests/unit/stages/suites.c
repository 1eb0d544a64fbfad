#include "unit/suites.h"

Suite *(*const gd_suites[])(void) = {NULL};
