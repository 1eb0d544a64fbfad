/* Stage `cross`: children of pairs of structures of the population, or of the archive while there is none, as the new
 * batch.
 *
 * A parent of energy E is chosen with chances in proportion to its fitness (1 - tanh(2ρ - 1))/2, where ρ = (E -
 * lowest)/ (highest - lowest): Johnston, Dalton Trans. 2003, 4193; and to 1/√(1 + n), n being how many other structures
 * of the archive have its energy, so that what has been found often is no parent too often: Vilhelmsen and Hammer, J.
 * Chem. Phys. 141, 044711 (2014). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/growth.h"
#include "engine/base/memory.h"
#include "engine/base/team.h"
#include "engine/run/context.h"
#include "stages/crossover.h"
#include "stages/reservoir.h"

struct cross {
    int64_t count, tries;
    struct gd_choice crossover;
    double near, radius, repeats;
    bool warned; /* that children were copies */
};

static const struct gd_param rows[] = {
    {.name = "count",
     .type = GD_INT,
     .offset = offsetof(struct cross, count),
     .initial = "20",
     .example = "3",
     .min = 1,
     .max = 1e7,
     .help = "children to make"},
    {.name = "crossover",
     .type = GD_COMPONENT,
     .offset = offsetof(struct cross, crossover),
     .kind = "crossover",
     .initial = "cut-splice",
     .help = "how two parents make a child"},
    {.name = "near",
     .type = GD_FLOAT,
     .offset = offsetof(struct cross, near),
     .initial = "0.7",
     .min = 0,
     .max = 10,
     .help = "smallest distance of two atoms of a child, in sums of their radii"},
    {.name = "radius",
     .type = GD_FLOAT,
     .offset = offsetof(struct cross, radius),
     .initial = "0",
     .min = 0,
     .max = 100,
     .unit = "Å",
     .help = "radius of every atom; 0: the covalent radii of the elements"},
    {.name = "tries",
     .type = GD_INT,
     .offset = offsetof(struct cross, tries),
     .initial = "100",
     .min = 1,
     .max = 1e6,
     .help = "tries to make a child; after that the one whose atoms are the least close is taken"},
    {.name = "repeats",
     .type = GD_FLOAT,
     .offset = offsetof(struct cross, repeats),
     .initial = "0.02",
     .min = 0,
     .max = 1e6,
     .unit = "eV",
     .help = "structures of the archive within this energy of a parent make it a rarer one; 0: none does"},
    {0},
};

/* What all children have in common. */
struct family {
    struct gd_context *context;
    const struct cross *cross;
    const struct gd_system *system;
    const struct gd_set *parents;
    double *log_weights; /* [parents->count] */
    double *radii;       /* [atoms] Å */
    double *children;    /* [cross->count][atoms][3] */
    bool *close, *copy;  /* [cross->count]: has atoms too close; is a copy of a parent */
};

/* --- Parents ------------------------------------------------------------------------------------------------------ */

static size_t count_repeats(const struct gd_set *archive, const struct gd_set *parents, size_t k, double within)
{
    size_t repeats = 0;
    for (size_t j = 0; within > 0 && j < archive->count; j++)
        repeats +=
            archive->serials[j] != parents->serials[k] && fabs(archive->energies[j] - parents->energies[k]) <= within;
    return repeats;
}

static void set_weights(const struct family *family)
{
    const struct gd_set *parents = family->parents;
    const struct gd_set *archive = gd_state_get(family->context->state, "archive");
    double lowest = INFINITY, highest = -INFINITY;
    for (size_t k = 0; k < parents->count; k++)
        if (isfinite(parents->energies[k])) {
            lowest = fmin(lowest, parents->energies[k]);
            highest = fmax(highest, parents->energies[k]);
        }
    for (size_t k = 0; k < parents->count; k++) {
        const double share = highest > lowest ? (parents->energies[k] - lowest) / (highest - lowest) : 0;
        const double repeats = (double)count_repeats(archive, parents, k, family->cross->repeats);
        family->log_weights[k] =
            isfinite(parents->energies[k]) ? log(0.5 * (1 - tanh(2 * share - 1))) - 0.5 * log1p(repeats) : -INFINITY;
    }
}

/* Two different parents in random order; where there is only one, it is both. */
static enum gd_status choose_parents(const struct family *family, struct gd_stream *stream, size_t chosen[2],
                                     struct gd_error *error)
{
    size_t count = 0;
    enum gd_status status =
        gd_reservoir_sample(family->log_weights, family->parents->count, 2, stream, chosen, &count, error);
    if (!status && count < 2)
        chosen[1] = chosen[0];
    else if (!status && gd_stream_below(stream, 2)) {
        size_t first = chosen[0];
        chosen[0] = chosen[1];
        chosen[1] = first;
    }
    return status;
}

/* --- A child ------------------------------------------------------------------------------------------------------ */

/* The parent's mobile atoms from their centre, each at its image next to the first one. */
static void set_places(struct gd_crossing *crossing, int parent, const double *positions)
{
    const double *origin = positions + 3 * crossing->system->fixed;
    double *centre = crossing->centres[parent], (*places)[3] = crossing->places[parent];
    memset(centre, 0, sizeof crossing->centres[parent]);
    for (size_t i = 0; i < crossing->count; i++) {
        for (int axis = 0; axis < 3; axis++)
            places[i][axis] = origin[3 * i + (size_t)axis] - origin[axis];
        gd_minimum_image(&crossing->system->basis, places[i]);
        for (int axis = 0; axis < 3; axis++)
            centre[axis] += places[i][axis] / (double)crossing->count;
    }
    for (size_t i = 0; i < crossing->count; i++)
        for (int axis = 0; axis < 3; axis++)
            places[i][axis] -= centre[axis];
    for (int axis = 0; axis < 3; axis++)
        centre[axis] += origin[axis];
}

/* The smallest distance of a mobile atom to another atom, in sums of their radii; or one that is not above `enough`. */
static double closest(const struct family *family, const double *positions, double enough)
{
    const struct gd_system *system = family->system;
    double least = INFINITY;
    for (size_t i = system->fixed; i < system->structure.count; i++)
        for (size_t j = 0; j < i && least > enough; j++) {
            const double *a = positions + 3 * i, *b = positions + 3 * j;
            double difference[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
            least = fmin(least, gd_minimum_image(&system->basis, difference) / (family->radii[i] + family->radii[j]));
        }
    return least;
}

static void try_child(const struct family *family, struct gd_crossing *crossing, size_t k, double *trial)
{
    const struct gd_crossover_class *class = (const struct gd_crossover_class *)family->cross->crossover.component;
    const size_t numbers = 3 * family->system->structure.count;
    double *child = family->children + numbers * k, best = -1;
    for (int64_t n = 0; n < family->cross->tries && best < family->cross->near; n++) {
        if (!class->cross(family->cross->crossover.params, crossing))
            continue;
        for (size_t i = 0; i < crossing->count; i++) {
            gd_system_confine(family->system, crossing->child[i], NULL);
            memcpy(trial + 3 * (family->system->fixed + i), crossing->child[i], sizeof crossing->child[i]);
        }
        const double least = closest(family, trial, best);
        if (least > best) {
            best = least;
            memcpy(child, trial, numbers * sizeof *trial);
        }
    }
    family->copy[k] = best < 0;
    family->close[k] = best >= 0 && best < family->cross->near;
}

/* The arrays of a crossing, in one block of memory. */
static double *make_room(struct gd_crossing *crossing, size_t numbers)
{
    const size_t count = crossing->count;
    double *room = gd_array(numbers + 17 * count, sizeof *room), *next = room + numbers;
    if (!room)
        return NULL;
    for (int parent = 0; parent < 2; parent++) {
        crossing->places[parent] = (double(*)[3])next;
        crossing->moved[parent] = (double(*)[3])(next + 3 * count);
        crossing->heights[parent] = next + 6 * count;
        next += 7 * count;
    }
    crossing->child = (double(*)[3])next;
    crossing->wanted = gd_array(count, sizeof *crossing->wanted);
    crossing->taken = gd_array(count, sizeof *crossing->taken);
    return room;
}

static enum gd_status make_child(void *caller, size_t k, struct gd_error *error)
{
    const struct family *family = caller;
    const struct gd_system *system = family->system;
    const size_t numbers = 3 * system->structure.count;
    struct gd_stream stream = gd_context_stream(family->context, (uint32_t)k);
    struct gd_crossing crossing = {.system = system,
                                   .stream = &stream,
                                   .species = system->structure.species + system->fixed,
                                   .count = gd_system_mobile(system)};
    size_t chosen[2] = {0};
    double *room = make_room(&crossing, numbers); /* a trial comes first */
    enum gd_status status =
        room && crossing.wanted && crossing.taken ? GD_OK : gd_no_memory(error, "a child of two structures");
    if (!status)
        status = choose_parents(family, &stream, chosen, error);
    if (!status) {
        for (int parent = 0; parent < 2; parent++)
            set_places(&crossing, parent, family->parents->positions + numbers * chosen[parent]);
        memcpy(family->children + numbers * k, family->parents->positions + numbers * chosen[0],
               numbers * sizeof *room);
        memcpy(room, family->parents->positions + numbers * chosen[0], numbers * sizeof *room);
        try_child(family, &crossing, k, room);
    }
    free(room);
    free(crossing.wanted);
    free(crossing.taken);
    return status;
}

/* --- The stage ---------------------------------------------------------------------------------------------------- */

static enum gd_status make_children(struct family *family)
{
    struct gd_team *team;
    size_t failed;
    struct gd_error *error = family->context->error;
    enum gd_status status = gd_team_new(&team, family->context->threads, error);
    if (status)
        return status;
    status = gd_team_try(team, (size_t)family->cross->count, make_child, family, &failed, error);
    gd_team_free(team);
    return status;
}

static enum gd_status commit(const struct family *family, struct cross *cross)
{
    struct gd_context *context = family->context;
    const size_t numbers = 3 * family->system->structure.count;
    size_t close = 0, copies = 0;
    struct gd_set *batch = gd_set_new(&family->system->structure, family->system->fixed, context->error);
    enum gd_status status = batch ? GD_OK : context->error->status;
    for (size_t k = 0; k < (size_t)cross->count && !status; k++) {
        close += family->close[k];
        copies += family->copy[k];
        status = gd_set_push(batch, family->children + numbers * k, context->error);
    }
    if (status) {
        gd_set_free(batch);
        return status;
    }
    gd_figure(context, "close", (double)close);
    gd_figure(context, "copies", (double)copies);
    if (copies > (size_t)cross->count / 2 && !cross->warned)
        gd_message(context, GD_WARNING, "%s: %zu of %lld children are copies of parents: %s changes little here",
                   context->step, copies, (long long)cross->count, cross->crossover.component->name);
    cross->warned = cross->warned || copies > (size_t)cross->count / 2;
    return gd_state_put(context->state, "batch", batch, context->error);
}

static bool any_finite(const double *numbers, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (isfinite(numbers[k]))
            return true;
    return false;
}

static enum gd_status make_family(struct family *family)
{
    const struct gd_system *system = family->system;
    const size_t atoms = system->structure.count, count = (size_t)family->cross->count;
    const struct gd_growth distances = {.radius = family->cross->radius};
    if (!any_finite(family->parents->energies, family->parents->count))
        return gd_fail(family->context->error, GD_FAILED, "%s: none of the %zu parents has an energy",
                       family->context->step, family->parents->count);
    family->log_weights = gd_array(family->parents->count, sizeof *family->log_weights);
    family->radii = gd_array(atoms, sizeof *family->radii);
    family->children = gd_array(count, 3 * atoms * sizeof *family->children);
    family->close = gd_array(count, sizeof *family->close);
    family->copy = gd_array(count, sizeof *family->copy);
    if (!family->log_weights || !family->radii || !family->children || !family->close || !family->copy)
        return gd_no_memory(family->context->error, "the children");
    for (size_t i = 0; i < atoms; i++)
        family->radii[i] = gd_growth_radius(&distances, system, i);
    set_weights(family);
    return GD_OK;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    struct cross *cross = self;
    struct family family = {.context = context,
                            .cross = cross,
                            .system = gd_state_get(context->state, "system"),
                            .parents = gd_state_get(context->state, "population")};
    if (!family.parents)
        family.parents = gd_state_get(context->state, "archive");
    enum gd_status status = make_family(&family);
    if (!status)
        status = make_children(&family);
    if (!status)
        status = commit(&family, cross);
    free(family.log_weights);
    free(family.radii);
    free(family.children);
    free(family.close);
    free(family.copy);
    return status;
}

/* Repeats are counted in the archive. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct cross *cross = self;
    return use != GD_READS || strcmp(slot, "archive") != 0 || cross->repeats > 0;
}

static void check(struct gd_check *check, const void *self)
{
    const struct cross *cross = self;
    const struct gd_system *system = gd_state_get(check->state, "system");
    const struct gd_growth distances = {.near = cross->near, .far = INFINITY, .radius = cross->radius};
    struct gd_error error = {0};
    if (system && gd_growth_check(&distances, system, &error) != GD_OK)
        gd_check_failure(check, "radius", &error);
    if (system && gd_system_mobile(system) < 2)
        gd_check_problem(check, "crossover", "a single mobile atom has no two sides");
}

const struct gd_stage gd_stage_cross = {
    .name = "cross",
    .summary = "Children of pairs of structures of the population, or of the archive without one, as the new batch.",
    .params = rows,
    .size = sizeof(struct cross),
    .reads = (const char *const[]){"system", "archive", NULL},
    .either = (const char *const[]){"population", "archive", NULL},
    .writes = (const char *const[]){"batch", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
