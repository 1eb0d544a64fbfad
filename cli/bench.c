/* godiff bench: how fast this build is on this machine.
 *
 * The platinum heptamer of arXiv:2510.13448: seven atoms at random 1 to 6 Å above a 6x6x2 slab; medians of at least
 * seven samples and two seconds each, after one to warm up. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "atoms/build.h"
#include "atoms/neighbours.h"
#include "cli/cli.h"
#include "engine/memory.h"
#include "model/network.h"
#include "model/noising.h"
#include "potentials/potential.h"

enum { BATCH = 16, MOBILE = 7, PLATINUM = 78, SAMPLES_MIN = 7, SAMPLES_MAX = 100000, SEED = 1 };

static const double sample_seconds = 2.0;
static const struct gd_network_shape shape = {.features = 64, .blocks = 4, .radial = 30, .cutoff = 6.0};

struct values {
    int64_t threads;
    int device;
    bool json;
};

static const struct gd_option options[] = {
    GD_THREADS_OPTION(offsetof(struct values, threads)),
    GD_DEVICE_OPTION(offsetof(struct values, device)),
    {.name = "--json", .kind = GD_OPTION_FLAG, .offset = offsetof(struct values, json), .help = "as JSON"},
    {0},
};

/* What is measured. */
struct subject {
    struct gd_system system;
    struct gd_set set; /* [BATCH] */
    struct gd_structure structures[BATCH];
    double times[BATCH], weights[BATCH];
    float *target; /* [BATCH][MOBILE][3] */
    float *output; /* the same */
    double (*forces)[3];
    struct gd_process process;
    struct gd_model *model;
    struct gd_network *network;
    struct gd_potential *potential;
    struct gd_neighbours neighbours;
};

static enum gd_status make_system(struct subject *subject, struct gd_error *error)
{
    static const int64_t size[3] = {6, 6, 2};
    static const int mobile[MOBILE] = {PLATINUM, PLATINUM, PLATINUM, PLATINUM, PLATINUM, PLATINUM, PLATINUM};
    static const double window[2] = {1.0, 6.0};
    struct gd_structure slab = {0};
    enum gd_status status = gd_build_fcc111(PLATINUM, size, 3.92, 8.0, &slab, error);
    if (!status)
        status = gd_system_make(&subject->system, &slab, mobile, MOBILE, window, true, error);
    gd_structure_clear(&slab);
    return status;
}

/* Sixteen structures, noised: the target is what training would ask for. */
static enum gd_status make_batch(struct subject *subject, struct gd_error *error)
{
    const struct gd_structure *like = &subject->system.structure;
    enum gd_status status = gd_set_init(&subject->set, like, subject->system.fixed, error);
    for (size_t k = 0; k < BATCH && !status; k++) {
        struct gd_stream stream = gd_stream_make(SEED, 0, 0, (uint32_t)k);
        status = gd_set_push(&subject->set, &like->positions[0][0], error);
        if (status)
            break;
        double *positions = subject->set.positions + 3 * like->count * k;
        gd_sample_start(&subject->system, &stream, positions);
        subject->times[k] = gd_stream_uniform(&stream);
        subject->weights[k] = 1;
        gd_noise_structure(&subject->system, &subject->process, subject->times[k], &stream, positions,
                           subject->target + 3 * MOBILE * k);
    }
    for (size_t k = 0; k < BATCH && !status; k++)
        subject->structures[k] = gd_set_view(&subject->set, k);
    return status;
}

static enum gd_status make_network(struct subject *subject, const char *device, int threads, struct gd_error *error)
{
    struct gd_stream stream = gd_stream_make(SEED, 1, 0, 0);
    enum gd_status status = gd_model_new(&subject->model, &shape, &subject->process, &stream, error);
    return status ? status : gd_network_new(&subject->network, subject->model, device, threads, error);
}

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

static enum gd_status make_subject(struct subject *subject, const char *device, int threads, struct gd_error *error)
{
    enum gd_status status = gd_process_named(&subject->process, "ve", "linear", 0.01, 1.0, error);
    subject->target = gd_array(BATCH * MOBILE, 3 * sizeof *subject->target);
    subject->output = gd_array(BATCH * MOBILE, 3 * sizeof *subject->output);
    if (!status && (!subject->target || !subject->output))
        status = gd_no_memory(error, "the batch");
    if (!status)
        status = make_system(subject, error);
    if (!status && !(subject->forces = gd_array(subject->system.structure.count, sizeof *subject->forces)))
        status = gd_no_memory(error, "forces");
    if (!status)
        status = make_batch(subject, error);
    if (!status)
        status = make_network(subject, device, threads, error);
    return status ? status : make_potential(subject, error);
}

static void clear_subject(struct subject *subject)
{
    gd_neighbours_clear(&subject->neighbours);
    gd_potential_free(subject->potential);
    gd_network_free(subject->network);
    gd_model_free(subject->model);
    free(subject->forces);
    free(subject->output);
    free(subject->target);
    gd_set_clear(&subject->set);
    gd_structure_clear(&subject->system.structure);
}

static enum gd_status optimisation_step(struct subject *subject, struct gd_error *error)
{
    const struct gd_adamw adamw = {
        .rate = 1e-4, .decay = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip = 10};
    double loss, norm;
    enum gd_status status =
        gd_network_alike(subject->network, subject->structures, subject->system.fixed, BATCH, error);
    if (!status)
        status =
            gd_network_loss(subject->network, subject->times, subject->weights, subject->target, true, &loss, error);
    return status ? status : gd_network_step(subject->network, &adamw, &norm, error);
}

static enum gd_status forward(struct subject *subject, struct gd_error *error)
{
    enum gd_status status =
        gd_network_alike(subject->network, subject->structures, subject->system.fixed, BATCH, error);
    return status ? status : gd_network_forward(subject->network, subject->times, false, subject->output, error);
}

static enum gd_status neighbour_search(struct subject *subject, struct gd_error *error)
{
    const struct gd_structure *structure = &subject->structures[0];
    return gd_neighbours_find(&subject->neighbours, &subject->system.basis, structure->count,
                              (const double(*)[3])structure->positions, shape.cutoff, error);
}

static enum gd_status emt_evaluation(struct subject *subject, struct gd_error *error)
{
    double energy;
    return subject->potential->type->evaluate(subject->potential, &subject->structures[0], &energy, subject->forces,
                                              error);
}

static const struct {
    const char *key, *what;
    enum gd_status (*work)(struct subject *subject, struct gd_error *error);
} measurements[] = {
    {"optimisation_step_ms", "one optimisation step, batch 16", optimisation_step},
    {"forward_ms", "forward pass of 16 structures", forward},
    {"neighbours_ms", "one neighbour search", neighbour_search},
    {"emt_ms", "one EMT evaluation", emt_evaluation},
};
enum { MEASUREMENTS = sizeof measurements / sizeof *measurements };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median milliseconds of one call. */
static enum gd_status measure(enum gd_status (*work)(struct subject *, struct gd_error *), struct subject *subject,
                              double *median, struct gd_error *error)
{
    double *samples = gd_array(SAMPLES_MAX, sizeof *samples);
    enum gd_status status = samples ? work(subject, error) : gd_no_memory(error, "samples");
    const double started = now();
    size_t count = 0;
    while (!status && count < SAMPLES_MAX && (count < SAMPLES_MIN || now() - started < sample_seconds)) {
        const double before = now();
        status = work(subject, error);
        samples[count++] = 1000 * (now() - before);
    }
    if (!status) {
        qsort(samples, count, sizeof *samples, ascending);
        *median = 0.5 * (samples[(count - 1) / 2] + samples[count / 2]);
    }
    free(samples);
    return status;
}

static enum gd_status print_json(const double *medians, const char *device, int threads, struct gd_error *error)
{
    cJSON *document = cJSON_CreateObject();
    bool ok = document;
    for (size_t k = 0; ok && k < MEASUREMENTS; k++)
        ok = cJSON_AddNumberToObject(document, measurements[k].key, medians[k]);
    ok = ok && cJSON_AddNumberToObject(document, "threads", threads) &&
         cJSON_AddStringToObject(document, "device", device);
    char *text = ok ? cJSON_Print(document) : NULL;
    cJSON_Delete(document);
    if (!text)
        return gd_no_memory(error, "the results");
    puts(text);
    cJSON_free(text);
    return GD_OK;
}

static void print_text(const double *medians, const char *device, int threads)
{
    printf("Pt heptamer on Pt(111), 79 atoms; %s, %d thread%s\n", device, threads, threads == 1 ? "" : "s");
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
    enum gd_status status = gd_device_decide(values->device, &device, error);
    if (!status)
        status = make_subject(&subject, device.name, threads, error);
    for (size_t k = 0; k < MEASUREMENTS && !status; k++)
        status = measure(measurements[k].work, &subject, &medians[k], error);
    if (!status && values->json)
        status = print_json(medians, device.name, threads, error);
    else if (!status)
        print_text(medians, device.name, threads);
    clear_subject(&subject);
    return status;
}

const struct gd_command gd_command_bench = {
    .name = "bench",
    .summary = "how fast this build is on this machine",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
