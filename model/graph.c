/* A batch: its parts, their numbering, and the arrays of its edges. */
#include "model/graph.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "engine/base/memory.h"
#include "model/graph_templates.h"
#include "model/space_filling.h"

#define ALIGNMENT 64

/* A structure's share of the batch. */
struct gd_graph_part {
    size_t template; /* index; only with template_pairs > 0 */
    size_t template_pairs;
    size_t number;     /* of the structure among those with its template */
    size_t first_atom; /* among the atoms as they came */
    size_t atoms, fixed;
    size_t first_pair, pairs; /* in graph->pairs */
    size_t first_used, used;  /* in graph->used */
};

enum gd_status gd_graph_check_species(const struct gd_structure *structure, struct gd_error *error)
{
    for (size_t i = 0; i < structure->count; i++) {
        int species = structure->species[i];
        if (species < 1 || species > GD_SPECIES_MOST)
            return gd_fail(error, GD_BAD_INPUT, "atom %zu: the network supports atomic numbers 1 to %d, not %d (%s)",
                           i + 1, GD_SPECIES_MOST, species, gd_element_symbol(species));
    }
    return GD_OK;
}

static enum gd_status check_structure(const struct gd_structure *structure, size_t fixed, struct gd_error *error)
{
    if (fixed > structure->count)
        return gd_fail(error, GD_BAD_INPUT, "%zu fixed atoms exceed %zu atoms", fixed, structure->count);
    for (size_t i = 0; i < structure->count; i++) {
        const double *at = structure->positions[i];
        if (!isfinite(at[0]) || !isfinite(at[1]) || !isfinite(at[2]))
            return gd_fail(error, GD_FAILED, "atom %zu: its position (%g, %g, %g) is not finite", i + 1, at[0], at[1],
                           at[2]);
    }
    return gd_graph_check_species(structure, error);
}

/* The atoms of a part in its sequence, and their positions in `sorted`. */
static enum gd_status sort_part(struct gd_graph *graph, const struct gd_graph_part *part,
                                const struct gd_structure *structure, struct gd_error *error)
{
    size_t fixed = part->fixed, mobile = part->atoms - fixed;
    if (!gd_grow(&graph->sequence, &graph->sequence_capacity, part->first_atom + part->atoms,
                 sizeof *graph->sequence) ||
        !gd_grow(&graph->sorted, &graph->sorted_capacity, part->atoms, sizeof *graph->sorted))
        return gd_no_memory(error, "the order of a structure's atoms");
    int *sequence = graph->sequence + part->first_atom;
    const double(*positions)[3] = (const double(*)[3])structure->positions;
    if (fixed > 0)
        memcpy(sequence, graph->templates[part->template].sequence, fixed * sizeof *sequence);
    enum gd_status status = gd_curve_order(mobile, positions + fixed, sequence + fixed, error);
    for (size_t k = fixed; k < part->atoms && !status; k++)
        sequence[k] += (int)fixed;
    if (!status)
        gd_template_sort(part->atoms, sequence, positions, graph->sorted);
    return status;
}

/* Finds the pairs of one structure and fills its part but the first atom. */
static enum gd_status add_part(struct gd_graph *graph, struct gd_graph_part *part, const struct gd_structure *structure,
                               size_t fixed, double cutoff, struct gd_error *error)
{
    struct gd_basis basis;
    enum gd_status status = gd_basis_make(&basis, &structure->cell, error);
    part->atoms = structure->count;
    part->fixed = fixed;
    part->first_pair = graph->pairs.count;
    if (!status && fixed > 0) {
        status = gd_template_find(graph, structure, fixed, &basis, cutoff, &part->template, error);
        if (!status) {
            part->template_pairs = graph->templates[part->template].pairs.count;
            part->number = graph->templates[part->template].users - 1;
        }
    }
    if (!status)
        status = sort_part(graph, part, structure, error);
    if (!status)
        status =
            gd_pairs_find(&graph->pairs, &basis, part->atoms, fixed, (const double(*)[3])graph->sorted, cutoff, error);
    part->pairs = graph->pairs.count - part->first_pair;
    return status;
}

static enum gd_status find_parts(struct gd_graph *graph, double cutoff, const struct gd_structure *structures,
                                 const size_t *fixed, size_t count, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    if (!gd_grow(&graph->parts, &graph->part_capacity, count, sizeof *graph->parts))
        return gd_no_memory(error, "a batch of structures");
    gd_templates_start(graph);
    graph->structures = count;
    graph->pairs.count = graph->atoms = graph->mobile = 0;
    for (size_t s = 0; s < count && !status; s++) {
        struct gd_error why = {0};
        graph->parts[s] = (struct gd_graph_part){.first_atom = graph->atoms};
        status = check_structure(&structures[s], fixed[s], &why);
        if (!status)
            status = add_part(graph, &graph->parts[s], &structures[s], fixed[s], cutoff, &why);
        if (status && count > 1)
            gd_fail(error, status, "structure %zu: %s", s + 1, why.text);
        else if (status)
            gd_fail(error, status, "%s", why.text);
        graph->atoms += structures[s].count;
        graph->mobile += structures[s].count - fixed[s];
    }
    return status;
}

/* Numbers the filter rows, and counts rows and edges. */
static enum gd_status count_rows(struct gd_graph *graph, struct gd_error *error)
{
    graph->template_rows = graph->all_edges = 0;
    for (size_t k = 0; k < graph->template_count; k++) {
        struct gd_template *template = &graph->templates[k];
        template->first_row = graph->template_rows;
        graph->template_rows += template->users ? template->pairs.count : 0;
        graph->all_edges += 2 * template->users * template->pairs.count;
    }
    graph->rows = graph->template_rows + graph->pairs.count;
    graph->all_edges += 2 * graph->pairs.count;
    if (graph->all_edges > INT_MAX / 3 || graph->atoms > INT_MAX / 3)
        return gd_fail(error, GD_FAILED, "a batch of %zu atoms and %zu edges is too large", graph->atoms,
                       graph->all_edges);
    return GD_OK;
}

/* The pairs of a part that begin at its template, then those with a mobile atom. */
static const struct gd_pair *part_pair(const struct gd_graph *graph, const struct gd_graph_part *part, size_t k)
{
    return k < part->template_pairs ? &graph->templates[part->template].pairs.items[k]
                                    : &graph->pairs.items[part->first_pair + k - part->template_pairs];
}

static size_t part_row(const struct gd_graph *graph, const struct gd_graph_part *part, size_t k)
{
    return k < part->template_pairs ? graph->templates[part->template].first_row + k
                                    : graph->template_rows + part->first_pair + k - part->template_pairs;
}

/* The pairs of a part at its template, or those with a mobile atom. */
struct stretch {
    const struct gd_pair *pairs;
    size_t count;
};

static struct stretch template_stretch(const struct gd_graph *graph, const struct gd_graph_part *part)
{
    return part->template_pairs ? (struct stretch){graph->templates[part->template].pairs.items, part->template_pairs}
                                : (struct stretch){0};
}

static struct stretch mobile_stretch(const struct gd_graph *graph, const struct gd_graph_part *part)
{
    return (struct stretch){part->pairs ? graph->pairs.items + part->first_pair : NULL, part->pairs};
}

/* Carries the level `from` one edge further; false when nothing was left to reach. */
static bool spread_level(struct stretch stretch, int *level, int from)
{
    bool reached = false;
    for (size_t k = 0; k < stretch.count; k++) {
        int *a = &level[stretch.pairs[k].a], *b = &level[stretch.pairs[k].b];
        if (*a == from && *b > from + 1) {
            *b = from + 1;
            reached = true;
        } else if (*b == from && *a > from + 1) {
            *a = from + 1;
            reached = true;
        }
    }
    return reached;
}

/* Atoms of the template that are one edge away are so by a pair with a mobile atom. */
static void find_levels(const struct gd_graph *graph, const struct gd_graph_part *part, int blocks, int *level)
{
    for (size_t i = 0; i < part->atoms; i++)
        level[i] = i < part->fixed ? blocks + 1 : 0;
    bool reached = blocks > 0 && spread_level(mobile_stretch(graph, part), level, 0);
    for (int from = 1; from < blocks && reached; from++) {
        reached = spread_level(template_stretch(graph, part), level, from);
        reached |= spread_level(mobile_stretch(graph, part), level, from);
    }
}

/* Fills level, order, mobile_order, place and within. */
static enum gd_status number_atoms(struct gd_graph *graph, int blocks, struct gd_error *error)
{
    if (!gd_grow(&graph->level, &graph->level_capacity, graph->atoms, sizeof *graph->level) ||
        !gd_grow(&graph->place, &graph->place_capacity, graph->atoms, sizeof *graph->place) ||
        !gd_grow(&graph->order, &graph->order_capacity, graph->atoms, sizeof *graph->order) ||
        !gd_grow(&graph->mobile_order, &graph->mobile_capacity, graph->mobile, sizeof *graph->mobile_order) ||
        !gd_grow(&graph->structure, &graph->structure_capacity, graph->atoms, sizeof *graph->structure))
        return gd_no_memory(error, "the order of a batch's atoms");
    size_t next[GD_BLOCKS_MOST + 2] = {0};
    for (size_t s = 0; s < graph->structures; s++) {
        const struct gd_graph_part *part = &graph->parts[s];
        int *level = graph->level + part->first_atom;
        find_levels(graph, part, blocks, level);
        for (size_t i = 0; i < part->atoms; i++)
            next[level[i]]++;
    }
    size_t sum = 0;
    for (int k = 0; k <= blocks + 1; k++) {
        size_t begin = sum;
        sum += next[k];
        next[k] = begin;
        if (k <= blocks)
            graph->within[k] = sum;
    }
    size_t fixed = 0; /* atoms of the structures so far */
    for (size_t s = 0; s < graph->structures; s++) {
        const struct gd_graph_part *part = &graph->parts[s];
        fixed += part->fixed;
        for (size_t i = 0; i < part->atoms; i++) {
            size_t at = part->first_atom + i, number = next[graph->level[at]]++;
            graph->place[at] = (int)number;
            graph->order[number] = part->first_atom + (size_t)graph->sequence[at];
            graph->structure[number] = (int)s;
            if (i >= part->fixed)
                graph->mobile_order[number] = graph->order[number] - fixed;
        }
    }
    return GD_OK;
}

size_t gd_graph_list_species(const struct gd_structure *structures, size_t count, int *species, int *kind)
{
    for (size_t s = 0; s < count; s++)
        for (size_t i = 0; i < structures[s].count; i++)
            kind[structures[s].species[i]] = 1;
    int kinds = 0;
    for (int number = 1; number <= GD_SPECIES_MOST; number++)
        if (kind[number]) {
            species[kinds] = number;
            kind[number] = kinds++;
        }
    return (size_t)kinds;
}

/* Sizes first, then pieces of the memory at `base`; NULL: only the size in bytes. */
static size_t carve(const struct gd_graph *graph, char *base, struct gd_graph_arrays *arrays)
{
    const struct {
        void *pointer;
        size_t count, size;
    } pieces[] = {
        {&arrays->first, graph->atoms + 1, sizeof(int)},    {&arrays->sender, graph->edges, sizeof(int)},
        {&arrays->receiver, graph->edges, sizeof(int)},     {&arrays->row, graph->edges, sizeof(int)},
        {&arrays->row_first, graph->rows + 1, sizeof(int)}, {&arrays->row_edge, graph->edges, sizeof(int)},
        {&arrays->unit, 3 * graph->edges, sizeof(float)},   {&arrays->distance, graph->rows, sizeof(float)},
        {&arrays->species, graph->kinds, sizeof(int)},      {&arrays->kind, graph->atoms, sizeof(int)},
    };
    size_t used = 0;
    for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
        void *at = base ? base + used : NULL;
        memcpy(pieces[k].pointer, &at, sizeof at);
        used += (pieces[k].count * pieces[k].size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    return used;
}

struct gd_graph_arrays gd_graph_arrays_at(const struct gd_graph *graph, void *base)
{
    struct gd_graph_arrays arrays;
    carve(graph, base, &arrays);
    return arrays;
}

/* counts[k + 1] of k things to the places where each k begins: counts[k + 1] = the sum of those before k. */
static void begin_counts(int *counts, size_t count)
{
    int sum = 0;
    for (size_t k = 0; k < count; k++) {
        int here = counts[k + 1];
        counts[k + 1] = sum;
        sum += here;
    }
}

/* Lists the pairs of a stretch with an end within reach, numbered from `first` on. Returns how many. */
static size_t list_stretch(struct stretch stretch, const int *level, int reach, int first, int *used)
{
    size_t count = 0;
    for (size_t k = 0; k < stretch.count; k++)
        if (level[stretch.pairs[k].a] <= reach || level[stretch.pairs[k].b] <= reach)
            used[count++] = first + (int)k;
    return count;
}

/* Lists the pairs whose edges are laid out. */
static enum gd_status list_used(struct gd_graph *graph, struct gd_error *error)
{
    size_t count = 0;
    for (size_t s = 0; s < graph->structures; s++) {
        struct gd_graph_part *part = &graph->parts[s];
        const int *level = graph->level + part->first_atom;
        const size_t pairs = part->template_pairs + part->pairs;
        if (!gd_grow(&graph->used, &graph->used_capacity, count + pairs, sizeof *graph->used))
            return gd_no_memory(error, "the edges of a batch");
        part->first_used = count;
        count += list_stretch(template_stretch(graph, part), level, graph->reach, 0, graph->used + count);
        count += list_stretch(mobile_stretch(graph, part), level, graph->reach, (int)part->template_pairs,
                              graph->used + count);
        part->used = count - part->first_used;
    }
    graph->edges = 2 * count;
    return GD_OK;
}

/* first[] and row_first[] such that [k + 1] is where the next edge of k goes; once all are there, it is their end. */
static void count_edges(struct gd_graph *graph)
{
    struct gd_graph_arrays *to = &graph->arrays;
    memset(to->first, 0, (graph->atoms + 1) * sizeof *to->first);
    memset(to->row_first, 0, (graph->rows + 1) * sizeof *to->row_first);
    for (size_t s = 0; s < graph->structures; s++) {
        const struct gd_graph_part *part = &graph->parts[s];
        const int *place = graph->place + part->first_atom, *used = graph->used + part->first_used;
        for (size_t n = 0; n < part->used; n++) {
            const struct gd_pair *pair = part_pair(graph, part, (size_t)used[n]);
            to->first[place[pair->a] + 1]++;
            to->first[place[pair->b] + 1]++;
            to->row_first[part_row(graph, part, (size_t)used[n]) + 1] += 2;
        }
    }
    begin_counts(to->first, graph->atoms);
    begin_counts(to->row_first, graph->rows);
}

static void put_edge(struct gd_graph_arrays *to, int receiver, int sender, size_t row, const float unit[3], float sign)
{
    int edge = to->first[receiver + 1]++;
    to->sender[edge] = sender;
    to->receiver[edge] = receiver;
    to->row[edge] = (int)row;
    to->row_edge[to->row_first[row + 1]++] = edge;
    for (int axis = 0; axis < 3; axis++)
        to->unit[3 * edge + axis] = sign * unit[axis];
}

static void put_edges(struct gd_graph *graph)
{
    struct gd_graph_arrays *to = &graph->arrays;
    for (size_t s = 0; s < graph->structures; s++) {
        const struct gd_graph_part *part = &graph->parts[s];
        const int *place = graph->place + part->first_atom, *used = graph->used + part->first_used;
        for (size_t n = 0; n < part->used; n++) {
            const struct gd_pair *pair = part_pair(graph, part, (size_t)used[n]);
            size_t row = part_row(graph, part, (size_t)used[n]);
            put_edge(to, place[pair->a], place[pair->b], row, pair->unit, 1);
            put_edge(to, place[pair->b], place[pair->a], row, pair->unit, -1);
        }
    }
}

/* Of all rows. */
static void put_distances(struct gd_graph *graph)
{
    float *to = graph->arrays.distance;
    for (size_t t = 0; t < graph->template_count; t++) {
        const struct gd_template *template = &graph->templates[t];
        for (size_t k = 0; k < template->pairs.count && template->users; k++)
            to[template->first_row + k] = template->pairs.items[k].distance;
    }
    for (size_t k = 0; k < graph->pairs.count; k++)
        to[graph->template_rows + k] = graph->pairs.items[k].distance;
}

/* Makes room for the image and lays out the arrays in it. */
static enum gd_status reserve_image(struct gd_graph *graph, struct gd_error *error)
{
    graph->image_bytes = carve(graph, NULL, &graph->arrays);
    if (!gd_grow(&graph->image, &graph->image_capacity, graph->image_bytes, 1))
        return gd_no_memory(error, "the edges of a batch");
    carve(graph, graph->image, &graph->arrays);
    return GD_OK;
}

/* The image, with the edges within reach. */
static enum gd_status make_image(struct gd_graph *graph, struct gd_error *error)
{
    enum gd_status status = list_used(graph, error);
    if (!status)
        status = reserve_image(graph, error);
    if (status)
        return status;
    count_edges(graph);
    put_edges(graph);
    put_distances(graph);
    if (graph->kinds)
        memcpy(graph->arrays.species, graph->species, graph->kinds * sizeof *graph->species);
    if (graph->atoms)
        memcpy(graph->arrays.kind, graph->kind, graph->atoms * sizeof *graph->kind);
    return GD_OK;
}

static enum gd_status find_kinds(struct gd_graph *graph, const struct gd_structure *structures, struct gd_error *error)
{
    int kind[GD_SPECIES_MOST + 1] = {0};
    if (!gd_grow(&graph->kind, &graph->kind_capacity, graph->atoms, sizeof *graph->kind))
        return gd_no_memory(error, "the species of a batch");
    graph->kinds = gd_graph_list_species(structures, graph->structures, graph->species, kind);
    for (size_t s = 0; s < graph->structures; s++)
        for (size_t i = 0; i < structures[s].count; i++) {
            size_t at = graph->parts[s].first_atom + i;
            graph->kind[graph->place[at]] = kind[structures[s].species[graph->sequence[at]]];
        }
    return GD_OK;
}

/* Through n blocks an output depends on what n edges lead to; the last of them end at atoms that n - 1 edges lead to.
 */
enum gd_status gd_graph_build(struct gd_graph *graph, double cutoff, int blocks, const struct gd_structure *structures,
                              const size_t *fixed, size_t count, struct gd_error *error)
{
    enum gd_status status = find_parts(graph, cutoff, structures, fixed, count, error);
    if (!status)
        status = count_rows(graph, error);
    if (!status)
        status = number_atoms(graph, blocks, error);
    if (!status)
        status = find_kinds(graph, structures, error);
    graph->reach = blocks - 1;
    return status ? status : make_image(graph, error);
}

enum gd_status gd_graph_complete(struct gd_graph *graph, struct gd_error *error)
{
    graph->reach = INT_MAX;
    return graph->edges == graph->all_edges ? GD_OK : make_image(graph, error);
}

void gd_graph_clear(struct gd_graph *graph)
{
    if (!graph)
        return;
    for (size_t k = 0; k < graph->template_count; k++)
        gd_template_clear(&graph->templates[k]);
    free(graph->templates);
    gd_pairs_clear(&graph->pairs);
    free(graph->parts);
    free(graph->level);
    free(graph->place);
    free(graph->used);
    free(graph->kind);
    free(graph->order);
    free(graph->mobile_order);
    free(graph->sequence);
    free(graph->sorted);
    free(graph->structure);
    free(graph->image);
    *graph = (struct gd_graph){0};
}
