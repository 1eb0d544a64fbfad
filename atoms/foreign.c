#include "atoms/foreign.h"

#include <errno.h>
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

/* What is wrong with a script that has ended so. */
static enum gd_status judge(struct gd_subprocess *process, const char *path, const char *python, struct gd_error *error)
{
    char end[128];
    const char *words = gd_subprocess_last_words(process);
    gd_subprocess_describe_end(process, end, sizeof end);
    if (!strcmp(end, "ended with status 0"))
        return GD_OK;
    if (process->status == NO_ASE << 8)
        return gd_fail(error, GD_BAD_INPUT,
                       "%s: files of this kind are read and written through ASE, which %s does not have: pip install "
                       "ase, or name a Python that has it in the variable GODIFF_PYTHON",
                       path, python);
    return gd_fail(error, GD_BAD_INPUT, "%s: %s", path, *words ? words : end);
}

/* What the script's last line says that was lost. */
static enum gd_status find_lost(struct gd_subprocess *process, char **lost, struct gd_error *error)
{
    static const char label[] = "lost: ";
    const char *words = gd_subprocess_last_words(process), *line = strrchr(words, '\n');
    line = line ? line + 1 : words;
    if (strncmp(line, label, strlen(label)) != 0)
        return GD_OK;
    *lost = gd_string(line + strlen(label));
    return *lost ? GD_OK : gd_no_memory(error, "a message");
}

/* Runs the script; what it prints goes to `text`. */
static enum gd_status run(const char *what, const char *from, const char *path, const char *format,
                          struct gd_text *text, char **lost, struct gd_error *error)
{
    static const char *const environment[] = {"PYTHONIOENCODING=utf-8", NULL};
    const char *named = getenv("GODIFF_PYTHON"), *python = named && *named ? named : "python3";
    struct gd_subprocess process = {0};
    struct gd_error why = {0};
    char *script = NULL;
    *lost = NULL;
    enum gd_status status = gd_data_file_find("ase_convert.py", &script, error);
    if (status)
        return status;
    const char *const arguments[] = {python, script, what, from, format ? format : "", path, NULL};
    if (gd_subprocess_start(&process, arguments, environment, &why) != GD_OK)
        status = gd_fail(error, why.status == GD_NO_MEMORY ? GD_NO_MEMORY : GD_BAD_INPUT,
                         "%s: files of this kind are read and written through ASE in Python, but %s; another Python "
                         "can be named in the variable GODIFF_PYTHON",
                         path, why.text);
    else {
        status = gd_subprocess_collect(&process, text, error);
        gd_subprocess_stop(&process, status ? 0 : 60);
        status = status ? status : judge(&process, path, python, error);
        status = status ? status : find_lost(&process, lost, error);
    }
    free(script);
    return status;
}

enum gd_status gd_foreign_read(const char *path, const char *format, char **text, size_t *length, char **lost,
                               struct gd_error *error)
{
    struct gd_text read = {0};
    *text = *lost = NULL;
    enum gd_status status = access(path, R_OK) == 0 ? run("read", path, path, format, &read, lost, error)
                                                    : gd_fail(error, GD_BAD_INPUT, "%s: %s", path, strerror(errno));
    *length = read.length;
    char *taken = gd_text_take(&read);
    if (!status && !taken)
        status = *length ? gd_no_memory(error, path) : gd_fail(error, GD_BAD_INPUT, "%s: it has no structures", path);
    if (!status) {
        *text = taken;
        return GD_OK;
    }
    free(taken);
    free(*lost);
    *lost = NULL;
    return status;
}

enum gd_status gd_foreign_write(const char *from, const char *path, const char *format, char **lost,
                                struct gd_error *error)
{
    struct gd_text nothing = {0};
    enum gd_status status = run("write", from, path, format, &nothing, lost, error);
    free(gd_text_take(&nothing));
    return status;
}
