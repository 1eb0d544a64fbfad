#!/bin/sh
# Runs a pipeline with several seeds and prints a table of the results.
#
#   bench/seeds.sh PIPELINE OUT [--seeds "0 1 2 ..."] [--jobs N] [--threads N] [-- RUN-OPTION...]
#
# Runs go to OUT/SEED; finished ones are kept, others are resumed. GODIFF names the program.
set -eu

godiff=${GODIFF:-$(dirname "$0")/../build/godiff}
[ $# -ge 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
pipeline=$1 out=$2
shift 2
seeds="0 1 2 3 4 5 6 7" jobs=1 threads=2
while [ $# -gt 0 ]; do
    case $1 in
    --seeds) seeds=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    --threads) threads=$2; shift 2 ;;
    --) shift; break ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
    esac
done
mkdir -p "$out"

one() {
    seed=$1
    shift
    resume=
    [ -e "$out/$seed/run.h5" ] && resume=--resume
    # shellcheck disable=SC2086
    "$godiff" run "$pipeline" --seed "$seed" --out "$out/$seed" --threads "$threads" --quiet $resume "$@" \
        >"$out/$seed.log" 2>&1 || echo "seed $seed: exit code $?, see $out/$seed.log" >&2
}

running=0
for seed in $seeds; do
    one "$seed" "$@" &
    running=$((running + 1))
    [ $running -lt "$jobs" ] || { wait; running=0; }
done
wait

field() { # a number of summary.json, which has one key per line
    sed -n "s/^[[:space:]]*\"$2\":[[:space:]]*\([^,]*\),\{0,1\}$/\1/p" "$1" | head -n 1
}
printf '| seed | evaluations | best energy (eV) | first hit at evaluation | seconds |\n|---|---|---|---|---|\n'
for seed in $seeds; do
    s=$out/$seed/summary.json
    [ -e "$s" ] || continue
    printf '| %s | %s | %.4f | %s | %.0f |\n' "$seed" "$(field "$s" evaluations)" "$(field "$s" best_energy)" \
        "$(field "$s" evaluation)" "$(field "$s" total)"
done
