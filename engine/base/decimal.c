/* The 17 digits of x = m 2^e are those of the integer nearest to x 10^k = m 5^k 2^(e+k), for the k that makes it one of
 * 17 digits. Up to k = 32, m 5^k has at most 53 + 75 bits, so that 128 bits hold it exactly. */
#include "engine/base/decimal.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/numbers.h"

enum { DIGITS = 17, MANTISSA = 53 };

static const uint64_t lowest = 10000000000000000; /* of DIGITS digits */

__extension__ typedef unsigned __int128 wide;

/* The integer nearest to m 5^k 2^(e+k), of two the even one. */
static uint64_t scale(uint64_t m, int e, int k)
{
    wide product = m;
    for (int n = 0; n < k; n++)
        product *= 5;
    const int shift = -(e + k);
    if (shift <= 0)
        return (uint64_t)(product << -shift);
    if (shift >= 128)
        return 0;
    const wide half = (wide)1 << (shift - 1), rest = product & ((half << 1) - 1);
    const uint64_t whole = (uint64_t)(product >> shift);
    return whole + (rest > half || (rest == half && (whole & 1)));
}

/* The digits of a number from 1e-15 to 1e15, and its decimal exponent. */
static uint64_t find_digits(double number, int *exponent)
{
    int e;
    const uint64_t m = (uint64_t)ldexp(frexp(number, &e), MANTISSA);
    *exponent = (int)floor(log10(number));
    uint64_t digits = scale(m, e - MANTISSA, DIGITS - 1 - *exponent);
    if (digits >= 10 * lowest) /* by rounding, or since the logarithm was rounded */
        return scale(m, e - MANTISSA, DIGITS - 1 - ++*exponent);
    if (digits > lowest)
        return digits;
    const uint64_t more = scale(m, e - MANTISSA, DIGITS - *exponent);
    if (more >= 10 * lowest)
        return digits;
    --*exponent; /* less than a power of ten, to which it was rounded */
    return more;
}

/* As "%g" does: "0.00012", "12.5", "1.2e-05". `text` has the digits without zeros at the end. */
static char *lay_out(char *at, const char *text, int count, int exponent)
{
    const int before = exponent < -4 ? 1 : exponent + 1; /* digits before the point */
    if (before <= 0) {
        memcpy(at, "0.0000", 6);
        at += 2 - before;
        memcpy(at, text, (size_t)count);
        return at + count;
    }
    for (int k = 0; k < before || k < count; k++) {
        if (k == before)
            *at++ = '.';
        *at++ = k < count ? text[k] : '0';
    }
    return at;
}

static size_t write_digits(char *buffer, bool negative, uint64_t digits, int exponent)
{
    char text[DIGITS], *at = buffer;
    for (int k = DIGITS; k-- > 0; digits /= 10)
        text[k] = (char)('0' + digits % 10);
    int count = DIGITS;
    while (count > 1 && text[count - 1] == '0')
        count--;
    if (negative)
        *at++ = '-';
    at = lay_out(at, text, count, exponent);
    if (exponent < -4) {
        memcpy(at, "e-00", 4);
        at[2] = (char)('0' + -exponent / 10);
        at[3] = (char)('0' + -exponent % 10);
        at += 4;
    }
    *at = '\0';
    return (size_t)(at - buffer);
}

size_t gd_decimal_write(char buffer[GD_DECIMAL_SIZE], double number)
{
    const double size = fabs(number);
    int exponent;
    if (size >= 1e-15 && size < 1e15) {
        const uint64_t digits = find_digits(size, &exponent);
        return write_digits(buffer, number < 0, digits, exponent);
    }
    locale_t former = gd_c_locale_begin();
    const int length = snprintf(buffer, GD_DECIMAL_SIZE, "%.17g", number);
    gd_c_locale_end(former);
    return (size_t)length;
}
