#include "model/sample_batch.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

#define ALIGNMENT 64

/* Lays out the arrays in `memory`; NULL: only counts bytes. *fixed_bytes: of those that do not change, which come
 * first. They end with the distances of the template's rows. */
static size_t carve(struct gd_sample_batch *scene, char *memory, size_t *fixed_bytes)
{
    struct gd_find_edges *find = &scene->find;
    size_t template_edges = 2 * (size_t)find->template_rows, rows = find->structures * (size_t)find->capacity;
    size_t edges = find->structures * template_edges + 2 * rows;
    size_t atoms = find->structures * (size_t)(find->fixed + find->mobile);
    const struct {
        void *pointer;
        size_t count, size;
    } pieces[] = {
        {&find->template_first, (size_t)find->fixed + 1, sizeof(int)},
        {&find->template_sender, template_edges, sizeof(int)},
        {&find->template_use, template_edges, sizeof(int)},
        {&find->template_unit, 3 * template_edges, sizeof(float)},
        {&scene->species, scene->kinds, sizeof(int)},
        {&scene->kind, atoms, sizeof(int)},
        {&find->distance, (size_t)find->template_rows + rows, sizeof(float)},
        {&find->counts, find->structures, sizeof(int)},
        {&find->pairs, 2 * rows, sizeof(int)},
        {&find->pair_units, 3 * rows, sizeof(float)},
        {&find->first, atoms + 1, sizeof(int)},
        {&find->sender, edges, sizeof(int)},
        {&find->receiver, edges, sizeof(int)},
        {&find->row, edges, sizeof(int)},
        {&find->row_edge, edges, sizeof(int)},
        {&find->row_first, (size_t)find->template_rows + rows + 1, sizeof(int)},
        {&find->unit, 3 * edges, sizeof(float)},
    };
    size_t used = 0;
    for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
        void *at = memory ? memory + used : NULL;
        memcpy(pieces[k].pointer, &at, sizeof at);
        if (pieces[k].pointer == (void *)&find->distance)
            *fixed_bytes = used + (size_t)find->template_rows * sizeof(float);
        used += (pieces[k].count * pieces[k].size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    return used;
}

/* The template's edges, each in both directions, in the order of their pairs. */
static void put_template(const struct gd_find_edges *find, const struct gd_pairs *pairs)
{
    int *first = (int *)find->template_first, *sender = (int *)find->template_sender;
    int *use = (int *)find->template_use, at = 0;
    float *unit = (float *)find->template_unit;
    for (int i = 0; i < find->fixed; i++) {
        first[i] = at;
        for (size_t k = 0; k < pairs->count; k++) {
            const struct gd_pair *pair = &pairs->items[k];
            find->distance[k] = pair->distance;
            for (int end = 0; end < 2; end++) {
                if ((end == 0 ? pair->a : pair->b) != i)
                    continue;
                sender[at] = end == 0 ? pair->b : pair->a;
                use[at] = 2 * (int)k + end;
                for (int axis = 0; axis < 3; axis++)
                    unit[3 * at + axis] = (end == 0 ? 1.0f : -1.0f) * pair->unit[axis];
                at++;
            }
        }
    }
    first[find->fixed] = at;
}

/* The number of atom i of structure s; see struct gd_find_edges. */
static size_t number_of(const struct gd_find_edges *find, size_t s, size_t i)
{
    size_t fixed = (size_t)find->fixed, mobile = (size_t)find->mobile;
    return i < fixed ? find->structures * mobile + s * fixed + i : s * mobile + i - fixed;
}

static enum gd_status make_image(struct gd_sample_batch *scene, const struct gd_pairs *pairs, struct gd_error *error)
{
    const struct gd_find_edges *find = &scene->find;
    int species[GD_SPECIES_MOST], kind[GD_SPECIES_MOST + 1] = {0};
    scene->kinds = gd_graph_list_species(&scene->like, 1, species, kind);
    size_t capacity = carve(scene, NULL, &scene->image_bytes);
    free(scene->image);
    scene->image = gd_array_aligned(capacity, 1);
    if (!scene->image)
        return gd_no_memory(error, "the edges of a template");
    carve(scene, scene->image, &scene->image_bytes);
    put_template(find, pairs);
    memcpy(scene->species, species, scene->kinds * sizeof *species);
    for (size_t s = 0; s < find->structures; s++)
        for (size_t i = 0; i < (size_t)(find->fixed + find->mobile); i++)
            scene->kind[number_of(find, s, i)] = kind[scene->like.species[i]];
    return GD_OK;
}

/* Room on the backend for `capacity` rows of each structure. */
static enum gd_status reserve(struct gd_sample_batch *scene, int capacity, struct gd_error *error)
{
    scene->find.capacity = capacity;
    size_t bytes = carve(scene, NULL, &scene->image_bytes);
    enum gd_status status =
        gd_backend_reserve(scene->backend, &scene->memory, &scene->memory_bytes, bytes, "the edges of a batch", error);
    if (status)
        return status;
    carve(scene, scene->memory, &scene->image_bytes);
    scene->backend->type->upload(scene->backend, scene->memory, scene->image, scene->image_bytes);
    return GD_OK;
}

static enum gd_status check_size(const struct gd_structure *like, size_t count, size_t template_pairs,
                                 struct gd_error *error)
{
    if (count > INT_MAX / 6 / (like->count + template_pairs + 1))
        return gd_fail(error, GD_NO_MEMORY, "%zu structures are too many for a batch", count);
    return GD_OK;
}

static enum gd_status copy_like(struct gd_sample_batch *scene, const struct gd_structure *like, struct gd_error *error)
{
    gd_structure_clear(&scene->like);
    enum gd_status status = gd_structure_alloc(&scene->like, like->count, false, error);
    if (status)
        return status;
    scene->like.cell = like->cell;
    memcpy(scene->like.species, like->species, like->count * sizeof *like->species);
    memcpy(scene->like.positions, like->positions, like->count * sizeof *like->positions);
    return GD_OK;
}

enum gd_status gd_sample_batch_start(struct gd_sample_batch *scene, const struct gd_structure *like, size_t fixed,
                                     size_t count, double cutoff, struct gd_error *error)
{
    struct gd_pairs pairs = {0};
    enum gd_status status = gd_graph_check_species(like, error);
    int capacity = scene->find.capacity;
    scene->find.structures = 0; /* holds nothing until all is there */
    if (!status)
        status = copy_like(scene, like, error);
    if (!status)
        status = gd_basis_make(&scene->basis, &like->cell, error);
    if (!status)
        status = gd_pairs_find(&pairs, &scene->basis, fixed, 0, (const double(*)[3])like->positions, cutoff, error);
    if (!status)
        status = check_size(like, count, pairs.count, error);
    if (!status) {
        scene->find = (struct gd_find_edges){.basis = &scene->basis,
                                             .cutoff = cutoff,
                                             .structures = count,
                                             .fixed = (int)fixed,
                                             .mobile = (int)(like->count - fixed),
                                             .template_rows = (int)pairs.count,
                                             .needed = &scene->needed};
        status = make_image(scene, &pairs, error);
        if (!status)
            status = reserve(scene, capacity, error);
        if (status)
            scene->find.structures = 0;
    }
    gd_pairs_clear(&pairs);
    return status;
}

bool gd_sample_batch_matches(const struct gd_sample_batch *scene, const struct gd_structure *structure, size_t fixed,
                             size_t count)
{
    const struct gd_structure *like = &scene->like;
    return scene->find.structures == count && (size_t)scene->find.fixed == fixed && like->count == structure->count &&
           gd_cell_same(&like->cell, &structure->cell) &&
           memcmp(like->species, structure->species, like->count * sizeof *like->species) == 0 &&
           memcmp(like->positions, structure->positions, fixed * sizeof *like->positions) == 0;
}

void gd_sample_batch_find_edges(struct gd_sample_batch *scene, const double *positions)
{
    scene->find.positions = positions;
    scene->backend->type->ops.find_edges(scene->backend, &scene->find);
}

bool gd_sample_batch_has_room(const struct gd_sample_batch *scene)
{
    return scene->needed <= (double)scene->find.capacity;
}

/* A quarter more than is needed, so that this is rare. */
enum gd_status gd_sample_batch_reserve(struct gd_sample_batch *scene, struct gd_error *error)
{
    if (!isfinite(scene->needed))
        return gd_fail(error, GD_FAILED, "an atom is too far away to find its neighbours");
    double capacity = 1.25 * scene->needed + 8, edges = 2 * (capacity + (double)scene->find.template_rows);
    if (edges * (double)scene->find.structures > INT_MAX / 3)
        return gd_fail(error, GD_NO_MEMORY, "too many edges for a batch of %zu structures", scene->find.structures);
    return reserve(scene, (int)capacity, error);
}

enum gd_status gd_sample_batch_graph(const struct gd_sample_batch *scene, struct gd_graph *graph,
                                     struct gd_graph_arrays *arrays, struct gd_error *error)
{
    const struct gd_find_edges *find = &scene->find;
    size_t count = find->structures, template_rows = (size_t)find->template_rows, capacity = (size_t)find->capacity;
    graph->structures = count;
    graph->mobile = count * (size_t)find->mobile;
    graph->atoms = graph->mobile + count * (size_t)find->fixed;
    graph->template_rows = template_rows;
    graph->rows = template_rows + count * capacity;
    graph->edges = graph->all_edges = 2 * count * (template_rows + capacity);
    graph->kinds = scene->kinds;
    graph->within[0] = graph->mobile;
    for (int l = 1; l <= GD_BLOCKS_MOST; l++)
        graph->within[l] = graph->atoms;
    if (!gd_grow(&graph->structure, &graph->structure_capacity, graph->atoms, sizeof *graph->structure) ||
        !gd_grow(&graph->order, &graph->order_capacity, graph->atoms, sizeof *graph->order) ||
        !gd_grow(&graph->mobile_order, &graph->mobile_capacity, graph->mobile, sizeof *graph->mobile_order))
        return gd_no_memory(error, "the order of a batch's atoms");
    size_t atoms = (size_t)(find->fixed + find->mobile);
    for (size_t k = 0; k < graph->atoms; k++) {
        size_t number = number_of(find, k / atoms, k % atoms);
        graph->structure[number] = (int)(k / atoms);
        graph->order[number] = k;
    }
    for (size_t k = 0; k < graph->mobile; k++)
        graph->mobile_order[k] = k;
    *arrays = (struct gd_graph_arrays){.first = find->first,
                                       .sender = find->sender,
                                       .receiver = find->receiver,
                                       .row = find->row,
                                       .row_first = find->row_first,
                                       .row_edge = find->row_edge,
                                       .unit = find->unit,
                                       .distance = find->distance,
                                       .species = scene->species,
                                       .kind = scene->kind};
    return GD_OK;
}

void gd_sample_batch_clear(struct gd_sample_batch *scene)
{
    if (scene->backend)
        scene->backend->type->release(scene->backend, scene->memory);
    free(scene->image);
    gd_structure_clear(&scene->like);
    *scene = (struct gd_sample_batch){.backend = scene->backend};
}
