/* Text as it leaves the program: with points in its numbers, in UTF-8, whole characters, and nothing that steers a
 * terminal. */
#ifndef GD_ENGINE_TEXT_H
#define GD_ENGINE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "engine/base/error.h"
#include "engine/base/numbers.h"

/* printf into `size` bytes, at least 32. A text that is too long is cut in its middle, between characters: its
 * beginning and its end stay. Returns `buffer`. */
char *gd_print(char *buffer, size_t size, const char *format, ...) GD_PRINTF(3, 4);
char *gd_print_list(char *buffer, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* How many bytes the UTF-8 character at `text` has; 0 when none begins there. The NUL has one. */
size_t gd_utf8_size(const char *text);
bool gd_utf8_valid(const char *text);

/* How many ends of lines a text has. */
size_t gd_text_lines(const char *text);

/* One character as a person may see it. `piece` gets the character itself or, where that would steer a terminal, turn
 * the direction of writing, or is not UTF-8, its number: "\x1B", "\u202E"; of ends of lines and tabs what C calls them.
 * Returns how many bytes of `text` that are. */
enum { GD_PIECE = 8 };
size_t gd_text_show(const char *text, char piece[GD_PIECE]);

/* Whether a person may see the text as it is. */
bool gd_text_plain(const char *text);

/* Adds a word as a shell reads it: quoted where it has to be. */
struct gd_text;
void gd_shell_quote(struct gd_text *text, const char *word);

/* JSON as text, whatever bytes its strings have: what is not UTF-8 becomes U+FFFD. All JSON that leaves the program
 * comes from here. Free with free(); NULL when out of memory. */
char *gd_json_write(const cJSON *json, bool lines);

/* The JSON that a text is, to be deleted. GD_BAD_INPUT when it is none, GD_NO_MEMORY; *json is NULL then. */
enum gd_status gd_json_read(const char *text, size_t length, cJSON **json);

#endif
