#include "potentials/external/worker.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"

static const double patience_to_start = 600, patience_to_leave = 2; /* s */

enum gd_status gd_worker_init(struct gd_worker *worker, const struct gd_pool_settings *settings, int number,
                              struct gd_error *error)
{
    *worker = (struct gd_worker){.settings = settings,
                                 .number = number,
                                 .places = gd_array(settings->batch, sizeof *worker->places),
                                 .atoms = gd_array(settings->batch, sizeof *worker->atoms),
                                 .answered = gd_array(settings->batch, sizeof *worker->answered)};
    return worker->places && worker->atoms && worker->answered ? GD_OK : gd_no_memory(error, "a worker");
}

static void stop(struct gd_worker *worker, double patience)
{
    gd_subprocess_stop(&worker->process, patience);
    worker->state = GD_WORKER_ABSENT;
    worker->out.at = worker->out.length = worker->in.at = worker->in.length = 0;
}

void gd_worker_kill(struct gd_worker *worker)
{
    stop(worker, 0);
}

void gd_worker_clear(struct gd_worker *worker)
{
    stop(worker, worker->state == GD_WORKER_IDLE ? patience_to_leave : 0);
    free(worker->out.data);
    free(worker->in.data);
    free(worker->places);
    free(worker->atoms);
    free(worker->answered);
}

enum gd_status gd_worker_start(struct gd_worker *worker, struct gd_error *error)
{
    static const char *const counts[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "GODIFF_WORKER"};
    enum { COUNTS = sizeof counts / sizeof *counts };
    char variables[COUNTS][40];
    const char *environment[COUNTS + 1] = {0};
    for (int k = 0; k < COUNTS; k++) {
        snprintf(variables[k], sizeof variables[k], "%s=%d", counts[k],
                 k == COUNTS - 1 ? worker->number : worker->settings->threads);
        environment[k] = variables[k];
    }
    struct gd_error why = {0};
    enum gd_status status = gd_subprocess_start(&worker->process, worker->settings->arguments, environment, &why);
    if (status)
        return gd_fail(error, status, "%s: %s", worker->settings->name, why.text);
    worker->state = GD_WORKER_STARTING;
    worker->deadline = gd_clock() + patience_to_start;
    return GD_OK;
}

/* The time for what it has in hand begins: one evaluation, or a request that it takes all at once. */
static void set_deadline(struct gd_worker *worker)
{
    const double evaluations = worker->many ? (double)worker->count : 1;
    worker->deadline = gd_clock() + evaluations * worker->settings->timeout;
}

enum gd_status gd_worker_send(struct gd_worker *worker, struct gd_queue *queue, size_t most, struct gd_error *error)
{
    const struct gd_structure *structures = queue->batch->structures;
    worker->count =
        gd_queue_take(queue, most < worker->settings->batch ? most : worker->settings->batch, worker->places);
    if (worker->count == 0)
        return GD_OK;
    worker->unanswered = worker->count;
    for (size_t k = 0; k < worker->count; k++) {
        worker->answered[k] = false;
        worker->atoms[k] = structures[worker->places[k]].count;
    }
    worker->state = GD_WORKER_BUSY;
    worker->sent = gd_clock();
    worker->out.at = worker->out.length = 0;
    set_deadline(worker);
    return gd_frame_add_request(&worker->out, structures, worker->places, worker->count, worker->settings->forces)
               ? GD_OK
               : gd_no_memory(error, "a request");
}

/* --- Losses ------------------------------------------------------------------------------------------------------- */

/* "WHAT" and the last words of a stopped worker, as a new string; NULL when out of memory. */
static char *explain(struct gd_worker *worker, const char *what)
{
    const char *words = gd_subprocess_last_words(&worker->process);
    return *words ? gd_format("%s: %s", what, words) : gd_string(what);
}

/* A structure whose evaluation was lost is to blame when it was the one being evaluated. */
static void give_back(struct gd_worker *worker, struct gd_queue *queue, const char *why)
{
    bool blamed = worker->many && worker->count > 1;
    for (size_t k = 0; k < worker->count; k++) {
        if (worker->answered[k])
            continue;
        if (blamed)
            gd_queue_give_back(queue, worker->places[k], worker->many);
        else
            gd_queue_blame(queue, worker->places[k], why);
        blamed = true;
    }
    worker->count = worker->unanswered = 0;
}

/* Stops it. `what`: why; NULL: it has died. */
static enum gd_status lose(struct gd_worker *worker, struct gd_queue *queue, const char *what, struct gd_error *error)
{
    char end[80], text[240];
    const bool starting = worker->state == GD_WORKER_STARTING;
    stop(worker, 0);
    snprintf(text, sizeof text, "the worker %s",
             what ? what : gd_subprocess_describe_end(&worker->process, end, sizeof end));
    char *why = explain(worker, text);
    if (!why)
        return gd_no_memory(error, "a message");
    enum gd_status status = GD_OK;
    if (starting)
        status = gd_fail(error, GD_FAILED, "%s: %s", worker->settings->name, why);
    else
        give_back(worker, queue, why);
    free(why);
    return status;
}

/* --- What comes from it ------------------------------------------------------------------------------------------- */

static enum gd_status greet(struct gd_worker *worker, const struct gd_frame_view *frame)
{
    cJSON *json = NULL;
    if (worker->state != GD_WORKER_STARTING || gd_json_read(frame->body, frame->length, &json))
        return GD_BAD_INPUT;
    worker->many = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "many"));
    const char *about = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "about"));
    gd_print(worker->about, sizeof worker->about, "%s", about ? about : "");
    cJSON_Delete(json);
    worker->state = GD_WORKER_IDLE;
    return GD_OK;
}

/* Writes a result into its structure. */
static void store(struct gd_structure *structure, const struct gd_frame_result *result)
{
    structure->energy = result->energy;
    if (result->forces)
        memcpy(structure->forces, result->forces, structure->count * sizeof *structure->forces);
    for (size_t i = 0; i < structure->count && !result->forces; i++)
        structure->forces[i][0] = structure->forces[i][1] = structure->forces[i][2] = NAN;
}

static enum gd_status take_result(struct gd_worker *worker, struct gd_queue *queue, const struct gd_frame_view *frame,
                                  struct gd_error *error)
{
    struct gd_frame_result result;
    if (worker->state != GD_WORKER_BUSY || !gd_frame_read_result(frame, worker->atoms, worker->count, &result) ||
        worker->answered[result.index] || (!result.failed && worker->settings->forces && !result.forces))
        return GD_BAD_INPUT;
    const size_t place = worker->places[result.index];
    char *why = result.failed ? gd_format("%.*s", (int)result.length, result.text) : NULL;
    if (result.failed && !why)
        return gd_no_memory(error, "a message");
    if (!result.failed)
        store(&queue->batch->structures[place], &result);
    worker->answered[result.index] = true;
    worker->state = --worker->unanswered ? GD_WORKER_BUSY : GD_WORKER_IDLE;
    worker->pace = (gd_clock() - worker->sent) / (double)(worker->count - worker->unanswered);
    if (!worker->many)
        set_deadline(worker);
    gd_queue_finish(queue, place, why);
    free(why);
    return GD_OK;
}

/* GD_BAD_INPUT: it is no frame of the protocol. */
static enum gd_status take_frame(struct gd_worker *worker, struct gd_queue *queue, const struct gd_frame_view *frame,
                                 struct gd_error *error)
{
    switch (frame->kind) {
    case GD_FRAME_HELLO:
        return greet(worker, frame);
    case GD_FRAME_RESULT:
        return take_result(worker, queue, frame, error);
    case GD_FRAME_FATAL:
        return gd_fail(error, GD_FAILED, "%s: %.*s", worker->settings->name, (int)frame->length, frame->body);
    default:
        return GD_BAD_INPUT;
    }
}

static enum gd_status take_frames(struct gd_worker *worker, struct gd_queue *queue, struct gd_error *error)
{
    struct gd_frame_view frame;
    struct gd_bytes *in = &worker->in;
    enum gd_status status = GD_OK;
    bool broken = false;
    while (!status && gd_frame_next(in, &frame, &broken))
        status = take_frame(worker, queue, &frame, error);
    if (status == GD_BAD_INPUT || broken)
        return lose(worker, queue, "sent what is no answer", error);
    if (in->at)
        memmove(in->data, in->data + in->at, in->length - in->at);
    in->length -= in->at;
    in->at = 0;
    return status;
}

/* --- Reading and writing ------------------------------------------------------------------------------------------ */

/* Writes what the pipe takes. */
static void write_some(struct gd_worker *worker)
{
    struct gd_bytes *out = &worker->out;
    ssize_t length = 1;
    while (out->at < out->length && length > 0) {
        length = write(worker->process.input, out->data + out->at, out->length - out->at);
        out->at += length > 0 ? (size_t)length : 0;
    }
}

/* Reads what is there; *end: nothing will come any more. */
static enum gd_status read_some(struct gd_worker *worker, bool *end, struct gd_error *error)
{
    char bytes[65536];
    ssize_t length = 1;
    while (length > 0) {
        length = read(worker->process.output, bytes, sizeof bytes);
        if (length > 0 && !gd_bytes_add(&worker->in, bytes, (size_t)length))
            return gd_no_memory(error, "an answer");
    }
    *end = length == 0 || (errno != EAGAIN && errno != EINTR);
    return GD_OK;
}

enum gd_status gd_worker_step(struct gd_worker *worker, struct gd_queue *queue, bool check_alive,
                              struct gd_error *error)
{
    bool end = false;
    if (worker->state == GD_WORKER_ABSENT)
        return GD_OK;
    write_some(worker);
    gd_subprocess_listen(&worker->process);
    enum gd_status status = read_some(worker, &end, error);
    if (!status)
        status = take_frames(worker, queue, error);
    if (status || worker->state == GD_WORKER_ABSENT)
        return status;
    if (end || (check_alive && gd_subprocess_ended(&worker->process)))
        return lose(worker, queue, NULL, error);
    if (worker->state != GD_WORKER_IDLE && gd_clock() > worker->deadline) {
        char what[120];
        if (worker->state == GD_WORKER_STARTING)
            snprintf(what, sizeof what,
                     "was not ready after %g s (it loads for too long, or sends no hello: see docs/worker-protocol.md)",
                     patience_to_start);
        else
            snprintf(what, sizeof what, "took longer than %g s (timeout)", worker->settings->timeout);
        return lose(worker, queue, what, error);
    }
    return GD_OK;
}
