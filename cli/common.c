/* What the commands share: the registry, and decisions about the machine. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "engine/base/memory.h"
#include "engine/base/team.h"
#include "engine/language/plugin.h"
#include "lua/reader.h"
#include "model/backend.h"
#include "stages/stages.h"

/* Only GPUs have other products than those in float32. */
static enum gd_status decide_precision(int precision, const struct gd_backend_class *class,
                                       struct gd_device_choice *choice, struct gd_error *error)
{
    choice->precision = gd_precision_names[precision];
    if (precision != GD_FLOAT32 && !class->precision)
        return gd_fail(error, GD_BAD_INPUT,
                       "--precision %s needs a GPU, and the network runs on the CPU%s%s; use "
                       "--precision float32",
                       choice->precision, *choice->note ? ": " : "", choice->note);
    return GD_OK;
}

/* The fastest device that is there; the note says which, and why it is no faster one. */
static enum gd_status find_fastest(struct gd_device_choice *choice, const struct gd_backend_class **class,
                                   struct gd_error *error)
{
    struct gd_error why = {0};
    size_t k = 0;
    while (gd_device_names[k + 1])
        k++;
    enum gd_status status = GD_BAD_INPUT;
    for (; status && k > 0; k--) {
        status =
            gd_device_find(gd_device_names[k], class, choice->found, sizeof choice->found, why.status ? error : &why);
        choice->name = gd_device_names[k];
    }
    if (!status)
        snprintf(choice->note, sizeof choice->note, "device: %s (%.200s)", choice->name,
                 why.status ? why.text : choice->found);
    return status;
}

enum gd_status gd_device_decide(const struct gd_device_request *wish, struct gd_device_choice *choice,
                                struct gd_error *error)
{
    const struct gd_backend_class *class;
    struct gd_error why = {0};
    *choice = (struct gd_device_choice){.name = gd_device_names[wish->device]};
    enum gd_status status = wish->device == 0
                                ? find_fastest(choice, &class, error)
                                : gd_device_find(choice->name, &class, choice->found, sizeof choice->found, &why);
    const char *always = gd_device_names[1]; /* which every machine has */
    if (why.status && strcmp(choice->name, always) == 0)
        return gd_fail(error, why.status, "--device %s: %s", always, why.text);
    if (why.status)
        return gd_fail(error, why.status, "--device %s: %s; use --device %s", choice->name, why.text, always);
    return status ? status : decide_precision(wish->precision, class, choice, error);
}

int gd_threads_decide(int64_t threads)
{
    return threads > 0 ? (int)threads : gd_processors();
}

struct gd_registry *gd_registry_full(const struct gd_list *plugins, bool trusted, struct gd_error *error)
{
    struct gd_registry *registry = gd_registry_new();
    enum gd_status status = registry ? gd_stages_register(registry, error) : gd_no_memory(error, "the registry");
    if (!status)
        status = gd_lua_register(registry, trusted, error);
    for (size_t k = 0; !status && plugins && k < plugins->count; k++)
        status = gd_registry_load(registry, plugins->items[k], error);
    if (status) {
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

/* Adds a word, in quotes where a shell would not take it as it is. */
static void add_word(struct gd_text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
    if (text->length)
        gd_text_add(text, " ", 1);
    if (*word && word[strspn(word, plain)] == '\0') {
        gd_text_print(text, "%s", word);
        return;
    }
    gd_text_add(text, "'", 1);
    for (; *word; word++)
        gd_text_print(text, *word == '\'' ? "'\\''" : "%c", *word);
    gd_text_add(text, "'", 1);
}

char *gd_command_line(void)
{
    struct gd_text text = {0};
    char *words = NULL;
    size_t size = 0;
    FILE *stream = fopen("/proc/self/cmdline", "re");
    while (stream && getdelim(&words, &size, '\0', stream) > 0)
        add_word(&text, words);
    if (stream)
        fclose(stream);
    free(words);
    gd_text_add(&text, "", 0);
    return gd_text_take(&text);
}
