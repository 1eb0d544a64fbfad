#!/bin/sh
# Tests and benchmarks on this machine's GPU, as a Markdown table: the backend agreement tests, compute-sanitizer on a
# small pipeline, the benchmarks, whether searches give the same energies as on the CPU, one search for the adatom, one
# for the heptamer and eight of it in parallel. Takes about ten minutes.
# Usage: bench/gpu.sh FOLDER, a bundle (bin/godiff, ...) or a build folder (godiff, ...). Exit code 1 if something
# fails, 77 if there is no GPU.
set -u
folder=${1-build}
source=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# find_program NAME...: the first of these programs that exists.
find_program() {
    for program; do
        [ ! -x "$program" ] || { echo "$program"; return; }
    done
}

godiff=$(find_program "$folder/bin/godiff" "$folder/godiff")
agreement=$(find_program "$folder/bin/test_agreement_gpu" "$folder/tests/agreement/test_agreement_gpu")
sanitizer=$(find_program "$folder/compute-sanitizer/compute-sanitizer" "$(command -v compute-sanitizer || true)")
[ -n "$godiff" ] || { echo "gpu.sh: there is no godiff in $folder"; exit 1; }
"$godiff" --version >/dev/null || { echo "gpu.sh: $godiff does not start"; exit 1; }

# Requesting the device is cheap: the missing model is reported after it.
why=$("$godiff" run /dev/null --device cuda --out "$work/none" 2>&1 | sed -n 's/.*--device cuda: \(.*\); use --device cpu$/\1/p')

failed=0
echo '| what | result | seconds |'
echo '|---|---|---|'

# row NAME COMMAND...: one row of the table: the last line of the command's output.
row() {
    what=$1 started=$(date +%s.%N)
    shift
    if "$@" >"$work/log" 2>&1; then verdict=; else verdict='FAILED: ' failed=1; fi
    seconds=$(echo "$started $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }')
    echo "| $what | $verdict$(grep -v '^ *$' "$work/log" | tail -n 1 | tr '|' ' ') | $seconds |"
}

# gpu_row NAME COMMAND...: the same if there is a GPU.
gpu_row() {
    if [ -z "$why" ]; then row "$@"; else echo "| $1 | skipped: $why | |"; fi
}

# search NAME SEED: a run, and whether it found its target.
search() {
    rm -rf "$work/$1-$2"
    "$godiff" run "$source/pipelines/$1.yaml" --seed "$2" --device cuda --out "$work/$1-$2" --quiet 2>&1 || return 1
    grep -q '"found":[[:space:]]*true' "$work/$1-$2/summary.json" && echo "target found" || echo "target not found"
}

# Eight searches at the same time on one GPU.
side_by_side() {
    for seed in 0 1 2 3 4 5 6 7; do search "$1" "$seed" >"$work/side-$seed" 2>&1 & done
    wait
    echo "$(cat "$work"/side-* | grep -cx 'target found') of 8 found their target"
    [ "$(cat "$work"/side-* | grep -Ecx 'target (not )?found')" -eq 8 ]
}

# bench PRECISION
bench() {
    "$godiff" bench --device cuda --precision "$1" --json >"$work/bench.json" || return 1
    tr -d '{}"\n\t' <"$work/bench.json"
}

if command -v nvidia-smi >/dev/null; then
    row "device, driver" nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
fi
row "version" "$godiff" --version
[ -z "$agreement" ] || gpu_row "backend agreement tests" "$agreement"
if [ -n "$sanitizer" ]; then
    for tool in memcheck racecheck initcheck; do
        rm -rf "$work/tiny"
        gpu_row "$tool" "$sanitizer" --tool "$tool" --error-exitcode 9 "$godiff" run "$source/tests/run/tiny.yaml" \
            --device cuda --out "$work/tiny" --quiet
    done
else
    echo '| compute-sanitizer | not here | |'
fi
for precision in float32 tf32 bf16; do gpu_row "godiff bench, $precision" bench $precision; done
gpu_row "agreement with the CPU" sh "$source/bench/agree.sh" "$godiff" "$source/pipelines/pt-adatom.yaml" 6
gpu_row "adatom" search pt-adatom 0
gpu_row "heptamer" search pt-heptamer 0
gpu_row "eight heptamers in parallel" side_by_side pt-heptamer
[ -z "$why" ] || [ "$failed" -ne 0 ] || exit 77
exit $failed
