#include "potentials/kept.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/store.h"
#include "engine/base/text.h"

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

/* The number of atoms of what is no structure. */
#define NO_STRUCTURE UINT64_MAX

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

struct gd_store_key gd_kept_key(const char *identity, const struct gd_structure *structure)
{
    const struct shape shape = shape_of(structure);
    struct gd_piece pieces[1 + PIECES] = {{identity, strlen(identity) + 1}};
    describe(structure, &shape, pieces + 1);
    return gd_store_key_of(pieces, 1 + PIECES);
}

static struct gd_store_key failure_key(const char *identity, const struct gd_structure *structure)
{
    static const char failed[] = "failed";
    const struct gd_store_key key = gd_kept_key(identity, structure);
    return gd_store_key_of((const struct gd_piece[]){{&key, sizeof key}, {failed, sizeof failed}}, 2);
}

static struct gd_store_key identity_key(const char *identity)
{
    static const char potential[] = "potential";
    return gd_store_key_of((const struct gd_piece[]){{potential, sizeof potential}, {identity, strlen(identity)}}, 2);
}

/* The text of the potential, once, in place of a structure. */
static enum gd_status keep_identity(const struct kept *kept, struct gd_error *error)
{
    const struct shape none = {.atoms = NO_STRUCTURE};
    const struct gd_store_key key = identity_key(kept->identity);
    const struct gd_piece pieces[] = {{&none, sizeof none}, {kept->identity, strlen(kept->identity)}};
    return gd_store_add(kept->store, &key, pieces, 2, error);
}

/* A value is the structure, its energy and its forces, and the key of the text of the potential; with a reason `why`
 * it is a failure, which nobody looks for but who lists the store. */
static enum gd_status keep(const struct kept *kept, const struct gd_structure *structure, const char *why,
                           struct gd_error *error)
{
    const struct shape shape = shape_of(structure);
    const struct gd_store_key potential = identity_key(kept->identity);
    const struct gd_store_key key =
        why ? failure_key(kept->identity, structure) : gd_kept_key(kept->identity, structure);
    struct gd_piece pieces[PIECES + 4];
    describe(structure, &shape, pieces);
    pieces[PIECES] = (struct gd_piece){&structure->energy, sizeof structure->energy};
    pieces[PIECES + 1] = (struct gd_piece){structure->forces, structure->count * sizeof *structure->forces};
    pieces[PIECES + 2] = (struct gd_piece){&potential, sizeof potential};
    pieces[PIECES + 3] = (struct gd_piece){why, why ? strlen(why) : 0};
    enum gd_status status = keep_identity(kept, error);
    return status ? status : gd_store_add(kept->store, &key, pieces, PIECES + 4, error);
}

/* Where the energy is in the value of a structure of so many atoms; the forces follow. */
static size_t result_at(size_t atoms)
{
    return sizeof(struct shape) + atoms * (3 * sizeof(double) + sizeof(int));
}

/* Gives a structure the result that is kept; *found: there is one. */
static enum gd_status recall(const struct kept *kept, struct gd_structure *structure, bool *found,
                             struct gd_error *error)
{
    const struct gd_store_key key = gd_kept_key(kept->identity, structure);
    const size_t forces = structure->count * sizeof *structure->forces;
    const size_t at = result_at(structure->count);
    size_t length = 0;
    void *value = NULL;
    enum gd_status status = gd_store_find(kept->store, &key, &value, &length, error);
    *found = value && length >= at + sizeof structure->energy + forces;
    if (*found) {
        const char *result = (const char *)value + at;
        memcpy(&structure->energy, result, sizeof structure->energy);
        memcpy(structure->forces, result + sizeof structure->energy, forces);
    }
    free(value);
    return status;
}

/* --- Reading a store ---------------------------------------------------------------------------------------------- */

void gd_kept_clear(struct gd_kept_value *value)
{
    gd_structure_clear(&value->structure);
    free(value->text);
    *value = (struct gd_kept_value){0};
}

/* The rest of a value, as text. */
static enum gd_status take_text(struct gd_kept_value *value, const char *bytes, size_t length, struct gd_error *error)
{
    value->text = gd_format("%.*s", (int)(length < INT_MAX ? length : INT_MAX), bytes);
    return value->text ? GD_OK : gd_no_memory(error, "a store");
}

static void take_structure(struct gd_structure *structure, const struct shape *shape, const char *bytes)
{
    const size_t atoms = structure->count;
    const char *at = bytes + sizeof *shape;
    memcpy(structure->cell.vectors, shape->cell, sizeof shape->cell);
    for (int k = 0; k < 3; k++)
        structure->cell.periodic[k] = shape->periodic[k];
    memcpy(structure->positions, at, atoms * sizeof *structure->positions);
    at += atoms * sizeof *structure->positions;
    memcpy(structure->species, at, atoms * sizeof *structure->species);
    at += atoms * sizeof *structure->species;
    memcpy(&structure->energy, at, sizeof structure->energy);
    memcpy(structure->forces, at + sizeof structure->energy, atoms * sizeof *structure->forces);
}

static enum gd_status read_structure(const char *bytes, size_t length, const struct shape *shape,
                                     struct gd_kept_value *value, struct gd_error *error)
{
    const size_t least = 2 * sizeof(double) + sizeof(int); /* of an atom */
    const size_t end = shape->atoms <= length / least
                           ? result_at(shape->atoms) + sizeof(double) + shape->atoms * 3 * sizeof(double)
                           : SIZE_MAX;
    if (!shape->atoms || end > length)
        return gd_fail(error, GD_BAD_INPUT, "a value of a store is no evaluation");
    enum gd_status status = gd_structure_alloc(&value->structure, shape->atoms, true, error);
    if (status)
        return status;
    take_structure(&value->structure, shape, bytes);
    value->known = length >= end + sizeof value->potential;
    if (!value->known)
        return GD_OK;
    memcpy(&value->potential, bytes + end, sizeof value->potential);
    value->failed = length > end + sizeof value->potential;
    return take_text(value, bytes + end + sizeof value->potential, length - end - sizeof value->potential, error);
}

enum gd_status gd_kept_read(const void *bytes, size_t length, struct gd_kept_value *value, struct gd_error *error)
{
    struct shape shape;
    *value = (struct gd_kept_value){0};
    if (length < sizeof shape)
        return gd_fail(error, GD_BAD_INPUT, "a value of a store is no evaluation");
    memcpy(&shape, bytes, sizeof shape);
    if (shape.atoms == NO_STRUCTURE)
        return take_text(value, (const char *)bytes + sizeof shape, length - sizeof shape, error);
    return read_structure(bytes, length, &shape, value, error);
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
    if (!rest->error.status)
        keep(rest->kept, structure, status ? why : NULL, &rest->error);
    if (!status && !rest->error.status) /* what is kept counts, also where another process was first */
        recall(rest->kept, structure, &(bool){false}, &rest->error);
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

static bool about(const struct gd_potential *potential, char *text, size_t size)
{
    return gd_potential_about(kept_of(potential)->inner, text, size);
}

static bool warning(const struct gd_potential *potential, char *text, size_t size)
{
    const struct kept *kept = kept_of(potential);
    const size_t damaged = kept->store ? gd_store_damaged(kept->store) : 0;
    if (gd_potential_warning(kept->inner, text, size))
        return true;
    if (!damaged)
        return false;
    gd_print(text, size, "%s: damaged in %zu %s; what was there is evaluated again when it is needed, the rest is used",
             gd_store_path(kept->store), damaged, damaged == 1 ? "place" : "places");
    return true;
}

/* Opens the store of the folder. */
static enum gd_status keep_in(struct gd_potential *potential, const char *directory, bool alone, struct gd_error *error)
{
    struct kept *kept = (struct kept *)potential;
    if (kept->store)
        return GD_OK;
    char *path = gd_file_join(directory, "evaluations.store");
    enum gd_status status = path ? gd_store_open(&kept->store, path, alone ? GD_STORE_ALONE : GD_STORE_SHARED, error)
                                 : gd_no_memory(error, "a store");
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
                           const char *version, struct gd_error *error)
{
    const char *own = inner->type->identify ? inner->type->identify(inner) : identity;
    struct kept *kept = gd_array(1, sizeof *kept);
    *potential = NULL;
    char *text =
        kept ? gd_format("%s %s%s%s", inner->type->base.name, own, version ? " " : "", version ? version : "") : NULL;
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
    kept->type.about = about;
    kept->type.keep_in = keep_in;
    kept->type.destroy = destroy;
    kept->base.type = &kept->type;
    *potential = &kept->base;
    return GD_OK;
}

/* Keeps its results, in the store that it names if it names one. */
static enum gd_status wrap(const struct gd_choice *choice, struct gd_potential **potential, struct gd_error *error)
{
    struct gd_potential *inner = *potential;
    const struct gd_kept_params none = {0}, *params = inner->type->kept ? inner->type->kept(choice->params) : &none;
    char *written = choice->node ? gd_node_json(choice->node) : gd_string("");
    *potential = NULL;
    enum gd_status status =
        written ? gd_kept_new(potential, inner, written, params->version, error) : gd_no_memory(error, "a potential");
    if (!written)
        gd_potential_free(inner);
    free(written);
    if (!status && params->store)
        status = gd_error_set_key(
            gd_store_open(&((struct kept *)*potential)->store, params->store, GD_STORE_SHARED, error), error, "store");
    return status;
}

enum gd_status gd_kept_make(const struct gd_choice *choice, struct gd_potential **potential, struct gd_error *error)
{
    const struct gd_potential_class *class = (const struct gd_potential_class *)choice->component;
    enum gd_status status = gd_potential_make(choice, potential, error);
    if (!status && class->slow) /* by itself: terms of a sum keep their own results */
        status = wrap(choice, potential, error);
    if (status) {
        gd_potential_free(*potential);
        *potential = NULL;
    }
    return status;
}

bool gd_kept_has_store(const struct gd_potential *potential)
{
    return potential->type->destroy == destroy && kept_of(potential)->store;
}

void gd_kept_close_store(struct gd_potential *potential)
{
    if (!gd_kept_has_store(potential))
        return;
    struct kept *kept = (struct kept *)potential;
    gd_store_close(kept->store);
    kept->store = NULL;
}

enum gd_status gd_kept_add(const struct gd_potential *potential, const struct gd_structure *structure,
                           struct gd_error *error)
{
    if (!gd_kept_has_store(potential))
        return gd_fail(error, GD_BAD_INPUT, "the potential %s keeps no results", potential->type->base.name);
    return keep(kept_of(potential), structure, NULL, error);
}

static enum gd_status add_value(void *context, const struct gd_store_key *key, const void *value, size_t length,
                                struct gd_error *error)
{
    return gd_store_add(context, key, &(struct gd_piece){value, length}, 1, error);
}

enum gd_status gd_kept_merge(const struct gd_potential *potential, const char *path, struct gd_error *error)
{
    struct gd_store *from = NULL, *to = kept_of(potential)->store;
    enum gd_status status = gd_store_open(&from, path, GD_STORE_READ, error);
    if (!status)
        status = gd_store_each(from, add_value, to, error);
    if (!status)
        status = gd_store_sync(to, error);
    gd_store_close(from);
    return status;
}
