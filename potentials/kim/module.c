/* The module that speaks with the KIM API, version 2; linked with it, and with nothing of the program. */
#include "potentials/kim/module.h"

#include <KIM_Log.h>
#include <KIM_LogVerbosity.h>
#include <KIM_SimulatorHeaders.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gd_kim_model {
    KIM_Model *model;
    KIM_ComputeArguments *arguments;
    const struct gd_kim_particles *particles; /* of the computation that goes on */
    double influence;
    int lists;
    const double *cutoffs;  /* [lists] */
    const int *never_asked; /* [lists] */
};

static int get_neighbours(void *data, int lists, const double *cutoffs, int list, int particle, int *count,
                          const int **neighbours)
{
    const struct gd_kim_model *model = data;
    const struct gd_kim_particles *particles = model->particles;
    if (list < 0 || list >= lists || list >= model->lists || particle < 0 || particle >= particles->count ||
        cutoffs[list] > model->cutoffs[list])
        return 1;
    const size_t *first = particles->first[list] + particle;
    *count = (int)(first[1] - first[0]);
    *neighbours = particles->neighbour[list] + first[0];
    return 0;
}

static void close_model(struct gd_kim_model *model)
{
    if (model->arguments)
        KIM_Model_ComputeArgumentsDestroy(model->model, &model->arguments);
    if (model->model)
        KIM_Model_Destroy(&model->model);
    free(model);
}

/* The model closed, and NULL. */
static struct gd_kim_model *refuse(struct gd_kim_model *model, char *why, size_t size, const char *reason)
{
    snprintf(why, size, "%s", reason);
    close_model(model);
    return NULL;
}

static const char *find_reason(const char *name)
{
    return strncmp(name, "SM_", 3) == 0 || strstr(name, "__SM_")
               ? "it is a simulator model, which only LAMMPS can run: use the potential lammps"
               : "the KIM API cannot open it; `kim-api-collections-management list` shows the models that are "
                 "installed";
}

/* Whether energy and forces can be asked for, and nothing else must be given. */
static int has_results(const struct gd_kim_model *model)
{
    const KIM_ComputeArgumentName needed[] = {KIM_COMPUTE_ARGUMENT_NAME_partialEnergy,
                                              KIM_COMPUTE_ARGUMENT_NAME_partialForces};
    for (size_t k = 0; k < sizeof needed / sizeof *needed; k++) {
        KIM_SupportStatus support;
        if (KIM_ComputeArguments_GetArgumentSupportStatus(model->arguments, needed[k], &support) ||
            KIM_SupportStatus_Equal(support, KIM_SUPPORT_STATUS_notSupported))
            return 0;
    }
    return 1;
}

static struct gd_kim_model *open_model(const char *name, char *why, size_t size)
{
    int accepted = 0;
    struct gd_kim_model *model = calloc(1, sizeof *model);
    if (!model) {
        snprintf(why, size, "out of memory");
        return NULL;
    }
    KIM_Log_PushDefaultVerbosity(KIM_LOG_VERBOSITY_silent); /* else it writes a file kim.log where it is */
    if (KIM_Model_Create(KIM_NUMBERING_zeroBased, KIM_LENGTH_UNIT_A, KIM_ENERGY_UNIT_eV, KIM_CHARGE_UNIT_e,
                         KIM_TEMPERATURE_UNIT_K, KIM_TIME_UNIT_ps, name, &accepted, &model->model))
        return refuse(model, why, size, find_reason(name));
    if (!accepted)
        return refuse(model, why, size, "it has other units than Å and eV");
    if (KIM_Model_ComputeArgumentsCreate(model->model, &model->arguments) ||
        KIM_ComputeArguments_SetCallbackPointer(model->arguments, KIM_COMPUTE_CALLBACK_NAME_GetNeighborList,
                                                KIM_LANGUAGE_NAME_c, (KIM_Function *)get_neighbours, model))
        return refuse(model, why, size, "it gives no way to compute");
    if (!has_results(model))
        return refuse(model, why, size, "it has no energies or no forces");
    KIM_Model_GetInfluenceDistance(model->model, &model->influence);
    KIM_Model_GetNeighborListPointers(model->model, &model->lists, &model->cutoffs, &model->never_asked);
    return model;
}

static int code(const struct gd_kim_model *model, const char *symbol)
{
    int supported = 0, found = -1;
    if (KIM_Model_GetSpeciesSupportAndCode(model->model, KIM_SpeciesName_FromString(symbol), &supported, &found))
        return -1;
    return supported ? found : -1;
}

static double influence(const struct gd_kim_model *model)
{
    return model->influence;
}

static int lists(const struct gd_kim_model *model)
{
    return model->lists;
}

static double cutoff(const struct gd_kim_model *model, int list)
{
    return model->cutoffs[list];
}

static int asks_for_images(const struct gd_kim_model *model, int list)
{
    return !model->never_asked[list];
}

static int set_pointers(KIM_ComputeArguments *arguments, const struct gd_kim_particles *particles, double *energy,
                        double (*forces)[3])
{
    return KIM_ComputeArguments_SetArgumentPointerInteger(arguments, KIM_COMPUTE_ARGUMENT_NAME_numberOfParticles,
                                                          &particles->count) ||
           KIM_ComputeArguments_SetArgumentPointerInteger(arguments, KIM_COMPUTE_ARGUMENT_NAME_particleSpeciesCodes,
                                                          particles->codes) ||
           KIM_ComputeArguments_SetArgumentPointerInteger(arguments, KIM_COMPUTE_ARGUMENT_NAME_particleContributing,
                                                          particles->contributing) ||
           KIM_ComputeArguments_SetArgumentPointerDouble(arguments, KIM_COMPUTE_ARGUMENT_NAME_coordinates,
                                                         (const double *)particles->positions) ||
           KIM_ComputeArguments_SetArgumentPointerDouble(arguments, KIM_COMPUTE_ARGUMENT_NAME_partialEnergy, energy) ||
           KIM_ComputeArguments_SetArgumentPointerDouble(arguments, KIM_COMPUTE_ARGUMENT_NAME_partialForces,
                                                         (double *)forces);
}

static int compute(struct gd_kim_model *model, const struct gd_kim_particles *particles, double *energy,
                   double (*forces)[3])
{
    int complete = 0;
    model->particles = particles;
    int status = set_pointers(model->arguments, particles, energy, forces);
    if (!status)
        KIM_ComputeArguments_AreAllRequiredArgumentsAndCallbacksPresent(model->arguments, &complete);
    return status || !complete ? -1 : KIM_Model_Compute(model->model, model->arguments);
}

const struct gd_kim_module gd_kim_module = {
    .open = open_model,
    .close = close_model,
    .code = code,
    .influence = influence,
    .lists = lists,
    .cutoff = cutoff,
    .asks_for_images = asks_for_images,
    .compute = compute,
};
