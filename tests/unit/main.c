/* Runs all suites of one test program. CK_FORK=no and CK_RUN_SUITE work as Check documents them. A test may take two
 * minutes, so that none fails on a busy machine or under a sanitizer. That no test is chosen is a failure. */
#include <stdbool.h>
#include <stdlib.h>

#include "unit/suites.h"

void __real__mark_point(const char *file, int line);
void __wrap__mark_point(const char *file, int line);

/* What every assertion calls that holds. Check writes each down and reads all back when the test has ended, which for
 * assertions in loops takes longer than the tests themselves; here a place is told once or, where another shares its
 * slot, now and then. After a crash Check still names the last place that was reached for the first time. */
void __wrap__mark_point(const char *file, int line)
{
    static struct {
        const char *file;
        int line;
    } told[256];
    size_t slot = (size_t)line % (sizeof told / sizeof *told);
    if (told[slot].file == file && told[slot].line == line)
        return;
    told[slot].file = file;
    told[slot].line = line;
    __real__mark_point(file, line);
}

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
