/* godiff bench: how fast this build is on this machine.
 *
 * The platinum heptamer of arXiv:2510.13448: seven atoms at random 1 to 6 Å above a 6x6x2 slab; medians of at least
 * seven samples and two seconds each, after one to warm up. */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "atoms/neighbours.h"
#include "bench/workload.h"
#include "cli/cli.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "potentials/potential.h"

enum { BATCH = 16, MOBILE = 7 };

static const int64_t slab[3] = {6, 6, 2};
static const double sample_seconds = 2.0;

struct values {
    int64_t threads;
    struct gd_device_request wish;
    bool json;
};

static const struct gd_option options[] = {
    GD_THREADS_OPTION(offsetof(struct values, threads)),
    GD_DEVICE_OPTIONS(offsetof(struct values, wish)),
    {.name = "--json", .kind = GD_OPTION_FLAG, .offset = offsetof(struct values, json), .help = "as JSON"},
    {0},
};

/* What is measured. */
struct subject {
    struct gd_workload work;
    double (*forces)[3];
    struct gd_network *network;
    struct gd_potential *potential;
    struct gd_neighbours neighbours;
};

/* The potential with every parameter at its default. */
static enum gd_status make_potential(struct subject *subject, struct gd_error *error)
{
    struct gd_registry *registry = gd_registry_full(NULL, false, error);
    const struct gd_potential_class *emt =
        registry ? (const struct gd_potential_class *)gd_registry_component(registry, "potential", "emt") : NULL;
    struct gd_arena arena = {0};
    struct gd_problems problems = {0};
    void *params = emt ? gd_arena_alloc(&arena, 1, emt->base.size + 1) : NULL;
    enum gd_status status = params ? GD_OK : gd_no_memory(error, "the potential");
    if (!status && emt->base.params)
        status = gd_params_parse(emt->base.params, registry, NULL, (struct gd_place){0}, params, &arena, &problems);
    if (!status)
        status = emt->create(params, &subject->potential, error);
    gd_problems_clear(&problems);
    gd_arena_clear(&arena);
    gd_registry_free(registry);
    return status;
}

static enum gd_status make_subject(struct subject *subject, const struct gd_device_choice *device, int threads,
                                   struct gd_error *error)
{
    enum gd_status status = gd_workload_make(&subject->work, slab, MOBILE, BATCH, error);
    if (!status && !(subject->forces = gd_array(subject->work.system.structure.count, sizeof *subject->forces)))
        status = gd_no_memory(error, "forces");
    if (!status)
        status = gd_network_new(&subject->network, subject->work.model, device->name, threads, error);
    if (!status)
        status = gd_network_precision(subject->network, device->precision, error);
    return status ? status : make_potential(subject, error);
}

static void clear_subject(struct subject *subject)
{
    gd_neighbours_clear(&subject->neighbours);
    gd_potential_free(subject->potential);
    gd_network_free(subject->network);
    free(subject->forces);
    gd_workload_clear(&subject->work);
}

static enum gd_status optimisation_step(void *context, struct gd_error *error)
{
    struct subject *subject = context;
    return gd_workload_step(&subject->work, subject->network, error);
}

static enum gd_status forward(void *context, struct gd_error *error)
{
    struct subject *subject = context;
    return gd_workload_forward(&subject->work, subject->network, error);
}

static enum gd_status neighbour_search(void *context, struct gd_error *error)
{
    struct subject *subject = context;
    const struct gd_structure *structure = &subject->work.structures[0];
    return gd_neighbours_find(&subject->neighbours, &subject->work.system.basis, structure->count,
                              (const double(*)[3])structure->positions, gd_workload_shape.cutoff, error);
}

static enum gd_status emt_evaluation(void *context, struct gd_error *error)
{
    struct subject *subject = context;
    double energy;
    return subject->potential->type->evaluate(subject->potential, &subject->work.structures[0], &energy,
                                              subject->forces, error);
}

static const struct {
    const char *key, *what;
    enum gd_status (*work)(void *subject, struct gd_error *error);
} measurements[] = {
    {"optimisation_step_ms", "one optimisation step, batch 16", optimisation_step},
    {"forward_ms", "forward pass of 16 structures", forward},
    {"neighbours_ms", "one neighbour search", neighbour_search},
    {"emt_ms", "one EMT evaluation", emt_evaluation},
};
enum { MEASUREMENTS = sizeof measurements / sizeof *measurements };

static enum gd_status print_json(const double *medians, const struct gd_device_choice *device, int threads,
                                 struct gd_error *error)
{
    cJSON *document = cJSON_CreateObject();
    bool ok = document;
    for (size_t k = 0; ok && k < MEASUREMENTS; k++)
        ok = cJSON_AddNumberToObject(document, measurements[k].key, medians[k]);
    ok = ok && cJSON_AddNumberToObject(document, "threads", threads) &&
         cJSON_AddStringToObject(document, "device", device->name) &&
         cJSON_AddStringToObject(document, "kernels", device->found) &&
         cJSON_AddStringToObject(document, "precision", device->precision);
    char *text = ok ? gd_json_write(document, true) : NULL;
    cJSON_Delete(document);
    if (!text)
        return gd_no_memory(error, "the results");
    puts(text);
    free(text);
    return GD_OK;
}

static void print_text(const double *medians, const struct gd_device_choice *device, int threads)
{
    printf("Pt heptamer on Pt(111), 79 atoms; %s (%s), %s, %d thread%s\n", device->name, device->found,
           device->precision, threads, threads == 1 ? "" : "s");
    for (size_t k = 0; k < MEASUREMENTS; k++)
        printf("%-34s %10.4f ms\n", measurements[k].what, medians[k]);
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    const int threads = gd_threads_decide(values->threads);
    struct gd_device_choice device;
    struct subject subject = {0};
    double medians[MEASUREMENTS] = {0};
    enum gd_status status = gd_device_decide(&values->wish, &device, error);
    if (!status)
        status = make_subject(&subject, &device, threads, error);
    for (size_t k = 0; k < MEASUREMENTS && !status; k++)
        status = gd_measure(measurements[k].work, &subject, sample_seconds, &medians[k], error);
    if (!status && values->json)
        status = print_json(medians, &device, threads, error);
    else if (!status)
        print_text(medians, &device, threads);
    clear_subject(&subject);
    return status;
}

const struct gd_command gd_command_bench = {
    .name = "bench",
    .summary = "benchmark of this build on this machine",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
