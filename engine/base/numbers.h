/* Numbers and names as people write them. */
#ifndef GD_ENGINE_NUMBERS_H
#define GD_ENGINE_NUMBERS_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A script or a plugin may have set a locale, of the process or of the thread, whose numbers have commas. Between these
 * two calls this thread's are those of C: around whatever writes or reads numbers. */
locale_t gd_c_locale_begin(void);
void gd_c_locale_end(locale_t former);

/* Numbers that read back as the same: the shortest of 15 to 17 digits. Returns `buffer`, of 32 bytes or more. */
char *gd_number_write(char *buffer, size_t size, double number);

/* A number for people: rounded to so many digits, without an exponent, as 1300, 13 or 0.013. Returns `buffer`, of 32
 * bytes or more. */
char *gd_number_round(char *buffer, size_t size, double number, int digits);

/* Strict numbers: the whole of `text` is one finite number. "1e4" is an integer too. */
bool gd_parse_float(const char *text, double *value);
bool gd_parse_int(const char *text, int64_t *value);

/* "90", "90s", "5m", "2h", "1d", "1.5h" in seconds, which are not negative. */
bool gd_parse_duration(const char *text, double *seconds);

#define GD_PI 3.14159265358979323846

/* Whether all of them are finite. */
bool gd_all_finite(const double *numbers, size_t count);

/* The name nearest to `word` by edit distance among NULL-ended `names`, or NULL when none is near. */
const char *gd_find_nearest(const char *word, const char *const *names);

#endif
