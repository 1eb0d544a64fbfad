/* Runs all suites of one test program. CK_FORK=no and CK_RUN_SUITE work as Check documents them. A test may take two
 * minutes, so that none fails on a busy machine or under a sanitizer. That no test is chosen is a failure. */
#include <stdbool.h>
#include <stdlib.h>

#include "unit/suites.h"

int main(void)
{
    setenv("CK_DEFAULT_TIMEOUT", "120", 0);
    SRunner *runner = srunner_create(NULL);
    for (size_t k = 0; gd_suites[k]; k++)
        srunner_add_suite(runner, gd_suites[k]());
    srunner_run_all(runner, CK_ENV);
    bool passed = srunner_ntests_run(runner) > 0 && srunner_ntests_failed(runner) == 0;
    srunner_free(runner);
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
