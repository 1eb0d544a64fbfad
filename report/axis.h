/* Axes of figures: ranges, places and ticks. */
#ifndef GD_REPORT_AXIS_H
#define GD_REPORT_AXIS_H

#include "engine/base/memory.h"

struct gd_axis {
    double low, high;
    bool logarithmic, whole; /* ticks at whole numbers only */
};

/* Where the axes are in a figure, in units of its view box. */
struct gd_box {
    double left, top, right, bottom;
};

/* The range of nothing, to be widened by what follows. */
#define GD_AXIS_EMPTY .low = INFINITY, .high = -INFINITY

/* Widens the range by values that the axis can show; `values` may be NULL. */
void gd_axis_include(struct gd_axis *axis, const double *values, size_t count);

/* Some space around a range, which must not be empty; none below 0 when nothing is there, as of shares. */
void gd_axis_widen(struct gd_axis *axis);

/* Writes a value with `least` significant digits, or as many as tell it from others in this distance (7.03, but
 * -34567.89). */
enum { GD_LABEL_SIZE = 32 };
const char *gd_label_write(char text[GD_LABEL_SIZE], double value, double distance, int least);

/* Where a box with this axis at its left begins, so that the labels have room. */
double gd_axis_left(const struct gd_axis *y);

/* Where a value is in a box. */
double gd_axis_x(const struct gd_axis *axis, const struct gd_box *box, double value);
double gd_axis_y(const struct gd_axis *axis, const struct gd_box *box, double value);

/* Lines, ticks and labels. `full`: the ticks of the y axis go through the whole box. */
void gd_axes_add(struct gd_text *page, const struct gd_box *box, const struct gd_axis *x, const struct gd_axis *y,
                 const char *x_label, const char *y_label, bool full);

/* The beginning of a figure up to its SVG's contents, and the end of the SVG; what follows is the caller's.
 * `attributes`: of <figure>, for the script. */
void gd_figure_begin(struct gd_text *page, const char *id, const char *title, const char *x_label, const char *y_label,
                     const char *attributes, double width, double height);

/* A text as a field of CSV within the page. */
void gd_csv_add_quoted(struct gd_text *page, const char *text);

/* ",VALUE"; a number that is not finite is an empty field. */
void gd_csv_add_number(struct gd_text *page, double value);

/* Escapes text for HTML and SVG. */
void gd_html_add(struct gd_text *page, const char *text);

/* Where figures of `what` were drawn, the page being longer than `before`, says that they are of the first groups alone
 * if there are more of these than `shown`. */
void gd_add_shown(struct gd_text *page, size_t before, const char *what, size_t shown, size_t count);

#endif
