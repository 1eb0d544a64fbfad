/* On x86-64 a switch is a dozen instructions; elsewhere it is swapcontext's, which also saves the signal mask. The
 * address sanitizer is informed of every switch. */
#include "cuda_shim/fiber.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#define WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#endif

#if defined(WATCHED)
#include <sanitizer/common_interface_defs.h>
#endif

static const size_t stack_bytes = (size_t)1 << 16;

struct fiber {
    void *stack_pointer;
    ucontext_t context;
    char *stack; /* NULL: the system's */
    const void *bottom;
    size_t size;
    void *fake; /* the sanitizer's */
    void (*body)();
};

static struct fiber of_system, *leaving, *entering;

#if defined(__x86_64__)
/* Keeps what a function must keep on the stack, and takes another stack. */
asm(".text\n"
    ".type shim_swap, @function\n"
    "shim_swap:\n"
    "    pushq %rbp\n    pushq %rbx\n    pushq %r12\n    pushq %r13\n    pushq %r14\n    pushq %r15\n"
    "    movq %rsp, (%rdi)\n"
    "    movq %rsi, %rsp\n"
    "    popq %r15\n    popq %r14\n    popq %r13\n    popq %r12\n    popq %rbx\n    popq %rbp\n"
    "    ret\n"
    ".size shim_swap, . - shim_swap\n");
extern "C" void shim_swap(void **save, void *take);
#endif

/* What the sanitizer wants to know after a switch. */
static void arrived()
{
#if defined(WATCHED)
    __sanitizer_finish_switch_fiber(entering->fake, &leaving->bottom, &leaving->size);
#endif
}

static void begin()
{
    arrived();
    entering->body();
    std::abort(); /* a body does not return */
}

struct fiber *fiber_new(void (*body)())
{
    struct fiber *fiber = new (struct fiber)();
    fiber->stack = static_cast<char *>(std::aligned_alloc(64, stack_bytes));
    if (!fiber->stack)
        std::abort();
    fiber->body = body;
    fiber->bottom = fiber->stack;
    fiber->size = stack_bytes;
#if defined(__x86_64__)
    void **top = reinterpret_cast<void **>(fiber->stack + stack_bytes) - 2; /* where a return address lies */
    *top = reinterpret_cast<void *>(begin);
    fiber->stack_pointer = top - 6;
#else
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->stack;
    fiber->context.uc_stack.ss_size = stack_bytes;
    makecontext(&fiber->context, begin, 0);
#endif
    return fiber;
}

void fiber_free(struct fiber *fiber)
{
    std::free(fiber->stack);
    delete fiber;
}

struct fiber *fiber_of_system()
{
    return &of_system;
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
    leaving = from;
    entering = to;
#if defined(WATCHED)
    __sanitizer_start_switch_fiber(&from->fake, to->bottom, to->size);
#endif
#if defined(__x86_64__)
    shim_swap(&from->stack_pointer, to->stack_pointer);
#else
    swapcontext(&from->context, &to->context);
#endif
    arrived();
}
