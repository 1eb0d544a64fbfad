/* Times to an event, such as the first hit of a search, of which some were never seen: those runs are censored, each at
 * its own end. */
#ifndef GD_STATISTICS_SURVIVAL_H
#define GD_STATISTICS_SURVIVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"
#include "statistics/proportions.h"

struct gd_duration {
    double time; /* of the event, or of the end of what was seen */
    bool event;
};

/* A Kaplan-Meier curve: the share without event after each time at which there was one. Times ascend. */
struct gd_survival {
    size_t count;
    double *time, *survival; /* [count] */
    double *error;           /* [count] by Greenwood's formula */
    double *low, *high; /* [count] band: pointwise, S^exp(-+z e), e the error of ln(-ln S); where S is 0, that of the
                         * time before, down to 0 */
    size_t *at_risk, *events; /* [count] */
    size_t total;             /* durations */
    double end;               /* the longest of them */
};

/* E. L. Kaplan and P. Meier, J. Am. Stat. Assoc. 53, 457 (1958). An event comes before a censoring at the same time.
 * GD_NO_MEMORY only. Free with gd_survival_clear. */
enum gd_status gd_survival_estimate(const struct gd_duration *durations, size_t count, double level,
                                    struct gd_survival *curve);
void gd_survival_clear(struct gd_survival *curve);

/* The share without event after `time`. */
double gd_survival_at(const struct gd_survival *curve, double time);

/* The first time after which at most half are without event; infinite when there is none. */
double gd_survival_median(const struct gd_survival *curve);

/* The mean time to the event or to `horizon`, whichever is first: the area under the curve. *error: its standard error;
 * may be NULL. */
double gd_survival_mean(const struct gd_survival *curve, double horizon, double *error);

/* The least cost for an event with the given confidence by independent attempts that each are given up after some
 * time: the minimum over times L of L ln(1 - confidence)/ln S(L), at least L. *length: that time. Infinite without
 * events. */
double gd_survival_restarts(const struct gd_survival *curve, double confidence, double *length);

struct gd_log_rank {
    double z; /* positive: the first group has its events earlier */
    double p; /* two-sided */
};

/* The log-rank test (N. Mantel, Cancer Chemother. Rep. 50, 163 (1966)), with the variance of the hypergeometric
 * distribution. z 0 and p 1 when there are no events to compare. GD_NO_MEMORY only. */
enum gd_status gd_log_rank_test(const struct gd_duration *first, size_t first_count, const struct gd_duration *second,
                                size_t second_count, struct gd_log_rank *result);

#endif
