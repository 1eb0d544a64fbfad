#include "potentials/kept.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/store.h"

struct kept {
    struct gd_potential base;
    struct gd_potential_class type; /* that of `inner`, but for what is done here */
    struct gd_potential *inner;
    char *identity;
    struct gd_store *store; /* NULL: results are not kept yet */
};

static const struct kept *kept_of(const struct gd_potential *potential)
{
    return (const struct kept *)potential;
}

/* --- Keys and values ---------------------------------------------------------------------------------------------- */

/* All that a result depends on, as it is in memory. */
struct shape {
    double cell[3][3];
    uint64_t atoms;
    unsigned char periodic[8];
};

static struct shape shape_of(const struct gd_structure *structure)
{
    struct shape shape = {.atoms = structure->count};
    memcpy(shape.cell, structure->cell.vectors, sizeof shape.cell);
    for (int k = 0; k < 3; k++)
        shape.periodic[k] = structure->cell.periodic[k];
    return shape;
}

enum { SHAPE, POSITIONS, SPECIES, PIECES };

static void describe(const struct gd_structure *structure, const struct shape *shape, struct gd_piece pieces[PIECES])
{
    pieces[SHAPE] = (struct gd_piece){shape, sizeof *shape};
    pieces[POSITIONS] = (struct gd_piece){structure->positions, structure->count * sizeof *structure->positions};
    pieces[SPECIES] = (struct gd_piece){structure->species, structure->count * sizeof *structure->species};
}

static struct gd_store_key key_of(const struct kept *kept, const struct gd_structure *structure)
{
    const struct shape shape = shape_of(structure);
    struct gd_piece pieces[1 + PIECES] = {{kept->identity, strlen(kept->identity) + 1}};
    describe(structure, &shape, pieces + 1);
    return gd_store_key_of(pieces, 1 + PIECES);
}

/* A value is the structure, its energy and its forces. */
static enum gd_status keep(const struct kept *kept, const struct gd_structure *structure, struct gd_error *error)
{
    const struct shape shape = shape_of(structure);
    const struct gd_store_key key = key_of(kept, structure);
    struct gd_piece pieces[PIECES + 2];
    describe(structure, &shape, pieces);
    pieces[PIECES] = (struct gd_piece){&structure->energy, sizeof structure->energy};
    pieces[PIECES + 1] = (struct gd_piece){structure->forces, structure->count * sizeof *structure->forces};
    return gd_store_add(kept->store, &key, pieces, PIECES + 2, error);
}

/* Gives a structure the result that is kept; *found: there is one. */
static enum gd_status recall(const struct kept *kept, struct gd_structure *structure, bool *found,
                             struct gd_error *error)
{
    const struct gd_store_key key = key_of(kept, structure);
    const size_t forces = structure->count * sizeof *structure->forces;
    size_t length = 0;
    void *value = NULL;
    enum gd_status status = gd_store_find(kept->store, &key, &value, &length, error);
    *found = value && length >= forces + sizeof structure->energy;
    if (*found) {
        const char *result = (const char *)value + length - forces - sizeof structure->energy;
        memcpy(&structure->energy, result, sizeof structure->energy);
        memcpy(structure->forces, result + sizeof structure->energy, forces);
    }
    free(value);
    return status;
}

/* --- Batches ------------------------------------------------------------------------------------------------------ */

/* The structures of a batch that are evaluated. */
struct rest {
    const struct kept *kept;
    const struct gd_batch *batch;
    struct gd_structure *structures; /* [count] */
    size_t *places;                  /* [count] in the batch */
    size_t count;
    struct gd_error error; /* of keeping a result */
};

static void done(void *context, size_t k, enum gd_status status, const char *why)
{
    struct rest *rest = context;
    const struct gd_batch *batch = rest->batch;
    struct gd_structure *structure = &batch->structures[rest->places[k]];
    structure->energy = rest->structures[k].energy;
    if (!status && !rest->error.status)
        keep(rest->kept, structure, &rest->error);
    batch->done(batch->context, rest->places[k], status, why);
}

static enum gd_halt halt(void *context)
{
    const struct rest *rest = context;
    const struct gd_batch *batch = rest->batch;
    const enum gd_halt halted = batch->halt ? batch->halt(batch->context) : GD_GO_ON;
    return halted == GD_GO_ON && rest->error.status ? GD_FINISH : halted;
}

/* Gives the results that are kept; what is left is the rest. */
static enum gd_status sort_out(struct rest *rest, struct gd_error *error)
{
    const struct gd_batch *batch = rest->batch;
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < batch->count && !status; k++) {
        bool found;
        status = recall(rest->kept, &batch->structures[k], &found, error);
        if (!status && found) {
            batch->done(batch->context, k, GD_OK, "");
        } else if (!status) {
            rest->structures[rest->count] = batch->structures[k];
            rest->places[rest->count++] = k;
        }
    }
    return status;
}

static enum gd_status evaluate_rest(struct rest *rest, int threads, struct gd_error *error)
{
    const struct gd_batch batch = {rest->structures, rest->count, done, halt, rest};
    enum gd_status status = gd_potential_evaluate_batch(rest->kept->inner, &batch, threads, error);
    if (rest->error.status && (!status || status == GD_INTERRUPTED))
        return gd_fail(error, rest->error.status, "%s", rest->error.text);
    return status ? status : gd_store_sync(rest->kept->store, error);
}

static enum gd_status evaluate_many(const struct gd_potential *potential, const struct gd_batch *batch, int threads,
                                    struct gd_error *error)
{
    const struct kept *kept = kept_of(potential);
    if (!kept->store)
        return gd_potential_evaluate_batch(kept->inner, batch, threads, error);
    struct rest rest = {
        kept, batch, gd_array(batch->count, sizeof *rest.structures), gd_array(batch->count, sizeof *rest.places),
        0,    {0}};
    enum gd_status status = rest.structures && rest.places ? sort_out(&rest, error) : gd_no_memory(error, "results");
    if (!status && rest.count)
        status = evaluate_rest(&rest, threads, error);
    free(rest.structures);
    free(rest.places);
    return status;
}

/* --- The potential ------------------------------------------------------------------------------------------------ */

static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    return gd_potential_supports(kept_of(potential)->inner, structure, error);
}

static bool lacks_forces(const struct gd_potential *potential)
{
    return gd_potential_lacks_forces(kept_of(potential)->inner);
}

static bool warning(const struct gd_potential *potential, char *text, size_t size)
{
    return gd_potential_warning(kept_of(potential)->inner, text, size);
}

/* Opens the store of the folder. */
static enum gd_status keep_in(struct gd_potential *potential, const char *directory, struct gd_error *error)
{
    struct kept *kept = (struct kept *)potential;
    if (kept->store)
        return GD_OK;
    char *path = gd_file_join(directory, "evaluations.store");
    enum gd_status status = path ? gd_store_open(&kept->store, path, error) : gd_no_memory(error, "a store");
    free(path);
    return status;
}

static void destroy(struct gd_potential *potential)
{
    struct kept *kept = (struct kept *)potential;
    gd_potential_free(kept->inner);
    gd_store_close(kept->store);
    free(kept->identity);
    free(kept);
}

enum gd_status gd_kept_new(struct gd_potential **potential, struct gd_potential *inner, const char *identity,
                           struct gd_error *error)
{
    const char *own = inner->type->identify ? inner->type->identify(inner) : identity;
    struct kept *kept = gd_array(1, sizeof *kept);
    *potential = NULL;
    char *text = kept ? gd_format("%s %s", inner->type->base.name, own) : NULL;
    if (!text) {
        free(kept);
        gd_potential_free(inner);
        return gd_no_memory(error, "a potential");
    }
    kept->inner = inner;
    kept->identity = text;
    kept->type = *inner->type;
    kept->type.supports = supports;
    kept->type.evaluate = gd_potential_evaluate_alone;
    kept->type.evaluate_many = evaluate_many;
    kept->type.lacks_forces = lacks_forces;
    kept->type.warning = warning;
    kept->type.keep_in = keep_in;
    kept->type.destroy = destroy;
    kept->base.type = &kept->type;
    *potential = &kept->base;
    return GD_OK;
}
