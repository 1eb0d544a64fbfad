/* A stage as a plugin: `distinct` removes duplicate structures from the archive.
 *
 * Two structures are equal if their energies and fingerprints agree. The fingerprint is the sorted list of distances
 * from every mobile atom to every other atom, each to the nearest periodic image. It is invariant under translation,
 * rotation and permutation of equal atoms. Of equal structures the first is kept. */
#include <godiff/stage.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct distinct {
    double energy, distance; /* eV, Å */
};

static const struct gd_param rows[] = {
    {.name = "energy",
     .type = GD_FLOAT,
     .offset = offsetof(struct distinct, energy),
     .initial = "0.001",
     .max = 1e6,
     .unit = "eV",
     .help = "Largest difference between energies of equal structures."},
    {.name = "distance",
     .type = GD_FLOAT,
     .offset = offsetof(struct distinct, distance),
     .initial = "0.01",
     .max = 1e3,
     .unit = "Å",
     .help = "Largest difference between distances in equal structures."},
    {0},
};

/* The structures kept so far, with their fingerprints. */
struct kept {
    struct gd_set *set;
    double *prints; /* [set->count][length] */
    size_t length;
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* print: sorted distances, [mobile · (mobile - 1)/2 + mobile · fixed] */
static void take_fingerprint(const struct gd_structure *structure, const struct gd_system *system, double *print)
{
    size_t count = 0;
    for (size_t i = system->fixed; i < structure->count; i++)
        for (size_t j = 0; j < i; j++) {
            double vector[3];
            for (int axis = 0; axis < 3; axis++)
                vector[axis] = structure->positions[j][axis] - structure->positions[i][axis];
            print[count++] = gd_minimum_image(&system->basis, vector);
        }
    qsort(print, count, sizeof *print, ascending);
}

static bool is_known(const struct distinct *distinct, const struct kept *kept, double energy, const double *print)
{
    for (size_t k = 0; k < kept->set->count; k++) {
        size_t d = 0;
        if (!(fabs(kept->set->energies[k] - energy) <= distinct->energy))
            continue;
        while (d < kept->length && fabs(kept->prints[k * kept->length + d] - print[d]) <= distinct->distance)
            d++;
        if (d == kept->length)
            return true;
    }
    return false;
}

static enum gd_status sieve(const struct distinct *distinct, const struct gd_system *system,
                            const struct gd_set *archive, struct kept *kept, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < archive->count && !status; k++) {
        struct gd_structure structure = gd_set_view(archive, k);
        double *print = kept->prints + kept->set->count * kept->length; /* used if the structure is kept */
        take_fingerprint(&structure, system, print);
        if (!is_known(distinct, kept, structure.energy, print))
            status = gd_set_append(kept->set, archive, k, 1, error);
    }
    return status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct gd_system *system = gd_state_get(context->state, "system");
    const struct gd_set *archive = gd_state_get(context->state, "archive");
    const size_t before = archive->count, mobile = gd_system_mobile(system);
    struct kept kept = {.set = gd_set_new(&system->structure, system->fixed, context->error),
                        .length = mobile * (mobile - 1) / 2 + mobile * system->fixed};
    kept.prints = gd_array(before, kept.length * sizeof *kept.prints);
    enum gd_status status = GD_OK;
    if (!kept.set || !kept.prints)
        status = gd_no_memory(context->error, "distinct");
    if (!status)
        status = sieve(self, system, archive, &kept, context->error);
    if (!status) {
        gd_figure(context, "kept", (double)kept.set->count);
        gd_figure(context, "dropped", (double)(before - kept.set->count));
        status = gd_state_put(context->state, "archive", kept.set, context->error);
        kept.set = NULL; /* owned by the slot now */
    }
    gd_set_free(kept.set);
    free(kept.prints);
    return status;
}

static const struct gd_stage distinct_stage = {
    .name = "distinct",
    .summary = "Removes duplicate structures from the archive.",
    .params = rows,
    .size = sizeof(struct distinct),
    .reads = (const char *const[]){"system", "archive", NULL},
    .writes = (const char *const[]){"archive", NULL},
    .run = run,
};

static enum gd_status extend(struct gd_registry *registry, struct gd_error *error)
{
    return gd_registry_add_stage(registry, &distinct_stage, error);
}

const struct gd_plugin godiff_plugin = {GD_PLUGIN_ABI, "distinct", "1.0", extend};
