/* Executing a pipeline, checkpoints, and what a run leaves behind. */
#ifndef GD_ENGINE_RUN_H
#define GD_ENGINE_RUN_H

#include "engine/language/pipeline.h"
#include "engine/run/context.h"

struct gd_run_options {
    const char *directory; /* of the output; made when missing */
    bool resume;           /* continue the run that is there */
    int threads;           /* 0: as many as the machine has */
    const char *device;    /* "cpu" or "cuda": already decided */
    const char *precision; /* of products of matrices: "float32" (also for NULL), "tf32" or "bf16" */
    const char *kernels;   /* of the CPU, or the GPU: others may give other bits. May be NULL: not known */
    const char *version;   /* for summary.json, and so are: */
    const char *commit;    /* of the source that the program was built from; NULL: not known */
    const char *libraries; /* that the program uses, with their versions; NULL: not known */
    double checkpoint;     /* seconds from one checkpoint to the next at least; 0: after every step */
    double deadline;       /* seconds of the clock (gd_clock) when the run is to have saved and left; 0: none */
    const char *from;      /* the run whose values the state has (gd_inherit); NULL: none */
    const char *command;   /* the command line, for the run's history; NULL: it has none */
    const struct gd_pipeline *former; /* a run of which this one goes on with other values; NULL: none */
    const char *const *extends;       /* NULL-ended: these, as PATH=VALUE, for the history; may be NULL */
    const struct gd_pipeline *given;  /* this one without any of the run's changes; NULL: it has none */
    const char *share;                /* a folder by which runs that begin alike share that (share.h); NULL: none */
    const struct gd_sink *sinks;
    size_t sink_count;
    const volatile int *interrupted; /* how many interrupts have come in; may be NULL */
};

/* For gd_run_options.checkpoint: after every step, unless that would take more than 2 % of the time. */
#define GD_CHECKPOINT_AUTO (-1.0)

/* Runs a checked pipeline with the state its check has filled. Writes, in `directory`: pipeline.yaml (and pipeline.lua,
 * the script, when it has functions), run.h5 (a whole one to a temporary name, synced, renamed; between these, what has
 * changed is appended to run.h5.journal), metrics.jsonl (one line per executed step; after a resume exactly the lines
 * of saved steps are kept), and at the end, however it ends, summary.json and the files of the slots.
 *
 * GD_BAD_INPUT, nothing written: the directory holds another run, or any run without resume, or resume finds nothing to
 * resume. GD_INTERRUPTED: the first interrupt finishes the step and saves; the second stops at once. The deadline is an
 * interrupt when the next step, or the step that runs, would pass it. GD_FAILED: a stage failed.
 *
 * A run that ends within a step is left as it was after the last step that a checkpoint has saved or that is kept in
 * memory, whichever is newer; what is kept is saved first. */
enum gd_status gd_run(struct gd_pipeline *pipeline, struct gd_state *state, const struct gd_run_options *options,
                      struct gd_error *error);

#endif
