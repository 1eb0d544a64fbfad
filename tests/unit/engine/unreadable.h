/* Reads that fail on request. test_engine is linked with --wrap for pread and readdir. */
#ifndef GD_TESTS_UNREADABLE_H
#define GD_TESTS_UNREADABLE_H

#include <stddef.h>

/* From now on `allowed` reads succeed, and the next one fails with this errno. Those after it succeed. */
void unreadable_start(size_t allowed, int failure);

/* The same, but all after it fail as well, as on a disk that is gone. */
void unreadable_start_lasting(size_t allowed, int failure);

/* Everything succeeds again. How many reads have failed since the start. */
size_t unreadable_stop(void);

#endif
