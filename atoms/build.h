/* Builders of template structures, with ASE's geometry. Components of kind "template". */
#ifndef GD_ATOMS_BUILD_H
#define GD_ATOMS_BUILD_H

#include "atoms/structure.h"
#include "engine/language/registry.h"

struct gd_check;

/* A way to make a template. */
struct gd_template_class {
    struct gd_component base;
    /* Overwrites *structure; after a failure there is nothing to free. */
    enum gd_status (*build)(const void *params, struct gd_structure *structure, struct gd_error *error);
    /* Warns about valid parameters that are probably a mistake; `key` is that of the template. May be NULL. */
    void (*check)(const void *params, struct gd_check *check, const char *key);
};

extern const struct gd_kind gd_kind_template;
extern const struct gd_template_class *const gd_templates[]; /* NULL-ended */

/* An fcc(111) slab of nx x ny x nz atoms on the hexagonal cell; the top layer's z is highest; atoms ordered layer by
 * layer from the bottom; `vacuum` Å of empty space below and above, lowest atom at z = vacuum. Periodic in x and y. */
enum gd_status gd_build_fcc111(int number, const int64_t size[3], double lattice, double vacuum,
                               struct gd_structure *structure, struct gd_error *error);

/* The (h k l) surface of an fcc crystal, `layers` layers of four atoms, as ase.build.surface cuts it; indices are
 * divided by what they have in common. Oriented, padded and periodic like fcc111. */
enum gd_status gd_build_surface(int number, const int64_t indices[3], int64_t layers, double lattice, double vacuum,
                                struct gd_structure *structure, struct gd_error *error);

/* A formula such as "Pt7" or "Au5Ni" as a list of atomic numbers (allocated; free with free()). GD_BAD_INPUT names the
 * offending part. */
enum gd_status gd_formula_parse(const char *formula, int **species, size_t *count, struct gd_error *error);
enum gd_status gd_formula_check(const char *formula, struct gd_error *error);

#endif
