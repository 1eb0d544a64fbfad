/* The potential of Gupta in the form and with the parameters of F. Cleri and V. Rosato, Phys. Rev. B 48, 22 (1993):
 * Σ_i [ Σ_j A exp(-p (r/r0 - 1)) - √(Σ_j ξ² exp(-2 q (r/r0 - 1))) ]; R. P. Gupta, Phys. Rev. B 23, 6265 (1981). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "atoms/scan.h"
#include "engine/base/memory.h"
#include "potentials/second_moment.h"

extern const struct gd_potential_class gd_potential_gupta;

/* Of two atoms. Not known: r0 is 0. */
struct values {
    double a, xi, p, q, r0; /* eV, eV, 1, 1, Å */
};

#define METALS     (sizeof metals / sizeof *metals)
#define MOST_KINDS (METALS + 32) /* elements, the built-in ones included */

static const struct {
    int number;
    double a, xi, p, q, lattice; /* lattice: of the fcc crystal, √2 r0, Å */
} metals[] = {
    {13, 0.1221, 1.316, 8.612, 2.516, 4.050},  /* Al */
    {28, 0.0376, 1.070, 16.999, 1.189, 3.523}, /* Ni */
    {29, 0.0855, 1.224, 10.960, 2.278, 3.615}, /* Cu */
    {46, 0.1746, 1.718, 10.867, 3.742, 3.887}, /* Pd */
    {47, 0.1028, 1.178, 10.928, 3.139, 4.085}, /* Ag */
    {78, 0.2975, 2.695, 10.612, 4.004, 3.924}, /* Pt */
    {79, 0.2061, 1.790, 10.229, 4.036, 4.079}, /* Au */
};

enum mixing { NONE, MEAN };

static const char *const mixings[] = {"none", "mean", NULL};

struct params {
    struct gd_second_moment_range range;
    const char *parameters;
    int mixing;
};

struct gupta {
    struct gd_second_moment common;
    int kinds, number[MOST_KINDS]; /* the elements it knows */
    int kind[GD_ELEMENTS + 1];     /* of an atomic number in `number`, or -1 */
    struct values pairs[MOST_KINDS][MOST_KINDS];
};

/* The kind of an element, a new one if it has none; -1 when there are too many. */
static int add_kind(struct gupta *gupta, int number)
{
    int *kind = &gupta->kind[number];
    if (*kind < 0 && gupta->kinds < (int)MOST_KINDS) {
        *kind = gupta->kinds++;
        gupta->number[*kind] = number;
    }
    return *kind;
}

static void set_pair(struct gupta *gupta, int a, int b, struct values values)
{
    gupta->pairs[a][b] = gupta->pairs[b][a] = values;
}

static void add_metals(struct gupta *gupta)
{
    for (int number = 0; number <= GD_ELEMENTS; number++)
        gupta->kind[number] = -1;
    for (size_t k = 0; k < METALS; k++) {
        int kind = add_kind(gupta, metals[k].number);
        set_pair(gupta, kind, kind,
                 (struct values){metals[k].a, metals[k].xi, metals[k].p, metals[k].q, metals[k].lattice * sqrt(0.5)});
    }
}

/* --- Parameters that are given: "Ag Ni 0.096 1.34 11.7 2.2 2.69; ..." --------------------------------------------- */

static enum gd_status read_values(struct gd_scan *scan, struct values *values)
{
    static const char *const names[] = {"A", "xi", "p", "q", "r0"};
    double *const to[] = {&values->a, &values->xi, &values->p, &values->q, &values->r0};
    for (int k = 0; k < 5; k++) {
        const char *word = gd_scan_word(scan);
        enum gd_status status = gd_scan_real(scan, word, names[k], to[k]);
        if (status)
            return status;
        if (!(*to[k] > 0))
            return gd_scan_fail(scan, word, "%s: %s is not above zero", names[k], word);
    }
    return GD_OK;
}

static enum gd_status read_pair(struct gd_scan *scan, struct gupta *gupta)
{
    struct values values;
    int kinds[2] = {0};
    for (int k = 0; k < 2; k++) {
        int number;
        const char *word = gd_scan_word(scan);
        enum gd_status status = gd_scan_element(scan, word, &number);
        if (status)
            return status;
        if ((kinds[k] = add_kind(gupta, number)) < 0)
            return gd_scan_fail(scan, word, "more than %d elements", (int)MOST_KINDS);
    }
    enum gd_status status = read_values(scan, &values);
    if (!status && !gd_scan_blank(scan))
        return gd_scan_fail(scan, NULL, "after two elements, A, xi, p, q and r0 a ';' is expected, not '%.60s'",
                            scan->at);
    if (!status)
        set_pair(gupta, kinds[0], kinds[1], values);
    return status;
}

static enum gd_status read_parameters(const char *text, struct gupta *gupta, struct gd_error *error)
{
    char *lines = gd_string(text);
    struct gd_scan scan;
    if (!lines)
        return gd_no_memory(error, "parameters");
    for (char *at = lines; (at = strchr(at, ';'));)
        *at = '\n';
    enum gd_status status = gd_scan_start(&scan, NULL, lines, strlen(lines), error);
    while (!status && gd_scan_line(&scan))
        if (!gd_scan_blank(&scan))
            status = read_pair(&scan, gupta);
    free(lines);
    return status;
}

static enum gd_status accepts_parameters(const char *text, struct gd_error *error)
{
    struct gupta *trial = gd_array(1, sizeof *trial);
    if (!trial)
        return gd_no_memory(error, "parameters");
    add_metals(trial);
    enum gd_status status = read_parameters(text, trial, error);
    free(trial);
    return status;
}

static const struct gd_param rows[] = {
    {
        .name = "parameters",
        .type = GD_STRING,
        .offset = offsetof(struct params, parameters),
        .optional = true,
        .accepts = accepts_parameters,
        .example = "\"Ag Ni 0.0960 1.34 11.767 2.286 2.69; Pb Pb 0.0980 0.914 9.576 3.648 3.50\"",
        .help =
            "Parameters in place of the built-in ones or beside them: for each pair, separated by `;`, two symbols, "
            "A (eV), xi (eV), p, q and r0 (Å).",
    },
    {
        .name = "mixing",
        .type = GD_CHOICE,
        .offset = offsetof(struct params, mixing),
        .initial = "none",
        .choices = mixings,
        .help =
            "Parameters of unlike atoms that are not given. none: there are none; mean: geometric means of A and xi, "
            "arithmetic means of p, q and r0.",
    },
    GD_SECOND_MOMENT_ROWS(struct params, "6.5", "1.0"),
    {0},
};

/* --- Callbacks ---------------------------------------------------------------------------------------------------- */

static void mix_all(struct gupta *gupta)
{
    for (int i = 0; i < gupta->kinds; i++)
        for (int j = 0; j < i; j++) {
            const struct values *a = &gupta->pairs[i][i], *b = &gupta->pairs[j][j];
            if (a->r0 > 0 && b->r0 > 0 && !(gupta->pairs[i][j].r0 > 0))
                set_pair(gupta, i, j,
                         (struct values){sqrt(a->a * b->a), sqrt(a->xi * b->xi), (a->p + b->p) / 2, (a->q + b->q) / 2,
                                         (a->r0 + b->r0) / 2});
        }
}

static void add_bond(const struct gd_second_moment *potential, int a, int b, double r,
                     struct gd_second_moment_pair *bond)
{
    const struct gupta *gupta = (const struct gupta *)potential;
    const struct values *values = &gupta->pairs[gupta->kind[a]][gupta->kind[b]];
    double stretch = r / values->r0 - 1;
    bond->repulsion = 2 * values->a * exp(-values->p * stretch);
    bond->repulsion_slope = -values->p / values->r0 * bond->repulsion;
    bond->squared = values->xi * values->xi * exp(-2 * values->q * stretch);
    bond->squared_slope = -2 * values->q / values->r0 * bond->squared;
}

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    struct gupta *made = gd_array(1, sizeof *made);
    if (!made)
        return gd_no_memory(error, "a potential");
    made->common = (struct gd_second_moment){{&gd_potential_gupta}, add_bond, params->range};
    add_metals(made);
    enum gd_status status = gd_second_moment_check_range(&params->range, error);
    if (!status && params->parameters)
        status = gd_error_set_key(read_parameters(params->parameters, made, error), error, "parameters");
    if (status) {
        free(made);
        return status;
    }
    if (params->mixing == MEAN)
        mix_all(made);
    *potential = &made->common.base;
    return GD_OK;
}

/* The elements that it knows, "Al, Ni and Cu". */
static void list_elements(const struct gupta *gupta, struct gd_text *text)
{
    for (int k = 0; k < gupta->kinds; k++)
        gd_text_print(text, "%s%s",
                      k == 0                  ? ""
                      : k == gupta->kinds - 1 ? " and "
                                              : ", ",
                      gd_element_symbol(gupta->number[k]));
}

static enum gd_status fail_element(const struct gupta *gupta, int number, struct gd_error *error)
{
    struct gd_text text = {0};
    list_elements(gupta, &text);
    char *known = gd_text_take(&text);
    gd_fail(error, GD_BAD_INPUT, "gupta has no parameters for %s: supported are %s", gd_element_symbol(number),
            known ? known : "others");
    free(known);
    return GD_BAD_INPUT;
}

static enum gd_status check_pair(const struct gupta *gupta, int a, int b, struct gd_error *error)
{
    if (gupta->pairs[gupta->kind[a]][gupta->kind[b]].r0 > 0)
        return GD_OK;
    return gd_error_set_key(gd_fail(error, GD_BAD_INPUT,
                                    "gupta has no parameters for %s with %s: give them as `parameters`%s",
                                    gd_element_symbol(a), gd_element_symbol(b), a == b ? "" : ", or mixing: mean"),
                            error, "parameters");
}

static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    const struct gupta *gupta = (const struct gupta *)potential;
    bool present[GD_ELEMENTS + 1] = {false};
    for (size_t i = 0; i < structure->count; i++) {
        int number = structure->species[i];
        if (number < 1 || number > GD_ELEMENTS || gupta->kind[number] < 0)
            return fail_element(gupta, number, error);
        present[number] = true;
    }
    for (int a = 1; a <= GD_ELEMENTS; a++)
        for (int b = 1; b <= a && present[a]; b++) {
            enum gd_status status = present[b] ? check_pair(gupta, a, b, error) : GD_OK;
            if (status)
                return status;
        }
    return gd_second_moment_supports(potential, structure, error);
}

static void destroy(struct gd_potential *potential)
{
    free(potential);
}

const struct gd_potential_class gd_potential_gupta = {
    .base = {"gupta",
             "Gupta with the parameters of Cleri and Rosato for Al, Ni, Cu, Pd, Ag, Pt and Au, or with given ones.",
             rows, sizeof(struct params)},
    .create = create,
    .supports = supports,
    .evaluate = gd_second_moment_evaluate,
    .destroy = destroy,
};
