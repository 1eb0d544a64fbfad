/* The CUDA backend: its life, its memory, its table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/context.h"
#include "engine/base/memory.h"
#include "model/backend.h"
#include "model/network_class.h"

#define STAGING ((size_t)1 << 20) /* bytes */

_Static_assert(GD_HEADS_MOST + 2 <= GD_CUDA_VALUES, "a recording has room for the numbers of a pass");

extern const struct gd_backend_class gd_backend_cuda;

struct backend {
    struct gd_backend base;
    struct gd_cuda cuda;
};

struct gd_cuda *gd_cuda_of(struct gd_backend *backend)
{
    return &((struct backend *)backend)->cuda;
}

bool gd_cuda_ok(struct gd_cuda *cuda, cudaError_t outcome, const char *what)
{
    if (outcome == cudaErrorMemoryAllocation)
        gd_fail(&cuda->failure, GD_NO_MEMORY, "out of GPU memory for %s", what);
    else if (outcome != cudaSuccess)
        gd_fail(&cuda->failure, GD_FAILED, "GPU error in %s: %s (%s)", what, cudaGetErrorString(outcome),
                cudaGetErrorName(outcome));
    return cuda->failure.status == GD_OK;
}

bool gd_cuda_blas_ok(struct gd_cuda *cuda, cublasStatus_t outcome, const char *what)
{
    if (outcome == CUBLAS_STATUS_ALLOC_FAILED)
        gd_fail(&cuda->failure, GD_NO_MEMORY, "out of GPU memory for %s", what);
    else if (outcome != CUBLAS_STATUS_SUCCESS)
        gd_fail(&cuda->failure, GD_FAILED, "cuBLAS error in %s: %s", what, cuda->blas.status_name(outcome));
    return cuda->failure.status == GD_OK;
}

void gd_cuda_synchronise(struct gd_cuda *cuda)
{
    bool ok = gd_cuda_ok(cuda, cudaStreamSynchronize(cuda->stream), "waiting for the device");
    for (int k = 0; k < cuda->value_count && ok; k++)
        *cuda->wanted[k] = cuda->values[k];
    cuda->value_count = 0;
    cuda->staged = 0;
}

double *gd_cuda_value(struct gd_cuda *cuda, double *wanted)
{
    if (cuda->value_count == GD_CUDA_VALUES)
        gd_cuda_synchronise(cuda);
    if (cuda->failure.status)
        return NULL;
    cuda->wanted[cuda->value_count] = wanted;
    return &cuda->values[cuda->value_count++];
}

/* The first device that CUDA shows; CUDA_VISIBLE_DEVICES chooses. */
static enum gd_status find(char *device, size_t size, struct gd_error *error)
{
    struct cudaDeviceProp properties;
    int driver = 0, count = 0;
    cudaError_t outcome = cudaDriverGetVersion(&driver);
    if (outcome == cudaSuccess && driver == 0)
        return gd_fail(error, GD_BAD_INPUT, "no NVIDIA driver is installed");
    if (outcome == cudaSuccess)
        outcome = cudaGetDeviceCount(&count);
    if (outcome == cudaErrorInsufficientDriver)
        return gd_fail(error, GD_BAD_INPUT, "the NVIDIA driver supports CUDA %d.%d; this build needs %d.%d",
                       driver / 1000, driver % 1000 / 10, CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
    if (outcome == cudaSuccess && count > 0)
        outcome = cudaGetDeviceProperties(&properties, 0);
    if (outcome != cudaSuccess)
        return gd_fail(error, GD_BAD_INPUT, "no GPU can be used: %s (%s)", cudaGetErrorString(outcome),
                       cudaGetErrorName(outcome));
    if (count == 0)
        return gd_fail(error, GD_BAD_INPUT, "there is no GPU");
    snprintf(device, size, "%s, %.0f GiB", properties.name, (double)properties.totalGlobalMem / (1 << 30));
    return GD_OK;
}

static void open_context(struct gd_cuda *cuda)
{
    (void)(gd_cuda_ok(cuda, cudaSetDevice(0), "choosing the device") &&
           gd_cuda_ok(cuda, cudaStreamCreateWithFlags(&cuda->stream, cudaStreamNonBlocking), "a stream") &&
           gd_cuda_ok(cuda, cudaMallocHost((void **)&cuda->staging, STAGING), "uploads") &&
           gd_cuda_ok(cuda, cudaMallocHost((void **)&cuda->values, GD_CUDA_VALUES * sizeof(double)), "numbers") &&
           gd_cuda_ok(cuda, cudaMalloc((void **)&cuda->partials, GD_CUDA_PARTIALS * sizeof(double)), "sums") &&
           gd_blas_load(&cuda->blas, &cuda->failure) == GD_OK &&
           gd_cuda_blas_ok(cuda, cuda->blas.create(&cuda->blas.handle), "initialising the device") &&
           gd_cuda_blas_ok(cuda, cuda->blas.set_stream(cuda->blas.handle, cuda->stream), "creating a stream") &&
           gd_cuda_ok(cuda, cudaMalloc(&cuda->room, GD_CUDA_ROOM), "matrices") &&
           gd_cuda_blas_ok(cuda, cuda->blas.set_workspace(cuda->blas.handle, cuda->room, GD_CUDA_ROOM),
                           "allocating memory"));
}

/* Errors while releasing are not reported: a device that fails here has failed before, or is not needed any more. */
static void destroy(struct gd_backend *backend)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (cuda->stream)
        cudaStreamSynchronize(cuda->stream);
    if (cuda->blas.handle)
        cuda->blas.destroy(cuda->blas.handle);
    cudaFree(cuda->room);
    cudaFree(cuda->partials);
    cudaFreeHost(cuda->values);
    cudaFreeHost(cuda->staging);
    if (cuda->stream)
        cudaStreamDestroy(cuda->stream);
    cudaGetLastError();
    free(backend);
}

static enum gd_status create(struct gd_backend **backend, int threads, struct gd_error *error)
{
    (void)threads;
    char device[256];
    *backend = NULL;
    enum gd_status status = find(device, sizeof device, error);
    if (status)
        return status;
    struct backend *made = gd_array(1, sizeof *made);
    if (!made)
        return gd_no_memory(error, "a backend");
    made->base.type = &gd_backend_cuda;
    made->cuda.products = CUBLAS_COMPUTE_32F;
    open_context(&made->cuda);
    status = made->cuda.failure.status;
    if (status) {
        gd_fail(error, status, "%s", made->cuda.failure.text);
        destroy(&made->base);
        return status;
    }
    *backend = &made->base;
    return GD_OK;
}

static void set_precision(struct gd_backend *backend, enum gd_precision precision)
{
    static const cublasComputeType_t types[] = {[GD_FLOAT32] = CUBLAS_COMPUTE_32F,
                                                [GD_TF32] = CUBLAS_COMPUTE_32F_FAST_TF32,
                                                [GD_BF16] = CUBLAS_COMPUTE_32F_FAST_16BF};
    gd_cuda_of(backend)->products = types[precision];
}

static void *alloc(struct gd_backend *backend, size_t bytes)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    void *memory = NULL;
    if (cuda->failure.status)
        return NULL;
    cudaError_t outcome = cudaMalloc(&memory, bytes ? bytes : 1);
    if (outcome == cudaErrorMemoryAllocation)
        cudaGetLastError(); /* reported by the NULL */
    else
        gd_cuda_ok(cuda, outcome, "an allocation");
    return outcome == cudaSuccess ? memory : NULL;
}

static void release(struct gd_backend *backend, void *memory)
{
    if (!memory)
        return;
    gd_cuda_synchronise(gd_cuda_of(backend)); /* what was started may use it */
    gd_cuda_ok(gd_cuda_of(backend), cudaFree(memory), "a release");
}

/* Through the staging memory, so that the host does not wait for the device. */
static void upload(struct gd_backend *backend, void *to, const void *host, size_t bytes)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    for (size_t done = 0, piece; done < bytes && cuda->failure.status == GD_OK; done += piece) {
        if (cuda->staged == STAGING)
            gd_cuda_synchronise(cuda);
        piece = bytes - done < STAGING - cuda->staged ? bytes - done : STAGING - cuda->staged;
        memcpy(cuda->staging + cuda->staged, (const char *)host + done, piece);
        gd_cuda_ok(cuda,
                   cudaMemcpyAsync((char *)to + done, cuda->staging + cuda->staged, piece, cudaMemcpyHostToDevice,
                                   cuda->stream),
                   "an upload");
        cuda->staged += piece;
    }
}

static void download(struct gd_backend *backend, void *host, const void *from, size_t bytes)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (bytes && cuda->failure.status == GD_OK)
        gd_cuda_ok(cuda, cudaMemcpyAsync(host, from, bytes, cudaMemcpyDeviceToHost, cuda->stream), "a download");
    gd_cuda_synchronise(cuda);
}

static void zero(struct gd_backend *backend, void *memory, size_t bytes)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (bytes && cuda->failure.status == GD_OK)
        gd_cuda_ok(cuda, cudaMemsetAsync(memory, 0, bytes, cuda->stream), "clearing memory");
}

static enum gd_status finish(struct gd_backend *backend, struct gd_error *error)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    gd_cuda_synchronise(cuda);
    enum gd_status status = cuda->failure.status;
    if (status) {
        gd_fail(error, status, "%s", cuda->failure.text);
        cudaGetLastError();
    }
    cuda->failure = (struct gd_error){0};
    return status;
}

#define ROW(name) .name = gd_cuda_##name,

const struct gd_backend_class gd_backend_cuda = {
    .name = "cuda",
    .batch = 1024,
    .memory = "GPU memory",
    .find = find,
    .create = create,
    .destroy = destroy,
    .precision = set_precision,
    .alloc = alloc,
    .release = release,
    .upload = upload,
    .download = download,
    .zero = zero,
    .finish = finish,
    .record = gd_cuda_record,
    .recorded = gd_cuda_recorded,
    .replay = gd_cuda_replay,
    .forget = gd_cuda_free_recording,
    .ops = {GD_OPERATIONS(ROW)},
};
