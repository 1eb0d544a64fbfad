/* The predictor-corrector sampler of Song et al. (ICLR 2021, algorithms 1 and 2): at every time, steps of Langevin
 * dynamics that leave the distribution at that time as it is, and pull back to it what has strayed,
 *
 *     x <- x + ε score(x, t) + √(2ε) z,    ε = 2 (r s(t))²,
 *
 * then one step of the reverse SDE (their reverse-diffusion predictor), the last one without noise:
 *
 *     x <- x + (v - v') score(x, t) + √(v - v') z,    v = s².
 *
 * Their ε is 2 (r ‖z‖/‖score‖)² with norms over the batch. Here 1/s(t), the score's root mean square when the data are
 * narrower than the noise, stands for ‖score‖/‖z‖: a step that depends on where the atoms are would not leave their
 * distribution as it is (it has no bound where the score is 0), and one that depends on the batch would make structures
 * depend on each other. */
#include <math.h>

#include "model/sampler.h"

struct corrected {
    double rho, snr;
    int64_t corrector;
};

static const struct gd_param rows[] = {
    {.name = "corrector",
     .type = GD_INT,
     .offset = offsetof(struct corrected, corrector),
     .initial = "1",
     .min = 1,
     .max = 1000,
     .help = "corrector steps, and so network calls, at every time"},
    {.name = "snr",
     .type = GD_FLOAT,
     .offset = offsetof(struct corrected, snr),
     .initial = "0.16",
     .max = 1,
     .above_min = true,
     .help = "signal-to-noise ratio r of a corrector step; larger steps are less accurate"},
    GD_RHO_ROW(struct corrected, "3"),
    {0},
};

static enum gd_status correct(const struct gd_stride *stride, double t, double snr, struct gd_error *error)
{
    double length = snr * gd_process_spread(stride->sampling->process, t), rate = 2 * length * length;
    enum gd_status status = gd_stride_score(stride, t, stride->scores[0], error);
    if (!status)
        gd_stride_move(stride, rate, stride->scores[0], sqrt(2 * rate), NULL);
    return status;
}

static enum gd_status predict(const struct gd_stride *stride, double t, double rho, struct gd_error *error)
{
    double spread = gd_stride_spread(stride, rho, 0), next = gd_stride_spread(stride, rho, 1);
    double variance = (spread - next) * (spread + next);
    enum gd_status status = gd_stride_score(stride, t, stride->scores[0], error);
    if (!status)
        gd_stride_move(stride, variance, stride->scores[0], next > 0 ? sqrt(variance) : 0, NULL);
    return status;
}

static enum gd_status step(const struct gd_stride *stride, struct gd_error *error)
{
    const struct corrected *corrected = stride->params;
    double t = gd_stride_time(stride, corrected->rho, 0);
    enum gd_status status = GD_OK;
    for (int64_t k = 0; k < corrected->corrector && !status; k++)
        status = correct(stride, t, corrected->snr, error);
    return status ? status : predict(stride, t, corrected->rho, error);
}

static int64_t calls(const void *params, int64_t steps)
{
    const struct corrected *corrected = params;
    return steps * (1 + corrected->corrector);
}

const struct gd_sampler_class gd_sampler_predictor_corrector = {
    .base = {.name = "predictor-corrector",
             .summary =
                 "the reverse SDE, with Langevin steps at every time; N (1 + corrector) network calls in N steps",
             .params = rows,
             .size = sizeof(struct corrected)},
    .step = step,
    .calls = calls,
};
