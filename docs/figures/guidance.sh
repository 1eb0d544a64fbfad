#!/bin/sh
# Plots four samples of a model of pipelines/pt-heptamer-ffg.yaml, as drawn and after the relaxation on the model's forces
# (gnuplot).
#
#   docs/figures/guidance.sh RUN OUT.png [SEED]        GODIFF names the program
set -eu

godiff=${GODIFF:-$(dirname "$0")/../../build/godiff}
run=$(realpath "$1") out=$(realpath "$2") seed=${3:-0}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The first four samples of the model, with this relaxation.
draw() {
    sed '/^target:/d; /^steps:/,$d' "$run/pipeline.yaml" >"$work/$1.yaml"
    cat >>"$work/$1.yaml" <<EOF
steps:
  - transfer: {from: $run}
  - sample:
      count: 4
      steps: 20
      sampler: {predictor-corrector: {corrector: 3, snr: 0.4, rho: 1}}
      end: 0.05
      finish: $2
  - evaluate: {}
EOF
    "$godiff" run "$work/$1.yaml" --seed "$seed" --quiet --out "$work/$1"
    # k x y energy of every mobile atom, then k x y of the upper layer of the template.
    awk -v name="$work/$1" '
    /Lattice/ { k++; match($0, /energy=[^ ]*/); e = substr($0, RSTART + 7, RLENGTH - 7); m = 0; print e >(name ".energies"); next }
    NF > 3 { m++; if (m > 36 && m <= 72) print k, $2, $3 >(name ".layer"); if (m > 72) print k, $2, $3, $4 >(name ".atoms") }' \
        "$work/$1/archive.extxyz"
}
draw before "{}"
draw after "{steps: 60, reach: 10}"

# k x y dx dy: from where an atom was drawn to where it was relaxed, under the minimum image of the 6 x 6 cell.
paste -d ' ' "$work/before.atoms" "$work/after.atoms" | awk '
{ a = 6 * 3.92 / sqrt(2); dx = $6 - $2; dy = $7 - $3; j = int(dy / (a * sqrt(3) / 2) + (dy > 0 ? 0.5 : -0.5)); dy -= j * a * sqrt(3) / 2; dx -= j * a / 2
  i = int(dx / a + (dx > 0 ? 0.5 : -0.5)); dx -= i * a; print $1, $2, $3, dx, dy }' >"$work/moves"

energy() { sed -n "$2p" "$work/$1.energies" | xargs printf '%.2f'; }
{
    cat <<EOF
set terminal pngcairo size 1020,860 font "sans,12"
set output "$out"
set multiplot layout 2,2 title "Samples of one model: as drawn (red), and relaxed on the forces that the model predicts (blue)\\ngrey: the upper layer of the template"
set size ratio -1
set xrange [-2:26]; set yrange [-2:18]
unset key
set xlabel "x (Å)"; set ylabel "y (Å)"
EOF
    for k in 1 2 3 4; do
        cat <<EOF
set title "$(energy before $k) eV as drawn, $(energy after $k) eV relaxed"
plot "$work/before.layer" using (\$1 == $k ? \$2 : 1/0):3:(1.35) with circles linecolor rgb "#d8d8d8" fillstyle solid, \
     "$work/moves" using (\$1 == $k ? \$2 : 1/0):3:(1.3) with circles linecolor rgb "#e00000", \
     "$work/moves" using (\$1 == $k ? \$2 + \$4 : 1/0):(\$3 + \$5):(1.3) with circles linecolor rgb "#3030ff" linewidth 2, \
     "$work/moves" using (\$1 == $k ? \$2 : 1/0):3:4:5 with vectors linecolor rgb "black"
EOF
    done
} | gnuplot
