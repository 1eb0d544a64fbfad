/* What the program was built from. */
#ifndef GD_CLI_BUILD_H
#define GD_CLI_BUILD_H

extern const char gd_build_commit[];    /* of a checkout, with "+" for changes to it; "": none */
extern const char gd_build_libraries[]; /* "cJSON 1.7.15, ..." */

#endif
