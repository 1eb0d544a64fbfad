/* The 17 digits of x = m 2^e are those of the integer nearest to x 10^k = m 5^k 2^(e+k), for the k that makes it one of
 * 17 digits. Up to k = 32, m 5^k has at most 53 + 75 bits, so that 128 bits hold it exactly. */
#include "engine/base/decimal.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/numbers.h"

enum { DIGITS = 17, MANTISSA = 53, BIAS = 1075 /* of the exponent of m */ };

static const double log_2 = 0.30102999566398120; /* to base 10 */

static const uint64_t lowest = 10000000000000000; /* of DIGITS digits */

__extension__ typedef unsigned __int128 wide;

/* 5^0 to 5^27, the powers of 64 bits. */
static const uint64_t fives[] = {
    1,
    5,
    25,
    125,
    625,
    3125,
    15625,
    78125,
    390625,
    1953125,
    9765625,
    48828125,
    244140625,
    1220703125,
    6103515625,
    30517578125,
    152587890625,
    762939453125,
    3814697265625,
    19073486328125,
    95367431640625,
    476837158203125,
    2384185791015625,
    11920928955078125,
    59604644775390625,
    298023223876953125,
    1490116119384765625,
    7450580596923828125,
};

enum { MOST = sizeof fives / sizeof *fives - 1 };

/* The integer nearest to m 5^k 2^(e+k), of two the even one. */
static uint64_t scale(uint64_t m, int e, int k)
{
    const int more = k > MOST ? k - MOST : 0;
    const wide product = (wide)m * fives[k - more] * fives[more];
    const int shift = -(e + k);
    if (shift <= 0)
        return (uint64_t)(product << -shift);
    if (shift >= 128)
        return 0;
    const wide half = (wide)1 << (shift - 1), rest = product & ((half << 1) - 1);
    const uint64_t whole = (uint64_t)(product >> shift);
    return whole + (rest > half || (rest == half && (whole & 1)));
}

/* A number that is not denormal as m 2^e. */
static uint64_t split(double number, int *e)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    const uint64_t hidden = (uint64_t)1 << (MANTISSA - 1);
    *e = (int)(bits >> (MANTISSA - 1)) - BIAS;
    return (bits & (hidden - 1)) | hidden;
}

/* The digits of a number from 1e-15 to 1e15, and its decimal exponent. */
static uint64_t find_digits(double number, int *exponent)
{
    int e;
    const uint64_t m = split(number, &e);
    *exponent = (int)floor((e + MANTISSA - 1) * log_2); /* that of the power of two below, which may be one less */
    uint64_t digits = scale(m, e, DIGITS - 1 - *exponent);
    if (digits >= 10 * lowest) /* for that reason, or by rounding */
        return scale(m, e, DIGITS - 1 - ++*exponent);
    if (digits > lowest)
        return digits;
    const uint64_t more = scale(m, e, DIGITS - *exponent);
    if (more >= 10 * lowest)
        return digits;
    --*exponent; /* less than a power of ten, to which it was rounded */
    return more;
}

/* As "%g" does: "0.00012", "12.5", "1.2e-05". `text` has all digits, of which `count` are left without the zeros at the
 * end, and as many zeros after them. */
static char *lay_out(char *at, const char *text, int count, int exponent)
{
    const int before = exponent < -4 ? 1 : exponent + 1; /* digits before the point */
    if (before <= 0) {
        memcpy(at, "0.0000", 6);
        at += 2 - before;
        memcpy(at, text, DIGITS);
        return at + count;
    }
    memcpy(at, text, DIGITS); /* more than is needed, at a known length */
    at += before;
    if (count <= before)
        return at;
    *at++ = '.';
    memcpy(at, text + before, DIGITS);
    return at + count - before;
}

static size_t write_digits(char *buffer, bool negative, uint64_t digits, int exponent)
{
    char text[2 * DIGITS], *at = buffer;
    uint32_t low = (uint32_t)(digits % 100000000), high = (uint32_t)(digits / 100000000); /* quicker to divide */
    for (int k = 0; k < 8; k++, low /= 10)
        text[DIGITS - 1 - k] = (char)('0' + low % 10);
    for (int k = 8; k < DIGITS; k++, high /= 10)
        text[DIGITS - 1 - k] = (char)('0' + high % 10);
    memset(text + DIGITS, '0', DIGITS);
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
