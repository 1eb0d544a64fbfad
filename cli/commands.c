/* The table of commands. */
#include <string.h>

#include "cli/cli.h"
#include "engine/base/numbers.h"

/* clang-format off */
const struct gd_command *const gd_commands[] = {
    &gd_command_run,
    &gd_command_sweep,
    &gd_command_compare,
    &gd_command_report,
    &gd_command_check,
    &gd_command_doctor,
    &gd_command_plan,
    &gd_command_graph,
    &gd_command_stages,
    &gd_command_schema,
    &gd_command_watch,
    &gd_command_export,
    &gd_command_convert,
    &gd_command_evaluate,
    &gd_command_relax,
    &gd_command_score,
    &gd_command_store,
    &gd_command_bench,
    &gd_command_verify,
    &gd_command_manual,
    NULL,
};
/* clang-format on */

const struct gd_command *gd_command_find(const char *name, struct gd_error *error)
{
    const char *names[sizeof gd_commands / sizeof *gd_commands] = {NULL};
    for (size_t k = 0; gd_commands[k]; k++) {
        if (!strcmp(gd_commands[k]->name, name))
            return gd_commands[k];
        names[k] = gd_commands[k]->name;
    }
    const char *near = gd_find_nearest(name, names);
    gd_fail(error, GD_BAD_INPUT, "unknown command '%s'%s%s%s; see: godiff --help", name, near ? ", did you mean '" : "",
            near ? near : "", near ? "'?" : "");
    return NULL;
}
