# What libgodiff exports: what <godiff/stage.h> declares and what the program needs, as cmake/libgodiff.map lists it.
. "$(dirname "$0")/lib.sh"

map=$SOURCE/cmake/libgodiff.map
library=$BUILD/libgodiff.so

# listed NODE: the names in a node of the map, sorted.
listed() { sed -n "/^$1 {/,/^}/s/^ *\(gd_[a-z0-9_]*\);\$/\1/p" "$map" | sort; }

# agree TITLE FILE FILE: two sorted lists are the same; prints what is in the first alone (<) and in the second alone (>).
agree() {
    diff "$2" "$3" >difference
    check "$1" test ! -s difference
    sed -n 's/^[<>]/# &/p' difference
}

echo '#include <godiff/stage.h>' | "$CC" -E -I "$SOURCE/include" -I "$SOURCE" -x c - |
    awk -v ROOT="$SOURCE/" -f "$SOURCE/cmake/exports.awk" | sort -u >declared
listed GODIFF_PLUGINS >plugins
check "the headers declare something" test -s declared
agree "what the headers declare (<) is what is listed for plugins (>)" declared plugins

nm -u "$GODIFF" | sed -n 's/.* U \(gd_[a-z0-9_]*\).*/\1/p' | sort -u | comm -23 - plugins >needed
listed GODIFF_PROGRAM >program
check "the program needs something" test -s needed
agree "what the program needs besides (<) is what is listed for it (>)" needed program

nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | grep '^gd_' | sort -u >exported
sort plugins program >all
agree "what the library exports (<) is what is listed (>)" exported all

nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | grep -v -e '^gd_' -e '^__' -e '^_init$' -e '^_fini$' >others
check "and nothing else" test ! -s others
sed 's/^/# /' others

cmake --install "$BUILD" --prefix "$work/prefix" >stdout 2>stderr
(cd prefix/include && find godiff -name '*.h' | sort) >installed
echo '#include <godiff/stage.h>' | "$CC" -M -I prefix/include -I prefix/include/godiff -x c - | tr ' ' '\n' |
    sed -n 's,^prefix/include/\(godiff/.*\.h\)$,\1,p' | sort -u >used
agree "the installed headers (<) are those that <godiff/stage.h> includes (>)" installed used
finish
