/* Operations within one atom or one row: norms, mixing, gates, copies, and the radial basis. All of them are bound by
 * memory: every array is read or written once, by neighbouring threads, in the order in which it lies. */
#include "cuda/launch.h"

/* Per row: scalars + 3 vectors numbers read, scalars + vectors written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) norms(const struct gd_norms a)
{
    int width = a.scalars + a.vectors;
    struct place at = place_of(a.rows, width);
    if (!at.inside)
        return;
    float *joined = a.joined + at.in(width);
    if (at.column < a.scalars) {
        *joined = a.s[at.in(a.scalars)];
        return;
    }
    size_t stride = 2 * (size_t)a.vectors;
    const float *v = a.mixed + at.row * 3 * stride + (size_t)(at.column - a.scalars);
    float x = v[0], y = v[stride], z = v[2 * stride];
    *joined = sqrtf(x * x + y * y + z * z + a.epsilon);
}

void gd_cuda_norms(struct gd_backend *backend, const struct gd_norms *a)
{
    launch_tiles(gd_cuda_of(backend), "norms", norms, a->rows, a->scalars + a->vectors, a);
}

/* Per row: 1 or 2 scalars + 8 vectors numbers read, scalars + 3 vectors written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) norms_backward(const struct gd_norms_backward a)
{
    int width = a.scalars + a.vectors;
    struct place at = place_of(a.rows, width);
    if (!at.inside)
        return;
    float djoined = a.djoined[at.in(width)];
    if (at.column < a.scalars) {
        float *ds = a.ds + at.in(a.scalars);
        *ds = a.add ? *ds + djoined : djoined;
        return;
    }
    float norm = a.joined[at.in(width)], slope = norm > 0 ? djoined / norm : 0;
    size_t stride = 2 * (size_t)a.vectors, first = at.row * 3 * stride + (size_t)(at.column - a.scalars);
    for (size_t axis = 0; axis < 3; axis++)
        a.dmixed[first + axis * stride] += slope * a.mixed[first + axis * stride];
}

void gd_cuda_norms_backward(struct gd_backend *backend, const struct gd_norms_backward *a)
{
    launch_tiles(gd_cuda_of(backend), "norms_backward", norms_backward, a->rows, a->scalars + a->vectors, a);
}

/* Per atom and feature: 13 numbers read, 4 written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) mix(const struct gd_mix a)
{
    struct place at = place_of(a.atoms, a.features);
    if (!at.inside)
        return;
    size_t n = (size_t)a.features, k = (size_t)at.column;
    const float *v = a.mixed + at.row * 6 * n + k, *w = v + n, *abc = a.abc + at.row * 3 * n + k;
    float dot = 0, b = abc[n];
    for (size_t axis = 0; axis < 3; axis++) {
        float along = w[axis * 2 * n];
        dot += v[axis * 2 * n] * along;
        a.v_out[(at.row * 3 + axis) * n + k] = a.v[(at.row * 3 + axis) * n + k] + b * along;
    }
    a.q_out[at.row * n + k] = a.q[at.row * n + k] + abc[0] + abc[2 * n] * dot;
}

void gd_cuda_mix(struct gd_backend *backend, const struct gd_mix *a)
{
    launch_tiles(gd_cuda_of(backend), "mix", mix, a->atoms, a->features, a);
}

/* Per atom and feature: 12 numbers read, 9 written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) mix_backward(const struct gd_mix_backward a)
{
    struct place at = place_of(a.atoms, a.features);
    if (!at.inside)
        return;
    size_t n = (size_t)a.features, k = (size_t)at.column;
    const float *abc = a.abc + at.row * 3 * n + k;
    float *dabc = a.dabc + at.row * 3 * n + k;
    float dq = a.dq[at.row * n + k], b = abc[n], ddot = dq * abc[2 * n], dot = 0, db = 0;
    for (size_t axis = 0; axis < 3; axis++) {
        size_t first = (at.row * 3 + axis) * 2 * n + k;
        float v = a.mixed[first], w = a.mixed[first + n], dv = a.dv[(at.row * 3 + axis) * n + k];
        dot += v * w;
        db += dv * w;
        a.dmixed[first] = ddot * w;
        a.dmixed[first + n] = ddot * v + b * dv;
    }
    dabc[0] = dq;
    dabc[n] = db;
    dabc[2 * n] = dq * dot;
}

void gd_cuda_mix_backward(struct gd_backend *backend, const struct gd_mix_backward *a)
{
    launch_tiles(gd_cuda_of(backend), "mix_backward", mix_backward, a->atoms, a->features, a);
}

/* Per row: scalars + 4 vectors numbers read, scalars + 3 vectors written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) gate(const struct gd_gate a)
{
    int width = a.scalars + a.vectors;
    struct place at = place_of(a.rows, width);
    if (!at.inside)
        return;
    float net = a.net[at.in(width)];
    if (at.column < a.scalars) {
        if (a.s_out)
            a.s_out[at.in(a.scalars)] = silu_of(net);
        return;
    }
    size_t n = (size_t)a.vectors, k = (size_t)(at.column - a.scalars);
    for (size_t axis = 0; axis < 3; axis++)
        a.v_out[(at.row * 3 + axis) * n + k] = net * a.mixed[((at.row * 3 + axis) * 2 + 1) * n + k];
}

void gd_cuda_gate(struct gd_backend *backend, const struct gd_gate *a)
{
    launch_tiles(gd_cuda_of(backend), "gate", gate, a->rows, a->scalars + a->vectors, a);
}

/* Per row: 2 scalars + 7 vectors numbers read, scalars + 7 vectors written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) gate_backward(const struct gd_gate_backward a)
{
    int width = a.scalars + a.vectors;
    struct place at = place_of(a.rows, width);
    if (!at.inside)
        return;
    size_t here = at.in(width);
    float net = a.net[here];
    if (at.column < a.scalars) {
        a.dnet[here] = a.ds_out ? a.ds_out[at.in(a.scalars)] * silu_slope(net) : 0;
        return;
    }
    size_t n = (size_t)a.vectors, k = (size_t)(at.column - a.scalars);
    float dgate = 0;
    for (size_t axis = 0; axis < 3; axis++) {
        size_t first = (at.row * 3 + axis) * 2 * n + k;
        float dv = a.dv_out[(at.row * 3 + axis) * n + k];
        dgate += dv * a.mixed[first + n];
        a.dmixed[first] = 0;
        a.dmixed[first + n] = net * dv;
    }
    a.dnet[here] = dgate;
}

void gd_cuda_gate_backward(struct gd_backend *backend, const struct gd_gate_backward *a)
{
    launch_tiles(gd_cuda_of(backend), "gate_backward", gate_backward, a->rows, a->scalars + a->vectors, a);
}

static __global__ void __launch_bounds__(GD_TILE_THREADS) gather(const struct gd_gather a)
{
    struct place at = place_of(a.rows, a.width);
    if (at.inside)
        a.to[at.in(a.width)] = a.from[(size_t)a.index[at.row] * (size_t)a.width + (size_t)at.column];
}

void gd_cuda_gather(struct gd_backend *backend, const struct gd_gather *a)
{
    launch_tiles(gd_cuda_of(backend), "gather", gather, a->rows, a->width, a);
}

static __global__ void __launch_bounds__(GD_TILE_THREADS) copy_rows(const struct gd_copy_rows a)
{
    struct place at = place_of(a.rows, a.width);
    if (!at.inside)
        return;
    float *to = &a.to[at.in(a.to_stride)];
    *to = (a.add ? *to : 0) + a.from[at.in(a.from_stride)];
}

void gd_cuda_copy_rows(struct gd_backend *backend, const struct gd_copy_rows *a)
{
    launch_tiles(gd_cuda_of(backend), "copy_rows", copy_rows, a->rows, a->width, a);
}

/* Per row: one distance read, radial + 1 numbers written; the envelope is worked out by every thread of the row, which
 * costs less than handing it round. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) radial(const struct gd_radial a)
{
    struct place at = place_of(a.rows, a.radial);
    if (!at.inside)
        return;
    float distance = a.distance[at.row], width = a.cutoff / (float)(a.radial - 1);
    float envelope = 0.5f * (cospif(distance / a.cutoff) + 1);
    float from_centre = (distance - (float)at.column * width) / width;
    a.basis[at.in(a.radial)] = envelope * expf(-0.5f * from_centre * from_centre);
    if (at.column == 0)
        a.envelope[at.row] = envelope;
}

void gd_cuda_radial(struct gd_backend *backend, const struct gd_radial *a)
{
    launch_tiles(gd_cuda_of(backend), "radial", radial, a->rows, a->radial, a);
}

/* Per row: 3 positions and `count` turns read, 6 count numbers written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) waves(const struct gd_waves a)
{
    struct place at = place_of(a.rows, 3 * a.count);
    if (!at.inside)
        return;
    int axis = at.column / a.count, k = at.column - axis * a.count;
    double turns = a.positions[3 * (size_t)a.place[at.row] + (size_t)axis] * a.turns[k];
    float angle = 2 * (float)(turns - floor(turns));
    float *y = a.y + (at.row * 3 + (size_t)axis) * 2 * (size_t)a.count + (size_t)k;
    y[0] = sinpif(angle);
    y[a.count] = cospif(angle);
}

void gd_cuda_waves(struct gd_backend *backend, const struct gd_waves *a)
{
    launch_tiles(gd_cuda_of(backend), "waves", waves, a->rows, 3 * a->count, a);
}

/* One thread per coordinate: 4 count numbers read. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) waves_backward(const struct gd_waves_backward a)
{
    struct place at = place_of(a.rows, 3);
    if (!at.inside)
        return;
    const float *y = a.y + at.in(3) * 2 * (size_t)a.count, *dy = a.dy + at.in(3) * 2 * (size_t)a.count;
    float sum = 0;
    for (int k = 0; k < a.count; k++)
        sum += 6.28318531f * (float)a.turns[k] * (y[a.count + k] * dy[k] - y[k] * dy[a.count + k]);
    a.dposition[at.in(3)] = sum;
}

void gd_cuda_waves_backward(struct gd_backend *backend, const struct gd_waves_backward *a)
{
    launch_tiles(gd_cuda_of(backend), "waves_backward", waves_backward, a->rows, 3, a);
}

/* One thread per structure: there are a few dozen atoms in each. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) spring(const struct gd_spring a)
{
    struct place at = place_of(a.structures, 1);
    if (!at.inside)
        return;
    const size_t begin = (size_t)a.first[at.row], end = (size_t)a.first[at.row + 1];
    double mean[3] = {0, 0, 0}, squares = 0;
    for (size_t i = begin; i < end; i++)
        for (size_t axis = 0; axis < 3; axis++)
            mean[axis] += a.positions[3 * (size_t)a.place[i] + axis] / (double)(end - begin);
    for (size_t i = begin; i < end; i++)
        for (size_t axis = 0; axis < 3; axis++) {
            const double off = a.positions[3 * (size_t)a.place[i] + axis] - mean[axis];
            squares += off * off;
            if (a.dposition)
                a.dposition[3 * i + axis] += (float)((double)a.factor[at.row] * (double)a.stiffness[at.row] * off);
        }
    if (a.energy)
        a.energy[at.row] += (float)((double)a.stiffness[at.row] / 2 * squares);
}

void gd_cuda_spring(struct gd_backend *backend, const struct gd_spring *a)
{
    launch_tiles(gd_cuda_of(backend), "spring", spring, a->structures, 1, a);
}

/* One thread per row: radial + 2 numbers read, one written. */
static __global__ void __launch_bounds__(GD_TILE_THREADS) radial_backward(const struct gd_radial_backward a)
{
    size_t row = (size_t)blockIdx.x * GD_TILE_THREADS + threadIdx.x;
    if (row >= a.rows)
        return;
    float distance = a.distance[row], width = a.cutoff / (float)(a.radial - 1);
    float envelope = 0.5f * (cospif(distance / a.cutoff) + 1);
    float slope = -1.57079633f / a.cutoff * sinpif(distance / a.cutoff), sum = a.denvelope[row] * slope;
    for (int k = 0; k < a.radial; k++) {
        float from_centre = (distance - (float)k * width) / width;
        sum += a.dbasis[row * (size_t)a.radial + (size_t)k] * expf(-0.5f * from_centre * from_centre) *
               (slope - envelope * from_centre / width);
    }
    a.ddistance[row] = sum;
}

void gd_cuda_radial_backward(struct gd_backend *backend, const struct gd_radial_backward *a)
{
    launch(gd_cuda_of(backend), "radial_backward", radial_backward, dim3(pieces(a->rows, GD_TILE_THREADS)),
           dim3(GD_TILE_THREADS), *a);
}
