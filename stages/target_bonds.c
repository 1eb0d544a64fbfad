/* Target `bonds`: the mobile atoms are bonded as those of a reference are, and the energy is low enough.
 *
 * Two bond graphs count as the same when their adjacency matrices, with the atomic numbers on the diagonal, have the
 * same spectrum. Spectra of n x n matrices agree exactly when the traces of the first n powers do (Newton's
 * identities), and those are integers: they are compared modulo 2^64, without an eigensolver and without a tolerance.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "atoms/overlap.h"
#include "atoms/structure_file.h"
#include "stages/target.h"

struct bonds_target {
    struct gd_target base;
    double scale, below;
    size_t count; /* mobile atoms */
    /* One block: [count] traces of the reference, [count] of a structure, and three matrices [count][count]. */
    uint64_t *reference, *traces, *matrix, *power, *next;
};

struct params {
    const char *file;
    int64_t frame;
    double scale, below;
};

static const struct gd_param rows[] = {
    {.name = "bonds",
     .type = GD_PATH,
     .accepts = gd_path_readable,
     .offset = offsetof(struct params, file),
     .help = "reference structure; the last atoms are used if it has more than the mobile ones"},
    GD_FRAME_ROW(offsetof(struct params, frame)),
    {.name = "scale",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, scale),
     .initial = "1.1",
     .min = 0.1,
     .max = 10,
     .help = "bond length limit, in sums of covalent radii"},
    {.name = "below",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, below),
     .initial = "1e12",
     .unit = "eV",
     .help = "highest energy of a hit: far above the minimum, atoms can have the same bonds by chance"},
    {0},
};

/* self->matrix becomes that of the last `count` atoms. */
static void adjacency(struct bonds_target *self, const struct gd_structure *structure, const struct gd_basis *basis)
{
    const size_t count = self->count, first = structure->count - count;
    const int *species = structure->species;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            self->matrix[i * count + j] =
                i == j ? (uint64_t)species[first + i]
                       : gd_bonded(basis, species, structure->positions[0], first + i, first + j, self->scale);
}

/* product = a b, [count][count], modulo 2^64. */
static void multiply(size_t count, const uint64_t *a, const uint64_t *b, uint64_t *product)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            uint64_t sum = 0;
            for (size_t k = 0; k < count; k++)
                sum += a[i * count + k] * b[k * count + j];
            product[i * count + j] = sum;
        }
}

/* traces[p] = trace of the bond matrix to the power p+1, p < count. */
static void bond_traces(struct bonds_target *self, const struct gd_structure *structure, const struct gd_basis *basis,
                        uint64_t *traces)
{
    size_t count = self->count, bytes = count * count * sizeof *self->power;
    adjacency(self, structure, basis);
    memcpy(self->power, self->matrix, bytes);
    for (size_t p = 0; p < count; p++) {
        traces[p] = 0;
        for (size_t i = 0; i < count; i++)
            traces[p] += self->power[i * count + i];
        multiply(count, self->power, self->matrix, self->next);
        memcpy(self->power, self->next, bytes);
    }
}

static struct bonds_target *target_new(size_t count, const struct params *given)
{
    struct bonds_target *self = calloc(1, sizeof *self + (2 * count + 3 * count * count) * sizeof *self->reference);
    if (!self)
        return NULL;
    self->scale = given->scale;
    self->below = given->below;
    self->count = count;
    self->reference = (uint64_t *)(self + 1);
    self->traces = self->reference + count;
    self->matrix = self->traces + count;
    self->power = self->matrix + count * count;
    self->next = self->power + count * count;
    return self;
}

/* The last atoms of the reference must be the elements of the mobile atoms, in any order: nothing else can be met. */
static enum gd_status match_elements(const struct gd_structure *reference, const struct gd_system *system,
                                     const char *file, struct gd_error *error)
{
    const size_t count = gd_system_mobile(system);
    const int *theirs = reference->species + (reference->count - count),
              *ours = system->structure.species + system->fixed;
    int surplus[GD_ELEMENTS + 1] = {0};
    for (size_t i = 0; i < count; i++) {
        surplus[ours[i]]++;
        surplus[theirs[i]]--;
    }
    int lacks = 0, has = 0;
    for (int z = 1; z <= GD_ELEMENTS; z++) {
        if (surplus[z] > 0)
            lacks = z;
        if (surplus[z] < 0)
            has = z;
    }
    return lacks ? gd_fail(error, GD_BAD_INPUT,
                           "%s: its last atoms, of which there are as many as mobile ones, have %s "
                           "in place of %s",
                           file, gd_element_symbol(has), gd_element_symbol(lacks))
                 : GD_OK;
}

static enum gd_status create(const void *params, const struct gd_system *system, struct gd_target **target,
                             struct gd_error *error)
{
    const struct params *given = params;
    size_t count = gd_system_mobile(system);
    struct gd_structure reference = {0};
    struct gd_basis basis;
    struct bonds_target *made = target_new(count, given);
    enum gd_status status = made ? gd_structure_read(given->file, given->frame, &reference, NULL, error)
                                 : gd_no_memory(error, "the target");
    if (!status && reference.count < count)
        status = gd_fail(error, GD_BAD_INPUT, "%s: has %zu atoms, fewer than the %zu mobile ones", given->file,
                         reference.count, count);
    if (!status)
        status = match_elements(&reference, system, given->file, error);
    if (!status)
        status = gd_basis_make(&basis, &reference.cell, error);
    if (!status) {
        bond_traces(made, &reference, &basis, made->reference);
        *target = &made->base;
        made = NULL;
    }
    gd_structure_clear(&reference);
    free(made);
    return status && !*error->key ? gd_error_set_key(status, error, "bonds") : status;
}

static void check(const void *params, struct gd_check *check)
{
    const struct params *given = params;
    const struct gd_system *system = gd_state_get(check->state, "system");
    gd_frame_check(check, "bonds", given->file, given->frame);
    if (system && gd_system_mobile(system) == 1)
        gd_check_warning(check, "bonds", "a single mobile atom has no bonds: every structure is a hit%s",
                         given->below < 1e12 ? " that is low enough" : "; choose an energy");
}

static bool hit(struct gd_target *target, const struct gd_system *system, const struct gd_structure *structure)
{
    struct bonds_target *self = (struct bonds_target *)target;
    if (!(structure->energy <= self->below))
        return false;
    bond_traces(self, structure, &system->basis, self->traces);
    return memcmp(self->traces, self->reference, self->count * sizeof *self->traces) == 0;
}

const struct gd_target_class gd_target_bonds = {
    .base = {.name = "bonds",
             .summary = "The bonds of a reference structure, by the spectrum of the bond graph.",
             .params = rows,
             .size = sizeof(struct params)},
    .create = create,
    .hit = hit,
    .check = check,
};
