/* What every fuzz target offers: libFuzzer calls it, or main.c with the bytes of files. */
#ifndef GD_FUZZ_FUZZ_H
#define GD_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
