/* Characters and lengths of text. */
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

/* --- Characters --------------------------------------------------------------------------------------------------- */

static bool follows(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* The ranges of the second byte keep out what is longer than it needs, halves of pairs, and what is beyond U+10FFFF. */
size_t gd_utf8_size(const char *text)
{
    static const struct {
        unsigned char first, last, low, high;
        size_t size;
    } rows[] = {
        {0x00, 0x7F, 0x00, 0xFF, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    const unsigned char *byte = (const unsigned char *)text;
    size_t k = 0;
    while (k < sizeof rows / sizeof *rows && (byte[0] < rows[k].first || byte[0] > rows[k].last))
        k++;
    if (k == sizeof rows / sizeof *rows)
        return 0;
    if (rows[k].size > 1 && (byte[1] < rows[k].low || byte[1] > rows[k].high))
        return 0;
    for (size_t j = 2; j < rows[k].size; j++)
        if (!follows(text[j]))
            return 0;
    return rows[k].size;
}

bool gd_utf8_valid(const char *text)
{
    for (size_t size; *text; text += size)
        if (!(size = gd_utf8_size(text)))
            return false;
    return true;
}

/* The number of a character of `size` bytes. */
static unsigned long code_of(const char *text, size_t size)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    unsigned long code = (unsigned char)text[0] & masks[size];
    for (size_t k = 1; k < size; k++)
        code = code << 6 | ((unsigned char)text[k] & 0x3F);
    return code;
}

/* Controls (C0, DEL, C1), ends of lines, and what turns the direction of writing. */
static bool steers(unsigned long code)
{
    static const unsigned long ranges[][2] = {
        {0x00, 0x1F}, {0x7F, 0x9F}, {0x61C, 0x61C}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069},
    };
    for (size_t k = 0; k < sizeof ranges / sizeof *ranges; k++)
        if (code >= ranges[k][0] && code <= ranges[k][1])
            return true;
    return false;
}

size_t gd_text_show(const char *text, char piece[GD_PIECE])
{
    size_t size = gd_utf8_size(text);
    unsigned long code = size ? code_of(text, size) : (unsigned char)*text;
    if (size && !steers(code)) {
        memcpy(piece, text, size);
        piece[size] = '\0';
        return size;
    }
    const char *letter = size ? strchr("\nn\tt\rr", *text) : NULL;
    if (letter && *letter)
        snprintf(piece, GD_PIECE, "\\%c", letter[1]);
    else
        snprintf(piece, GD_PIECE, size > 1 ? "\\u%04lX" : "\\x%02lX", code);
    return size ? size : 1;
}

bool gd_text_plain(const char *text)
{
    for (size_t size; *text; text += size) {
        size = gd_utf8_size(text);
        if (!size || steers(code_of(text, size)))
            return false;
    }
    return true;
}

size_t gd_text_lines(const char *text)
{
    size_t count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

/* --- Lengths ------------------------------------------------------------------------------------------------------ */

/* Moves `at` in `text` back to where a character begins. */
static size_t whole(const char *text, size_t at)
{
    for (int k = 0; k < 3 && at > 0 && follows(text[at]); k++)
        at--;
    return at;
}

/* The beginning and the end of a text of `length` bytes that has no room in `size`. */
static void cut(char *buffer, size_t size, const char *text, size_t length)
{
    static const char gap[] = " ... ";
    size_t half = (size - sizeof gap) / 2;
    size_t head = whole(text, half), tail = length - half;
    while (tail < length && follows(text[tail]))
        tail++;
    memcpy(buffer, text, head);
    memcpy(buffer + head, gap, sizeof gap - 1);
    memcpy(buffer + head + sizeof gap - 1, text + tail, length - tail + 1);
}

char *gd_print_list(char *buffer, size_t size, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    locale_t former = gd_c_locale_begin();
    int length = vsnprintf(buffer, size, format, arguments);
    gd_c_locale_end(former);
    char *text = length < 0 || (size_t)length < size ? NULL : gd_format_list(format, again);
    va_end(again);
    if (text)
        cut(buffer, size, text, strlen(text));
    else if (length < 0)
        *buffer = '\0';
    else if ((size_t)length >= size) /* no memory for all of it */
        buffer[whole(buffer, size - 1)] = '\0';
    free(text);
    return buffer;
}

char *gd_print(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gd_print_list(buffer, size, format, arguments);
    va_end(arguments);
    return buffer;
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

/* Bytes of 0x80 and more stand in strings alone, as they came. */
static void add_valid(struct gd_text *valid, const char *text)
{
    for (size_t size, run = 0; *text; text += run, run = 0) {
        while (text[run] && (size = gd_utf8_size(text + run)) > 0)
            run += size;
        gd_text_add(valid, text, run);
        if (text[run]) {
            gd_text_add(valid, "\xEF\xBF\xBD", 3);
            run++;
        }
    }
}

char *gd_json_write(const cJSON *json, bool lines)
{
    struct gd_text valid = {0};
    locale_t former = gd_c_locale_begin();
    char *text = lines ? cJSON_Print(json) : cJSON_PrintUnformatted(json);
    gd_c_locale_end(former);
    if (text)
        add_valid(&valid, text);
    else
        valid.failed = true;
    cJSON_free(text);
    return gd_text_take(&valid);
}

/* cJSON reports invalid text and missing memory in the same way: so where there is room for all that the text
 * could ever take, it is read once more. */
enum gd_status gd_json_read(const char *text, size_t length, cJSON **json)
{
    locale_t former = gd_c_locale_begin();
    *json = cJSON_ParseWithLength(text, length);
    void *volatile room = *json ? NULL : gd_array(length + 1, sizeof(cJSON)); /* volatile: really asked for */
    const bool again = room != NULL;
    free(room);
    if (again)
        *json = cJSON_ParseWithLength(text, length);
    gd_c_locale_end(former);
    return *json ? GD_OK : again ? GD_BAD_INPUT : GD_NO_MEMORY;
}

void gd_shell_quote(struct gd_text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:+%@";
    if (*word && strspn(word, plain) == strlen(word)) {
        gd_text_add(text, word, strlen(word));
        return;
    }
    gd_text_add(text, "'", 1);
    for (; *word; word++)
        gd_text_add(text, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    gd_text_add(text, "'", 1);
}
