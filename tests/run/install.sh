# The installed library, used from outside: find_package(godiff) and pkg-config godiff. BUILD is the build folder.
. "$SOURCE/tests/run/lib.sh"

cmake --install "$BUILD" --prefix "$work/prefix" >stdout 2>stderr
code=$?
check "cmake --install ends with 0" exited 0
check "the installed program runs" prefix/bin/godiff --version >/dev/null

mkdir outside
cat >outside/main.c <<'EOF'
#include <godiff/stage.h>
#include <stdio.h>

int main(void)
{
    struct gd_error error = {0};
    struct gd_registry *registry = gd_registry_new();
    if (!registry || gd_stages_register(registry, &error) != GD_OK || !gd_registry_stage(registry, "train"))
        return 1;
    puts(gd_registry_stage(registry, "train")->name);
    gd_registry_free(registry);
    return 0;
}
EOF
cat >outside/CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES C)
find_package(godiff REQUIRED)
add_executable(outside main.c)
target_link_libraries(outside PRIVATE godiff::godiff)
EOF

if [ -n "${SANITIZE:-}" ]; then
    skip "a program from outside" "a program without sanitizers cannot load a library with them"
    finish
fi

cmake -S outside -B outside/build -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_C_COMPILER="$CC" >stdout 2>stderr &&
    cmake --build outside/build >>stdout 2>>stderr
check "find_package(godiff) builds a program" test -x outside/build/outside
check "a program found by CMake runs" value_is "$(outside/build/outside)" train

PKG_CONFIG_PATH=$(dirname "$(find prefix -name godiff.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # words
"$CC" outside/main.c -o outside/main $(pkg-config --cflags --libs godiff) >stdout 2>stderr
check "pkg-config godiff builds a program" test -x outside/main
library=$(dirname "$(find prefix -name 'libgodiff.so')")
check "a program found by pkg-config runs" value_is "$(LD_LIBRARY_PATH="$library" outside/main)" train

finish
