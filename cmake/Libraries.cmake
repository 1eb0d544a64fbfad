# The libraries that godiff stands on, as imported targets.
find_package(PkgConfig REQUIRED)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(OpenMP REQUIRED COMPONENTS C)
find_path(RANDOM123_INCLUDE Random123/philox.h REQUIRED)

# Any CBLAS: OpenBLAS where there is one, else what the system calls cblas.
set(BLA_SIZEOF_INTEGER 4)
pkg_search_module(CBLAS REQUIRED IMPORTED_TARGET openblas cblas blas)
