#!/bin/sh
# Times relaxations of the heptamer: Pt7 at random in the window above Pt(111), 6x6x2, with the EMT potential, to 0.05 eV/Å
# in at most 200 steps. Prints one line per optimiser.
#
#   bench/relax.sh build/godiff [STRUCTURES] [THREADS]
set -eu
[ $# -ge 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
godiff=$1 count=${2:-1000} threads=${3:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/relax.yaml" <<'YAML'
godiff: 1
name: relax
system:
  template: {build: fcc111, symbol: Pt, size: [6, 6, 2], vacuum: 8.0}
  add: Pt7
  window: {above: [1.0, 6.0]}
potential: emt
minima: {count: 0}
steps:
  - seed: {from: uniform}
  - relax: {fmax: 0.05, steps: 200}
YAML
for optimiser in lbfgs fire bfgs; do
    "$godiff" run "$work/relax.yaml" --set seed.count="$count" --set relax.optimiser=$optimiser --threads "$threads" \
        --quiet --out "$work/$optimiser" >/dev/null
    sed -n 2p "$work/$optimiser/metrics.jsonl" | tr -d '{}"' | tr ',' '\n' | awk -F: -v name=$optimiser -v threads="$threads" '
        { value[$1] = $2 }
        END {
            relaxed = value["converged"] + value["unconverged"]
            printf "%-6s %d relaxed, %.1f force calls each, %.1f%% converged, %.1f s on %d threads\n", name, relaxed,
                value["evaluations"] / relaxed, 100 * value["converged"] / relaxed, value["seconds"], threads
        }'
done
