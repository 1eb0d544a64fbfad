/* The runtime: errors, devices, memory, streams. */
#include <cstdio>
#include <cstdlib>

#include "cuda_shim/machine.h"

struct machine_state machine;

static const struct {
    cudaError_t error;
    const char *name, *text;
} errors[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration", "invalid configuration argument"},
    {cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver", "driver version is insufficient"},
    {cudaErrorDevicesUnavailable, "cudaErrorDevicesUnavailable", "device is busy or unavailable"},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    {cudaErrorNotSupported, "cudaErrorNotSupported", "operation not supported"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
};

const char *cudaGetErrorName(cudaError_t error)
{
    for (const auto &row : errors)
        if (row.error == error)
            return row.name;
    return "unrecognized error code";
}

const char *cudaGetErrorString(cudaError_t error)
{
    for (const auto &row : errors)
        if (row.error == error)
            return row.text;
    return "unrecognized error code";
}

void shim_reset(void)
{
    machine.devices = 1;
    machine.driver = CUDART_VERSION;
    machine.memory = (size_t)1 << 34;
    machine.calls = machine.fail_at = machine.operations = 0;
    machine.downloaded = 0;
    machine.lost = false;
    machine.fail_with = machine.broken = machine.last = cudaSuccess;
    machine.order = SHIM_FORWARD;
    machine.complaint.clear();
}

void shim_fail(long call, int error, bool lost)
{
    machine.fail_at = machine.calls + call;
    machine.fail_with = (cudaError_t)error;
    machine.lost = lost;
}

long shim_calls(void)
{
    return machine.calls;
}

long shim_operations(void)
{
    return machine.operations;
}

size_t shim_downloaded(void)
{
    return machine.downloaded;
}

void shim_machine(int devices, int driver)
{
    machine.devices = devices;
    machine.driver = driver;
}

void shim_memory(size_t bytes)
{
    machine.memory = bytes;
}

void shim_order(enum shim_order order)
{
    machine.order = order;
}

size_t shim_used(void)
{
    return machine.used;
}

size_t shim_live(void)
{
    return machine.allocations.size() + machine.streams.size() + machine.handles + machine.graphs;
}

const char *shim_complaint(void)
{
    return machine.complaint.c_str();
}

cudaError_t shim_reported(cudaError_t error)
{
    if (error != cudaSuccess)
        machine.last = error;
    return error;
}

cudaError_t shim_enter()
{
    machine.calls++;
    if (machine.fail_at && machine.calls == machine.fail_at) {
        if (machine.lost)
            machine.broken = machine.fail_with;
        return shim_reported(machine.fail_with);
    }
    return shim_reported(machine.broken);
}

void shim_complain(const char *text)
{
    std::fprintf(stderr, "CUDA on the host: %s\n", text);
    machine.complaint = text;
    machine.broken = cudaErrorLaunchFailure;
}

bool shim_holds(const void *memory, size_t bytes)
{
    auto next = machine.allocations.upper_bound(static_cast<const char *>(memory));
    if (next == machine.allocations.begin())
        return false;
    --next;
    size_t offset = (size_t)(static_cast<const char *>(memory) - next->first);
    return offset <= next->second.bytes && bytes <= next->second.bytes - offset;
}

void shim_spoil(void *memory, size_t bytes)
{
    static const uint32_t nan = 0x7ff4dead; /* twice as a double: NaN as well */
    char *at = static_cast<char *>(memory);
    for (; bytes >= sizeof nan; at += sizeof nan, bytes -= sizeof nan)
        std::memcpy(at, &nan, sizeof nan);
    std::memset(at, 0xff, bytes);
}

cudaError_t cudaGetLastError(void)
{
    cudaError_t error = machine.last;
    machine.last = machine.broken;
    return error;
}

cudaError_t cudaDriverGetVersion(int *version)
{
    *version = machine.driver;
    return shim_enter();
}

cudaError_t cudaGetDeviceCount(int *count)
{
    cudaError_t error = shim_enter();
    *count = machine.devices;
    if (!error && machine.driver < CUDART_VERSION)
        error = cudaErrorInsufficientDriver;
    else if (!error && machine.devices == 0)
        error = cudaErrorNoDevice;
    return shim_reported(error);
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *properties, int device)
{
    cudaError_t error = shim_enter();
    if (!error && device >= machine.devices)
        error = cudaErrorInvalidDevice;
    std::snprintf(properties->name, sizeof properties->name, "the host in place of a GPU");
    properties->totalGlobalMem = machine.memory;
    return shim_reported(error);
}

cudaError_t cudaSetDevice(int device)
{
    cudaError_t error = shim_enter();
    return shim_reported(!error && device >= machine.devices ? cudaErrorInvalidDevice : error);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags)
{
    cudaError_t error = shim_enter();
    if (!error && flags != cudaStreamNonBlocking)
        error = cudaErrorNotSupported;
    if (error)
        return shim_reported(error);
    *stream = new CUstream_st;
    machine.streams[*stream] = true;
    return cudaSuccess;
}

/* What waits or takes memory is forbidden while a stream is captured, and spoils the capture. */
static cudaError_t forbidden_in_capture()
{
    cudaError_t error = cudaSuccess;
    for (auto &stream : machine.streams)
        if (stream.first->capture) {
            stream.first->capture->invalid = true;
            error = cudaErrorStreamCaptureUnsupported;
        }
    return error;
}

/* A broken device does nothing any more. */
static void work_off(cudaStream_t stream)
{
    while (!stream->work.empty()) {
        std::function<void()> next = std::move(stream->work.front());
        stream->work.pop_front();
        machine.operations++;
        if (!machine.broken)
            next();
    }
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    cudaError_t error = shim_enter();
    if (!machine.streams.erase(stream))
        return shim_reported(cudaErrorInvalidResourceHandle);
    work_off(stream);
    delete stream;
    return error;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    cudaError_t error = shim_enter();
    if (!error && !machine.streams.count(stream))
        error = cudaErrorInvalidResourceHandle;
    if (!error && stream->capture)
        error = forbidden_in_capture();
    if (error)
        return shim_reported(error);
    work_off(stream);
    return shim_reported(machine.broken);
}

/* Allocations are the host's own, so that the address sanitizer watches each of them. */
static cudaError_t allocate(void **memory, size_t bytes, bool host)
{
    cudaError_t error = shim_enter();
    if (!error)
        error = forbidden_in_capture();
    if (!error && !host && bytes > machine.memory - machine.used)
        error = cudaErrorMemoryAllocation;
    if (!error && posix_memalign(memory, 256, bytes) != 0)
        error = cudaErrorMemoryAllocation;
    if (error)
        return shim_reported(error);
    shim_spoil(*memory, bytes);
    machine.allocations[static_cast<char *>(*memory)] = {bytes, host};
    machine.used += host ? 0 : bytes;
    return cudaSuccess;
}

/* Waits for all streams, as CUDA does, and gives the memory back also when it returns an error. */
static cudaError_t deallocate(void *memory, bool host)
{
    cudaError_t error = shim_enter();
    if (!memory)
        return error;
    if (!error)
        error = forbidden_in_capture();
    for (auto &stream : machine.streams)
        work_off(stream.first);
    auto found = machine.allocations.find(static_cast<char *>(memory));
    if (found == machine.allocations.end() || found->second.host != host)
        return shim_reported(cudaErrorInvalidValue);
    machine.used -= host ? 0 : found->second.bytes;
    machine.allocations.erase(found);
    std::free(memory);
    return error;
}

cudaError_t cudaMalloc(void **memory, size_t bytes)
{
    return allocate(memory, bytes, false);
}

cudaError_t cudaMallocHost(void **memory, size_t bytes)
{
    return allocate(memory, bytes, true);
}

cudaError_t cudaFree(void *memory)
{
    return deallocate(memory, false);
}

cudaError_t cudaFreeHost(void *memory)
{
    return deallocate(memory, true);
}

cudaError_t shim_put_off(cudaStream_t stream, std::function<void()> work)
{
    if (!machine.streams.count(stream))
        return shim_reported(cudaErrorInvalidResourceHandle);
    (stream->capture ? stream->capture->work : stream->work).push_back(std::move(work));
    return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode mode)
{
    cudaError_t error = shim_enter();
    if (!error && mode != cudaStreamCaptureModeThreadLocal)
        error = cudaErrorNotSupported;
    if (!error && (!machine.streams.count(stream) || stream->capture))
        error = cudaErrorInvalidResourceHandle;
    if (error)
        return shim_reported(error);
    stream->capture = new CUgraph_st;
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
    cudaError_t error = shim_enter();
    CUgraph_st *capture = stream->capture;
    stream->capture = NULL;
    *graph = NULL;
    if (!capture)
        return shim_reported(error ? error : cudaErrorInvalidValue);
    if (!error && capture->invalid)
        error = cudaErrorStreamCaptureInvalidated;
    if (error) {
        delete capture;
        return shim_reported(error);
    }
    machine.graphs++;
    *graph = capture;
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *made, cudaGraph_t graph, unsigned long long)
{
    cudaError_t error = shim_enter();
    if (error)
        return shim_reported(error);
    machine.graphs++;
    *made = new CUgraphExec_st{graph->work};
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream)
{
    cudaError_t error = shim_enter();
    for (size_t k = 0; k < graph->work.size() && !error; k++)
        error = shim_put_off(stream, graph->work[k]);
    return shim_reported(error);
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    machine.graphs--;
    delete graph;
    return shim_enter();
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph)
{
    machine.graphs--;
    delete graph;
    return shim_enter();
}

/* With host memory that cudaMallocHost did not make, CUDA is done with it when the call returns. */
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream)
{
    cudaError_t error = shim_enter();
    const void *host = kind == cudaMemcpyHostToDevice ? from : to;
    const void *device = kind == cudaMemcpyHostToDevice ? to : from;
    if (!error && !shim_holds(device, bytes))
        error = cudaErrorInvalidValue;
    if (!error && stream->capture && !shim_holds(host, bytes))
        error = forbidden_in_capture();
    if (!error)
        error = shim_put_off(stream, [=] { std::memcpy(to, from, bytes); });
    if (error)
        return shim_reported(error);
    machine.downloaded += kind == cudaMemcpyDeviceToHost ? bytes : 0;
    if (!shim_holds(host, bytes))
        work_off(stream);
    return shim_reported(machine.broken);
}

cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream)
{
    cudaError_t error = shim_enter();
    if (!error && !shim_holds(memory, bytes))
        error = cudaErrorInvalidValue;
    return shim_reported(error) ? error : shim_put_off(stream, [=] { std::memset(memory, value, bytes); });
}

cudaError_t shim_launch(const cudaLaunchConfig_t &config, std::function<void()> thread)
{
    const unsigned most = 65535;
    dim3 blocks = config.gridDim, threads = config.blockDim;
    cudaError_t error = shim_enter();
    if (!error && config.dynamicSmemBytes)
        error = cudaErrorNotSupported;
    size_t count = (size_t)threads.x * threads.y * threads.z;
    if (!error && (count == 0 || count > 1024 || blocks.x == 0 || blocks.x > 0x7fffffffu || blocks.y == 0 ||
                   blocks.y > most || blocks.z == 0 || blocks.z > most))
        error = cudaErrorInvalidConfiguration;
    return shim_reported(error) ? error : shim_put_off(config.stream, [=] { shim_run_grid(blocks, threads, thread); });
}
