#include "potentials/second_moment.h"

#include <math.h>

#include "potentials/embedded.h"
#include "potentials/pairs.h"

enum gd_status gd_second_moment_check_range(const struct gd_second_moment_range *range, struct gd_error *error)
{
    if (range->smooth <= range->cutoff)
        return GD_OK;
    return gd_error_set_key(
        gd_fail(error, GD_BAD_INPUT, "smooth: %g Å is more than the cutoff of %g Å", range->smooth, range->cutoff),
        error, "smooth");
}

enum gd_status gd_second_moment_supports(const struct gd_potential *potential, const struct gd_structure *structure,
                                         struct gd_error *error)
{
    const struct gd_second_moment *own = (const struct gd_second_moment *)potential;
    return gd_pairs_check_cutoff(potential->type->base.name, structure, own->range.cutoff, error);
}

/* From 1 to 0 where the sums fade: 1 - x³ (10 - 15 x + 6 x²). */
static double fade(const struct gd_second_moment_range *range, double r, double *slope)
{
    double x = r - (range->cutoff - range->smooth);
    *slope = 0;
    if (!(range->smooth > 0) || x <= 0)
        return 1;
    x /= range->smooth;
    *slope = -30 * x * x * (1 - x) * (1 - x) / range->smooth;
    return 1 - x * x * x * (10 - x * (15 - 6 * x));
}

static double add_pair(const struct gd_potential *potential, int a, int b, double r, struct gd_embedded_pair *pair)
{
    const struct gd_second_moment *own = (const struct gd_second_moment *)potential;
    struct gd_second_moment_pair bond;
    double fall, left = fade(&own->range, r, &fall);
    own->bond(own, a, b, r, &bond);
    pair->slope = bond.repulsion_slope * left + bond.repulsion * fall;
    pair->density_i = pair->density_j = bond.squared * left;
    pair->slope_i = pair->slope_j = bond.squared_slope * left + bond.squared * fall;
    return bond.repulsion * left;
}

static double embed(const struct gd_potential *potential, int number, double *density)
{
    (void)potential, (void)number;
    if (!(*density > 0))
        return 0;
    double root = sqrt(*density);
    *density = -0.5 / root;
    return -root;
}

enum gd_status gd_second_moment_evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                                         double *energy, double (*forces)[3], struct gd_error *error)
{
    static const struct gd_embedded_functions functions = {add_pair, embed};
    const struct gd_second_moment *own = (const struct gd_second_moment *)potential;
    enum gd_status status = potential->type->supports(potential, structure, error);
    if (status)
        return status;
    return gd_embedded_evaluate(potential, &functions, own->range.cutoff, structure, energy, forces, error);
}
