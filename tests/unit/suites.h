/* Every test program lists its suites here: NULL-ended, defined once per folder in suites.c. */
#ifndef GD_TESTS_SUITES_H
#define GD_TESTS_SUITES_H

#include <check.h>

extern Suite *(*const gd_suites[])(void);

#endif
