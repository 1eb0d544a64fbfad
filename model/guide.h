/* A guide at work in a draw: what gd_sample calls between its steps, and at its end. */
#ifndef GD_MODEL_GUIDE_H
#define GD_MODEL_GUIDE_H

#include "model/stride.h"

struct gd_guide_work;

/* The work of guiding the structures of a stride; *work NULL when nothing guides it. Free with gd_guide_work_free. */
enum gd_status gd_guide_work_new(struct gd_guide_work **work, const struct gd_stride *stride, struct gd_error *error);
void gd_guide_work_free(struct gd_guide_work *work); /* accepts NULL */

/* After a step of the sampler: the guidance's moves. work NULL: none. */
enum gd_status gd_guide_step(struct gd_guide_work *work, const struct gd_stride *stride, struct gd_error *error);

/* After the last: the relaxation. */
enum gd_status gd_guide_finish(struct gd_guide_work *work, const struct gd_stride *stride, struct gd_error *error);

#endif
