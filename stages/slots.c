/* The table of slots, and how the values of those that are not numbers are saved, shown and written out. */
#include "stages/slots.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "atoms/set_h5.h"
#include "atoms/system.h"
#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "model/seen.h"
#include "potentials/potential.h"
#include "stages/chains.h"
#include "stages/goals.h"
#include "stages/hills.h"
#include "stages/minima.h"
#include "stages/set_slots.h"
#include "stages/target.h"

const char *const gd_reason_names[] = {"clash", "not_finite", "below_floor", "not_accepted", "failed", NULL};

struct gd_rejects *gd_rejects_new(const struct gd_set *like, struct gd_error *error)
{
    const struct gd_structure atoms = gd_set_atoms(like);
    struct gd_rejects *rejects = gd_array(1, sizeof *rejects);
    if (!rejects)
        gd_no_memory(error, "rejected structures");
    else if (gd_set_init(&rejects->set, &atoms, like->fixed, error) == GD_OK)
        return rejects;
    free(rejects);
    return NULL;
}

enum gd_status gd_rejects_append(struct gd_rejects *rejects, const struct gd_set *from, size_t k, enum gd_reason reason,
                                 struct gd_error *error)
{
    if (!gd_grow(&rejects->reasons, &rejects->capacity, rejects->set.count + 1, sizeof *rejects->reasons))
        return gd_no_memory(error, "rejected structures");
    enum gd_status status = gd_set_append(&rejects->set, from, k, 1, error);
    if (!status)
        rejects->reasons[rejects->set.count - 1] = (int32_t)reason;
    return status;
}

enum gd_status gd_rejects_append_failed(struct gd_rejects *rejects, const struct gd_set *from, size_t k,
                                        const char *words, struct gd_error *error)
{
    const bool room = gd_grow(&rejects->words, &rejects->words_capacity, rejects->failed + 1, sizeof *rejects->words);
    char *copy = room ? gd_string(words) : NULL;
    enum gd_status status =
        copy ? gd_rejects_append(rejects, from, k, GD_NO_ENERGY, error) : gd_no_memory(error, "rejected structures");
    if (status)
        free(copy);
    else
        rejects->words[rejects->failed++] = copy;
    return status;
}

void gd_rejects_free(void *value)
{
    struct gd_rejects *rejects = value;
    if (!rejects)
        return;
    gd_set_clear(&rejects->set);
    free(rejects->reasons);
    gd_h5_free_strings(rejects->words, rejects->failed);
    free(rejects);
}

#define REASONS_PATH "particles/%s/reason"
#define WORDS_PATH   "particles/%s/words"

static enum gd_status save_words(const struct gd_rejects *rejects, struct gd_h5 *file, const char *name,
                                 struct gd_error *error)
{
    char path[64];
    snprintf(path, sizeof path, WORDS_PATH, name);
    return rejects->failed
               ? gd_h5_write_strings(file, path, rejects->failed, (const char *const *)rejects->words, error)
               : GD_OK;
}

static enum gd_status load_words(struct gd_rejects *rejects, struct gd_h5 *file, const char *name,
                                 struct gd_error *error)
{
    char path[64];
    size_t count = 0;
    for (size_t k = 0; k < rejects->set.count; k++)
        count += rejects->reasons[k] == GD_NO_ENERGY;
    snprintf(path, sizeof path, WORDS_PATH, name);
    enum gd_status status = count ? gd_h5_load_strings(file, path, &count, &rejects->words, error) : GD_OK;
    if (!status)
        rejects->failed = rejects->words_capacity = count;
    return status;
}

static enum gd_status rejects_save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    const struct gd_rejects *rejects = value;
    enum gd_status status = gd_set_save(&rejects->set, file, name, error);
    if (status)
        return status;
    char path[64];
    snprintf(path, sizeof path, REASONS_PATH, name);
    status = gd_h5_write_array(file, path, GD_H5_INT32, 1, &rejects->set.count, rejects->reasons, error);
    return status ? status : save_words(rejects, file, name, error);
}

static enum gd_status rejects_load(void **value, struct gd_h5 *file, const char *name,
                                   const struct gd_registry *registry, struct gd_error *error)
{
    *value = NULL;
    void *set = NULL, *reasons = NULL;
    struct gd_rejects *rejects = NULL;
    enum gd_status status = gd_set_load(&set, file, name, registry, error);
    if (status || !set)
        return status;
    char path[64];
    snprintf(path, sizeof path, REASONS_PATH, name);
    size_t count = ((struct gd_set *)set)->count;
    status = gd_h5_load_array(file, path, GD_H5_INT32, 1, &count, &reasons, error);
    if (!status && !(rejects = calloc(1, sizeof *rejects)))
        status = gd_no_memory(error, "rejected structures");
    if (!status) {
        *rejects = (struct gd_rejects){.set = *(struct gd_set *)set, .reasons = reasons, .capacity = count};
        free(set);
        status = load_words(rejects, file, name, error);
        if (!status)
            *value = rejects;
        else
            gd_rejects_free(rejects);
        return status;
    }
    free(reasons);
    gd_set_free(set);
    return status;
}

static double rejects_count(const void *value)
{
    return (double)((const struct gd_rejects *)value)->set.count;
}

static enum gd_status rejects_summarise(const void *value, struct cJSON *summary)
{
    const struct gd_rejects *rejects = value;
    double counts[GD_REASONS] = {0};
    for (size_t k = 0; k < rejects->set.count; k++)
        if (rejects->reasons[k] >= 0 && rejects->reasons[k] < GD_REASONS)
            counts[rejects->reasons[k]]++;
    cJSON *object = cJSON_AddObjectToObject(summary, "rejected_for");
    for (int reason = 0; object && reason < GD_REASONS; reason++)
        if (!cJSON_AddNumberToObject(object, gd_reason_names[reason], counts[reason]))
            return GD_NO_MEMORY;
    return object ? GD_OK : GD_NO_MEMORY;
}

/* The best structure is a set of one. */
static double best_energy(const void *value)
{
    const struct gd_set *set = value;
    return set->count ? set->energies[0] : NAN;
}

static enum gd_status model_fits(const struct gd_state *from, const struct gd_state *to, struct gd_error *error)
{
    return gd_model_fits(gd_state_get(from, "model"), gd_state_get(to, "noise"), gd_state_get(to, "model"), error);
}

/* The model of a pipeline has been trained with the elements of its system, as far as one can know before it runs. */
static bool model_doubt(const struct gd_state *from, const struct gd_state *to, char *text, size_t size)
{
    const struct gd_system *own = gd_state_get(from, "system"), *other = gd_state_get(to, "system");
    struct gd_seen seen = {.known = true};
    char doubt[400];
    if (!own || !other)
        return false;
    gd_seen_add(&seen, &own->structure, own->fixed);
    if (!gd_seen_doubt(&seen, &other->structure, other->fixed, doubt, sizeof doubt))
        return false;
    gd_print(text, size, "the model %s: " GD_SEEN_ADVICE, doubt);
    return true;
}

/* --- Values out of files ------------------------------------------------------------------------------------------ */

static enum gd_status best_check(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    const struct gd_set *set = value;
    return set->count <= 1 ? gd_energies_check(value, pipeline, error)
                           : gd_fail(error, GD_BAD_INPUT, "there are %zu of them", set->count);
}

static enum gd_status rejects_check(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    const struct gd_rejects *rejects = value;
    for (size_t k = 0; k < rejects->set.count; k++)
        if (rejects->reasons[k] < 0 || rejects->reasons[k] >= GD_REASONS)
            return gd_fail(error, GD_BAD_INPUT, "structure %zu: %d is not a reason", k + 1, (int)rejects->reasons[k]);
    return gd_structures_check(&rejects->set, pipeline, error);
}

static enum gd_status model_check(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    return gd_model_fits(value, gd_state_get(pipeline, "noise"), gd_state_get(pipeline, "model"), error);
}

/* What is said of the target; NULL when out of memory. */
static cJSON *get_target(struct cJSON *summary)
{
    cJSON *target = cJSON_GetObjectItemCaseSensitive(summary, "target");
    return target ? target : cJSON_AddObjectToObject(summary, "target");
}

/* The energy below which there are no hits, if there is one. */
static enum gd_status target_summarise(const void *value, struct cJSON *summary)
{
    const struct gd_target *of_run = value;
    if (!of_run->type || !of_run->type->lowest)
        return GD_OK;
    cJSON *target = get_target(summary);
    return target && cJSON_AddNumberToObject(target, "lowest", of_run->type->lowest(of_run)) ? GD_OK : GD_NO_MEMORY;
}

/* Number of the evaluation that first hit the target; 0: none yet. */
static enum gd_status found_summarise(const void *value, struct cJSON *summary)
{
    int64_t evaluation = *(const int64_t *)value;
    cJSON *target = get_target(summary);
    if (!target || !cJSON_AddBoolToObject(target, "found", evaluation > 0))
        return GD_NO_MEMORY;
    cJSON *number = evaluation > 0 ? cJSON_AddNumberToObject(target, "evaluation", (double)evaluation)
                                   : cJSON_AddNullToObject(target, "evaluation");
    return number ? GD_OK : GD_NO_MEMORY;
}

/* The elements in the order of their numbers, such as "O2Pt64". */
static enum gd_status system_summarise(const void *value, struct cJSON *summary)
{
    const struct gd_structure *structure = &((const struct gd_system *)value)->structure;
    size_t counts[GD_ELEMENTS + 1] = {0};
    struct gd_text formula = {0};
    for (size_t i = 0; i < structure->count; i++)
        counts[structure->species[i]]++;
    for (int number = 1; number <= GD_ELEMENTS; number++)
        if (counts[number])
            gd_text_print(&formula, counts[number] > 1 ? "%s%zu" : "%s", gd_element_symbol(number), counts[number]);
    char *text = gd_text_take(&formula);
    const bool added = text && cJSON_AddStringToObject(summary, "formula", text);
    free(text);
    return added ? GD_OK : GD_NO_MEMORY;
}

static const struct gd_slot slot_system = {
    .name = "system",
    .summary = "template, mobile atoms, and window",
    .destroy = gd_system_free,
    .summarise = system_summarise,
};

static const struct gd_slot slot_potential = {
    .name = "potential",
    .summary = "the energy function",
    .destroy = gd_potential_free,
};

static const struct gd_slot slot_noise = {
    .name = "noise",
    .summary = "the noise process",
    .destroy = free,
};

static const struct gd_slot slot_target = {
    .name = "target",
    .summary = "the criterion for a hit",
    .destroy = free,
    .summarise = target_summarise,
};

static const struct gd_slot slot_found = {
    .name = "found",
    .summary = "number of the evaluation that first hit the target, 0 before",
    .save = gd_integer_save,
    .load = gd_integer_load,
    .check = gd_integer_check,
    .destroy = free,
    .summarise = found_summarise,
};

static const struct gd_slot slot_model = {
    .name = "model",
    .summary = "the score model",
    .save = gd_model_save,
    .load = gd_model_load,
    .check = model_check,
    .destroy = gd_model_free,
    .fits = model_fits,
    .doubt = model_doubt,
    .taken_by_default = true,
    .file = "model.h5",
    .write = gd_model_write,
    .inherited = true,
};

static const struct gd_slot slot_batch = {
    .name = "batch",
    .summary = "the current batch of structures",
    .save = gd_set_save,
    .load = gd_set_load,
    .check = gd_structures_check,
    .destroy = gd_set_free,
    .fits = gd_structures_fit,
};

static const struct gd_slot slot_population = {
    .name = "population",
    .summary = "the current structures of the chains, or of a generation",
    .save = gd_set_save,
    .load = gd_set_load,
    .check = gd_structures_check,
    .destroy = gd_set_free,
    .fits = gd_structures_fit,
    .depends = "potential",
};

static enum gd_status archive_summarise(const void *value, struct cJSON *summary)
{
    const struct gd_set *archive = value;
    return cJSON_AddNumberToObject(summary, "accepted", (double)archive->count) ? GD_OK : GD_NO_MEMORY;
}

static enum gd_status best_summarise(const void *value, struct cJSON *summary)
{
    const struct gd_set *best = value;
    if (best->count == 0)
        return GD_OK;
    return cJSON_AddNumberToObject(summary, "best_evaluation", (double)best->serials[0]) ? GD_OK : GD_NO_MEMORY;
}

static const struct gd_slot slot_archive = {
    .name = "archive",
    .summary = "all accepted evaluated structures, in order",
    .save = gd_set_save,
    .load = gd_set_load,
    .check = gd_energies_check,
    .destroy = gd_set_free,
    .fits = gd_structures_fit,
    .depends = "potential",
    .file = "archive.extxyz",
    .write = gd_set_write,
    .current = true,
    .append = gd_set_write_more,
    .summarise = archive_summarise,
    .inherited = true,
};

static const struct gd_slot slot_buffer = {
    .name = "buffer",
    .summary = "the structures to train on",
    .save = gd_set_save,
    .load = gd_set_load,
    .check = gd_energies_check,
    .destroy = gd_set_free,
    .fits = gd_structures_fit,
    .depends = "potential",
};

const struct gd_slot gd_slot_goals = {
    .name = "goals",
    .summary = "noised structures, and what the score is to be there",
    .save = gd_set_save,
    .load = gd_set_load,
    .check = gd_structures_check,
    .destroy = gd_set_free,
    .fits = gd_structures_fit,
    .depends = "potential",
};

static const struct gd_slot slot_best = {
    .name = "best",
    .summary = "the structure of lowest energy",
    .save = gd_set_save,
    .load = gd_set_load,
    .check = best_check,
    .destroy = gd_set_free,
    .fits = gd_structures_fit,
    .depends = "potential",
    .figure = "best_energy",
    .read_figure = best_energy,
    .summarise = best_summarise,
    .file = "best.extxyz",
    .write = gd_set_write,
    .current = true,
    .inherited = true,
};

/* Beside what the minima say. */
static enum gd_status best_relaxed_summarise(const void *value, struct cJSON *summary)
{
    const struct gd_set *set = value;
    cJSON *object = cJSON_GetObjectItemCaseSensitive(summary, "relaxation");
    if (!object)
        object = cJSON_AddObjectToObject(summary, "relaxation");
    if (set->count == 0)
        return GD_OK;
    return cJSON_AddNumberToObject(object, "best_energy", set->energies[0]) ? GD_OK : GD_NO_MEMORY;
}

static const struct gd_slot slot_best_relaxed = {
    .name = "best_relaxed",
    .summary = "the structure of lowest energy after the relaxation at the end",
    .save = gd_set_save,
    .load = gd_set_load,
    .check = best_check,
    .destroy = gd_set_free,
    .fits = gd_structures_fit,
    .depends = "potential",
    .file = "best-relaxed.extxyz",
    .write = gd_set_write,
    .summarise = best_relaxed_summarise,
};

static const struct gd_slot slot_rejected = {
    .name = "rejected",
    .summary = "rejected structures, with the reason",
    .save = rejects_save,
    .load = rejects_load,
    .check = rejects_check,
    .destroy = gd_rejects_free,
    .fits = gd_structures_fit,
    .figure = "rejected",
    .read_figure = rejects_count,
    .integer = true,
    .summarise = rejects_summarise,
    .inherited = true,
};

static enum gd_status check_temperature(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    const double temperature = *(const double *)value;
    (void)pipeline;
    return isfinite(temperature) && temperature > 0
               ? GD_OK
               : gd_fail(error, GD_BAD_INPUT, "%g eV is not a temperature above 0", temperature);
}

static const struct gd_slot slot_temperature = {
    .name = "temperature",
    .summary = "the temperature k_B T of the current iteration, in eV",
    .save = gd_real_save,
    .load = gd_real_load,
    .check = check_temperature,
    .destroy = free,
    .figure = "temperature",
    .read_figure = gd_real_figure,
};

static const struct gd_slot slot_evaluations = {
    .name = "evaluations",
    .summary = "how many structures have been evaluated",
    .save = gd_integer_save,
    .load = gd_integer_load,
    .check = gd_integer_check,
    .destroy = free,
    .figure = "evaluations",
    .read_figure = gd_integer_figure,
    .integer = true,
    .inherited = true,
};

const struct gd_slot *const gd_slots[] = {
    &slot_system,
    &slot_potential,
    &slot_noise,
    &slot_model,
    &slot_target,
    &slot_found,
    &slot_temperature,
    &slot_evaluations,
    &gd_slot_iteration,
    &slot_best,
    &slot_batch,
    &slot_population,
    &gd_slot_chains,
    &slot_archive,
    &slot_buffer,
    &gd_slot_goals,
    &gd_slot_goal_energies,
    &slot_rejected,
    &gd_slot_minima,
    &slot_best_relaxed,
    &gd_slot_hills,
    NULL,
};
