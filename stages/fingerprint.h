/* What distinguishes structures of one system, whatever the order of like atoms: sorted distances. */
#ifndef GD_STAGES_FINGERPRINT_H
#define GD_STAGES_FINGERPRINT_H

#include "atoms/system.h"

/* Fingerprints of several structures, one after another. */
struct gd_fingerprints {
    size_t count, length;
    double *values; /* [count][length], Å */
};

/* The fingerprints of structures of the system: of every structure the distances between its mobile atoms, and those of
 * every mobile atom to its nearest template atoms, six of each element, under the minimum image, sorted among the pairs
 * of the same elements. They stay the same when like atoms change places, and when the mobile atoms are moved by a
 * symmetry of the template. positions: [count][atoms][3], finite. Free with gd_fingerprints_clear in any case. */
enum gd_status gd_fingerprints_make(struct gd_fingerprints *fingerprints, const struct gd_system *system,
                                    const double *positions, size_t count, struct gd_error *error);
void gd_fingerprints_clear(struct gd_fingerprints *fingerprints);

/* How far fingerprint i of `a` is from fingerprint j of `b`: the root mean square of their differences, Å. */
double gd_fingerprint_distance(const struct gd_fingerprints *a, size_t i, const struct gd_fingerprints *b, size_t j);

#endif
