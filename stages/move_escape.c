/* Move `escape`: a short path of molecular dynamics over a barrier, as in minima hopping (Goedecker, J. Chem. Phys.
 * 120, 9911 (2004)). Velocity Verlet, all atoms of mass 1. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "stages/move.h"

struct escape {
    double temperature, timestep;
    int64_t minima, steps;
};

static const struct gd_param rows[] = {
    {.name = "temperature",
     .type = GD_FLOAT,
     .offset = offsetof(struct escape, temperature),
     .initial = "0.1",
     .max = 1e6,
     .above_min = true,
     .unit = "eV",
     .help = "of the first velocities; feedback multiplies it by a factor of each chain"},
    {.name = "timestep",
     .type = GD_FLOAT,
     .offset = offsetof(struct escape, timestep),
     .initial = "0.05",
     .max = 1e3,
     .above_min = true,
     .unit = "Å/√eV",
     .help = "of the dynamics, for atoms of mass 1"},
    {.name = "minima",
     .type = GD_INT,
     .offset = offsetof(struct escape, minima),
     .initial = "2",
     .min = 1,
     .max = 1000,
     .help = "the path ends at this minimum of the potential energy along it"},
    {.name = "steps",
     .type = GD_INT,
     .offset = offsetof(struct escape, steps),
     .initial = "500",
     .example = "5",
     .min = 1,
     .max = 1e7,
     .help = "longest path, in time steps"},
    {0},
};

/* A path on its way. */
struct path {
    const struct gd_system *system;
    struct gd_set now;       /* one structure: positions borrowed, the rest owned */
    double (*velocities)[3]; /* [mobile] */
};

static enum gd_status evaluate(struct path *path, struct gd_proposal *proposal, struct gd_error *error)
{
    proposal->evaluations++;
    return gd_potential_evaluate_set(proposal->potential, &path->now, 0, 1, NULL, 1, error);
}

/* Velocities of a normal distribution, without a motion of the whole when nothing is fixed, and with exactly the
 * kinetic energy of the temperature. */
static void start(struct path *path, struct gd_proposal *proposal, double temperature)
{
    const size_t mobile = gd_system_mobile(path->system);
    double drift[3] = {0}, squares = 0;
    for (size_t k = 0; k < mobile; k++)
        for (int axis = 0; axis < 3; axis++) {
            path->velocities[k][axis] = gd_stream_normal(proposal->stream);
            drift[axis] += path->velocities[k][axis] / (double)mobile;
        }
    for (size_t k = 0; k < mobile; k++)
        for (int axis = 0; axis < 3; axis++) {
            path->velocities[k][axis] -= path->system->fixed == 0 && mobile > 1 ? drift[axis] : 0;
            squares += path->velocities[k][axis] * path->velocities[k][axis];
        }
    for (size_t k = 0; k < mobile; k++)
        for (int axis = 0; axis < 3; axis++)
            path->velocities[k][axis] *= sqrt(3 * (double)mobile * temperature / squares);
}

static void kick(struct path *path, double time)
{
    const double *forces = path->now.forces + 3 * path->system->fixed;
    for (size_t c = 0; c < 3 * gd_system_mobile(path->system); c++)
        path->velocities[c / 3][c % 3] += time * forces[c];
}

/* At a wall, the velocity is reflected with the atom. */
static void drift(struct path *path, struct gd_proposal *proposal, double time)
{
    for (size_t k = 0; k < gd_system_mobile(path->system); k++) {
        double *position = proposal->positions[path->system->fixed + k];
        for (int axis = 0; axis < 3; axis++)
            position[axis] += time * path->velocities[k][axis];
        gd_system_confine(path->system, position, path->velocities[k]);
    }
}

static bool is_finite(const struct path *path)
{
    const size_t fixed = path->system->fixed;
    return isfinite(path->now.energies[0]) &&
           gd_all_finite(path->now.forces + 3 * fixed, 3 * (path->now.atoms - fixed));
}

/* Goes on until the energy has passed its last minimum. What leaves the finite numbers has not moved. */
static enum gd_status follow(struct path *path, const struct escape *escape, struct gd_proposal *proposal,
                             struct gd_error *error)
{
    bool falling = false;
    int64_t minima = 0;
    enum gd_status status = evaluate(path, proposal, error);
    for (int64_t k = 0; !status && k < escape->steps && minima < escape->minima; k++) {
        const double before = path->now.energies[0];
        if (!is_finite(path))
            return GD_OK;
        kick(path, escape->timestep / 2);
        drift(path, proposal, escape->timestep);
        status = evaluate(path, proposal, error);
        kick(path, escape->timestep / 2);
        minima += falling && path->now.energies[0] > before;
        falling = path->now.energies[0] < before;
    }
    proposal->moved = !status && is_finite(path);
    return status;
}

static enum gd_status open_path(struct path *path, struct gd_proposal *proposal, struct gd_error *error)
{
    const struct gd_structure *structure = &proposal->system->structure;
    *path = (struct path){.system = proposal->system};
    path->now = (struct gd_set){.cell = structure->cell,
                                .atoms = structure->count,
                                .fixed = proposal->system->fixed,
                                .free_atoms = structure->free_atoms,
                                .species = structure->species,
                                .count = 1,
                                .positions = proposal->positions[0],
                                .energies = gd_array(1, sizeof(double)),
                                .forces = gd_array(structure->count, 3 * sizeof(double))};
    path->velocities = gd_array(gd_system_mobile(proposal->system), sizeof *path->velocities);
    return path->now.energies && path->now.forces && path->velocities ? GD_OK : gd_no_memory(error, "an escape");
}

static enum gd_status move(const void *params, struct gd_proposal *proposal, struct gd_error *error)
{
    const struct escape *escape = params;
    const size_t bytes = proposal->system->structure.count * sizeof *proposal->positions;
    struct path path;
    double(*start_positions)[3] = gd_array(1, bytes);
    enum gd_status status = open_path(&path, proposal, error);
    if (!status && !start_positions)
        status = gd_no_memory(error, "an escape");
    if (!status) {
        memcpy(start_positions, proposal->positions, bytes);
        start(&path, proposal, escape->temperature * proposal->kinetic);
        status = follow(&path, escape, proposal, error);
    }
    if (!status && !proposal->moved)
        memcpy(proposal->positions, start_positions, bytes);
    free(start_positions);
    free(path.now.energies);
    free(path.now.forces);
    free(path.velocities);
    return status;
}

static bool evaluates(const void *params)
{
    (void)params;
    return true;
}

const struct gd_move_class gd_move_escape = {
    .base = {.name = "escape",
             .summary = "a short path of molecular dynamics over a barrier",
             .params = rows,
             .size = sizeof(struct escape)},
    .evaluates = evaluates,
    .move = move,
};
