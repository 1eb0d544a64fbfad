#include "potentials/kim/particles.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

struct gd_kim_list {
    size_t *first; /* [particles + 1] */
    int *neighbour;
};

/* The number of the particle that is atom j moved by so many cell vectors: a table over all of them. */
struct places {
    int low[3], size[3]; /* of the translations that occur */
    int *particle;       /* [atoms][size..]; -1: there is none */
};

static size_t place_of(const struct places *places, size_t atom, const int image[3])
{
    size_t at = atom;
    for (int k = 0; k < 3; k++)
        at = at * (size_t)places->size[k] + (size_t)(image[k] - places->low[k]);
    return at;
}

static bool is_inside(const struct places *places, const int image[3])
{
    for (int k = 0; k < 3; k++)
        if (image[k] < places->low[k] || image[k] >= places->low[k] + places->size[k])
            return false;
    return true;
}

/* The particle; -1: there is none. */
static int particle_at(const struct places *places, size_t atom, const int image[3])
{
    return is_inside(places, image) ? places->particle[place_of(places, atom, image)] : -1;
}

static enum gd_status make_places(struct places *places, const struct gd_neighbours *near, struct gd_error *error)
{
    enum { MOST = 1 << 26 };
    int high[3] = {0, 0, 0};
    double count = (double)near->atoms;
    for (size_t e = 0; e < near->edges; e++)
        for (int k = 0; k < 3; k++) {
            const int at = near->image[e][k];
            places->low[k] = at < places->low[k] ? at : places->low[k];
            high[k] = at > high[k] ? at : high[k];
        }
    for (int k = 0; k < 3; k++) {
        places->size[k] = high[k] - places->low[k] + 1;
        count *= places->size[k];
    }
    if (count > MOST)
        return gd_fail(error, GD_FAILED, "the cell is too small or too skewed: more than %d images", MOST);
    places->particle = gd_array((size_t)count, sizeof *places->particle);
    if (!places->particle)
        return gd_no_memory(error, "images of atoms");
    for (size_t k = 0; k < (size_t)count; k++)
        places->particle[k] = -1;
    return GD_OK;
}

/* Numbers the atoms and, in the order of the neighbours, those of their images that are near enough. */
static size_t number_particles(struct places *places, const struct gd_neighbours *near, double influence)
{
    static const int here[3] = {0, 0, 0};
    size_t count = near->atoms;
    for (size_t i = 0; i < near->atoms; i++)
        places->particle[place_of(places, i, here)] = (int)i;
    for (size_t e = 0; e < near->edges; e++) {
        const double *vector = near->vector[e];
        int *particle = &places->particle[place_of(places, (size_t)near->neighbour[e], near->image[e])];
        if (*particle < 0 &&
            vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2] < influence * influence)
            *particle = (int)count++;
    }
    return count;
}

static enum gd_status allocate(struct gd_kim_cloud *cloud, size_t count, int lists, struct gd_error *error)
{
    struct gd_kim_particles *particles = &cloud->particles;
    particles->count = (int)count;
    particles->codes = gd_array(count, sizeof *particles->codes);
    particles->contributing = gd_array(count, sizeof *particles->contributing);
    particles->positions = gd_array(count, sizeof *particles->positions);
    particles->first = gd_array((size_t)lists, sizeof *particles->first);
    particles->neighbour = gd_array((size_t)lists, sizeof *particles->neighbour);
    cloud->owner = gd_array(count, sizeof *cloud->owner);
    cloud->kept = gd_array((size_t)lists, sizeof *cloud->kept);
    cloud->lists = cloud->kept ? lists : 0;
    return particles->codes && particles->contributing && particles->positions && particles->first &&
                   particles->neighbour && cloud->owner && cloud->kept
               ? GD_OK
               : gd_no_memory(error, "images of atoms");
}

static void place_particle(struct gd_kim_cloud *cloud, size_t particle, const struct gd_structure *structure,
                           const double (*positions)[3], const int *codes, size_t atom, const int image[3])
{
    double *position = cloud->particles.positions[particle];
    cloud->owner[particle] = (int)atom;
    cloud->particles.codes[particle] = codes[atom];
    cloud->particles.contributing[particle] = particle < cloud->atoms;
    for (int axis = 0; axis < 3; axis++) {
        position[axis] = positions[atom][axis];
        for (int k = 0; k < 3; k++)
            position[axis] += image[k] * structure->cell.vectors[k][axis];
    }
}

/* --- Lists -------------------------------------------------------------------------------------------------------- */

/* Adds the neighbours of a particle, which is its atom moved by `image`. */
static bool add_neighbours(struct gd_kim_list *list, size_t *length, size_t *capacity, const struct places *places,
                           const struct gd_neighbours *near, size_t atom, const int image[3], double cutoff)
{
    const size_t most = near->first[atom + 1] - near->first[atom];
    if (!gd_grow(&list->neighbour, capacity, *length + most + 1, sizeof *list->neighbour))
        return false;
    for (size_t e = near->first[atom]; e < near->first[atom + 1]; e++) {
        const double *vector = near->vector[e];
        if (!(vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2] < cutoff * cutoff))
            continue;
        const int moved[3] = {near->image[e][0] + image[0], near->image[e][1] + image[1], near->image[e][2] + image[2]};
        const int particle = particle_at(places, (size_t)near->neighbour[e], moved);
        if (particle >= 0)
            list->neighbour[(*length)++] = particle;
    }
    return true;
}

static enum gd_status make_list(struct gd_kim_cloud *cloud, int l, double cutoff, bool of_images,
                                const struct places *places, const int (*images)[3], const struct gd_neighbours *near,
                                struct gd_error *error)
{
    struct gd_kim_list *list = &cloud->kept[l];
    size_t length = 0, capacity = 0, count = (size_t)cloud->particles.count;
    bool fits = (list->first = gd_array(count + 1, sizeof *list->first)) != NULL;
    for (size_t p = 0; p < count && fits; p++) {
        list->first[p] = length;
        if (p < cloud->atoms || of_images)
            fits = add_neighbours(list, &length, &capacity, places, near, (size_t)cloud->owner[p], images[p], cutoff);
    }
    if (!fits)
        return gd_no_memory(error, "neighbours");
    list->first[count] = length;
    cloud->particles.first[l] = list->first;
    cloud->particles.neighbour[l] = list->neighbour;
    return GD_OK;
}

/* --- All of it ---------------------------------------------------------------------------------------------------- */

/* Fills in the particles; images: [count] by how much each is moved. */
static void place_all(struct gd_kim_cloud *cloud, const struct gd_structure *structure, const double (*positions)[3],
                      const int *codes, const struct gd_neighbours *near, const struct places *places, int (*images)[3])
{
    for (size_t i = 0; i < cloud->atoms; i++)
        place_particle(cloud, i, structure, positions, codes, i, images[i]);
    for (size_t e = 0; e < near->edges; e++) {
        const size_t atom = (size_t)near->neighbour[e];
        const int particle = particle_at(places, atom, near->image[e]);
        if (particle < (int)cloud->atoms)
            continue; /* none, or an atom */
        memcpy(images[particle], near->image[e], sizeof *images);
        place_particle(cloud, (size_t)particle, structure, positions, codes, atom, near->image[e]);
    }
}

static enum gd_status fill(struct gd_kim_cloud *cloud, const struct gd_kim_module *module,
                           const struct gd_kim_model *model, const struct gd_structure *structure,
                           const double (*positions)[3], const int *codes, const struct gd_neighbours *near,
                           struct places *places, struct gd_error *error)
{
    const size_t count = number_particles(places, near, module->influence(model));
    const int lists = module->lists(model);
    int(*images)[3] = gd_array(count, sizeof *images);
    cloud->atoms = structure->count;
    enum gd_status status = images ? allocate(cloud, count, lists, error) : gd_no_memory(error, "images of atoms");
    if (!status)
        place_all(cloud, structure, positions, codes, near, places, images);
    for (int l = 0; l < lists && !status; l++)
        status = make_list(cloud, l, module->cutoff(model, l), module->asks_for_images(model, l), places,
                           (const int(*)[3])images, near, error);
    free(images);
    return status;
}

enum gd_status gd_kim_cloud_make(struct gd_kim_cloud *cloud, const struct gd_kim_module *module,
                                 const struct gd_kim_model *model, const struct gd_structure *structure,
                                 const double (*positions)[3], const int *codes, const struct gd_neighbours *near,
                                 struct gd_error *error)
{
    struct places places = {0};
    *cloud = (struct gd_kim_cloud){0};
    enum gd_status status = make_places(&places, near, error);
    if (!status)
        status = fill(cloud, module, model, structure, positions, codes, near, &places, error);
    free(places.particle);
    return status;
}

void gd_kim_cloud_clear(struct gd_kim_cloud *cloud)
{
    for (int l = 0; l < cloud->lists; l++) {
        free(cloud->kept[l].first);
        free(cloud->kept[l].neighbour);
    }
    free(cloud->kept);
    free(cloud->owner);
    free(cloud->particles.codes);
    free(cloud->particles.contributing);
    free(cloud->particles.positions);
    free((void *)cloud->particles.first);
    free((void *)cloud->particles.neighbour);
    *cloud = (struct gd_kim_cloud){0};
}
