/* Runs that go on with other values of parameters: more iterations of a loop, another number of training steps. */
#ifndef GD_ENGINE_EXTEND_H
#define GD_ENGINE_EXTEND_H

#include "engine/run/counts.h"
#include "engine/run/cursor.h"
#include "engine/run/parts.h"

/* Whether a part differs from the former one in its steps alone: the sections of a run stay. GD_BAD_INPUT with the
 * first difference. */
enum gd_status gd_extend_check(const struct gd_part *part, const struct gd_part *former, struct gd_error *error);

/* Whether the pipelines as they are given, without the changes of --extend, have at each parameter a value that the run
 * has had: that of `now`, or that of one of `formers`, its pipelines before each change (gd_history_formers), in the
 * order of the parts. Otherwise a change would hide what is given. GD_BAD_INPUT with the first other value. */
enum gd_status gd_extend_check_given(const struct gd_parts *given, const struct gd_parts *now, char *const *formers,
                                     struct gd_error *error);

/* Goes back into a loop that has ended and now has more iterations, or has not done all of them and now has another
 * condition to end early, when only sections that run last have run since: these run again. GD_BAD_INPUT when the
 * pipelines have other steps, another loop that has come to its end differs, anywhere in the pipelines or in an earlier
 * iteration of what it is in, nothing says how many iterations a loop has done, or the run has ended and no loop goes
 * on. */
enum gd_status gd_extend_rewind(struct gd_cursor *cursor, struct gd_counts *counts, const struct gd_pipeline *pipeline,
                                const struct gd_pipeline *former, struct gd_error *error);

#endif
