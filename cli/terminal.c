#include "cli/terminal.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int gd_terminal_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

const char *gd_print_duration(char text[GD_DURATION_SIZE], double seconds)
{
    const long long all = (long long)(seconds + 0.5);
    if (all >= 3600)
        snprintf(text, GD_DURATION_SIZE, "%lldh%02lldm", all / 3600, all / 60 % 60);
    else if (all >= 60)
        snprintf(text, GD_DURATION_SIZE, "%lldm%02llds", all / 60, all % 60);
    else
        snprintf(text, GD_DURATION_SIZE, "%llds", all);
    return text;
}
