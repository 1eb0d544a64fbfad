#include "atoms/scan.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/language/params.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* in UTF-8 */

enum gd_status gd_scan_start(struct gd_scan *scan, const char *name, char *text, size_t length, struct gd_error *error)
{
    const char *shown = name ? name : "the text";
    *scan = (struct gd_scan){.name = name, .next = text, .end = text + length, .error = error};
    if (length >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return gd_fail(error, GD_BAD_INPUT, "%s: the text is UTF-16; save it as UTF-8", shown);
    if (memchr(text, '\0', length))
        return gd_fail(error, GD_BAD_INPUT, "%s: not a text file: it contains NUL bytes", shown);
    return GD_OK;
}

bool gd_scan_line(struct gd_scan *scan)
{
    if (scan->next == scan->end)
        return false;
    scan->line = scan->at = scan->next;
    char *end = memchr(scan->line, '\n', (size_t)(scan->end - scan->line));
    scan->next = end ? end + 1 : scan->end;
    if (strncmp(scan->line, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
        scan->line = scan->at = scan->line + strlen(BYTE_ORDER_MARK);
    if (!end)
        end = scan->end;
    *end = '\0';
    if (end > scan->line && end[-1] == '\r')
        end[-1] = '\0';
    scan->number++;
    return true;
}

bool gd_scan_blank(struct gd_scan *scan)
{
    scan->at += strspn(scan->at, GD_SCAN_SPACE);
    return *scan->at == '\0';
}

char *gd_scan_word(struct gd_scan *scan)
{
    if (gd_scan_blank(scan))
        return NULL;
    char *word = scan->at;
    scan->at += strcspn(scan->at, GD_SCAN_SPACE);
    if (*scan->at)
        *scan->at++ = '\0';
    return word;
}

size_t gd_scan_bytes_left(const struct gd_scan *scan)
{
    return (size_t)(scan->end - scan->next);
}

enum gd_status gd_scan_fail(const struct gd_scan *scan, const char *at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = gd_format_list(format, arguments);
    va_end(arguments);
    if (!message)
        return gd_no_memory(scan->error, "a message");
    const char *place = at ? at : scan->at;
    const int column = scan->line ? (int)(place - scan->line) + 1 : 1;
    if (!scan->line)
        gd_fail(scan->error, GD_BAD_INPUT, "%s: %s", scan->name ? scan->name : "the text", message);
    else if (!scan->name)
        gd_fail(scan->error, GD_BAD_INPUT, "item %d, character %d: %s", scan->number, column, message);
    else
        gd_fail(scan->error, GD_BAD_INPUT, "%s:%d:%d: %s", scan->name, scan->number, column, message);
    free(message);
    return GD_BAD_INPUT;
}

enum gd_status gd_scan_real(const struct gd_scan *scan, const char *word, const char *what, double *value)
{
    if (!word)
        return gd_scan_fail(scan, NULL, "the line ends before %s", what);
    if (!gd_parse_float(word, value))
        return gd_scan_fail(scan, word, "%s: '%.60s' is not a finite number", what, word);
    return GD_OK;
}

enum gd_status gd_scan_integer(const struct gd_scan *scan, const char *word, const char *what, int64_t *value)
{
    if (!word)
        return gd_scan_fail(scan, NULL, "the line ends before %s", what);
    if (!gd_parse_int(word, value))
        return gd_scan_fail(scan, word, "%s: '%.60s' is not an integer", what, word);
    return GD_OK;
}

enum gd_status gd_scan_element(const struct gd_scan *scan, const char *word, int *number)
{
    char symbol[3] = {0};
    if (!word)
        return gd_scan_fail(scan, NULL, "the line ends before an element's symbol");
    if (strlen(word) < sizeof symbol) {
        symbol[0] = (char)toupper((unsigned char)word[0]);
        symbol[1] = (char)tolower((unsigned char)(word[0] ? word[1] : '\0'));
    }
    *number = gd_element_number(symbol);
    return *number ? GD_OK : gd_scan_fail(scan, word, "'%.60s' is not the symbol of an element", word);
}
