/* Potential `kim`: models of the OpenKIM archive, through the KIM API (E. B. Tadmor et al., JOM 63, 17 (2011)). */
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "engine/base/data_file.h"
#include "engine/base/memory.h"
#include "potentials/kim/particles.h"
#include "potentials/potential.h"

extern const struct gd_potential_class gd_potential_kim;

enum { MOST_IDLE = 256 };

struct params {
    const char *model;
    double closest;
};

static const struct gd_param rows[] = {
    {.name = "model",
     .type = GD_STRING,
     .offset = offsetof(struct params, model),
     .help = "Name of a portable model that is installed, with its number and version (...__MO_..._...).",
     .example = "EMT_Asap_Standard_JacobsenStoltzeNorskov_1996_AlAgAuCuNiPdPt__MO_115316750986_001"},
    {.name = "closest",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, closest),
     .initial = "0.5",
     .max = 10,
     .unit = "Å",
     .help = "A structure with atoms nearer than this has no energy: models return plausible ones there."},
    {0},
};

/* A model and the elements that it has seen: some models keep what depends on the first that they see, and would then
 * give results that depend on what came before. */
struct seen {
    struct gd_kim_model *model;
    uint64_t elements[2];
};

struct kim {
    struct gd_potential base;
    void *library;
    const struct gd_kim_module *module;
    char *model;
    double closest;
    double reach; /* Å: the longest distance that the model asks about */
    int codes[GD_ELEMENTS + 1];
    pthread_mutex_t mutex;
    struct seen idle[MOST_IDLE]; /* [count] models that no thread uses, the latest last */
    size_t count;
};

static struct kim *kim_of(const struct gd_potential *potential)
{
    return (struct kim *)(uintptr_t)potential;
}

/* --- Creation ----------------------------------------------------------------------------------------------------- */

static enum gd_status load_module(struct kim *kim, struct gd_error *error)
{
    char *path = gd_data_file_look("lib", "kim.so");
    if (!path)
        return gd_fail(error, GD_FAILED,
                       "lib/godiff/kim.so is missing beside the program, which was built without the KIM API: install "
                       "libkim-api-dev and build it anew");
    kim->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    kim->module = kim->library ? dlsym(kim->library, GD_KIM_SYMBOL) : NULL;
    free(path);
    return kim->module ? GD_OK
                       : gd_fail(error, GD_FAILED, "the module for the KIM API cannot be loaded: %s", dlerror());
}

static enum gd_status open_model(const struct kim *kim, struct gd_kim_model **model, struct gd_error *error)
{
    char why[300];
    *model = kim->module->open(kim->model, why, sizeof why);
    return *model ? GD_OK : gd_fail(error, GD_FAILED, "kim: %s: %s", kim->model, why);
}

static void look_into(struct kim *kim, const struct gd_kim_model *model)
{
    kim->reach = kim->module->influence(model);
    for (int l = 0; l < kim->module->lists(model); l++)
        kim->reach = fmax(kim->reach, kim->module->cutoff(model, l));
    kim->reach = fmax(kim->reach, kim->closest);
    for (int number = 1; number <= GD_ELEMENTS; number++)
        kim->codes[number] = kim->module->code(model, gd_element_symbol(number));
}

/* Takes back a model that no thread uses any more. */
static void give_back(struct kim *kim, struct seen seen)
{
    pthread_mutex_lock(&kim->mutex);
    if (kim->count == MOST_IDLE) {
        kim->module->close(kim->idle[0].model);
        memmove(kim->idle, kim->idle + 1, --kim->count * sizeof *kim->idle);
    }
    kim->idle[kim->count++] = seen;
    pthread_mutex_unlock(&kim->mutex);
}

static enum gd_status open_first(struct kim *kim, struct gd_error *error)
{
    struct gd_kim_model *model = NULL;
    enum gd_status status = load_module(kim, error);
    if (!status)
        status = open_model(kim, &model, error);
    if (status)
        return status;
    look_into(kim, model);
    kim->module->close(model);
    return GD_OK;
}

static void destroy(struct gd_potential *potential)
{
    struct kim *kim = kim_of(potential);
    while (kim->count)
        kim->module->close(kim->idle[--kim->count].model);
    if (kim->library)
        dlclose(kim->library);
    pthread_mutex_destroy(&kim->mutex);
    free(kim->model);
    free(kim);
}

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    struct kim *kim = gd_array(1, sizeof *kim);
    char *model = gd_string(params->model);
    if (!kim || !model) {
        free(kim);
        free(model);
        return gd_no_memory(error, "a potential");
    }
    kim->base.type = &gd_potential_kim;
    kim->model = model;
    kim->closest = params->closest;
    pthread_mutex_init(&kim->mutex, NULL);
    enum gd_status status = open_first(kim, error);
    if (status)
        destroy(&kim->base);
    else
        *potential = &kim->base;
    return gd_error_set_key(status, error, "model");
}

static enum gd_status fail_element(const struct kim *kim, int number, struct gd_error *error)
{
    struct gd_text known = {0};
    for (int other = 1; other <= GD_ELEMENTS; other++)
        if (kim->codes[other] >= 0)
            gd_text_print(&known, "%s%s", known.length ? ", " : "", gd_element_symbol(other));
    gd_fail(error, GD_BAD_INPUT, "kim: the model does not know %s, but %s", gd_element_symbol(number),
            known.data ? known.data : "nothing");
    free(known.data);
    return GD_BAD_INPUT;
}

static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    const struct kim *kim = kim_of(potential);
    for (size_t i = 0; i < structure->count; i++) {
        const int number = structure->species[i];
        if (number < 1 || number > GD_ELEMENTS || kim->codes[number] < 0)
            return fail_element(kim, number, error);
    }
    return GD_OK;
}

/* --- Evaluation --------------------------------------------------------------------------------------------------- */

/* What one evaluation works with. */
struct room {
    double (*positions)[3]; /* [atoms] within the cell */
    int *codes;             /* [atoms] */
    struct gd_neighbours near;
    struct gd_kim_cloud cloud;
    double (*forces)[3]; /* [particles] */
};

static void clear_room(struct room *room)
{
    free(room->positions);
    free(room->codes);
    free(room->forces);
    gd_neighbours_clear(&room->near);
    gd_kim_cloud_clear(&room->cloud);
}

/* The last of those that have seen these elements alone, taken out of the list; its model is NULL: there is none. */
static struct seen take_idle(struct kim *kim, const uint64_t elements[2])
{
    struct seen seen = {.elements = {elements[0], elements[1]}};
    for (size_t k = kim->count; k-- > 0 && !seen.model;)
        if (!memcmp(kim->idle[k].elements, elements, sizeof seen.elements)) {
            seen = kim->idle[k];
            memmove(kim->idle + k, kim->idle + k + 1, (--kim->count - k) * sizeof *kim->idle);
        }
    return seen;
}

/* A model for this thread and this structure, a new one where there is none. */
static enum gd_status take_model(struct kim *kim, const struct gd_structure *structure, struct seen *seen,
                                 struct gd_error *error)
{
    uint64_t elements[2] = {0, 0};
    for (size_t i = 0; i < structure->count; i++)
        elements[structure->species[i] / 64] |= UINT64_C(1) << structure->species[i] % 64;
    pthread_mutex_lock(&kim->mutex);
    *seen = take_idle(kim, elements);
    enum gd_status status = seen->model ? GD_OK : open_model(kim, &seen->model, error);
    pthread_mutex_unlock(&kim->mutex);
    return status;
}

static enum gd_status check_positions(const struct gd_structure *structure, struct gd_error *error)
{
    for (size_t i = 0; i < structure->count; i++)
        for (int axis = 0; axis < 3; axis++)
            if (!isfinite(structure->positions[i][axis]))
                return gd_fail(error, GD_BAD_INPUT, "kim: the position of atom %zu is not finite", i + 1);
    return GD_OK;
}

static enum gd_status check_distances(const struct kim *kim, const struct gd_neighbours *near, struct gd_error *error)
{
    for (size_t i = 0; i < near->atoms; i++)
        for (size_t e = near->first[i]; e < near->first[i + 1]; e++) {
            const double *vector = near->vector[e];
            const double r = sqrt(vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2]);
            if (r < kim->closest)
                return gd_fail(error, GD_FAILED, "kim: atoms %zu and %d are %.3g Å apart, nearer than closest: %g",
                               i + 1, near->neighbour[e] + 1, r, kim->closest);
        }
    return GD_OK;
}

/* The neighbours of the atoms, moved into the cell. */
static enum gd_status find_neighbours(const struct kim *kim, const struct gd_structure *structure, struct room *room,
                                      struct gd_error *error)
{
    struct gd_basis basis;
    room->positions = gd_array(structure->count, sizeof *room->positions);
    room->codes = gd_array(structure->count, sizeof *room->codes);
    enum gd_status status =
        room->positions && room->codes ? check_positions(structure, error) : gd_no_memory(error, "atoms");
    if (!status)
        status = gd_basis_make(&basis, &structure->cell, error);
    for (size_t i = 0; i < structure->count && !status; i++) {
        room->codes[i] = kim->codes[structure->species[i]];
        memcpy(room->positions[i], structure->positions[i], sizeof *room->positions);
        gd_wrap(&basis, room->positions[i]);
    }
    if (!status)
        status = gd_neighbours_find(&room->near, &basis, structure->count, (const double(*)[3])room->positions,
                                    kim->reach, error);
    return status ? status : check_distances(kim, &room->near, error);
}

/* Energy of the atoms, and the forces on images to their atoms. */
static enum gd_status compute(const struct kim *kim, struct gd_kim_model *model, struct room *room, double *energy,
                              double (*forces)[3], struct gd_error *error)
{
    const struct gd_kim_cloud *cloud = &room->cloud;
    room->forces = gd_array((size_t)cloud->particles.count, sizeof *room->forces);
    if (!room->forces)
        return gd_no_memory(error, "forces");
    if (kim->module->compute(model, &cloud->particles, energy, room->forces))
        return gd_fail(error, GD_FAILED,
                       "kim: the model refuses the structure; atoms may be nearer than its tables reach");
    memset(forces, 0, cloud->atoms * sizeof *forces);
    for (int p = 0; p < cloud->particles.count; p++)
        for (int axis = 0; axis < 3; axis++)
            forces[cloud->owner[p]][axis] += room->forces[p][axis];
    return GD_OK;
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    struct kim *kim = kim_of(potential);
    struct seen seen = {0};
    struct room room = {0};
    enum gd_status status = supports(potential, structure, error);
    if (!status)
        status = find_neighbours(kim, structure, &room, error);
    if (!status)
        status = take_model(kim, structure, &seen, error);
    if (!status)
        status = gd_kim_cloud_make(&room.cloud, kim->module, seen.model, structure, (const double(*)[3])room.positions,
                                   room.codes, &room.near, error);
    if (!status)
        status = compute(kim, seen.model, &room, energy, forces, error);
    if (seen.model)
        give_back(kim, seen);
    clear_room(&room);
    return status;
}

const struct gd_potential_class gd_potential_kim = {
    .base = {"kim", "A model of the OpenKIM archive, through the KIM API.", rows, sizeof(struct params)},
    .external = true,
    .create = create,
    .supports = supports,
    .evaluate = evaluate,
    .destroy = destroy,
};
