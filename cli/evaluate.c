/* godiff evaluate IN --potential NAME[:key=value,...]: energies and forces of any structures. */
#include <math.h>
#include <stdlib.h>

#include "atoms/coincidence.h"
#include "atoms/structure_file.h"
#include "cli/cli.h"
#include "cli/run_structures.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "potentials/potential.h"

struct values {
    const char *in, *potential, *out;
    struct gd_list plugins;
    int64_t threads;
};

static const struct gd_option options[] = {
    GD_IN_OPTION(offsetof(struct values, in)),          GD_POTENTIAL_OPTION(offsetof(struct values, potential)),
    GD_RESULTS_OPTION(offsetof(struct values, out)),    GD_THREADS_OPTION(offsetof(struct values, threads)),
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)), {0},
};

struct work {
    const struct gd_potential *potential;
    struct gd_structure *structures; /* [count] those of the frames */
    size_t count, failed;
    char **words; /* [count] why there is no result; NULL: there is one */
};

static void on_done(void *context, size_t k, enum gd_status status, const char *why)
{
    struct work *work = context;
    struct gd_structure *structure = &work->structures[k];
    struct gd_error error = {0};
    if (!status && !gd_potential_check_finite(work->potential, structure, &error))
        return;
    structure->energy = NAN;
    work->words[k] = gd_string(status ? why : error.text);
    work->failed++;
}

/* Room for the forces; GD_BAD_INPUT where two atoms are at one place. */
static enum gd_status prepare_frame(struct gd_structure *structure, struct gd_error *error)
{
    if (!structure->forces)
        structure->forces = gd_array(structure->count, sizeof *structure->forces);
    if (!structure->forces)
        return gd_no_memory(error, "forces");
    structure->energy = NAN; /* left as it is by a potential: not known */
    for (size_t i = 0; i < structure->count; i++)
        structure->forces[i][0] = structure->forces[i][1] = structure->forces[i][2] = NAN;
    return gd_coincidence_check(structure, error);
}

static enum gd_status evaluate_frames(struct work *work, const char *path, struct gd_frames *frames, int threads,
                                      struct gd_error *error)
{
    const struct gd_batch batch = {work->structures, work->count, on_done, NULL, work};
    for (size_t k = 0; k < work->count; k++) {
        struct gd_error why = {0};
        struct gd_structure *structure = &frames->items[k].structure;
        enum gd_status status = prepare_frame(structure, &why);
        if (status)
            return gd_fail(error, status, "%s: structure %zu: %s", path, k + 1, why.text);
        work->structures[k] = *structure;
    }
    enum gd_status status = gd_potential_evaluate_batch(work->potential, &batch, threads, error);
    for (size_t k = 0; k < work->count && !status; k++)
        frames->items[k].structure.energy = work->structures[k].energy;
    return status;
}

/* The first structure without a result is the failure, the others are warnings. */
static enum gd_status report_failed(const struct work *work, const char *path, struct gd_error *error)
{
    char line[1200];
    size_t first = 0;
    while (first < work->count && !work->words[first])
        first++;
    if (first == work->count)
        return gd_no_memory(error, "messages");
    for (size_t k = first + 1; k < work->count; k++)
        if (work->words[k])
            gd_print_message("warning",
                             gd_print(line, sizeof line, "%s: structure %zu: %s", path, k + 1, work->words[k]));
    return gd_fail(error, GD_FAILED, "%s: structure %zu: %s", path, first + 1, work->words[first]);
}

/* Evaluates the frames and writes them; those that failed as they are. */
static enum gd_status evaluate(struct work *work, const struct values *values, struct gd_frames *frames,
                               struct gd_error *error)
{
    struct gd_output output = {0};
    enum gd_status status = work->structures && work->words ? gd_output_open_xyz(&output, values->out, error)
                                                            : gd_no_memory(error, "structures");
    if (!status)
        status = evaluate_frames(work, values->in, frames, gd_threads_decide(values->threads), error);
    if (!status && work->failed == work->count)
        status = report_failed(work, values->in, error);
    if (!status) {
        gd_potential_print_warning(work->potential);
        status = gd_frames_write_results(frames, output.stream, error);
    }
    status = gd_output_close(&output, status, error);
    return status || !work->failed ? status : report_failed(work, values->in, error);
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_potential *potential = NULL;
    struct gd_frames frames = {0};
    struct work work = {0};
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    enum gd_status status =
        registry ? gd_potential_open(values->potential, registry, &potential, error) : error->status;
    if (!status)
        status = gd_input_read(values->in, registry, &frames, error);
    if (!status)
        status = gd_potential_check_frames(potential, values->in, &frames, error);
    if (!status) {
        work = (struct work){potential, gd_array(frames.count, sizeof *work.structures), frames.count, 0,
                             gd_array(frames.count, sizeof *work.words)};
        status = evaluate(&work, values, &frames, error);
    }
    for (size_t k = 0; k < work.count && work.words; k++)
        free(work.words[k]);
    free(work.words);
    free(work.structures);
    gd_frames_clear(&frames);
    gd_potential_free(potential);
    gd_registry_free(registry);
    return status;
}

const struct gd_command gd_command_evaluate = {
    .name = "evaluate",
    .summary = "compute energies and forces of structures",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
