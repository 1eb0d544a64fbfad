#!/bin/sh
# Times this build against another implementation of the same network, alternating several times, so that a busy machine
# affects both equally. Prints all times, the medians, and their ratios.
#
#   bench/compare.sh "OTHER COMMAND" [--rounds N] [--threads N] [--sampling]
#
# The other command prints a line with "optimisation step X ms, forward Y ms" for the workload of godiff bench, such as
#   "python painn_torch.py bench --threads 2"
# With --sampling, bench/sampling.yaml is run in each round as well: 128 structures x 500 steps, against 4,000 of the
# other's forward passes of 16 structures. GODIFF names the program.
set -eu

here=$(dirname "$0")
godiff=${GODIFF:-$here/../build/godiff}
[ $# -ge 1 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
other=$1 rounds=5 threads=2 sampling=
shift
while [ $# -gt 0 ]; do
    case $1 in
    --rounds) rounds=$2; shift 2 ;;
    --threads) threads=$2; shift 2 ;;
    --sampling) sampling=yes; shift ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
    esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# key KEY: the number of a JSON key on standard input.
key() { sed -n "s/.*\"$1\":[[:space:]]*\([0-9.e+-]*\).*/\1/p" | head -n 1; }

# words A B: the number after A and before B on standard input.
between() { sed -n "s/.*$1 \([0-9.]*\) $2.*/\1/p" | head -n 1; }

median() { sort -g "$1" | awk '{x[NR] = $1} END {print (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2}'; }

round=1
while [ "$round" -le "$rounds" ]; do
    "$godiff" bench --threads "$threads" --device cpu --json >"$work/ours"
    sh -c "$other" >"$work/theirs" 2>"$work/errors" || { cat "$work/errors" >&2; exit 1; }
    key optimisation_step_ms <"$work/ours" >>"$work/step"
    key forward_ms <"$work/ours" >>"$work/forward"
    between 'optimisation step' ms <"$work/theirs" >>"$work/other-step"
    between forward ms <"$work/theirs" >>"$work/other-forward"
    if [ "$sampling" ]; then
        "$godiff" run "$here/sampling.yaml" --threads "$threads" --device cpu --quiet --out "$work/run$round" >"$work/log"
        tail -n 1 "$work/run$round/metrics.jsonl" | key seconds >>"$work/sampling"
    fi
    round=$((round + 1))
done

for name in step forward; do
    awk -v name="$name" -v rounds="$(paste -s -d ' ' "$work/$name")" -v others="$(paste -s -d ' ' "$work/other-$name")" \
        -v ours="$(median "$work/$name")" -v theirs="$(median "$work/other-$name")" \
        'BEGIN {printf "%-9s ours %.2f ms (%s), other %.1f ms (%s): %.1f times\n", name, ours, rounds, theirs, others, theirs / ours}'
done
[ -z "$sampling" ] || awk -v seconds="$(median "$work/sampling")" -v rounds="$(paste -s -d ' ' "$work/sampling")" \
    -v theirs="$(median "$work/other-forward")" \
    'BEGIN {printf "sampling  ours %.1f s (%s), other 4000 x %.1f ms = %.0f s: %.1f times\n", seconds, rounds, theirs, 4 * theirs, 4 * theirs / seconds}'
