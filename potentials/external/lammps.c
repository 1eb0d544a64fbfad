/* Potential `lammps`: processes of LAMMPS (A. P. Thompson et al., Comput. Phys. Commun. 271, 108171 (2022)) that the
 * program starts, and that work as clients of the i-PI protocol. A process of its own, since any error ends it. */
#include <ctype.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "atoms/elements.h"
#include "engine/base/clock.h"
#include "engine/base/digest.h"
#include "engine/base/memory.h"
#include "engine/base/process.h"
#include "engine/language/pipeline_files.h"
#include "potentials/external/ipi_server.h"
#include "potentials/external/lammps_script.h"
#include "potentials/external/resources.h"
#include "potentials/kept.h"

extern const struct gd_potential_class gd_potential_lammps;

struct params {
    const char *commands, *types, *style, *program, *folder;
    int64_t workers;
    struct gd_patience patience;
    struct gd_kept_params kept;
};

static const struct gd_param rows[] = {
    {.name = "commands",
     .type = GD_STRING,
     .offset = offsetof(struct params, commands),
     .words_in = "folder",
     .help = "What an input of LAMMPS has for its forces, such as pair_style and pair_coeff, in units metal. Its lines "
             "end with \\n in double quotes, or are those of a block (commands: |).",
     .example = "\"pair_style lj/cut 8\\npair_coeff * * 0.01 2.5\""},
    {.name = "types",
     .type = GD_STRING,
     .offset = offsetof(struct params, types),
     .help = "Symbols of the elements of types 1, 2, ...",
     .example = "Pt"},
    {.name = "style",
     .type = GD_STRING,
     .offset = offsetof(struct params, style),
     .initial = "atomic",
     .help = "atom_style of LAMMPS."},
    {.name = "program",
     .type = GD_STRING,
     .offset = offsetof(struct params, program),
     .path_with = "/",
     .initial = "lmp",
     .help = "How LAMMPS is started."},
    {.name = "folder",
     .type = GD_PATH,
     .offset = offsetof(struct params, folder),
     .optional = true,
     .help = "Where LAMMPS runs, for files that the commands name; otherwise where godiff runs."},
    GD_WORKERS_ROW(offsetof(struct params, workers)),
    GD_PATIENCE_ROWS(offsetof(struct params, patience), "process", "started again"),
    GD_KEPT_ROWS(offsetof(struct params, kept)),
    {0},
};

/* The constants of LAMMPS, src/MISC/fix_ipi.cpp and src/update.cpp: exact for it, while others differ by 2e-8. */
static const struct gd_ipi_units units = {.hartree = 8.617343e-5 / 3.1668152e-06, .bohr = 0.52917721};

enum { MOST_KINDS = 32, NAME = 64 };

struct worker {
    struct gd_subprocess process;
    struct gd_bytes script; /* on its way to the process */
    double parted;          /* since when it is no client, of the clock */
    bool connected;         /* it has been one */
};

struct lammps {
    struct gd_potential base;
    char *commands, *style, *program, *folder, *identity; /* folder NULL: none */
    int types[MOST_KINDS], kinds;
    int workers_wanted, retries;
    char socket[NAME];
    pthread_mutex_t mutex; /* of all below */
    struct gd_ipi_server server;
    struct worker *workers;      /* [workers_wanted] */
    struct gd_structure crew_of; /* whose atoms the processes have; count 0: there are none */
    bool connected;              /* one of them was a client */
    int deaths;                  /* since the last result */
};

static struct lammps *lammps_of(const struct gd_potential *potential)
{
    return (struct lammps *)(uintptr_t)potential;
}

/* --- Processes ---------------------------------------------------------------------------------------------------- */

static void stop_worker(struct worker *worker, double patience)
{
    gd_subprocess_stop(&worker->process, patience);
    free(worker->script.data);
    worker->script = (struct gd_bytes){0};
}

/* Starts a process for the atoms of `boxed`. LAMMPS says what is wrong to its output. */
static enum gd_status start_worker(struct lammps *lammps, struct worker *worker, const struct gd_structure *boxed,
                                   struct gd_error *error)
{
    struct gd_text script = {0};
    const struct gd_lammps_setup setup = {lammps->commands, lammps->style, lammps->folder,
                                          lammps->types,    lammps->kinds, lammps->socket};
    char *command = gd_format("exec %s -log none -nocite 1>&2", lammps->program);
    gd_lammps_script(&script, &setup, boxed);
    worker->parted = gd_clock();
    worker->connected = false;
    enum gd_status status = command && !script.failed && gd_bytes_add(&worker->script, script.data, script.length)
                                ? GD_OK
                                : gd_no_memory(error, "a script");
    if (!status)
        status = gd_subprocess_start(&worker->process, (const char *const[]){"sh", "-c", command, NULL},
                                     (const char *const[]){"OMP_NUM_THREADS=1", NULL}, error);
    free(command);
    free(script.data);
    return status;
}

static void stop_crew(struct lammps *lammps)
{
    static const double patience = 5; /* s, to leave when told by the server */
    gd_ipi_server_dismiss(&lammps->server);
    for (int k = 0; k < lammps->workers_wanted; k++)
        stop_worker(&lammps->workers[k], lammps->workers[k].connected ? patience : 0);
    gd_structure_clear(&lammps->crew_of);
    lammps->crew_of = (struct gd_structure){0};
}

static bool same_atoms(const struct gd_structure *a, const struct gd_structure *b)
{
    return a->count == b->count && !memcmp(a->cell.periodic, b->cell.periodic, sizeof a->cell.periodic) &&
           !memcmp(a->species, b->species, a->count * sizeof *a->species);
}

/* Processes for the atoms of `boxed`, in place of those for others. */
static enum gd_status start_crew(struct lammps *lammps, const struct gd_structure *boxed, struct gd_error *error)
{
    if (lammps->crew_of.count && same_atoms(&lammps->crew_of, boxed))
        return GD_OK;
    stop_crew(lammps);
    lammps->connected = false;
    lammps->deaths = 0;
    enum gd_status status = gd_structure_copy(&lammps->crew_of, boxed, error);
    if (!status)
        status = gd_ipi_server_open(&lammps->server, error);
    for (int k = 0; k < lammps->workers_wanted && !status; k++)
        status = start_worker(lammps, &lammps->workers[k], boxed, error);
    if (status)
        stop_crew(lammps);
    return status;
}

/* Writes what the process takes without waiting. */
static void write_script(struct worker *worker)
{
    struct gd_bytes *script = &worker->script;
    while (script->at < script->length) {
        const ssize_t length = write(worker->process.input, script->data + script->at, script->length - script->at);
        if (length <= 0)
            return;
        script->at += (size_t)length;
    }
}

/* Whether LAMMPS reports an error here, other than that the server let it go. MPI has lines with ERROR_LOG. */
static bool is_error(const char *at)
{
    return (!strncmp(at, "ERROR:", 6) || !strncmp(at, "ERROR on proc", 13)) && !strstr(at, "Got EXIT message");
}

/* The line that LAMMPS ended with, or all that it said last. */
static const char *find_reason(struct gd_subprocess *process)
{
    char *words = (char *)(uintptr_t)gd_subprocess_last_words(process), *reason = words;
    for (char *at = words; (at = strstr(at, "ERROR")); at++)
        if (is_error(at))
            reason = at;
    if (reason != words)
        reason[strcspn(reason, "\n")] = '\0';
    return reason;
}

/* The process group of who is connected; 0: not known. */
static pid_t group_of(int file)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(file, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? getpgid(peer.pid) : 0;
}

static bool is_client(const struct lammps *lammps, const struct worker *worker)
{
    for (size_t k = 0; k < lammps->server.count; k++)
        if (group_of(lammps->server.clients[k].file) == worker->process.pid)
            return true;
    return false;
}

/* Whether a process is no client for so long that it hangs. */
static bool is_stuck(struct lammps *lammps, struct worker *worker)
{
    static const double to_leave = 5, to_come = 600; /* s */
    if (is_client(lammps, worker)) {
        worker->parted = gd_clock();
        worker->connected = lammps->connected = true;
    }
    return gd_clock() - worker->parted > (worker->connected ? to_leave : to_come);
}

/* A process that has ended is replaced, unless all do so before they give a result. */
static enum gd_status replace(struct lammps *lammps, struct worker *worker, struct gd_error *error)
{
    char end[100];
    stop_worker(worker, 0);
    lammps->deaths++;
    if (lammps->connected && lammps->deaths <= lammps->workers_wanted * (lammps->retries + 2))
        return start_worker(lammps, worker, &lammps->crew_of, error);
    return gd_fail(error, GD_FAILED, "lammps: %s %s: %s", lammps->program,
                   gd_subprocess_describe_end(&worker->process, end, sizeof end), find_reason(&worker->process));
}

/* The server's `tend`. */
static enum gd_status tend(void *context, struct gd_error *error)
{
    struct lammps *lammps = context;
    enum gd_status status = GD_OK;
    for (int k = 0; k < lammps->workers_wanted && !status; k++) {
        struct worker *worker = &lammps->workers[k];
        write_script(worker);
        gd_subprocess_listen(&worker->process);
        if (gd_subprocess_ended(&worker->process) || is_stuck(lammps, worker))
            status = replace(lammps, worker, error);
    }
    return status;
}

/* --- Batches ------------------------------------------------------------------------------------------------------ */

/* Structures of a batch that have the same atoms. */
struct group {
    struct lammps *lammps;
    const struct gd_batch *batch;
    struct gd_structure *boxed; /* [count] */
    size_t *places;             /* [count] in the batch */
    size_t count;
};

/* What LAMMPS said before it left a structure without a result; NULL: nothing. */
static const char *ask_the_dead(struct lammps *lammps)
{
    enum { TRIES = 100, MILLISECONDS = 10 };
    for (int try = 0; try < TRIES; try++) {
        for (int k = 0; k < lammps->workers_wanted; k++)
            if (gd_subprocess_ended(&lammps->workers[k].process)) {
                gd_subprocess_listen(&lammps->workers[k].process);
                return find_reason(&lammps->workers[k].process);
            }
        poll(NULL, 0, MILLISECONDS);
    }
    return NULL;
}

static void done(void *context, size_t k, enum gd_status status, const char *why)
{
    struct group *group = context;
    const struct gd_batch *batch = group->batch;
    char text[GD_LAST_WORDS + 100];
    const char *reason = status && !strcmp(why, "the client has gone") ? ask_the_dead(group->lammps) : NULL;
    if (reason) {
        snprintf(text, sizeof text, "lammps: %s ended: %s", group->lammps->program, reason);
        why = text;
    }
    group->lammps->deaths = 0;
    batch->structures[group->places[k]].energy = group->boxed[k].energy;
    batch->done(batch->context, group->places[k], status, why);
}

static enum gd_halt halt(void *context)
{
    const struct group *group = context;
    return group->batch->halt ? group->batch->halt(group->batch->context) : GD_GO_ON;
}

static enum gd_status evaluate_group(struct group *group, struct gd_error *error)
{
    const struct gd_batch batch = {group->boxed, group->count, done, halt, group};
    enum gd_status status = start_crew(group->lammps, &group->boxed[0], error);
    if (!status)
        status = gd_ipi_server_evaluate(&group->lammps->server, &batch, error);
    if (status)
        stop_crew(group->lammps);
    return status;
}

/* The structures that have the same atoms as the first one that is not `taken`; none: count is 0. */
static void find_group(struct group *group, const struct gd_structure *boxed, bool *taken)
{
    const struct gd_structure *first = NULL;
    group->count = 0;
    for (size_t k = 0; k < group->batch->count; k++) {
        if (taken[k] || (first && !same_atoms(first, &boxed[k])))
            continue;
        first = first ? first : &boxed[k];
        taken[k] = true;
        group->boxed[group->count] = boxed[k];
        group->places[group->count++] = k;
    }
}

/* All structures in boxes; positions: [all atoms]. */
static enum gd_status box_all(const struct gd_batch *batch, double (*positions)[3], struct gd_structure *boxed,
                              struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0, at = 0; k < batch->count && !status; at += batch->structures[k++].count)
        status = gd_lammps_box(&batch->structures[k], positions + at, &boxed[k], error);
    return status;
}

static enum gd_status evaluate_boxed(struct group *group, const struct gd_structure *boxed, bool *taken,
                                     struct gd_error *error)
{
    enum gd_status status = GD_OK;
    pthread_mutex_lock(&group->lammps->mutex);
    for (find_group(group, boxed, taken); group->count && !status; find_group(group, boxed, taken))
        status = evaluate_group(group, error);
    pthread_mutex_unlock(&group->lammps->mutex);
    return status;
}

static enum gd_status evaluate_many(const struct gd_potential *potential, const struct gd_batch *batch, int threads,
                                    struct gd_error *error)
{
    size_t atoms = 0;
    (void)threads;
    for (size_t k = 0; k < batch->count; k++)
        atoms += batch->structures[k].count;
    double(*positions)[3] = gd_array(atoms, sizeof *positions);
    struct gd_structure *boxed = gd_array(batch->count, sizeof *boxed);
    bool *taken = gd_array(batch->count, sizeof *taken);
    struct group group = {lammps_of(potential), batch, gd_array(batch->count, sizeof *group.boxed),
                          gd_array(batch->count, sizeof *group.places), 0};
    const bool fits = positions && boxed && taken && group.boxed && group.places;
    enum gd_status status = fits ? box_all(batch, positions, boxed, error) : gd_no_memory(error, "a batch");
    if (!status)
        status = evaluate_boxed(&group, boxed, taken, error);
    free(positions);
    free(boxed);
    free(taken);
    free(group.boxed);
    free(group.places);
    return status;
}

/* --- The potential ------------------------------------------------------------------------------------------------ */

static void destroy(struct gd_potential *potential)
{
    struct lammps *lammps = lammps_of(potential);
    if (lammps->workers)
        stop_crew(lammps);
    gd_ipi_server_close(&lammps->server);
    pthread_mutex_destroy(&lammps->mutex);
    free(lammps->workers);
    free(lammps->commands);
    free(lammps->style);
    free(lammps->program);
    free(lammps->folder);
    free(lammps->identity);
    free(lammps);
}

static enum gd_status parse_types(struct lammps *lammps, const char *types, struct gd_error *error)
{
    char symbol[4];
    int length;
    for (const char *at = types; sscanf(at, "%3s%n", symbol, &length) == 1; at += length) {
        const int number = gd_element_number(symbol);
        if (!number || (at[length] && !isspace((unsigned char)at[length])))
            return gd_fail(error, GD_BAD_INPUT, "no symbol of an element: %s", symbol);
        if (lammps->kinds == MOST_KINDS)
            return gd_fail(error, GD_BAD_INPUT, "more than %d types", MOST_KINDS);
        lammps->types[lammps->kinds++] = number;
    }
    return lammps->kinds ? GD_OK : gd_fail(error, GD_BAD_INPUT, "no elements");
}

static bool add_digest(void *context, const char *use, const char *path)
{
    char digest[GD_DIGEST_SIZE];
    double bytes;
    (void)use;
    if (gd_file_digest(path, NULL, digest, &bytes, NULL) == GD_OK)
        gd_text_print(context, " %s", digest);
    return !((struct gd_text *)context)->failed;
}

/* What results depend on: the parameters, and what is in the files that the commands name. */
static char *describe(const struct params *params)
{
    struct gd_text text = {0};
    gd_text_print(&text, "%s %s %s %s", params->types, params->style, params->commands,
                  params->folder ? params->folder : "");
    text.failed |= !gd_words_visit_files(params->commands, params->folder, "", add_digest, &text);
    return gd_text_take(&text);
}

static enum gd_status fill(struct lammps *lammps, const struct params *params, struct gd_error *error)
{
    static atomic_int number; /* of the sockets of this process */
    lammps->workers_wanted = (int)params->workers;
    lammps->retries = (int)params->patience.retries;
    lammps->commands = gd_string(params->commands);
    lammps->style = gd_string(params->style);
    lammps->program = gd_string(params->program);
    lammps->folder = params->folder ? gd_string(params->folder) : NULL;
    lammps->workers = gd_array((size_t)params->workers, sizeof *lammps->workers);
    snprintf(lammps->socket, sizeof lammps->socket, "godiff-%d-%d", (int)getpid(), atomic_fetch_add(&number, 1));
    lammps->identity = describe(params);
    if (!lammps->commands || !lammps->style || !lammps->program || !lammps->workers || !lammps->identity ||
        (params->folder && !lammps->folder))
        return gd_no_memory(error, "a potential");
    return gd_error_set_key(parse_types(lammps, params->types, error), error, "types");
}

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    struct lammps *lammps = gd_array(1, sizeof *lammps);
    if (!lammps)
        return gd_no_memory(error, "a potential");
    lammps->base.type = &gd_potential_lammps;
    lammps->server = (struct gd_ipi_server){.name = "lammps",
                                            .address = lammps->socket,
                                            .timeout = params->patience.timeout,
                                            .wait = INFINITY,
                                            .retries = (int)params->patience.retries,
                                            .units = units,
                                            .tend = tend,
                                            .context = lammps,
                                            .socket = {.file = -1}};
    pthread_mutex_init(&lammps->mutex, NULL);
    enum gd_status status = fill(lammps, params, error);
    if (status)
        destroy(&lammps->base);
    else
        *potential = &lammps->base;
    return status;
}

static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    const struct lammps *lammps = lammps_of(potential);
    for (size_t i = 0; i < structure->count; i++) {
        int k = 0;
        while (k < lammps->kinds && lammps->types[k] != structure->species[i])
            k++;
        if (k == lammps->kinds)
            return gd_fail(error, GD_BAD_INPUT, "lammps: `types` lacks %s", gd_element_symbol(structure->species[i]));
    }
    return GD_OK;
}

static const char *identify(const struct gd_potential *potential)
{
    return lammps_of(potential)->identity;
}

static const struct gd_kept_params *kept(const void *params)
{
    return &((const struct params *)params)->kept;
}

const struct gd_potential_class gd_potential_lammps = {
    .base = {"lammps", "LAMMPS, in processes that are clients of the i-PI protocol.", rows, sizeof(struct params)},
    .slow = true,
    .external = true,
    .create = create,
    .supports = supports,
    .evaluate = gd_potential_evaluate_alone,
    .evaluate_many = evaluate_many,
    .destroy = destroy,
    .identify = identify,
    .kept = kept,
};
