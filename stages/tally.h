/* How many structures there will be, as far as the parameters of the steps tell. */
#ifndef GD_STAGES_TALLY_H
#define GD_STAGES_TALLY_H

#include "engine/language/pipeline.h"
#include "engine/run/context.h"

/* The most structures that the archive can have when a step is executed first, or at the end of the run. NaN where that
 * cannot be told: in pipelines that are steps or continue a run, where steps make structures of whose number
 * nothing is known, and where there are none. */
double gd_tally_before(const struct gd_check *check);
double gd_tally_all(const struct gd_check *check);

/* The last step before that of the check which writes a slot, in the first iteration of loops; NULL: none does. */
const struct gd_step *gd_tally_writer(const struct gd_check *check, const char *slot);

/* Whether a step reads or may read a slot, beside that of the check; also in a script, whose functions may. */
bool gd_tally_read(const struct gd_check *check, const char *slot);

/* Whether draws whose paths are weighed have come into the archive with their weights, or may have, when the step of
 * the check is executed first. *loser: the last step before it that took such weights away, by moving structures or by
 * choosing some; NULL: none. */
bool gd_tally_weighed(const struct gd_check *check, const struct gd_step **loser);

/* How often the innermost loop around the step repeats it at most; 1 outside of loops. */
int64_t gd_tally_iterations(const struct gd_check *check);

/* The number that a step has for a parameter, of a switch 0 or 1; NaN when it has none of this name. */
double gd_tally_number(const struct gd_step *step, const char *parameter);

#endif
