/* Several threads of control on one thread of the system, each on a stack of its own. */
#ifndef GD_SHIM_FIBER_H
#define GD_SHIM_FIBER_H

struct fiber;

/* Starts at the first switch to it; `body` must not return. */
struct fiber *fiber_new(void (*body)());
void fiber_free(struct fiber *fiber);

struct fiber *fiber_of_system(); /* the stack that the program started on */
void fiber_switch(struct fiber *from, struct fiber *to);

#endif
