/* godiff doctor FILE: tries the potential of a pipeline before a long run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/extxyz.h"
#include "atoms/system.h"
#include "cli/cli.h"
#include "cli/memory.h"
#include "cli/terminal.h"
#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "engine/run/state.h"
#include "potentials/kept.h"
#include "potentials/sum.h"

struct values {
    struct gd_source source;
    const char *out;
};

static const struct gd_option options[] = {
    GD_SOURCE_OPTIONS,
    {.name = "--out",
     .value = "OUT",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, out),
     .help = "write the structure as extended XYZ before it is evaluated, such as a template for a client of i-PI"},
    {0},
};

/* What is evaluated: the structure itself, first; the same once more; turned; its atoms in reverse order; and displaced
 * along each of some directions, four times. */
enum {
    ITSELF,
    AGAIN,
    TURNED,
    REVERSED,
    DISPLACED,
    DIRECTIONS = 2,
    POINTS = 4,
    TRIALS = DISPLACED + DIRECTIONS * POINTS
};

/* What is hardly meant so. */
static const double energy_limit = 1e-3 /* eV */, force_limit = 0.02 /* eV/Å */, slope_share = 0.02;
static const double displacement = 0.01; /* Å */

/* eV, between two evaluations of one structure: what is no rounding, and what hides the rest. */
static const double steady_limit = 1e-6, noise_limit = 1e-5;

struct doctor {
    const struct gd_job *job;
    const struct gd_potential *potential;
    const struct gd_system *system;
    struct gd_stream stream;
    struct gd_structure trials[TRIALS];
    double (*directions)[3];   /* [DIRECTIONS][atoms] */
    double turn[3][3];         /* a rotation */
    char *failures[TRIALS];    /* why there is no energy; NULL: there is one */
    double cold, alone, batch; /* s, of an evaluation: the first, the second, those of a batch */
    int complaints;
    bool unsteady; /* the same structure has other energies, by so much that nothing can be said of the rest */
};

/* --- Structures --------------------------------------------------------------------------------------------------- */

/* Mobile atoms where they may be, no two atoms near each other, as far as there is room. */
static void place_atoms(struct doctor *doctor, struct gd_structure *structure)
{
    const struct gd_system *system = doctor->system;
    double least = 2.4; /* Å */
    for (int try = 1; try <= 4000; try++) {
        for (size_t i = system->fixed; i < structure->count; i++)
            gd_system_draw(system, &doctor->stream, structure->positions[i]);
        if (gd_closest_pair(structure, &system->basis, system->fixed, least, NULL, NULL) >= least)
            return;
        least *= try % 200 == 0 ? 0.95 : 1;
    }
}

/* Directions for the mobile atoms, each of length 1 as a whole. */
static void draw_directions(struct doctor *doctor)
{
    const size_t atoms = doctor->system->structure.count, fixed = doctor->system->fixed;
    for (size_t k = 0; k < DIRECTIONS; k++) {
        double(*direction)[3] = doctor->directions + k * atoms, squares = 0;
        for (size_t c = 3 * fixed; c < 3 * atoms; c++) {
            direction[c / 3][c % 3] = gd_stream_normal(&doctor->stream);
            squares += direction[c / 3][c % 3] * direction[c / 3][c % 3];
        }
        for (size_t c = 3 * fixed; c < 3 * atoms; c++)
            direction[c / 3][c % 3] /= sqrt(squares);
    }
}

/* A rotation about an axis that is none of the cell. */
static void make_turn(double turn[3][3])
{
    const double axis[3] = {2.0 / 7, 3.0 / 7, 6.0 / 7}, c = cos(1.0), s = sin(1.0);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            const int k = 3 - i - j;
            const double cross = i == j ? 0 : (j - i + 3) % 3 == 1 ? -axis[k] : axis[k];
            turn[i][j] = (i == j) * c + s * cross + (1 - c) * axis[i] * axis[j];
        }
}

static void apply(double turn[3][3], const double vector[3], double turned[3])
{
    double result[3];
    for (int i = 0; i < 3; i++)
        result[i] = turn[i][0] * vector[0] + turn[i][1] * vector[1] + turn[i][2] * vector[2];
    memcpy(turned, result, sizeof result);
}

static void turn_structure(struct doctor *doctor, struct gd_structure *structure)
{
    for (int k = 0; k < 3; k++)
        apply(doctor->turn, structure->cell.vectors[k], structure->cell.vectors[k]);
    for (size_t i = 0; i < structure->count; i++)
        apply(doctor->turn, structure->positions[i], structure->positions[i]);
}

static void reverse_structure(struct gd_structure *structure, const struct gd_structure *of)
{
    for (size_t i = 0; i < of->count; i++) {
        structure->species[i] = of->species[of->count - 1 - i];
        memcpy(structure->positions[i], of->positions[of->count - 1 - i], sizeof *structure->positions);
    }
}

static void displace(struct doctor *doctor, size_t direction, size_t point)
{
    static const double steps[POINTS] = {-2, -1, 1, 2};
    struct gd_structure *structure = &doctor->trials[DISPLACED + direction * POINTS + point];
    for (size_t c = 0; c < 3 * structure->count; c++)
        structure->positions[c / 3][c % 3] +=
            displacement * steps[point] * doctor->directions[direction * structure->count + c / 3][c % 3];
}

static enum gd_status prepare(struct doctor *doctor, struct gd_error *error)
{
    const size_t atoms = doctor->system->structure.count;
    struct gd_structure *itself = &doctor->trials[ITSELF];
    doctor->directions = gd_array(DIRECTIONS * atoms, sizeof *doctor->directions);
    enum gd_status status = doctor->directions ? gd_structure_copy(itself, &doctor->system->structure, error)
                                               : gd_no_memory(error, "structures");
    if (status)
        return status;
    place_atoms(doctor, itself);
    for (size_t k = 0; k < TRIALS && !status; k++) {
        struct gd_structure *trial = &doctor->trials[k];
        if (k > 0)
            status = gd_structure_copy(trial, itself, error);
        if (!status && !trial->forces && !(trial->forces = gd_array(atoms, sizeof *trial->forces)))
            status = gd_no_memory(error, "forces");
    }
    if (status)
        return status;
    draw_directions(doctor);
    make_turn(doctor->turn);
    turn_structure(doctor, &doctor->trials[TURNED]);
    reverse_structure(&doctor->trials[REVERSED], itself);
    for (size_t k = 0; k < DIRECTIONS * POINTS; k++)
        displace(doctor, k / POINTS, k % POINTS);
    return GD_OK;
}

static void clear(struct doctor *doctor)
{
    for (int k = 0; k < TRIALS; k++) {
        gd_structure_clear(&doctor->trials[k]);
        free(doctor->failures[k]);
    }
    free(doctor->directions);
}

static enum gd_status write_structure(const struct doctor *doctor, const char *path, struct gd_error *error)
{
    struct gd_output output = {0};
    struct gd_structure itself = doctor->trials[ITSELF];
    itself.energy = NAN;
    itself.forces = NULL;
    enum gd_status status = gd_output_open_xyz(&output, path, error);
    if (!status)
        status = gd_extxyz_write(output.stream, &(struct gd_frame){.structure = itself}, NULL, error);
    return gd_output_close(&output, status, error);
}

/* --- Evaluations -------------------------------------------------------------------------------------------------- */

struct some {
    struct doctor *doctor;
    size_t first;
};

static void done(void *context, size_t k, enum gd_status status, const char *why)
{
    const struct some *some = context;
    struct gd_error error = {0};
    const struct gd_structure *trial = &some->doctor->trials[some->first + k];
    if (!status && gd_potential_check_finite(some->doctor->potential, trial, &error)) {
        status = GD_FAILED;
        why = error.text;
    }
    if (status)
        some->doctor->failures[some->first + k] = gd_string(why);
}

/* Evaluates some of the trials together; *seconds: for each of them. */
static enum gd_status evaluate(struct doctor *doctor, size_t first, size_t count, double *seconds,
                               struct gd_error *error)
{
    struct some some = {doctor, first};
    const struct gd_batch batch = {doctor->trials + first, count, done, NULL, &some};
    const double begin = gd_clock();
    enum gd_status status = gd_potential_evaluate_batch(doctor->potential, &batch, gd_threads_decide(0), error);
    *seconds = (gd_clock() - begin) / (double)count;
    return status;
}

static enum gd_status evaluate_all(struct doctor *doctor, struct gd_error *error)
{
    enum gd_status status = evaluate(doctor, ITSELF, 1, &doctor->cold, error);
    if (!status && doctor->failures[ITSELF])
        status = gd_fail(error, GD_FAILED, "the first structure: %s", doctor->failures[ITSELF]);
    if (!status)
        status = evaluate(doctor, AGAIN, 1, &doctor->alone, error);
    return status ? status : evaluate(doctor, TURNED, TRIALS - TURNED, &doctor->batch, error);
}

/* --- What they say ------------------------------------------------------------------------------------------------ */

static void complain(struct doctor *doctor, const char *text)
{
    if (doctor->unsteady)
        return;
    doctor->complaints++;
    gd_print_message("warning", text);
}

/* Prints how far a trial is from what it should be, or why it has no energy. */
static void compare(struct doctor *doctor, int trial, const char *what, double energy, double force, const char *advice)
{
    if (doctor->failures[trial]) {
        printf("%-14sno energy: %s\n", what, doctor->failures[trial]);
        complain(doctor, advice);
        return;
    }
    printf("%-14senergy differs by %.2g eV, forces by %.2g eV/Å\n", what, energy, force);
    if (energy > energy_limit || force > force_limit)
        complain(doctor, advice);
}

/* The largest difference between a force of a trial and what it should be. */
static double force_difference(const struct doctor *doctor, int trial)
{
    const struct gd_structure *itself = &doctor->trials[ITSELF], *other = &doctor->trials[trial];
    double most = 0;
    for (size_t i = 0; i < itself->count && !gd_potential_lacks_forces(doctor->potential); i++) {
        double expected[3];
        memcpy(expected, itself->forces[trial == REVERSED ? itself->count - 1 - i : i], sizeof expected);
        if (trial == TURNED)
            apply((double(*)[3])doctor->turn, expected, expected);
        for (int axis = 0; axis < 3; axis++)
            most = fmax(most, fabs(other->forces[i][axis] - expected[axis]));
    }
    return most;
}

/* The structure once more. */
static void compare_again(struct doctor *doctor)
{
    static const char what[] = "repetition";
    const double difference = fabs(doctor->trials[AGAIN].energy - doctor->trials[ITSELF].energy);
    char text[300];
    if (doctor->failures[AGAIN] || !(difference > steady_limit)) {
        compare(doctor, AGAIN, what, difference, force_difference(doctor, AGAIN),
                "the same structure has no energy, or other forces, the second time");
        return;
    }
    snprintf(text, sizeof text,
             "the same structure has another energy the second time, by %.2g eV (more than %g eV): the calculator has "
             "noise, remembers, or is not converged; runs will not give the same bits%s",
             difference, steady_limit,
             difference > noise_limit ? ", and what else differs below may follow from this" : "");
    printf("%-14senergy differs by %.2g eV, forces by %.2g eV/Å\n", what, difference, force_difference(doctor, AGAIN));
    complain(doctor, text);
    doctor->unsteady = difference > noise_limit;
}

static void compare_trials(struct doctor *doctor)
{
    static const struct {
        int trial;
        const char *what, *advice;
    } rows[] = {
        {TURNED, "rotation",
         "the energy depends on how the structure is turned: cell and positions may not reach the "
         "calculator as they are, or its grid is coarse"},
        {REVERSED, "permutation", "the energy depends on the order of the atoms: species may not reach the calculator"},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        if (rows[k].trial == TURNED && doctor->potential->type->absolute) {
            printf("%-14snot compared: the energy depends on where the atoms are in space\n", rows[k].what);
            continue;
        }
        compare(doctor, rows[k].trial, rows[k].what,
                fabs(doctor->trials[rows[k].trial].energy - doctor->trials[ITSELF].energy),
                force_difference(doctor, rows[k].trial), rows[k].advice);
    }
}

/* Forces along a direction against differences of the energy, of fourth order. *wrong: they are not the derivative. */
static void compare_slope(struct doctor *doctor, size_t direction, bool *wrong)
{
    const struct gd_structure *itself = &doctor->trials[ITSELF],
                              *points = &doctor->trials[DISPLACED + direction * POINTS];
    for (size_t k = 0; k < POINTS; k++)
        if (doctor->failures[DISPLACED + direction * POINTS + k]) {
            printf("forces        direction %zu: no energy: %s\n", direction + 1,
                   doctor->failures[DISPLACED + direction * POINTS + k]);
            complain(doctor, "a structure next to the first one has no energy");
            return;
        }
    const double slope =
        (8 * (points[2].energy - points[1].energy) - (points[3].energy - points[0].energy)) / (12 * displacement);
    double force = 0;
    for (size_t c = 0; c < 3 * itself->count; c++)
        force += itself->forces[c / 3][c % 3] * doctor->directions[direction * itself->count + c / 3][c % 3];
    printf("forces        direction %zu: %.6g eV/Å, energies say %.6g\n", direction + 1, force, -slope);
    *wrong |= fabs(force + slope) > force_limit + slope_share * fabs(slope);
}

static void compare_slopes(struct doctor *doctor)
{
    bool wrong = false;
    for (size_t direction = 0; direction < DIRECTIONS; direction++)
        compare_slope(doctor, direction, &wrong);
    if (wrong)
        complain(doctor,
                 "forces are not the derivative of the energy: relaxations will not converge, and samplers that "
                 "use forces go astray");
}

/* The number of structures that a step puts into the batch; 0: it does not. */
static double count_batch(const struct gd_step *step)
{
    if (!gd_stage_uses(step->stage, step->self, "batch", GD_WRITES))
        return 0;
    for (const struct gd_param *row = step->stage->params; row && row->name; row++)
        if (row->type == GD_INT && !strcmp(row->name, "count"))
            return (double)*(const int64_t *)((const char *)step->self + row->offset);
    return 0;
}

/* How many structures the steps `evaluate` get. */
static double count_evaluations(const struct gd_step *steps, size_t count, double *batch)
{
    double total = 0;
    for (size_t k = 0; k < count; k++) {
        const struct gd_step *step = &steps[k];
        if (!step->stage) {
            total += (double)step->times * count_evaluations(step->steps, step->count, batch);
            continue;
        }
        const double made = count_batch(step);
        *batch = made > 0 ? made : *batch;
        total += !strcmp(step->stage->name, "evaluate") ? *batch : 0;
    }
    return total;
}

static void print_times(const struct doctor *doctor)
{
    char duration[GD_DURATION_SIZE];
    double batch = 0;
    const double evaluations = count_evaluations(doctor->job->pipeline.steps, doctor->job->pipeline.count, &batch);
    printf("time          %.4g s first, %.4g s alone, %.4g s each of %d together\n", doctor->cold, doctor->alone,
           doctor->batch, TRIALS - TURNED);
    printf("1000 of them  %s\n", gd_print_duration(duration, 1000 * doctor->batch));
    if (evaluations > 0)
        printf("pipeline      %.0f evaluations, if all draws are evaluated, without relaxations, chains and goals: %s; "
               "godiff plan measures all\n",
               evaluations, gd_print_duration(duration, evaluations * doctor->batch));
}

/* "123 MB" */
static const char *print_megabytes(double bytes, char text[32])
{
    return isnan(bytes) ? "not known" : gd_print(text, 32, "%.0f MB", 1e-6 * bytes);
}

static void print_memory(struct doctor *doctor)
{
    const double run = gd_memory_estimate(doctor->job), others = gd_memory_of_children(),
                 available = gd_memory_available();
    char text[32];
    printf("memory        %s for a run on the CPU", print_megabytes(run, text));
    if (others > 0)
        printf(", %s for the processes of the potential", print_megabytes(others, text));
    printf("; %s %s available\n", print_megabytes(available, text), isnan(available) ? "is" : "are");
    if (run > available)
        complain(doctor, "a run needs more memory than is available");
}

static void report(struct doctor *doctor)
{
    const struct gd_structure *itself = &doctor->trials[ITSELF];
    char about[300];
    printf("potential     %s\n", doctor->potential->type->base.name);
    if (gd_potential_about(doctor->potential, about, sizeof about)) {
        fputs("by            ", stdout);
        gd_print_escaped(stdout, about, SIZE_MAX);
        putchar('\n');
    }
    printf("structure     %zu atom%s, %zu of them at random where the mobile atoms may be\n", itself->count,
           itself->count == 1 ? "" : "s", itself->count - doctor->system->fixed);
    printf("energy        %.10g eV\n", itself->energy);
    print_times(doctor);
    print_memory(doctor);
    compare_again(doctor);
    compare_trials(doctor);
    if (gd_potential_lacks_forces(doctor->potential))
        puts("forces        none");
    else
        compare_slopes(doctor);
}

/* It is the calculator that is tried, and what it gives may be wrong. */
static void close_stores(struct gd_potential *potential)
{
    struct gd_potential *const *terms = gd_sum_terms(potential);
    for (int k = 0; terms && k < GD_SUM_TERMS; k++)
        close_stores(terms[k]);
    gd_kept_close_store(potential);
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_job job = {0};
    struct doctor doctor = {.job = &job};
    enum gd_status status = gd_job_open(&job, &values->source, error);
    if (!status) {
        struct gd_potential *potential = gd_state_get(job.state, "potential");
        close_stores(potential);
        doctor.potential = potential;
        doctor.system = gd_state_get(job.state, "system");
        doctor.stream = gd_stream_make(job.pipeline.seed, gd_stream_hash("doctor"), 0, 0);
        status = prepare(&doctor, error);
    }
    if (!status && values->out)
        status = write_structure(&doctor, values->out, error);
    if (!status)
        status = evaluate_all(&doctor, error);
    if (!status) {
        report(&doctor);
        gd_potential_print_warning(doctor.potential);
    }
    if (!status && doctor.complaints)
        status =
            gd_fail(error, GD_FAILED, "the potential does not behave as one should, in %d respects", doctor.complaints);
    clear(&doctor);
    gd_job_close(&job);
    return status;
}

const struct gd_command gd_command_doctor = {
    .name = "doctor",
    .summary = "try the potential of a pipeline: time, forces, symmetries",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
