/* Numbers and names as people write them. */
#ifndef GD_ENGINE_NUMBERS_H
#define GD_ENGINE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/* Strict numbers: the whole of `text` is one finite number. "1e4" is an integer too. */
bool gd_parse_float(const char *text, double *value);
bool gd_parse_int(const char *text, int64_t *value);

/* The name nearest to `word` by edit distance among NULL-ended `names`, or NULL when none is near. */
const char *gd_nearest(const char *word, const char *const *names);

#endif
