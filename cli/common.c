/* What the commands share: the registry, and decisions about the machine. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
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
