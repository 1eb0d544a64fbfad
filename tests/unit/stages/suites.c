#include "unit/suites.h"

Suite *suite_reservoir(void);
Suite *suite_boltzmann(void);
Suite *suite_curves(void);

Suite *(*const gd_suites[])(void) = {
    suite_reservoir,
    suite_boltzmann,
    suite_curves,
    NULL,
};
