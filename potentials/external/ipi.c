/* Potential `ipi`: other programs connect as clients of the i-PI protocol and share the work. */
#include <pthread.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "potentials/external/ipi_server.h"
#include "potentials/external/resources.h"
#include "potentials/kept.h"

extern const struct gd_potential_class gd_potential_ipi;

struct params {
    const char *address;
    double wait;
    struct gd_patience patience;
    struct gd_kept_params kept;
};

static const struct gd_param rows[] = {
    {.name = "address",
     .type = GD_STRING,
     .offset = offsetof(struct params, address),
     .accepts = gd_socket_check_address,
     .help = "Where clients connect: NAME for the UNIX socket /tmp/ipi_NAME, a path that begins with /, or HOST:PORT, "
             "such as localhost:31415.",
     .example = "godiff"},
    {.name = "wait",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, wait),
     .initial = "3600",
     .max = 1e9,
     .above_min = true,
     .unit = "s",
     .resource = true,
     .help = "How long a run waits when there is no client."},
    GD_PATIENCE_ROWS(offsetof(struct params, patience), "client", "dropped"),
    GD_KEPT_ROWS(offsetof(struct params, kept)),
    {0},
};

/* CODATA 2014, as ASE has them. */
static const struct gd_ipi_units units = {.hartree = 27.211386024367243, .bohr = 0.5291772105638411};

struct served {
    struct gd_potential base;
    char *address;
    pthread_mutex_t mutex; /* of the server */
    struct gd_ipi_server server;
};

static struct served *served_of(const struct gd_potential *potential)
{
    return (struct served *)(uintptr_t)potential;
}

static enum gd_status evaluate_many(const struct gd_potential *potential, const struct gd_batch *batch, int threads,
                                    struct gd_error *error)
{
    struct served *served = served_of(potential);
    (void)threads;
    pthread_mutex_lock(&served->mutex);
    enum gd_status status = gd_ipi_server_evaluate(&served->server, batch, error);
    pthread_mutex_unlock(&served->mutex);
    return status;
}

static void destroy(struct gd_potential *potential)
{
    struct served *served = served_of(potential);
    gd_ipi_server_close(&served->server);
    pthread_mutex_destroy(&served->mutex);
    free(served->address);
    free(served);
}

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    struct served *made = gd_array(1, sizeof *made);
    if (!made)
        return gd_no_memory(error, "a potential");
    made->base.type = &gd_potential_ipi;
    made->server = (struct gd_ipi_server){.name = "ipi",
                                          .timeout = params->patience.timeout,
                                          .wait = params->wait,
                                          .retries = (int)params->patience.retries,
                                          .units = units,
                                          .socket = {.file = -1}};
    pthread_mutex_init(&made->mutex, NULL);
    made->address = gd_string(params->address);
    if (!made->address) {
        destroy(&made->base);
        return gd_no_memory(error, "a potential");
    }
    made->server.address = made->address;
    *potential = &made->base;
    return GD_OK;
}

/* What clients compute they alone know: `version` says it where results are shared. */
static const char *identify(const struct gd_potential *potential)
{
    return served_of(potential)->address;
}

static const struct gd_kept_params *kept(const void *params)
{
    return &((const struct params *)params)->kept;
}

/* The protocol has a cell always; what atoms it is for the client knows. */
static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    struct gd_cell cell = structure->cell;
    double axes[3][3];
    (void)potential;
    return gd_ipi_axes(cell.vectors, axes) ? GD_OK
                                           : gd_fail(error, GD_BAD_INPUT, "a client needs a cell with three vectors");
}

const struct gd_potential_class gd_potential_ipi = {
    .base = {"ipi", "Other programs, which connect as clients of the i-PI protocol and share the work.", rows,
             sizeof(struct params)},
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
