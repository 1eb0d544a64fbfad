/* godiff evaluate IN --potential NAME[:key=value,...]: energies and forces of any structures. */
#include <stdlib.h>
#include <string.h>

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
    GD_IN_OPTION(offsetof(struct values, in)),
    {.name = "--potential",
     .value = "NAME[:KEY=VALUE,...]",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, potential),
     .required = true,
     .help = "such as emt or lj:epsilon=0.5"},
    {.name = "--out",
     .value = "OUT",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, out),
     .help = "extended XYZ with energies and forces (default: standard output)"},
    GD_THREADS_OPTION(offsetof(struct values, threads)),
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)),
    {0},
};

/* "lj:epsilon=0.5,pair=[1, 2]" as a value of the pipeline language: "{lj: {epsilon: 0.5, pair: [1, 2]}}". */
static char *as_value(const char *text)
{
    const size_t name = strcspn(text, ":");
    struct gd_text value = {0};
    if (!text[name])
        return gd_string(text);
    gd_text_print(&value, "{%.*s: {", (int)name, text);
    int depth = 0;
    for (const char *c = text + name + 1; *c; c++) {
        depth += (*c == '[') - (*c == ']');
        if (*c == '=' && depth == 0)
            gd_text_add(&value, ": ", 2);
        else
            gd_text_add(&value, c, 1);
    }
    gd_text_add(&value, "}}", 2);
    return gd_text_take(&value);
}

static enum gd_status parse_potential(const char *text, const struct gd_registry *registry, struct gd_arena *arena,
                                      struct gd_tree *tree, struct gd_choice *choice, struct gd_error *error)
{
    struct gd_problems problems = {0};
    char *value = as_value(text);
    enum gd_status status =
        value ? gd_tree_parse_value(tree, "--potential", value, &problems) : gd_no_memory(error, "--potential");
    if (!status)
        status = gd_component_parse("potential", registry, tree->root, choice, arena, &problems);
    gd_print_problems(&problems);
    gd_problems_clear(&problems);
    free(value);
    return status == GD_NO_MEMORY ? gd_no_memory(error, "--potential") : status;
}

static enum gd_status make_potential(const char *text, const struct gd_registry *registry,
                                     struct gd_potential **potential, struct gd_error *error)
{
    struct gd_arena arena = {0};
    struct gd_tree tree = {0};
    struct gd_choice choice = {0};
    enum gd_status status = parse_potential(text, registry, &arena, &tree, &choice, error);
    if (!status)
        status = gd_potential_make(&choice, potential, error);
    gd_tree_clear(&tree);
    gd_arena_clear(&arena);
    return status;
}

/* Every frame must be one that the potential knows, before any work is done. */
static enum gd_status check_species(const struct gd_potential *potential, const char *path,
                                    const struct gd_frames *frames, struct gd_error *error)
{
    for (size_t k = 0; k < frames->count; k++) {
        struct gd_error why = {0};
        const struct gd_structure *structure = &frames->items[k].structure;
        enum gd_status status = gd_potential_supports(potential, structure, &why);
        if (status)
            return gd_fail(error, status, "%s: structure %zu: %s", path, k + 1, why.text);
    }
    return GD_OK;
}

/* What another potential may have left in the file: ASE's names of results, and godiff's own. Beside the new energy it
 * would be stale. */
static const char *const stale[] = {"energy", "free_energy", "energies", "force",   "forces", "stress",  "stresses",
                                    "virial", "virials",     "dipole",   "charges", "magmom", "magmoms", NULL};

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

static void print_warning(const struct gd_potential *potential)
{
    char text[512];
    if (gd_potential_warning(potential, text, sizeof text))
        gd_print_message("warning", text);
}

static enum gd_status write_all(struct gd_frames *frames, FILE *stream, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < frames->count && !status; k++) {
        gd_frame_drop(&frames->items[k], stale);
        status = gd_extxyz_write(stream, &frames->items[k], NULL, error);
    }
    return status;
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_potential *potential = NULL;
    struct gd_frames frames = {0};
    struct gd_output output = {0};
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    enum gd_status status = registry ? make_potential(values->potential, registry, &potential, error) : error->status;
    if (!status)
        status = gd_frames_read(values->in, &frames, error);
    if (!status)
        status = check_species(potential, values->in, &frames, error);
    if (!status)
        status = gd_output_open(&output, values->out, error);
    if (!status)
        status = evaluate_all(potential, values->in, &frames, gd_threads_decide(values->threads), error);
    if (!status) {
        print_warning(potential);
        status = write_all(&frames, output.stream, error);
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
