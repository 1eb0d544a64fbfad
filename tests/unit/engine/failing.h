/* Allocations that fail on request. The test program is linked with --wrap for malloc and its kin, and stands in for
 * libyaml's allocator. */
#ifndef GD_TESTS_FAILING_H
#define GD_TESTS_FAILING_H

#include <stddef.h>

/* From now on `allowed` allocations succeed; then `failures` ones fail, and what follows succeeds again. */
void failing_start(size_t allowed, size_t failures);

/* Everything succeeds again. How many pieces were allocated since the start and not freed. */
long failing_stop(void);

#endif
