/* Exit codes and what they say. */
#include "cli/cli.h"

const struct gd_exit gd_exits[] = {
    {0, "success"},
    {1, "the run or the command failed"},
    {2, "bad input: nothing was run or written"},
    {75, "stopped by a time limit or another signal; a run is saved and can be resumed"},
    {130, "interrupted; a run is saved and can be resumed"},
    {0},
};

int gd_exit_code(enum gd_status status)
{
    static const int codes[] = {
        [GD_OK] = 0, [GD_FAILED] = 1, [GD_BAD_INPUT] = 2, [GD_INTERRUPTED] = 130, [GD_NO_MEMORY] = 1, [GD_PAUSED] = 75,
    };
    return codes[status];
}
