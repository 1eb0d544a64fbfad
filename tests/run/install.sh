# The installed library, used from outside: find_package(godiff) and pkg-config godiff. BUILD is the build folder.
. "$(dirname "$0")/lib.sh"

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
    static struct gd_error error; /* zeros in C and C++ */
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

# A library with sanitizers is for programs with the same ones.
flags=${SANITIZE:+-fsanitize=$SANITIZE}

cmake -S outside -B outside/build -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="$flags" \
    >stdout 2>stderr && cmake --build outside/build >>stdout 2>>stderr
check "find_package(godiff) builds a program" test -x outside/build/outside
check "a program found by CMake runs" value_is "$(outside/build/outside)" train

PKG_CONFIG_PATH=$(dirname "$(find prefix -name godiff.pc)")
LD_LIBRARY_PATH=$(dirname "$(find prefix -name libgodiff.so)")
export PKG_CONFIG_PATH LD_LIBRARY_PATH
strict='-Wall -Wextra -Wconversion -Wshadow -Werror'

# shellcheck disable=SC2046,SC2086 # words
"$CC" $strict $flags outside/main.c -o outside/main $(pkg-config --cflags --libs godiff) >stdout 2>stderr
check "pkg-config godiff builds a program" test -x outside/main
check "a program found by pkg-config runs" value_is "$(outside/main)" train

if [ -z "$CXX" ]; then
    skip "the headers are C++ too" "this build needs no C++ compiler"
    finish
fi
# shellcheck disable=SC2046,SC2086 # words
"$CXX" -std=c++20 -x c++ $strict $flags outside/main.c -o outside/main++ $(pkg-config --cflags --libs godiff) \
    >stdout 2>stderr
check "the headers are C++ too" value_is "$(outside/main++)" train

finish
