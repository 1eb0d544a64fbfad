#!/bin/sh
# Draws what bench_growth prints: nanoseconds per edge and bytes per atom against the number of atoms.
#
#   build/bench/bench_growth >growth.txt; bench/growth.sh growth.txt PICTURE.png
set -eu
[ $# -eq 2 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
gnuplot <<PLOT
set terminal pngcairo size 1000,420 font "sans,11"
set output "$2"
set multiplot layout 1,2
set logscale x
set xlabel "atoms"
set key bottom right
set xrange [80:30000]
set yrange [0:*]
set ylabel "ns per edge, optimisation step"
row(kind, threads) = sprintf("< awk '\$1 == \"%s\" && \$4 == %d' $1", kind, threads)
plot row("slab", 1) using 2:7 with linespoints title "slab, 1 thread", row("slab", 2) using 2:7 with linespoints title "slab, 2 threads", \\
     row("cluster", 1) using 2:7 with linespoints title "cluster, 1 thread", row("cluster", 2) using 2:7 with linespoints title "cluster, 2 threads"
set ylabel "kB per atom"
set key bottom right
plot row("slab", 1) using 2:(\$9 / 1000) with linespoints title "slab", row("cluster", 1) using 2:(\$9 / 1000) with linespoints title "cluster"
PLOT
