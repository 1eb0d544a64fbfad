#include "unit/cuda/broken.h"

#define THREADS 64

static __global__ void right(float *numbers)
{
    GD_SHARED(float, all, [THREADS]);
    GD_SHARED(float, sums, [THREADS / 32]);
    int k = (int)threadIdx.x;
    float sum = all[k] = numbers[k];
    for (unsigned step = 16; step > 0; step /= 2)
        sum += __shfl_down_sync(0xffffffffu, sum, step);
    if (k % 32 == 0)
        sums[k / 32] = sum;
    __syncthreads();
    numbers[k] = all[THREADS - 1 - k];
    if (k == 0)
        numbers[0] = sums[0] + sums[1];
}

static __global__ void diverges(float *numbers)
{
    if (threadIdx.x < THREADS / 2)
        __syncthreads();
    numbers[threadIdx.x] = 0;
}

static __global__ void places(float *numbers)
{
    if (threadIdx.x < THREADS / 2)
        __syncthreads();
    else
        __syncthreads();
    numbers[threadIdx.x] = 0;
}

static __global__ void ends(float *numbers)
{
    if (threadIdx.x == 7)
        return;
    numbers[threadIdx.x] = __shfl_down_sync(0xffffffffu, numbers[threadIdx.x], 1u);
}

static __global__ void unwritten(float *numbers)
{
    GD_SHARED(float, all, [THREADS]);
    numbers[threadIdx.x] = all[threadIdx.x];
}

static __global__ void races(float *numbers)
{
    GD_SHARED(float, all, [THREADS]);
    all[threadIdx.x] = numbers[threadIdx.x];
    numbers[threadIdx.x] = all[(threadIdx.x + 1) % THREADS];
}

cudaError_t broken_run(enum broken_kernel kernel, float *numbers, cudaStream_t stream)
{
    void (*const kernels[BROKEN_KERNELS])(float *) = {right, diverges, places, ends, unwritten, races};
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3(1);
    config.blockDim = dim3(THREADS);
    config.stream = stream;
    return cudaLaunchKernelEx(&config, kernels[kernel], numbers);
}
