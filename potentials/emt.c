/* Effective-medium theory of Jacobsen, Stoltze and Nørskov, Surf. Sci. 366, 394 (1996), with the conventions of the
 * Atomic Simulation Environment: one cutoff for all metals, energies relative to the bulk metals. */
#include <math.h>
#include <stdlib.h>

#include "atoms/elements.h"
#include "engine/base/memory.h"
#include "potentials/embedded.h"

#define BOHR   0.5291772105638411 /* Å */
#define BETA   1.809              /* (16 π/3)^(1/3) / √2, rounded as published */
#define SKIN   0.5                /* Å beyond the middle of the cutoff function to which pairs are counted */
#define METALS (sizeof metals / sizeof *metals)

/* E0 eV, s0 bohr, V0 eV, η2 1/bohr, κ 1/bohr, λ 1/bohr, n0 1/bohr³ */
static const struct {
    int number;
    double e0, s0, v0, eta2, kappa, lambda, n0;
} metals[] = {
    {13, -3.28, 3.00, 1.493, 1.240, 2.000, 1.169, 0.00700}, /* Al */
    {28, -4.44, 2.60, 3.673, 1.669, 2.757, 1.948, 0.01030}, /* Ni */
    {29, -3.51, 2.67, 2.476, 1.652, 2.740, 1.906, 0.00910}, /* Cu */
    {46, -3.90, 2.87, 2.773, 1.818, 3.107, 2.155, 0.00688}, /* Pd */
    {47, -2.96, 3.01, 2.132, 1.652, 2.790, 1.892, 0.00547}, /* Ag */
    {78, -5.85, 2.90, 4.067, 1.812, 3.145, 2.192, 0.00802}, /* Pt */
    {79, -3.80, 3.00, 2.321, 1.674, 2.873, 2.182, 0.00703}, /* Au */
};

/* One metal in Å, with its γ1 and γ2. */
struct metal {
    double e0, s0, v0, eta2, kappa, lambda, n0, gamma1, gamma2;
};

struct emt {
    struct gd_potential base;
    double middle, slope; /* of the cutoff function θ: r_c Å, a_cut 1/Å */
    struct metal metals[METALS];
    int index[GD_ELEMENTS + 1]; /* of an atomic number in `metals`, or -1 */
};

extern const struct gd_potential_class gd_potential_emt;

static double cutoff_function(const struct emt *emt, double r)
{
    return 1 / (1 + exp(emt->slope * (r - emt->middle)));
}

/* γ1 and γ2: sums over three shells of the fcc crystal. */
static void set_gammas(const struct emt *emt, struct metal *metal)
{
    static const double shells[3][2] = {{12, 1}, {6, 2}, {24, 3}}; /* atoms, squared distance */
    for (int n = 0; n < 3; n++) {
        double nearest = BETA * metal->s0, r = nearest * sqrt(shells[n][1]);
        double weight = shells[n][0] / 12 * cutoff_function(emt, r);
        metal->gamma1 += weight * exp(-metal->eta2 * (r - nearest));
        metal->gamma2 += weight * exp(-metal->kappa / BETA * (r - nearest));
    }
}

static enum gd_status create(const void *params, struct gd_potential **potential, struct gd_error *error)
{
    (void)params;
    struct emt *emt = gd_array(1, sizeof *emt);
    if (!emt)
        return gd_no_memory(error, "a potential");
    double largest = 0;
    for (size_t k = 0; k < METALS; k++)
        largest = fmax(largest, metals[k].s0 * BOHR);
    emt->base.type = &gd_potential_emt;
    emt->middle = BETA * largest * (sqrt(3) + 2) / 2;
    emt->slope = log(9999) / (BETA * largest * 2 - emt->middle);
    for (int number = 0; number <= GD_ELEMENTS; number++)
        emt->index[number] = -1;
    for (size_t k = 0; k < METALS; k++) {
        emt->index[metals[k].number] = (int)k;
        emt->metals[k] = (struct metal){.e0 = metals[k].e0,
                                        .s0 = metals[k].s0 * BOHR,
                                        .v0 = metals[k].v0,
                                        .eta2 = metals[k].eta2 / BOHR,
                                        .kappa = metals[k].kappa / BOHR,
                                        .lambda = metals[k].lambda / BOHR,
                                        .n0 = metals[k].n0 / (BOHR * BOHR * BOHR)};
        set_gammas(emt, &emt->metals[k]);
    }
    *potential = &emt->base;
    return GD_OK;
}

static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    const struct emt *emt = (const struct emt *)potential;
    const int *species = structure->species;
    for (size_t i = 0; i < structure->count; i++)
        if (species[i] < 1 || species[i] > GD_ELEMENTS || emt->index[species[i]] < 0)
            return gd_fail(error, GD_BAD_INPUT,
                           "emt has no parameters for %s: supported are Al, Ni, Cu, Pd, Ag, Pt and Au",
                           gd_element_symbol(species[i]));
    return GD_OK;
}

static const struct metal *metal_of(const struct gd_potential *potential, int number)
{
    const struct emt *emt = (const struct emt *)potential;
    return &emt->metals[emt->index[number]];
}

/* Densities are parts of the sums of σ1, before the division by γ1. */
static double add_pair(const struct gd_potential *potential, int number_i, int number_j, double r,
                       struct gd_embedded_pair *pair)
{
    const struct emt *emt = (const struct emt *)potential;
    const struct metal *a = metal_of(potential, number_i), *b = metal_of(potential, number_j);
    double theta = cutoff_function(emt, r), fall = emt->slope * (theta - 1);
    double from_a = theta * exp(-a->eta2 * (r - BETA * a->s0)), screen_a = theta * exp(-a->kappa * (r / BETA - a->s0));
    double from_b = from_a, screen_b = screen_a, chi = b->n0 / a->n0;
    if (a != b) {
        from_b = theta * exp(-b->eta2 * (r - BETA * b->s0));
        screen_b = theta * exp(-b->kappa * (r / BETA - b->s0));
    }
    pair->density_i = chi * from_b;
    pair->density_j = from_a / chi;
    pair->slope_i = pair->density_i * (fall - b->eta2);
    pair->slope_j = pair->density_j * (fall - a->eta2);
    double energy_i = -0.5 * a->v0 / a->gamma2 * chi * screen_b, energy_j = -0.5 * b->v0 / b->gamma2 * screen_a / chi;
    pair->slope = energy_i * (fall - b->kappa / BETA) + energy_j * (fall - a->kappa / BETA);
    return energy_i + energy_j;
}

/* Energy of an atom in the density of its neighbours. */
static double embed(const struct gd_potential *potential, int number, double *density)
{
    const struct metal *metal = metal_of(potential, number);
    if (*density == 0)
        return -metal->e0;
    double shift = -log(*density / (12 * metal->gamma1)) / (BETA * metal->eta2);
    double cohesive = metal->e0 * exp(-metal->lambda * shift), repulsive = 6 * metal->v0 * exp(-metal->kappa * shift);
    double slope = -metal->lambda * metal->lambda * shift * cohesive - metal->kappa * repulsive;
    *density = -slope / (BETA * metal->eta2 * *density);
    return (1 + metal->lambda * shift) * cohesive - metal->e0 + repulsive;
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    static const struct gd_embedded_functions functions = {add_pair, embed};
    enum gd_status status = supports(potential, structure, error);
    if (status)
        return status;
    return gd_embedded_evaluate(potential, &functions, ((const struct emt *)potential)->middle + SKIN, structure,
                                energy, forces, error);
}

static void destroy(struct gd_potential *potential)
{
    free(potential);
}

const struct gd_potential_class gd_potential_emt = {
    .base = {"emt", "Effective-medium theory for Al, Ni, Cu, Pd, Ag, Pt, Au and their alloys.", NULL, 0},
    .create = create,
    .supports = supports,
    .evaluate = evaluate,
    .destroy = destroy,
};
