/* Which kernels this processor runs. */
#include "model/cpu/kernels.h"

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

const struct gd_kernels *gd_kernels_best(void)
{
    const struct gd_kernels *list[4];
    return list[gd_kernels_list(list) - 1];
}
