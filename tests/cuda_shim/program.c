/* The program godiff on the shim: the machine is what the environment says.
 *
 *   SHIM_DEVICES, SHIM_DRIVER, SHIM_MEMORY (bytes)   what it has
 *   SHIM_LOST                                        the number of the call at which the device is lost
 *   SHIM_CALLS                                       a file that the number of calls is written to */
#include <stdio.h>
#include <stdlib.h>

#include "cuda_shim/cuda_runtime.h"
#include "cuda_shim/shim.h"

int godiff_main(int count, char **arguments); /* main of the program */

static long setting(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : otherwise;
}

static void write_calls(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return;
    fprintf(file, "%ld\n", shim_calls());
    fclose(file);
}

int main(int count, char **arguments)
{
    shim_reset();
    shim_machine((int)setting("SHIM_DEVICES", 1), (int)setting("SHIM_DRIVER", CUDART_VERSION));
    if (getenv("SHIM_MEMORY"))
        shim_memory((size_t)setting("SHIM_MEMORY", 0));
    if (getenv("SHIM_LOST"))
        shim_fail(setting("SHIM_LOST", 0), cudaErrorDevicesUnavailable, true);
    int code = godiff_main(count, arguments);
    if (getenv("SHIM_CALLS"))
        write_calls(getenv("SHIM_CALLS"));
    if (*shim_complaint())
        fprintf(stderr, "the shim complains: %s\n", shim_complaint());
    return *shim_complaint() ? 3 : code;
}
