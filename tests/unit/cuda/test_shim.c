/* The shim itself: what it runs is right, and what is wrong it finds. */
#include <math.h>
#include <string.h>

#include "cuda_shim/cublas_v2.h"
#include "cuda_shim/shim.h"
#include "unit/cuda/broken.h"
#include "unit/suites.h"

Suite *suite_shim(void);

#define NUMBERS 64

static cudaStream_t stream;
static float *memory;

static void set_up(void)
{
    float numbers[NUMBERS];
    shim_reset();
    for (int k = 0; k < NUMBERS; k++)
        numbers[k] = (float)k;
    ck_assert_int_eq(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    ck_assert_int_eq(cudaMalloc((void **)&memory, sizeof numbers), cudaSuccess);
    ck_assert_int_eq(cudaMemcpyAsync(memory, numbers, sizeof numbers, cudaMemcpyHostToDevice, stream), cudaSuccess);
}

static void tear_down(void)
{
    cudaFree(memory);
    cudaStreamDestroy(stream);
    ck_assert_uint_eq(shim_live(), 0);
}

static cudaError_t run(enum broken_kernel kernel)
{
    cudaError_t outcome = broken_run(kernel, memory, stream);
    return outcome ? outcome : cudaStreamSynchronize(stream);
}

static void fetch(float numbers[NUMBERS])
{
    size_t bytes = NUMBERS * sizeof *numbers;
    ck_assert_int_eq(cudaMemcpyAsync(numbers, memory, bytes, cudaMemcpyDeviceToHost, stream), cudaSuccess);
}

START_TEST(barriers_shuffles_and_shared_memory)
{
    float numbers[NUMBERS];
    shim_order((enum shim_order)_i);
    ck_assert_int_eq(run(BROKEN_NOT), cudaSuccess);
    fetch(numbers);
    ck_assert_float_eq(numbers[0], NUMBERS * (NUMBERS - 1) / 2);
    for (int k = 1; k < NUMBERS; k++)
        ck_assert_float_eq(numbers[k], (float)(NUMBERS - 1 - k));
    ck_assert_str_eq(shim_complaint(), "");
}
END_TEST

static const struct {
    enum broken_kernel kernel;
    const char *complaint;
} mistakes[] = {
    {BROKEN_DIVERGES, "for threads that do not come"},
    {BROKEN_PLACES, "another thread at"},
    {BROKEN_ENDS, "for threads that do not come"},
};

/* The device is broken afterwards, until the machine is as new. */
START_TEST(wrong_barriers_are_found)
{
    ck_assert_int_eq(run(mistakes[_i].kernel), cudaErrorLaunchFailure);
    ck_assert_msg(strstr(shim_complaint(), mistakes[_i].complaint), "%s", shim_complaint());
    ck_assert_msg(strstr(shim_complaint(), "broken.cu:"), "%s", shim_complaint());
    ck_assert_int_eq(run(BROKEN_NOT), cudaErrorLaunchFailure);
    shim_reset();
    ck_assert_int_eq(run(BROKEN_NOT), cudaSuccess);
}
END_TEST

static const struct {
    cublasComputeType_t compute;
    float input, rounded;
} roundings[] = {
    {CUBLAS_COMPUTE_32F, 1 + 0x1p-23f, 1 + 0x1p-23f},
    {CUBLAS_COMPUTE_32F_FAST_TF32, 1 + 0x1p-10f, 1 + 0x1p-10f},
    {CUBLAS_COMPUTE_32F_FAST_TF32, 1 + 0x1p-11f, 1 + 0x1p-10f},
    {CUBLAS_COMPUTE_32F_FAST_TF32, -1 - 0x1p-11f, -1 - 0x1p-10f},
    {CUBLAS_COMPUTE_32F_FAST_TF32, 1 + 0x1p-11f - 0x1p-23f, 1},
    {CUBLAS_COMPUTE_32F_FAST_16BF, 1 + 0x1p-7f, 1 + 0x1p-7f},
    {CUBLAS_COMPUTE_32F_FAST_16BF, 1 + 0x1p-8f, 1},
    {CUBLAS_COMPUTE_32F_FAST_16BF, 1 + 0x1p-8f + 0x1p-23f, 1 + 0x1p-7f},
    {CUBLAS_COMPUTE_32F_FAST_16BF, 1 + 0x1.8p-7f, 1 + 0x1p-6f},
    {CUBLAS_COMPUTE_32F_FAST_16BF, INFINITY, INFINITY},
};

/* Both inputs of a product are rounded, and its sum is not: x 1 + 1 x. */
START_TEST(products_round_their_inputs)
{
    cublasHandle_t handle;
    float input = roundings[_i].input, one = 1, zero = 0, numbers[NUMBERS] = {input, 1, 1, input};
    ck_assert_int_eq(cublasCreate_v2(&handle), CUBLAS_STATUS_SUCCESS);
    ck_assert_int_eq(cublasSetStream_v2(handle, stream), CUBLAS_STATUS_SUCCESS);
    ck_assert_int_eq(cudaMemcpyAsync(memory, numbers, sizeof numbers, cudaMemcpyHostToDevice, stream), cudaSuccess);
    ck_assert_int_eq(cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 2, &one, memory, CUDA_R_32F, 1, memory + 2,
                                  CUDA_R_32F, 2, &zero, memory + 4, CUDA_R_32F, 1, roundings[_i].compute,
                                  CUBLAS_GEMM_DEFAULT),
                     CUBLAS_STATUS_SUCCESS);
    fetch(numbers);
    ck_assert_float_eq(numbers[4], 2 * roundings[_i].rounded);
    ck_assert_int_eq(cublasDestroy_v2(handle), CUBLAS_STATUS_SUCCESS);
}
END_TEST

START_TEST(what_nobody_wrote_is_nan)
{
    float numbers[NUMBERS];
    ck_assert_int_eq(run(BROKEN_UNWRITTEN), cudaSuccess);
    fetch(numbers);
    for (int k = 0; k < NUMBERS; k++)
        ck_assert(isnan(numbers[k]));
}
END_TEST

START_TEST(races_show_in_another_order)
{
    float forward[NUMBERS], backward[NUMBERS];
    ck_assert_int_eq(run(BROKEN_RACES), cudaSuccess);
    fetch(forward);
    shim_order(SHIM_BACKWARD);
    ck_assert_int_eq(run(BROKEN_RACES), cudaSuccess);
    fetch(backward);
    ck_assert(memcmp(forward, backward, sizeof forward) != 0);
}
END_TEST

/* As late as CUDA may do it: only a wait makes it so. */
START_TEST(work_is_put_off)
{
    float *host;
    ck_assert_int_eq(cudaMallocHost((void **)&host, NUMBERS * sizeof *host), cudaSuccess);
    host[5] = 42;
    size_t bytes = NUMBERS * sizeof *host;
    ck_assert_int_eq(cudaMemcpyAsync(host, memory, bytes, cudaMemcpyDeviceToHost, stream), cudaSuccess);
    ck_assert_float_eq(host[5], 42);
    ck_assert_int_eq(cudaStreamSynchronize(stream), cudaSuccess);
    ck_assert_float_eq(host[5], 5);
    ck_assert_int_eq(cudaFreeHost(host), cudaSuccess);
}
END_TEST

/* What is captured is done when it is launched, each time. */
START_TEST(captured_work_is_done_by_launches)
{
    cudaGraph_t graph;
    cudaGraphExec_t made;
    float numbers[NUMBERS];
    ck_assert_int_eq(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), cudaSuccess);
    ck_assert_int_eq(cudaMemsetAsync(memory, 0, sizeof *memory, stream), cudaSuccess);
    ck_assert_int_eq(broken_run(BROKEN_NOT, memory, stream), cudaSuccess);
    ck_assert_int_eq(cudaStreamEndCapture(stream, &graph), cudaSuccess);
    ck_assert_int_eq(cudaGraphInstantiate(&made, graph, 0), cudaSuccess);
    ck_assert_int_eq(cudaGraphDestroy(graph), cudaSuccess);
    fetch(numbers);
    for (int k = 0; k < NUMBERS; k++)
        ck_assert_float_eq(numbers[k], (float)k);
    for (int times = 1; times <= 2; times++) {
        ck_assert_int_eq(cudaGraphLaunch(made, stream), cudaSuccess);
        fetch(numbers);
        ck_assert_float_eq(numbers[1], times == 1 ? NUMBERS - 2 : 1); /* BROKEN_NOT turns the numbers round */
    }
    ck_assert_int_eq(cudaGraphExecDestroy(made), cudaSuccess);
}
END_TEST

START_TEST(waiting_spoils_a_capture)
{
    cudaGraph_t graph;
    void *more;
    for (int k = 0; k < 2; k++) {
        ck_assert_int_eq(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), cudaSuccess);
        cudaError_t outcome = k == 0 ? cudaStreamSynchronize(stream) : cudaMalloc(&more, 8);
        ck_assert_int_eq(outcome, cudaErrorStreamCaptureUnsupported);
        ck_assert_int_eq(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
        ck_assert_ptr_null(graph);
    }
}
END_TEST

START_TEST(wrong_calls_are_refused)
{
    char bytes[NUMBERS * sizeof(float) + 1] = {0};
    ck_assert_int_eq(cudaMemcpyAsync(memory, bytes, sizeof bytes, cudaMemcpyHostToDevice, stream),
                     cudaErrorInvalidValue);
    ck_assert_int_eq(cudaMemsetAsync(memory + 1, 0, NUMBERS * sizeof(float), stream), cudaErrorInvalidValue);
    ck_assert_int_eq(cudaFreeHost(memory), cudaErrorInvalidValue);
    ck_assert_int_eq(cudaFree(bytes), cudaErrorInvalidValue);
    ck_assert_int_eq(cudaGetLastError(), cudaErrorInvalidValue);
    ck_assert_int_eq(cudaGetLastError(), cudaSuccess);
}
END_TEST

Suite *suite_shim(void)
{
    Suite *suite = suite_create("shim");
    TCase *tests = tcase_create("shim");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, barriers_shuffles_and_shared_memory, 0, SHIM_SHUFFLED + 1);
    tcase_add_loop_test(tests, wrong_barriers_are_found, 0, sizeof mistakes / sizeof *mistakes);
    tcase_add_loop_test(tests, products_round_their_inputs, 0, sizeof roundings / sizeof *roundings);
    tcase_add_test(tests, what_nobody_wrote_is_nan);
    tcase_add_test(tests, races_show_in_another_order);
    tcase_add_test(tests, work_is_put_off);
    tcase_add_test(tests, captured_work_is_done_by_launches);
    tcase_add_test(tests, waiting_spoils_a_capture);
    tcase_add_test(tests, wrong_calls_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
