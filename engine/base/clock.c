#include "engine/base/clock.h"

#include <time.h>

double gd_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

const char *gd_date(char date[GD_DATE_SIZE])
{
    const time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(date, GD_DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return date;
}
