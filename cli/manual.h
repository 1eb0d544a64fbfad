/* Ways of writing the commands and their options: a manual page, tables for the documentation, completions of shells.
 */
#ifndef GD_CLI_MANUAL_H
#define GD_CLI_MANUAL_H

#include <stdio.h>

#include "cli/options.h"

/* Each prints all commands of a NULL-ended list. */
void gd_manual_print_man(const struct gd_command *const *commands, FILE *stream);
void gd_manual_print_markdown(const struct gd_command *const *commands, FILE *stream);
void gd_manual_print_bash(const struct gd_command *const *commands, FILE *stream);
void gd_manual_print_zsh(const struct gd_command *const *commands, FILE *stream);
void gd_manual_print_fish(const struct gd_command *const *commands, FILE *stream);

/* Prints text with `escape` before every character of `special`. */
void gd_manual_print_escaped(FILE *stream, const char *text, const char *special, const char *escape);

#endif
