#!/bin/sh
# Plots the structures of a run of pipelines/pt-adatom.yaml over the map of the lowest energy of the adatom (gnuplot).
#
#   docs/figures/adatom.sh RUN OUT.png        GODIFF names the program
set -eu

godiff=${GODIFF:-$(dirname "$0")/../../build/godiff}
run=$1 out=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The template with an adatom at every point of a grid: 44 x 28 in the plane, 27 heights.
awk '
NR == 1 { n = $1 }
NR == 2 { header = $0; match(header, /Lattice="[^"]*"/); split(substr(header, RSTART + 9, RLENGTH - 10), h, " ") }
NR > 2 && NR <= n + 1 { line[NR] = $1 " " $2 " " $3 " " $4; if ($4 > top) top = $4 }
END {
    for (i = 0; i < 44; i++) for (j = 0; j < 28; j++) for (k = 0; k < 27; k++) {
        printf "%d\nLattice=\"%s\" Properties=species:S:1:pos:R:3 pbc=\"T T F\"\n", n, substr(header, RSTART + 9, RLENGTH - 10)
        for (a = 3; a <= n + 1; a++) print line[a]
        printf "Pt %.9f %.9f %.9f\n", i / 44 * h[1] + j / 28 * h[4], i / 44 * h[2] + j / 28 * h[5], top + k * 0.1 + 0.05
    }
}' "$run/best.extxyz" >"$work/grid.extxyz"
"$godiff" evaluate "$work/grid.extxyz" --potential emt --out "$work/energies.extxyz"

# x y grey: the lowest energy over the heights, light where it is low, on a grid of 0.05 Å.
awk '
/Lattice/ { match($0, /Lattice="[^"]*"/); split(substr($0, RSTART + 9, RLENGTH - 10), h, " ")
            match($0, /energy=[^ ]*/); e = substr($0, RSTART + 7, RLENGTH - 7) + 0
            if (m % 27 == 0 || e < low) low = e
            if (++m % 27 == 0) map[m / 27 - 1] = low }
function at(i, j) { return map[((i % 44) + 44) % 44 * 28 + ((j % 28) + 28) % 28] }
function floor(v) { return v < int(v) ? int(v) - 1 : int(v) }
END { for (y = -0.5; y <= 6.5; y += 0.05) for (x = -0.5; x <= 11; x += 0.05) {
        b = y / h[5] * 28; a = (x - y / h[5] * h[4]) / h[1] * 44; i = floor(a); j = floor(b); u = a - i; v = b - j
        e = (1 - u) * ((1 - v) * at(i, j) + v * at(i, j + 1)) + u * ((1 - v) * at(i + 1, j) + v * at(i + 1, j + 1))
        g = 245 - 120 * (e - 5.5); g = g < 40 ? 40 : g
        printf "%.3f %.3f %d\n", x, y, g } }' "$work/energies.extxyz" >"$work/map.dat"

# x y temperature of every structure of the run: its adatom, and the temperature its model was trained at.
sed -n 's/.*"step":"evaluate.*"temperature":\([^,]*\),"evaluations":\([0-9]*\).*/\2 \1/p' "$run/metrics.jsonl" >"$work/steps"
awk -v steps="$work/steps" '
BEGIN { while ((getline row < steps) > 0) { split(row, f, " "); until[++s] = f[1]; t[s] = f[2] == "null" ? 10 : f[2] } k = 1 }
/Lattice/ { seen++; while (k < s && seen > until[k]) k++; next }
NF > 3 { x = $2; y = $3 }
/^[0-9]+$/ && seen { print x, y, t[k] }
END { print x, y, t[k] }' "$run/archive.extxyz" >"$work/atoms.dat"

gnuplot <<EOF
set terminal pngcairo size 1200,720 font "sans,12"
set output "$out"
set size ratio -1
set xrange [-0.5:11]; set yrange [-0.5:6.5]
set xlabel "x (Å)"; set ylabel "y (Å)"
set logscale cb; set cbrange [0.02:5]; set cblabel "temperature the model was trained at (eV)"
set palette defined (0 "#3030ff", 0.5 "#ff9000", 1 "#e00000")
set title "Adatoms drawn by the model as the temperature falls (white: before any training); the surface is lighter where the energy is lower"
unset key
plot "$work/map.dat" using 1:2:3:3:3 with rgbimage, \
     "$work/atoms.dat" using 1:2:(\$3 > 5 ? 1/0 : \$3) with points pointtype 7 pointsize 0.9 linecolor palette
EOF
