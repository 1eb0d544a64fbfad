/* Potential `model`: the forces and the energy that the heads of a model file predict. The forces are not the gradient
 * of the energy. */
#include <pthread.h>
#include <stdlib.h>

#include "atoms/system.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "model/graph.h"
#include "model/network.h"
#include "model/seen.h"
#include "potentials/potential.h"

extern const struct gd_potential_class gd_potential_model;

struct params {
    const char *file;
    int64_t mobile;
};

static const struct gd_param rows[] = {
    {
        .name = "file",
        .type = GD_PATH,
        .accepts = gd_path_readable,
        .offset = offsetof(struct params, file),
        .help = "model file with force and energy heads",
    },
    {
        .name = "mobile",
        .type = GD_INT,
        .offset = offsetof(struct params, mobile),
        .initial = "0",
        .max = 1e9,
        .help = "number of atoms at the end of a structure whose energies are summed, as many as were mobile in "
                "training; 0: all atoms",
    },
    {0},
};

/* A network works on one structure at a time: each thread takes one, and a new one where all are taken. */
struct idle {
    struct gd_network *network;
    struct idle *next;
};

struct pool {
    pthread_mutex_t mutex;
    struct gd_model *model;
    struct idle *idle;
};

struct learned {
    struct gd_potential base;
    size_t mobile;
    struct pool *pool;
};

static struct idle *take_idle(struct pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    struct idle *taken = pool->idle;
    if (taken)
        pool->idle = taken->next;
    pthread_mutex_unlock(&pool->mutex);
    return taken;
}

static void give_back(struct pool *pool, struct idle *taken)
{
    pthread_mutex_lock(&pool->mutex);
    taken->next = pool->idle;
    pool->idle = taken;
    pthread_mutex_unlock(&pool->mutex);
}

static enum gd_status make_idle(const struct pool *pool, struct idle **made, struct gd_error *error)
{
    *made = gd_array(1, sizeof **made);
    enum gd_status status =
        *made ? gd_network_new(&(*made)->network, pool->model, "cpu", 1, error) : gd_no_memory(error, "a network");
    if (status) {
        free(*made);
        *made = NULL;
    }
    return status;
}

static void free_pool(struct pool *pool)
{
    for (struct idle *taken; (taken = pool->idle);) {
        pool->idle = taken->next;
        gd_network_free(taken->network);
        free(taken);
    }
    gd_model_free(pool->model);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

/* --- Callbacks ---------------------------------------------------------------------------------------------------- */

static enum gd_status read_model(const char *path, struct gd_model **model, struct gd_error *error)
{
    static const struct gd_head_class *const needed[] = {&gd_head_force, &gd_head_energy, NULL};
    enum gd_status status = gd_model_read(model, path, NULL, error);
    for (int k = 0; needed[k] && !status; k++)
        if (!gd_model_has_head(*model, needed[k]))
            status = gd_fail(error, GD_BAD_INPUT, "%s: the model has no head \"%s\"", path, needed[k]->name);
    return status;
}

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    struct learned *made = gd_array(1, sizeof *made);
    struct pool *pool = gd_array(1, sizeof *pool);
    enum gd_status status = made && pool ? GD_OK : gd_no_memory(error, "a potential");
    if (pool)
        pthread_mutex_init(&pool->mutex, NULL);
    if (!status)
        status = read_model(params->file, &pool->model, error);
    if (status) {
        if (pool)
            free_pool(pool);
        free(made);
        return status;
    }
    *made = (struct learned){{&gd_potential_model}, (size_t)params->mobile, pool};
    *potential = &made->base;
    return GD_OK;
}

/* The embedding of an element that the model was not trained with is as it was drawn, so that energies with such atoms
 * are random numbers, and a potential has nothing but them. So are the energies of an element whose atoms were all
 * fixed, where `mobile` says which are summed. */
static enum gd_status check_elements(const struct learned *own, const struct gd_structure *structure,
                                     struct gd_error *error)
{
    char doubt[400];
    const size_t fixed = structure->count - own->mobile;
    if (!gd_seen_doubt(&own->pool->model->seen, structure, fixed, doubt, sizeof doubt))
        return GD_OK;
    gd_fail(error, GD_BAD_INPUT,
            "the model %s: its energies are arbitrary here; use a model that was trained with all "
            "elements of the structure",
            doubt);
    return gd_error_set_key(GD_BAD_INPUT, error, "file");
}

static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    const struct learned *own = (const struct learned *)potential;
    struct gd_basis basis;
    if (own->mobile > structure->count)
        return gd_fail(error, GD_BAD_INPUT, "mobile: %zu atoms of a structure of %zu", own->mobile, structure->count);
    enum gd_status status = gd_basis_make(&basis, &structure->cell, error);
    if (!status)
        status = gd_graph_check_species(structure, error);
    return status ? status : check_elements(own, structure, error);
}

static enum gd_status predict(const struct learned *own, struct gd_network *network,
                              const struct gd_structure *structure, float *energy, float (*forces)[3],
                              struct gd_error *error)
{
    const size_t fixed = own->mobile ? structure->count - own->mobile : 0;
    const double no_noise = 0;
    enum gd_status status = gd_network_structures(network, structure, &fixed, 1, error);
    if (!status)
        status = gd_network_forward(network, &gd_head_force, &no_noise, true, forces[0], error);
    return status ? status : gd_network_forward(network, &gd_head_energy, &no_noise, false, energy, error);
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    const struct learned *own = (const struct learned *)potential;
    float sum = 0, (*output)[3] = gd_array(structure->count, sizeof *output);
    struct idle *taken = take_idle(own->pool);
    enum gd_status status = output ? GD_OK : gd_no_memory(error, "forces");
    if (!status && !taken)
        status = make_idle(own->pool, &taken, error);
    if (!status)
        status = predict(own, taken->network, structure, &sum, output, error);
    *energy = (double)sum;
    for (size_t c = 0; c < 3 * structure->count && !status; c++)
        forces[c / 3][c % 3] = (double)output[c / 3][c % 3];
    if (taken)
        give_back(own->pool, taken);
    free(output);
    return status;
}

/* Energies of fixed atoms are left out of training, so that their sum is anything. */
static bool doubt(const void *values, const struct gd_system *system, const char **key, char *text, size_t size)
{
    const struct params *params = values;
    const size_t summed = params->mobile || !system ? (size_t)params->mobile : system->structure.count;
    if (!system || gd_system_mobile(system) == 0 || summed == gd_system_mobile(system))
        return false;
    *key = "mobile";
    gd_print(
        text, size,
        "the energies of %zu atoms are summed, and %zu are mobile: fixed atoms have no part in what a model learns; "
        "choose mobile: %zu",
        summed, gd_system_mobile(system), gd_system_mobile(system));
    return true;
}

static void destroy(struct gd_potential *potential)
{
    free_pool(((struct learned *)potential)->pool);
    free(potential);
}

const struct gd_potential_class gd_potential_model = {
    .base = {"model", "Forces and energies that a model predicts.", rows, sizeof(struct params)},
    .learned = true,
    .create = create,
    .supports = supports,
    .evaluate = evaluate,
    .destroy = destroy,
    .doubt = doubt,
};
