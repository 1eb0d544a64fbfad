# Pages of documentation, tried as a reader would: sourced after lib.sh.
#
# A fenced block ```sh is run in the current folder; ```text holds lines that the block before it has printed ("..." stands
# for any others); a block with a second word, ```c hello.c, is a file. What is indented is not tried.

# page FILE: one check for every block.
page() {
    page_name=${1#"$SOURCE"/}
    blocks=$work/blocks
    rm -rf "$blocks" && mkdir "$blocks"
    awk -v folder="$blocks" '
        /^```/ && inside { inside = 0; close(out); next }
        /^```/ { inside = 1; n++; out = sprintf("%s/%02d %s", folder, n, substr($0, 4)); printf "" > out; next }
        inside { print > out }' "$1"
    for block in "$blocks"/*; do
        [ -e "$block" ] || check "$page_name has something to try" false || return
        # shellcheck disable=SC2086 # number, kind and name
        set -- ${block##*/}
        case $2${3:+ file} in
        *\ file) cp "$block" "$3" ;;
        sh)
            sh -e "$block" >"$work/stdout" 2>"$work/stderr" </dev/null
            code=$?
            check "$page_name: block $1 runs" exited 0
            cat "$work/stdout" "$work/stderr" >"$work/printed"
            ;;
        text)
            grep -Fvx '...' "$block" >"$work/wanted"
            check "$page_name: block $1 is what is printed" all_printed
            ;;
        esac
    done
}

# Every wanted line is among those printed, but for white space.
all_printed() {
    awk '{ $1 = $1 } NR == FNR { printed[$0]; next } !($0 in printed) { print "not printed: " $0; bad = 1 }
        END { exit bad }' "$work/printed" "$work/wanted" >"$work/missing" && return
    cp "$work/missing" "$work/stderr"
    return 1
}

# stage PREFIX: installs the build there, and makes it the godiff that programs, CMake and pkg-config find.
stage() {
    cmake --install "$BUILD" --prefix "$1" >"$work/stdout" 2>"$work/stderr"
    code=$?
    check "the build can be installed" exited 0
    PATH=$1/bin:$PATH
    PKG_CONFIG_PATH=$(dirname "$(find "$1" -name godiff.pc)")
    CMAKE_PREFIX_PATH=$1
    export PATH PKG_CONFIG_PATH CMAKE_PREFIX_PATH CC
}
