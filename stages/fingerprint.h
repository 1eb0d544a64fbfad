/* Fingerprints: what tells structures of one system apart, whatever the order of like atoms. Components of kind
 * "fingerprint". */
#ifndef GD_STAGES_FINGERPRINT_H
#define GD_STAGES_FINGERPRINT_H

#include "atoms/system.h"
#include "engine/language/registry.h"

struct gd_fingerprint_class {
    struct gd_component base;
    /* How many numbers a fingerprint of a structure of the system has. */
    size_t (*length)(const void *params, const struct gd_system *system);
    /* The fingerprint of structure `k` of a set, with finite positions: values[length]. It stays the same when like
     * atoms change places, when mobile atoms are replaced by periodic images, and when all mobile atoms are moved by a
     * symmetry of the template and the cell. Thread-safe. */
    enum gd_status (*make)(const void *params, const struct gd_system *system, const struct gd_set *set, size_t k,
                           double *values, struct gd_error *error);
    /* How far apart two fingerprints are, in a unit of its own: 0 for equal ones, and the same both ways. */
    double (*distance)(const void *params, size_t length, const double *a, const double *b);
    /* The largest distance of two structures that count as the same. */
    double (*within)(const void *params);
};

extern const struct gd_kind gd_kind_fingerprint;
extern const struct gd_fingerprint_class *const gd_fingerprint_classes[]; /* NULL-ended */

/* Fingerprints of several structures, one after another, all of one class. */
struct gd_fingerprints {
    const struct gd_fingerprint_class *type;
    const void *params;
    size_t count, length;
    double *values; /* [count][length] */
};

/* The fingerprints of all structures of a set, whose positions are finite, `threads` at a time: the same bits for any
 * number of threads. `choice` outlives them. Free with gd_fingerprints_clear in any case. */
enum gd_status gd_fingerprints_make(struct gd_fingerprints *fingerprints, const struct gd_choice *choice,
                                    const struct gd_system *system, const struct gd_set *set, int threads,
                                    struct gd_error *error);
void gd_fingerprints_clear(struct gd_fingerprints *fingerprints);

/* How far fingerprint i of `a` is from fingerprint j of `b`, of the same class, in its unit; and whether they count as
 * the same. */
double gd_fingerprint_distance(const struct gd_fingerprints *a, size_t i, const struct gd_fingerprints *b, size_t j);
bool gd_fingerprint_same(const struct gd_fingerprints *a, size_t i, const struct gd_fingerprints *b, size_t j);

/* A distance for classes: the root mean square of the differences; 0 for fingerprints without numbers. */
double gd_fingerprint_deviation(const void *params, size_t length, const double *a, const double *b);

#endif
