/* Stage `archive`: structures from other runs and files join the archive, with the energies that are known. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/run/written.h"
#include "potentials/potential.h"
#include "stages/evaluation.h"
#include "stages/import.h"

enum energies { OF_THE_SAME, KEEP, EVALUATE };

static const char *const choices[] = {"same", "keep", "evaluate", NULL};

struct archive {
    struct gd_ledger_rules rules;
    const char *const *from;
    int energies;
};

static const struct gd_param rows[] = {
    {.name = "from",
     .type = GD_PATHS,
     .accepts = gd_path_readable,
     .offset = offsetof(struct archive, from),
     .example = "structures.extxyz",
     .help = "runs, whose archives are taken, and files of structures"},
    {.name = "energies",
     .type = GD_CHOICE,
     .offset = offsetof(struct archive, energies),
     .choices = choices,
     .initial = "same",
     .help = "which known energies are used again: those of runs with the same potential, also those in files and of "
             "other potentials (keep), or none"},
    GD_LEDGER_ROWS(struct archive),
    {0},
};

/* The structures of all sources. */
struct sources {
    struct gd_context *context;
    const struct gd_system *system;
    const char *own; /* text of the own pipeline.yaml; NULL: not known */
    struct gd_set *set;
    bool *known; /* [capacity] the energy and forces of the structure are used */
    size_t capacity, known_count;
};

/* Whether the structure has all that an evaluation gives. */
static bool is_complete(const struct sources *sources, size_t k)
{
    const struct gd_set *set = sources->set;
    const struct gd_potential *potential = gd_state_get(sources->context->state, "potential");
    return isfinite(set->energies[k]) &&
           (gd_potential_lacks_forces(potential) || gd_all_finite(set->forces + 3 * set->atoms * k, 3 * set->atoms));
}

static enum gd_status add_source(struct sources *sources, const char *path, int energies)
{
    char *pipeline = NULL;
    struct gd_error *error = sources->context->error;
    const struct gd_registry *registry = gd_state_registry(sources->context->state);
    size_t first = sources->set->count, known = 0;
    const struct gd_import import = {sources->system, registry, sources->context};
    enum gd_status status = gd_import_structures(path, &import, sources->set, &pipeline, error);
    const size_t end = sources->set->count;
    struct gd_error why = {0};
    bool same = false;
    if (!status && pipeline && sources->own)
        status = gd_written_same(
            &(struct gd_written){.file = path, .text = pipeline, .directory = path, .contents = true, .scripts = true},
            "potential", registry, sources->own, &same, &why, error);
    if (!status && !gd_grow(&sources->known, &sources->capacity, end, sizeof *sources->known))
        status = gd_no_memory(error, path);
    for (size_t k = first; k < end && !status; k++) {
        sources->known[k] = (energies == KEEP || (energies == OF_THE_SAME && same)) && is_complete(sources, k);
        known += sources->known[k];
    }
    free(pipeline);
    sources->known_count += known;
    if (!status)
        gd_message(sources->context, GD_INFO, "%s: %zu structures from %s, %zu of them with energies that are used",
                   sources->context->step, end - first, path, known);
    return status;
}

/* The text of the own pipeline.yaml, a new string; none in a folder that has no such file. */
static enum gd_status read_own(const struct gd_context *context, char **text)
{
    char *path = gd_file_join(context->directory, "pipeline.yaml");
    enum gd_status status = path ? GD_OK : gd_no_memory(context->error, "a path");
    if (!status && access(path, F_OK) == 0)
        status = gd_file_read(path, text, NULL, context->error);
    free(path);
    return status;
}

static enum gd_status read_sources(struct sources *sources, const struct archive *archive)
{
    struct gd_context *context = sources->context;
    char *own = NULL;
    sources->set = gd_set_new(&sources->system->structure, sources->system->fixed, context->error);
    enum gd_status status = sources->set ? GD_OK : context->error->status;
    if (!status && archive->energies == OF_THE_SAME)
        status = read_own(context, &own);
    sources->own = own;
    for (const char *const *path = archive->from; *path && !status; path++)
        status = add_source(sources, *path, archive->energies);
    sources->own = NULL;
    free(own);
    return status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    struct archive *archive = self;
    struct sources sources = {.context = context, .system = gd_state_get(context->state, "system")};
    enum gd_status status = read_sources(&sources, archive);
    if (!status)
        status = gd_evaluate_set(context, &archive->rules, sources.set, sources.known);
    if (!status)
        gd_figure(context, "known", (double)sources.known_count);
    gd_set_free(sources.set);
    free(sources.known);
    return status;
}

/* Reads the sources, as a run will. */
static void check(struct gd_check *check, const void *self)
{
    const struct archive *archive = self;
    const struct gd_system *system = gd_state_get(check->state, "system");
    struct gd_error error = {0};
    gd_ledger_check(check, &archive->rules);
    if (system && gd_import_check(archive->from, system, check->state, &error))
        gd_check_failure(check, "from", &error);
}

const struct gd_stage gd_stage_archive = {
    .name = "archive",
    .summary = "Structures of other runs and of files join the archive; energies that are known are used again.",
    .params = rows,
    .size = sizeof(struct archive),
    .reads = (const char *const[]){GD_LEDGER_READS, NULL},
    .may_read = (const char *const[]){GD_LEDGER_MAY_READ, NULL},
    .writes = (const char *const[]){GD_LEDGER_WRITES, NULL},
    .check = check,
    .run = run,
};
