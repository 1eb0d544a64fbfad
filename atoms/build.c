#include "atoms/build.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/build_priv.h"
#include "atoms/elements.h"
#include "engine/base/memory.h"

#define MOST_MOBILE 100000

const struct gd_kind gd_kind_template = {
    .name = "template",
    .summary = "the fixed atoms and the cell",
    .form = GD_TAGGED,
    .tag = "build",
    .callbacks = (const size_t[]){offsetof(struct gd_template_class, build), 0},
};

enum gd_status gd_build_symbol(const char *symbol, struct gd_error *error)
{
    return gd_element_number(symbol) ? GD_OK
                                     : gd_fail(error, GD_BAD_INPUT, "'%s' is not the symbol of an element", symbol);
}

/* Metals of other crystals than fcc: lattice constant a (Å) and, of hcp, c/a (Ashcroft and Mermin, Solid State Physics,
 * 1976, as in ase.data). */
static const struct lattice {
    const char *symbol;
    enum gd_crystal crystal;
    double a, ratio;
} lattices[] = {
    {"Li", GD_BCC, 3.49, 0},     {"Na", GD_BCC, 4.23, 0},     {"K", GD_BCC, 5.23, 0},      {"V", GD_BCC, 3.02, 0},
    {"Cr", GD_BCC, 2.88, 0},     {"Fe", GD_BCC, 2.87, 0},     {"Rb", GD_BCC, 5.59, 0},     {"Nb", GD_BCC, 3.30, 0},
    {"Mo", GD_BCC, 3.15, 0},     {"Cs", GD_BCC, 6.05, 0},     {"Ba", GD_BCC, 5.02, 0},     {"Ta", GD_BCC, 3.31, 0},
    {"W", GD_BCC, 3.16, 0},      {"Be", GD_HCP, 2.29, 1.567}, {"Mg", GD_HCP, 3.21, 1.624}, {"Sc", GD_HCP, 3.31, 1.594},
    {"Ti", GD_HCP, 2.95, 1.588}, {"Co", GD_HCP, 2.51, 1.622}, {"Zn", GD_HCP, 2.66, 1.856}, {"Y", GD_HCP, 3.65, 1.571},
    {"Zr", GD_HCP, 3.23, 1.593}, {"Tc", GD_HCP, 2.74, 1.604}, {"Ru", GD_HCP, 2.70, 1.584}, {"Cd", GD_HCP, 2.98, 1.886},
    {"Hf", GD_HCP, 3.20, 1.582}, {"Re", GD_HCP, 2.76, 1.615}, {"Os", GD_HCP, 2.74, 1.579}, {"Tl", GD_HCP, 3.46, 1.599},
};

static struct lattice find_lattice(int number, enum gd_crystal crystal)
{
    if (crystal == GD_FCC)
        return (struct lattice){.a = gd_element_fcc_constant(number)};
    for (size_t k = 0; k < sizeof lattices / sizeof *lattices; k++)
        if (lattices[k].crystal == crystal && gd_element_number(lattices[k].symbol) == number)
            return lattices[k];
    return (struct lattice){.a = NAN, .ratio = sqrt(8.0 / 3)};
}

enum gd_status gd_build_element(const char *symbol, enum gd_crystal crystal, int *number, double *lattice,
                                double *height, struct gd_error *error)
{
    static const char *const names[] = {[GD_FCC] = "fcc", [GD_BCC] = "bcc", [GD_HCP] = "hcp"};
    *number = gd_element_number(symbol);
    if (!*number)
        return gd_build_symbol(symbol, error);
    const struct lattice known = find_lattice(*number, crystal);
    if (!(*lattice > 0))
        *lattice = known.a;
    if (isnan(*lattice))
        return gd_error_set_key(gd_fail(error, GD_BAD_INPUT,
                                        "%s is not %s %s metal: its lattice constant `a` must be given", symbol,
                                        crystal == GD_BCC ? "a" : "an", names[crystal]),
                                error, "symbol");
    if (height && !(*height > 0))
        *height = *lattice * known.ratio;
    return GD_OK;
}

enum gd_status gd_build_alloc(struct gd_structure *structure, int number, double count, struct gd_error *error)
{
    if (!(count <= GD_MOST_ATOMS))
        return gd_fail(error, GD_BAD_INPUT, "%.0f atoms are too many: at most %d can be built", count, GD_MOST_ATOMS);
    enum gd_status status = gd_structure_alloc(structure, (size_t)count, false, error);
    for (size_t i = 0; !status && i < structure->count; i++)
        structure->species[i] = number;
    return status;
}

void gd_build_pad(struct gd_structure *structure, int axis, double vacuum)
{
    double low = 0, high = 0;
    for (size_t i = 0; i < structure->count; i++) {
        double at = structure->positions[i][axis];
        low = i && low < at ? low : at;
        high = i && high > at ? high : at;
    }
    for (size_t i = 0; i < structure->count; i++)
        structure->positions[i][axis] += vacuum - low;
    double *vector = structure->cell.vectors[axis];
    vector[0] = vector[1] = vector[2] = 0;
    vector[axis] = high - low + 2 * vacuum;
}

/* Reads one symbol and count ("Pt7", "Ni") from *text. */
static enum gd_status parse_part(const char **text, int *number, size_t *count, struct gd_error *error)
{
    const char *at = *text;
    char symbol[3] = {at[0], islower((unsigned char)at[1]) ? at[1] : '\0', '\0'};
    *number = gd_element_number(symbol);
    if (!*number)
        return gd_fail(error, GD_BAD_INPUT, "'%s' in a formula does not begin with the symbol of an element", at);
    at += strlen(symbol);
    const char *digits = at;
    *count = isdigit((unsigned char)*at) ? 0 : 1;
    for (; isdigit((unsigned char)*at) && *count <= MOST_MOBILE; at++)
        *count = 10 * *count + (size_t)(*at - '0');
    if (*count == 0 || *count > MOST_MOBILE)
        return gd_fail(error, GD_BAD_INPUT, "'%s%s' in a formula: a number of atoms must be 1 to %d", symbol, digits,
                       MOST_MOBILE);
    *text = at;
    return GD_OK;
}

enum gd_status gd_formula_parse(const char *formula, int **species, size_t *count, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    size_t capacity = 0;
    *species = NULL;
    *count = 0;
    if (!*formula)
        status = gd_fail(error, GD_BAD_INPUT, "a formula such as Pt7 is expected, not an empty text");
    for (const char *at = formula; !status && *at;) {
        int number;
        size_t more = 0;
        status = parse_part(&at, &number, &more, error);
        if (!status && *count + more > MOST_MOBILE)
            status = gd_fail(error, GD_BAD_INPUT, "the formula '%s' has more than %d atoms", formula, MOST_MOBILE);
        if (!status && !gd_grow(species, &capacity, *count + more, sizeof **species))
            status = gd_no_memory(error, "a formula");
        for (; !status && more; more--)
            (*species)[(*count)++] = number;
    }
    if (status) {
        free(*species);
        *species = NULL;
        *count = 0;
    }
    return status;
}

enum gd_status gd_formula_check(const char *formula, struct gd_error *error)
{
    int *species;
    size_t count;
    enum gd_status status = gd_formula_parse(formula, &species, &count, error);
    free(species);
    return status;
}
