/* Runs kernels: block after block, the threads of a block as fibers that take turns at barriers.
 *
 * A fiber starts one thread after the other for as long as they come to their end; only a thread that waits keeps its
 * fiber. So a kernel without barriers needs no switch at all. A barrier that some thread never comes to, and one that
 * threads come to at different places, break the device. */
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <vector>

#include "cuda_shim/fiber.h"
#include "cuda_shim/machine.h"

static const size_t shared_most = 48 * 1024;
static const unsigned warp = 32;

namespace
{
struct thread_state {
    struct shim_here here;
    struct fiber *fiber;
    const char *waits; /* the barrier's place; NULL: does not wait */
    bool of_warp;      /* it waits for its warp, else for its block */
    uint64_t value, result;
    int source;
};

struct shared_array {
    const char *key;
    void *memory;
};

struct block_state {
    std::vector<struct thread_state> threads;
    std::vector<unsigned> order; /* in which threads start */
    size_t started, ended, waiting;
    std::vector<unsigned> arrived; /* lanes of a warp at its barrier */
    std::deque<struct thread_state *> ready;
    std::vector<struct shared_array> shared;
    size_t shared_bytes;
};

/* All fibers there are, and those that no thread holds. */
struct fiber_pool {
    std::vector<struct fiber *> all, idle;

    struct fiber *take(void (*body)())
    {
        if (idle.empty()) {
            idle.push_back(fiber_new(body));
            all.push_back(idle.back());
        }
        struct fiber *taken = idle.back();
        idle.pop_back();
        return taken;
    }

    void clear()
    {
        for (struct fiber *fiber : all)
            fiber_free(fiber);
        all.clear();
        idle.clear();
    }

    ~fiber_pool()
    {
        clear();
    }
};
} // namespace

const struct shim_here *shim_here;

static struct block_state block;
static struct thread_state *running;
static const std::function<void()> *kernel;
static struct fiber_pool fibers;
static struct fiber *here_now; /* the fiber that runs */
static std::mt19937 dice;

static void go_to(struct fiber *fiber)
{
    struct fiber *from = here_now;
    here_now = fiber;
    fiber_switch(from, fiber);
}

static void run(struct thread_state *thread)
{
    running = thread;
    shim_here = &thread->here;
}

/* Threads from here on, as long as there are any to start. */
static void start_threads()
{
    while (block.started < block.threads.size() && block.ready.empty()) {
        struct thread_state *thread = &block.threads[block.order[block.started++]];
        thread->fiber = here_now;
        run(thread);
        (*kernel)();
        block.ended++;
    }
}

/* The fiber of the next thread that can continue; the system's when none can. */
static struct fiber *next_ready()
{
    if (block.ready.empty())
        return fiber_of_system();
    struct thread_state *next = block.ready.front();
    block.ready.pop_front();
    run(next);
    return next->fiber;
}

static void body()
{
    for (;;) {
        start_threads();
        fibers.idle.push_back(here_now);
        go_to(next_ready());
    }
}

/* The running thread waits; others continue. */
static void wait_here()
{
    struct thread_state *thread = running;
    bool more = block.started < block.threads.size() && block.ready.empty();
    go_to(more ? fibers.take(body) : next_ready());
    run(thread);
}

/* Resumes those of the threads first .. first+count-1 that wait; not the running one, which does so by itself. */
static void release(size_t first, size_t count)
{
    for (size_t k = first; k < first + count; k++) {
        block.threads[k].waits = NULL;
        if (&block.threads[k] != running)
            block.ready.push_back(&block.threads[k]);
    }
    if (machine.order == SHIM_BACKWARD)
        std::reverse(block.ready.begin(), block.ready.end());
    else if (machine.order == SHIM_SHUFFLED)
        std::shuffle(block.ready.begin(), block.ready.end(), dice);
}

__attribute__((format(printf, 2, 3))) static void complain(const struct thread_state &thread, const char *format, ...)
{
    const uint3 &t = thread.here.thread, &b = thread.here.block;
    char text[512];
    int length =
        std::snprintf(text, sizeof text, "thread (%u, %u, %u) of block (%u, %u, %u) ", t.x, t.y, t.z, b.x, b.y, b.z);
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text + length, sizeof text - (size_t)length, format, arguments);
    va_end(arguments);
    shim_complain(text);
}

/* Gives up the block after a complaint: what its threads have on their stacks is forgotten. */
[[noreturn]] static void give_up()
{
    go_to(fiber_of_system());
    std::abort(); /* nobody comes back */
}

static void check_place(const struct thread_state &one, const struct thread_state &other)
{
    if ((one.waits != other.waits && std::strcmp(one.waits, other.waits) != 0) || one.of_warp != other.of_warp) {
        complain(one, "waits at %s, another thread at %s", one.waits, other.waits);
        give_up();
    }
}

void shim_syncthreads(const char *place)
{
    running->waits = place;
    running->of_warp = false;
    if (++block.waiting < block.threads.size())
        return wait_here();
    for (const struct thread_state &thread : block.threads)
        check_place(thread, *running);
    block.waiting = 0;
    release(0, block.threads.size());
}

static size_t number_of(const struct thread_state *thread)
{
    return (size_t)(thread - block.threads.data());
}

int shim_lane()
{
    return (int)(number_of(running) % warp);
}

uint64_t shim_exchange(unsigned mask, uint64_t value, int source, const char *place)
{
    size_t number = number_of(running), first = number - number % warp;
    unsigned &arrived = block.arrived[number / warp];
    if (mask != 0xffffffffu) {
        complain(*running, "waits for a part of its warp, which is not supported here, at %s", place);
        give_up();
    }
    if (first + warp > block.threads.size()) {
        complain(*running, "waits for lanes that its block does not have, at %s", place);
        give_up();
    }
    running->waits = place;
    running->of_warp = true;
    running->value = value;
    running->source = source;
    arrived |= 1u << number % warp;
    if (arrived != mask) {
        wait_here();
        return running->result;
    }
    uint64_t ballot = 0;
    for (size_t k = first; k < first + warp; k++)
        ballot |= (uint64_t)(block.threads[k].value != 0) << (k - first);
    for (size_t k = first; k < first + warp; k++) {
        struct thread_state &thread = block.threads[k];
        check_place(thread, *running);
        thread.result = thread.source == SHIM_BALLOT ? ballot : block.threads[first + (size_t)thread.source].value;
    }
    arrived = 0;
    release(first, warp);
    return running->result;
}

void *shim_shared(const char *key, size_t bytes)
{
    for (const struct shared_array &shared : block.shared)
        if (shared.key == key)
            return shared.memory;
    void *memory = NULL;
    block.shared_bytes += bytes;
    if (block.shared_bytes > shared_most) {
        complain(*running, "has more than 48 kB of shared memory");
        give_up();
    }
    if (posix_memalign(&memory, 64, bytes) != 0) {
        complain(*running, "finds no memory on the host");
        give_up();
    }
    shim_spoil(memory, bytes);
    block.shared.push_back({key, memory});
    return memory;
}

static void arrange(std::vector<unsigned> &order)
{
    std::iota(order.begin(), order.end(), 0u);
    if (machine.order == SHIM_BACKWARD)
        std::reverse(order.begin(), order.end());
    else if (machine.order == SHIM_SHUFFLED)
        std::shuffle(order.begin(), order.end(), dice);
}

static void set_up(uint3 index, dim3 threads)
{
    for (size_t k = 0; k < block.threads.size(); k++) {
        struct thread_state &thread = block.threads[k];
        uint3 at = {(unsigned)(k % threads.x), (unsigned)(k / threads.x % threads.y),
                    (unsigned)(k / threads.x / threads.y)};
        thread.here = {at, index};
        thread.waits = NULL;
    }
    block.started = block.ended = block.waiting = 0;
    block.shared_bytes = 0;
    block.ready.clear();
    std::fill(block.arrived.begin(), block.arrived.end(), 0u);
    arrange(block.order);
}

static void run_block()
{
    here_now = fiber_of_system();
    go_to(fibers.take(body));
    for (const struct shared_array &shared : block.shared)
        std::free(shared.memory);
    block.shared.clear();
    for (const struct thread_state &thread : block.threads)
        if (block.ended < block.threads.size() && !machine.broken && thread.waits)
            complain(thread, "waits at %s for threads that do not come", thread.waits);
}

void shim_run_grid(dim3 blocks, dim3 threads, const std::function<void()> &thread)
{
    size_t count = (size_t)threads.x * threads.y * threads.z;
    std::vector<unsigned> order((size_t)blocks.x * blocks.y * blocks.z);
    block.threads.resize(count);
    block.order.resize(count);
    block.arrived.resize((count + warp - 1) / warp);
    kernel = &thread;
    dice.seed(1);
    arrange(order);
    for (unsigned number : order) {
        set_up({number % blocks.x, number / blocks.x % blocks.y, number / blocks.x / blocks.y}, threads);
        run_block();
        if (machine.broken)
            break;
    }
    if (machine.broken)
        fibers.clear(); /* some belong to threads that were given up */
}
