/* Exit codes and what they say. */
#include "cli/options.h"

const struct gd_exit gd_exits[] = {
    {0, "success"},
    {1, "the run or the command failed"},
    {2, "bad input: nothing was run or written"},
    {130, "interrupted; a run is saved and can be resumed"},
    {0},
};
