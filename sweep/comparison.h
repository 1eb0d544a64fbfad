/* The statistics of groups of runs: one row per group, and one per comparison of a group with the first. */
#ifndef GD_SWEEP_COMPARISON_H
#define GD_SWEEP_COMPARISON_H

#include "statistics/survival.h"
#include "sweep/results.h"

/* A group. Only finished runs count, but for `runs` and `failed`. Costs are in units of the measure's column, energies
 * in eV; NaN: not known. */
struct gd_row {
    const char *name;
    double runs, finished, failed;
    double searches; /* finished runs with a target; of these are the hits, NaN when there are none */
    double hits, rate, rate_low, rate_high;      /* 95 % by Wilson */
    double relaxed_hits;                         /* by the search or the relaxation after it */
    double mean;                                 /* cost of the first hit, of runs that hit */
    double median, restricted, restricted_error; /* by Kaplan-Meier, runs without a hit censored at their own end; the
                                                  * restricted mean up to the common horizon */
    double cost99, cost99_low, cost99_high; /* for a hit with 99 % confidence by whole runs, interval by Wilson's */
    double restarts99, restart_length;      /* the same by runs given up after the best length */
    double best, best_mean, best_median;
    double relaxed, relaxed_mean, relaxed_median; /* the same after the relaxation at the end; NaN unless it has reached
                                                   * a minimum in every one */
    double relaxations, converged;                /* structures relaxed at the end, and how many have reached minima */
    double unconverged;                           /* finished runs in which the lowest of these has not */
    double rejected;                              /* finished runs in which all structures were rejected */
    double cost, evaluations, seconds;            /* means per run */
};

/* A group against the first, by the seeds that are finished in both. */
struct gd_contrast {
    const char *name, *base;
    double pairs;
    double log_rank_z, log_rank_p, log_rank_holm; /* all finished runs; z > 0: hits earlier than the base */
    double saved, saved_low, saved_high;          /* restricted mean of the base less this one's, 95 % */
    double cost_p, cost_holm;                     /* paired permutation test of the cost up to the horizon */
    double superiority;                           /* how often this one hits earlier than the base; 0.5: neither */
    double lower, lower_p, lower_holm;            /* mean of the base's best energy less this one's, and its test */
    bool relaxed; /* these are energies after the relaxation at the end: of all finished runs of both; else the best of
                   * the searches, also where some were relaxed */
};

struct gd_comparison {
    const char *column;
    bool by_energy; /* a hit is an energy of at most `energy` (eV), not the target */
    double energy;
    double horizon; /* of restricted means: the shortest of the longest runs of groups in which not all have hit; else
                     * the longest run */
    struct gd_row *rows;           /* [groups] */
    struct gd_survival *curves;    /* [groups] of first hits */
    struct gd_contrast *contrasts; /* [groups - 1] */
    const double *at;              /* [at_count] costs; borrowed */
    double *best_at;               /* [groups][at_count] median best energy of the finished runs, eV */
    size_t at_count;
    size_t count;
};

/* Free with gd_comparison_clear in any case. Names are borrowed from `results`. */
enum gd_status gd_comparison_make(const struct gd_results *results, struct gd_comparison *comparison,
                                  struct gd_error *error);
void gd_comparison_clear(struct gd_comparison *comparison);

#endif
