#ifndef GD_ENGINE_CLOCK_H
#define GD_ENGINE_CLOCK_H

/* Seconds of a clock that never goes back, from an arbitrary start. */
double gd_clock(void);

/* The time as text, in UTC: "2026-11-26T12:00:00Z". Returns the buffer. */
enum { GD_DATE_SIZE = 32 };
const char *gd_date(char date[GD_DATE_SIZE]);

#endif
