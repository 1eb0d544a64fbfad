/* A pipeline with others in it, and the files of these. */
#ifndef GD_TESTS_CHAIN_H
#define GD_TESTS_CHAIN_H

#include "unit/engine/toy_run.h"

/* The lines before the steps: 3 lines. */
#define CHAIN_HEAD "godiff: 1\nname: outer\nsteps:\n"

/* a, twice (the inner pipeline, b), twice the deep one, z. */
extern const char chain_text[];
enum { CHAIN_STEPS = 24 };
extern const char *const chain_order[CHAIN_STEPS];

/* toy_setup, and the files of inner pipelines; a fixture of Check with toy_teardown. */
void chain_setup(void);

/* Writes a file in the scratch folder; without a text, the one that chain_setup wrote. */
void chain_put_file(const char *name, const char *text);

/* toy_attempt with this pipeline and one thread. */
enum gd_status chain_run(const char *directory, bool resume);

/* A run, or one that continues, that is interrupted in the step after `at` others. */
void chain_run_part(const char *text, const char *directory, int at, bool resume);

/* Checks that two finished runs left the same, but for seconds. */
void chain_check_same(const char *one, const char *other);

#endif
