# The libraries that godiff stands on, as imported targets.
find_package(PkgConfig REQUIRED)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(OpenMP REQUIRED COMPONENTS C)
find_path(RANDOM123_INCLUDE Random123/philox.h REQUIRED)

# Any CBLAS, by the name of its pkg-config module: openblas, blas-netlib (the reference BLAS), mkl-dynamic-lp64-seq, ...
set(GODIFF_CBLAS "" CACHE STRING "pkg-config module of the CBLAS to use; empty: OpenBLAS, else whatever is the system's")
if(GODIFF_CBLAS)
  pkg_check_modules(CBLAS REQUIRED IMPORTED_TARGET ${GODIFF_CBLAS})
else()
  pkg_search_module(CBLAS REQUIRED IMPORTED_TARGET openblas cblas blas)
endif()
