#include "cli/surfaces.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "atoms/system.h"
#include "cli/cli.h"
#include "engine/base/random.h"
#include "engine/base/team.h"
#include "engine/base/text.h"
#include "engine/run/check.h"
#include "engine/run/state.h"
#include "potentials/parts.h"
#include "potentials/potential.h"
#include "stages/boltzmann.h"
#include "stages/reservoir.h"

/* Evaluations of a map: so many for one atom, fewer the more atoms there are. */
enum { EVALUATIONS = 800000, MOST_POINTS = 1600, LEAST_POINTS = 150, HEIGHTS = 14, REFINEMENTS = 8 };

static const double room_below = 0.5, room_above = 4.0; /* Å around the top, where there is no window */

/* The pipeline of a group, as far as a map needs it. */
struct source {
    struct gd_registry *registry;
    struct gd_pipeline pipeline;
    struct gd_state *state;
    const struct gd_system *system;       /* NULL: not known */
    const struct gd_potential *potential; /* NULL: none that can be asked often */
    const char *why;                      /* not */
    int plane[2];                         /* the cell vectors along the surface */
};

/* --- The pipeline ------------------------------------------------------------------------------------------------- */

static const struct gd_choice *find_potential(const struct gd_pipeline *pipeline)
{
    for (size_t k = 0; k < pipeline->section_count; k++)
        if (!strcmp(pipeline->sections[k].stage->name, "potential"))
            return pipeline->sections[k].self;
    return NULL;
}

/* Builds it, and its sections unless its potential is slow: that may begin with starting other programs. */
static bool open_pipeline(struct source *source, const char *file)
{
    const struct gd_list none = {0};
    struct gd_error error = {0};
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    source->why = "its pipeline cannot be read here";
    source->registry = gd_registry_full(&none, false, &error);
    enum gd_status status =
        source->registry ? gd_registry_read(source->registry, file, &tree, &problems) : GD_NO_MEMORY;
    if (!status)
        status = gd_pipeline_build(&source->pipeline, source->registry, &tree, NULL, 0, &problems);
    else
        gd_tree_clear(&tree);
    const struct gd_choice *potential = status ? NULL : find_potential(&source->pipeline);
    if (potential && potential->component && gd_potential_is_slow(potential))
        source->why = "its potential takes long";
    else if (potential && potential->component && (source->state = gd_state_new(source->registry)) &&
             gd_pipeline_check(&source->pipeline, source->state, &problems) == GD_OK) {
        source->system = gd_state_get_untracked(source->state, "system");
        source->potential = gd_state_get_untracked(source->state, "potential");
    }
    gd_problems_clear(&problems);
    return source->system && source->potential;
}

static void close_pipeline(struct source *source)
{
    gd_state_free(source->state);
    gd_pipeline_clear(&source->pipeline);
    gd_registry_free(source->registry);
}

/* Two periodic vectors along the surface: without a part along z. */
static bool find_plane(const struct gd_cell *cell, int plane[2])
{
    int count = 0;
    for (int k = 0; k < 3; k++) {
        const double *v = cell->vectors[k];
        if (cell->periodic[k] && fabs(v[2]) < 1e-6 * hypot(v[0], v[1])) {
            if (count < 2)
                plane[count] = k;
            count++;
        }
    }
    return count == 2;
}

/* --- Energies by the potential ------------------------------------------------------------------------------------ */

/* A map being computed. */
struct work {
    const struct source *source;
    struct gd_surface *surface;
    double bottom, top; /* Å between which the height of least energy is looked for */
};

static double energy_at(const struct work *work, struct gd_structure *structure, double z)
{
    const size_t last = structure->count - 1;
    double energy;
    structure->positions[last][2] = z;
    const enum gd_status status =
        gd_potential_call(work->source->potential, structure, &energy, structure->forces, NULL);
    return status == GD_OK && isfinite(energy) ? energy : INFINITY;
}

/* The least energy over the height: the lowest of a row of heights, and from there by thirds. */
static double least_energy(const struct work *work, struct gd_structure *structure)
{
    const double step = (work->top - work->bottom) / (HEIGHTS - 1);
    double best = INFINITY, height = work->bottom;
    for (int k = 0; k < HEIGHTS; k++) {
        const double energy = energy_at(work, structure, work->bottom + k * step);
        if (energy < best) {
            best = energy;
            height = work->bottom + k * step;
        }
    }
    double low = fmax(work->bottom, height - step), high = fmin(work->top, height + step);
    for (int k = 0; k < REFINEMENTS && isfinite(best); k++) {
        const double third = (high - low) / 3, one = energy_at(work, structure, low + third),
                     other = energy_at(work, structure, high - third);
        *(one < other ? &high : &low) = one < other ? high - third : low + third;
        best = fmin(best, fmin(one, other));
    }
    return best;
}

/* A row of the map, with a structure of its own: the template and one mobile atom. */
static enum gd_status fill_row(void *context, size_t row, struct gd_error *error)
{
    const struct work *work = context;
    const struct gd_surface *surface = work->surface;
    const struct gd_system *system = work->source->system;
    const size_t fixed = system->fixed;
    struct gd_structure structure;
    enum gd_status status = gd_structure_alloc(&structure, fixed + 1, true, error);
    if (status)
        return status;
    structure.cell = system->structure.cell;
    memcpy(structure.species, system->structure.species, (fixed + 1) * sizeof *structure.species);
    memcpy(structure.positions, system->structure.positions, fixed * sizeof *structure.positions);
    for (size_t c = 0; c < surface->columns; c++) {
        const double a = ((double)c + 0.5) / (double)surface->columns, b = ((double)row + 0.5) / (double)surface->rows;
        for (int k = 0; k < 2; k++)
            structure.positions[fixed][k] = a * surface->across[k] + b * surface->up[k];
        surface->values[row * surface->columns + c] = least_energy(work, &structure);
    }
    gd_structure_clear(&structure);
    return GD_OK;
}

static double top_of(const struct gd_system *system)
{
    double top = -INFINITY;
    for (size_t k = 0; k < system->fixed; k++)
        top = fmax(top, system->structure.positions[k][2]);
    return top;
}

/* As many columns and rows as make parts of the cell about as long as they are wide. */
static enum gd_status make_grid(struct gd_surface *surface, const struct gd_cell *cell, const int plane[2],
                                double points)
{
    for (int k = 0; k < 2; k++) {
        surface->across[k] = cell->vectors[plane[0]][k];
        surface->up[k] = cell->vectors[plane[1]][k];
    }
    const double ratio = hypot(surface->across[0], surface->across[1]) / hypot(surface->up[0], surface->up[1]);
    surface->columns = (size_t)fmax(4, round(sqrt(points * ratio)));
    surface->rows = (size_t)fmax(4, round(sqrt(points / ratio)));
    surface->values = gd_array(surface->columns * surface->rows, sizeof *surface->values);
    return surface->values ? GD_OK : GD_NO_MEMORY;
}

static enum gd_status fill_by_potential(const struct source *source, int threads, struct gd_surface *surface,
                                        struct gd_error *error)
{
    const struct gd_system *system = source->system;
    struct work work = {.source = source, .surface = surface, .bottom = system->window[0], .top = system->window[1]};
    if (!system->confined) {
        work.bottom = top_of(system) - room_below;
        work.top = top_of(system) + room_above;
    }
    struct gd_team *team = NULL;
    size_t failed;
    enum gd_status status = gd_team_new(&team, threads, error);
    if (!status)
        status = gd_team_try(team, surface->rows, fill_row, &work, &failed, error);
    gd_team_free(team);
    surface->note =
        gd_format("The energy of one %s atom on the template, by the pipeline's potential, at the height of least "
                  "energy between z = %.2f and %.2f Å.",
                  gd_element_symbol(system->structure.species[system->fixed]), work.bottom, work.top);
    return status ? status : surface->note ? GD_OK : GD_NO_MEMORY;
}

/* --- Energies of what was evaluated ------------------------------------------------------------------------------- */

/* The shares of a place along the edges of the cell, from 0 to 1. */
static void share_out(const struct gd_surface *surface, const double place[3], double shares[2])
{
    const double *a = surface->across, *b = surface->up, area = a[0] * b[1] - a[1] * b[0];
    shares[0] = (place[0] * b[1] - place[1] * b[0]) / area;
    shares[1] = (a[0] * place[1] - a[1] * place[0]) / area;
    for (int k = 0; k < 2; k++)
        shares[k] -= floor(shares[k]);
}

static size_t part_of(double share, size_t parts)
{
    const size_t part = (size_t)(share * (double)parts);
    return part < parts ? part : parts - 1;
}

/* In each part of the cell the least energy of a structure with an atom there. */
static enum gd_status fill_by_archives(const struct gd_archive *archives, size_t count, const char *why,
                                       struct gd_surface *surface)
{
    double shares[2];
    for (size_t k = 0; k < surface->columns * surface->rows; k++)
        surface->values[k] = NAN;
    for (size_t r = 0; r < count; r++)
        for (size_t k = 0; k < archives[r].count * archives[r].mobile; k++) {
            share_out(surface, archives[r].places[k], shares);
            double *value = &surface->values[part_of(shares[1], surface->rows) * surface->columns +
                                             part_of(shares[0], surface->columns)];
            *value = fmin(isnan(*value) ? INFINITY : *value, archives[r].energies[k / archives[r].mobile]);
        }
    surface->note = gd_format("The least energy of a structure that the runs have evaluated with an atom there; not of "
                              "the potential itself, because %s.",
                              why);
    return surface->note ? GD_OK : GD_NO_MEMORY;
}

/* --- Marks -------------------------------------------------------------------------------------------------------- */

/* Marks being collected. */
struct marks {
    struct gd_mark *list;
    size_t count, capacity;
};

static bool add_structure(const struct gd_surface *surface, const struct gd_archive *archive, size_t k, double value,
                          struct marks *marks)
{
    double shares[2];
    if (!gd_grow(&marks->list, &marks->capacity, marks->count + archive->mobile, sizeof *marks->list))
        return false;
    for (size_t m = 0; m < archive->mobile; m++) {
        share_out(surface, archive->places[k * archive->mobile + m], shares);
        marks->list[marks->count++] =
            (struct gd_mark){shares[0] * surface->across[0] + shares[1] * surface->up[0],
                             shares[0] * surface->across[1] + shares[1] * surface->up[1], value};
    }
    return true;
}

static double number(const cJSON *line, const char *key)
{
    return gd_json_number(line, (const char *const[]){key, NULL});
}

/* What a line of metrics.jsonl says of a buffer: that of the `execution`th run of a step. */
struct drawing {
    const char *step;
    uint32_t execution;
    size_t count; /* structures of the archive at that time */
    double temperature, lowest, highest, size;
};

/* Numbers of metrics.jsonl may differ from the originals in the last digit. */
static bool is_close(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

/* Draws the buffer again, as the stage `reweight` has with its default weights: the archive, temperature and random
 * stream are known. False when that gives another range of energies, so that it was drawn in another way. */
static bool draw_buffer(const struct gd_archive *archive, uint64_t seed, const struct drawing *drawing, size_t *chosen,
                        size_t *count)
{
    struct gd_stream stream = gd_stream_make(seed, gd_stream_hash(drawing->step), drawing->execution, 0);
    double *weights = gd_array(drawing->count + 1, sizeof *weights), lowest = INFINITY, highest = -INFINITY;
    *count = 0;
    if (!weights)
        return false;
    gd_boltzmann_log_weights(archive->energies, drawing->count, drawing->temperature, weights);
    enum gd_status status =
        gd_reservoir_sample(weights, drawing->count, (size_t)drawing->size, &stream, chosen, count, NULL);
    for (size_t k = 0; k < *count && !status; k++) {
        lowest = fmin(lowest, archive->energies[chosen[k]]);
        highest = fmax(highest, archive->energies[chosen[k]]);
    }
    free(weights);
    return status == GD_OK && is_close(lowest, drawing->lowest) && is_close(highest, drawing->highest);
}

/* Executions of the step before this line. */
static uint32_t count_executions(const cJSON *lines, const cJSON *here, const char *step)
{
    uint32_t count = 0;
    for (const cJSON *line = lines->child; line && line != here; line = line->next) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "step"));
        count += name && !strcmp(name, step);
    }
    return count;
}

/* Whether a line is that of a step that has drawn a buffer from the archive of the run itself. */
static bool read_drawing(const struct gd_record *record, const struct gd_archive *archive, const cJSON *line,
                         struct drawing *drawing)
{
    const double evaluations = number(line, "evaluations");
    *drawing = (struct drawing){.step = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "step")),
                                .temperature = number(line, "temperature"),
                                .lowest = number(line, "lowest"),
                                .highest = number(line, "highest"),
                                .size = number(line, "buffer")};
    if (!drawing->step || !(drawing->size > 0) || !(drawing->temperature > 0) || !isfinite(drawing->lowest))
        return false;
    while (drawing->count < archive->count && (double)archive->serials[drawing->count] <= evaluations)
        drawing->count++;
    drawing->execution = count_executions(record->lines, line, drawing->step);
    /* The file of a run that goes on may be older than the line. */
    return record->state == GD_RUN_FINISHED || drawing->count < archive->count ||
           (drawing->count > 0 && (double)archive->serials[drawing->count - 1] == evaluations);
}

/* The buffers of a run. *exact: all of them are known. False when out of memory. */
static bool add_buffers(const struct gd_surface *surface, const struct gd_record *record,
                        const struct gd_archive *archive, struct marks *marks, bool *exact)
{
    size_t *chosen = gd_array(archive->count + 1, sizeof *chosen), count;
    const cJSON *line;
    bool fine = chosen != NULL;
    struct drawing drawing;
    cJSON_ArrayForEach(line, record->lines)
    {
        if (!fine || !read_drawing(record, archive, line, &drawing))
            continue;
        if (!draw_buffer(archive, record->seed, &drawing, chosen, &count))
            *exact = false;
        else
            for (size_t k = 0; k < count && fine; k++)
                fine = add_structure(surface, archive, chosen[k], drawing.temperature, marks);
    }
    free(chosen);
    return fine;
}

static int by_value_falling(const void *a, const void *b)
{
    const double one = ((const struct gd_mark *)a)->value, other = ((const struct gd_mark *)b)->value;
    return (one < other) - (one > other);
}

/* At most so many, spread evenly over what there is. */
static void thin(struct marks *marks)
{
    enum { MOST = 1500 };
    const size_t stride = marks->count / MOST + 1;
    size_t kept = 0;
    for (size_t k = 0; k < marks->count; k += stride)
        marks->list[kept++] = marks->list[k];
    marks->count = kept;
}

/* Every structure, coloured by the number of its evaluation. */
static bool add_evaluated(const struct gd_surface *surface, const struct gd_archive *archive, struct marks *marks)
{
    bool fine = true;
    for (size_t k = 0; k < archive->count && fine; k++)
        fine = add_structure(surface, archive, k, (double)archive->serials[k], marks);
    return fine;
}

/* The buffers of all runs where they are known (*buffers), else what was evaluated. */
static bool collect_marks(const struct gd_group *group, const struct gd_archive *archives, struct gd_surface *surface,
                          struct marks *marks, bool *buffers)
{
    bool fine = true;
    for (size_t r = 0; r < group->count && fine; r++)
        if (archives[r].mobile > 0)
            fine = add_buffers(surface, &group->records[r], &archives[r], marks, buffers);
    surface->mark_label = "temperature (eV)";
    *buffers = *buffers && marks->count > 0;
    if (!fine || *buffers)
        return fine;
    marks->count = 0;
    surface->mark_label = "evaluation";
    for (size_t r = 0; r < group->count && fine; r++)
        if (archives[r].mobile > 0)
            fine = add_evaluated(surface, &archives[r], marks);
    return fine;
}

static enum gd_status add_marks(const struct gd_group *group, const struct gd_archive *archives,
                                struct gd_surface *surface)
{
    struct marks marks = {0};
    bool buffers = true;
    const bool fine = collect_marks(group, archives, surface, &marks, &buffers);
    const size_t all = marks.count;
    if (marks.count > 0) {
        qsort(marks.list, marks.count, sizeof *marks.list, by_value_falling);
        thin(&marks);
    }
    surface->marks = marks.list;
    surface->mark_count = marks.count;
    surface->mark_note =
        gd_format("Marks: the mobile atoms of the %s of all runs%s.", buffers ? "buffers" : "accepted structures",
                  all > marks.count ? ", thinned out evenly" : "");
    return fine && surface->mark_note ? GD_OK : GD_NO_MEMORY;
}

/* --- All ---------------------------------------------------------------------------------------------------------- */

/* A run of the group that has mobile atoms few enough; NULL: none. */
static const struct gd_archive *find_archive(const struct gd_archive *archives, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (archives[k].count > 0 && archives[k].mobile > 0)
            return &archives[k];
    return NULL;
}

/* Whether both have one template, window and potential, and so one map. */
static bool is_same(const struct source *one, const struct source *other)
{
    if (!one->potential || !other->potential)
        return false;
    char *text = gd_node_json(find_potential(&one->pipeline)->node),
         *other_text = gd_node_json(find_potential(&other->pipeline)->node);
    const bool same = text && other_text && !strcmp(text, other_text) &&
                      gd_system_match(one->system, other->system, NULL) == GD_OK &&
                      !memcmp(one->system->window, other->system->window, sizeof one->system->window);
    free(text);
    free(other_text);
    return same;
}

/* What there is to fill a map by. */
struct filling {
    const struct gd_results *results;
    const struct gd_archives *archives;
    struct source sources[GD_SURFACES];
    struct gd_surface *surfaces;
    int threads;
};

/* The energies: those of a former group where they are the same. */
static enum gd_status fill(struct filling *filling, size_t place, struct gd_error *error)
{
    const struct source *source = &filling->sources[place];
    struct gd_surface *surface = &filling->surfaces[place];
    for (size_t k = 0; k < place; k++)
        if (filling->surfaces[k].values && is_same(source, &filling->sources[k])) {
            memcpy(surface->values, filling->surfaces[k].values,
                   surface->columns * surface->rows * sizeof *surface->values);
            surface->note = gd_string(filling->surfaces[k].note);
            return surface->note ? GD_OK : GD_NO_MEMORY;
        }
    return source->potential ? fill_by_potential(source, filling->threads, surface, error)
                             : fill_by_archives(filling->archives->list[place], filling->results->groups[place].count,
                                                source->why, surface);
}

static enum gd_status make(struct filling *filling, size_t place, struct gd_error *error)
{
    const struct gd_group *group = &filling->results->groups[place];
    struct source *source = &filling->sources[place];
    const struct gd_archive *some = find_archive(filling->archives->list[place], group->count);
    if (!some || some->fixed == 0 || !group->pipeline || !find_plane(&some->cell, source->plane))
        return GD_OK;
    double points = 400;
    if (open_pipeline(source, group->pipeline))
        points = (double)EVALUATIONS / (HEIGHTS + 2 * REFINEMENTS) / (double)(source->system->fixed + 1);
    enum gd_status status =
        make_grid(&filling->surfaces[place], &some->cell, source->plane, fmin(MOST_POINTS, fmax(LEAST_POINTS, points)));
    if (!status)
        status = fill(filling, place, error);
    return status ? status : add_marks(group, filling->archives->list[place], &filling->surfaces[place]);
}

enum gd_status gd_surfaces_make(const struct gd_results *results, const struct gd_archives *archives, int threads,
                                struct gd_surface surfaces[GD_SURFACES], struct gd_error *error)
{
    struct filling filling = {.results = results, .archives = archives, .surfaces = surfaces, .threads = threads};
    enum gd_status status = GD_OK;
    memset(surfaces, 0, GD_SURFACES * sizeof *surfaces);
    for (size_t g = 0; g < results->count && g < GD_SURFACES && !status; g++)
        status = make(&filling, g, error);
    for (size_t g = 0; g < GD_SURFACES; g++)
        close_pipeline(&filling.sources[g]);
    return status == GD_NO_MEMORY ? gd_no_memory(error, "the maps") : status;
}

void gd_surfaces_clear(struct gd_surface surfaces[GD_SURFACES])
{
    for (size_t k = 0; k < GD_SURFACES; k++) {
        free(surfaces[k].values);
        free(surfaces[k].marks);
        free(surfaces[k].note);
        free(surfaces[k].mark_note);
    }
}
