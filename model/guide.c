#include "model/guide.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/lbfgs.h"
#include "atoms/overlap.h"
#include "engine/base/memory.h"
#include "model/backend.h"

#define FINISH_MEMORY 10

struct gd_guide_work {
    const struct gd_guide *guide;
    struct gd_backend *backend;
    size_t structures, atoms, fixed, mobile;
    struct gd_lbfgs *lbfgs;
    float *there;                      /* [structures][mobile][3] on the backend: forces, then moves */
    float *host;                       /* the same */
    double *positions;                 /* [structures][atoms][3] */
    double *forces, *direction, *move; /* [structures][mobile][3], [mobile][3] twice */
    double *start;                     /* [structures][atoms][3] where the relaxation began */
    bool *done;                        /* [structures] */
};

static bool guides(const struct gd_guide *guide)
{
    return gd_guidance_acts(guide->type, guide->params);
}

static int memory_of(const struct gd_guide *guide)
{
    int own = guides(guide) ? guide->type->memory(guide->params) : 0;
    return guide->finish.steps > 0 && own < FINISH_MEMORY ? FINISH_MEMORY : own;
}

static bool allocate(struct gd_guide_work *work)
{
    size_t all = work->structures * work->atoms * 3, moving = work->structures * work->mobile * 3;
    int memory = memory_of(work->guide);
    work->lbfgs = memory ? gd_lbfgs_new(work->structures, work->mobile, memory) : NULL;
    work->host = gd_array(moving, sizeof *work->host);
    work->positions = gd_array(all, sizeof *work->positions);
    work->forces = gd_array(moving, sizeof *work->forces);
    work->direction = gd_array(work->mobile, 3 * sizeof *work->direction);
    work->move = gd_array(work->mobile, 3 * sizeof *work->move);
    work->start = gd_array(all, sizeof *work->start);
    work->done = gd_array(work->structures, sizeof *work->done);
    return (work->lbfgs || !memory) && work->host && work->positions && work->forces && work->direction && work->move &&
           work->start && work->done;
}

enum gd_status gd_guide_work_new(struct gd_guide_work **work, const struct gd_stride *stride, struct gd_error *error)
{
    const struct gd_guide *guide = stride->sampling->guide;
    *work = NULL;
    if (!guide || (!guides(guide) && guide->finish.steps == 0))
        return GD_OK;
    struct gd_guide_work *made = gd_array(1, sizeof *made);
    if (!made)
        return gd_no_memory(error, "a draw's guidance");
    const struct gd_set *set = &stride->set;
    *made = (struct gd_guide_work){.guide = guide,
                                   .backend = stride->backend,
                                   .structures = set->count,
                                   .atoms = set->atoms,
                                   .fixed = set->fixed,
                                   .mobile = set->atoms - set->fixed};
    size_t bytes = made->structures * made->mobile * 3 * sizeof *made->there;
    enum gd_status status = gd_backend_alloc(stride->backend, &made->there, bytes, "a draw's guidance", error);
    if (!status && !allocate(made))
        status = gd_no_memory(error, "a draw's guidance");
    if (status)
        gd_guide_work_free(made);
    else
        *work = made;
    return status;
}

void gd_guide_work_free(struct gd_guide_work *work)
{
    if (!work)
        return;
    work->backend->type->release(work->backend, work->there);
    gd_lbfgs_free(work->lbfgs);
    free(work->host);
    free(work->positions);
    free(work->forces);
    free(work->direction);
    free(work->move);
    free(work->start);
    free(work->done);
    free(work);
}

static size_t position_bytes(const struct gd_guide_work *work)
{
    return work->structures * work->atoms * 3 * sizeof *work->positions;
}

static double (*positions_of(const struct gd_guide_work *work, size_t k))[3]
{
    return (double(*)[3])(work->positions + 3 * (work->atoms * k + work->fixed));
}

static double (*forces_of(const struct gd_guide_work *work, size_t k))[3]
{
    return (double(*)[3])(work->forces + 3 * work->mobile * k);
}

/* Positions and forces of all structures, as they are now. */
static enum gd_status look(struct gd_guide_work *work, const struct gd_stride *stride, struct gd_error *error)
{
    const struct gd_sampling *sampling = stride->sampling;
    const struct gd_backend_class *class = work->backend->type;
    size_t count = work->structures * work->mobile * 3;
    if (sampling->stop && sampling->stop(sampling->caller))
        return gd_fail(error, GD_INTERRUPTED, "interrupted in step %s", sampling->name);
    struct gd_error why = {0};
    enum gd_status status = work->guide->forces.evaluate(work->guide->forces.self, &stride->set, work->there, &why);
    if (status)
        return gd_fail(error, status, "%s: forces of the guidance: %s", sampling->name, why.text);
    class->download(work->backend, work->host, work->there, count * sizeof *work->host);
    class->download(work->backend, work->positions, stride->set.positions, position_bytes(work));
    status = class->finish(work->backend, error);
    for (size_t c = 0; c < count; c++)
        work->forces[c] = (double)work->host[c];
    return status;
}

/* Whether the forces on structure k may be followed; counts it where they may not. */
static enum gd_status judge(const struct gd_guide_work *work, size_t k, bool *trusted, struct gd_error *error)
{
    const struct gd_guide *guide = work->guide;
    double longest = gd_longest((const double(*)[3])forces_of(work, k), work->mobile), distance = 0;
    enum gd_status status = GD_OK;
    *trusted = isfinite(longest) && longest <= guide->limit;
    if (!*trusted)
        guide->counts->held++;
    else if (guide->known.most > 0)
        status = guide->known.distance(guide->known.self, work->positions + 3 * work->atoms * k, &distance, error);
    if (distance > guide->known.most) {
        *trusted = false;
        guide->counts->strayed++;
    }
    return status;
}

/* The L-BFGS direction of structure k. */
static void find_direction(const struct gd_guide_work *work, const struct gd_stride *stride, size_t k)
{
    gd_lbfgs_find_direction(work->lbfgs, k, &stride->sampling->system->basis, (const double(*)[3])positions_of(work, k),
                            (const double(*)[3])forces_of(work, k), (double(*)[3])work->direction);
}

/* The move of structure k goes to the others' on the host; not trusted: it is 0. */
static void set_move(struct gd_guide_work *work, size_t k, const double *move)
{
    for (size_t c = 0; c < 3 * work->mobile; c++)
        work->host[3 * work->mobile * k + c] = move ? (float)move[c] : 0;
}

static void move_all(const struct gd_guide_work *work, const struct gd_stride *stride)
{
    size_t bytes = work->structures * work->mobile * 3 * sizeof *work->host;
    work->backend->type->upload(work->backend, work->there, work->host, bytes);
    gd_stride_move(stride, 1, work->there, 0, NULL);
}

enum gd_status gd_guide_step(struct gd_guide_work *work, const struct gd_stride *stride, struct gd_error *error)
{
    const struct gd_guide *guide = work ? work->guide : NULL;
    double time = gd_stride_time(stride, 1, 1);
    if (!work || guide->type->strength(guide->params, time) < GD_GUIDANCE_MIN)
        return GD_OK;
    enum gd_status status = look(work, stride, error);
    if (!status)
        guide->counts->calls += (int64_t)work->structures;
    for (size_t k = 0; k < work->structures && !status; k++) {
        bool trusted;
        status = judge(work, k, &trusted, error);
        if (!trusted) {
            if (work->lbfgs)
                gd_lbfgs_reset(work->lbfgs, k);
            set_move(work, k, NULL);
            continue;
        }
        const struct gd_guided structure = {.atoms = work->mobile,
                                            .forces = (const double(*)[3])forces_of(work, k),
                                            .direction = (const double(*)[3])work->direction,
                                            .time = time,
                                            .pace = gd_stride_time(stride, 1, 0) - time};
        if (guide->type->memory(guide->params))
            find_direction(work, stride, k);
        guide->type->move(guide->params, &structure, (double(*)[3])work->move);
        set_move(work, k, work->move);
    }
    if (!status)
        move_all(work, stride);
    return status;
}

/* --- The relaxation ----------------------------------------------------------------------------------------------- */

/* Takes structure k a step further, or ends it. */
static enum gd_status relax_one(struct gd_guide_work *work, const struct gd_stride *stride, size_t k,
                                struct gd_error *error)
{
    const struct gd_guide *guide = work->guide;
    double longest = gd_longest((const double(*)[3])forces_of(work, k), work->mobile);
    enum gd_status status = GD_OK;
    bool trusted = true;
    if (!work->done[k] && longest <= guide->finish.fmax) {
        work->done[k] = true;
        guide->counts->finished++;
    } else if (!work->done[k]) {
        status = judge(work, k, &trusted, error);
        work->done[k] = !trusted;
    }
    if (work->done[k]) {
        set_move(work, k, NULL);
        return status;
    }
    find_direction(work, stride, k);
    gd_move_limit((double(*)[3])work->direction, work->mobile, guide->finish.cap);
    set_move(work, k, work->direction);
    return status;
}

/* Whether structure k has been moved too far, or atoms too close together. */
static bool misled(const struct gd_guide_work *work, const struct gd_stride *stride, size_t k)
{
    const struct gd_system *system = stride->sampling->system;
    const struct gd_finish *finish = &work->guide->finish;
    double(*now)[3] = positions_of(work, k);
    const double(*then)[3] = (const double(*)[3])(work->start + 3 * (work->atoms * k + work->fixed));
    for (size_t i = 0; i < work->mobile; i++) {
        double way[3] = {now[i][0] - then[i][0], now[i][1] - then[i][1], now[i][2] - then[i][2]};
        if (!(gd_minimum_image(&system->basis, way) <= finish->reach))
            return true;
    }
    struct gd_structure structure = system->structure;
    structure.positions = (double(*)[3])(work->positions + 3 * work->atoms * k);
    return gd_clashes(&structure, &system->basis, work->fixed, finish->clash);
}

static enum gd_status put_back(struct gd_guide_work *work, const struct gd_stride *stride, struct gd_error *error)
{
    const struct gd_backend_class *class = work->backend->type;
    class->download(work->backend, work->positions, stride->set.positions, position_bytes(work));
    enum gd_status status = class->finish(work->backend, error);
    for (size_t k = 0; k < work->structures && !status; k++)
        if (misled(work, stride, k)) {
            memcpy(work->positions + 3 * work->atoms * k, work->start + 3 * work->atoms * k,
                   3 * work->atoms * sizeof *work->start);
            work->guide->counts->put_back++;
        }
    if (!status)
        class->upload(work->backend, stride->set.positions, work->positions, position_bytes(work));
    return status;
}

enum gd_status gd_guide_finish(struct gd_guide_work *work, const struct gd_stride *stride, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    if (!work || work->guide->finish.steps == 0)
        return GD_OK;
    for (size_t k = 0; k < work->structures; k++) {
        gd_lbfgs_reset(work->lbfgs, k);
        work->done[k] = false;
    }
    size_t left = work->structures;
    for (int64_t step = 0; step < work->guide->finish.steps && left > 0 && !status; step++) {
        status = look(work, stride, error);
        if (step == 0)
            memcpy(work->start, work->positions, position_bytes(work));
        work->guide->counts->calls += (int64_t)left;
        left = 0;
        for (size_t k = 0; k < work->structures && !status; k++) {
            status = relax_one(work, stride, k, error);
            left += !work->done[k];
        }
        if (!status)
            move_all(work, stride);
    }
    return status ? status : put_back(work, stride, error);
}
