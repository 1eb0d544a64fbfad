/* A pipeline of loops in one another, and what its runs leave. */
#ifndef GD_TESTS_NESTED_H
#define GD_TESTS_NESTED_H

#include <cjson/cJSON.h>

#include "unit/engine/toy_run.h"

/* Two loops in each other, one of them with an early end: 1 + 2 * (1 + 3) + 2 + 1 steps. */
extern const char nested_text[];
enum { NESTED_STEPS = 12 };

/* toy_attempt and toy_run with this pipeline and one thread. */
enum gd_status nested_attempt(const char *directory, bool resume);
enum gd_status nested_run(const char *directory, bool resume);

/* What a sink has heard. */
struct nested_heard {
    int starts, ends, progress, figures, messages;
    int interrupt_at, times; /* the start of this step (from 0) gives so many interrupts */
    volatile int interrupts;
    char last[256]; /* message */
    int meddle_at;  /* before this step (from 0), something else changes the folder */
    void (*meddle)(void);
};

/* The same with a sink. */
enum gd_status nested_run_heard(const char *directory, bool resume, struct nested_heard *heard);

/* The lines of metrics.jsonl, their seconds taken out, as a list to be deleted. */
cJSON *nested_metrics(const char *directory);

/* summary.json, to be deleted. */
cJSON *nested_summary(const char *directory);

/* Checks status and message (NULL: none) of a summary. */
void nested_check_status(const char *directory, const char *expected, const char *message);

/* Checks that two finished runs left the same, but for seconds. */
void nested_check_same(const char *one, const char *other);

/* Whether a temporary file is left. */
bool nested_leftover(const char *directory);
void nested_check_no_leftovers(const char *directory);

/* How many steps are saved in run.h5; -1 when it cannot be read. */
int64_t nested_steps_saved(const char *directory);
void nested_check_saved(const char *directory, int64_t done);

/* Makes the folder, and in it a file that no run wrote. */
void nested_put_file(const char *directory, const char *name);

#endif
