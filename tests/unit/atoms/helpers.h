/* What the suites of this folder share. */
#ifndef GD_TESTS_ATOMS_HELPERS_H
#define GD_TESTS_ATOMS_HELPERS_H

#include "atoms/extxyz.h"
#include "atoms/region.h"
#include "engine/base/random.h"
#include "potentials/potential.h"
#include "unit/suites.h"

/* Fails the test with the message of the error. */
#define ck_assert_ok(call, error) ck_assert_msg((call) == GD_OK, "%s", (error).text)

struct gd_stream test_stream(uint32_t sample);

/* Uniform in [low, high). */
double test_uniform(struct gd_stream *stream, double low, double high);

/* A skewed cell with edges of about `size`, periodic along the directions whose bit is set. */
struct gd_cell test_cell(struct gd_stream *stream, double size, int periodic);

/* A word of a frame's comment line as it was written, or NULL. */
const char *test_info(const struct gd_frame *frame, const char *key);

/* The component of a name, built or made with parameters written as YAML ("{symbol: Pt}"). */
enum gd_status test_build(const char *yaml, struct gd_structure *structure, struct gd_error *error);
enum gd_status test_region(const char *yaml, const struct gd_structure *template_, struct gd_region *region,
                           double room[3], struct gd_error *error);
struct gd_potential *test_potential(const char *yaml);

/* The potential, or NULL with the first thing that is wrong. */
struct gd_potential *test_potential_try(const char *yaml, struct gd_error *error);

/* Moves all atoms from `first` on downhill (FIRE: Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006)) until no force is
 * larger than `most`; returns the energy. Fails the test when that takes too long. */
double test_relax(const struct gd_potential *potential, struct gd_structure *structure, size_t first, double most);

/* Compares forces with central differences of the energy, all atoms. */
void test_forces(const struct gd_potential *potential, const struct gd_structure *structure, double tolerance);

#endif
