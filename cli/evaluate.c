/* godiff evaluate IN --potential NAME[:key=value,...]: energies and forces of any structures. */
#include <stdlib.h>

#include "atoms/structure_file.h"
#include "cli/cli.h"
#include "engine/base/memory.h"
#include "engine/base/team.h"
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
    struct gd_frames *frames;
};

static enum gd_status evaluate_frame(void *context, size_t k, struct gd_error *error)
{
    const struct work *work = context;
    struct gd_structure *structure = &work->frames->items[k].structure;
    if (!structure->forces)
        structure->forces = gd_array(structure->count, sizeof *structure->forces);
    if (!structure->forces)
        return gd_no_memory(error, "forces");
    return gd_potential_evaluate(work->potential, structure, &structure->energy, structure->forces, error);
}

static enum gd_status evaluate_all(const struct gd_potential *potential, const char *path, struct gd_frames *frames,
                                   int threads, struct gd_error *error)
{
    struct gd_team *team;
    struct gd_error why = {0};
    struct work work = {potential, frames};
    size_t failed = 0;
    enum gd_status status = gd_team_new(&team, threads, error);
    if (status)
        return status;
    status = gd_team_try(team, frames->count, evaluate_frame, &work, &failed, &why);
    gd_team_free(team);
    return status ? gd_fail(error, status, "%s: structure %zu: %s", path, failed + 1, why.text) : GD_OK;
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_potential *potential = NULL;
    struct gd_frames frames = {0};
    struct gd_output output = {0};
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    enum gd_status status =
        registry ? gd_potential_open(values->potential, registry, &potential, error) : error->status;
    if (!status)
        status = gd_frames_read(values->in, &frames, error);
    if (!status)
        status = gd_potential_check_frames(potential, values->in, &frames, error);
    if (!status)
        status = gd_output_open(&output, values->out, error);
    if (!status)
        status = evaluate_all(potential, values->in, &frames, gd_threads_decide(values->threads), error);
    if (!status) {
        gd_potential_print_warning(potential);
        status = gd_frames_write_results(&frames, output.stream, error);
    }
    status = gd_output_close(&output, status, error);
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
