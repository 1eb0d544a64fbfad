/* Which kernels this processor runs. */
#include "model/cpu/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct gd_kernels gd_kernels_baseline;

#if defined(GD_KERNELS_X86)
extern const struct gd_kernels gd_kernels_avx2, gd_kernels_avx512;

size_t gd_kernels_list(const struct gd_kernels *list[4])
{
    size_t count = 0;
    __builtin_cpu_init();
    list[count++] = &gd_kernels_baseline;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        list[count++] = &gd_kernels_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        list[count++] = &gd_kernels_avx512;
    list[count] = NULL;
    return count;
}
#else
size_t gd_kernels_list(const struct gd_kernels *list[4])
{
    list[0] = &gd_kernels_baseline;
    list[1] = NULL;
    return 1;
}
#endif

static enum gd_status unknown(const char *name, const struct gd_kernels *const *list, struct gd_error *error)
{
    char names[64] = "";
    for (size_t k = 0, at = 0; list[k]; k++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", k ? ", " : "", list[k]->name);
    return gd_fail(error, GD_BAD_INPUT, "GODIFF_KERNELS is '%.40s'; this processor supports: %s", name, names);
}

enum gd_status gd_kernels_choose(const struct gd_kernels **kernels, struct gd_error *error)
{
    const struct gd_kernels *list[4];
    const char *name = getenv("GODIFF_KERNELS");
    *kernels = list[gd_kernels_list(list) - 1];
    if (!name || !*name)
        return GD_OK;
    for (size_t k = 0; list[k]; k++)
        if (strcmp(list[k]->name, name) == 0) {
            *kernels = list[k];
            return GD_OK;
        }
    return unknown(name, list, error);
}
