/* A sweep as a job array of Slurm: each task of the array works on runs that no other one works on. */
#ifndef GD_SWEEP_SLURM_H
#define GD_SWEEP_SLURM_H

#include "engine/base/error.h"

struct gd_slurm {
    const char *program;          /* absolute path of this program */
    const char *directory;        /* absolute, of the sweep */
    const char *name;             /* of the job */
    const char *options;          /* of sbatch, on one line; they have the last word */
    const char *const *arguments; /* NULL-ended: of `godiff sweep` on the nodes */
    int threads;                  /* of each run; 0: as many as the task has processors */
    size_t tasks;                 /* of the array */
    size_t limit;                 /* tasks at a time; 0: no limit */
};

/* The batch script. New string, free with free(); NULL when out of memory. */
char *gd_slurm_script(const struct gd_slurm *slurm);

/* Gives a script to sbatch, which prints the number of the job. GD_FAILED when there is no sbatch or it refuses. */
enum gd_status gd_slurm_submit(const char *path, struct gd_error *error);

#endif
