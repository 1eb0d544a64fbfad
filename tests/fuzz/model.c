/* The reader of model files. HDF5 reads files by name, so the bytes go into one that lies in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct gd_model *model = NULL;
    int file = memfd_create("fuzz.h5", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    gd_model_read(&model, path, NULL);
    gd_model_free(model);
    close(file);
    return 0;
}
