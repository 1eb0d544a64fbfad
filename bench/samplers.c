/* Errors of the samplers for a known distribution against the number of network calls: the two-place mixture of
 * tests/unit/model/mixture.h with its analytic score, once with wide and once with narrow places.
 *
 *   bench_samplers [SAMPLER...]       such as  bench_samplers euler-maruyama '{ddim: {rho: 1}}'
 *
 * Without arguments: all samplers. Prints one line per sampler and number of calls: the error is the Wasserstein
 * distance in Å between the sampled and the exact distribution of a coordinate, averaged over the six coordinates. As
 * many exact samples have errors of 0.004 Å (see the line "exact"). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/sort.h"
#include "engine/language/registry.h"
#include "model/noise_ve.h"
#include "unit/model/mixture.h"

enum { DRAWS = 10000, CELLS = 2000 };

static const int64_t budgets[] = {10, 20, 40, 80, 160, 320}; /* network calls */
static const double widths[][MIXTURE_PLACES] = {{0.20, 0.15}, {0.05, 0.04}};

enum { BUDGETS = sizeof budgets / sizeof *budgets, TARGETS = sizeof widths / sizeof *widths };

/* ∫ |F(x) - F_drawn(x)| dx over the range of coordinate c. */
static double distance(const struct mixture *mixture, const struct gd_set *set, size_t c, double *values)
{
    const double range[2] = {c % 3 == 2 ? mixture_window[0] : 0, c % 3 == 2 ? mixture_window[1] : MIXTURE_SIDE};
    double h = (range[1] - range[0]) / CELLS, sum = 0;
    size_t below = 0;
    for (size_t k = 0; k < set->count; k++)
        values[k] = mixture_coordinate(set, k, c);
    gd_sort(values, set->count);
    for (int cell = 0; cell < CELLS; cell++) {
        double x = range[0] + (cell + 0.5) * h;
        while (below < set->count && values[below] < x)
            below++;
        sum += h * fabs(mixture_cdf(mixture, (int)c, x) - (double)below / (double)set->count);
    }
    return sum;
}

/* The number of steps that takes at most `calls` network calls. */
static int64_t steps_for(const struct gd_choice *choice, int64_t calls)
{
    const struct gd_sampler_class *sampler = (const struct gd_sampler_class *)choice->component;
    int64_t steps = 0;
    while (sampler->calls(choice->params, steps + 1) <= calls)
        steps++;
    return steps;
}

/* The error of exact draws: what is left because there are only so many. */
static enum gd_status measure_exact(struct gd_error *error)
{
    struct gd_system system;
    double errors[TARGETS] = {0}, *values = gd_array(DRAWS, sizeof *values);
    enum gd_status status = mixture_system(&system, 2, error);
    for (int target = 0; target < TARGETS && !status; target++) {
        struct gd_set set = {0};
        struct mixture mixture = {NULL, {widths[target][0], widths[target][1]}};
        status = gd_set_init(&set, &system.structure, system.fixed, error);
        for (uint32_t k = 0; k < DRAWS && !status; k++) {
            struct gd_stream stream = gd_stream_make(1, 0, 0, k);
            status = gd_set_push(&set, &system.structure.positions[0][0], error);
            if (!status)
                mixture_draw(&mixture, &system, &stream, set.positions + 3 * k * set.atoms);
        }
        for (size_t c = 0; c < MIXTURE_COORDINATES && !status; c++)
            errors[target] += distance(&mixture, &set, c, values) / MIXTURE_COORDINATES;
        gd_set_clear(&set);
    }
    if (!status)
        printf("%-32s %6s %10.4f %10.4f\n", "exact", "-", errors[0], errors[1]);
    gd_system_clear(&system);
    free(values);
    return status;
}

static enum gd_status measure(const struct gd_choice *choice, struct gd_sampling *sampling, double *error_of,
                              struct gd_error *error)
{
    struct gd_set set = {0};
    double *values = gd_array(DRAWS, sizeof *values);
    const struct mixture *mixture = sampling->score.self;
    enum gd_status status = values ? GD_OK : gd_no_memory(error, "coordinates");
    if (!status)
        status = gd_set_init(&set, &sampling->system->structure, sampling->system->fixed, error);
    if (!status)
        status =
            gd_sample(sampling, (const struct gd_sampler_class *)choice->component, choice->params, DRAWS, &set, error);
    *error_of = 0;
    for (size_t c = 0; c < MIXTURE_COORDINATES && !status; c++)
        *error_of += distance(mixture, &set, c, values) / MIXTURE_COORDINATES;
    gd_set_clear(&set);
    free(values);
    return status;
}

static enum gd_status measure_all(const char *name, const struct gd_choice *choice, struct gd_error *error)
{
    struct gd_system system;
    struct gd_process process;
    enum gd_status status = mixture_system(&system, 2, error);
    if (!status)
        status = gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 2.0}, error);
    for (int budget = 0; budget < BUDGETS && !status; budget++) {
        double errors[TARGETS];
        int64_t steps = steps_for(choice, budgets[budget]);
        for (int target = 0; target < TARGETS && !status; target++) {
            struct mixture mixture = {&process, {widths[target][0], widths[target][1]}};
            struct gd_sampling sampling = {.name = "sample",
                                           .stream = gd_stream_make(0, gd_stream_hash("sample"), 0, 0),
                                           .system = &system,
                                           .process = &process,
                                           .score = {.evaluate = mixture_score, .self = &mixture},
                                           .steps = steps,
                                           .end = 0.005};
            status = measure(choice, &sampling, &errors[target], error);
        }
        if (!status)
            printf("%-32s %6lld %10.4f %10.4f\n", name, (long long)budgets[budget], errors[0], errors[1]);
        fflush(stdout);
    }
    gd_system_clear(&system);
    return status;
}

/* A sampler as it would be written in a pipeline. */
static enum gd_status measure_written(const struct gd_registry *registry, const char *text, struct gd_error *error)
{
    struct gd_tree tree = {0};
    struct gd_arena arena = {0};
    struct gd_problems problems = {0};
    struct gd_choice choice;
    enum gd_status status = gd_tree_parse_value(&tree, "argument", text, &problems);
    if (!status)
        status = gd_component_parse("sampler", registry, tree.root, &choice, &arena, &problems);
    if (status)
        gd_fail(error, status, "%s: %s", text, problems.count ? problems.items[0].text : "cannot be read");
    else
        status = measure_all(text, &choice, error);
    gd_problems_clear(&problems);
    gd_arena_clear(&arena);
    gd_tree_clear(&tree);
    return status;
}

int main(int count, char **arguments)
{
    struct gd_error error = {0};
    struct gd_registry *registry = gd_registry_new();
    enum gd_status status = registry ? gd_registry_add_kind(registry, &gd_kind_sampler, &error) : GD_NO_MEMORY;
    for (size_t k = 0; !status && gd_samplers[k]; k++)
        status = gd_registry_add_component(registry, "sampler", &gd_samplers[k]->base, &error);
    printf("%-32s %6s %10s %10s\n", "# sampler", "calls", "wide", "narrow");
    if (!status)
        status = measure_exact(&error);
    for (int k = 1; k < count && !status; k++)
        status = measure_written(registry, arguments[k], &error);
    for (size_t k = 0; count == 1 && !status && gd_samplers[k]; k++)
        status = measure_written(registry, gd_samplers[k]->base.name, &error);
    if (status)
        fprintf(stderr, "%s\n", error.text);
    gd_registry_free(registry);
    return status != GD_OK;
}
