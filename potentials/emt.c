/* Effective-medium theory of Jacobsen, Stoltze and Nørskov, Surf. Sci. 366, 394 (1996), with the conventions of the
 * Atomic Simulation Environment: one cutoff for all metals, energies relative to the bulk metals. */
#include <math.h>
#include <stdlib.h>

#include "atoms/elements.h"
#include "atoms/neighbours.h"
#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "potentials/potential.h"

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

/* What two atoms do to each other at distance r. Densities are parts of the sums of σ1, before the division by γ1. */
struct pair {
    size_t i, j;
    double unit[3];              /* from i to j */
    double slope;                /* of the pair energy by r */
    double density_i, density_j; /* that i and j receive */
    double slope_i, slope_j;     /* their derivatives by r */
};

struct workspace {
    struct gd_neighbours list;
    struct pair *pairs;
    size_t count;
    double *density; /* [atoms], then the derivative of the energy by it */
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

/* Fills a pair's figures for atoms of metals a (i) and b (j), `pair->unit` apart, which it scales to unit length.
 * Returns the pair energy. */
static double set_pair(const struct emt *emt, const struct metal *a, const struct metal *b, struct pair *pair)
{
    double r = gd_length(pair->unit), theta = cutoff_function(emt, r), fall = emt->slope * (theta - 1);
    double from_a = theta * exp(-a->eta2 * (r - BETA * a->s0)), screen_a = theta * exp(-a->kappa * (r / BETA - a->s0));
    double from_b = from_a, screen_b = screen_a, chi = b->n0 / a->n0;
    if (a != b) {
        from_b = theta * exp(-b->eta2 * (r - BETA * b->s0));
        screen_b = theta * exp(-b->kappa * (r / BETA - b->s0));
    }
    for (int axis = 0; axis < 3; axis++)
        pair->unit[axis] /= r;
    pair->density_i = chi * from_b;
    pair->density_j = from_a / chi;
    pair->slope_i = pair->density_i * (fall - b->eta2);
    pair->slope_j = pair->density_j * (fall - a->eta2);
    double energy_i = -0.5 * a->v0 / a->gamma2 * chi * screen_b, energy_j = -0.5 * b->v0 / b->gamma2 * screen_a / chi;
    pair->slope = energy_i * (fall - b->kappa / BETA) + energy_j * (fall - a->kappa / BETA);
    return energy_i + energy_j;
}

/* Energy of an atom in the density of its neighbours, which is replaced by the energy's derivative. */
static double embed(const struct metal *metal, double *density)
{
    if (*density == 0)
        return -metal->e0;
    double shift = -log(*density / (12 * metal->gamma1)) / (BETA * metal->eta2);
    double cohesive = metal->e0 * exp(-metal->lambda * shift), repulsive = 6 * metal->v0 * exp(-metal->kappa * shift);
    double slope = -metal->lambda * metal->lambda * shift * cohesive - metal->kappa * repulsive;
    *density = -slope / (BETA * metal->eta2 * *density);
    return (1 + metal->lambda * shift) * cohesive - metal->e0 + repulsive;
}

static const struct metal *metal_of(const struct emt *emt, int number)
{
    return &emt->metals[emt->index[number]];
}

static enum gd_status find_pairs(const struct emt *emt, const struct gd_structure *structure, struct workspace *work,
                                 struct gd_error *error)
{
    struct gd_basis basis;
    enum gd_status status = gd_basis_make(&basis, &structure->cell, error);
    if (!status)
        status =
            gd_neighbours_find(&work->list, &basis, structure->count, structure->positions, emt->middle + SKIN, error);
    if (status)
        return status;
    work->pairs = gd_array(work->list.edges / 2, sizeof *work->pairs);
    work->density = gd_array(structure->count, sizeof *work->density);
    return work->pairs && work->density ? GD_OK : gd_no_memory(error, "an evaluation");
}

/* Pair energies and densities. */
static double sum_pairs(const struct emt *emt, const struct gd_structure *structure, struct workspace *work)
{
    const struct gd_neighbours *list = &work->list;
    double energy = 0;
    for (size_t i = 0; i < list->atoms; i++)
        for (size_t k = list->first[i]; k < list->first[i + 1]; k++) {
            if (!gd_neighbours_once(list, i, k))
                continue;
            struct pair *pair = &work->pairs[work->count++];
            *pair = (struct pair){.i = i, .j = (size_t)list->neighbour[k]};
            gd_add_scaled(pair->unit, 1, list->vector[k]);
            energy +=
                set_pair(emt, metal_of(emt, structure->species[i]), metal_of(emt, structure->species[pair->j]), pair);
            work->density[i] += pair->density_i;
            work->density[pair->j] += pair->density_j;
        }
    return energy;
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    const struct emt *emt = (const struct emt *)potential;
    struct workspace work = {0};
    enum gd_status status = supports(potential, structure, error);
    if (!status)
        status = find_pairs(emt, structure, &work, error);
    if (status)
        goto cleanup;
    double total = sum_pairs(emt, structure, &work);
    for (size_t i = 0; i < structure->count; i++) {
        total += embed(metal_of(emt, structure->species[i]), &work.density[i]);
        forces[i][0] = forces[i][1] = forces[i][2] = 0;
    }
    for (size_t k = 0; k < work.count; k++) {
        const struct pair *pair = &work.pairs[k];
        double slope = pair->slope + work.density[pair->i] * pair->slope_i + work.density[pair->j] * pair->slope_j;
        gd_add_scaled(forces[pair->i], slope, pair->unit);
        gd_add_scaled(forces[pair->j], -slope, pair->unit);
    }
    *energy = total;
cleanup:
    gd_neighbours_clear(&work.list);
    free(work.pairs);
    free(work.density);
    return status;
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
