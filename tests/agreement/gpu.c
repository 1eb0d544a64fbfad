/* The backend agreement tests on a real GPU; without one they are skipped, and say why. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/backend.h"

int agreement_main(void); /* runs the tests */

/* In a process of its own: each test runs in a child of this one, and CUDA works in no child of a process that has used
 * it. */
static int find_gpu(void)
{
    struct gd_error why = {0};
    char device[128];
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        bool none = gd_backend_named("cuda")->find(device, sizeof device, &why) != GD_OK;
        if (none)
            printf("ok 1 - backend agreement tests on a GPU # SKIP %s\n", why.text);
        else
            printf("backend agreement tests on %s\n", device);
        fflush(stdout);
        _exit(none ? 77 : 0);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(void)
{
    int code = find_gpu();
    return code ? code : agreement_main();
}
