/* Files that are installed with the program. */
#ifndef GD_ENGINE_DATA_FILE_H
#define GD_ENGINE_DATA_FILE_H

#include "engine/base/error.h"

/* The path of KIND/godiff/NAME beside the program or the library, or above them, as a new string; in the folder
 * GODIFF_DATA, when the environment names one. kind: "share" or "lib". NULL: it is nowhere, or out of memory. */
char *gd_data_file_look(const char *kind, const char *name);

/* The same in share/godiff; GD_FAILED, saying what to do, when it is nowhere. */
enum gd_status gd_data_file_find(const char *name, char **path, struct gd_error *error);

#endif
