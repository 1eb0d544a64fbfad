#include "report/map.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/axis.h"

/* Of the view box, which is as high as the scale of y needs. */
enum {
    WIDTH = 480,
    ROOM = 41, /* a scale with its name */
    TOP = 12,
    BOTTOM = 44,
    LEAST = 120,
    MOST = 480,
    SCALE_WIDTH = 12,
    COLOURS = 8
};

/* A figure being drawn. */
struct drawing {
    struct gd_text *page;
    const struct gd_map *map;
    struct gd_axis x, y;
    struct gd_box box;
    double mark_low, mark_high;
    char ends[2][2][GD_LABEL_SIZE]; /* labels of the scales: of values, of marks; low, high */
    double room[2];                 /* of the scales, so that the labels do not meet */
};

/* --- Colours ------------------------------------------------------------------------------------------------------ */

/* Scales whose lightness changes steadily, so that they can be read without seeing colours. */
static const unsigned char blues[][3] = {{8, 29, 88}, {34, 94, 168}, {65, 150, 196}, {150, 205, 205}, {240, 248, 235}};
static const unsigned char heats[][3] = {{84, 0, 38}, {189, 0, 38}, {240, 80, 40}, {253, 160, 60}, {255, 240, 120}};

/* "#rrggbb" of a share of a scale. */
static const char *print_colour(char text[8], const unsigned char scale[5][3], double share)
{
    const double place = 4 * fmin(1, fmax(0, share));
    const int k = place >= 4 ? 3 : (int)place;
    int mixed[3];
    for (int c = 0; c < 3; c++)
        mixed[c] = (int)lround(scale[k][c] + (place - k) * (scale[k + 1][c] - scale[k][c]));
    snprintf(text, 8, "#%02x%02x%02x", (unsigned)mixed[0] & 255, (unsigned)mixed[1] & 255, (unsigned)mixed[2] & 255);
    return text;
}

static double share_of(double value, double low, double high)
{
    return high > low ? (value - low) / (high - low) : 0;
}

static void add_fill(struct gd_text *page, const struct gd_map *map, double share)
{
    char colour[8];
    if (map->shade >= 0)
        gd_text_print(page, " class=\"r c%d\" fill-opacity=\"%.2f\"", map->shade % COLOURS, fmin(1, fmax(0, share)));
    else
        gd_text_print(page, " fill=\"%s\"", print_colour(colour, blues, share));
}

/* --- Cells and marks ---------------------------------------------------------------------------------------------- */

static double corner(const struct gd_map *map, int axis, double column, double row)
{
    return map->origin[axis] + column * map->across[axis] + row * map->up[axis];
}

static void include_cells(struct drawing *drawing)
{
    const struct gd_map *map = drawing->map;
    for (int k = 0; k < 4; k++) {
        const double column = k % 2 ? (double)map->columns : 0, row = k / 2 ? (double)map->rows : 0;
        const double x = corner(map, 0, column, row), y = corner(map, 1, column, row);
        gd_axis_include(&drawing->x, &x, 1);
        gd_axis_include(&drawing->y, &y, 1);
    }
}

/* Edges reach a little into the next cells, so that no line is seen between them. */
static void add_cell(const struct drawing *drawing, size_t column, size_t row, double value)
{
    const struct gd_map *map = drawing->map;
    const double reach = map->shade >= 0 ? 0 : 0.03;
    gd_text_print(drawing->page, "<path");
    add_fill(drawing->page, map, share_of(value, map->low, map->high));
    gd_text_print(drawing->page, " d=\"");
    for (int k = 0; k < 4; k++) {
        const double c = (double)column + (k == 1 || k == 2 ? 1 + reach : -reach),
                     r = (double)row + (k > 1 ? 1 + reach : -reach);
        gd_text_print(drawing->page, "%c%.1f %.1f", k ? 'L' : 'M',
                      gd_axis_x(&drawing->x, &drawing->box, corner(map, 0, c, r)),
                      gd_axis_y(&drawing->y, &drawing->box, corner(map, 1, c, r)));
    }
    gd_text_print(drawing->page, "Z\"><title>%.6g at %.4g, %.4g</title></path>", value,
                  corner(map, 0, (double)column + 0.5, (double)row + 0.5),
                  corner(map, 1, (double)column + 0.5, (double)row + 0.5));
}

/* Shares of nothing are not drawn. */
static bool is_shown(const struct gd_map *map, double value)
{
    return isfinite(value) && (map->shade < 0 || value > map->low);
}

static void add_cells(const struct drawing *drawing)
{
    const struct gd_map *map = drawing->map;
    gd_text_print(drawing->page, "<g shape-rendering=\"crispEdges\">");
    for (size_t r = 0; r < map->rows; r++)
        for (size_t c = 0; c < map->columns; c++)
            if (is_shown(map, map->values[r * map->columns + c]))
                add_cell(drawing, c, r, map->values[r * map->columns + c]);
    gd_text_print(drawing->page, "</g>");
}

/* Temperatures fall by factors. */
static double mark_share(const struct drawing *drawing, double value)
{
    const double low = drawing->mark_low, high = drawing->mark_high;
    return low > 0 ? share_of(log(value), log(low), log(high)) : share_of(value, low, high);
}

static void find_mark_range(struct drawing *drawing)
{
    struct gd_axis range = {GD_AXIS_EMPTY};
    for (size_t k = 0; k < drawing->map->mark_count; k++)
        gd_axis_include(&range, &drawing->map->marks[k].value, 1);
    drawing->mark_low = range.low;
    drawing->mark_high = range.high;
}

static void add_marks(const struct drawing *drawing)
{
    char colour[8];
    for (size_t k = 0; k < drawing->map->mark_count; k++) {
        const struct gd_mark *mark = &drawing->map->marks[k];
        gd_text_print(drawing->page,
                      "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\" stroke=\"#222\" stroke-width=\".5\">"
                      "<title>%.4g at %.3f, %.3f</title></circle>",
                      gd_axis_x(&drawing->x, &drawing->box, mark->x), gd_axis_y(&drawing->y, &drawing->box, mark->y),
                      print_colour(colour, heats, mark_share(drawing, mark->value)), mark->value, mark->x, mark->y);
    }
}

/* --- Scales ------------------------------------------------------------------------------------------------------- */

/* The labels of a scale, in which a hundredth of it can be seen, and the room that they need. */
static void write_ends(struct drawing *drawing, int place, double low, double high)
{
    enum { CHARACTER = 10 }; /* of the larger letters that narrow pages have */
    const double ends[] = {low, high};
    drawing->room[place] = ROOM;
    for (size_t k = 0; k < 2; k++) {
        const char *text = gd_label_write(drawing->ends[place][k], ends[k], (high - low) / 100, 3);
        drawing->room[place] = fmax(drawing->room[place], CHARACTER * (double)strlen(text) + 2);
    }
}

/* A scale of colours beside the box, at the k-th place of two, with its ends and its name, for which a low box has no
 * room. */
static void add_scale(const struct drawing *drawing, int place, const char *label)
{
    enum { STEPS = 24, LENGTH = 184 };
    const struct gd_box *box = &drawing->box;
    const double bottom = fmax(box->bottom, fmin(box->top + LENGTH, box->bottom + BOTTOM - 2));
    const double left = box->right + 10 + drawing->room[0] * place, height = (bottom - box->top - 34) / STEPS;
    char colour[8];
    for (int k = 0; k < STEPS; k++) {
        const double share = (double)k / (STEPS - 1), top = bottom - 17 - (k + 1) * height;
        gd_text_print(drawing->page, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"", left, top, SCALE_WIDTH,
                      height + 0.3);
        if (place == 0)
            add_fill(drawing->page, drawing->map, share);
        else
            gd_text_print(drawing->page, " fill=\"%s\"", print_colour(colour, heats, share));
        gd_text_print(drawing->page, "/>");
    }
    gd_text_print(drawing->page,
                  "<text x=\"%.1f\" y=\"%g\">%s</text><text x=\"%.1f\" y=\"%g\">%s</text>"
                  "<text transform=\"translate(%.1f %g) rotate(-90)\" text-anchor=\"middle\">",
                  left, box->top + 11, drawing->ends[place][1], left, bottom, drawing->ends[place][0],
                  left + SCALE_WIDTH + 14, (box->top + bottom) / 2);
    gd_html_add(drawing->page, label);
    gd_text_print(drawing->page, "</text>");
}

/* --- The figure --------------------------------------------------------------------------------------------------- */

/* The box in which x and y have one scale, or a box of the usual height. */
static void make_box(struct drawing *drawing)
{
    struct gd_axis *x = &drawing->x, *y = &drawing->y;
    const double right = 10 + drawing->room[0] + drawing->room[1], left = gd_axis_left(y);
    const double width = WIDTH - left - right, across = x->high - x->low, up = y->high - y->low;
    double height = 244;
    if (drawing->map->equal)
        height = fmin(MOST, fmax(LEAST, width * up / across));
    drawing->box = (struct gd_box){left, TOP, WIDTH - right, TOP + height};
    if (!drawing->map->equal)
        return;
    const double scale = fmin(width / across, height / up);
    drawing->box.right = left + fmax(1, scale * across);
    drawing->box.bottom = TOP + fmax(1, scale * up);
}

static void add_data(const struct drawing *drawing)
{
    const struct gd_map *map = drawing->map;
    gd_text_print(drawing->page, "<template class=\"data\">what,x,y,value\n");
    for (size_t r = 0; r < map->rows; r++)
        for (size_t c = 0; c < map->columns; c++) {
            gd_csv_add_quoted(drawing->page, map->value_label);
            gd_csv_add_number(drawing->page, corner(map, 0, (double)c + 0.5, (double)r + 0.5));
            gd_csv_add_number(drawing->page, corner(map, 1, (double)c + 0.5, (double)r + 0.5));
            gd_csv_add_number(drawing->page, map->values[r * map->columns + c]);
            gd_text_add(drawing->page, "\n", 1);
        }
    for (size_t k = 0; k < map->mark_count; k++) {
        gd_csv_add_quoted(drawing->page, map->mark_label);
        gd_csv_add_number(drawing->page, map->marks[k].x);
        gd_csv_add_number(drawing->page, map->marks[k].y);
        gd_csv_add_number(drawing->page, map->marks[k].value);
        gd_text_add(drawing->page, "\n", 1);
    }
    gd_text_print(drawing->page, "</template>");
}

static bool any_finite(const struct gd_map *map)
{
    for (size_t k = 0; k < map->columns * map->rows; k++)
        if (is_shown(map, map->values[k]))
            return true;
    return false;
}

bool gd_map_add(struct gd_text *page, const struct gd_map *map)
{
    struct drawing drawing = {
        .page = page, .map = map, .x = {GD_AXIS_EMPTY, .whole = map->whole}, .y = {GD_AXIS_EMPTY}};
    char attributes[64];
    if (!any_finite(map))
        return false;
    include_cells(&drawing);
    find_mark_range(&drawing);
    write_ends(&drawing, 0, map->low, map->high);
    write_ends(&drawing, 1, drawing.mark_low, drawing.mark_high);
    make_box(&drawing);
    snprintf(attributes, sizeof attributes, " data-columns=\"%zu\"%s", map->columns,
             map->equal ? " data-equal=\"1\"" : "");
    gd_figure_begin(page, map->id, map->title, map->x_label, map->y_label, attributes, WIDTH,
                    drawing.box.bottom + BOTTOM);
    add_cells(&drawing);
    add_marks(&drawing);
    gd_axes_add(page, &drawing.box, &drawing.x, &drawing.y, map->x_label, map->y_label, false);
    add_scale(&drawing, 0, map->value_label);
    if (map->mark_count > 0)
        add_scale(&drawing, 1, map->mark_label);
    gd_text_print(page, "</svg>");
    if (map->note) {
        gd_text_print(page, "<p class=\"dim\">");
        gd_html_add(page, map->note);
        gd_text_print(page, "</p>");
    }
    add_data(&drawing);
    gd_text_print(page, "</figure>\n");
    return true;
}
