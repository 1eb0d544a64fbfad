#!/bin/sh
# Runs searches on problems with known answers that pipelines/experiments does not have: random searches, of which all
# relaxations count, and chains for Cu13. Prints a table of what was found.
#
#   bench/searches.sh OUT [--seeds "0 1 2 ..."] [PROBLEM...]
#
# Runs go to OUT/PROBLEM/SEED; finished ones are kept, others are resumed. GODIFF names the program. Problems are those
# listed below; without any, all of them. A quench is one relaxation. The searches by chains end at the hit; random
# searches (rss-...) relax 1,000 structures per seed, of which those within 0.01 eV of the minimum are counted.
set -eu

here=$(dirname "$0")
godiff=${GODIFF:-$here/../build/godiff}
[ $# -ge 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
out=$1 seeds="0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29"
shift
if [ "${1:-}" = --seeds ]; then
    seeds=$2
    shift 2
fi
[ $# -gt 0 ] || set -- rss-lj13 rss-cu13 rss-au5ni rss-heptamer sa-cu13 pt-cu13 mh-cu13

# What is run: a pipeline with options, one per line.
options() {
    case $1 in
    *-lj13) echo 'system={template: {build: box, lengths: [4.4, 4.4, 4.4]}, add: Ar13}' ;;
    *-au5ni) echo 'system={template: {build: box, lengths: [6, 6, 6]}, add: Au5Ni}' ;;
    rss-heptamer) echo 'system={template: {build: fcc111, symbol: Pt, size: [6, 6, 2], vacuum: 8}, add: Pt7, window: {above: [1, 6]}}' ;;
    esac
    case $1 in
    *-lj*) printf '%s\n' 'potential={lj: {}}' seed.growth.radius=0.56 'relax*.fmax=0.001' 'relax*.cap=0.1' 'relax*.clash=0.3' ;;
    esac
    case $1 in
    rss-*) printf '%s\n' target.energy=-1e6 loop.times=25 seed.count=40 seed.growth.direction=biased ;;
    esac
}

minimum() {
    case $1 in
    *-lj13) echo -44.326801 ;;
    *-cu13) echo 9.361358 ;;
    *-au5ni) echo 4.815038 ;;
    *-heptamer) echo 24.987430 ;;
    esac
}

pipeline() {
    case $1 in
    rss-*) echo random-search ;;
    sa-*) echo simulated-annealing ;;
    pt-*) echo parallel-tempering ;;
    mh-*) echo minima-hopping ;;
    *) echo "unknown problem $1" >&2; exit 2 ;;
    esac
}

one() { # PROBLEM SEED
    folder=$out/$1/$2
    mkdir -p "$out/$1"
    grep -qs '"status":[[:space:]]*"finished"' "$folder/summary.json" && return
    file=$here/../pipelines/$(pipeline "$1").yaml
    # Every option is one argument of its own.
    options "$1" >"$out/$1/options"
    seed=$2 chosen=$out/$1/options
    (
        set --
        while IFS= read -r line; do
            set -- "$@" --set "$line"
        done <"$chosen"
        resume=
        [ ! -e "$folder/run.h5" ] || resume=--resume
        # shellcheck disable=SC2086
        "$godiff" run "$file" --seed "$seed" --out "$folder" --threads 1 --quiet $resume "$@" >"$folder.log" 2>&1
    ) || echo "$problem, seed $seed: failed, see $folder.log" >&2
}

# One row: found, of how many seeds, mean quenches and evaluations of those that found it.
row() {
    for seed in $seeds; do
        folder=$out/$1/$seed
        [ -e "$folder/summary.json" ] || continue
        case $1 in
        rss-*)
            sed -n 's/.*[[:space:]]energy=\([^ ]*\).*/\1/p' "$folder/archive.extxyz" |
                awk -v low="$(minimum "$1")" '{ n++; hit += $1 < low + 0.01 } END { print n, hit + 0 }' ;;
        *)
            awk '/"step":"relax/ { match($0, /"converged":[0-9]+/); q += substr($0, RSTART + 12, RLENGTH - 12)
                                  match($0, /"unconverged":[0-9]+/); q += substr($0, RSTART + 14, RLENGTH - 14) }
                 END { printf "%d ", q }' "$folder/metrics.jsonl"
            sed -n 's/^[[:space:]]*"evaluation":[[:space:]]*\([0-9a-z]*\),\{0,1\}$/\1/p' "$folder/summary.json" | head -n 1 ;;
        esac
    done | awk -v name="$1" '
        name ~ /^rss/ { n += $1; hits += $2; next }
        { n++; if ($2 != "null") { hits++; quenches += $1; calls += $2; if ($1 > most) most = $1 } }
        END {
            if (n == 0) exit
            if (name ~ /^rss/) printf "| %s | %d of %d relaxations, %.1f %% | | |\n", name, hits, n, 100 * hits / n
            else if (hits > 0) printf "| %s | %d of %d runs | %.1f (at most %d) | %.0f |\n", name, hits, n, quenches / hits, most, calls / hits
            else printf "| %s | 0 of %d runs | | |\n", name, n
        }'
}

for problem; do
    for seed in $seeds; do
        one "$problem" "$seed"
    done
done
printf '| problem | found | quenches to the hit, mean | evaluations to the hit, mean |\n|---|---|---|---|\n'
for problem; do
    row "$problem"
done
