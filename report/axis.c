#include "report/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/numbers.h"

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

void gd_add_shown(struct gd_text *page, size_t before, const char *what, size_t shown, size_t count)
{
    if (page->length > before && count > shown)
        gd_text_print(page, "<p class=\"dim\">%s: the first %zu of %zu variants are shown.</p>\n", what, shown, count);
}

/* --- Ranges and ticks -----------------------------------------------------------------------------------------------
 */

static void include(struct gd_axis *axis, double value)
{
    if (!isfinite(value) || (axis->logarithmic && value <= 0))
        return;
    axis->low = fmin(axis->low, value);
    axis->high = fmax(axis->high, value);
}

void gd_axis_include(struct gd_axis *axis, const double *values, size_t count)
{
    for (size_t k = 0; values && k < count; k++)
        include(axis, values[k]);
}

void gd_axis_widen(struct gd_axis *axis)
{
    if (axis->logarithmic) {
        axis->low /= 1.2;
        axis->high *= 1.2;
        return;
    }
    double space = 0.04 * (axis->high - axis->low);
    if (!(space > 0))
        space = 0.1 * fmax(1, fabs(axis->high));
    axis->low = axis->low < 0 ? axis->low - space : fmax(0, axis->low - space);
    axis->high += space;
}

static double position(const struct gd_axis *axis, double value, double from, double to)
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

const char *gd_label_write(char text[GD_LABEL_SIZE], double value, double distance, int least)
{
    const double digits = floor(log10(fabs(value))) - floor(log10(distance)) + 1;
    snprintf(text, GD_LABEL_SIZE, "%.*g", isfinite(digits) ? (int)fmin(fmax(least, digits), 12) : least, value);
    return text;
}

enum { TICKS = 24 };

static size_t linear_ticks(const struct gd_axis *axis, double ticks[TICKS])
{
    const double wanted = tick_distance(axis->high - axis->low), step = axis->whole ? fmax(1, wanted) : wanted;
    const double first = ceil(axis->low / step - 1e-9);
    size_t count = 0;
    for (double k = first; k * step <= axis->high + 1e-9 * step && count < TICKS; k++)
        ticks[count++] = k * step + 0.0; /* no negative zero */
    return count;
}

/* Powers of ten, some left out when there are many; 1, 2 and 5 times these when there are few. */
static size_t logarithmic_ticks(const struct gd_axis *axis, double ticks[TICKS])
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

double gd_axis_x(const struct gd_axis *axis, const struct gd_box *box, double value)
{
    return position(axis, value, box->left, box->right);
}

double gd_axis_y(const struct gd_axis *axis, const struct gd_box *box, double value)
{
    return position(axis, value, box->bottom, box->top);
}

static void add_tick(struct gd_text *page, const struct gd_box *box, double place, const char *tick, bool vertical,
                     double length)
{
    if (vertical)
        gd_text_print(page,
                      "<line class=\"g\" x1=\"%g\" y1=\"%.1f\" x2=\"%g\" y2=\"%.1f\"/>"
                      "<text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                      box->left, place, box->left + length, place, box->left - 6, place + 4, tick);
    else
        gd_text_print(page,
                      "<line class=\"g\" x1=\"%.1f\" y1=\"%g\" x2=\"%.1f\" y2=\"%g\"/>"
                      "<text x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%s</text>",
                      place, box->bottom - length, place, box->bottom, place, box->bottom + 17, tick);
}

/* The ticks of an axis, and how many digits they have. */
static size_t find_ticks(const struct gd_axis *axis, double ticks[TICKS], double *distance)
{
    size_t count = axis->logarithmic ? logarithmic_ticks(axis, ticks) : 0;
    if (count < 2) /* a short range has hardly a round number in it */
        count = linear_ticks(axis, ticks);
    *distance = count > 1 ? ticks[1] - ticks[0] : NAN;
    return count;
}

enum { DIGITS = 6, NAME = 13 }; /* of labels, at least; where the name of the y axis is */

double gd_axis_left(const struct gd_axis *y)
{
    enum { LEAST = 72, BETWEEN = 26, CHARACTER = 10 }; /* of the larger letters that narrow pages have */
    double ticks[TICKS], distance, left = LEAST;
    const size_t count = find_ticks(y, ticks, &distance);
    char label[GD_LABEL_SIZE];
    for (size_t k = 0; k < count; k++)
        left = fmax(left, BETWEEN + CHARACTER * (double)strlen(gd_label_write(label, ticks[k], distance, DIGITS)));
    return left;
}

static void add_ticks(struct gd_text *page, const struct gd_box *box, const struct gd_axis *axis, bool vertical,
                      bool full)
{
    double ticks[TICKS], distance;
    const size_t count = find_ticks(axis, ticks, &distance);
    const double length = !full ? -4 : vertical ? box->right - box->left : box->bottom - box->top;
    char label[GD_LABEL_SIZE];
    for (size_t k = 0; k < count; k++)
        add_tick(page, box, vertical ? gd_axis_y(axis, box, ticks[k]) : gd_axis_x(axis, box, ticks[k]),
                 gd_label_write(label, ticks[k], distance, DIGITS), vertical, length);
}

void gd_axes_add(struct gd_text *page, const struct gd_box *box, const struct gd_axis *x, const struct gd_axis *y,
                 const char *x_label, const char *y_label, bool full)
{
    add_ticks(page, box, x, false, full);
    add_ticks(page, box, y, true, full);
    gd_text_print(page, "<path class=\"a\" d=\"M%g %gV%gH%g\"/><text x=\"%g\" y=\"%g\" text-anchor=\"middle\">",
                  box->left, box->top, box->bottom, box->right, (box->left + box->right) / 2, box->bottom + 38);
    gd_html_add(page, x_label);
    gd_text_print(page, "</text><text transform=\"translate(%d %g) rotate(-90)\" text-anchor=\"middle\">", NAME,
                  (box->top + box->bottom) / 2);
    gd_html_add(page, y_label);
    gd_text_print(page, "</text>");
}

/* --- The figure --------------------------------------------------------------------------------------------------- */

void gd_figure_begin(struct gd_text *page, const char *id, const char *title, const char *x_label, const char *y_label,
                     const char *attributes, double width, double height)
{
    gd_text_print(page, "<figure id=\"%s\"%s data-x=\"", id, attributes);
    gd_html_add(page, x_label);
    gd_text_print(page, "\" data-y=\"");
    gd_html_add(page, y_label);
    gd_text_print(page, "\"><figcaption>");
    gd_html_add(page, title);
    gd_text_print(page, "</figcaption><svg class=\"plot\" viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"", width,
                  height);
    gd_html_add(page, title);
    gd_text_print(page, "\">");
}

void gd_csv_add_number(struct gd_text *page, double value)
{
    char text[32] = "";
    if (isfinite(value))
        gd_number_write(text, sizeof text, value);
    gd_text_print(page, ",%s", text);
}

void gd_csv_add_quoted(struct gd_text *page, const char *text)
{
    char character[2] = "";
    gd_html_add(page, "\"");
    for (; *text; text++) {
        character[0] = *text;
        gd_html_add(page, *text == '"' ? "\"\"" : character);
    }
    gd_html_add(page, "\"");
}
