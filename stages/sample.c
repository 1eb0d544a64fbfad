/* Stage `sample`: structures drawn from the model by the reverse process. */
#include <string.h>

#include "model/head.h"
#include "stages/doubt.h"
#include "stages/draw.h"
#include "stages/tally.h"
#include "stages/trainer.h"

struct sample {
    struct gd_draw draw;
    struct gd_draw_guide guide;
};

static const struct gd_param finish_rows[] = {
    {.name = "steps",
     .type = GD_INT,
     .offset = offsetof(struct gd_finish, steps),
     .initial = "0",
     .min = 0,
     .max = 1e6,
     .help = "steps at most; 0: no relaxation"},
    {.name = "fmax",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_finish, fmax),
     .initial = "0.05",
     .min = 0,
     .max = 1e6,
     .unit = "eV/Å",
     .needs = "steps",
     .help = "longest predicted force at which a structure has finished"},
    {.name = "cap",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_finish, cap),
     .initial = "0.1",
     .min = 0,
     .max = 10,
     .above_min = true,
     .unit = "Å",
     .needs = "steps",
     .help = "longest move of an atom in a step"},
    {.name = "reach",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_finish, reach),
     .initial = "2",
     .min = 0,
     .max = 1e6,
     .above_min = true,
     .unit = "Å",
     .needs = "steps",
     .help = "a structure one of whose atoms has gone farther is put back"},
    {.name = "clash",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_finish, clash),
     .initial = "1",
     .min = 0,
     .max = 100,
     .unit = "Å",
     .needs = "steps",
     .help = "so is a structure with two atoms closer than this"},
    {0},
};

static const struct gd_param condition_rows[] = {
    {.name = "rank",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_condition, rank),
     .initial = "0.05",
     .max = 1,
     .help = "rank of the energy that is asked for among those of the buffer; 0: the lowest, 1: the highest"},
    {.name = "weight",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_condition, weight),
     .initial = "1",
     .max = 100,
     .help = "w: the score is (1 + w) times that of the rank, less w times that of no rank in particular"},
    {0},
};

static const char *const force_names[] = {"model", "potential", NULL};

static const struct gd_param rows[] = {
    GD_DRAW_ROWS(NULL),
    {.name = "guidance",
     .type = GD_COMPONENT,
     .offset = offsetof(struct sample, guide.guidance),
     .kind = "guidance",
     .initial = "off",
     .help = "moves along forces between the steps"},
    {.name = "finish",
     .type = GD_GROUP,
     .offset = offsetof(struct sample, guide.finish),
     .rows = finish_rows,
     .help = "relaxation of the drawn structures by L-BFGS, before they are evaluated"},
    {.name = "limit",
     .type = GD_FLOAT,
     .offset = offsetof(struct sample, guide.limit),
     .initial = "1000",
     .min = 0,
     .max = 1e12,
     .above_min = true,
     .unit = "eV/Å",
     .needs = "guidance|finish.steps",
     .help = "a structure with a longer force is not moved by guidance and relaxation"},
    {.name = "extrapolation",
     .type = GD_FLOAT,
     .offset = offsetof(struct sample, guide.extrapolation),
     .initial = "0",
     .min = 0,
     .max = 1e6,
     .unit = "Å",
     .needs = "guidance|finish.steps",
     .help = "a structure farther than this from all of the archive, by the fingerprint `distances`, is not moved by "
             "guidance and relaxation; 0: however far it is"},
    {.name = "forces",
     .type = GD_CHOICE,
     .offset = offsetof(struct sample, guide.forces),
     .choices = force_names,
     .initial = "model",
     .needs = "guidance|finish.steps",
     .help =
         "where guidance and relaxation take forces from: the force head, or (for experiments) the exact ones, which "
         "are counted as oracle_evaluations"},
    {.name = "path_weights",
     .type = GD_BOOL,
     .offset = offsetof(struct sample, draw.path_weights),
     .initial = "false",
     .help = "keeps with every structure the weight 1/p of the path that drew it, for weights: paths of reweight; the "
             "last step then has noise as well"},
    {.name = "condition",
     .type = GD_GROUP,
     .offset = offsetof(struct sample, guide.condition),
     .rows = condition_rows,
     .help = "what is asked of models that are told the rank of the energy"},
    {0}};

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct sample *sample = self;
    return gd_draw_from_model(context, &sample->draw, &sample->guide);
}

static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct sample *sample = self;
    (void)use;
    if (strcmp(slot, "potential") == 0 && sample->guide.forces == GD_FORCES_POTENTIAL && gd_draw_guided(&sample->guide))
        return true;
    if (strcmp(slot, "archive") == 0 && sample->guide.extrapolation > 0 && gd_draw_guided(&sample->guide))
        return true;
    return gd_draw_uses(&sample->draw, slot);
}

/* Says that the score of no rank in particular is subtracted, which nothing has been learned of. */
static void doubt_condition(struct gd_check *check, const struct sample *sample)
{
    const struct gd_step *writer = gd_tally_writer(check, "model");
    if (sample->guide.condition.weight > 0 && writer && writer->stage && strcmp(writer->stage->name, "train") == 0 &&
        gd_tally_number(writer, "untold") == 0)
        gd_check_warning(
            check, "condition.weight",
            "the score of no rank in particular is taken off, which %s has not trained with untold: 0: choose "
            "weight: 0, or untold above 0",
            writer->id);
}

/* Says that a control is drawn from as if it were a score, or the other way round. */
static void doubt_start(struct gd_check *check, const struct sample *sample)
{
    const struct gd_step *writer = gd_tally_writer(check, "model");
    if (!writer || !writer->stage || strcmp(writer->stage->name, "train") != 0)
        return;
    const struct gd_training *training = writer->self;
    const bool control = gd_goal_is_pinned(training->goal);
    if (control != (sample->draw.start == GD_START_ORIGIN))
        gd_check_warning(check, "start",
                         control ? "%s trains a control, which is no score: choose start: origin"
                                 : "%s trains a score, which is no control: choose another start, or "
                                   "goal: adjoint there",
                         writer->id);
}

/* Forces of the model need its head for them. */
static void check(struct gd_check *check, const void *self)
{
    const struct sample *sample = self;
    const struct gd_model *model = gd_state_get(check->state, "model");
    const struct gd_head_class *head = model ? gd_model_score_head(model) : NULL;
    gd_draw_check(check, &sample->draw);
    doubt_start(check, sample);
    if (sample->draw.path_weights && gd_draw_guided(&sample->guide))
        gd_check_problem(
            check, "path_weights",
            "paths that are guided or relaxed have no weight: choose guidance: off and finish: {steps: 0}");
    if (sample->guide.finish.steps > 0)
        gd_doubt_fmax(check, "finish.fmax", sample->guide.finish.fmax);
    if (head && !head->conditioned)
        gd_check_unused(check, "condition", "has no effect: the model has no head \"%s\"",
                        gd_head_conditioned_score.name);
    else if (head)
        doubt_condition(check, sample);
    if (gd_draw_guided(&sample->guide) && sample->guide.forces == GD_FORCES_MODEL && model &&
        !gd_model_has_head(model, &gd_head_force))
        gd_check_problem(check, sample->guide.finish.steps > 0 ? "finish" : "guidance",
                         "the model predicts no forces: add force to its heads, or choose forces: potential");
    else if (gd_draw_guided(&sample->guide) && sample->guide.forces == GD_FORCES_MODEL &&
             !gd_check_stepped(check, "model"))
        gd_check_warning(check, sample->guide.finish.steps > 0 ? "finish" : "guidance",
                         "no step before this one trains the model or loads one: its forces are random numbers");
}

const struct gd_stage gd_stage_sample = {
    .name = "sample",
    .summary = "Draws structures from the model by the reverse process.",
    .params = rows,
    .size = sizeof(struct sample),
    .reads = (const char *const[]){"system", "noise", "model", NULL},
    .may_read = GD_DRAW_MAY_READ,
    .writes = (const char *const[]){"batch", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
