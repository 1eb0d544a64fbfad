# What the scripts that drive the program share. A script sources this by its own folder, calls check, run and skip, and ends with `finish`.
#
# From the environment: GODIFF the program, TOOLS the folder of the helper programs, SOURCE the root of the source tree.
# Every script works in a folder of its own, $work, that is gone afterwards; in memory where there is such a place, since
# every step of every run is synced to disk.
set -u

# Started by hand, without these, a script would write to wherever it was started.
if [ ! -x "${GODIFF:-}" ] || [ ! -d "${TOOLS:-}" ] || [ ! -f "${SOURCE:-}/tests/run/lib.sh" ]; then
    name=$(basename "$0" .sh)
    echo "$0 is run by ctest, which sets GODIFF, TOOLS and SOURCE: ctest --test-dir build --output-on-failure -R run.$name" >&2
    exit 2
fi

# No GPU is visible: what is expected here are the bits of the CPU.
CUDA_VISIBLE_DEVICES=
export CUDA_VISIBLE_DEVICES

[ -n "${TMPDIR:-}" ] || { [ -d /dev/shm ] && [ -w /dev/shm ] && TMPDIR=/dev/shm; }
work=$(mktemp -d "${TMPDIR:-/tmp}/godiff-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
here=$SOURCE/tests/run
cases=0 failures=0

cd "$work" || exit 1

# report VERDICT NAME [WHY]: one line of the protocol that tests/run_all counts.
report() {
    cases=$((cases + 1))
    printf '%s\n' "$1 $cases - $2${3:+ # $3}"
}

# check NAME COMMAND...: passes when the command does; shows what the program said last when it does not.
check() {
    check_name=$1
    shift
    if "$@"; then
        report ok "$check_name"
        return 0
    fi
    failures=$((failures + 1))
    report "not ok" "$check_name"
    echo "# $*"
    [ ! -s "$work/stderr" ] || sed 's/^/# stderr: /' "$work/stderr"
    [ ! -s "$work/stdout" ] || sed 's/^/# stdout: /' "$work/stdout" | head -n 40
    return 1
}

# has_module MODULE: $python is one that has it.
has_module() {
    for python in python3 /usr/bin/python3; do
        $python -c "import $1" 2>/dev/null && return
    done
    return 1
}

# skip NAME WHY
skip() { report ok "$1" "SKIP $2"; }

# godiff ARGUMENTS...: runs the program; its output is in $work/stdout and $work/stderr, its exit code in $code.
godiff() {
    "$GODIFF" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null
    code=$?
}

said() { grep -Eq -- "$1" "$work/stderr"; }
printed() { grep -Eq -- "$1" "$work/stdout"; }
exited() { [ "$code" -eq "$1" ]; }
silent() { [ ! -s "$work/$1" ]; }
same() { cmp -s "$1" "$2"; }
differ() { ! same "$@"; }
missing() { [ ! -e "$1" ]; }
lacks() { ! grep -Eq -- "$1" "$2"; }

# json FILE KEY...: the value under these keys, as compact JSON; of every line with --lines before FILE.
json() { "$TOOLS/json_get" "$@"; }
value_is() { [ "$1" = "$2" ]; }

# near FILE FILE [TOLERANCE]: all structures have energies and forces in both files, the same to so much relative (1e-8).
near() {
    for near_file in "$1" "$2"; do
        awk '/Lattice=|Properties=/ { energy = "none"; if (match($0, /[ "]energy=[^ ]*/)) energy = substr($0, RSTART + 8, RLENGTH - 8); print energy }
             NF >= 7 && !/=/ { print $(NF - 2), $(NF - 1), $NF }' "$near_file" >"$work/near-$(basename "$near_file")"
    done
    paste "$work/near-$(basename "$1")" "$work/near-$(basename "$2")" | awk -v most="${3:-1e-8}" '
        function far(x, y) { return x == "none" || (x - y) ^ 2 > most ^ 2 * (1 + x ^ 2) }
        { if (NF % 2) exit bad = 1; for (k = 1; k <= NF / 2; k++) if (far($k, $(k + NF / 2))) exit bad = 1 }
        END { exit bad || !NR }'
}

finish() {
    echo "1..$cases"
    [ "$failures" -eq 0 ]
    exit
}
