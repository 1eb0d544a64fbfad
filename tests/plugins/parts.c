/* A plugin with one of everything that can be plugged in, each of which fails at the step of its life that it is
 * told to. */
#include <godiff/stage.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum when { NEVER, CHECK, START, RUN, SILENTLY, SAVE, LOAD };

static const char *const whens[] = {"never", "check", "start", "run", "silently", "save", "load", NULL};

enum { UNSAVED = -1, UNLOADED = -2 }; /* counts that fail */

struct trouble {
    int when;
    const char *words; /* what it says when it runs; NULL: nothing */
    char *held;        /* from start to stop */
};

static const struct gd_param trouble_rows[] = {
    {.name = "when",
     .type = GD_CHOICE,
     .offset = offsetof(struct trouble, when),
     .initial = "never",
     .choices = whens,
     .help = "What fails."},
    {.name = "words",
     .type = GD_STRING,
     .offset = offsetof(struct trouble, words),
     .optional = true,
     .help = "What it says when it runs, in every way that there is, with a byte behind it that is not UTF-8."},
    {0},
};

static void check(struct gd_check *check, const void *self)
{
    if (((const struct trouble *)self)->when == CHECK)
        gd_check_problem(check, "when", "the check failed, as asked");
}

static enum gd_status start(struct gd_context *context, void *self)
{
    struct trouble *trouble = self;
    trouble->held = gd_string("what stop must free");
    if (!trouble->held)
        return gd_no_memory(context->error, "trouble");
    return trouble->when == START ? gd_fail(context->error, GD_FAILED, "the start failed, as asked") : GD_OK;
}

static void say(struct gd_context *context, const char *words)
{
    gd_message(context, GD_WARNING, "message %s\x9B", words);
    gd_progress(context, 1, 2, "progress %s\x9B", words);
    gd_figure(context, words, 1);
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct trouble *trouble = self;
    if (trouble->words)
        say(context, trouble->words);
    if (trouble->words && trouble->when == RUN)
        return gd_fail(context->error, GD_FAILED, "the run failed: %s\x9B", trouble->words);
    if (trouble->when == SILENTLY)
        return GD_FAILED;
    if (trouble->when == RUN)
        return gd_fail(context->error, GD_FAILED, "the run failed, as asked");
    const int64_t count = trouble->when == SAVE   ? UNSAVED
                          : trouble->when == LOAD ? UNLOADED
                                                  : gd_state_integer(context->state, "troubles", 0) + 1;
    gd_figure(context, "held", (double)strlen(trouble->held));
    return gd_state_put_integer(context->state, "troubles", count, context->error);
}

static void stop(void *self)
{
    struct trouble *trouble = self;
    free(trouble->held);
    trouble->held = NULL;
}

static enum gd_status save_count(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    return *(const int64_t *)value == UNSAVED ? gd_fail(error, GD_FAILED, "the save failed, as asked")
                                              : gd_integer_save(value, file, name, error);
}

static enum gd_status load_count(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                                 struct gd_error *error)
{
    enum gd_status status = gd_integer_load(value, file, name, registry, error);
    if (!status && *value && *(int64_t *)*value == UNLOADED) {
        free(*value);
        *value = NULL;
        return gd_fail(error, GD_BAD_INPUT, "the load failed, as asked");
    }
    return status;
}

static double read_count(const void *value)
{
    return (double)*(const int64_t *)value;
}

static const struct gd_slot troubles = {
    .name = "troubles",
    .summary = "how often trouble has run",
    .save = save_count,
    .load = load_count,
    .check = gd_integer_check,
    .destroy = free,
    .figure = "troubles",
    .read_figure = read_count,
    .integer = true,
};

static const struct gd_stage trouble = {
    .name = "trouble",
    .summary = "Fails when it is told to.",
    .params = trouble_rows,
    .size = sizeof(struct trouble),
    .writes = (const char *const[]){"troubles", NULL},
    .check = check,
    .start = start,
    .run = run,
    .stop = stop,
};

/* A potential without forces: every atom has the same energy. */
enum flat_when { FLAT_NEVER, CREATE, SUPPORTS, EVALUATE, MUTE_CREATE, MUTE_SUPPORTS, MUTE, NO_STATUS, FORGETS };

static const char *const flat_whens[] = {"never",         "create", "supports",  "evaluate", "mute-create",
                                         "mute-supports", "mute",   "no-status", "forgets",  NULL};

struct flat_params {
    double energy;
    int fails;
};

struct flat {
    struct gd_potential base;
    struct flat_params params;
};

static const struct gd_param flat_rows[] = {
    {.name = "energy", .type = GD_FLOAT, .initial = "1.0", .unit = "eV", .help = "Energy of an atom."},
    {.name = "fails",
     .type = GD_CHOICE,
     .offset = offsetof(struct flat_params, fails),
     .initial = "never",
     .choices = flat_whens,
     .help = "What fails."},
    {0},
};

static enum gd_status flat_fail(const struct gd_potential *potential, enum flat_when when, struct gd_error *error)
{
    return ((const struct flat *)potential)->params.fails == (int)when
               ? gd_fail(error, GD_FAILED, "the potential failed, as asked")
               : GD_OK;
}

static const struct gd_potential_class flat;

static enum gd_status flat_create(const void *params, struct gd_potential **potential, struct gd_error *error)
{
    struct flat *made = gd_array(1, sizeof *made);
    if (!made)
        return gd_no_memory(error, "flat");
    made->base.type = &flat;
    made->params = *(const struct flat_params *)params;
    if (made->params.fails == CREATE || made->params.fails == MUTE_CREATE) {
        const bool mute = made->params.fails == MUTE_CREATE;
        free(made);
        return mute ? GD_BAD_INPUT : gd_fail(error, GD_BAD_INPUT, "the potential failed, as asked");
    }
    *potential = &made->base;
    return GD_OK;
}

static enum gd_status flat_supports(const struct gd_potential *potential, const struct gd_structure *structure,
                                    struct gd_error *error)
{
    (void)structure;
    return ((const struct flat *)potential)->params.fails == MUTE_SUPPORTS ? GD_BAD_INPUT
                                                                           : flat_fail(potential, SUPPORTS, error);
}

static enum gd_status flat_evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                                    double *energy, double (*forces)[3], struct gd_error *error)
{
    const struct flat_params *params = &((const struct flat *)potential)->params;
    if (params->fails == MUTE || params->fails == NO_STATUS || params->fails == FORGETS)
        return params->fails == MUTE ? GD_FAILED : params->fails == NO_STATUS ? (enum gd_status)77 : GD_OK;
    *energy = params->energy * (double)structure->count;
    memset(forces, 0, structure->count * sizeof *forces);
    return flat_fail(potential, EVALUATE, error);
}

static void flat_destroy(struct gd_potential *potential)
{
    free(potential);
}

static const struct gd_potential_class flat = {
    .base = {"flat", "The same energy for every atom.", flat_rows, sizeof(struct flat_params)},
    .create = flat_create,
    .supports = flat_supports,
    .evaluate = flat_evaluate,
    .destroy = flat_destroy,
};

/* The one row of what fails or does not. */
static const struct gd_param fails_rows[] = {
    {.name = "fails", .type = GD_BOOL, .initial = "false", .help = "Whether it fails."},
    {0},
};

static enum gd_status fail_if(const void *params, struct gd_error *error)
{
    return *(const bool *)params ? gd_fail(error, GD_FAILED, "the component failed, as asked") : GD_OK;
}

static enum gd_status halfway(const void *params, const struct gd_curve_point *at, double *value,
                              struct gd_error *error)
{
    *value = 0.5 * (at->from + at->to);
    return fail_if(params, error);
}

static const struct gd_curve_class half = {
    .base = {"half", "half of the way, all the way", fails_rows, sizeof(bool)},
    .value = halfway,
};

/* A sampler that leaves the structures where they start. It looks at a slot that can guide a sampler, and finds it. */
static enum gd_status stay(const struct gd_stride *stride, struct gd_error *error)
{
    const struct gd_state *state = stride->sampling->state;
    if (state && !gd_state_get(state, "potential"))
        return gd_fail(error, GD_FAILED, "the sampler finds no potential");
    return fail_if(stride->params, error);
}

static int64_t no_calls(const void *params, int64_t steps)
{
    (void)params, (void)steps;
    return 0;
}

static const struct gd_sampler_class still = {
    .base = {"still", "nothing moves", fails_rows, sizeof(bool)},
    .step = stay,
    .calls = no_calls,
};

/* A guidance that moves every atom down, whatever the forces. */
static double full(const void *params, double t)
{
    (void)params, (void)t;
    return 1;
}

static int none(const void *params)
{
    (void)params;
    return 0;
}

static void sink(const void *params, const struct gd_guided *structure, double (*move)[3])
{
    (void)params;
    memset(move, 0, structure->atoms * sizeof *move);
    for (size_t i = 0; i < structure->atoms; i++)
        move[i][2] = -0.5 * structure->pace;
}

static const struct gd_guidance_class down = {
    .base = {.name = "down", .summary = "down, half an angstrom in all"},
    .strength = full,
    .memory = none,
    .move = sink,
};

/* A noise whose variance grows evenly: s² = reach² t. */
struct even {
    double reach;
};

static const struct gd_param even_rows[] = {
    {.name = "reach", .type = GD_FLOAT, .initial = "1.0", .min = 0.1, .max = 10, .unit = "Å", .help = "s(1)"},
    {0},
};

static enum gd_status even_check(const void *params, struct gd_error *error)
{
    const struct even *even = params;
    return even->reach > 0 ? GD_OK : gd_fail(error, GD_BAD_INPUT, "the reach is %g", even->reach);
}

static double even_spread(const void *params, double t)
{
    return ((const struct even *)params)->reach * sqrt(t);
}

static double even_diffusion2(const void *params, double t)
{
    (void)t;
    double reach = ((const struct even *)params)->reach;
    return reach * reach;
}

static const struct gd_noise_class even = {
    .base = {"even", "the variance grows evenly", even_rows, sizeof(struct even)},
    .check = even_check,
    .spread = even_spread,
    .diffusion2 = even_diffusion2,
};

/* PaiNN with other defaults. */
static const struct gd_param small_rows[] = {
    {"features", GD_INT, offsetof(struct gd_painn_params, features), .initial = "8", .min = 4, .max = 16,
     .help = "width"},
    {"blocks", GD_INT, offsetof(struct gd_painn_params, blocks), .initial = "1", .min = 1, .max = 2, .help = "rounds"},
    {"radial", GD_INT, offsetof(struct gd_painn_params, radial), .initial = "5", .min = 2, .max = 9, .help = "radials"},
    {"cutoff", GD_FLOAT, offsetof(struct gd_painn_params, cutoff), .initial = "3", .min = 1, .max = 9, .help = "in Å"},
    GD_HEADS_ROW(struct gd_painn_params),
    {0},
};

static struct gd_network_class small; /* filled in by `extend` */

static bool always(const void *params, const struct gd_state *state)
{
    (void)params, (void)state;
    return true;
}

static const struct gd_until at_once = {
    .base = {.name = "at-once", .summary = "one pass is enough"},
    .met = always,
};

static enum gd_status extend(struct gd_registry *registry, struct gd_error *error)
{
    small = gd_network_painn;
    small.base = (struct gd_component){"small", "a small PaiNN", small_rows, sizeof(struct gd_painn_params)};
    const struct {
        const char *kind;
        const struct gd_component *component;
    } components[] = {{"potential", &flat.base}, {"curve", &half.base}, {"sampler", &still.base},
                      {"until", &at_once.base},  {"noise", &even.base}, {"network", &small.base},
                      {"guidance", &down.base}};
    enum gd_status status = gd_registry_add_slot(registry, &troubles, error);
    if (!status)
        status = gd_registry_add_stage(registry, &trouble, error);
    for (size_t k = 0; !status && k < sizeof components / sizeof *components; k++)
        status = gd_registry_add_component(registry, components[k].kind, components[k].component, error);
    return status;
}

const struct gd_plugin godiff_plugin = {GD_PLUGIN_ABI, "parts", "1.0", extend};
