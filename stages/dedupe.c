/* Stage `dedupe`: drops the structures of the batch, or of the population, that are the same as others of it or as one
 * of the archive, by their fingerprints.
 *
 * Of structures that are the same the one with the lowest energy stays; where no energies are known, the first. Of the
 * archive those count that were evaluated before the structure, and are not in the set themselves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/run/context.h"
#include "stages/fingerprint.h"

enum from { BATCH, POPULATION };

static const char *const sets[] = {"batch", "population", NULL};

struct dedupe {
    int from; /* enum from */
    struct gd_choice fingerprint;
    bool archive;
};

static const struct gd_param rows[] = {
    {.name = "from",
     .type = GD_CHOICE,
     .offset = offsetof(struct dedupe, from),
     .choices = sets,
     .initial = "batch",
     .help = "the structures of which duplicates are dropped"},
    {.name = "fingerprint",
     .type = GD_COMPONENT,
     .offset = offsetof(struct dedupe, fingerprint),
     .kind = "fingerprint",
     .initial = "distances",
     .help = "what tells structures apart, and how near they must be to count as the same"},
    {.name = "archive",
     .type = GD_BOOL,
     .offset = offsetof(struct dedupe, archive),
     .initial = "true",
     .help = "structures that are in the archive already are dropped too"},
    {0},
};

/* A set whose duplicates are looked for. */
struct search {
    const struct gd_set *set;
    struct gd_fingerprints prints;
    size_t *order; /* [set->count] the structures, the lowest energy first, then those without one */
    bool *dropped; /* [set->count] */
    size_t duplicates, known;
};

static bool goes_before(const struct gd_set *set, size_t a, size_t b)
{
    const double one = set->energies[a], other = set->energies[b];
    if (isnan(one) || isnan(other))
        return isnan(other) && !isnan(one);
    return one < other;
}

/* By insertion, so that equals stay in the order of the set. */
static void sort_structures(struct search *search)
{
    for (size_t k = 0; k < search->set->count; k++) {
        size_t at = k;
        for (; at > 0 && goes_before(search->set, k, search->order[at - 1]); at--)
            search->order[at] = search->order[at - 1];
        search->order[at] = k;
    }
}

static void drop_duplicates(struct search *search)
{
    for (size_t n = 1; n < search->set->count; n++)
        for (size_t m = 0; m < n && !search->dropped[search->order[n]]; m++)
            if (!search->dropped[search->order[m]] &&
                gd_fingerprint_same(&search->prints, search->order[n], &search->prints, search->order[m])) {
                search->dropped[search->order[n]] = true;
                search->duplicates++;
            }
}

static bool contains(const struct gd_set *set, int64_t serial)
{
    for (size_t k = 0; k < set->count; k++)
        if (set->serials[k] == serial)
            return true;
    return false;
}

/* Drops what is the same as structure j of the archive. */
static void drop_same(struct search *search, const struct gd_fingerprints *known, size_t j, int64_t serial)
{
    const int64_t *serials = search->set->serials;
    for (size_t k = 0; k < search->set->count; k++)
        if (!search->dropped[k] && (serials[k] == 0 || serial < serials[k]) &&
            gd_fingerprint_same(&search->prints, k, known, j)) {
            search->dropped[k] = true;
            search->known++;
        }
}

static enum gd_status drop_known(struct gd_context *context, const struct dedupe *dedupe, struct search *search)
{
    const struct gd_set *archive = gd_state_get(context->state, "archive");
    struct gd_fingerprints known = {0};
    if (!archive)
        return GD_OK;
    enum gd_status status = gd_fingerprints_make(&known, &dedupe->fingerprint, gd_state_get(context->state, "system"),
                                                 archive, context->threads, context->error);
    for (size_t j = 0; j < archive->count && !status; j++)
        if (!contains(search->set, archive->serials[j]))
            drop_same(search, &known, j, archive->serials[j]);
    gd_fingerprints_clear(&known);
    return status;
}

/* What is left, in the order of the set. Where draws lie close together fewer are left than were drawn, so that their
 * paths have no weight. */
static enum gd_status commit(struct gd_context *context, const struct dedupe *dedupe, struct search *search)
{
    size_t count = 0;
    for (size_t k = 0; k < search->set->count; k++)
        if (!search->dropped[k])
            search->order[count++] = k;
    struct gd_set *kept = gd_set_copy(search->set, search->order, count, context->error);
    gd_figure(context, "kept", (double)count);
    gd_figure(context, "duplicates", (double)search->duplicates);
    if (dedupe->archive)
        gd_figure(context, "known", (double)search->known);
    if (kept)
        gd_set_forget_paths(kept);
    return kept ? gd_state_put(context->state, sets[dedupe->from], kept, context->error) : context->error->status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct dedupe *dedupe = self;
    struct search search = {.set = gd_state_get(context->state, sets[dedupe->from])};
    search.order = gd_array(search.set->count, sizeof *search.order);
    search.dropped = gd_array(search.set->count, sizeof *search.dropped);
    enum gd_status status = search.order && search.dropped ? GD_OK : gd_no_memory(context->error, "the duplicates");
    if (!status)
        status = gd_fingerprints_make(&search.prints, &dedupe->fingerprint, gd_state_get(context->state, "system"),
                                      search.set, context->threads, context->error);
    if (!status) {
        sort_structures(&search);
        drop_duplicates(&search);
    }
    if (!status && dedupe->archive)
        status = drop_known(context, dedupe, &search);
    if (!status)
        status = commit(context, dedupe, &search);
    gd_fingerprints_clear(&search.prints);
    free(search.order);
    free(search.dropped);
    return status;
}

static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct dedupe *dedupe = self;
    if (use == GD_MAY_READ)
        return dedupe->archive;
    return !strcmp(slot, "system") || !strcmp(slot, sets[dedupe->from]);
}

const struct gd_stage gd_stage_dedupe = {
    .name = "dedupe",
    .summary = "Drops structures of the batch or the population that are the same as others of it or of the archive.",
    .params = rows,
    .size = sizeof(struct dedupe),
    .reads = (const char *const[]){"system", "batch", "population", NULL},
    .may_read = (const char *const[]){"archive", NULL},
    .writes = (const char *const[]){"batch", "population", NULL},
    .uses = uses,
    .run = run,
};
