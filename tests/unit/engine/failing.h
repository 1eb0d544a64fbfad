/* Allocations that fail on request. The test program is linked with --wrap for malloc and its kin, and stands in for
 * libyaml's allocator. */
#ifndef GD_TESTS_FAILING_H
#define GD_TESTS_FAILING_H

#include <stddef.h>

/* From now on `allowed` allocations succeed, and every further one fails. */
void failing_start(size_t allowed);

/* The same, but only one fails. */
void failing_start_once(size_t allowed);

/* Everything succeeds again. How many pieces were allocated since the start and not freed. */
long failing_stop(void);

#endif
