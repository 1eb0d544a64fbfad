/* godiff export RUN: structures and the model of a run, while it goes on, after it was killed, or when it has ended. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/structure_file.h"
#include "cli/cli.h"
#include "cli/run_structures.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/base/sort.h"
#include "engine/base/text.h"

/* --what: the sets of a run, and its model. */
static const char *const whats[] = {"best",  "archive",    "rejected", "minima", "best-relaxed",
                                    "batch", "population", "buffer",   "model",  NULL};

enum format { BY_NAME, EXTXYZ, POSCAR, CSV };
static const char *const formats[] = {"by-name", "extxyz", "poscar", "csv", NULL};

struct values {
    const char *run, *out, *condition;
    int what, format;
    int64_t lowest;
    struct gd_list plugins;
};

static const struct gd_option options[] = {
    GD_RUN_OPTION(offsetof(struct values, run)),
    {.name = "--what",
     .kind = GD_OPTION_CHOICE,
     .offset = offsetof(struct values, what),
     .choices = whats,
     .help = "what of it (default: best)"},
    {.name = "--select",
     .value = "CONDITION",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, condition),
     .help = "only some structures, such as 'energy < -3 and iteration > 5'"},
    {.name = "--lowest",
     .value = "N",
     .kind = GD_OPTION_INT,
     .offset = offsetof(struct values, lowest),
     .min = 1,
     .max = 1e9,
     .help = "only so many of them, the lowest energy first"},
    {.name = "--format",
     .kind = GD_OPTION_CHOICE,
     .offset = offsetof(struct values, format),
     .choices = formats,
     .help = "of structures; csv: a table of their properties (default: as the name of OUT says, else extxyz)"},
    {.name = "--out",
     .value = "OUT",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, out),
     .help = "a file (default: standard output)"},
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)),
    {0},
};

/* The structures that are written, by their places in the set. */
struct chosen {
    struct gd_run_set set;
    size_t *places, count;
};

/* --- Which structures --------------------------------------------------------------------------------------------- */

static enum gd_status choose(const struct values *values, const struct gd_run_files *run, struct chosen *chosen,
                             struct gd_error *error)
{
    const struct gd_set *set = chosen->set.set;
    chosen->places = gd_array(set->count, sizeof *chosen->places);
    enum gd_status status = chosen->places ? GD_OK : gd_no_memory(error, "structures");
    for (size_t k = 0; k < set->count && !status; k++) {
        struct gd_field fields[GD_PROPERTIES + 1];
        bool met = true;
        gd_run_properties(run, &chosen->set, k, fields);
        if (values->condition)
            status = gd_select(values->condition, fields, &met, error);
        if (met && !(values->lowest && isnan(set->energies[k])))
            chosen->places[chosen->count++] = k;
    }
    if (!status && values->lowest) {
        gd_sort_places(chosen->places, chosen->count, set->energies);
        chosen->count = chosen->count < (size_t)values->lowest ? chosen->count : (size_t)values->lowest;
    }
    return status;
}

/* --- Formats ------------------------------------------------------------------------------------------------------ */

static enum gd_status write_extxyz(const struct gd_run_files *run, const struct chosen *chosen, FILE *stream,
                                   struct gd_error *error)
{
    const char **mask = gd_run_mask(chosen->set.set);
    enum gd_status status = mask ? GD_OK : gd_no_memory(error, "a column");
    for (size_t k = 0; k < chosen->count && !status; k++) {
        struct gd_field fields[GD_PROPERTIES + 1];
        gd_run_properties(run, &chosen->set, chosen->places[k], fields);
        status = gd_run_write(stream, &chosen->set, chosen->places[k], fields, mask, error);
    }
    free(mask);
    return status;
}

static enum gd_status write_poscar(const struct gd_run_files *run, const struct chosen *chosen, FILE *stream,
                                   struct gd_error *error)
{
    const struct gd_set *set = chosen->set.set;
    if (chosen->count != 1)
        return gd_fail(error, GD_BAD_INPUT,
                       "a POSCAR has one structure, and %zu are chosen: use --select or --lowest 1", chosen->count);
    const struct gd_structure structure = gd_set_view(set, chosen->places[0]);
    bool *movable = gd_array(set->atoms, sizeof *movable);
    if (!movable)
        return gd_no_memory(error, "a structure");
    for (size_t i = set->fixed - set->free_atoms; i < set->atoms; i++)
        movable[i] = true;
    enum gd_status status = gd_poscar_print(stream, &structure, movable, run->directory, error);
    free(movable);
    return status;
}

/* An empty cell for what is not known. */
static void write_cell(FILE *stream, const struct gd_field *field)
{
    char number[40];
    if (field->is_text)
        fprintf(stream, strpbrk(field->text, ",\"") ? "\"%s\"" : "%s", field->text);
    else if (!isnan(field->number))
        fputs(gd_number_write(number, sizeof number, field->number), stream);
}

static enum gd_status write_csv(const struct gd_run_files *run, const struct chosen *chosen, FILE *stream,
                                struct gd_error *error)
{
    struct gd_field fields[GD_PROPERTIES + 1];
    (void)error;
    for (size_t k = 0; k <= chosen->count; k++) {
        const size_t place = k ? chosen->places[k - 1] : 0;
        if (k || chosen->set.set->count)
            gd_run_properties(run, &chosen->set, place, fields);
        for (int p = 0; p < GD_PROPERTIES; p++) {
            fputs(p ? "," : "", stream);
            if (k)
                write_cell(stream, &fields[p]);
            else
                fputs(fields[p].name, stream);
        }
        fputc('\n', stream);
    }
    return GD_OK;
}

/* By enum format. */
static enum gd_status (*const writers[])(const struct gd_run_files *, const struct chosen *, FILE *,
                                         struct gd_error *) = {NULL, write_extxyz, write_poscar, write_csv};

static enum format find_format(const struct values *values)
{
    const char *ending = values->out ? strrchr(values->out, '.') : NULL;
    if (values->format != BY_NAME)
        return (enum format)values->format;
    return ending && !strcmp(ending, ".csv") ? CSV : values->out && gd_poscar_name(values->out) ? POSCAR : EXTXYZ;
}

static bool has_energies(const struct gd_set *set)
{
    for (size_t k = 0; k < set->count; k++)
        if (!isnan(set->energies[k]))
            return true;
    return false;
}

/* Says of the best structure of a search that a lower one is known, by the relaxation at the end. */
static void tell_of_relaxed(const struct gd_run_files *run, const struct chosen *chosen)
{
    const struct gd_set *best = chosen->set.set, *relaxed = gd_state_get(run->state, "best_relaxed");
    char text[256];
    if (best != gd_state_get(run->state, "best") || !relaxed || !(relaxed->energies[0] < best->energies[0]))
        return;
    gd_print(text, sizeof text,
             "the best structure of the search, %.6g eV, is not relaxed; --what best-relaxed: %.6g eV",
             best->energies[0], relaxed->energies[0]);
    gd_print_message("note", text);
}

/* --- The command -------------------------------------------------------------------------------------------------- */

static enum gd_status export_structures(const struct values *values, const struct gd_run_files *run,
                                        struct gd_error *error)
{
    struct gd_output output = {0};
    struct chosen chosen = {gd_run_find_set(run, values->what), NULL, 0};
    const enum format format = find_format(values);
    if (!chosen.set.set || !chosen.set.set->count)
        return gd_fail(error, GD_BAD_INPUT, "%s: the run has no structures for --what %s%s", run->directory,
                       whats[values->what], run->finished ? "" : " yet");
    enum gd_status status = choose(values, run, &chosen, error);
    if (!status && !chosen.count)
        status = gd_fail(
            error, GD_BAD_INPUT, "%s: none of the %zu structures is chosen%s", run->directory, chosen.set.set->count,
            has_energies(chosen.set.set) || !values->lowest ? "" : ": none has an energy, which --lowest needs");
    if (!status)
        status = (format == EXTXYZ ? gd_output_open_xyz : gd_output_open)(&output, values->out, error);
    if (!status)
        status = writers[format](run, &chosen, output.stream, error);
    status = gd_output_close(&output, status, error);
    if (!status)
        tell_of_relaxed(run, &chosen);
    free(chosen.places);
    return status;
}

static enum gd_status export_model(const struct values *values, const struct gd_run_files *run, struct gd_error *error)
{
    const struct gd_registry *registry = gd_state_registry(run->state);
    const struct gd_slot *slot = gd_registry_slots(registry)[gd_registry_slot_index(registry, "model")];
    const void *model = gd_state_get(run->state, slot->name);
    if (values->condition || values->lowest || values->format != BY_NAME)
        return gd_fail(error, GD_BAD_INPUT, "--select, --lowest and --format are for structures");
    if (gd_output_find_kind(values->out) != GD_TO_FILE)
        return gd_fail(error, GD_BAD_INPUT, "a model needs --out FILE");
    if (!model)
        return gd_fail(error, GD_BAD_INPUT, "%s: the run has no model", run->directory);
    return slot->write(model, values->out, error);
}

/* A condition is read before the run is, which may take long. */
static enum gd_status check_condition(const struct values *values, struct gd_error *error)
{
    double positions[3] = {0}, forces[3] = {NAN, NAN, NAN}, energy = NAN;
    int64_t serial = 0;
    const struct gd_set set = {
        .atoms = 1, .count = 1, .positions = positions, .forces = forces, .energies = &energy, .serials = &serial};
    const struct gd_run_set one = {&set, NULL, NULL, NULL};
    const struct gd_run_files none = {0};
    struct gd_field fields[GD_PROPERTIES + 1];
    bool met;
    gd_run_properties(&none, &one, 0, fields);
    return values->condition ? gd_select(values->condition, fields, &met, error) : GD_OK;
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_run_files files = {0};
    enum gd_status status = check_condition(values, error);
    struct gd_registry *registry = status ? NULL : gd_registry_full(&values->plugins, false, error);
    if (!status)
        status = registry ? gd_run_read(&files, values->run, registry, error) : error->status;
    if (!status && gd_run_sets[values->what])
        status = export_structures(values, &files, error);
    else if (!status)
        status = export_model(values, &files, error);
    gd_run_clear(&files);
    gd_registry_free(registry);
    return status;
}

const struct gd_command gd_command_export = {
    .name = "export",
    .summary = "write structures or the model of a run, live or finished",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
