/* The best distinct structures of all runs, to be turned around; a picture where scripts are off. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "atoms/elements.h"
#include "atoms/structure_file.h"
#include "atoms/vector.h"
#include "engine/base/files.h"
#include "report/axis.h"
#include "report/parts.h"
#include "report/plot.h"

enum { SHOWN = 6 };

static const double distinct = 0.01; /* eV between structures that are shown */

/* A structure of a file, known by its energy (eV) alone. */
struct found {
    double energy;
    const char *file, *kind; /* kind: what has become of it */
    size_t frame;
    const struct gd_group *group;
    const struct gd_record *record;
};

/* All structures of all runs. */
struct search {
    struct found *list;
    size_t count, capacity;
    size_t runs, relaxed; /* that have structures; and whose structures are minima */
    bool failed;
};

/* One that is shown. */
struct candidate {
    const struct found *found;
    const struct gd_structure *structure;
    bool *movable; /* [atoms] */
};

/* minima.extxyz is empty when nothing has converged. */
static bool has_content(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && file.st_size > 0;
}

/* The frames of a file of a run; none when there is no such file. False when out of memory. */
static bool read_frames(struct gd_results *results, const struct gd_record *record, const char *name,
                        struct gd_frames *frames)
{
    struct gd_error error = {0};
    char *path = gd_file_join(record->folder, name);
    const bool fine = path != NULL;
    *frames = (struct gd_frames){0};
    if (fine && has_content(path) && gd_frames_read(path, frames, &error) != GD_OK)
        gd_problem_add(&results->problems, (struct gd_place){.file = record->folder}, "%s", error.text);
    free(path);
    return fine;
}

/* Adds the structures of a file that are lower than `below`. The lowest energy; infinity without any. */
static double add_file(struct search *search, struct gd_results *results, const struct found *of, double below)
{
    struct gd_frames frames;
    double lowest = INFINITY;
    search->failed |= !read_frames(results, of->record, of->file, &frames);
    search->failed |= !gd_grow(&search->list, &search->capacity, search->count + frames.count, sizeof *search->list);
    for (size_t k = 0; k < frames.count && !search->failed; k++) {
        struct found new = *of;
        new.energy = frames.items[k].structure.energy;
        new.frame = k;
        lowest = fmin(lowest, new.energy);
        if (isfinite(new.energy) && new.energy < below)
            search->list[search->count++] = new;
    }
    gd_frames_clear(&frames);
    return lowest;
}

/* The minima of a run, and its best structure where that is lower or there are none. */
static void visit(struct search *search, struct gd_results *results, const struct gd_group *group,
                  const struct gd_record *record)
{
    const struct found minima = {.file = "minima.extxyz", .kind = "relaxed", .group = group, .record = record},
                       relaxed = {.file = "best-relaxed.extxyz",
                                  .kind = "relaxed, but not to the end",
                                  .group = group,
                                  .record = record},
                       best = {.file = "best.extxyz", .kind = "not relaxed", .group = group, .record = record};
    const double minimum = add_file(search, results, &minima, INFINITY);
    double lowest = fmin(minimum, add_file(search, results, &relaxed, minimum));
    if (!isfinite(lowest))
        lowest = add_file(search, results, &best, INFINITY);
    search->runs += isfinite(lowest) ? 1 : 0;
    search->relaxed += isfinite(minimum) ? 1 : 0;
}

/* Equal ones in the order of the runs. */
static int by_energy(const void *a, const void *b)
{
    const struct found *one = a, *other = b;
    if (one->energy != other->energy)
        return one->energy < other->energy ? -1 : 1;
    if (one->group != other->group)
        return one->group < other->group ? -1 : 1;
    if (one->record != other->record)
        return one->record < other->record ? -1 : 1;
    return (one->frame > other->frame) - (one->frame < other->frame);
}

/* Moves those that are shown to the front of the list: from the lowest on, each distinct from the one before. */
static size_t choose(struct found *list, size_t count)
{
    size_t chosen = 0;
    if (count > 0)
        qsort(list, count, sizeof *list, by_energy);
    for (size_t k = 0; k < count && chosen < SHOWN; k++)
        if (chosen == 0 || list[k].energy - list[chosen - 1].energy >= distinct)
            list[chosen++] = list[k];
    return chosen;
}

/* --- Drawing ------------------------------------------------------------------------------------------------------ */

/* One atom as it is drawn: from the centre, Å. */
struct ball {
    double at[3], radius, depth;
    const char *colour;
    bool movable;
};

/* Of the elements that are searched most; of others by their place in the table. */
static const char *colour_of(int species)
{
    static const struct {
        int species;
        const char *colour;
    } known[] = {{1, "#d8d8d8"},  {6, "#6b6b6b"},  {7, "#4a6cf0"},  {8, "#e0403a"},  {13, "#b9a6a6"},
                 {14, "#d0b080"}, {18, "#7fd1e3"}, {28, "#50c050"}, {29, "#c88033"}, {46, "#2f8f9f"},
                 {47, "#b8b8c8"}, {78, "#a6a6c8"}, {79, "#f0c020"}};
    static const char *const others[] = {"#8fb8de", "#d99ac5", "#9fd39f", "#d8c27a"};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (known[k].species == species)
            return known[k].colour;
    return others[species % 4];
}

static int by_depth(const void *a, const void *b)
{
    const struct ball *one = a, *other = b;
    return (one->depth > other->depth) - (one->depth < other->depth);
}

static void find_centre(const struct gd_structure *structure, double centre[3])
{
    centre[0] = centre[1] = centre[2] = 0;
    for (size_t k = 0; k < structure->count; k++)
        for (int c = 0; c < 3; c++)
            centre[c] += structure->positions[k][c] / (double)structure->count;
}

/* Where the cell is drawn from: along a direction that is not periodic, at the lowest of the atoms. */
static void find_origin(const struct gd_structure *structure, double origin[3])
{
    const double(*vectors)[3] = (const double(*)[3])structure->cell.vectors;
    origin[0] = origin[1] = origin[2] = 0;
    for (int axis = 0; axis < 3; axis++) {
        const double *a = vectors[(axis + 1) % 3], *b = vectors[(axis + 2) % 3], *c = vectors[axis];
        double normal[3], lowest = INFINITY;
        gd_cross(a, b, normal);
        const double volume = gd_dot(c, normal);
        if (structure->cell.periodic[axis] || volume == 0)
            continue;
        for (size_t k = 0; k < structure->count; k++)
            lowest = fmin(lowest, gd_dot(structure->positions[k], normal) / volume);
        gd_add_scaled(origin, lowest, c);
    }
}

/* The edges of the cell along its periodic directions, [2] ends each, from the centre of the atoms. How many there are:
 * n 2^(n-1) of n directions. */
enum { EDGES = 12 };
static size_t find_edges(const struct gd_structure *structure, double edges[EDGES][2][3])
{
    const struct gd_cell *cell = &structure->cell;
    double centre[3], origin[3];
    size_t count = 0;
    find_centre(structure, centre);
    find_origin(structure, origin);
    for (int axis = 0; axis < 3; axis++)
        for (int corner = 0; corner < 8 && cell->periodic[axis]; corner++) {
            bool is_corner = !(corner >> axis & 1);
            for (int k = 0; k < 3; k++)
                is_corner = is_corner && (cell->periodic[k] || !(corner >> k & 1));
            for (int c = 0; c < 3 && is_corner; c++) {
                edges[count][0][c] = origin[c] - centre[c];
                for (int k = 0; k < 3; k++)
                    edges[count][0][c] += (corner >> k & 1) * cell->vectors[k][c];
                edges[count][1][c] = edges[count][0][c] + cell->vectors[axis][c];
            }
            count += is_corner;
        }
    return count;
}

/* The atoms around their centre. */
static struct ball *make_balls(const struct candidate *candidate)
{
    const struct gd_structure *structure = candidate->structure;
    struct ball *balls = gd_array(structure->count + 1, sizeof *balls);
    double centre[3];
    find_centre(structure, centre);
    for (size_t k = 0; k < structure->count && balls; k++) {
        const double radius = gd_element_radius(structure->species[k]);
        const double *r = structure->positions[k];
        balls[k] = (struct ball){.at = {r[0] - centre[0], r[1] - centre[1], r[2] - centre[2]},
                                 .radius = isfinite(radius) ? radius : 1.4,
                                 .colour = colour_of(structure->species[k]),
                                 .movable = candidate->movable[k]};
    }
    return balls;
}

/* The view that the script begins with: from the side, 63 degrees from above. */
static const double tilt = -1.1;

static void add_picture(struct gd_text *page, struct ball *balls, size_t count, double edges[EDGES][2][3],
                        size_t edge_count)
{
    double size = 1;
    for (size_t k = 0; k < count; k++) {
        balls[k].depth = sin(tilt) * balls[k].at[1] + cos(tilt) * balls[k].at[2];
        size = fmax(size, gd_length(balls[k].at) + balls[k].radius);
    }
    qsort(balls, count, sizeof *balls, by_depth);
    gd_text_print(page, "<svg viewBox=\"%.2f %.2f %.2f %.2f\">", -size, -size, 2 * size, 2 * size);
    for (size_t k = 0; k < edge_count; k++)
        gd_text_print(page, "<line class=\"a\" x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke-width=\".1\"/>",
                      edges[k][0][0], -(cos(tilt) * edges[k][0][1] - sin(tilt) * edges[k][0][2]), edges[k][1][0],
                      -(cos(tilt) * edges[k][1][1] - sin(tilt) * edges[k][1][2]));
    for (size_t k = 0; k < count; k++)
        gd_text_print(page,
                      "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\" fill=\"%s\" stroke=\"#222\" stroke-width=\".05\" "
                      "opacity=\"%s\"/>",
                      balls[k].at[0], -(cos(tilt) * balls[k].at[1] - sin(tilt) * balls[k].at[2]), balls[k].radius,
                      balls[k].colour, balls[k].movable ? "1" : ".45");
    gd_text_print(page, "</svg>");
}

/* The structure as extended XYZ, for the button that saves it. */
static void add_xyz(struct gd_text *page, const struct candidate *candidate)
{
    const struct gd_structure *structure = candidate->structure;
    const struct gd_cell *cell = &structure->cell;
    gd_text_print(page, "<template class=\"xyz\">%zu\nLattice=&quot;", structure->count);
    for (int k = 0; k < 9; k++)
        gd_text_print(page, "%s%.10g", k ? " " : "", cell->vectors[k / 3][k % 3]);
    gd_text_print(page, "&quot; pbc=&quot;%c %c %c&quot; Properties=species:S:1:pos:R:3:move_mask:L:1 energy=%.10g\n",
                  cell->periodic[0] ? 'T' : 'F', cell->periodic[1] ? 'T' : 'F', cell->periodic[2] ? 'T' : 'F',
                  structure->energy);
    for (size_t k = 0; k < structure->count; k++)
        gd_text_print(page, "%s %.8f %.8f %.8f %c\n", gd_element_symbol(structure->species[k]),
                      structure->positions[k][0], structure->positions[k][1], structure->positions[k][2],
                      candidate->movable[k] ? 'T' : 'F');
    gd_text_print(page, "</template>");
}

/* Lengths and angles of the cell, and how many directions are periodic. */
static void add_cell(struct gd_text *page, const struct gd_cell *cell)
{
    double lengths[3], angles[3];
    for (int k = 0; k < 3; k++)
        lengths[k] = gd_length(cell->vectors[k]);
    for (int k = 0; k < 3; k++) {
        const double *b = cell->vectors[(k + 1) % 3], *c = cell->vectors[(k + 2) % 3];
        angles[k] = acos(gd_dot(b, c) / (lengths[(k + 1) % 3] * lengths[(k + 2) % 3])) * 180 / acos(-1);
    }
    if (lengths[0] > 0 && lengths[1] > 0 && lengths[2] > 0)
        gd_text_print(page, "<br>cell %.4g × %.4g × %.4g Å; %.4g°, %.4g°, %.4g°; periodic: %c %c %c", lengths[0],
                      lengths[1], lengths[2], angles[0], angles[1], angles[2], cell->periodic[0] ? 'T' : 'F',
                      cell->periodic[1] ? 'T' : 'F', cell->periodic[2] ? 'T' : 'F');
}

static void add_candidate(struct gd_text *page, const struct candidate *candidate, size_t place)
{
    const struct found *found = candidate->found;
    const size_t count = candidate->structure->count;
    double edges[EDGES][2][3];
    const size_t edge_count = find_edges(candidate->structure, edges);
    struct ball *balls = make_balls(candidate);
    page->failed |= !balls;
    if (!balls)
        return;
    gd_text_print(page,
                  "<figure id=\"structure-%zu\"><figcaption>%.4f eV</figcaption><div class=\"view\" data-cell=\"[",
                  place + 1, candidate->structure->energy);
    for (size_t k = 0; k < edge_count; k++)
        gd_text_print(page, "%s[[%.3f,%.3f,%.3f],[%.3f,%.3f,%.3f]]", k ? "," : "", edges[k][0][0], edges[k][0][1],
                      edges[k][0][2], edges[k][1][0], edges[k][1][1], edges[k][1][2]);
    gd_text_print(page, "]\">");
    add_picture(page, balls, count, edges, edge_count);
    gd_text_print(page, "<template>[");
    for (size_t k = 0; k < count; k++)
        gd_text_print(page, "%s[%.3f,%.3f,%.3f,%.2f,\"%s\",%s]", k ? "," : "", balls[k].at[0], balls[k].at[1],
                      balls[k].at[2], balls[k].radius, balls[k].colour, balls[k].movable ? "1" : "0.45");
    gd_text_print(page, "]</template></div>");
    add_xyz(page, candidate);
    gd_text_print(page, "<p class=\"dim\">%s; %zu atoms; ", found->kind, count);
    gd_html_add(page, found->group->name);
    gd_text_print(page, ", seed %llu", (unsigned long long)found->record->seed);
    add_cell(page, &candidate->structure->cell);
    gd_text_print(page, "</p></figure>\n");
    free(balls);
}

/* Reads the structure again; a run that goes on may have another one by now, or none. */
static void add_found(struct gd_text *page, struct gd_results *results, const struct found *found, size_t place)
{
    struct gd_frames frames;
    page->failed |= !read_frames(results, found->record, found->file, &frames);
    if (found->frame < frames.count) {
        const struct gd_frame *frame = &frames.items[found->frame];
        const size_t count = frame->structure.count;
        const struct candidate candidate = {found, &frame->structure, gd_array(count + 1, sizeof *candidate.movable)};
        page->failed |= !candidate.movable;
        if (candidate.movable && gd_frame_movable(frame, candidate.movable, NULL, NULL) != GD_OK)
            memset(candidate.movable, 1, count * sizeof *candidate.movable);
        if (candidate.movable)
            add_candidate(page, &candidate, place);
        free(candidate.movable);
    }
    gd_frames_clear(&frames);
}

void gd_add_structures(struct gd_text *page, struct gd_results *results)
{
    struct search search = {0};
    for (size_t g = 0; g < results->count; g++)
        for (size_t r = 0; r < results->groups[g].count; r++)
            visit(&search, results, &results->groups[g], &results->groups[g].records[r]);
    page->failed |= search.failed;
    const size_t count = choose(search.list, search.count);
    if (count > 0)
        gd_text_print(page,
                      "<h2>Lowest structures</h2><p class=\"dim\">More than %g eV apart. Lines are the cell along its "
                      "periodic directions. Drag to turn, wheel to zoom.</p>",
                      distinct);
    if (search.relaxed > 0 && search.relaxed < search.runs)
        gd_text_print(page,
                      "<p class=\"bad\">Note: of %zu of %zu runs the structures are relaxed. Those of the others would "
                      "be lower if they were, and so do not show which search is better.</p>",
                      search.relaxed, search.runs);
    if (count > 0)
        gd_text_print(page, "<div class=\"grid\">\n");
    for (size_t k = 0; k < count; k++)
        add_found(page, results, &search.list[k], k);
    if (count > 0)
        gd_text_print(page, "</div>\n");
    free(search.list);
}
