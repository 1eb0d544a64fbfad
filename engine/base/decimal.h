/* Numbers as decimals, fast. */
#ifndef GD_ENGINE_DECIMAL_H
#define GD_ENGINE_DECIMAL_H

#include <stddef.h>

#define GD_DECIMAL_SIZE 40

/* Writes what printf writes by "%.17g" in the C locale, which reads back as the same number, with a NUL. Returns the
 * length. */
size_t gd_decimal_write(char buffer[GD_DECIMAL_SIZE], double number);

#endif
