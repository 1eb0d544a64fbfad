/* Potential `ase`: a calculator of the Atomic Simulation Environment, in worker processes. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/data_file.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/process.h"
#include "engine/base/text.h"
#include "potentials/external/pool.h"
#include "potentials/external/resources.h"
#include "potentials/kept.h"

extern const struct gd_potential_class gd_potential_ase;

struct params {
    const char *calculator, *options, *python;
    int64_t workers, threads, batch;
    struct gd_patience patience;
    bool forces;
    struct gd_kept_params kept;
};

static const struct gd_param rows[] = {
    {.name = "calculator",
     .type = GD_STRING,
     .offset = offsetof(struct params, calculator),
     .path_with = ".py:",
     .help = "FILE.py:FUNCTION or module:callable, which makes the calculator, or one of the short names below.",
     .example = "emt"},
    {.name = "options",
     .type = GD_MAP,
     .offset = offsetof(struct params, options),
     .optional = true,
     .help = "Keyword arguments of the function."},
    {.name = "forces",
     .type = GD_BOOL,
     .offset = offsetof(struct params, forces),
     .initial = "true",
     .help = "false: the calculator only has energies, which are enough where nothing is relaxed."},
    GD_WORKERS_ROW(offsetof(struct params, workers)),
    {.name = "threads",
     .type = GD_INT,
     .offset = offsetof(struct params, threads),
     .initial = "1",
     .min = 1,
     .max = 1024,
     .resource = true,
     .help = "Threads of each process (OMP_NUM_THREADS)."},
    {.name = "batch",
     .type = GD_INT,
     .offset = offsetof(struct params, batch),
     .initial = "32",
     .min = 1,
     .max = 1e6,
     .resource = true,
     .help = "Most structures that a process gets at once."},
    {.name = "python",
     .type = GD_STRING,
     .offset = offsetof(struct params, python),
     .path_with = "/",
     .initial = "python3",
     .resource = true,
     .help = "Interpreter, such as that of a virtual environment."},
    GD_PATIENCE_ROWS(offsetof(struct params, patience), "process", "started again"),
    GD_KEPT_ROWS(offsetof(struct params, kept)),
    {0},
};

struct outside {
    struct gd_potential base;
    struct gd_worker_pool *pool;
    bool forces;
    char *identity;
};

/* The text of the file of a FILE.py:FUNCTION; *text is NULL when there is none. */
static enum gd_status read_file(const char *calculator, char **text, struct gd_error *error)
{
    const char *end = strstr(calculator, ".py:");
    *text = NULL;
    if (!end)
        return GD_OK;
    char *file = gd_format("%.*s", (int)(end + 3 - calculator), calculator);
    enum gd_status status = file ? gd_path_readable(file, error) : gd_no_memory(error, "a path");
    if (!status)
        status = gd_file_read(file, text, NULL, error);
    free(file);
    return gd_error_set_key(status, error, "calculator");
}

/* Whether one that is given by its path is there; others are looked for when the first worker starts. */
static enum gd_status check_interpreter(const char *python, struct gd_error *error)
{
    return strchr(python, '/') ? gd_error_set_key(gd_path_readable(python, error), error, "python") : GD_OK;
}

/* The calculator without the folder of its file: what results depend on is the text of it, wherever it is. */
static const char *name_of(const char *calculator)
{
    const char *end = strstr(calculator, ".py:"), *name = calculator;
    for (const char *c = calculator; end && c < end; c++)
        if (*c == '/')
            name = c + 1;
    return name;
}

/* What the worker gets to know, as JSON, of a calculator of this name; NULL when out of memory. */
static char *write_settings(const struct params *params, const char *calculator)
{
    cJSON *settings = cJSON_CreateObject();
    cJSON *options = cJSON_Parse(params->options ? params->options : "{}");
    char *text = NULL;
    if (settings && options && cJSON_AddStringToObject(settings, "calculator", calculator) &&
        cJSON_AddBoolToObject(settings, "forces", params->forces) &&
        cJSON_AddItemToObject(settings, "options", options)) {
        options = NULL;
        text = gd_json_write(settings, false);
    }
    cJSON_Delete(options);
    cJSON_Delete(settings);
    return text;
}

static enum gd_status make_pool(const struct params *params, const char *settings, struct gd_worker_pool **pool,
                                struct gd_error *error)
{
    char *script = NULL;
    enum gd_status status = gd_data_file_find("ase_worker.py", &script, error);
    if (!status)
        status = gd_pool_new(pool,
                             &(struct gd_pool_settings){
                                 .name = "ase",
                                 .arguments = (const char *const[]){params->python, script, settings, NULL},
                                 .workers = (int)params->workers,
                                 .threads = (int)params->threads,
                                 .batch = (size_t)params->batch,
                                 .timeout = params->patience.timeout,
                                 .retries = (int)params->patience.retries,
                                 .forces = params->forces,
                             },
                             error);
    free(script);
    return status;
}

/* Text of a file, whose last line is ended, so that it is clear where a version begins that follows. */
static char *describe(const char *settings, const char *text)
{
    const size_t length = text ? strlen(text) : 0;
    return gd_format("%s %s%s", settings, text ? text : "", length && text[length - 1] != '\n' ? "\n" : "");
}

/* The settings of the workers, which with the text of the calculator's file are all that results depend on. */
static enum gd_status make(const struct params *params, struct outside *made, struct gd_error *error)
{
    char *text = NULL, *settings = write_settings(params, params->calculator);
    char *named = write_settings(params, name_of(params->calculator));
    enum gd_status status =
        settings && named ? check_interpreter(params->python, error) : gd_no_memory(error, "settings");
    if (!status)
        status = read_file(params->calculator, &text, error);
    if (!status)
        made->identity = describe(named, text);
    if (!status && !made->identity)
        status = gd_no_memory(error, "settings");
    if (!status)
        status = make_pool(params, settings, &made->pool, error);
    free(settings);
    free(named);
    free(text);
    return status;
}

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    struct outside *made = gd_array(1, sizeof *made);
    if (!made)
        return gd_no_memory(error, "a potential");
    made->base.type = &gd_potential_ase;
    made->forces = params->forces;
    enum gd_status status = make(params, made, error);
    if (status) {
        free(made->identity);
        free(made);
        return status;
    }
    *potential = &made->base;
    return GD_OK;
}

/* The calculator alone knows. */
static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    (void)potential, (void)structure, (void)error;
    return GD_OK;
}

static enum gd_status evaluate_many(const struct gd_potential *potential, const struct gd_batch *batch, int threads,
                                    struct gd_error *error)
{
    (void)threads;
    return gd_pool_evaluate(((const struct outside *)potential)->pool, batch, error);
}

static const char *identify(const struct gd_potential *potential)
{
    return ((const struct outside *)potential)->identity;
}

static const struct gd_kept_params *kept(const void *params)
{
    return &((const struct params *)params)->kept;
}

static bool lacks_forces(const struct gd_potential *potential)
{
    return !((const struct outside *)potential)->forces;
}

static bool about(const struct gd_potential *potential, char *text, size_t size)
{
    gd_print(text, size, "%s", gd_pool_about(((const struct outside *)potential)->pool));
    return *text != '\0';
}

/* What the interpreter says of the calculator's name, without running any code of it; or that there is none. */
static bool doubt(const void *values, const struct gd_system *system, const char **key, char *text, size_t size)
{
    (void)system;
    const struct params *params = values;
    struct gd_subprocess process = {0};
    struct gd_text said = {0};
    struct gd_error error = {0};
    char *script = NULL, end[128];
    if (gd_data_file_find("ase_worker.py", &script, &error))
        return false;
    const char *const arguments[] = {params->python, script, "--check", params->calculator, NULL};
    const char *const environment[] = {"PYTHONIOENCODING=utf-8", NULL};
    const bool absent = gd_subprocess_start(&process, arguments, environment, &error) == GD_FAILED;
    if (absent)
        gd_text_print(&said, "%s", error.text);
    else if (!error.status)
        gd_subprocess_collect(&process, &said, &error);
    gd_subprocess_stop(&process, error.status ? 0 : 60);
    char *words = gd_text_take(&said);
    const bool fine =
        !error.status && !strcmp(gd_subprocess_describe_end(&process, end, sizeof end), "ended with status 0");
    const bool doubtful = (fine || absent) && words && *words;
    if (doubtful)
        gd_print(text, size, "%s", words);
    *key = absent ? "python" : "calculator";
    free(words);
    free(script);
    return doubtful;
}

static void destroy(struct gd_potential *potential)
{
    struct outside *own = (struct outside *)potential;
    gd_pool_free(own->pool);
    free(own->identity);
    free(own);
}

const struct gd_potential_class gd_potential_ase = {
    .base = {"ase", "A calculator of the Atomic Simulation Environment (ASE), in worker processes.", rows,
             sizeof(struct params)},
    .slow = true,
    .external = true,
    .create = create,
    .supports = supports,
    .evaluate = gd_potential_evaluate_alone,
    .evaluate_many = evaluate_many,
    .destroy = destroy,
    .lacks_forces = lacks_forces,
    .identify = identify,
    .kept = kept,
    .about = about,
    .doubt = doubt,
};
