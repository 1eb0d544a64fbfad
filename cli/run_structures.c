#include "cli/run_structures.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atoms/structure_file.h"
#include "cli/cli.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "engine/run/history.h"
#include "engine/run/metrics.h"
#include "engine/run/saved.h"
#include "stages/minima.h"
#include "stages/slots.h"

const char *const gd_run_sets[] = {"best",  "archive",    "rejected", "minima", "best-relaxed",
                                   "batch", "population", "buffer",   NULL};

/* The slots, in the order of gd_run_sets. */
static const char *const slots[] = {"best",         "archive", "rejected",   "minima",
                                    "best_relaxed", "batch",   "population", "buffer"};

enum { ARCHIVE = 1, REJECTED = 2, MINIMA = 3 }; /* places in both */

/* --- Reading a run ------------------------------------------------------------------------------------------------ */

static bool add_step(struct gd_run_files *run, size_t *capacity, const cJSON *line)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(line, "step");
    const cJSON *evaluations = cJSON_GetObjectItemCaseSensitive(line, "evaluations");
    const cJSON *iteration = cJSON_GetObjectItemCaseSensitive(line, "iteration");
    const cJSON *temperature = cJSON_GetObjectItemCaseSensitive(line, "temperature");
    const int64_t before = run->step_count ? run->steps[run->step_count - 1].evaluations : 0;
    if (!cJSON_IsString(name) || gd_metrics_is_inner(line) || !cJSON_IsNumber(evaluations) ||
        evaluations->valuedouble <= (double)before)
        return true; /* of another search, or without evaluations */
    if (!gd_grow(&run->steps, capacity, run->step_count + 1, sizeof *run->steps))
        return false;
    struct gd_run_step *step = &run->steps[run->step_count];
    *step = (struct gd_run_step){
        (int64_t)evaluations->valuedouble, cJSON_IsNumber(iteration) ? iteration->valuedouble : NAN,
        cJSON_IsNumber(temperature) ? temperature->valuedouble : NAN, gd_string(name->valuestring)};
    run->step_count += step->name != NULL;
    return step->name != NULL;
}

/* What metrics.jsonl says; nothing where it is missing or ends in the middle of a line. */
static enum gd_status read_steps(struct gd_run_files *run, struct gd_error *error)
{
    char *path = gd_file_join(run->directory, "metrics.jsonl"), *text = NULL;
    struct gd_error why = {0};
    size_t capacity = 0;
    bool fine = path != NULL;
    if (path && gd_file_read(path, &text, NULL, &why) != GD_OK)
        fine = why.status != GD_NO_MEMORY;
    for (const char *line = text, *end; fine && line && (end = strchr(line, '\n')); line = end + 1) {
        cJSON *object = cJSON_ParseWithLength(line, (size_t)(end - line));
        fine = !object || add_step(run, &capacity, object);
        cJSON_Delete(object);
    }
    free(text);
    free(path);
    return fine ? GD_OK : gd_no_memory(error, run->directory);
}

static enum gd_status load_state(struct gd_run_files *run, struct gd_error *error)
{
    struct gd_saved saved = {0};
    char text[GD_SAVED_TEXT], *warning = NULL, *ending = NULL;
    enum gd_status status = gd_saved_open(run->directory, &saved, error);
    if (!status)
        status = gd_state_load(run->state, saved.file, error);
    if (!status)
        status = gd_h5_load_text_attribute(saved.file, "parameters/run", "status", &ending, error);
    run->finished = !status && strcmp(ending, "finished") == 0;
    if (!status && gd_saved_is_damaged(&saved, text, sizeof text)) {
        warning = gd_format("%s/run.h5.journal: %s", run->directory, text);
        if (warning)
            gd_print_message("warning", warning);
        else
            status = gd_no_memory(error, run->directory);
    }
    free(warning);
    free(ending);
    gd_h5_close(saved.file);
    return status;
}

enum gd_status gd_run_read(struct gd_run_files *run, const char *directory, const struct gd_registry *registry,
                           struct gd_error *error)
{
    run->directory = directory;
    run->state = gd_state_new(registry);
    char *path = gd_file_join(directory, "run.h5");
    enum gd_status status = run->state && path ? GD_OK : gd_no_memory(error, directory);
    if (!status && access(path, F_OK) != 0)
        status = gd_directory_without_state(directory, error);
    if (!status)
        status = load_state(run, error);
    if (!status)
        status = read_steps(run, error);
    if (!status)
        status = gd_history_inherited(directory, &run->inherited, error);
    free(path);
    return status;
}

void gd_run_clear(struct gd_run_files *run)
{
    for (size_t k = 0; k < run->step_count; k++)
        free(run->steps[k].name);
    free(run->steps);
    gd_state_free(run->state);
    *run = (struct gd_run_files){0};
}

struct gd_run_set gd_run_find_set(const struct gd_run_files *run, int what)
{
    const void *value = gd_state_get(run->state, slots[what]);
    if (what == REJECTED && value) {
        const struct gd_rejects *rejects = value;
        return (struct gd_run_set){&rejects->set, NULL, rejects->reasons, rejects->words};
    }
    if (what == MINIMA && value) {
        const struct gd_minima *minima = value;
        return (struct gd_run_set){&minima->set, minima->met, NULL, NULL};
    }
    return (struct gd_run_set){value, NULL, NULL, NULL};
}

/* --- One structure ------------------------------------------------------------------------------------------------ */

/* The step whose evaluations this one is among; NULL: not known. */
static const struct gd_run_step *find_step(const struct gd_run_files *run, int64_t evaluation)
{
    size_t low = 0, high = run->step_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (run->steps[middle].evaluations < evaluation)
            low = middle + 1;
        else
            high = middle;
    }
    return evaluation > run->inherited && low < run->step_count ? &run->steps[low] : NULL;
}

/* The longest force on an atom that moves, eV/Å. */
static double find_longest_force(const struct gd_set *set, size_t k)
{
    double longest = 0;
    const double *forces = set->forces + 3 * set->atoms * k;
    for (size_t i = set->fixed - set->free_atoms; i < set->atoms; i++) {
        const double length = hypot(hypot(forces[3 * i], forces[3 * i + 1]), forces[3 * i + 2]);
        longest = length > longest || isnan(length) ? length : longest;
    }
    return longest;
}

void gd_run_properties(const struct gd_run_files *run, const struct gd_run_set *set, size_t k,
                       struct gd_field fields[GD_PROPERTIES + 1])
{
    const int64_t serial = set->set->serials[k];
    const struct gd_run_step *step = find_step(run, serial);
    const struct gd_field all[GD_PROPERTIES + 1] = {
        [GD_PROPERTY_INDEX] = {"index", (double)k, NULL, false},
        [GD_PROPERTY_EVALUATION] = {"evaluation", serial > 0 ? (double)serial : NAN, NULL, false},
        [GD_PROPERTY_ITERATION] = {"iteration", step ? step->iteration : NAN, NULL, false},
        [GD_PROPERTY_TEMPERATURE] = {"temperature", step ? step->temperature : NAN, NULL, false},
        [GD_PROPERTY_STEP] = {"step", NAN, step ? step->name : "", true},
        [GD_PROPERTY_ENERGY] = {"energy", set->set->energies[k], NULL, false},
        [GD_PROPERTY_FMAX] = {"fmax", find_longest_force(set->set, k), NULL, false},
        [GD_PROPERTY_MET] = {"met", set->met ? (double)set->met[k] : NAN, NULL, false},
        [GD_PROPERTY_REASON] = {"reason", NAN, set->reasons ? gd_reason_names[set->reasons[k]] : "", true},
        [GD_PROPERTY_PATH_WEIGHT] = {"log_path_weight", set->set->path_weights ? set->set->path_weights[k] : NAN, NULL,
                                     false},
        {NULL, NAN, NULL, false},
    };
    memcpy(fields, all, sizeof all);
}

const char **gd_run_mask(const struct gd_set *set)
{
    const char **mask = gd_array(set->atoms, sizeof *mask);
    for (size_t i = 0; mask && i < set->atoms; i++)
        mask[i] = i + set->free_atoms < set->fixed ? "F" : "T";
    return mask;
}

/* What the potential said of structure k, a new string in quotes as extended XYZ has them; NULL: nothing, or no memory.
 */
static char *quote_words(const struct gd_run_set *set, size_t k)
{
    struct gd_text text = {0};
    size_t place = 0;
    if (!set->reasons || set->reasons[k] != GD_NO_ENERGY)
        return NULL;
    for (size_t i = 0; i < k; i++)
        place += set->reasons[i] == GD_NO_ENERGY;
    gd_text_add(&text, "\"", 1);
    for (const char *c = set->words[place]; *c; c++)
        gd_text_add(&text, *c == '"' ? "'" : *c == '\n' || *c == '\r' || *c == '\\' ? " " : c, 1);
    gd_text_add(&text, "\"", 1);
    return gd_text_take(&text);
}

enum gd_status gd_run_write(FILE *stream, const struct gd_run_set *set, size_t k, const struct gd_field *fields,
                            const char **mask, struct gd_error *error)
{
    char values[GD_PROPERTIES][160];
    struct gd_info info[GD_PROPERTIES + 1];
    struct gd_extra_column column = {GD_MOVE_MASK, 'L', 1, mask};
    struct gd_frame frame = {gd_set_view(set->set, k), &column, set->set->fixed > 0, info, 0};
    char *words = quote_words(set, k);
    for (int p = GD_PROPERTY_EVALUATION; p < GD_PROPERTIES; p++) {
        const struct gd_field *field = &fields[p];
        if (p == GD_PROPERTY_ENERGY || p == GD_PROPERTY_FMAX || (field->is_text ? !*field->text : isnan(field->number)))
            continue;
        if (field->is_text)
            snprintf(values[p], sizeof values[p], strchr(field->text, ' ') ? "\"%.150s\"" : "%.150s", field->text);
        else
            gd_number_write(values[p], sizeof values[p], field->number);
        info[frame.info_count++] = (struct gd_info){field->name, values[p]};
    }
    if (words)
        info[frame.info_count++] = (struct gd_info){"words", words};
    enum gd_status status = gd_extxyz_write(stream, &frame, NULL, error);
    free(words);
    return status;
}

/* --- Structures for commands -------------------------------------------------------------------------------------- */

static enum gd_status write_archive(const struct gd_run_files *run, FILE *stream, struct gd_error *error)
{
    const struct gd_run_set set = gd_run_find_set(run, ARCHIVE);
    if (!set.set || !set.set->count)
        return gd_fail(error, GD_BAD_INPUT, "%s: the run has no structures in its archive", run->directory);
    const char **mask = gd_run_mask(set.set);
    enum gd_status status = mask ? GD_OK : gd_no_memory(error, "a column");
    for (size_t k = 0; k < set.set->count && !status; k++) {
        struct gd_field fields[GD_PROPERTIES + 1];
        gd_run_properties(run, &set, k, fields);
        status = gd_run_write(stream, &set, k, fields, mask, error);
    }
    free(mask);
    return status;
}

static enum gd_status read_run(const char *directory, const struct gd_registry *registry, struct gd_frames *frames,
                               struct gd_error *error)
{
    struct gd_run_files run = {0};
    char *text = NULL;
    size_t length = 0;
    enum gd_status status = gd_run_read(&run, directory, registry, error);
    FILE *stream = status ? NULL : open_memstream(&text, &length);
    if (!status && !stream)
        status = gd_no_memory(error, directory);
    if (!status)
        status = write_archive(&run, stream, error);
    if (stream && fclose(stream) != 0 && !status)
        status = gd_no_memory(error, directory);
    if (!status)
        status = gd_frames_parse(directory, text, length, frames, error);
    free(text);
    gd_run_clear(&run);
    return status;
}

static enum gd_status read_standard_input(struct gd_frames *frames, struct gd_error *error)
{
    static const char name[] = "standard input";
    char piece[1 << 16];
    size_t count;
    struct gd_text text = {0};
    while ((count = fread(piece, 1, sizeof piece, stdin)) > 0 && text.length < GD_FILE_MOST)
        gd_text_add(&text, piece, count);
    if (ferror(stdin) || text.length >= GD_FILE_MOST) {
        free(gd_text_take(&text));
        return gd_fail(error, GD_BAD_INPUT, "%s: %s", name, ferror(stdin) ? "cannot be read" : "longer than 1 GiB");
    }
    const size_t length = text.length;
    char *all = length ? gd_text_take(&text) : gd_string("");
    enum gd_status status = all ? gd_frames_parse(name, all, length, frames, error) : gd_no_memory(error, name);
    free(all);
    return status;
}

enum gd_status gd_input_read(const char *path, const struct gd_registry *registry, struct gd_frames *frames,
                             struct gd_error *error)
{
    struct stat about;
    if (!strcmp(path, "-"))
        return read_standard_input(frames, error);
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return read_run(path, registry, frames, error);
    return gd_frames_read(path, frames, error);
}
