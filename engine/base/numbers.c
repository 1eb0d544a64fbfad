/* Strict numbers, and the nearest of some names. */
#include "engine/base/numbers.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORD  63                 /* longer words are near to nothing */
#define MAX_EXACT 9007199254740992.0 /* 2^53: integers up to here are exact in a double */

/* The C library keeps one such locale, which costs nothing and is never freed. */
locale_t gd_c_locale_begin(void)
{
    return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

void gd_c_locale_end(locale_t former)
{
    uselocale(former);
}

char *gd_number_write(char *buffer, size_t size, double number)
{
    locale_t former = gd_c_locale_begin();
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, size, "%.*g", digits, number);
        if (strtod(buffer, NULL) == number)
            break;
    }
    gd_c_locale_end(former);
    return buffer;
}

char *gd_number_round(char *buffer, size_t size, double number, int digits)
{
    int power = number != 0 && isfinite(number) ? (int)floor(log10(fabs(number))) : digits - 1;
    const double unit = pow(10, power - digits + 1), count = round(number / unit);
    if (fabs(count) >= pow(10, digits)) /* 9.96 has become 10 */
        power++;
    locale_t former = gd_c_locale_begin();
    snprintf(buffer, size, "%.*f", (int)fmax(0, digits - 1 - power), unit * count);
    gd_c_locale_end(former);
    return buffer;
}

static const char *skip_digits(const char *text)
{
    while (isdigit((unsigned char)*text))
        text++;
    return text;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit beside the point: what strtod takes, without hexadecimal, inf,
 * nan and blanks. */
static bool is_decimal(const char *text)
{
    if (*text == '+' || *text == '-')
        text++;
    const char *end = skip_digits(text);
    size_t digits = (size_t)(end - text);
    if (*end == '.') {
        const char *fraction = end + 1;
        end = skip_digits(fraction);
        digits += (size_t)(end - fraction);
    }
    if (!digits)
        return false;
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1;
        if (*exponent == '+' || *exponent == '-')
            exponent++;
        end = skip_digits(exponent);
        if (end == exponent)
            return false;
    }
    return !*end;
}

bool gd_parse_float(const char *text, double *value)
{
    if (!is_decimal(text))
        return false;
    char *end;
    locale_t former = gd_c_locale_begin();
    double number = strtod(text, &end);
    gd_c_locale_end(former);
    if (*end || !isfinite(number))
        return false;
    *value = number;
    return true;
}

bool gd_parse_int(const char *text, int64_t *value)
{
    if (!is_decimal(text))
        return false;
    char *end;
    errno = 0;
    long long integer = strtoll(text, &end, 10);
    if (!*end) {
        *value = integer;
        return errno == 0;
    }
    double number;
    if (!gd_parse_float(text, &number) || number != floor(number) || fabs(number) > MAX_EXACT)
        return false;
    *value = (int64_t)number;
    return true;
}

/* One number and its unit, such as "90s" or "1.5h"; *text is behind it then. A number alone is in seconds, and the
 * last.
 */
static bool take_duration(const char **text, double *seconds)
{
    static const struct {
        char letter;
        double seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    char number[64];
    const size_t length = strcspn(*text, "smhd");
    double value;
    if (length == 0 || length >= sizeof number)
        return false;
    memcpy(number, *text, length);
    number[length] = '\0';
    if (!gd_parse_float(number, &value) || value < 0)
        return false;
    for (size_t k = 0; k < sizeof units / sizeof *units; k++)
        if ((*text)[length] == units[k].letter)
            value *= units[k].seconds;
    *seconds += value;
    *text += length + ((*text)[length] != '\0');
    return true;
}

bool gd_parse_duration(const char *text, double *seconds)
{
    *seconds = 0;
    do
        if (!take_duration(&text, seconds))
            return false;
    while (*text);
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Edit distance with swaps of neighbours (optimal string alignment); letters match in either case. Both words have at
 * most MAX_WORD bytes. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][MAX_WORD + 1];
    size_t length = strlen(b);
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= length; j++)
        last[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        now[0] = i;
        for (size_t j = 1; j <= length; j++) {
            now[j] = least(last[j] + 1, now[j - 1] + 1);
            now[j] = least(now[j], last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[length];
}

const char *gd_find_nearest(const char *word, const char *const *names)
{
    const char *nearest = NULL;
    size_t best = strlen(word) < 4 ? 1 : strlen(word) / 3 + 1;
    if (strlen(word) > MAX_WORD)
        return NULL;
    for (; *names; names++) {
        size_t d = strlen(*names) > MAX_WORD ? MAX_WORD : distance(word, *names);
        if (d < strlen(*names) && (nearest ? d < best : d <= best)) {
            best = d;
            nearest = *names;
        }
    }
    return nearest;
}

bool gd_all_finite(const double *numbers, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (!isfinite(numbers[k]))
            return false;
    return true;
}
