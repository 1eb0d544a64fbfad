#include "unit/suites.h"

Suite *suite_process(void);
Suite *suite_noising(void);
Suite *suite_sampler(void);
Suite *suite_network(void);

Suite *(*const gd_suites[])(void) = {
    suite_process,
    suite_noising,
    suite_sampler,
    suite_network,
    NULL,
};
