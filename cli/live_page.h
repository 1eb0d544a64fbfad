/* The page of results of a run or a sweep that goes on: written now and then. */
#ifndef GD_CLI_LIVE_PAGE_H
#define GD_CLI_LIVE_PAGE_H

#include <stdbool.h>

#include "engine/base/error.h"

/* Zero-initialise. */
struct gd_live_page {
    double written; /* seconds of the clock; 0: not yet */
    double took;    /* seconds, the last time */
};

/* Writes report.html into the folder, with what is there now; not more often than every 10 seconds, nor for more than a
 * tenth of the time. `last`: at once, and as a page that stays as it is. Files that are damaged or being written are
 * left out. */
enum gd_status gd_live_page_write(struct gd_live_page *page, const char *directory, bool last, struct gd_error *error);

#endif
