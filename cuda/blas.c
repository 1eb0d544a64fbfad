#include "cuda/blas.h"

#include <dlfcn.h>
#include <string.h>

/* Where it may be, in the order of trying: GD_CUBLAS_NAMES is set by the build. */
static const char *const names[] = {GD_CUBLAS_NAMES};

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
    {"cublasCreate_v2", offsetof(struct gd_blas, create)},
    {"cublasDestroy_v2", offsetof(struct gd_blas, destroy)},
    {"cublasSetStream_v2", offsetof(struct gd_blas, set_stream)},
    {"cublasSetWorkspace_v2", offsetof(struct gd_blas, set_workspace)},
    {"cublasGetStatusName", offsetof(struct gd_blas, status_name)},
    {"cublasGemmEx", offsetof(struct gd_blas, gemm)},
};

enum gd_status gd_blas_load(struct gd_blas *blas, struct gd_error *error)
{
    void *library = NULL;
    for (size_t k = 0; k < sizeof names / sizeof *names && !library; k++)
        library = dlopen(names[k], RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return gd_fail(error, GD_FAILED, "cuBLAS cannot be loaded: %s", dlerror());
    *blas = (struct gd_blas){0};
    for (size_t k = 0; k < sizeof functions / sizeof *functions; k++) {
        void *function = dlsym(library, functions[k].name);
        if (!function)
            return gd_fail(error, GD_FAILED, "cuBLAS has no function %s", functions[k].name);
        memcpy((char *)blas + functions[k].offset, &function, sizeof function);
    }
    return GD_OK;
}
