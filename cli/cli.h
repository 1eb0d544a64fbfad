/* What the commands share. */
#ifndef GD_CLI_CLI_H
#define GD_CLI_CLI_H

#include "atoms/structure.h"
#include "cli/options.h"
#include "cli/origin.h"
#include "engine/language/pipeline.h"
#include "model/backend.h"

extern const struct gd_command gd_command_run, gd_command_check, gd_command_doctor, gd_command_graph, gd_command_stages,
    gd_command_schema, gd_command_evaluate, gd_command_relax, gd_command_score, gd_command_bench, gd_command_verify,
    gd_command_manual, gd_command_sweep, gd_command_compare, gd_command_report, gd_command_export, gd_command_convert,
    gd_command_store, gd_command_watch, gd_command_plan;

/* All commands, in the order of --help; NULL-ended. */
extern const struct gd_command *const gd_commands[];

/* The command of a name; NULL with GD_BAD_INPUT when there is none. */
const struct gd_command *gd_command_find(const char *name, struct gd_error *error);

/* What --device and --precision ask for: places in gd_device_names and in gd_precision_names. */
struct gd_device_request {
    int device, precision;
};

/* What that comes to. */
struct gd_device_choice {
    const char *name;      /* of a backend */
    const char *precision; /* of its products of matrices */
    char found[128];       /* the kernels of the CPU, or the GPU */
    char note[256];        /* with auto: one line that says which, and why */
};

/* GD_BAD_INPUT when this build or this machine does not have what was asked for. */
enum gd_status gd_device_decide(const struct gd_device_request *wish, struct gd_device_choice *choice,
                                struct gd_error *error);

/* `threads`, or for 0 as many as the machine offers. */
int gd_threads_decide(int64_t threads);

/* A registry of all that this program and the plugins know; `trusted`: it reads scripts without limits. NULL on
 * failure. Free with gd_registry_free, after all that was made by means of it. */
struct gd_registry *gd_registry_full(const struct gd_list *plugins, bool trusted, struct gd_error *error);

/* Rows that several commands have: --threads, an int64_t for gd_threads_decide; --device and --precision, a struct
 * gd_device_request; IN, the name of a file; RUN, that of a folder; --plugin, a struct gd_list. */
#define GD_THREADS_OPTION(offset_of_threads)                                                                           \
    {                                                                                                                  \
        .name = "--threads", .value = "N", .kind = GD_OPTION_INT, .offset = offset_of_threads, .max = 1024,            \
        .help = "number of threads; 0, the default: all processors"                                                    \
    }

#define GD_DEVICE_OPTIONS(offset_of_wish)                                                                              \
    {.name = "--device",                                                                                               \
     .kind = GD_OPTION_CHOICE,                                                                                         \
     .offset = (offset_of_wish) + offsetof(struct gd_device_request, device),                                          \
     .choices = gd_device_names,                                                                                       \
     .help = "where the network runs (default: auto)"},                                                                \
    {                                                                                                                  \
        .name = "--precision", .kind = GD_OPTION_CHOICE,                                                               \
        .offset = (offset_of_wish) + offsetof(struct gd_device_request, precision), .choices = gd_precision_names,     \
        .help = "of matrix multiplication on a GPU (default: float32)"                                                 \
    }

#define GD_IN_OPTION(offset_of_name)                                                                                   \
    {                                                                                                                  \
        .name = "IN", .kind = GD_OPTION_TEXT, .offset = offset_of_name, .required = true,                              \
        .help = "structures: a file (extended XYZ, POSCAR), a run (its archive), or - for standard input"              \
    }

#define GD_POTENTIAL_OPTION(offset_of_text)                                                                            \
    {                                                                                                                  \
        .name = "--potential", .value = "NAME[:KEY=VALUE,...]", .kind = GD_OPTION_TEXT, .offset = offset_of_text,      \
        .required = true, .words = "potentials", .help = "such as emt or lj:epsilon=0.5"                               \
    }

#define GD_RESULTS_OPTION(offset_of_name)                                                                              \
    {                                                                                                                  \
        .name = "--out", .value = "OUT", .kind = GD_OPTION_TEXT, .offset = offset_of_name,                             \
        .help = "extended XYZ with energies and forces (default: standard output)"                                     \
    }

#define GD_RUN_OPTION(offset_of_name)                                                                                  \
    {                                                                                                                  \
        .name = "RUN", .kind = GD_OPTION_TEXT, .offset = offset_of_name, .required = true,                             \
        .help = "the folder of a run"                                                                                  \
    }

#define GD_PLUGIN_OPTION(offset_of_list)                                                                               \
    {                                                                                                                  \
        .name = "--plugin", .value = "SO", .kind = GD_OPTION_LIST, .offset = offset_of_list,                           \
        .help = "a plugin (shared object) with stages, potentials, curves, ..."                                        \
    }

struct gd_potential;
struct gd_frames;

/* The potential that --potential asks for; problems go to stderr. Free it before the registry. */
enum gd_status gd_potential_open(const char *text, const struct gd_registry *registry, struct gd_potential **potential,
                                 struct gd_error *error);

/* Prints the warning that a potential has, if any. */
void gd_potential_print_warning(const struct gd_potential *potential);

/* GD_BAD_INPUT when the potential does not know the atoms of a frame; `path`: the file that they are from. */
enum gd_status gd_potential_check_frames(const struct gd_potential *potential, const char *path,
                                         const struct gd_frames *frames, struct gd_error *error);

/* Writes the frames, without results of other potentials that they were read with. */
enum gd_status gd_frames_write_results(struct gd_frames *frames, FILE *stream, struct gd_error *error);

/* The command line of this process, as a shell takes it: a new string; NULL when out of memory. */
char *gd_command_line(void);

/* What the process exits with: one of gd_exits. */
int gd_exit_code(enum gd_status status);

/* Makes the standard streams safe to use; once, before anything is opened. */
void gd_streams_prepare(void);

/* GD_FAILED when not all that was printed could be written to standard output. */
enum gd_status gd_stdout_finish(struct gd_error *error);

/* True when that was because its reader has gone, as `head` does. */
bool gd_stdout_abandoned(void);

/* The way out of all text for people that has anything in it from files, scripts, plugins or the command line: what
 * would steer a terminal is shown by its number. At most so many columns; SIZE_MAX: all. */
void gd_print_escaped(FILE *stream, const char *text, size_t most);

/* One line on stderr: "error: ...", "warning: ...", or the text alone for an empty label. */
void gd_print_message(const char *label, const char *text);

/* Warns of what a conversion from or to a file has lost, in words; NULL: nothing. */
void gd_print_lost(const char *path, const char *lost);
/* The problems, or without any the warnings, one a line on stderr. */
void gd_print_problems(const struct gd_problems *problems);

/* True when a stream is a terminal that may be coloured (NO_COLOR, TERM). */
bool gd_coloured(FILE *stream);

/* A pipeline file, read and understood. Zero-initialise; gd_job_close accepts any state of it. */
struct gd_job {
    struct gd_registry *registry;
    struct gd_pipeline pipeline;
    struct gd_state *state;
    struct gd_origin origin;
};

/* What the command line says about the pipeline; the first member of a command's values. */
struct gd_source {
    const char *file, *seed;
    const char *from; /* a run to start from */
    const char *out;  /* the folder of the run; NULL: runs/NAME-SEED */
    bool resume;      /* a run that is there */
    struct gd_list set, plugins;
    size_t extends;               /* so many of the last in `set` are from --extend */
    bool trust;                   /* the file may load native code, and a script use all of Lua */
    bool silent;                  /* problems and warnings are not printed: they have been */
    struct gd_problems *warnings; /* are put here, and not printed; NULL: they are printed */
};

#define GD_SOURCE_OPTIONS                                                                                              \
    {.name = "FILE",                                                                                                   \
     .kind = GD_OPTION_TEXT,                                                                                           \
     .offset = offsetof(struct gd_source, file),                                                                       \
     .required = true,                                                                                                 \
     .help = "the pipeline"},                                                                                          \
        GD_OVERRIDE_OPTIONS

#define GD_FROM_OPTION                                                                                                 \
    {                                                                                                                  \
        .name = "--from", .value = "RUN", .kind = GD_OPTION_TEXT, .offset = offsetof(struct gd_source, from),          \
        .help = "start with the archive, best structure, evaluations and model of this run"                            \
    }

/* All but the file. */
#define GD_OVERRIDE_OPTIONS                                                                                            \
    {.name = "--set",                                                                                                  \
     .value = "PATH=VALUE",                                                                                            \
     .kind = GD_OPTION_LIST,                                                                                           \
     .offset = offsetof(struct gd_source, set),                                                                        \
     .words = "settings",                                                                                              \
     .help = "overrides a parameter, such as train.steps=500"},                                                        \
        {.name = "--seed",                                                                                             \
         .value = "N",                                                                                                 \
         .kind = GD_OPTION_TEXT,                                                                                       \
         .offset = offsetof(struct gd_source, seed),                                                                   \
         .help = "the same as --set seed=N"},                                                                          \
        GD_PLUGIN_OPTION(offsetof(struct gd_source, plugins)),                                                         \
    {                                                                                                                  \
        .name = "--trust", .kind = GD_OPTION_FLAG, .offset = offsetof(struct gd_source, trust),                        \
        .help = "trust the file: load its plugins, run scripts without limits"                                         \
    }

/* Reads the file, applies `--set` and `--seed`, builds and checks it. Problems go to stderr; the status is then
 * GD_BAD_INPUT, without a message in `error`. */
enum gd_status gd_job_open(struct gd_job *job, const struct gd_source *source, struct gd_error *error);
void gd_job_close(struct gd_job *job);

/* The folder of the job's run, a new string; NULL when out of memory. */
char *gd_job_directory(const struct gd_job *job, const struct gd_source *source);

/* gd_poscar_write, with a warning where the cell had to be made larger. */
enum gd_status gd_poscar_print(FILE *stream, const struct gd_structure *structure, const bool *movable,
                               const char *title, struct gd_error *error);

/* A result: a file that appears under its name, or under that which a link leads to, only when it is complete; a
 * device or FIFO, which is written to; or stdout. Zero-initialise. */
struct gd_output {
    const char *path; /* borrowed; NULL or "-": stdout */
    char *target;     /* the file that is replaced */
    char *temporary;
    FILE *stream;
    bool foreign;       /* it is converted by ASE when it is complete */
    const char *format; /* a name of ASE's; NULL: as the path says. Borrowed */
};

/* What a path stands for: NULL, "-" and /dev/stdout for standard output, wherever that stands by now; a device, a FIFO
 * or a link to nothing is written to as it is. */
enum gd_output_kind { GD_TO_FILE, GD_TO_STDOUT, GD_TO_OTHER };
enum gd_output_kind gd_output_find_kind(const char *path);

/* GD_BAD_INPUT when it cannot be written. */
enum gd_status gd_output_open(struct gd_output *output, const char *path, struct gd_error *error);

/* For structures as extended XYZ. GD_BAD_INPUT also where the name says another format. */
enum gd_status gd_output_open_xyz(struct gd_output *output, const char *path, struct gd_error *error);

/* For structures in a format of ASE's, which are written to the stream as extended XYZ. GD_BAD_INPUT when `path` is no
 * file. */
enum gd_status gd_output_open_foreign(struct gd_output *output, const char *path, const char *format,
                                      struct gd_error *error);

/* Closes and, when `status` is GD_OK, puts the file in its place. Returns `status`, or what went wrong here. */
enum gd_status gd_output_close(struct gd_output *output, enum gd_status status, struct gd_error *error);

#endif
