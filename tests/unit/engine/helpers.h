/* What several suites of the engine need. */
#ifndef GD_TESTS_ENGINE_HELPERS_H
#define GD_TESTS_ENGINE_HELPERS_H

#include "engine/run/state.h"

/* All problems, or without any the warnings, one "place: text" per line, as a new string. */
char *problems_text(const struct gd_problems *problems);

/* Fails the running test when the two differ, showing both. */
void expect_text(const char *label, const char *found, const char *expected);

/* expect_text on the problems, which are cleared. */
void expect_problems(const char *label, struct gd_problems *problems, const char *expected);

/* A slot's check that takes every value. */
enum gd_status accept_value(const void *value, const struct gd_state *pipeline, struct gd_error *error);

#endif
