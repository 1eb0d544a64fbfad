/* Clusters with the geometry of ase.cluster of the Atomic Simulation Environment. */
#include <math.h>
#include <stdlib.h>

#include "atoms/build_priv.h"
#include "atoms/vector.h"

enum shape { ICOSAHEDRON, OCTAHEDRON, FACES };

static const char *const shapes[] = {"icosahedron", "octahedron", "faces", NULL};

struct params {
    const char *symbol;
    int shape;
    int64_t shells, length, cutoff, layers[3];
    double a, vacuum;
};

static const struct gd_param rows[] = {
    GD_CRYSTAL_ROWS(struct params, "fcc"),
    {
        .name = "shape",
        .type = GD_CHOICE,
        .offset = offsetof(struct params, shape),
        .choices = shapes,
        .help =
            "icosahedron: Mackay's; octahedron: cut from the fcc crystal; faces: the fcc crystal between its (100), "
            "(110) and (111) faces.",
    },
    {
        .name = "shells",
        .type = GD_INT,
        .offset = offsetof(struct params, shells),
        .optional = true,
        .min = 1,
        .max = 100,
        .help = "Shells of the icosahedron, the central atom included: 2 for 13 atoms, 3 for 55.",
    },
    {
        .name = "length",
        .type = GD_INT,
        .offset = offsetof(struct params, length),
        .optional = true,
        .min = 1,
        .max = 200,
        .help = "Atoms along an edge of the complete octahedron.",
    },
    {
        .name = "cutoff",
        .type = GD_INT,
        .offset = offsetof(struct params, cutoff),
        .optional = true,
        .min = 0,
        .max = 100,
        .help = "Layers cut from each corner of the octahedron; length 4 and cutoff 1 make 38 atoms.",
    },
    {
        .name = "layers",
        .type = GD_INT,
        .offset = offsetof(struct params, layers),
        .count = 3,
        .optional = true,
        .max = 200,
        .help = "Layers from the central atom to the (100), (110) and (111) faces; 0: no such faces. [6, 9, 5] is a "
                "particle of 675 atoms with all three.",
    },
    GD_VACUUM_ROW(struct params, "Empty space around the cluster in its box; 0: no box, centred at the origin."),
    {0},
};

/* The twelve corners of an icosahedron with edge 2: cyclic permutations of (0, ±1, ±φ). */
static void corner(int k, double position[3])
{
    int axis = k / 4;
    position[axis] = 0;
    position[(axis + 1) % 3] = k & 1 ? -1 : 1;
    position[(axis + 2) % 3] = (k & 2 ? -1 : 1) * (1 + sqrt(5)) / 2;
}

static bool adjacent(int a, int b)
{
    double at_a[3], at_b[3];
    corner(a, at_a);
    corner(b, at_b);
    gd_add_scaled(at_a, -1, at_b);
    return gd_dot(at_a, at_a) < 4.5; /* 4 along an edge, more than 10 otherwise */
}

/* Appends (a·i + b·j + c·k) · scale, with corners a, b, c. */
static void append(struct gd_structure *structure, double scale, const int corners[3], const int64_t multiples[3])
{
    double *position = structure->positions[structure->count++];
    for (int n = 0; n < 3; n++) {
        double at[3];
        corner(corners[n], at);
        gd_add_scaled(position, scale * (double)multiples[n], at);
    }
}

/* Shell `n` of the icosahedron: corners, then what lies within the edges, then within the faces. */
static void add_shell(struct gd_structure *structure, double scale, int64_t n)
{
    for (int a = 0; a < 12; a++) {
        append(structure, scale, (const int[]){a, a, a}, (const int64_t[]){n, 0, 0});
        for (int b = 0; b < a; b++) {
            if (!adjacent(a, b))
                continue;
            for (int64_t i = 1; i < n; i++)
                append(structure, scale, (const int[]){a, b, b}, (const int64_t[]){i, n - i, 0});
            for (int c = 0; c < b; c++)
                for (int64_t i = 1; i < n && adjacent(a, c) && adjacent(b, c); i++)
                    for (int64_t j = 1; i + j < n; j++)
                        append(structure, scale, (const int[]){a, b, c}, (const int64_t[]){i, j, n - i - j});
        }
    }
}

/* Neighbours in different shells are as far apart as in the fcc crystal. */
static enum gd_status icosahedron(const struct params *params, int number, double lattice,
                                  struct gd_structure *structure, struct gd_error *error)
{
    double shells = (double)params->shells - 1, corner_at[3];
    double atoms = (10 * shells * shells * shells + 15 * shells * shells + 11 * shells + 3) / 3;
    enum gd_status status = gd_error_set_key(gd_build_alloc(structure, number, rint(atoms), error), error, "shells");
    if (status)
        return status;
    corner(0, corner_at);
    structure->count = 1;
    for (int64_t n = 1; n < params->shells; n++)
        add_shell(structure, lattice * sqrt(0.5) / gd_length(corner_at), n);
    return GD_OK;
}

/* The sites of the fcc crystal, in half lattice constants, within the cut octahedron; written to `structure` unless it
 * is NULL. Returns how many there are. */
static size_t octahedron_sites(int64_t length, int64_t cutoff, double lattice, struct gd_structure *structure)
{
    int64_t edge = length - 1, most = edge - cutoff;
    size_t count = 0;
    for (int64_t x = -most; x <= most; x++)
        for (int64_t y = -most; y <= most; y++)
            for (int64_t z = -most; z <= most; z++) {
                int64_t steps = llabs(x) + llabs(y) + llabs(z);
                if (steps > edge || (edge - steps) % 2)
                    continue;
                if (structure) {
                    const double site[3] = {(double)x, (double)y, (double)z};
                    gd_add_scaled(structure->positions[count], lattice / 2, site);
                }
                count++;
            }
    return count;
}

static enum gd_status octahedron(const struct params *params, int number, double lattice,
                                 struct gd_structure *structure, struct gd_error *error)
{
    if (params->length < 2 * params->cutoff + 1)
        return gd_error_set_key(gd_fail(error, GD_BAD_INPUT,
                                        "the cutoff of an octahedron of length %lld is at most %lld",
                                        (long long)params->length, (long long)(params->length - 1) / 2),
                                error, "cutoff");
    size_t count = octahedron_sites(params->length, params->cutoff, lattice, NULL);
    enum gd_status status = gd_error_set_key(gd_build_alloc(structure, number, (double)count, error), error, "length");
    if (!status)
        octahedron_sites(params->length, params->cutoff, lattice, structure);
    return status;
}

/* Whether a site with whole coordinates of one sign, in half lattice constants, is within the faces: layers are 1/2 a,
 * 1/√8 a and 1/√3 a apart. */
static bool between_faces(const int64_t layers[3], int64_t x, int64_t y, int64_t z)
{
    const int64_t most = x > y ? (x > z ? x : z) : (y > z ? y : z), sum = x + y + z;
    const int64_t least = x < y ? (x < z ? x : z) : (y < z ? y : z);
    return (!layers[0] || most <= layers[0]) && (!layers[1] || sum - least <= layers[1]) &&
           (!layers[2] || sum <= 2 * layers[2]);
}

/* No coordinate of a site within the faces is larger: each is at most `most`, `sum - least` and `sum`. */
static int64_t farthest_site(const int64_t layers[3])
{
    const int64_t bounds[3] = {layers[0], layers[1], 2 * layers[2]};
    int64_t far = INT64_MAX;
    for (int k = 0; k < 3; k++)
        if (bounds[k] && bounds[k] < far)
            far = bounds[k];
    return far;
}

/* As octahedron_sites. */
static size_t faces_sites(const int64_t layers[3], double lattice, struct gd_structure *structure)
{
    const int64_t far = farthest_site(layers);
    size_t count = 0;
    for (int64_t x = -far; x <= far; x++)
        for (int64_t y = -far; y <= far; y++)
            for (int64_t z = -far; z <= far; z++) {
                if ((x + y + z) % 2 || !between_faces(layers, llabs(x), llabs(y), llabs(z)))
                    continue;
                if (structure)
                    gd_add_scaled(structure->positions[count], lattice / 2,
                                  (const double[]){(double)x, (double)y, (double)z});
                count++;
            }
    return count;
}

static enum gd_status faces(const struct params *params, int number, double lattice, struct gd_structure *structure,
                            struct gd_error *error)
{
    const size_t count = faces_sites(params->layers, lattice, NULL);
    enum gd_status status = gd_error_set_key(gd_build_alloc(structure, number, (double)count, error), error, "layers");
    if (!status)
        faces_sites(params->layers, lattice, structure);
    return status;
}

/* What each shape needs, and that it has nothing of the others. */
static enum gd_status check(const struct params *params, struct gd_error *error)
{
    static const char *const needs[] = {
        [ICOSAHEDRON] = "an icosahedron needs `shells`, without `length`, `cutoff` and `layers`",
        [OCTAHEDRON] = "an octahedron needs `length`, optionally `cutoff`, without `shells` and `layers`",
        [FACES] = "faces need `layers`, not all of them 0, without `shells`, `length` and `cutoff`",
    };
    const bool layers = params->layers[0] || params->layers[1] || params->layers[2];
    const bool given[] = {params->shells > 0, params->length > 0, layers};
    for (int shape = ICOSAHEDRON; shape <= FACES; shape++)
        if (given[shape] != (params->shape == shape) || (params->cutoff && params->shape != OCTAHEDRON))
            return gd_error_set_key(gd_fail(error, GD_BAD_INPUT, "%s", needs[params->shape]), error, "shape");
    return GD_OK;
}

static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    static enum gd_status (*const makers[])(const struct params *params, int number, double lattice,
                                            struct gd_structure *structure, struct gd_error *error) = {
        [ICOSAHEDRON] = icosahedron, [OCTAHEDRON] = octahedron, [FACES] = faces};
    const struct params *params = values;
    double lattice = params->a;
    int number;
    enum gd_status status = check(params, error);
    if (!status)
        status = gd_build_element(params->symbol, GD_FCC, &number, &lattice, NULL, error);
    if (!status)
        status = makers[params->shape](params, number, lattice, structure, error);
    for (int axis = 0; !status && axis < 3 && params->vacuum > 0; axis++)
        gd_build_pad(structure, axis, params->vacuum);
    return status;
}

const struct gd_template_class gd_template_cluster = {
    .base = {"cluster", "A nanoparticle of one element in a non-periodic box.", rows, sizeof(struct params)},
    .build = build,
};
