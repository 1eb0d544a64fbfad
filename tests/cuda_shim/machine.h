/* Inside the shim: what its parts share. */
#ifndef GD_SHIM_MACHINE_H
#define GD_SHIM_MACHINE_H

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "cuda_shim/cublas_v2.h"
#include "cuda_shim/shim.h"

typedef std::deque<std::function<void()>> shim_work;

struct CUgraph_st {
    shim_work work;
    bool invalid = false; /* something was called that must not be called while it was captured */
};

struct CUgraphExec_st {
    shim_work work;
};

struct CUstream_st {
    shim_work work;             /* put off until a call waits for it */
    cudaGraph_t capture = NULL; /* what goes there instead */
};

struct machine_state {
    int devices = 1, driver = CUDART_VERSION;
    size_t memory = (size_t)1 << 34, used = 0;
    long calls = 0, fail_at = 0, operations = 0;
    size_t downloaded = 0;
    cudaError_t fail_with = cudaSuccess;
    bool lost = false; /* what fails stays failed */
    cudaError_t broken = cudaSuccess, last = cudaSuccess;
    enum shim_order order = SHIM_FORWARD;
    std::string complaint;

    struct allocation {
        size_t bytes;
        bool host;
    };
    std::map<const char *, allocation> allocations;
    std::map<cudaStream_t, bool> streams;
    size_t handles = 0, graphs = 0;
};

extern struct machine_state machine;

/* The beginning of every call: cudaSuccess, or what it is to return. */
cudaError_t shim_enter();

/* Starts work on a stream, or captures it. */
cudaError_t shim_put_off(cudaStream_t stream, std::function<void()> work);

/* Keeps an error for cudaGetLastError, and returns it. */
cudaError_t shim_reported(cudaError_t error);

/* A kernel did what it must not: the device is broken from now on. */
void shim_complain(const char *text);

/* Whether these bytes lie in one live allocation. */
bool shim_holds(const void *memory, size_t bytes);

/* Fills memory with what must not be relied on: NaN, as float and as double. */
void shim_spoil(void *memory, size_t bytes);

void shim_run_grid(dim3 blocks, dim3 threads, const std::function<void()> &thread);

#endif
