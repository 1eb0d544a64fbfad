#!/bin/sh
# What `godiff sweep` costs beside the runs themselves: 64 tiny runs by a sweep and by a loop of `godiff run`, one at a
# time, in turn. Prints seconds by the clock and of the processors, of both in each round. Nothing is removed until the
# end: ext4 takes long to find an inode when many were freed a moment ago.
#
#   bench/sweep.sh [ROUNDS]
#
# GODIFF names the program; TMPDIR the folder that the runs are in.
set -eu

rounds=${1:-3}
here=$(cd "$(dirname "$0")" && pwd)
godiff=${GODIFF:-$here/../build/godiff}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/../tests/run/tiny.yaml" "$work"
cd "$work"
round=0
export godiff round

cat >loop.sh <<'END'
for seed in $(seq 0 31); do
    for steps in 2 3; do
        "$godiff" run tiny.yaml --set train.steps=$steps --seed="$seed" --out "loop-$round/$steps/$seed" --threads=1 --quiet --device cpu
    done
done
END
cat >sweep.sh <<'END'
"$godiff" sweep tiny.yaml --vary train.steps=2,3 --seeds 0..31 --jobs 1 --threads 1 --out sweep-$round --device cpu
END

# measure NAME: seconds by the clock, and of the processors, which other programs change less.
measure() {
    begin=$(date +%s%N)
    sh -c ". ./$1.sh >/dev/null 2>&1; times" | tail -n 1 >times
    awk -v name="$1" -v clock="$((($(date +%s%N) - begin) / 1000000))" '{
        gsub("m|s", " ")
        printf "%-6s %.2f s by the clock, %.2f s of the processors\n", name, clock / 1000, 60 * $1 + $2 + 60 * $3 + $4
    }' times
}

while [ "$round" -lt "$rounds" ]; do
    measure loop
    measure sweep
    round=$((round + 1))
done
