/* The reader of model files. HDF5 reads files by name, so the bytes go into one: in TMPDIR, else in memory where there
 * is such a place. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "model/model.h"

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
int LLVMFuzzerInitialize(int *count, char ***arguments);

static void die_unnoticed(void)
{
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(NULL);
}

/* A file that kills the child process that tries it is no find: libFuzzer's record of the last input is not for it. */
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count, (void)arguments;
    return pthread_atfork(NULL, NULL, die_unnoticed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *folder = getenv("TMPDIR");
    char path[512];
    struct gd_model *model = NULL;
    if (!folder)
        folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(path, sizeof path, "%s/fuzz-model-XXXXXX", folder);
    int file = mkstemp(path);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    close(file);
    gd_model_read(&model, path, NULL, NULL);
    gd_model_free(model);
    unlink(path);
    return 0;
}
