/* What the ways of printing the manual share. */
#include <string.h>

#include "cli/manual.h"

void gd_manual_print_escaped(FILE *stream, const char *text, const char *special, const char *escape)
{
    for (; *text; text++) {
        if (strchr(special, *text))
            fputs(escape, stream);
        fputc(*text, stream);
    }
}
