/* The backend agreement tests on a real GPU; without one they are skipped, and say why. */
#include <stdio.h>

#include "model/backend.h"

int agreement_main(void); /* runs the tests */

int main(void)
{
    struct gd_error why = {0};
    char device[128];
    if (gd_backend_named("cuda")->find(device, sizeof device, &why)) {
        printf("ok 1 - backend agreement tests on a GPU # SKIP %s\n", why.text);
        return 77;
    }
    printf("backend agreement tests on %s\n", device);
    return agreement_main();
}
