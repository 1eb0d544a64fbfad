/* The page of results, as commands write it. */
#ifndef GD_CLI_PAGE_H
#define GD_CLI_PAGE_H

#include "cli/results.h"

/* Writes the page of results that were read from these directories: to `out`, or for NULL to report.html in the first.
 * refresh: seconds after which a browser looks again; 0: never. *path: where it is, a new string. */
enum gd_status gd_page_make(const struct gd_list *directories, struct gd_results *results, const char *out, int refresh,
                            char **path, struct gd_error *error);

#endif
