/* Recordings are CUDA graphs: hundreds of small kernels are started by one call, and the device has no gaps between
 * them. */
#include <stdlib.h>

#include "cuda/context.h"
#include "engine/base/memory.h"

struct recording {
    cudaGraphExec_t graph;
    double *wanted[GD_CUDA_VALUES]; /* as in struct gd_cuda, when it was recorded */
    int value_count;
};

/* The numbers that come to the host use the places from the first on, so none may be on their way. */
void gd_cuda_record(struct gd_backend *backend)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    gd_cuda_synchronise(cuda);
    if (cuda->failure.status == GD_OK)
        gd_cuda_ok(cuda, cudaStreamBeginCapture(cuda->stream, cudaStreamCaptureModeThreadLocal), "recording");
}

/* The capture has to be ended also after a failure. */
void *gd_cuda_recorded(struct gd_backend *backend)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    struct recording *recording = gd_array(1, sizeof *recording);
    cudaGraph_t graph = NULL;
    if (!recording)
        gd_no_memory(&cuda->failure, "a recording");
    gd_cuda_ok(cuda, cudaStreamEndCapture(cuda->stream, &graph), "the end of a recording");
    if (cuda->failure.status == GD_OK &&
        gd_cuda_ok(cuda, cudaGraphInstantiate(&recording->graph, graph, 0), "a recording")) {
        recording->value_count = cuda->value_count;
        for (int k = 0; k < cuda->value_count; k++)
            recording->wanted[k] = cuda->wanted[k];
    } else {
        free(recording);
        recording = NULL;
    }
    if (graph)
        gd_cuda_ok(cuda, cudaGraphDestroy(graph), "the end of a recording");
    cuda->value_count = 0;
    return recording;
}

void gd_cuda_replay(struct gd_backend *backend, const void *memory)
{
    const struct recording *recording = memory;
    struct gd_cuda *cuda = gd_cuda_of(backend);
    if (cuda->value_count)
        gd_cuda_synchronise(cuda);
    if (cuda->failure.status || !gd_cuda_ok(cuda, cudaGraphLaunch(recording->graph, cuda->stream), "a replay"))
        return;
    for (int k = 0; k < recording->value_count; k++)
        cuda->wanted[k] = recording->wanted[k];
    cuda->value_count = recording->value_count;
}

void gd_cuda_free_recording(struct gd_backend *backend, void *memory)
{
    struct recording *recording = memory;
    gd_cuda_synchronise(gd_cuda_of(backend)); /* it may be under way */
    gd_cuda_ok(gd_cuda_of(backend), cudaGraphExecDestroy(recording->graph), "the end of a recording");
    free(recording);
}
