/* Selection `k-means`: the lowest structure of each of as many clusters of fingerprints as structures are kept, as
 * AGOX's sampler chooses its starting structures (Christiansen, Rønne and Hammer, J. Chem. Phys. 157, 054701 (2022)).
 *
 * Centres are chosen first as by Arthur and Vassilvitskii (k-means++, SODA 2007), then moved by Lloyd's steps (IEEE
 * Trans. Inf. Theory 28, 129 (1982)) until no structure changes its cluster. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "stages/fingerprint.h"
#include "stages/selection.h"

enum { STEPS = 100 };

struct params {
    struct gd_choice fingerprint;
    double window;
};

static const struct gd_param rows[] = {
    {.name = "fingerprint",
     .type = GD_COMPONENT,
     .offset = offsetof(struct params, fingerprint),
     .kind = "fingerprint",
     .initial = "distances",
     .help = "what tells structures apart"},
    {.name = "window",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, window),
     .initial = "5",
     .min = 0,
     .max = 1e300,
     .unit = "eV",
     .help = "only structures up to this energy above the lowest are kept"},
    {0},
};

/* The structures within the window, in the order of their energies, and their clusters. */
struct clusters {
    struct gd_set *set;
    struct gd_fingerprints prints;
    double *centres; /* [keep][prints.length] */
    double *nearest; /* [set->count] squared distance to the nearest centre */
    size_t *cluster; /* [set->count] */
    size_t *members; /* [keep] */
    size_t keep;
};

static double distance(const struct clusters *clusters, size_t k, size_t centre)
{
    const struct gd_fingerprints *prints = &clusters->prints;
    return prints->type->distance(prints->params, prints->length, prints->values + prints->length * k,
                                  clusters->centres + prints->length * centre);
}

/* A structure, with chances in proportion to the squared distances; any when all are 0. */
static size_t draw_structure(const struct clusters *clusters, struct gd_stream *stream)
{
    const size_t count = clusters->prints.count;
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += clusters->nearest[k];
    double left = sum * gd_stream_uniform(stream);
    for (size_t k = 0; k < count; k++)
        if ((left -= clusters->nearest[k]) < 0)
            return k;
    return gd_stream_below(stream, count);
}

static void draw_centres(struct clusters *clusters, struct gd_stream *stream)
{
    const struct gd_fingerprints *prints = &clusters->prints;
    for (size_t centre = 0; centre < clusters->keep; centre++) {
        const size_t chosen = centre ? draw_structure(clusters, stream) : gd_stream_below(stream, prints->count);
        memcpy(clusters->centres + prints->length * centre, prints->values + prints->length * chosen,
               prints->length * sizeof *prints->values);
        for (size_t k = 0; k < prints->count; k++) {
            const double far = distance(clusters, k, centre);
            clusters->nearest[k] = fmin(centre ? clusters->nearest[k] : INFINITY, far * far);
        }
    }
}

/* Each to its nearest centre; true when one has changed. */
static bool assign(struct clusters *clusters)
{
    bool changed = false;
    for (size_t k = 0; k < clusters->prints.count; k++) {
        size_t nearest = 0;
        double least = distance(clusters, k, 0);
        for (size_t centre = 1; centre < clusters->keep; centre++) {
            const double far = distance(clusters, k, centre);
            if (far < least) {
                nearest = centre;
                least = far;
            }
        }
        changed = changed || clusters->cluster[k] != nearest;
        clusters->cluster[k] = nearest;
    }
    return changed;
}

/* Each centre to the mean of its structures; one without any stays. */
static void move_centres(struct clusters *clusters)
{
    const struct gd_fingerprints *prints = &clusters->prints;
    memset(clusters->members, 0, clusters->keep * sizeof *clusters->members);
    for (size_t k = 0; k < prints->count; k++)
        clusters->members[clusters->cluster[k]]++;
    for (size_t centre = 0; centre < clusters->keep; centre++)
        if (clusters->members[centre])
            memset(clusters->centres + prints->length * centre, 0, prints->length * sizeof *clusters->centres);
    for (size_t k = 0; k < prints->count; k++) {
        const size_t centre = clusters->cluster[k];
        for (size_t n = 0; n < prints->length; n++)
            clusters->centres[prints->length * centre + n] +=
                prints->values[prints->length * k + n] / (double)clusters->members[centre];
    }
}

/* The lowest of each cluster first, then of what is left. */
static size_t choose_lowest(struct clusters *clusters, size_t *chosen)
{
    size_t count = 0;
    memset(clusters->members, 0, clusters->keep * sizeof *clusters->members);
    for (int rest = 0; rest < 2; rest++)
        for (size_t k = 0; k < clusters->prints.count && count < clusters->keep; k++) {
            if (clusters->nearest[k] < 0 || (!rest && clusters->members[clusters->cluster[k]]++))
                continue;
            clusters->nearest[k] = -1; /* taken */
            chosen[count++] = k;
        }
    return count;
}

static enum gd_status run(struct clusters *clusters, const struct gd_choice *fingerprint,
                          const struct gd_candidates *candidates, size_t *chosen, size_t *count, struct gd_error *error)
{
    enum gd_status status = gd_fingerprints_make(&clusters->prints, fingerprint, candidates->system, clusters->set,
                                                 candidates->threads, error);
    const size_t structures = clusters->set->count;
    if (status)
        return status;
    clusters->centres = gd_array(clusters->keep, clusters->prints.length * sizeof *clusters->centres);
    clusters->nearest = gd_array(structures, sizeof *clusters->nearest);
    clusters->cluster = gd_array(structures, sizeof *clusters->cluster);
    clusters->members = gd_array(clusters->keep, sizeof *clusters->members);
    if (!clusters->centres || !clusters->nearest || !clusters->cluster || !clusters->members)
        return gd_no_memory(error, "the clusters of structures");
    draw_centres(clusters, candidates->stream);
    assign(clusters);
    for (int step = 0; step < STEPS; step++) {
        move_centres(clusters);
        if (!assign(clusters))
            break;
    }
    *count = choose_lowest(clusters, chosen);
    return GD_OK;
}

/* How many structures are within the window; they come first in `order`. */
static size_t count_within(const struct gd_set *set, const size_t *order, double window)
{
    size_t count = 0;
    while (count < set->count && set->energies[order[count]] - set->energies[order[0]] <= window)
        count++;
    return count;
}

static enum gd_status choose(const void *params, const struct gd_candidates *candidates, size_t keep, size_t *chosen,
                             size_t *count, struct gd_error *error)
{
    const struct params *given = params;
    struct clusters clusters = {0};
    const size_t all = candidates->set->count;
    size_t *order = gd_array(all, sizeof *order);
    enum gd_status status = order ? GD_OK : gd_no_memory(error, "structures to choose from");
    if (!status) {
        gd_selection_sort(candidates->set, order);
        const size_t within = count_within(candidates->set, order, given->window);
        clusters.keep = keep < within ? keep : within;
        clusters.set = gd_set_copy(candidates->set, order, within, error);
        status = clusters.set ? GD_OK : error->status;
    }
    if (!status)
        status = run(&clusters, &given->fingerprint, candidates, chosen, count, error);
    for (size_t k = 0; k < *count && !status; k++)
        chosen[k] = order[chosen[k]];
    gd_set_free(clusters.set);
    gd_fingerprints_clear(&clusters.prints);
    free(clusters.centres);
    free(clusters.nearest);
    free(clusters.cluster);
    free(clusters.members);
    free(order);
    return status;
}

const struct gd_selection_class gd_selection_k_means = {
    .base = {.name = "k-means",
             .summary = "The lowest of each cluster of fingerprints.",
             .params = rows,
             .size = sizeof(struct params)},
    .choose = choose,
};
