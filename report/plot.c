#include "report/plot.h"

#include <math.h>
#include <string.h>

#include "report/axis.h"

/* Of the view box. The figure is scaled as a whole, down to the width of a telephone. */
enum { WIDTH = 480, HEIGHT = 300, COLOURS = 8 };

/* The axes of a figure and where they are. */
struct frame {
    struct gd_box box;
    struct gd_axis x, y;
};

static double x_of(const struct frame *frame, double value)
{
    return gd_axis_x(&frame->x, &frame->box, value);
}

static double y_of(const struct frame *frame, double value)
{
    return gd_axis_y(&frame->y, &frame->box, value);
}

/* The style of a curve: a colour, after the last of them another pattern of the line, and dashes. */
static void add_style(struct gd_text *page, const struct gd_series *series)
{
    enum { PATTERNS = 3 };
    const size_t pattern = series->colour / COLOURS % PATTERNS;
    gd_text_print(page, "l c%zu%s%s", series->colour % COLOURS, (const char *[PATTERNS]){"", " k1", " k2"}[pattern],
                  series->dashed ? " d" : "");
}

/* --- Curves ------------------------------------------------------------------------------------------------------- */

static bool is_shown(const struct gd_series *series, size_t k, const struct gd_axis *y)
{
    return isfinite(series->x[k]) && isfinite(series->y[k]) && !(y->logarithmic && series->y[k] <= 0);
}

static size_t count_shown(const struct gd_series *series, const struct gd_axis *y)
{
    size_t count = 0;
    for (size_t k = 0; k < series->count; k++)
        count += is_shown(series, k, y);
    return count;
}

static bool is_banded(const struct gd_series *series, size_t k, const struct gd_axis *y)
{
    return isfinite(series->low[k]) && isfinite(series->high[k]) && !(y->logarithmic && series->low[k] <= 0);
}

/* The path of values, in order. */
static void add_path(struct gd_text *page, const struct gd_series *series, const double *values,
                     const struct frame *frame)
{
    bool begun = false;
    for (size_t k = 0; k < series->count; k++) {
        if (!is_shown(series, k, &frame->y) || !isfinite(values[k]))
            continue;
        const double to = x_of(frame, series->x[k]);
        if (begun && series->steps)
            gd_text_print(page, "H%.1f", to);
        gd_text_print(page, "%c%.1f %.1f", begun ? 'L' : 'M', to, y_of(frame, values[k]));
        begun = true;
    }
}

/* The area between two rows: up along one, back along the other. */
static void add_band(struct gd_text *page, const struct gd_series *series, const struct frame *frame)
{
    bool begun = false;
    double last = NAN;
    gd_text_print(page, "<path class=\"b c%zu\" d=\"", series->colour % COLOURS);
    for (size_t k = 0; k < series->count; k++) {
        if (!is_shown(series, k, &frame->y) || !is_banded(series, k, &frame->y))
            continue;
        const double to = x_of(frame, series->x[k]);
        if (begun && series->steps)
            gd_text_print(page, "H%.1f", to);
        gd_text_print(page, "%c%.1f %.1f", begun ? 'L' : 'M', to, y_of(frame, series->high[k]));
        begun = true;
    }
    for (size_t k = series->count; k-- > 0;) {
        if (!is_shown(series, k, &frame->y) || !is_banded(series, k, &frame->y))
            continue;
        const double to = x_of(frame, series->x[k]), height = y_of(frame, series->low[k]);
        if (isfinite(last) && series->steps)
            gd_text_print(page, "L%.1f %.1fH%.1f", last, height, to);
        else
            gd_text_print(page, "L%.1f %.1f", to, height);
        last = to;
    }
    gd_text_print(page, "%s\"/>", begun ? "Z" : "");
}

/* Points to hover over, at most a hundred of each curve. A single one is no curve, and always to be seen. */
static void add_points(struct gd_text *page, const struct gd_series *series, const struct frame *frame)
{
    const size_t shown = count_shown(series, &frame->y), stride = shown / 100 + 1;
    size_t passed = 0;
    for (size_t k = 0; k < series->count; k++) {
        if (!is_shown(series, k, &frame->y) || passed++ % stride != 0)
            continue;
        gd_text_print(page, "<circle class=\"p%s c%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"><title>",
                      shown == 1 ? " one" : "", series->colour % COLOURS, x_of(frame, series->x[k]),
                      y_of(frame, series->y[k]), shown == 1 ? "3" : "5");
        gd_html_add(page, series->name);
        gd_text_print(page, ": %.9g at %.6g", series->y[k], series->x[k]);
        if (series->low && isfinite(series->low[k]))
            gd_text_print(page, " [%.9g, %.9g]", series->low[k], series->high[k]);
        gd_text_print(page, "</title></circle>");
    }
}

static void add_series(struct gd_text *page, const struct gd_series *series, const struct frame *frame)
{
    if (series->low)
        add_band(page, series, frame);
    gd_text_print(page, "<path class=\"");
    add_style(page, series);
    gd_text_print(page, "\" d=\"");
    add_path(page, series, series->y, frame);
    gd_text_print(page, "\"/>");
    add_points(page, series, frame);
}

/* --- The figure --------------------------------------------------------------------------------------------------- */

/* The data as CSV, for the button that saves it. Names cannot end the element: they are escaped, and the script reads
 * them as they were. */
static void add_data(struct gd_text *page, const struct gd_plot *plot)
{
    gd_text_print(page, "<template class=\"data\">curve,x,y,low,high\n");
    for (size_t s = 0; s < plot->count; s++) {
        const struct gd_series *series = &plot->series[s];
        for (size_t k = 0; k < series->count; k++) {
            gd_csv_add_quoted(page, series->name);
            gd_csv_add_number(page, series->x[k]);
            gd_csv_add_number(page, series->y[k]);
            gd_csv_add_number(page, series->low ? series->low[k] : NAN);
            gd_csv_add_number(page, series->high ? series->high[k] : NAN);
            gd_text_add(page, "\n", 1);
        }
    }
    gd_text_print(page, "</template>");
}

/* Of the curves that there is something of. */
static void add_legend(struct gd_text *page, const struct gd_plot *plot, const struct gd_axis *y)
{
    gd_text_print(page, "<ul class=\"legend\">");
    for (size_t s = 0; s < plot->count; s++) {
        if (!count_shown(&plot->series[s], y))
            continue;
        gd_text_print(page, "<li><svg width=\"26\" height=\"8\" aria-hidden=\"true\"><path class=\"");
        add_style(page, &plot->series[s]);
        gd_text_print(page, "\" d=\"M1 4H25\"/></svg>");
        gd_html_add(page, plot->series[s].name);
        gd_text_print(page, "</li>");
    }
    gd_text_print(page, "</ul>");
}

static bool find_ranges(const struct gd_plot *plot, struct frame *frame)
{
    struct gd_axis *x = &frame->x, *y = &frame->y;
    *x = (struct gd_axis){GD_AXIS_EMPTY, .whole = plot->whole};
    *y = (struct gd_axis){GD_AXIS_EMPTY, .logarithmic = plot->logarithmic};
    bool found = false;
    for (size_t s = 0; s < plot->count; s++) {
        const struct gd_series *series = &plot->series[s];
        for (size_t k = 0; k < series->count; k++)
            found |= is_shown(series, k, &frame->y);
        gd_axis_include(x, series->x, series->count);
        gd_axis_include(y, series->y, series->count);
        gd_axis_include(y, series->low, series->count);
        gd_axis_include(y, series->high, series->count);
    }
    if (found) {
        gd_axis_widen(x);
        gd_axis_widen(y);
    }
    if (plot->y_low < plot->y_high) {
        y->low = plot->y_low;
        y->high = plot->y_high;
    }
    return found;
}

bool gd_plot_add(struct gd_text *page, const struct gd_plot *plot)
{
    struct frame frame;
    if (!find_ranges(plot, &frame))
        return false;
    frame.box = (struct gd_box){gd_axis_left(&frame.y), 12, WIDTH - 12, HEIGHT - 44};
    char attributes[64] = "";
    strcat(strcat(attributes, plot->count > 0 && plot->series[0].steps ? " data-steps=\"1\"" : ""),
           plot->logarithmic ? " data-log=\"1\"" : "");
    gd_figure_begin(page, plot->id, plot->title, plot->x_label, plot->y_label, attributes, WIDTH, HEIGHT);
    gd_axes_add(page, &frame.box, &frame.x, &frame.y, plot->x_label, plot->y_label, true);
    for (size_t s = 0; s < plot->count; s++)
        add_series(page, &plot->series[s], &frame);
    gd_text_print(page, "</svg>");
    add_legend(page, plot, &frame.y);
    add_data(page, plot);
    gd_text_print(page, "</figure>\n");
    return true;
}
