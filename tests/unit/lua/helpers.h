/* A registry of everything, and scripts read and run with it. */
#ifndef GD_TESTS_LUA_HELPERS_H
#define GD_TESTS_LUA_HELPERS_H

#include <check.h>

#include "engine/language/pipeline.h"
#include "lua/reader.h"

extern struct gd_registry *registry; /* between setup and teardown */

void setup(void);
void setup_trusted(void);
void teardown(void);

/* "file:line: text" of all problems, one per line, to be freed. */
char *problem_lines(const struct gd_problems *problems);

/* Reads, builds and checks a script called "s.lua"; *problems: its problem_lines. */
enum gd_status check_script(const char *text, char **problems);

/* Everything between a script that is good and a pipeline, with the state that its sections make. */
void open_pipeline(const char *text, struct gd_pipeline *pipeline, struct gd_state *state);

/* Two atoms in a box. The first line ends before the steps, which are given as items of the list; `sections` are
 * further fields, each with its comma. */
#define SCRIPT(sections, steps)                                                                                        \
    "local gd = require 'godiff' return gd.pipeline {name = 't', potential = {lj = {cutoff = 3}}, noise = 've', "      \
    "model = {painn "                                                                                                  \
    "= {features = 8, blocks = 1, radial = 4, cutoff = 3}}, system = {template = gd.box {lengths = {9, 9, 9}, "        \
    "periodic = {true, true, true}}, add = 'Ar2'}, " sections " steps = {\n" steps "\n}}\n"

/* Eight structures, evaluated: in line 2. */
#define EIGHT "gd.seed {count = 8, from = 'uniform'}, gd.evaluate {clash = 0}, "

/* Runs a script in `directory` of a folder that lives from setup to teardown. */
enum gd_status run_script(const char *text, const char *directory, bool resume, struct gd_error *error);

/* The same for a run that gets its second interrupt when a step called x begins. */
enum gd_status run_script_interrupted(const char *text, volatile int *interrupts, struct gd_error *error);

/* The content of a file of the run, to be freed. */
char *result(const char *directory, const char *name);

/* Runs a script, in "run"; the last line of metrics.jsonl has `part`. */
void check_last_step(const char *text, const char *part);

#endif
