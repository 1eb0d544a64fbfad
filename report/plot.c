#include "report/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/numbers.h"

/* Of the view box. The figure is scaled as a whole, down to the width of a telephone. */
enum { WIDTH = 480, HEIGHT = 300, LEFT = 72, RIGHT = 12, TOP = 12, BOTTOM = 44, COLOURS = 8 };

void gd_html_add(struct gd_text *page, const char *text)
{
    static const struct {
        char character;
        const char *written;
    } escapes[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (; *text; text++) {
        const char *written = NULL;
        for (size_t k = 0; k < sizeof escapes / sizeof *escapes && !written; k++)
            written = escapes[k].character == *text ? escapes[k].written : NULL;
        if (written)
            gd_text_add(page, written, strlen(written));
        else if ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t')
            gd_text_add(page, text, 1);
    }
}

/* --- Axes --------------------------------------------------------------------------------------------------------- */

struct axis {
    double low, high;
    bool logarithmic, whole; /* ticks at whole numbers only */
};

static void include(struct axis *axis, double value)
{
    if (!isfinite(value) || (axis->logarithmic && value <= 0))
        return;
    axis->low = fmin(axis->low, value);
    axis->high = fmax(axis->high, value);
}

static void include_all(struct axis *axis, const double *values, size_t count)
{
    for (size_t k = 0; values && k < count; k++)
        include(axis, values[k]);
}

/* Some space around a range, which must not be empty. */
static void widen(struct axis *axis)
{
    if (axis->logarithmic) {
        axis->low /= 1.2;
        axis->high *= 1.2;
        return;
    }
    double space = 0.04 * (axis->high - axis->low);
    if (!(space > 0))
        space = 0.1 * fmax(1, fabs(axis->high));
    axis->low -= space;
    axis->high += space;
}

static double position(const struct axis *axis, double value, double from, double to)
{
    const double share = axis->logarithmic ? log(value / axis->low) / log(axis->high / axis->low)
                                           : (value - axis->low) / (axis->high - axis->low);
    return from + share * (to - from);
}

/* 1, 2 or 5 times a power of ten, of which at most six are in a length: more labels would meet. */
static double tick_distance(double length)
{
    const double raw = length / 6, power = pow(10, floor(log10(raw))), share = raw / power;
    return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

enum { TICKS = 24 };

static size_t linear_ticks(const struct axis *axis, double ticks[TICKS])
{
    const double wanted = tick_distance(axis->high - axis->low), step = axis->whole ? fmax(1, wanted) : wanted;
    const double first = ceil(axis->low / step - 1e-9);
    size_t count = 0;
    for (double k = first; k * step <= axis->high + 1e-9 * step && count < TICKS; k++)
        ticks[count++] = k * step + 0.0; /* no negative zero */
    return count;
}

/* Powers of ten, some left out when there are many; 1, 2 and 5 times these when there are few. */
static size_t logarithmic_ticks(const struct axis *axis, double ticks[TICKS])
{
    static const double between[] = {1, 2, 5};
    const double first = floor(log10(axis->low)), last = ceil(log10(axis->high)), stride = ceil((last - first) / 7);
    const size_t each = last - first <= 3 ? 3 : 1;
    size_t count = 0;
    for (double power = first; power <= last; power += stride)
        for (size_t k = 0; k < each && count < TICKS; k++) {
            const double tick = between[k] * pow(10, power);
            if (tick >= axis->low && tick <= axis->high)
                ticks[count++] = tick;
        }
    return count;
}

static double x_of(const struct axis *axis, double value)
{
    return position(axis, value, LEFT, WIDTH - RIGHT);
}

static double y_of(const struct axis *axis, double value)
{
    return position(axis, value, HEIGHT - BOTTOM, TOP);
}

static void add_ticks(struct gd_text *page, const struct axis *axis, bool vertical)
{
    double ticks[TICKS];
    const size_t count = axis->logarithmic ? logarithmic_ticks(axis, ticks) : linear_ticks(axis, ticks);
    for (size_t k = 0; k < count; k++) {
        const double place = vertical ? y_of(axis, ticks[k]) : x_of(axis, ticks[k]);
        if (vertical)
            gd_text_print(page,
                          "<line class=\"g\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                          "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.6g</text>",
                          LEFT, place, WIDTH - RIGHT, place, LEFT - 6, place + 4, ticks[k]);
        else
            gd_text_print(page,
                          "<line class=\"g\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
                          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.6g</text>",
                          place, TOP, place, HEIGHT - BOTTOM, place, HEIGHT - BOTTOM + 17, ticks[k]);
    }
}

static void add_axes(struct gd_text *page, const struct gd_plot *plot, const struct axis *x, const struct axis *y)
{
    add_ticks(page, x, false);
    add_ticks(page, y, true);
    gd_text_print(page, "<path class=\"a\" d=\"M%d %dV%dH%d\"/><text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", LEFT,
                  TOP, HEIGHT - BOTTOM, WIDTH - RIGHT, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6);
    gd_html_add(page, plot->x_label);
    gd_text_print(page, "</text><text transform=\"translate(13 %d) rotate(-90)\" text-anchor=\"middle\">",
                  (TOP + HEIGHT - BOTTOM) / 2);
    gd_html_add(page, plot->y_label);
    gd_text_print(page, "</text>");
}

/* --- Curves ------------------------------------------------------------------------------------------------------- */

static bool is_shown(const struct gd_series *series, size_t k, const struct axis *y)
{
    return isfinite(series->x[k]) && isfinite(series->y[k]) && !(y->logarithmic && series->y[k] <= 0);
}

static bool is_banded(const struct gd_series *series, size_t k, const struct axis *y)
{
    return isfinite(series->low[k]) && isfinite(series->high[k]) && !(y->logarithmic && series->low[k] <= 0);
}

/* The path of values, in order. */
static void add_path(struct gd_text *page, const struct gd_series *series, const double *values, const struct axis *x,
                     const struct axis *y)
{
    bool begun = false;
    for (size_t k = 0; k < series->count; k++) {
        if (!is_shown(series, k, y) || !isfinite(values[k]))
            continue;
        const double to = x_of(x, series->x[k]);
        if (begun && series->steps)
            gd_text_print(page, "H%.1f", to);
        gd_text_print(page, "%c%.1f %.1f", begun ? 'L' : 'M', to, y_of(y, values[k]));
        begun = true;
    }
}

/* The area between two rows: up along one, back along the other. */
static void add_band(struct gd_text *page, const struct gd_series *series, const struct axis *x, const struct axis *y)
{
    bool begun = false;
    double last = NAN;
    gd_text_print(page, "<path class=\"b c%zu\" d=\"", series->colour % COLOURS);
    for (size_t k = 0; k < series->count; k++) {
        if (!is_shown(series, k, y) || !is_banded(series, k, y))
            continue;
        const double to = x_of(x, series->x[k]);
        if (begun && series->steps)
            gd_text_print(page, "H%.1f", to);
        gd_text_print(page, "%c%.1f %.1f", begun ? 'L' : 'M', to, y_of(y, series->high[k]));
        begun = true;
    }
    for (size_t k = series->count; k-- > 0;) {
        if (!is_shown(series, k, y) || !is_banded(series, k, y))
            continue;
        const double to = x_of(x, series->x[k]), height = y_of(y, series->low[k]);
        if (isfinite(last) && series->steps)
            gd_text_print(page, "L%.1f %.1fH%.1f", last, height, to);
        else
            gd_text_print(page, "L%.1f %.1f", to, height);
        last = to;
    }
    gd_text_print(page, "%s\"/>", begun ? "Z" : "");
}

/* Points to hover over, at most a hundred of each curve. */
static void add_points(struct gd_text *page, const struct gd_series *series, const struct axis *x, const struct axis *y)
{
    const size_t stride = series->count / 100 + 1;
    for (size_t k = 0; k < series->count; k += stride) {
        if (!is_shown(series, k, y))
            continue;
        gd_text_print(page, "<circle class=\"p c%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"><title>",
                      series->colour % COLOURS, x_of(x, series->x[k]), y_of(y, series->y[k]),
                      series->count == 1 ? "3" : "5");
        gd_html_add(page, series->name);
        gd_text_print(page, ": %.6g at %.6g", series->y[k], series->x[k]);
        if (series->low && isfinite(series->low[k]))
            gd_text_print(page, " [%.6g, %.6g]", series->low[k], series->high[k]);
        gd_text_print(page, "</title></circle>");
    }
}

static void add_series(struct gd_text *page, const struct gd_series *series, const struct axis *x, const struct axis *y)
{
    if (series->low)
        add_band(page, series, x, y);
    gd_text_print(page, "<path class=\"l c%zu%s\" d=\"", series->colour % COLOURS, series->dashed ? " d" : "");
    add_path(page, series, series->y, x, y);
    gd_text_print(page, "\"/>");
    add_points(page, series, x, y);
}

/* --- The figure --------------------------------------------------------------------------------------------------- */

static void add_number(struct gd_text *page, double value)
{
    char text[32] = "";
    if (isfinite(value))
        gd_number_write(text, sizeof text, value);
    gd_text_print(page, ",%s", text);
}

/* A name as a field of CSV. */
static void add_quoted(struct gd_text *page, const char *name)
{
    char character[2] = "";
    gd_html_add(page, "\"");
    for (; *name; name++) {
        character[0] = *name;
        gd_html_add(page, *name == '"' ? "\"\"" : character);
    }
    gd_html_add(page, "\"");
}

/* The data as CSV, for the button that saves it. Names cannot end the element: they are escaped, and the script reads
 * them as they were. */
static void add_data(struct gd_text *page, const struct gd_plot *plot)
{
    gd_text_print(page, "<template class=\"data\">curve,x,y,low,high\n");
    for (size_t s = 0; s < plot->count; s++) {
        const struct gd_series *series = &plot->series[s];
        for (size_t k = 0; k < series->count; k++) {
            add_quoted(page, series->name);
            add_number(page, series->x[k]);
            add_number(page, series->y[k]);
            add_number(page, series->low ? series->low[k] : NAN);
            add_number(page, series->high ? series->high[k] : NAN);
            gd_text_add(page, "\n", 1);
        }
    }
    gd_text_print(page, "</template>");
}

static void add_legend(struct gd_text *page, const struct gd_plot *plot)
{
    gd_text_print(page, "<ul class=\"legend\">");
    for (size_t s = 0; s < plot->count; s++) {
        gd_text_print(page,
                      "<li><svg width=\"26\" height=\"8\" aria-hidden=\"true\"><path class=\"l c%zu%s\" d=\"M1 4H25\"/>"
                      "</svg>",
                      plot->series[s].colour % COLOURS, plot->series[s].dashed ? " d" : "");
        gd_html_add(page, plot->series[s].name);
        gd_text_print(page, "</li>");
    }
    gd_text_print(page, "</ul>");
}

static bool find_ranges(const struct gd_plot *plot, struct axis *x, struct axis *y)
{
    *x = (struct axis){.low = INFINITY, .high = -INFINITY, .whole = plot->whole};
    *y = (struct axis){.low = INFINITY, .high = -INFINITY, .logarithmic = plot->logarithmic};
    bool found = false;
    for (size_t s = 0; s < plot->count; s++) {
        const struct gd_series *series = &plot->series[s];
        for (size_t k = 0; k < series->count; k++)
            found |= is_shown(series, k, y);
        include_all(x, series->x, series->count);
        include_all(y, series->y, series->count);
        include_all(y, series->low, series->count);
        include_all(y, series->high, series->count);
    }
    if (found) {
        widen(x);
        widen(y);
    }
    if (plot->y_low < plot->y_high) {
        y->low = plot->y_low;
        y->high = plot->y_high;
    }
    return found;
}

bool gd_plot_add(struct gd_text *page, const struct gd_plot *plot)
{
    struct axis x, y;
    if (!find_ranges(plot, &x, &y))
        return false;
    gd_text_print(page, "<figure id=\"%s\"%s%s data-x=\"", plot->id,
                  plot->count > 0 && plot->series[0].steps ? " data-steps=\"1\"" : "",
                  plot->logarithmic ? " data-log=\"1\"" : "");
    gd_html_add(page, plot->x_label);
    gd_text_print(page, "\" data-y=\"");
    gd_html_add(page, plot->y_label);
    gd_text_print(page, "\"><figcaption>");
    gd_html_add(page, plot->title);
    gd_text_print(page, "</figcaption><svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH,
                  HEIGHT);
    gd_html_add(page, plot->title);
    gd_text_print(page, "\">");
    add_axes(page, plot, &x, &y);
    for (size_t s = 0; s < plot->count; s++)
        add_series(page, &plot->series[s], &x, &y);
    gd_text_print(page, "</svg>");
    add_legend(page, plot);
    add_data(page, plot);
    gd_text_print(page, "</figure>\n");
    return true;
}
