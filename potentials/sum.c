/* The sum of two potentials. More than two are a sum of sums. A sum is slow, learned and so on when one of its terms
 * is, and each term keeps its own results. */
#include "potentials/sum.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "potentials/kept.h"

struct params {
    struct gd_choice terms[GD_SUM_TERMS];
};

struct sum {
    struct gd_potential base;
    struct gd_potential_class type; /* gd_potential_sum, and what the terms are */
    struct gd_potential *terms[GD_SUM_TERMS];
};

static const struct gd_param rows[] = {
    {
        .name = "first",
        .type = GD_COMPONENT,
        .offset = offsetof(struct params, terms[0]),
        .kind = "potential",
        .initial = "lj",
        .help = "One potential.",
    },
    {
        .name = "second",
        .type = GD_COMPONENT,
        .offset = offsetof(struct params, terms[1]),
        .kind = "potential",
        .initial = "trap",
        .help = "The other potential.",
    },
    {0},
};

const char *const gd_sum_keys[GD_SUM_TERMS] = {"first", "second"};

extern const struct gd_potential_class gd_potential_sum;

/* --- Evaluations -------------------------------------------------------------------------------------------------- */

static void add_forces(double (*forces)[3], const double (*more)[3], size_t count)
{
    for (size_t c = 0; c < 3 * count; c++)
        forces[c / 3][c % 3] += more[c / 3][c % 3];
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    const struct sum *sum = (const struct sum *)potential;
    double second, (*more)[3] = gd_array(structure->count, sizeof *more);
    enum gd_status status = more ? gd_potential_call(sum->terms[0], structure, energy, forces, error)
                                 : gd_no_memory(error, "the forces of a sum");
    if (!status)
        status = gd_potential_call(sum->terms[1], structure, &second, more, error);
    if (!status) {
        add_forces(forces, (const double(*)[3])more, structure->count);
        *energy += second;
    }
    free(more);
    return status;
}

/* A batch, first by one term and then, as far as that has results, by the other. */
struct work {
    const struct gd_batch *batch;
    struct gd_structure *others; /* [count] with room for the results of the other term */
    size_t *places;              /* [count] in the batch */
    size_t count;
    double (*forces)[3]; /* of the others, one after another */
};

static void one_done(void *context, size_t k, enum gd_status status, const char *why)
{
    struct work *work = context;
    const struct gd_batch *batch = work->batch;
    if (status) {
        batch->done(batch->context, k, status, why);
        return;
    }
    struct gd_structure *other = &work->others[work->count];
    const struct gd_structure *before = work->count ? other - 1 : NULL;
    *other = batch->structures[k];
    other->forces = before ? before->forces + before->count : work->forces;
    work->places[work->count++] = k;
}

static void other_done(void *context, size_t k, enum gd_status status, const char *why)
{
    const struct work *work = context;
    const struct gd_batch *batch = work->batch;
    const struct gd_structure *other = &work->others[k];
    struct gd_structure *structure = &batch->structures[work->places[k]];
    if (!status) {
        structure->energy += other->energy;
        add_forces(structure->forces, (const double(*)[3])other->forces, other->count);
    }
    batch->done(batch->context, work->places[k], status, why);
}

static enum gd_halt halt(void *context)
{
    const struct gd_batch *batch = ((const struct work *)context)->batch;
    return batch->halt ? batch->halt(batch->context) : GD_GO_ON;
}

/* A term that is slow comes last: its results are those of the sum as they come. */
static enum gd_status evaluate_terms(const struct sum *sum, struct work *work, int threads, struct gd_error *error)
{
    const int last = sum->terms[0]->type->slow && !sum->terms[1]->type->slow ? 0 : 1;
    const struct gd_batch one = {work->batch->structures, work->batch->count, one_done, halt, work};
    enum gd_status status = gd_potential_evaluate_batch(sum->terms[1 - last], &one, threads, error);
    const struct gd_batch other = {work->others, work->count, other_done, halt, work};
    return status || !work->count ? status : gd_potential_evaluate_batch(sum->terms[last], &other, threads, error);
}

static enum gd_status evaluate_many(const struct gd_potential *potential, const struct gd_batch *batch, int threads,
                                    struct gd_error *error)
{
    size_t atoms = 0;
    for (size_t k = 0; k < batch->count; k++)
        atoms += batch->structures[k].count;
    struct work work = {batch, gd_array(batch->count, sizeof *work.others), gd_array(batch->count, sizeof *work.places),
                        0, gd_array(atoms, sizeof *work.forces)};
    enum gd_status status = work.others && work.places && work.forces
                                ? evaluate_terms((const struct sum *)potential, &work, threads, error)
                                : gd_no_memory(error, "the terms of a sum");
    free(work.others);
    free(work.places);
    free(work.forces);
    return status;
}

/* --- The potential ------------------------------------------------------------------------------------------------ */

static void destroy(struct gd_potential *potential)
{
    struct sum *sum = (struct sum *)potential;
    for (int k = 0; k < GD_SUM_TERMS; k++)
        gd_potential_free(sum->terms[k]);
    free(sum);
}

/* Whether a term keeps its results in the folder of the run. */
static bool keeps(const struct gd_potential *term)
{
    return term->type->keep_in && !gd_kept_has_store(term);
}

/* Two terms share the file there. */
static enum gd_status keep_in(struct gd_potential *potential, const char *directory, bool alone, struct gd_error *error)
{
    const struct sum *sum = (const struct sum *)potential;
    enum gd_status status = GD_OK;
    alone = alone && !(keeps(sum->terms[0]) && keeps(sum->terms[1]));
    for (int k = 0; !status && k < GD_SUM_TERMS; k++)
        if (keeps(sum->terms[k]))
            status = gd_error_set_key(sum->terms[k]->type->keep_in(sum->terms[k], directory, alone, error), error,
                                      gd_sum_keys[k]);
    return status;
}

static void take_on(struct sum *sum)
{
    sum->type = gd_potential_sum;
    for (int k = 0; k < GD_SUM_TERMS; k++) {
        const struct gd_potential_class *term = sum->terms[k]->type;
        sum->type.learned |= term->learned;
        sum->type.slow |= term->slow;
        sum->type.external |= term->external;
        sum->type.absolute |= term->absolute;
        if (term->evaluate_many)
            sum->type.evaluate_many = evaluate_many;
        if (keeps(sum->terms[k]))
            sum->type.keep_in = keep_in;
    }
}

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    struct sum *sum = gd_array(1, sizeof *sum);
    enum gd_status status = sum ? GD_OK : gd_no_memory(error, "a potential");
    for (int k = 0; !status && k < GD_SUM_TERMS; k++)
        status = gd_error_set_key(gd_kept_make(&params->terms[k], &sum->terms[k], error), error, gd_sum_keys[k]);
    if (status) {
        if (sum)
            destroy(&sum->base);
        return status;
    }
    take_on(sum);
    sum->base.type = &sum->type;
    *potential = &sum->base;
    return GD_OK;
}

struct gd_potential *const *gd_sum_terms(const struct gd_potential *potential)
{
    return potential->type->destroy == destroy ? ((const struct sum *)potential)->terms : NULL;
}

static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    const struct sum *sum = (const struct sum *)potential;
    enum gd_status status = GD_OK;
    for (int k = 0; !status && k < GD_SUM_TERMS; k++)
        status = gd_error_set_key(gd_potential_supports(sum->terms[k], structure, error), error, gd_sum_keys[k]);
    return status;
}

static bool lacks_forces(const struct gd_potential *potential)
{
    const struct sum *sum = (const struct sum *)potential;
    return gd_potential_lacks_forces(sum->terms[0]) || gd_potential_lacks_forces(sum->terms[1]);
}

static bool warning(const struct gd_potential *potential, char *text, size_t size)
{
    const struct sum *sum = (const struct sum *)potential;
    return gd_potential_warning(sum->terms[0], text, size) || gd_potential_warning(sum->terms[1], text, size);
}

static bool about(const struct gd_potential *potential, char *text, size_t size)
{
    const struct sum *sum = (const struct sum *)potential;
    char first[200] = "", second[200] = "";
    gd_potential_about(sum->terms[0], first, sizeof first);
    gd_potential_about(sum->terms[1], second, sizeof second);
    gd_print(text, size, "%s%s%s", first, *first && *second ? "; " : "", second);
    return *text != '\0';
}

const struct gd_potential_class gd_potential_sum = {
    .base = {"sum", "The sum of two potentials.", rows, sizeof(struct params)},
    .create = create,
    .supports = supports,
    .evaluate = evaluate,
    .destroy = destroy,
    .lacks_forces = lacks_forces,
    .warning = warning,
    .about = about,
};
