/* Runs of the toy stages in a scratch folder: what suites of runs share. */
#ifndef GD_TESTS_TOY_RUN_H
#define GD_TESTS_TOY_RUN_H

#include "engine/run/check.h"
#include "engine/run/run.h"
#include "unit/engine/toy_stages.h"
#include "unit/scratch.h"

/* Of the test that runs now. */
struct toy {
    struct scratch scratch;
    struct gd_error error; /* of the last run */
    struct gd_registry *registry;
    struct toy_plan plan;
};

extern struct toy toy;

/* Fails the running test unless the call, which reports to toy.error, succeeds. */
#define OK(call) ck_assert_msg((call) == GD_OK, "%s", toy.error.text)

/* Make and remove all of it; a fixture of Check. */
void toy_setup(void);
void toy_teardown(void);

/* Reads and builds a pipeline that is called outer.yaml and lies in the scratch folder. */
enum gd_status toy_build_outer(struct gd_pipeline *pipeline, const char *text, const struct gd_override *overrides,
                               size_t count, struct gd_problems *problems);

/* Builds, checks and runs a pipeline; `directory` is in the scratch folder. Checks nothing, so that a child process can
 * call it: Check listens to one process at a time. */
enum gd_status toy_attempt(const char *text, const char *directory, struct gd_run_options options);

/* The same in the test itself. */
enum gd_status toy_run(const char *text, const char *directory, struct gd_run_options options);

/* Fails the running test unless the status is GD_BAD_INPUT and the message of toy.error contains a text. */
void toy_check_refused(enum gd_status status, const char *text);

/* Whether a run without memory ended like this: cJSON calls a line wrong when it has no memory for it. */
bool toy_ran_out_of_memory(enum gd_status status);

#endif
