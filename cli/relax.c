/* godiff relax IN --potential NAME[:key=value,...]: relaxes any structures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/structure_file.h"
#include "cli/cli.h"
#include "cli/constraints.h"
#include "cli/run_structures.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "potentials/attraction.h"
#include "potentials/relax.h"

struct values {
    const char *in, *potential, *out, *constraints;
    struct gd_list set, plugins;
    int64_t threads;
};

static const struct gd_option options[] = {
    GD_IN_OPTION(offsetof(struct values, in)),
    GD_POTENTIAL_OPTION(offsetof(struct values, potential)),
    {.name = "--set",
     .value = "NAME=VALUE",
     .kind = GD_OPTION_LIST,
     .offset = offsetof(struct values, set),
     .help = "a parameter of the stage relax: fmax=0.01, steps=1000, optimiser=fire, ..."},
    {.name = "--constraints",
     .value = "FILE",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, constraints),
     .help = "fix the atoms that are fixed in this file, by their places, and no others"},
    GD_RESULTS_OPTION(offsetof(struct values, out)),
    GD_THREADS_OPTION(offsetof(struct values, threads)),
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)),
    {0},
};

struct settings {
    struct gd_relaxation relaxation;
};

static const struct gd_param rows[] = {GD_RELAXATION_ROWS(struct settings, "0.05", "1000"), {0}};

/* The parameters, and what they point to. */
struct parsed {
    struct settings settings;
    struct gd_tree tree;
    struct gd_arena arena;
};

/* One item of --set as a child of the tree's root. */
static enum gd_status add_setting(struct gd_tree *tree, const char *item, struct gd_problems *problems,
                                  struct gd_error *error)
{
    const size_t length = strcspn(item, "=");
    if (!length || !item[length])
        return gd_fail(error, GD_BAD_INPUT, "--set: expected NAME=VALUE, such as fmax=0.01, got '%s'", item);
    struct gd_tree value = {.arena = tree->arena};
    char *shown = gd_format("--set %s", item);
    const char *origin = shown ? gd_arena_string(&value.arena, shown, strlen(shown)) : NULL;
    const char *name = gd_arena_string(&value.arena, item, length);
    enum gd_status status = origin && name ? gd_tree_parse_value(&value, origin, item + length + 1, problems)
                                           : gd_no_memory(error, "--set");
    free(shown);
    tree->arena = value.arena;
    if (!status && gd_node_get(tree->root, name))
        return gd_fail(error, GD_BAD_INPUT, "--set: %s is given twice", name);
    if (!status)
        gd_node_append(tree->root, value.root, name, (struct gd_place){.file = origin});
    return status;
}

static enum gd_status parse_settings(const struct gd_list *set, const struct gd_registry *registry,
                                     struct parsed *parsed, struct gd_error *error)
{
    static const struct gd_place place = {.file = "--set"};
    struct gd_tree *tree = &parsed->tree;
    struct gd_problems problems = {0};
    tree->root = gd_node_new(tree, GD_NODE_MAP, place);
    enum gd_status status = tree->root ? GD_OK : gd_no_memory(error, "--set");
    for (size_t k = 0; k < set->count && !status; k++)
        status = add_setting(tree, set->items[k], &problems, error);
    if (!status)
        status = gd_params_parse(rows, registry, tree->root, place, &parsed->settings, &parsed->arena, &problems);
    gd_print_problems(&problems);
    gd_problems_clear(&problems);
    return status == GD_NO_MEMORY ? gd_no_memory(error, "--set") : status;
}

struct work {
    struct gd_relaxer relaxer;
    struct gd_frames *frames;
    struct gd_structure *structures; /* [frames->count] those of the frames */
    const bool **movable;            /* [frames->count][atoms] */
    struct gd_relaxed *relaxed;      /* [frames->count] */
};

static void on_done(void *context, size_t k, enum gd_status status, const char *why)
{
    char line[1200];
    (void)context;
    if (!status)
        return;
    snprintf(line, sizeof line, "structure %zu: %s", k + 1, why);
    gd_print_message("warning", line);
}

/* Which atoms of frame k move, and room for the forces. */
static enum gd_status prepare_frame(struct work *work, size_t k, struct gd_error *error)
{
    const struct gd_frame *frame = &work->frames->items[k];
    struct gd_structure *structure = &work->frames->items[k].structure;
    bool *movable = gd_array(structure->count, sizeof *movable);
    work->movable[k] = movable;
    if (!structure->forces)
        structure->forces = gd_array(structure->count, sizeof *structure->forces);
    work->structures[k] = *structure;
    return movable && structure->forces ? gd_frame_movable(frame, movable, NULL, error) : gd_no_memory(error, "forces");
}

/* What a run has said of the structure that was relaxed. */
static const char *const former[] = {"evaluation", "iteration", "temperature", "step", "met", NULL};

/* Gives frame k its result. */
static void finish_frame(struct work *work, size_t k)
{
    struct gd_structure *structure = &work->frames->items[k].structure;
    structure->energy = work->structures[k].energy;
    gd_frame_drop(&work->frames->items[k], former);
    if (!isnan(structure->energy))
        return;
    free(structure->forces); /* there are none either */
    structure->forces = NULL;
}

static enum gd_status relax_all(struct work *work, const char *path, int threads, struct gd_error *error)
{
    struct gd_error why = {0};
    size_t failed = 0;
    const size_t count = work->frames->count;
    const struct gd_relax_work all = {work->structures, count, work->movable, NULL, work->relaxed};
    enum gd_status status = GD_OK;
    for (; failed < count && !status; failed++)
        status = prepare_frame(work, failed, &why);
    failed -= status != GD_OK;
    if (!status)
        status = gd_relax_many(&work->relaxer, &all, threads, &failed, &why);
    for (size_t k = 0; k < count && !status; k++)
        finish_frame(work, k);
    return status ? gd_fail(error, status, "%s: structure %zu: %s", path, failed + 1, why.text) : GD_OK;
}

/* What a relaxation that has found no minimum means for the user. */
static const char *const advice[GD_RELAX_ENDS] = {
    [GD_RELAX_STEPS] = "; it is written as it is; --set steps=N allows more moves",
    [GD_RELAX_NOT_FINITE] = "; it is written as it was there, without energy",
    [GD_RELAX_CLASH] = "; two atoms are at one place; it is written as it was there, without energy",
    [GD_RELAX_FAILED] = "; it is written as it was there, without energy",
};

/* One line for every structure that has no minimum, and one for all. GD_FAILED when the potential has failed on some.
 */
static enum gd_status report(const struct work *work, struct gd_error *error)
{
    char line[300];
    size_t converged = 0, calls = 0, failed = 0;
    for (size_t k = 0; k < work->frames->count; k++) {
        const struct gd_relaxed *relaxed = &work->relaxed[k];
        calls += relaxed->calls;
        converged += relaxed->end == GD_RELAXED;
        failed += relaxed->end == GD_RELAX_FAILED;
        char reached[48] = "";
        if (!isnan(relaxed->fmax))
            snprintf(reached, sizeof reached, "; longest force %.3g eV/Å", relaxed->fmax);
        snprintf(line, sizeof line, "structure %zu: %s after %zu force calls%s%s", k + 1,
                 gd_relaxed_end_names[relaxed->end], relaxed->calls, reached,
                 advice[relaxed->end] ? advice[relaxed->end] : "");
        if (relaxed->end != GD_RELAXED)
            gd_print_message("warning", line);
    }
    snprintf(line, sizeof line, "%zu of %zu structures converged, %zu force calls", converged, work->frames->count,
             calls);
    gd_print_message("", line);
    return failed
               ? gd_fail(error, GD_FAILED, "the potential failed on %zu of %zu structures", failed, work->frames->count)
               : GD_OK;
}

/* Says, once, that structures may count as relaxed that are no minima. */
static void doubt_fmax(const struct gd_frames *frames, const struct gd_relaxation *relaxation,
                       const struct gd_potential *potential)
{
    char text[256], line[512];
    bool doubted = false;
    for (size_t k = 0; k < frames->count && !doubted; k++)
        doubted =
            gd_potential_doubt_fmax(potential, &frames->items[k].structure, 0, relaxation->fmax, text, sizeof text);
    if (!doubted)
        return;
    gd_print(line, sizeof line, "fmax: %s", text);
    gd_print_message("warning", line);
}

/* Relaxes the frames and writes them. */
static enum gd_status relax(const struct values *values, const struct gd_relaxation *relaxation,
                            const struct gd_potential *potential, struct gd_frames *frames, struct gd_error *error)
{
    struct gd_output output = {0};
    struct work work = {{.relaxation = relaxation, .potential = potential, .done = on_done},
                        frames,
                        gd_array(frames->count, sizeof *work.structures),
                        gd_array(frames->count, sizeof *work.movable),
                        gd_array(frames->count, sizeof *work.relaxed)};
    enum gd_status status = gd_potential_check_frames(potential, values->in, frames, error);
    if (!status && !(work.structures && work.movable && work.relaxed))
        status = gd_no_memory(error, "structures");
    if (!status)
        status = gd_output_open_xyz(&output, values->out, error);
    if (!status)
        status = relax_all(&work, values->in, gd_threads_decide(values->threads), error);
    if (!status)
        gd_potential_print_warning(potential);
    if (!status)
        doubt_fmax(frames, relaxation, potential);
    if (!status)
        status = gd_frames_write_results(frames, output.stream, error);
    status = gd_output_close(&output, status, error);
    if (!status)
        status = report(&work, error);
    for (size_t k = 0; k < frames->count && work.movable; k++)
        free((void *)work.movable[k]);
    free(work.structures);
    free(work.movable);
    free(work.relaxed);
    return status;
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_potential *potential = NULL;
    struct gd_frames frames = {0};
    struct parsed parsed = {0};
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    enum gd_status status = registry ? parse_settings(&values->set, registry, &parsed, error) : error->status;
    if (!status)
        status = gd_potential_open(values->potential, registry, &potential, error);
    if (!status)
        status = gd_input_read(values->in, registry, &frames, error);
    if (!status && values->constraints)
        status = gd_constraints_apply(values->constraints, &frames, error);
    else if (!status)
        gd_print_lost(values->in, frames.lost);
    if (!status)
        status = relax(values, &parsed.settings.relaxation, potential, &frames, error);
    gd_frames_clear(&frames);
    gd_potential_free(potential);
    gd_tree_clear(&parsed.tree);
    gd_arena_clear(&parsed.arena);
    gd_registry_free(registry);
    return status;
}

const struct gd_command gd_command_relax = {
    .name = "relax",
    .summary = "relax structures into minima of the energy",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
