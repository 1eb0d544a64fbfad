#include "engine/base/host.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

const char *gd_host_name(char host[GD_HOST_SIZE])
{
    memset(host, 0, GD_HOST_SIZE);
    gethostname(host, GD_HOST_SIZE - 1);
    return host;
}

const char *gd_processor_name(char name[GD_PROCESSOR_SIZE])
{
    static const char key[] = "model name";
    char line[512];
    struct utsname machine;
    FILE *stream = fopen("/proc/cpuinfo", "re");
    *name = '\0';
    while (stream && !*name && fgets(line, sizeof line, stream)) {
        const char *colon = strncmp(line, key, sizeof key - 1) ? NULL : strchr(line, ':');
        if (colon)
            snprintf(name, GD_PROCESSOR_SIZE, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
    }
    if (stream)
        fclose(stream);
    if (!*name && uname(&machine) == 0)
        snprintf(name, GD_PROCESSOR_SIZE, "%s", machine.machine);
    return name;
}
