/* Without a fuzzing engine: runs the target on the files named, so that inputs that once broke a reader stay tests. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/files.h"
#include "fuzz/fuzz.h"

int main(int count, char **paths)
{
    int failed = count < 2;
    for (int k = 1; k < count; k++) {
        struct gd_error error = {0};
        char *bytes = NULL;
        size_t length = 0;
        int unread = gd_file_read(paths[k], &bytes, &length, &error) != GD_OK;
        if (!unread)
            LLVMFuzzerTestOneInput((const uint8_t *)bytes, length);
        printf("%sok %d - %s\n", unread ? "not " : "", k, paths[k]);
        failed |= unread;
        free(bytes);
    }
    return failed;
}
