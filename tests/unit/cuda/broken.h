/* Kernels for the tests of the shim itself: right ones, and ones with a mistake each. */
#ifndef GD_TESTS_BROKEN_H
#define GD_TESTS_BROKEN_H

#include "cuda_shim/cuda_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The kernels run as one block of 64 threads on 64 numbers. */
enum broken_kernel {
    BROKEN_NOT,       /* turns the numbers round through shared memory, and adds them up by shuffles */
    BROKEN_DIVERGES,  /* half of the threads miss the barrier */
    BROKEN_PLACES,    /* the two halves of the threads wait at different barriers */
    BROKEN_ENDS,      /* a lane ends before its warp's shuffle */
    BROKEN_UNWRITTEN, /* reads shared memory that nobody wrote */
    BROKEN_RACES,     /* reads what its neighbour writes, without a barrier between them */
    BROKEN_KERNELS
};

cudaError_t broken_run(enum broken_kernel kernel, float *numbers, cudaStream_t stream);

#ifdef __cplusplus
}
#endif

#endif
