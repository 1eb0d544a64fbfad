/* Stage `train`: the network learns the score of the buffer's structures, weighted by exp(-E/T). */
#include <math.h>
#include <string.h>

#include "model/network.h"
#include "potentials/potential.h"
#include "stages/draw.h"
#include "stages/stop.h"
#include "stages/tally.h"
#include "stages/trainer.h"

enum { MUCH = 32 }; /* times what is usual: hardly meant so */

static const char *const weight_names[] = {"boltzmann", "uniform", NULL};

static const char *const goal_names[] = {"denoise", "force", "mix", "adjoint", "adjoint_mix", "pairs", NULL};

static const struct gd_param force_rows[] = {
    {.name = "weight",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_force_training, weight),
     .initial = "10",
     .min = 0,
     .max = 1e6,
     .help = "factor of the forces' loss beside the score's; 0: the force head is not trained"},
    {.name = "huber",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_force_training, huber),
     .initial = "0.1",
     .min = 0,
     .max = 1e6,
     .unit = "eV/Å",
     .help = "length of an error up to which it is squared; longer ones count linearly (Huber); 0: all are squared"},
    {.name = "cap",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_force_training, cap),
     .initial = "0",
     .min = 0,
     .max = 1e9,
     .unit = "eV/Å",
     .help = "longer forces are learned as if they were so long; 0: no limit"},
    {0},
};

static const struct gd_param energy_rows[] = {
    {.name = "weight",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_energy_training, weight),
     .initial = "10",
     .min = 0,
     .max = 1e6,
     .help = "factor of the energies' loss beside the score's; 0: the energy head is not trained"},
    {.name = "huber",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_energy_training, huber),
     .initial = "0.1",
     .min = 0,
     .max = 1e6,
     .unit = "eV",
     .help = "error up to which it is squared; larger ones count linearly (Huber); 0: all are squared"},
    {0},
};

static const struct gd_param rows[] = {
    {.name = "steps",
     .type = GD_INT,
     .offset = offsetof(struct gd_training, steps),
     .initial = "8000",
     .example = "3",
     .min = 1,
     .max = 1e9,
     .help = "optimisation steps"},
    {.name = "batch",
     .type = GD_INT,
     .offset = offsetof(struct gd_training, batch),
     .initial = "16",
     .example = "2",
     .min = 1,
     .max = 1e5,
     .help = "structures per optimisation step"},
    {.name = "rate",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_training, rate),
     .initial = "1e-4",
     .min = 0,
     .max = 1,
     .above_min = true,
     .help = "learning rate"},
    {.name = "decay",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_training, decay),
     .initial = "0.01",
     .min = 0,
     .max = 10,
     .help = "weight decay of AdamW"},
    {.name = "clip",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_training, clip),
     .initial = "10",
     .min = 0,
     .max = 1e9,
     .help = "largest norm of the gradient; 0: no limit"},
    {.name = "average",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_training, average),
     .initial = "0",
     .min = 0,
     .max = 0.5,
     .help = "the model becomes the average of the parameters after each step, whose mean age is this share of the "
             "steps; 0: it has those of the last step"},
    {.name = "validation",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_training, validation),
     .initial = "0.1",
     .min = 0,
     .max = 0.9,
     .help = "fraction of the buffer used for validation"},
    {.name = "patience",
     .type = GD_INT,
     .offset = offsetof(struct gd_training, patience),
     .initial = "100",
     .min = 1,
     .max = 1e9,
     .unit = "epochs",
     .needs = "validation",
     .help = "epochs without a lower validation loss before the rate is reduced"},
    {.name = "factor",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_training, factor),
     .initial = "0.95",
     .min = 0,
     .max = 1,
     .above_min = true,
     .needs = "validation",
     .help = "factor of the reduction"},
    {.name = "weights",
     .type = GD_CHOICE,
     .offset = offsetof(struct gd_training, weights),
     .choices = weight_names,
     .initial = "boltzmann",
     .help = "weights of the structures in the loss: exp(-E/T), or uniform (the buffer is already drawn by weight)"},
    {.name = "goal",
     .type = GD_CHOICE,
     .offset = offsetof(struct gd_training, goal),
     .choices = goal_names,
     .initial = "denoise",
     .help =
         "what the score is fitted to. denoise: the noise; force: the force of the structure without noise, over T; "
         "mix: the force where the noise is small, and else the noise; adjoint: the control of Adjoint Sampling, "
         "for `sample` with start: origin; adjoint_mix: the same, where the noise is large with less of the force and "
         "more of the structure's own path; pairs: what `estimate` has found, all with the same weight"},
    {.name = "stiffness",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_training, stiffness),
     .initial = "5",
     .max = 1e6,
     .above_min = true,
     .unit = "eV/Å²",
     .needs = "goal=mix|goal=adjoint_mix",
     .help = "curvature k of a basin: noise is small where it is below (T/k)^1/2"},
    {.name = "force_limit",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_training, force_limit),
     .initial = "100",
     .max = 1e9,
     .unit = "1/Å",
     .needs = "goal=force|goal=mix|goal=adjoint|goal=adjoint_mix",
     .help = "a longer force over T counts as if it were so long; 0: no limit"},
    {.name = "length",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_training, length),
     .initial = "1",
     .max = 1e6,
     .above_min = true,
     .unit = "Å",
     .needs = "goal=pairs",
     .help = "noise up to which errors of the score count as much as the noise is large: they are squared times "
             "s²/(1 + s²/length²)"},
    {.name = "huber",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_training, huber),
     .initial = "10",
     .min = 0,
     .max = 1e9,
     .needs = "goal=pairs",
     .help = "error of a noised energy, in units of T, up to which it is squared, for models with that head; larger "
             "ones count linearly "
             "(Huber); 0: all are squared"},
    {.name = "untold",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_training, untold),
     .initial = "0.15",
     .max = 1,
     .help = "share of structures that are learned without the rank of their energy, by models that are told it"},
    {.name = "table",
     .type = GD_BOOL,
     .offset = offsetof(struct gd_training, table),
     .initial = "false",
     .help = "interpolate filters and their gradients from a table, within 1e-6; faster from some thousand pairs of "
             "atoms per batch"},
    {.name = "stop",
     .type = GD_COMPONENT,
     .offset = offsetof(struct gd_training, stop),
     .optional = true,
     .kind = "stop",
     .help = "what ends training before all steps are done"},
    {.name = "forces",
     .type = GD_GROUP,
     .offset = offsetof(struct gd_training, forces),
     .rows = force_rows,
     .help = "training of the force head, for models that have one"},
    {.name = "energies",
     .type = GD_GROUP,
     .offset = offsetof(struct gd_training, energies),
     .rows = energy_rows,
     .help = "training of the energy head, for models that have one"},
    {.name = "archive_batch",
     .type = GD_INT,
     .offset = offsetof(struct gd_training, archive_batch),
     .initial = "0",
     .min = 0,
     .max = 1e5,
     .needs = "forces.weight|energies.weight",
     .help = "structures of the archive per optimisation step, for forces and energies; 0: a quarter of `batch`"},
    {0},
};

static enum gd_status run(struct gd_context *context, void *self)
{
    return gd_train(context, self);
}

/* Says that an optimisation step has the same few structures again and again. What the buffer holds is known when
 * `reweight` draws it, and then it is not more than the archive. */
static void doubt_batch(struct gd_check *check, const struct gd_training *training)
{
    const struct gd_step *writer = gd_tally_writer(check, "buffer");
    if (training->goal == GD_GOAL_PAIRS || !writer || !writer->stage || strcmp(writer->stage->name, "reweight") != 0)
        return;
    const bool adapts = gd_tally_number(writer, "adapt") > 0;
    const double size = gd_tally_number(writer, adapts ? "most" : "size"), buffer = fmin(size, gd_tally_before(check));
    if ((double)training->batch > MUCH * buffer)
        gd_check_warning(
            check, "batch",
            "%lld structures per step, and %g in the buffer: each is in a step many times, which takes long",
            (long long)training->batch, buffer);
}

/* Says that weights which a bias has changed in the buffer are undone in the loss. */
static void doubt_weights(struct gd_check *check, const struct gd_training *training)
{
    const struct gd_step *writer = gd_tally_writer(check, "buffer");
    if (writer && writer->stage && training->weights == GD_WEIGHTS_BOLTZMANN && training->goal != GD_GOAL_PAIRS &&
        gd_stage_uses(writer->stage, writer->self, "hills", GD_READS))
        gd_check_warning(check, "weights",
                         "boltzmann weighs the buffer by exp(-E/T) once more, against the bias of %s: choose uniform",
                         writer->id);
}

/* Says that a parameter of a head is for nothing, when the model does not have the head. */
static void check_head(struct gd_check *check, const struct gd_head_class *head, const char *key)
{
    const struct gd_model *model = gd_state_get(check->state, "model");
    if (model && !gd_model_has_head(model, head))
        gd_check_unused(check, key, "has no effect: the model has no head \"%s\"", head->name);
}

static void check_adjoint(struct gd_check *check, const struct gd_training *training)
{
    gd_open_check(check, "goal", goal_names[training->goal]);
    if (training->weights != GD_WEIGHTS_UNIFORM)
        gd_check_problem(check, "weights",
                         "the draws that a control is fitted to have the weights that they are drawn with, and would "
                         "count twice: choose uniform");
}

static void check(struct gd_check *check, const void *self)
{
    const struct gd_training *training = self;
    const struct gd_potential *potential = gd_state_get(check->state, "potential");
    const bool forces = training->goal != GD_GOAL_DENOISE && training->goal != GD_GOAL_PAIRS;
    if (forces && potential && gd_potential_lacks_forces(potential))
        gd_check_problem(check, "goal", "%s needs forces, and the potential has energies alone: choose denoise",
                         goal_names[training->goal]);
    if (gd_goal_is_pinned(training->goal))
        check_adjoint(check, training);
    const struct gd_model *model = gd_state_get(check->state, "model");
    const struct gd_head_class *head = model ? gd_model_score_head(model) : NULL;
    if (head && head->score == GD_SCORE_SLOPE && training->goal != GD_GOAL_PAIRS)
        gd_check_problem(check, "goal",
                         "the model's score is the slope of %s, which has no %s loss: choose pairs, after a step "
                         "estimate",
                         head->name, goal_names[training->goal]);
    if (head && head->conditioned && training->goal == GD_GOAL_PAIRS)
        gd_check_problem(
            check, "goal",
            "the model is told the rank of energies, and the structures that estimate finds goals for have "
            "none: choose denoise");
    if (head && !head->conditioned)
        gd_check_unused(check, "untold", "has no effect: the model has no head \"%s\"", gd_head_conditioned_score.name);
    if (head && head->conditioned && training->untold == 1)
        gd_check_warning(check, "untold",
                         "no structure is learned with the rank of its energy, so that nothing can be "
                         "asked for by sample: choose less than 1");
    check_head(check, &gd_head_force, "forces");
    check_head(check, &gd_head_energy, "energies");
    doubt_batch(check, training);
    doubt_weights(check, training);
    if (training->archive_batch > MUCH * training->batch)
        gd_check_warning(check, "archive_batch",
                         "%lld structures of the archive per step, beside %lld of the buffer: a step takes about %lld "
                         "times as long",
                         (long long)training->archive_batch, (long long)training->batch,
                         (long long)(training->archive_batch / training->batch));
    const struct gd_stop_class *stop = (const struct gd_stop_class *)training->stop.component;
    if (stop && stop->validation && training->validation == 0)
        gd_check_problem(check, "stop", "%s needs a validation loss, but validation is 0", stop->base.name);
}

/* Equal weights need no temperature, unless forces are divided by it. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct gd_training *training = self;
    (void)use;
    const bool pairs = training->goal == GD_GOAL_PAIRS;
    if (!strcmp(slot, "temperature"))
        return !pairs && (training->weights == GD_WEIGHTS_BOLTZMANN || training->goal != GD_GOAL_DENOISE);
    return pairs ? strcmp(slot, "buffer") != 0 : strncmp(slot, "goal", 4) != 0;
}

const struct gd_stage gd_stage_train = {
    .name = "train",
    .summary = "Trains the model on the buffer with the Boltzmann-weighted score-matching loss.",
    .params = rows,
    .size = sizeof(struct gd_training),
    .reads = (const char *const[]){"system", "model", "buffer", "goals", "temperature", NULL},
    .may_read = (const char *const[]){"archive", "batch", "goal_energies", NULL}, /* for forces and energies */
    .writes = (const char *const[]){"model", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
