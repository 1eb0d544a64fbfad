/* Stage `transfer`: the model of another run, or this one's model under a name. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "atoms/system.h"
#include "engine/base/memory.h"
#include "engine/run/context.h"
#include "model/seen.h"

struct transfer {
    const char *from, *save;
};

static const struct gd_param rows[] = {
    {.name = "from",
     .type = GD_PATH,
     .accepts = gd_path_readable,
     .offset = offsetof(struct transfer, from),
     .optional = true,
     .help = "model file or run folder to load the model from"},
    {.name = "save",
     .type = GD_STRING,
     .offset = offsetof(struct transfer, save),
     .optional = true,
     .example = "kept",
     .help = "name to save the model under, as NAME.h5 in the run folder"},
    {0},
};

/* The model file that `from` means: itself, or model.h5 in it. New string, or NULL. */
static char *model_path(const char *from)
{
    struct stat info;
    bool folder = stat(from, &info) == 0 && S_ISDIR(info.st_mode);
    return gd_format("%s%s", from, folder ? "/model.h5" : "");
}

/* Reads the model and compares it with what the state has: the noise, and the section's model when there is one, whose
 * heads it takes. */
static enum gd_status read_model(const char *from, const struct gd_state *state, struct gd_model **model,
                                 struct gd_error *error)
{
    const struct gd_process *noise = gd_state_get(state, "noise");
    const struct gd_model *present = gd_state_get(state, "model");
    struct gd_error different = {0};
    char *path = model_path(from);
    if (!path)
        return gd_no_memory(error, "a path");
    enum gd_status status = gd_model_read(model, path, gd_state_registry(state), error);
    if (!status && present)
        status = gd_model_adapt_heads(model, present, error);
    if (!status && gd_model_fits(*model, noise, present, &different) != GD_OK)
        status = gd_fail(error, GD_BAD_INPUT, "%s: %s", path, different.text);
    if (status) {
        gd_model_free(*model);
        *model = NULL;
    }
    free(path);
    return status;
}

static bool plain_name(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/') && strcmp(name, "model") != 0 && strcmp(name, "run") != 0;
}

/* A model can learn other elements here, so that it is not refused. */
static void warn_of_elements(struct gd_check *check, const char *from, const struct gd_model *model)
{
    const struct gd_system *system = gd_state_get(check->state, "system");
    char doubt[400];
    if (system && gd_seen_doubt(&model->seen, &system->structure, system->fixed, doubt, sizeof doubt))
        gd_check_warning(check, "from", "the model in %s %s: " GD_SEEN_ADVICE, from, doubt);
}

static void check(struct gd_check *check, const void *self)
{
    const struct transfer *transfer = self;
    if (!transfer->from == !transfer->save)
        gd_check_problem(check, NULL, "give either from (a model to load) or save (a name to save it under)");
    if (transfer->save && !plain_name(transfer->save))
        gd_check_problem(check, "save", "\"%s\" is not a valid file name (no folders, not model, not run)",
                         transfer->save);
    if (!transfer->from)
        return;
    struct gd_error error = {0};
    struct gd_model *model = NULL;
    if (read_model(transfer->from, check->state, &model, &error) != GD_OK)
        gd_check_failure(check, "from", &error);
    else
        warn_of_elements(check, transfer->from, model);
    gd_model_free(model);
}

static enum gd_status load(struct gd_context *context, const struct transfer *transfer)
{
    struct gd_model *model = NULL;
    enum gd_status status = read_model(transfer->from, context->state, &model, context->error);
    return status ? status : gd_state_put(context->state, "model", model, context->error);
}

static enum gd_status save(struct gd_context *context, const struct transfer *transfer)
{
    const struct gd_model *model = gd_state_get(context->state, "model");
    char *path = gd_format("%s/%s.h5", context->directory, transfer->save);
    enum gd_status status = path ? gd_model_write(model, path, context->error) : gd_no_memory(context->error, "a path");
    free(path);
    return status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct transfer *transfer = self;
    return transfer->from ? load(context, transfer) : save(context, transfer);
}

/* Saving reads the model; loading writes it, and compares it with the present one. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct transfer *transfer = self;
    (void)slot;
    return transfer->from ? use != GD_READS : use == GD_READS;
}

const struct gd_stage gd_stage_transfer = {
    .name = "transfer",
    .summary = "Loads the model of another run, or saves the model under a name.",
    .params = rows,
    .size = sizeof(struct transfer),
    .reads = (const char *const[]){"model", NULL},
    .may_read = (const char *const[]){"noise", "model", "system", NULL},
    .writes = (const char *const[]){"model", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
