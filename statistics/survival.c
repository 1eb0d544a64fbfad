#include "statistics/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

static int by_time(const void *a, const void *b)
{
    const struct gd_duration *one = a, *other = b;
    return (one->time > other->time) - (one->time < other->time);
}

static struct gd_duration *sorted(const struct gd_duration *durations, size_t count)
{
    struct gd_duration *copy = gd_array(count, sizeof *copy);
    if (copy && count > 0) {
        memcpy(copy, durations, count * sizeof *copy);
        qsort(copy, count, sizeof *copy, by_time);
    }
    return copy;
}

/* How many events there are at the time of the first of these, and how many durations end then. */
static size_t count_ties(const struct gd_duration *durations, size_t count, size_t *ending)
{
    size_t events = 0;
    *ending = 0;
    while (*ending < count && durations[*ending].time == durations[0].time)
        events += durations[(*ending)++].event;
    return events;
}

/* --- Curves ------------------------------------------------------------------------------------------------------- */

static bool make_curve(struct gd_survival *curve, size_t count)
{
    double **const rows[] = {&curve->time, &curve->survival, &curve->error, &curve->low, &curve->high};
    bool fine = true;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        fine = (*rows[k] = gd_array(count, sizeof **rows[k])) && fine;
    curve->at_risk = gd_array(count, sizeof *curve->at_risk);
    curve->events = gd_array(count, sizeof *curve->events);
    return fine && curve->at_risk && curve->events;
}

/* One more time with events. `sum`: of d/(n(n - d)) so far, with this. */
static void add_time(struct gd_survival *curve, double time, size_t at_risk, size_t events, double sum, double z)
{
    const size_t k = curve->count++;
    const double before = k > 0 ? curve->survival[k - 1] : 1;
    const double s = before * (1 - (double)events / (double)at_risk);
    curve->time[k] = time;
    curve->survival[k] = at_risk == events ? 0 : s;
    curve->at_risk[k] = at_risk;
    curve->events[k] = events;
    curve->error[k] = at_risk == events ? 0 : s * sqrt(sum);
    if (at_risk == events) {
        curve->low[k] = 0;
        curve->high[k] = k > 0 ? curve->high[k - 1] : 1;
    } else {
        const double spread = z * sqrt(sum) / fabs(log(s));
        curve->low[k] = pow(s, exp(spread));
        curve->high[k] = pow(s, exp(-spread));
    }
}

enum gd_status gd_survival_estimate(const struct gd_duration *durations, size_t count, double level,
                                    struct gd_survival *curve)
{
    const double z = gd_normal_quantile(0.5 + 0.5 * level);
    struct gd_duration *list = sorted(durations, count);
    double sum = 0;
    *curve = (struct gd_survival){.total = count};
    if (!make_curve(curve, count) || !list) {
        free(list);
        return GD_NO_MEMORY;
    }
    for (size_t k = 0, ending; k < count; k += ending) {
        const size_t events = count_ties(list + k, count - k, &ending), at_risk = count - k;
        if (events < at_risk)
            sum += (double)events / ((double)at_risk * (double)(at_risk - events));
        if (events > 0)
            add_time(curve, list[k].time, at_risk, events, sum, z);
    }
    curve->end = count > 0 ? list[count - 1].time : 0;
    free(list);
    return GD_OK;
}

void gd_survival_clear(struct gd_survival *curve)
{
    free(curve->time);
    free(curve->survival);
    free(curve->error);
    free(curve->low);
    free(curve->high);
    free(curve->at_risk);
    free(curve->events);
    *curve = (struct gd_survival){0};
}

double gd_survival_at(const struct gd_survival *curve, double time)
{
    double survival = 1;
    for (size_t k = 0; k < curve->count && curve->time[k] <= time; k++)
        survival = curve->survival[k];
    return survival;
}

double gd_survival_median(const struct gd_survival *curve)
{
    for (size_t k = 0; k < curve->count; k++)
        if (curve->survival[k] <= 0.5)
            return curve->time[k];
    return INFINITY;
}

/* The area from the k-th time to the horizon. */
static double area_from(const struct gd_survival *curve, size_t k, double horizon)
{
    double area = 0;
    for (; k < curve->count && curve->time[k] < horizon; k++) {
        const double end = k + 1 < curve->count ? fmin(horizon, curve->time[k + 1]) : horizon;
        area += curve->survival[k] * (end - curve->time[k]);
    }
    return area;
}

double gd_survival_mean(const struct gd_survival *curve, double horizon, double *error)
{
    double variance = 0;
    for (size_t k = 0; k < curve->count && curve->time[k] < horizon; k++) {
        const double d = (double)curve->events[k], n = (double)curve->at_risk[k], area = area_from(curve, k, horizon);
        variance += n > d ? area * area * d / (n * (n - d)) : 0;
    }
    if (error)
        *error = sqrt(variance);
    return (curve->count > 0 ? fmin(horizon, curve->time[0]) : horizon) + area_from(curve, 0, horizon);
}

double gd_survival_restarts(const struct gd_survival *curve, double confidence, double *length)
{
    double least = INFINITY;
    *length = INFINITY;
    for (size_t k = 0; k < curve->count; k++) {
        const double cost = gd_attempts_cost(curve->time[k], 1 - curve->survival[k], confidence);
        if (cost < least) {
            least = cost;
            *length = curve->time[k];
        }
    }
    return least;
}

/* --- The log-rank test -------------------------------------------------------------------------------------------- */

/* A group while time goes on: what is left of it. */
struct group {
    struct gd_duration *list, *next;
    size_t left;
};

/* The events at `time`; takes what ends then out. *at_risk: how many there were. */
static size_t pass(struct group *group, double time, size_t *at_risk)
{
    size_t ending = 0, events = 0;
    *at_risk = group->left;
    if (group->left > 0 && group->next->time == time)
        events = count_ties(group->next, group->left, &ending);
    group->next += ending;
    group->left -= ending;
    return events;
}

static void compare_groups(struct group *one, struct group *two, struct gd_log_rank *result)
{
    double excess = 0, variance = 0;
    while (one->left > 0 && two->left > 0) {
        size_t risk_one, risk_two;
        const double time = fmin(one->next->time, two->next->time);
        const size_t events_one = pass(one, time, &risk_one), events_two = pass(two, time, &risk_two);
        const double n = (double)(risk_one + risk_two), d = (double)(events_one + events_two);
        const double share = (double)risk_one / n;
        excess += (double)events_one - d * share;
        variance += n > 1 ? d * share * (1 - share) * (n - d) / (n - 1) : 0;
    }
    result->z = variance > 0 ? excess / sqrt(variance) : 0;
    result->p = gd_normal_two_sided(result->z);
}

enum gd_status gd_log_rank_test(const struct gd_duration *first, size_t first_count, const struct gd_duration *second,
                                size_t second_count, struct gd_log_rank *result)
{
    struct group one = {.list = sorted(first, first_count), .left = first_count},
                 two = {.list = sorted(second, second_count), .left = second_count};
    enum gd_status status = one.list && two.list ? GD_OK : GD_NO_MEMORY;
    one.next = one.list;
    two.next = two.list;
    if (!status)
        compare_groups(&one, &two, result);
    free(one.list);
    free(two.list);
    return status;
}
