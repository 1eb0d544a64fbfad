#!/bin/sh
# Whether runs on a GPU and on the CPU give the same distribution of energies, with the same and with other seeds.
# Two-sample tests at a level of 0.01: of all energies by the largest distance between the two distributions
# (Kolmogorov-Smirnov), and of the number of runs that found their target. The energies of one run are correlated, so both
# are exact permutation tests of whole runs: over all ways to split the runs into two halves.
# Usage: bench/agree.sh GODIFF PIPELINE RUNS [OPTIONS...]: RUNS runs of each kind, 5 to 9; the options are for those on
# the GPU. With KEEP=FOLDER in the environment the runs stay there, and those that are there are taken as they are, so
# that the two devices may be of two machines. Prints one line; exits with 1 if the hypothesis is rejected or a run fails.
set -u
godiff=$1 pipeline=$2 runs=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
keep=${KEEP-$work/runs}

# run KIND SEED OPTIONS...: adds "KIND SEED found|not energy" of every structure of a run.
run() {
    kind=$1 seed=$2
    shift 2
    out=$keep/$kind-$seed
    [ -e "$out/summary.json" ] || "$godiff" run "$pipeline" --seed "$seed" --out "$out" --quiet "$@" >"$work/log" 2>&1 || {
        cat "$work/log"
        exit 1
    }
    found=$(grep -q '"found":[[:space:]]*true' "$out/summary.json" && echo 1 || echo 0)
    sed -n 's/.*[ "]energy=\([^ "]*\).*/\1/p' "$out/archive.extxyz" | sed "s/^/$kind $seed $found /" >>"$work/energies"
}

for seed in $(seq 0 $((runs - 1))); do
    run cpu "$seed" --device cpu
    run same "$seed" --device cuda "$@"
    run other $((runs + seed)) --device cuda "$@"
done

# compare KIND: the runs on the CPU with those of a kind.
compare() {
    grep -E "^(cpu|$1) " "$work/energies" | sort -g -k 4 | awk -v runs="$runs" -v kind="$1" '
        { name = $1 " " $2 }
        !(name in number) { number[name] = people++; side[number[name]] = $1 == "cpu"; hits[number[name]] = $3 }
        { of[++count] = number[name]; energy[count] = $4; size[number[name]]++ }

        # Between the runs of side 1 and the others: in energies, in runs that found their target.
        function distance(   k, n, first, gap, most) {
            for (k = 0; k < people; k++) first += side[k] * size[k]
            for (n = 1; n <= count; n++) {
                gap += side[of[n]] ? 1 / first : -1 / (count - first)
                if ((n == count || energy[n] != energy[n + 1]) && gap * gap > most * most) most = gap
            }
            return most < 0 ? -most : most
        }
        function difference(   k, sum) {
            for (k = 0; k < people; k++) sum += side[k] ? hits[k] : -hits[k]
            return sum < 0 ? -sum : sum
        }
        # Every way to have `left` more of the runs from k on at side 1.
        function split_all(k, left) {
            if (left == 0) {
                all++
                farther += distance() >= gap_seen - 1e-9
                worse += difference() >= difference_seen
            } else if (people - k >= left) {
                side[k] = 1; split_all(k + 1, left - 1)
                side[k] = 0; split_all(k + 1, left)
            }
        }
        END {
            if (people != 2 * runs) { print "a run has no energies"; exit 1 }
            for (k = 0; k < people; k++) found[side[k]] += hits[k]
            gap_seen = distance(); difference_seen = difference()
            for (k = 0; k < people; k++) side[k] = 0
            split_all(0, runs)
            printf "%s seeds: distance %.3f, p = %.3f, targets %d and %d, p = %.3f", kind, gap_seen, farther / all,
                found[1], found[0], worse / all
            exit farther / all < 0.01 || worse / all < 0.01
        }'
}

same=$(compare same) same_agree=$?
other=$(compare other) other_agree=$?
[ $((same_agree + other_agree)) -eq 0 ] && verdict=agree || verdict='do NOT agree'
echo "$same; $other: they $verdict"
[ "$verdict" = agree ]
