# The annealing curves, from the output of bench_curves:
#   gnuplot -e "data='curves.dat'; out='docs/figures/curves.svg'" docs/figures/curves.gp
set terminal svg size 760,420 font "sans-serif,14" background "white"
set output out
set logscale y
set xlabel "iteration"
set ylabel "temperature (eV)"
set xrange [-0.3:19.3]
set yrange [0.015:6.5]
set format y "%g"
set key outside right center
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
set colorsequence classic
names = "exponential linear cosine hold constant adaptive variance"
colours = "#1f4e9c #d08a00 #2e8b57 #b03060 #888888 #000000 #8a5fbf"
plot for [c = 1:words(names)] data using "iteration":word(names, c) with linespoints lw 2 pt 7 ps 0.45 \
    lc rgb word(colours, c) title word(names, c)
