#ifndef GD_ENGINE_CLOCK_H
#define GD_ENGINE_CLOCK_H

/* Seconds of a clock that never goes back, from an arbitrary start. */
double gd_clock(void);

#endif
