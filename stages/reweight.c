/* Stage `reweight`: the buffer to train on, a weighted reservoir sample of the whole archive, by default with
 * weights exp(-E/T) (arXiv:2510.13448, algorithm 1), or of the population that `accept` keeps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/structure.h"
#include "engine/base/memory.h"
#include "engine/run/context.h"
#include "engine/run/function.h"
#include "model/head.h"
#include "stages/boltzmann.h"
#include "stages/hills.h"
#include "stages/reservoir.h"
#include "stages/rule.h"
#include "stages/systematic.h"
#include "stages/tally.h"

struct reweight {
    int64_t size, least, most;
    double adapt;
    struct gd_choice weights;
    int bias; /* enum bias */
    int from; /* enum source */
    bool replace;
};

enum source { ARCHIVE, POPULATION };
enum bias { OFF, ADD, REMOVE };

static const char *const sources[] = {"archive", "population", NULL}; /* names of slots */
static const char *const bias_names[] = {"off", "add", "remove", NULL};

static const struct gd_param rows[] = {
    {.name = "size",
     .type = GD_INT,
     .offset = offsetof(struct reweight, size),
     .initial = "64",
     .min = 1,
     .max = 1e7,
     .help = "structures in the buffer"},
    {.name = "adapt",
     .type = GD_FLOAT,
     .offset = offsetof(struct reweight, adapt),
     .initial = "0",
     .min = 0,
     .max = 1,
     .help = "share by which the size follows the effective sample size, from the size of the former "
             "buffer; 0: the size stays"},
    {.name = "least",
     .type = GD_INT,
     .offset = offsetof(struct reweight, least),
     .initial = "16",
     .min = 1,
     .max = 1e7,
     .needs = "adapt",
     .help = "smallest size that adapt gives"},
    {.name = "most",
     .type = GD_INT,
     .offset = offsetof(struct reweight, most),
     .initial = "512",
     .min = 1,
     .max = 1e7,
     .needs = "adapt",
     .help = "largest size that adapt gives"},
    {.name = "weights",
     .type = GD_COMPONENT,
     .offset = offsetof(struct reweight, weights),
     .kind = "rule",
     .initial = "boltzmann",
     .help = "weight of each structure"},
    {.name = "replace",
     .type = GD_BOOL,
     .offset = offsetof(struct reweight, replace),
     .initial = "false",
     .help = "structures are taken as often as their shares of the weights say, some several times; else none is taken "
             "twice, so that a buffer of many of all structures hardly depends on the weights"},
    {.name = "bias",
     .type = GD_CHOICE,
     .offset = offsetof(struct reweight, bias),
     .choices = bias_names,
     .initial = "off",
     .help = "what the hills V of `bias` do to the weights. add: times exp(-V/T), away from what was drawn; remove: "
             "times exp(V/T), for draws from E + V"},
    {.name = "from",
     .type = GD_CHOICE,
     .offset = offsetof(struct reweight, from),
     .choices = sources,
     .initial = "archive",
     .help = "of what it is drawn: all structures so far, or those where the chains are, as accept has left them"},
    {0},
};

/* A script's function of a structure and the state. */
static enum gd_status call_weights(struct gd_context *context, struct gd_function *function,
                                   const struct gd_set *source, double *log_weights)
{
    for (size_t k = 0; k < source->count; k++) {
        const struct gd_value arguments[] = {{.kind = GD_VALUE_ITEM, .object = source, .index = k},
                                             gd_value_state(context)};
        double weight;
        enum gd_status status = gd_function_number(function, arguments, 2, context->step, &weight, context->error);
        if (status)
            return status;
        if (weight < 0)
            return gd_function_fail(function, context->error, "%s: the function returned %g; a weight is not below 0",
                                    context->step, weight);
        log_weights[k] = log(weight);
    }
    return GD_OK;
}

static enum gd_status compute_weights(struct gd_context *context, const struct gd_choice *weights,
                                      const struct gd_set *source, double *log_weights)
{
    const struct gd_rule_class *rule = (const struct gd_rule_class *)weights->component;
    if (weights->function)
        return call_weights(context, weights->function, source, log_weights);
    const double temperature = rule->untempered ? NAN : gd_state_real(context->state, "temperature", 0);
    rule->log_weights(weights->params, source, temperature, log_weights);
    return GD_OK;
}

/* Multiplies weights by exp(-V/T), or exp(V/T). */
static void apply_bias(const struct gd_context *context, int bias, const struct gd_set *source, double *log_weights)
{
    const struct gd_system *system = gd_state_get(context->state, "system");
    const double temperature = gd_state_real(context->state, "temperature", 0);
    double values[GD_VARIABLES], periods[GD_VARIABLES];
    gd_variables_periods(system, periods);
    for (size_t k = 0; k < source->count; k++) {
        gd_variables_find(system, source->positions + 3 * source->atoms * k, values);
        const double energy = gd_hills_energy(gd_state_get(context->state, "hills"), values, periods);
        log_weights[k] += (bias == ADD ? -energy : energy) / temperature;
    }
}

/* What a buffer is drawn from, and what of it. */
struct drawing {
    const struct gd_set *source;
    double *log_weights, *scratch; /* [source->count] */
    size_t *chosen, count;         /* [count] places in the source */
};

/* The logarithms of the weights of all structures. */
static enum gd_status weigh(struct gd_context *context, const struct reweight *reweight, struct drawing *drawing)
{
    const size_t count = drawing->source->count;
    drawing->log_weights = gd_array(count, sizeof *drawing->log_weights);
    drawing->scratch = gd_array(count, sizeof *drawing->scratch);
    if (!drawing->log_weights || !drawing->scratch)
        return gd_no_memory(context->error, "the buffer");
    enum gd_status status = compute_weights(context, &reweight->weights, drawing->source, drawing->log_weights);
    if (!status && reweight->bias != OFF)
        apply_bias(context, reweight->bias, drawing->source, drawing->log_weights);
    return status;
}

/* The effective sample size by the weights: of all structures, or of those that were chosen. */
static double effective(const struct drawing *drawing, bool all)
{
    const size_t count = all ? drawing->source->count : drawing->count;
    for (size_t k = 0; k < count; k++)
        drawing->scratch[k] = drawing->log_weights[all ? k : drawing->chosen[k]];
    gd_weights_from_logs(drawing->scratch, count);
    return gd_effective_sample_size(drawing->scratch, count);
}

/* The size that the buffer gets, of an archive whose effective sample size is `effective_size`: as GO-Diff 1.1
 * (github.com/nronne/go-diff) adapts it with `adapt` 0.2. */
static size_t buffer_size(const struct reweight *reweight, const struct gd_set *former, double effective_size)
{
    const double size = former ? (double)former->count : (double)reweight->size;
    const double adapted = (1 - reweight->adapt) * size + reweight->adapt * effective_size;
    return (size_t)fmin(fmax(round(adapted), (double)reweight->least), (double)reweight->most);
}

/* How many structures the buffer has, those that it has several times counted once. */
static size_t count_distinct(const struct drawing *drawing)
{
    size_t count = 0;
    for (size_t k = 0; k < drawing->count; k++)
        count += k == 0 || drawing->chosen[k] != drawing->chosen[k - 1];
    return count;
}

static void report(const struct gd_context *context, const struct gd_set *buffer, double effective_size)
{
    double lowest = INFINITY, highest = -INFINITY;
    for (size_t k = 0; k < buffer->count; k++) {
        lowest = fmin(lowest, buffer->energies[k]);
        highest = fmax(highest, buffer->energies[k]);
    }
    gd_figure(context, "buffer", (double)buffer->count);
    gd_figure(context, "effective", effective_size);
    gd_figure(context, "lowest", lowest);
    gd_figure(context, "highest", highest);
}

/* Chooses up to `size` structures. */
static enum gd_status choose(const struct reweight *reweight, struct drawing *drawing, size_t size,
                             struct gd_stream *stream, struct gd_error *error)
{
    const size_t count = drawing->source->count;
    drawing->chosen = gd_array(reweight->replace ? size : count, sizeof *drawing->chosen);
    if (!drawing->chosen)
        return gd_no_memory(error, "the buffer");
    if (!reweight->replace)
        return gd_reservoir_sample(drawing->log_weights, count, size, stream, drawing->chosen, &drawing->count, error);
    drawing->count = gd_systematic_sample(drawing->log_weights, count, size, stream, drawing->chosen);
    return GD_OK;
}

static enum gd_status fail_without(const struct gd_context *context, const char *slot, const struct gd_rule_class *rule)
{
    const char *lack = rule ? rule->lack : NULL;
    return gd_fail(context->error, GD_FAILED, "%s: every structure of the %s has weight 0%s%s", context->step, slot,
                   lack ? ": " : "", lack ? lack : "");
}

static enum gd_status draw(struct gd_context *context, const struct reweight *reweight, struct drawing *drawing)
{
    struct gd_stream stream = gd_context_stream(context, 0);
    size_t size = (size_t)reweight->size;
    if (reweight->adapt > 0)
        size = buffer_size(reweight, gd_state_get(context->state, "buffer"), effective(drawing, true));
    enum gd_status status = choose(reweight, drawing, size, &stream, context->error);
    if (!status && drawing->count == 0)
        status =
            fail_without(context, sources[reweight->from], (const struct gd_rule_class *)reweight->weights.component);
    return status;
}

/* With replacement the buffer itself has its shares of the weights, so that those of all structures say how even they
 * are. */
static enum gd_status put_buffer(struct gd_context *context, const struct reweight *reweight,
                                 const struct drawing *drawing)
{
    struct gd_set *buffer = gd_set_copy(drawing->source, drawing->chosen, drawing->count, context->error);
    if (!buffer)
        return context->error->status;
    report(context, buffer, effective(drawing, reweight->replace));
    if (reweight->replace)
        gd_figure(context, "distinct", (double)count_distinct(drawing));
    return gd_state_put(context->state, "buffer", buffer, context->error);
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct reweight *reweight = self;
    const char *slot = sources[reweight->from];
    struct drawing drawing = {.source = gd_state_get(context->state, slot)};
    if (drawing.source->count == 0)
        return gd_fail(context->error, GD_FAILED, "%s: the %s is empty: no structure has been accepted yet",
                       context->step, slot);
    enum gd_status status = weigh(context, reweight, &drawing);
    if (!status)
        status = draw(context, reweight, &drawing);
    if (!status)
        status = put_buffer(context, reweight, &drawing);
    free(drawing.log_weights);
    free(drawing.scratch);
    free(drawing.chosen);
    return status;
}

/* It is drawn from one set alone. A script's weights need no temperature, nor do those of some rules, unless there is a
 * bias, and a size that stays no former buffer. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct reweight *reweight = self;
    if (use == GD_MAY_READ)
        return reweight->adapt > 0;
    if (!strcmp(slot, "archive") || !strcmp(slot, "population"))
        return !strcmp(slot, sources[reweight->from]);
    const struct gd_rule_class *rule = (const struct gd_rule_class *)reweight->weights.component;
    if (!strcmp(slot, "hills") || !strcmp(slot, "system"))
        return reweight->bias != OFF;
    return reweight->bias != OFF || (rule && !rule->untempered) || strcmp(slot, "temperature") != 0;
}

/* Says that all structures which are ever evaluated are in the buffer, whatever their weights. */
static void doubt_size(struct gd_check *check, const struct reweight *reweight)
{
    if (reweight->replace)
        return;
    const struct gd_rule_class *rule = (const struct gd_rule_class *)reweight->weights.component;
    const double all = gd_tally_all(check);
    if (reweight->from == ARCHIVE && reweight->adapt == 0 && rule && !rule->untempered && (double)reweight->size >= all)
        gd_check_warning(check, "size",
                         "the buffer of %lld takes all structures that the run evaluates, at most %g, whatever their "
                         "weights: half as many as a step draws are usual",
                         (long long)reweight->size, all);
}

/* Says that nothing in the archive can have a weight of its path. */
static void check_paths(struct gd_check *check, const struct reweight *reweight)
{
    const struct gd_step *loser;
    if (reweight->weights.component != &gd_rule_paths.base || gd_tally_weighed(check, &loser))
        return;
    if (loser)
        gd_check_problem(
            check, "weights",
            "%s takes the weights of paths away, because it moves structures or chooses some: put evaluate "
            "right behind the step that draws",
            loser->id);
    else
        gd_check_problem(check, "weights",
                         "no step before this one keeps the weights of paths: add path_weights: true to those that "
                         "draw, and evaluate behind them");
}

static void check(struct gd_check *check, const void *self)
{
    const struct reweight *reweight = self;
    doubt_size(check, reweight);
    check_paths(check, reweight);
    const struct gd_rule_class *rule = (const struct gd_rule_class *)reweight->weights.component;
    const struct gd_model *model = gd_state_get(check->state, "model");
    const struct gd_head_class *head = model ? gd_model_score_head(model) : NULL;
    if (rule && rule->conditional && head && !head->conditioned)
        gd_check_problem(check, "weights",
                         "%s is for models that are told the rank of the energy: choose boltzmann, or heads: [%s] of "
                         "the model",
                         rule->base.name, gd_head_conditioned_score.name);
    if (reweight->adapt > 0 && reweight->least > reweight->most)
        gd_check_problem(check, "least", "%lld is above most, %lld", (long long)reweight->least,
                         (long long)reweight->most);
    else if (reweight->adapt > 0 && reweight->least == reweight->most)
        gd_check_warning(check, "adapt", "has no effect: least and most are both %lld", (long long)reweight->least);
}

const struct gd_stage gd_stage_reweight = {
    .name = "reweight",
    .summary = "Draws the buffer to train on, by default from the archive with weights exp(-E/T).",
    .params = rows,
    .size = sizeof(struct reweight),
    .reads = (const char *const[]){"archive", "population", "temperature", "system", "hills", NULL},
    .may_read = (const char *const[]){"buffer", NULL},
    .writes = (const char *const[]){"buffer", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
