/* The values of every annealing curve along a loop, for docs/figures/curves.gp: one column per curve, one line per
 * iteration. For `adaptive` and `variance`, every iteration adds 128 structures of two atoms in a harmonic well (six
 * coordinates), in equilibrium at the temperature of the previous iteration; the first ones are at twice the first
 * temperature. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/random.h"
#include "stages/curve.h"

enum { ITERATIONS = 20, EACH = 128, COORDINATES = 6, CURVES_MOST = 32 };

static const double from = 5.0, to = 0.02; /* eV */

/* The energies of EACH structures in the well at a temperature. */
static void equilibrium(double temperature, struct gd_stream *stream, double *energies)
{
    for (int k = 0; k < EACH; k++) {
        energies[k] = 0;
        for (int c = 0; c < COORDINATES; c++) {
            double x = gd_stream_normal(stream);
            energies[k] += 0.5 * temperature * x * x;
        }
    }
}

/* The curve's default parameters, or NULL. */
static void *defaults_of(const struct gd_component *component, struct gd_arena *arena, struct gd_error *error)
{
    struct gd_problems problems = {0};
    void *params = gd_arena_alloc(arena, 1, component->size + 1);
    if (!params)
        gd_no_memory(error, "parameters");
    else if (gd_params_parse(component->params, NULL, NULL, (struct gd_place){0}, params, arena, &problems) != GD_OK)
        params = NULL, gd_fail(error, GD_FAILED, "%s: no defaults", component->name);
    gd_problems_clear(&problems);
    return params;
}

static enum gd_status follow(const struct gd_curve_class *curve, double *values, struct gd_error *error)
{
    struct gd_arena arena = {0};
    struct gd_stream stream = gd_stream_make(1, 0, 0, 0);
    double energies[ITERATIONS * EACH];
    void *params = defaults_of(&curve->base, &arena, error);
    enum gd_status status = params ? GD_OK : error->status;
    equilibrium(2 * from, &stream, energies);
    for (int k = 0; k < ITERATIONS && !status; k++) {
        struct gd_curve_point at = {
            from, to, k, ITERATIONS, k ? values[k - 1] : from, energies, (size_t)(k + 1) * EACH};
        status = curve->value(params, &at, &values[k], error);
        if (!status && k + 1 < ITERATIONS)
            equilibrium(values[k], &stream, energies + (k + 1) * EACH);
    }
    gd_arena_clear(&arena);
    return status;
}

int main(void)
{
    static double values[CURVES_MOST][ITERATIONS];
    struct gd_error error = {0};
    enum gd_status status = GD_OK;
    size_t count = 0;
    for (; gd_curves[count] && count < CURVES_MOST && !status; count++)
        status = follow(gd_curves[count], values[count], &error);
    if (status) {
        fprintf(stderr, "%s\n", error.text);
        return EXIT_FAILURE;
    }
    printf("iteration");
    for (size_t c = 0; c < count; c++)
        printf(" %s", gd_curves[c]->base.name);
    for (int k = 0; k < ITERATIONS; k++) {
        printf("\n%d", k);
        for (size_t c = 0; c < count; c++)
            printf(" %.6g", values[c][k]);
    }
    putchar('\n');
    return EXIT_SUCCESS;
}
