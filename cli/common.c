/* What the commands share: the registry, messages, decisions about the machine, and output files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "engine/files.h"
#include "engine/memory.h"
#include "engine/plugin.h"
#include "engine/team.h"
#include "lua/reader.h"
#include "model/backend.h"
#include "stages/stages.h"

const char *const gd_device_names[] = {
    [GD_DEVICE_AUTO] = "auto",
    [GD_DEVICE_CPU] = "cpu",
    [GD_DEVICE_CUDA] = "cuda",
    NULL,
};

/* Whether CUDA can be used here: on which device, or why not. */
static enum gd_status find_cuda(struct gd_device_choice *choice, struct gd_error *error)
{
    const struct gd_backend_class *cuda = gd_backend_named("cuda");
    return cuda ? cuda->find(choice->found, sizeof choice->found, error)
                : gd_fail(error, GD_BAD_INPUT, "this build has no CUDA");
}

static enum gd_status decide_cpu(struct gd_device_choice *choice, struct gd_error *error)
{
    choice->name = gd_device_names[GD_DEVICE_CPU];
    return gd_backend_named(choice->name)->find(choice->found, sizeof choice->found, error);
}

/* Only GPUs have other products than those in float32. */
static enum gd_status decide_precision(int precision, struct gd_device_choice *choice, struct gd_error *error)
{
    choice->precision = gd_precision_names[precision];
    if (precision != GD_FLOAT32 && strcmp(choice->name, gd_device_names[GD_DEVICE_CUDA]) != 0)
        return gd_fail(error, GD_BAD_INPUT,
                       "--precision %s needs a GPU, and the network runs on the CPU%s%s; use "
                       "--precision float32",
                       choice->precision, *choice->note ? ": " : "", choice->note);
    return GD_OK;
}

enum gd_status gd_device_decide(const struct gd_device_wish *wish, struct gd_device_choice *choice,
                                struct gd_error *error)
{
    struct gd_error why = {0};
    *choice = (struct gd_device_choice){.name = gd_device_names[GD_DEVICE_CUDA]};
    enum gd_status cuda = wish->device == GD_DEVICE_CPU ? GD_BAD_INPUT : find_cuda(choice, &why);
    if (cuda && wish->device == GD_DEVICE_CUDA)
        return gd_fail(error, GD_BAD_INPUT, "--device cuda: %s; use --device cpu", why.text);
    enum gd_status status = cuda ? decide_cpu(choice, error) : GD_OK;
    if (wish->device == GD_DEVICE_AUTO)
        snprintf(choice->note, sizeof choice->note, "device: %s (%.200s)", choice->name,
                 cuda ? why.text : choice->found);
    return status ? status : decide_precision(wish->precision, choice, error);
}

int gd_threads_decide(int64_t threads)
{
    return threads > 0 ? (int)threads : gd_processors();
}

struct gd_registry *gd_registry_full(const struct gd_list *plugins, bool trusted, struct gd_error *error)
{
    struct gd_registry *registry = gd_registry_new();
    enum gd_status status = registry ? gd_stages_register(registry, error) : gd_no_memory(error, "the registry");
    if (status == GD_OK)
        status = gd_lua_register(registry, trusted, error);
    for (size_t k = 0; status == GD_OK && plugins && k < plugins->count; k++)
        status = gd_registry_load(registry, plugins->items[k], error);
    if (status != GD_OK) {
        gd_registry_free(registry);
        registry = NULL;
    }
    return registry;
}

bool gd_coloured(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(no_color && *no_color) && term && strcmp(term, "dumb") != 0 && isatty(fileno(stream));
}

void gd_say(const char *label, const char *text)
{
    const bool colour = gd_coloured(stderr);
    if (*label)
        fprintf(stderr, "%s%s:%s ", colour ? "\033[1;31m" : "", label, colour ? "\033[0m" : "");
    fprintf(stderr, "%s\n", text);
}

/* `what` is "problems" or "warnings"; `label` stands before each text. */
static void say_list(const struct gd_problem *items, size_t count, const char *label, const char *what)
{
    enum { MOST = 100 }; /* that a person reads */
    char place[512];
    for (size_t k = 0; k < count && k < MOST; k++)
        fprintf(stderr, "%s: %s%s\n", gd_place_text(items[k].place, place, sizeof place), label, items[k].text);
    if (count > MOST)
        fprintf(stderr, "... and %zu more %s\n", count - MOST, what);
}

void gd_say_problems(const struct gd_problems *problems)
{
    if (!gd_problems_any(problems)) /* beside them warnings would hide what is to be done */
        say_list(problems->warnings.items, problems->warnings.count, "warning: ", "warnings");
    say_list(problems->items, problems->count, "", "problems");
    if (problems->overflow)
        gd_say("error", "out of memory: there are more problems than could be kept");
}

enum gd_status gd_output_open(struct gd_output *output, const char *path, struct gd_error *error)
{
    *output = (struct gd_output){.path = path, .stream = stdout};
    if (!path)
        return GD_OK;
    output->temporary = gd_format("%s.%ld.tmp", path, (long)getpid());
    if (!output->temporary)
        return gd_no_memory(error, path);
    output->stream = fopen(output->temporary, "w");
    if (output->stream)
        return GD_OK;
    free(output->temporary);
    output->temporary = NULL;
    return gd_fail(error, GD_BAD_INPUT, "%s: cannot be written: %s", path, strerror(errno));
}

enum gd_status gd_output_close(struct gd_output *output, enum gd_status status, struct gd_error *error)
{
    if (!output->temporary)
        return status;
    const bool lost = ferror(output->stream); /* by an earlier write, of which fclose says nothing */
    if ((fclose(output->stream) != 0 || lost) && status == GD_OK)
        status = gd_fail(error, GD_FAILED, "%s: not written: %s", output->path, strerror(errno));
    if (status == GD_OK)
        status = gd_file_commit(output->temporary, output->path, error);
    else
        unlink(output->temporary);
    free(output->temporary);
    output->temporary = NULL;
    return status;
}
