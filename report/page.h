/* The page of results: one HTML file that needs nothing else. */
#ifndef GD_REPORT_PAGE_H
#define GD_REPORT_PAGE_H

#include "report/archives.h"
#include "report/surfaces.h"
#include "sweep/comparison.h"

/* What the page says besides the results. Texts are borrowed. */
struct gd_page_facts {
    const char *title;
    const char *folder;          /* of the page: links to runs are relative to it; NULL: no links */
    const char *const *commands; /* [command_count] of the runs */
    size_t command_count;
    int refresh; /* seconds after which a browser looks again; 0: never */
    const struct gd_archives *archives;
    const struct gd_surface *surfaces; /* [GD_SURFACES] */
};

/* The page as a new string, free with free(). Files of structures that cannot be read are added to the problems of
 * `results` and left out. */
enum gd_status gd_page_write(struct gd_results *results, const struct gd_comparison *comparison,
                             const struct gd_page_facts *facts, char **page, struct gd_error *error);

#endif
