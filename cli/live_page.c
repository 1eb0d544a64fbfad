#include "cli/live_page.h"

#include <math.h>
#include <stdlib.h>

#include "cli/page.h"
#include "engine/base/clock.h"

static const double least_seconds = 10, share = 0.1;

enum gd_status gd_live_page_write(struct gd_live_page *page, const char *directory, bool last, struct gd_error *error)
{
    const double now = gd_clock(), pause = fmax(least_seconds, page->took / share);
    if (page->written > 0 && now - page->written < pause && !last)
        return GD_OK;
    const struct gd_list list = {.items = &directory, .count = 1};
    struct gd_results results = {.measure = {.column = "evaluations"}};
    char *path = NULL;
    enum gd_status status = gd_results_add(&results, directory, "", error);
    if (!status)
        status = gd_results_check(&results, error);
    if (!status)
        status = gd_page_make(&list, &results, NULL, last ? 0 : (int)ceil(pause), &path, error);
    free(path);
    gd_results_clear(&results);
    page->written = gd_clock();
    page->took = page->written - now;
    return status;
}
