/* What runs have found, read from their folders, in groups that are compared: the variants of a sweep, or folders. */
#ifndef GD_SWEEP_RESULTS_H
#define GD_SWEEP_RESULTS_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/memory.h"
#include "sweep/state.h"

/* A run. Of one that is not finished only the state, the reason of a failure, and what metrics.jsonl has are known. */
struct gd_record {
    const char *folder;
    uint64_t seed;
    enum gd_run_state state;
    const char *reason;                /* of a failure, else "" */
    cJSON *summary;                    /* NULL: none */
    cJSON *lines;                      /* the objects of metrics.jsonl, an array; may be empty */
    cJSON *inner;                      /* those of steps of inner pipelines, which are not among them */
    double *cost;                      /* [lines] spent by the end of each step, inner pipelines included */
    double hit;                        /* the cost of the first hit; NaN: none */
    double end;                        /* the cost of the whole run */
    double evaluations, best, seconds; /* NaN: not known; best energy in eV */
    double relaxed;                    /* eV, the lowest energy after the relaxation at the end; NaN: there was none */
    double relaxations, converged;     /* structures relaxed at the end, and how many have reached a minimum; 0: none */
    bool at_minimum;                   /* the lowest of them has */
    bool rejected;                     /* structures were evaluated, and none was accepted */
    bool passed;                       /* an energy, also a relaxed one, is too low for the target */
    bool sought;                       /* there is something to hit: a target, or an energy */
    bool relaxed_hit;                  /* hit by the search, or by the relaxation at its end */
};

struct gd_group {
    const char *name;
    const char *pipeline; /* the path of its pipeline as it ran; NULL: none */
    bool is_variant;      /* of a sweep: all runs are of that pipeline */
    struct gd_record *records;
    size_t count;
};

/* What is counted. Zero-initialise the rest of gd_results. */
struct gd_measure {
    /* Of metrics.jsonl: what a search costs. "evaluations" counts as it stands in the lines of the outermost pipeline,
     * others are added up over those of all steps. */
    const char *column;
    bool by_energy; /* a hit is a best energy of at most `energy` (eV) at the end of a step, not the target */
    double energy;
    const double *at; /* [at_count] costs at which the best energies are wanted; borrowed */
    size_t at_count;
};

struct gd_results {
    struct gd_arena arena;
    struct gd_measure measure;
    struct gd_group *groups;
    size_t count;
    const char *mixed;           /* why runs may not be comparable, in a sentence; NULL: nothing says so */
    const char *passed;          /* why hits may say little: energies below the target; NULL: nothing says so */
    const char *repeated;        /* runs are there more than once; NULL: none */
    struct gd_problems problems; /* of files that are damaged; the other runs are there */
};

/* Adds what is in a directory: a sweep, with its variants as groups; a run; or a folder of runs, as one group. `prefix`
 * stands before the names of the groups; "": none. GD_BAD_INPUT when it is none of these. */
enum gd_status gd_results_add(struct gd_results *results, const char *directory, const char *prefix,
                              struct gd_error *error);

/* GD_BAD_INPUT when no step of any run has the column of the measure. Sets `mixed`, `passed` and `repeated`. */
enum gd_status gd_results_check(struct gd_results *results, struct gd_error *error);

void gd_results_clear(struct gd_results *results);

/* The best energy (eV) that a run has at the end of its last step within a cost; NaN: none yet. */
double gd_record_best_at(const struct gd_record *record, double cost);

/* The number under these keys, NULL-ended; NaN: none. */
double gd_json_number(const cJSON *json, const char *const *keys);

#endif
