#include "engine/base/host.h"

#include <string.h>
#include <unistd.h>

const char *gd_host_name(char host[GD_HOST_SIZE])
{
    memset(host, 0, GD_HOST_SIZE);
    gethostname(host, GD_HOST_SIZE - 1);
    return host;
}
