#include "sweep/slurm.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/base/memory.h"
#include "engine/base/text.h"

extern char **environ;

#define RESTARTS_MOST "50"

/* In the names of files % stands for numbers of the job. */
static void add_path(struct gd_text *text, const char *path)
{
    for (; *path; path++)
        gd_text_add(text, *path == '%' ? "%%" : path, *path == '%' ? 2 : 1);
}

/* Slurm reads options of lines that begin with #SBATCH, up to the first command. */
static void add_options(struct gd_text *text, const struct gd_slurm *slurm)
{
    gd_text_print(text, "#!/bin/sh\n#SBATCH --job-name=");
    gd_shell_quote(text, slurm->name);
    gd_text_print(text, "\n#SBATCH --array=0-%zu", slurm->tasks - 1);
    if (slurm->limit > 0)
        gd_text_print(text, "%%%zu", slurm->limit);
    gd_text_print(text,
                  "\n#SBATCH --requeue\n#SBATCH --open-mode=append\n#SBATCH --signal=B:TERM@120\n#SBATCH --output=\"");
    add_path(text, slurm->directory);
    gd_text_print(text, "/slurm/%%A_%%a.log\"\n");
    if (*slurm->options)
        gd_text_print(text, "#SBATCH %s\n", slurm->options);
}

/* A task is queued again by its number in the array: the last task has the number of the whole job besides. */
static const char rest[] = " &\n"
                           "sweep=$!\n"
                           "trap 'kill -TERM \"$sweep\"' TERM\n"
                           "wait \"$sweep\"\n"
                           "code=$?\n"
                           "while kill -0 \"$sweep\" 2>/dev/null; do\n"
                           "    wait \"$sweep\"\n"
                           "    code=$?\n"
                           "done\n"
                           "if [ \"$code\" -eq 130 ] && [ \"${SLURM_RESTART_COUNT:-0}\" -lt " RESTARTS_MOST " ]; then\n"
                           "    exec scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\"\n"
                           "fi\n"
                           "exit \"$code\"\n";

char *gd_slurm_script(const struct gd_slurm *slurm)
{
    struct gd_text text = {0};
    add_options(&text, slurm);
    gd_text_print(
        &text, "\n# Works on runs that no other task works on. Before the time limit Slurm sends a signal: the run is\n"
               "# saved, and the task is queued again.\n");
    gd_shell_quote(&text, slurm->program);
    gd_text_print(&text, " sweep ");
    gd_shell_quote(&text, slurm->directory);
    gd_text_print(&text, " --jobs 1 --no-wait --quiet");
    if (slurm->threads > 0)
        gd_text_print(&text, " --threads %d", slurm->threads);
    else
        gd_text_print(&text, " --threads \"${SLURM_CPUS_PER_TASK:-1}\"");
    for (size_t k = 0; slurm->arguments[k]; k++) {
        gd_text_print(&text, " ");
        gd_shell_quote(&text, slurm->arguments[k]);
    }
    gd_text_add(&text, rest, sizeof rest - 1);
    return gd_text_take(&text);
}

enum gd_status gd_slurm_submit(const char *path, struct gd_error *error)
{
    char sbatch[] = "sbatch";
    char *arguments[] = {sbatch, (char *)path, NULL};
    pid_t process;
    int outcome = 0;
    const int why = posix_spawnp(&process, sbatch, NULL, NULL, arguments, environ);
    if (why)
        return gd_fail(error, GD_FAILED, "cannot start sbatch: %s; the script is %s", strerror(why), path);
    while (waitpid(process, &outcome, 0) < 0)
        if (errno != EINTR)
            return gd_fail(error, GD_FAILED, "cannot wait for sbatch: %s", strerror(errno));
    if (outcome != 0)
        return gd_fail(error, GD_FAILED, "sbatch refused %s", path);
    return GD_OK;
}
