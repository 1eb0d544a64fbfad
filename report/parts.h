/* The parts of the page. Each adds to `page`, whose `failed` says that memory was short. */
#ifndef GD_REPORT_PARTS_H
#define GD_REPORT_PARTS_H

#include "engine/base/memory.h"
#include "report/archives.h"
#include "report/surfaces.h"
#include "sweep/comparison.h"

void gd_add_success(struct gd_text *page, const struct gd_results *results, const struct gd_comparison *comparison);
void gd_add_best_energy(struct gd_text *page, const struct gd_results *results);
/* Of the first groups: surfaces [GD_SURFACES]. */
void gd_add_surfaces(struct gd_text *page, const struct gd_results *results, const struct gd_surface *surfaces);
void gd_add_histograms(struct gd_text *page, const struct gd_results *results, const struct gd_archives *archives);
void gd_add_traces(struct gd_text *page, const struct gd_results *results);
void gd_add_step_times(struct gd_text *page, const struct gd_results *results);
void gd_add_structures(struct gd_text *page, struct gd_results *results);
void gd_add_pipelines(struct gd_text *page, const struct gd_results *results);

/* The quartiles of numbers, which are sorted; those that are not finite do not count. NaN: there are none. */
void gd_quartiles(double *values, size_t count, double *low, double *median, double *high);

#endif
