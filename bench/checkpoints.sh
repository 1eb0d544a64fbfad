#!/bin/sh
# checkpoints.sh [BUILD] [OPTIONS OF godiff run]...: what saving costs a run of 10,000 structures of 452 atoms in 50
# iterations: seconds, and bytes written by all of its processes against those of its files.
set -e
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../build}
[ $# -eq 0 ] || shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
written() { awk '$1 == "wchar:" { print $2 }' /proc/$$/io; } # by this shell and the processes that it has waited for
before=$(written)
"$build/godiff" run "$here/checkpoints.yaml" --out "$scratch/run" --quiet "$@" >/dev/null
after=$(written)
files=$(find "$scratch/run" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f\n", sum }')
state=$(wc -c <"$scratch/run/run.h5")
tr -d ' \t\n' <"$scratch/run/summary.json" |
    sed 's/.*"evaluations":\([0-9]*\),"best.*"total":\([0-9.]*\),"checkpoint":\([0-9.]*\).*/\1 \2 \3/' |
    awk -v written=$((after - before)) -v files="$files" -v state="$state" '{
        printf "evaluations        %d\n", $1
        printf "seconds            %.1f, of these %.1f (%.1f %%) for saving\n", $2, $3, 100 * $3 / $2
        printf "files              %.0f MB, of these run.h5 %.0f MB\n", files / 1e6, state / 1e6
        printf "written            %.0f MB, %.2f times the files\n", written / 1e6, written / files
    }'
