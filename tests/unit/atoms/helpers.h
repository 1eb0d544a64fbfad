/* What the suites of this folder share. */
#ifndef GD_TESTS_ATOMS_HELPERS_H
#define GD_TESTS_ATOMS_HELPERS_H

#include "atoms/structure.h"
#include "engine/random.h"
#include "unit/suites.h"

/* Fails the test with the message of the error. */
#define ck_assert_ok(call, error) ck_assert_msg((call) == GD_OK, "%s", (error).text)

struct gd_stream test_stream(uint32_t sample);

/* Uniform in [low, high). */
double test_uniform(struct gd_stream *stream, double low, double high);

/* A skewed cell with edges of about `size`, periodic along the directions whose bit is set. */
struct gd_cell test_cell(struct gd_stream *stream, double size, int periodic);

#endif
