/* What asks a run to stop before its end: signals and the time limit. */
#ifndef GD_CLI_STOP_H
#define GD_CLI_STOP_H

#include <signal.h>
#include <stdbool.h>

/* From here on signals ask instead of ending the process. The first lets the step end, the second stops it, and ten
 * seconds later, or with the third, the process ends. SIGTERM and SIGXCPU, which others follow by SIGKILL, become a
 * second request after 20 seconds; `limit`, of so many seconds from now, is one too. 0: no limit. */
void gd_stop_watch(double limit);

/* How many requests have come in (gd_run_options.interrupted). */
extern volatile sig_atomic_t gd_stop_requests;

/* Only files are left to be written, for which there is time. */
void gd_stop_be_patient(void);

/* Whether the first request was not Ctrl-C: who asked expects that the run is continued. */
bool gd_stop_is_pause(void);

#endif
