#include "atoms/foreign.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/base/data_file.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/process.h"

#define NO_ASE 3 /* what the script ends with */

bool gd_foreign_name(const char *path)
{
    static const char *const endings[] = {
        ".cif", ".traj", ".cell", ".db",  ".json", ".pdb", ".xsf", ".gen",    ".res", ".cube", ".xtl",    ".xml", ".nc",
        ".cfg", ".mol",  ".sdf",  ".con", ".gro",  ".in",  ".out", ".struct", ".pwi", ".pwo",  ".magres", NULL};
    const char *dot = strrchr(path, '.');
    for (size_t k = 0; dot && endings[k]; k++)
        if (!strcasecmp(dot, endings[k]))
            return true;
    return false;
}

/* Takes what has come from the script's standard output; *more: it is not at its end. */
static enum gd_status take(const struct gd_process *process, struct gd_text *text, bool *more, struct gd_error *error)
{
    char bytes[65536];
    const ssize_t length = read(process->output, bytes, sizeof bytes);
    *more = length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR));
    if (length > 0)
        gd_text_add(text, bytes, (size_t)length);
    return text->length < GD_FILE_MOST ? GD_OK : gd_fail(error, GD_BAD_INPUT, "structures of more than 1 GiB");
}

/* Reads the script's standard output to its end. */
static enum gd_status listen(struct gd_process *process, struct gd_text *text, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (bool more = true; more && !status;) {
        struct pollfd ends[] = {{.fd = process->output, .events = POLLIN}, {.fd = process->messages, .events = POLLIN}};
        poll(ends, 2, -1);
        gd_process_listen(process);
        if (ends[0].revents)
            status = take(process, text, &more, error);
    }
    return status;
}

/* What is wrong with a script that has ended so. */
static enum gd_status judge(struct gd_process *process, const char *path, const char *python, struct gd_error *error)
{
    char end[128];
    const char *words = gd_process_last_words(process);
    gd_process_describe_end(process, end, sizeof end);
    if (!strcmp(end, "ended with status 0"))
        return GD_OK;
    if (process->status == NO_ASE << 8)
        return gd_fail(error, GD_BAD_INPUT,
                       "%s: files of this kind are read and written through ASE, which %s does not have: pip install "
                       "ase, or name a Python that has it in the variable GODIFF_PYTHON",
                       path, python);
    return gd_fail(error, GD_BAD_INPUT, "%s: %s", path, *words ? words : end);
}

/* Runs the script; what it prints goes to `text`. */
static enum gd_status run(const char *what, const char *from, const char *path, const char *format,
                          struct gd_text *text, struct gd_error *error)
{
    static const char *const environment[] = {"PYTHONIOENCODING=utf-8", NULL};
    const char *named = getenv("GODIFF_PYTHON"), *python = named && *named ? named : "python3";
    struct gd_process process = {0};
    struct gd_error why = {0};
    char *script = NULL;
    enum gd_status status = gd_data_file_find("ase_convert.py", &script, error);
    if (status)
        return status;
    const char *const arguments[] = {python, script, what, from, format ? format : "", path, NULL};
    if (gd_process_start(&process, arguments, environment, &why) != GD_OK)
        status = gd_fail(error, why.status == GD_NO_MEMORY ? GD_NO_MEMORY : GD_BAD_INPUT,
                         "%s: files of this kind are read and written through ASE in Python, but %s; another Python "
                         "can be named in the variable GODIFF_PYTHON",
                         path, why.text);
    else {
        status = listen(&process, text, error);
        gd_process_stop(&process, status ? 0 : 60);
        status = status ? status : judge(&process, path, python, error);
    }
    free(script);
    return status;
}

enum gd_status gd_foreign_read(const char *path, const char *format, char **text, size_t *length,
                               struct gd_error *error)
{
    struct gd_text read = {0};
    *text = NULL;
    enum gd_status status = access(path, R_OK) == 0 ? run("read", path, path, format, &read, error)
                                                    : gd_fail(error, GD_BAD_INPUT, "%s: %s", path, strerror(errno));
    *length = read.length;
    char *taken = gd_text_take(&read);
    if (!status && !taken)
        status = *length ? gd_no_memory(error, path) : gd_fail(error, GD_BAD_INPUT, "%s: it has no structures", path);
    if (status)
        free(taken);
    else
        *text = taken;
    return status;
}

enum gd_status gd_foreign_write(const char *from, const char *path, const char *format, struct gd_error *error)
{
    struct gd_text nothing = {0};
    enum gd_status status = run("write", from, path, format, &nothing, error);
    free(gd_text_take(&nothing));
    return status;
}
