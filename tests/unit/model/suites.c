#include "unit/suites.h"

Suite *suite_process(void);
Suite *suite_noising(void);
Suite *suite_sampler(void);

Suite *(*const gd_suites[])(void) = {
    suite_process,
    suite_noising,
    suite_sampler,
    NULL,
};
