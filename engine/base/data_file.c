#include "engine/base/data_file.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/memory.h"

/* `path`, without ".." in it, when there is such a file, else NULL; takes it over. */
static char *keep_if_there(char *path)
{
    char *there = path && access(path, R_OK) == 0 ? realpath(path, NULL) : NULL;
    free(path);
    return there;
}

/* Looks from the folder of `file` upwards for KIND/godiff/NAME. */
static char *find_from(const char *file, const char *kind, const char *name)
{
    static const char *const ways[] = {"", "/..", "/../.."};
    char folder[PATH_MAX], *found = NULL;
    if (!realpath(file, folder))
        return NULL;
    *strrchr(folder, '/') = '\0';
    for (size_t k = 0; k < sizeof ways / sizeof *ways && !found; k++)
        found = keep_if_there(gd_format("%s%s/%s/godiff/%s", folder, ways[k], kind, name));
    return found;
}

char *gd_data_file_look(const char *kind, const char *name)
{
    const char *given = getenv("GODIFF_DATA");
    Dl_info here;
    char *path = given ? keep_if_there(gd_format("%s/%s", given, name)) : NULL;
    if (!given && dladdr((const void *)find_from, &here) && here.dli_fname)
        path = find_from(here.dli_fname, kind, name);
    return given || path ? path : find_from("/proc/self/exe", kind, name);
}

enum gd_status gd_data_file_find(const char *name, char **path, struct gd_error *error)
{
    *path = gd_data_file_look("share", name);
    if (*path)
        return GD_OK;
    return gd_fail(error, GD_FAILED,
                   "share/godiff/%s is missing beside the program: install godiff anew, or name the "
                   "folder that has %s in the variable GODIFF_DATA",
                   name, name);
}
