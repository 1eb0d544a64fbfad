/* What must hold of every potential and every curve, whatever it is: of all that a registry has. */
#ifndef GD_TESTS_PHYSICS_H
#define GD_TESTS_PHYSICS_H

#include <stdbool.h>

#include "engine/language/registry.h"

/* Forces are the derivative of the energy; both follow rotations, permutations, translations and periodic images, and
 * are the same bits for any number of threads. Each fails the running test; how many were tried is returned. */
int physics_check_potentials(const struct gd_registry *registry);

/* The same of one with these parameters. False, with the reason printed, when it needs what is not installed. */
bool physics_check_potential(const struct gd_registry *registry, const char *name, const char *text);

/* A model that is a potential is asked for structures without noise, where its backbone sees the time. */
void physics_check_model(const struct gd_registry *registry);

/* A curve begins at its first value, stays between its ends, and never rises when it says so. */
int physics_check_curves(const struct gd_registry *registry);

#endif
