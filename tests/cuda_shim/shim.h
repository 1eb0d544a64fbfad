/* What the tests set and see of the shim. There is one machine per process, as with CUDA. */
#ifndef GD_SHIM_H
#define GD_SHIM_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A machine as new: one device, plenty of memory, nothing fails, everything in order. Objects that are left stay. */
void shim_reset(void);

/* Call number `call` from now on (1: the next) of the runtime or cuBLAS fails with this cudaError; `lost`: and all
 * after it, as with a device that is gone. */
void shim_fail(long call, int error, bool lost);
long shim_calls(void);        /* since shim_reset */
long shim_operations(void);   /* kernels, products, copies and fills that the device did since shim_reset */
size_t shim_downloaded(void); /* bytes copied from the device since shim_reset */

void shim_machine(int devices, int driver); /* driver: as cudaDriverGetVersion reports it, 0: none */
void shim_memory(size_t bytes);             /* of the device */

/* The order in which blocks, and the threads of a block, get their turns. */
enum shim_order { SHIM_FORWARD, SHIM_BACKWARD, SHIM_SHUFFLED };
void shim_order(enum shim_order order);

size_t shim_used(void);           /* bytes of the device's memory */
size_t shim_live(void);           /* allocations, streams and handles that are not released */
const char *shim_complaint(void); /* what a kernel did wrong since shim_reset; "": nothing */

#ifdef __cplusplus
}
#endif

#endif
