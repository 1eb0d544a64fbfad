#include "cli/page.h"

#include <stdlib.h>
#include <string.h>

#include "cli/surfaces.h"
#include "engine/base/files.h"
#include "report/page.h"
#include "sweep/child.h"
#include "sweep/manifest.h"

/* The commands of a sweep: one run of each variant. */
struct commands {
    char **list;
    size_t count, capacity;
};

static enum gd_status add_commands(struct commands *commands, const char *directory, struct gd_error *error)
{
    static const char *const none[] = {NULL};
    struct gd_sweep sweep = {0};
    enum gd_status status = gd_manifest_read(directory, &sweep, error);
    for (size_t k = 0; k < sweep.count && !status; k++) {
        const struct gd_child child = {directory, &sweep, &sweep.runs[k], none, 1, false};
        char *command = gd_child_command(&child);
        if (!command || !gd_grow(&commands->list, &commands->capacity, commands->count + 1, sizeof *commands->list)) {
            free(command);
            status = gd_no_memory(error, "the commands");
        } else {
            commands->list[commands->count++] = command;
        }
    }
    gd_sweep_clear(&sweep);
    return status;
}

static enum gd_status list_commands(const struct gd_list *directories, struct commands *commands,
                                    struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < directories->count && !status; k++)
        if (gd_manifest_exists(directories->items[k]))
            status = add_commands(commands, directories->items[k], error);
    return status;
}

/* A folder's name, without what a slash at its end would do. */
static char *name_of(const char *directory)
{
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    return gd_format("%.*s", (int)length, directory);
}

static enum gd_status write_page(const char *path, const char *page, struct gd_error *error)
{
    struct gd_output output;
    enum gd_status status = gd_output_open(&output, path, error);
    if (status)
        return status;
    fputs(page, output.stream);
    return gd_output_close(&output, status, error);
}

/* The names of the first folders, and how many more there are; a new string, NULL when memory is short. */
static char *make_title(const struct gd_list *directories)
{
    enum { NAMED = 4 };
    struct gd_text title = {0};
    for (size_t k = 0; k < directories->count && k < NAMED; k++) {
        char *name = name_of(directories->items[k]);
        title.failed |= !name;
        gd_text_print(&title, "%s%s", k ? ", " : "", name ? name : "");
        free(name);
    }
    if (directories->count > NAMED)
        gd_text_print(&title, " and %zu more", directories->count - NAMED);
    return gd_text_take(&title);
}

static enum gd_status make(const struct gd_list *directories, struct gd_results *results,
                           const struct gd_comparison *comparison, const char *out, int refresh, const char *path,
                           struct gd_error *error)
{
    struct commands commands = {0};
    struct gd_archives archives = {0};
    struct gd_surface surfaces[GD_SURFACES] = {0};
    char *folder = name_of(directories->items[0]), *title = make_title(directories), *page = NULL;
    enum gd_status status =
        folder && title ? list_commands(directories, &commands, error) : gd_no_memory(error, "the page");
    if (!status)
        status = gd_archives_read(results, &archives, error);
    if (!status)
        status = gd_surfaces_make(results, &archives, gd_threads_decide(0), surfaces, error);
    const struct gd_page_facts facts = {.title = title,
                                        .folder = out ? NULL : folder,
                                        .commands = (const char *const *)commands.list,
                                        .command_count = commands.count,
                                        .archives = &archives,
                                        .surfaces = surfaces,
                                        .refresh = refresh};
    if (!status)
        status = gd_page_write(results, comparison, &facts, &page, error);
    if (!status)
        status = write_page(path, page, error);
    gd_surfaces_clear(surfaces);
    gd_arena_clear(&archives.arena);
    for (size_t k = 0; k < commands.count; k++)
        free(commands.list[k]);
    free(commands.list);
    free(folder);
    free(title);
    free(page);
    return status;
}

enum gd_status gd_page_make(const struct gd_list *directories, struct gd_results *results, const char *out, int refresh,
                            char **path, struct gd_error *error)
{
    struct gd_comparison comparison = {0};
    char *folder = name_of(directories->items[0]);
    *path = out ? gd_string(out) : folder ? gd_file_join(folder, "report.html") : NULL;
    free(folder);
    enum gd_status status = *path ? gd_comparison_make(results, &comparison, error) : gd_no_memory(error, "the page");
    if (!status)
        status = make(directories, results, &comparison, out, refresh, *path, error);
    gd_comparison_clear(&comparison);
    return status;
}
