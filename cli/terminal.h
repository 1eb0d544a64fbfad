/* What the commands that draw on a terminal share. */
#ifndef GD_CLI_TERMINAL_H
#define GD_CLI_TERMINAL_H

/* Columns of the terminal of stderr; 80 where it is none. */
int gd_terminal_width(void);

/* "1h05m", "3m07s", "12s": a time of `seconds`, at least 0. Returns the buffer. */
enum { GD_DURATION_SIZE = 32 };
const char *gd_print_duration(char text[GD_DURATION_SIZE], double seconds);

#endif
