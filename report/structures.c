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

struct candidate {
    double energy;
    const char *kind; /* what has become of it */
    struct gd_structure structure;
    bool *movable; /* [atoms] */
    const struct gd_group *group;
    const struct gd_record *record;
};

/* The lowest so far, in order. */
struct best {
    struct candidate list[SHOWN + 1];
    size_t count;
    size_t runs, relaxed; /* that have structures; and whose structures are minima */
    bool failed;
};

static void clear(struct candidate *candidate)
{
    gd_structure_clear(&candidate->structure);
    free(candidate->movable);
}

/* Whether it is low enough, and no other has its energy. */
static bool is_wanted(const struct best *best, double energy)
{
    if (!isfinite(energy) || (best->count == SHOWN && energy >= best->list[SHOWN - 1].energy))
        return false;
    for (size_t k = 0; k < best->count; k++)
        if (fabs(best->list[k].energy - energy) < distinct)
            return false;
    return true;
}

static void insert(struct best *best, const struct gd_frame *frame, const char *kind, const struct gd_group *group,
                   const struct gd_record *record)
{
    struct candidate new = {.energy = frame->structure.energy, .kind = kind, .group = group, .record = record};
    size_t place = best->count;
    new.movable = gd_array(frame->structure.count + 1, sizeof *new.movable);
    if (!new.movable || gd_structure_copy(&new.structure, &frame->structure, NULL) != GD_OK) {
        free(new.movable);
        best->failed = true;
        return;
    }
    if (gd_frame_movable(frame, new.movable, NULL, NULL) != GD_OK)
        memset(new.movable, 1, frame->structure.count * sizeof *new.movable);
    for (; place > 0 && best->list[place - 1].energy > new.energy; place--)
        best->list[place] = best->list[place - 1];
    best->list[place] = new;
    if (best->count < SHOWN)
        best->count++;
    else
        clear(&best->list[SHOWN]);
}

/* minima.extxyz is empty when nothing has converged. */
static bool has_content(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && file.st_size > 0;
}

/* Adds the structures of a file that are lower than `below`. The lowest energy; infinity without any. */
static double add_file(struct best *best, struct gd_results *results, const struct gd_group *group,
                       const struct gd_record *record, const char *name, const char *kind, double below)
{
    struct gd_frames frames = {0};
    struct gd_error error = {0};
    double lowest = INFINITY;
    char *path = gd_file_join(record->folder, name);
    best->failed |= !path;
    if (path && has_content(path) && gd_frames_read(path, &frames, &error) != GD_OK)
        gd_problem_add(&results->problems, (struct gd_place){.file = record->folder}, "%s", error.text);
    for (size_t k = 0; k < frames.count && !best->failed; k++) {
        const double energy = frames.items[k].structure.energy;
        lowest = fmin(lowest, energy);
        if (energy < below && is_wanted(best, energy))
            insert(best, &frames.items[k], kind, group, record);
    }
    gd_frames_clear(&frames);
    free(path);
    return lowest;
}

/* The minima of a run, and its best structure where that is lower or there are none. */
static void visit(struct best *best, struct gd_results *results, const struct gd_group *group,
                  const struct gd_record *record)
{
    const double minimum = add_file(best, results, group, record, "minima.extxyz", "relaxed", INFINITY);
    double lowest = fmin(
        minimum, add_file(best, results, group, record, "best-relaxed.extxyz", "relaxed, but not to the end", minimum));
    if (!isfinite(lowest))
        lowest = add_file(best, results, group, record, "best.extxyz", "not relaxed", INFINITY);
    best->runs += isfinite(lowest) ? 1 : 0;
    best->relaxed += isfinite(minimum) ? 1 : 0;
}

/* --- Drawing ------------------------------------------------------------------------------------------------------ */

/* One atom as it is drawn: from the centre, Å. */
struct ball {
    double x, y, z, radius, depth;
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
        const double normal[3] = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
        const double volume = c[0] * normal[0] + c[1] * normal[1] + c[2] * normal[2];
        double lowest = INFINITY;
        if (structure->cell.periodic[axis] || volume == 0)
            continue;
        for (size_t k = 0; k < structure->count; k++) {
            const double *r = structure->positions[k];
            lowest = fmin(lowest, (r[0] * normal[0] + r[1] * normal[1] + r[2] * normal[2]) / volume);
        }
        for (int k = 0; k < 3; k++)
            origin[k] += lowest * c[k];
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
    const struct gd_structure *structure = &candidate->structure;
    struct ball *balls = gd_array(structure->count + 1, sizeof *balls);
    double centre[3];
    find_centre(structure, centre);
    for (size_t k = 0; k < structure->count && balls; k++) {
        const double radius = gd_element_radius(structure->species[k]);
        balls[k] = (struct ball){.x = structure->positions[k][0] - centre[0],
                                 .y = structure->positions[k][1] - centre[1],
                                 .z = structure->positions[k][2] - centre[2],
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
        balls[k].depth = sin(tilt) * balls[k].y + cos(tilt) * balls[k].z;
        size = fmax(size, sqrt(balls[k].x * balls[k].x + balls[k].y * balls[k].y + balls[k].z * balls[k].z) +
                              balls[k].radius);
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
                      balls[k].x, -(cos(tilt) * balls[k].y - sin(tilt) * balls[k].z), balls[k].radius, balls[k].colour,
                      balls[k].movable ? "1" : ".45");
    gd_text_print(page, "</svg>");
}

/* The structure as extended XYZ, for the button that saves it. */
static void add_xyz(struct gd_text *page, const struct candidate *candidate)
{
    const struct gd_structure *structure = &candidate->structure;
    const struct gd_cell *cell = &structure->cell;
    gd_text_print(page, "<template class=\"xyz\">%zu\nLattice=&quot;", structure->count);
    for (int k = 0; k < 9; k++)
        gd_text_print(page, "%s%.10g", k ? " " : "", cell->vectors[k / 3][k % 3]);
    gd_text_print(page, "&quot; pbc=&quot;%c %c %c&quot; Properties=species:S:1:pos:R:3:move_mask:L:1 energy=%.10g\n",
                  cell->periodic[0] ? 'T' : 'F', cell->periodic[1] ? 'T' : 'F', cell->periodic[2] ? 'T' : 'F',
                  candidate->energy);
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
        const double product = b[0] * c[0] + b[1] * c[1] + b[2] * c[2];
        angles[k] = acos(product / (lengths[(k + 1) % 3] * lengths[(k + 2) % 3])) * 180 / acos(-1);
    }
    if (lengths[0] > 0 && lengths[1] > 0 && lengths[2] > 0)
        gd_text_print(page, "<br>cell %.4g × %.4g × %.4g Å; %.4g°, %.4g°, %.4g°; periodic: %c %c %c", lengths[0],
                      lengths[1], lengths[2], angles[0], angles[1], angles[2], cell->periodic[0] ? 'T' : 'F',
                      cell->periodic[1] ? 'T' : 'F', cell->periodic[2] ? 'T' : 'F');
}

static void add_candidate(struct gd_text *page, const struct candidate *candidate, size_t place)
{
    const size_t count = candidate->structure.count;
    double edges[EDGES][2][3];
    const size_t edge_count = find_edges(&candidate->structure, edges);
    struct ball *balls = make_balls(candidate);
    page->failed |= !balls;
    if (!balls)
        return;
    gd_text_print(page,
                  "<figure id=\"structure-%zu\"><figcaption>%.4f eV</figcaption><div class=\"view\" data-cell=\"[",
                  place + 1, candidate->energy);
    for (size_t k = 0; k < edge_count; k++)
        gd_text_print(page, "%s[[%.3f,%.3f,%.3f],[%.3f,%.3f,%.3f]]", k ? "," : "", edges[k][0][0], edges[k][0][1],
                      edges[k][0][2], edges[k][1][0], edges[k][1][1], edges[k][1][2]);
    gd_text_print(page, "]\">");
    add_picture(page, balls, count, edges, edge_count);
    gd_text_print(page, "<template>[");
    for (size_t k = 0; k < count; k++)
        gd_text_print(page, "%s[%.3f,%.3f,%.3f,%.2f,\"%s\",%s]", k ? "," : "", balls[k].x, balls[k].y, balls[k].z,
                      balls[k].radius, balls[k].colour, balls[k].movable ? "1" : "0.45");
    gd_text_print(page, "]</template></div>");
    add_xyz(page, candidate);
    gd_text_print(page, "<p class=\"dim\">%s; %zu atoms; ", candidate->kind, count);
    gd_html_add(page, candidate->group->name);
    gd_text_print(page, ", seed %llu", (unsigned long long)candidate->record->seed);
    add_cell(page, &candidate->structure.cell);
    gd_text_print(page, "</p></figure>\n");
    free(balls);
}

void gd_add_structures(struct gd_text *page, struct gd_results *results)
{
    struct best best = {0};
    for (size_t g = 0; g < results->count; g++)
        for (size_t r = 0; r < results->groups[g].count; r++)
            visit(&best, results, &results->groups[g], &results->groups[g].records[r]);
    page->failed |= best.failed;
    if (best.count > 0)
        gd_text_print(page,
                      "<h2>Lowest structures</h2><p class=\"dim\">More than %g eV apart. Lines are the cell along its "
                      "periodic directions. Drag to turn, wheel to zoom.</p>",
                      distinct);
    if (best.relaxed > 0 && best.relaxed < best.runs)
        gd_text_print(page,
                      "<p class=\"bad\">Note: of %zu of %zu runs the structures are relaxed. Those of the others would "
                      "be lower if they were, and so do not show which search is better.</p>",
                      best.relaxed, best.runs);
    if (best.count > 0)
        gd_text_print(page, "<div class=\"grid\">\n");
    for (size_t k = 0; k < best.count; k++) {
        add_candidate(page, &best.list[k], k);
        clear(&best.list[k]);
    }
    if (best.count > 0)
        gd_text_print(page, "</div>\n");
}
