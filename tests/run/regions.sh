# Systems in regions, without a template and in periodic cells: through every stage that moves atoms, none leaves.
. "$(dirname "$0")/lib.sh"

# run_in NAME SYSTEM: runs a pipeline with this system into the folder NAME.
run_in() {
    cat >"$1.yaml" <<END
godiff: 1
name: regions
seed: 0
system: $2
potential: {emt: {}}
noise: {ve: {schedule: linear, min: 0.01, max: 1.0}}
model: {painn: {features: 8, blocks: 1, radial: 5, cutoff: 3.0}}
steps:
  - seed: {count: 8, from: uniform}
  - evaluate: {clash: 0.1}
  - relax: {steps: 20, clash: 0.1, keep: all}
  - loop:
      times: 2
      steps:
        - anneal: {curve: exponential, from: 5.0, to: 0.02}
        - reweight: {size: 4}
        - train: {steps: 3, batch: 2, rate: 1.0e-4}
        - sample: {count: 8, steps: 10}
        - evaluate: {clash: 0.1}
        - perturb: {move: {rattle: {amplitude: 2}}}
        - relax: {steps: 20, clash: 0.1, keep: all}
END
    godiff run "$1.yaml" --quiet --out "$1"
}

# farthest FILE EXPRESSION: the largest value that it has of x, y and z of a Cu atom.
farthest() { awk 'function abs(a) { return a < 0 ? -a : a } function max(a, b) { return a > b ? a : b } $1 == "Cu" { x = $2; y = $3; z = $4; v = '"$2"'; if (n++ == 0 || v > most) most = v } END { print (n > 99 ? most : "few atoms") }' "$1"; }
within() { awk -v value="$(farthest "$1" "$2")" -v most="$3" 'BEGIN { exit !(value <= most + 1e-9 && value > most - 0.6) }'; }

run_in sphere '{add: Cu4, region: {sphere: {radius: 2.5}}}'
check "a sphere needs no template" exited 0
check "its box is around it" grep -q 'Lattice="15 0 0 0 15 0 0 0 15" pbc="F F F"' sphere/archive.extxyz
check "no atom leaves the sphere" within sphere/archive.extxyz 'sqrt((x-7.5)^2+(y-7.5)^2+(z-7.5)^2)' 2.5

run_in union '{add: Cu5, region: {union: {first: {cylinder: {radius: 1.5, length: 8, axis: x}}, second: {box: {lengths: [2, 5, 6]}}}}}'
check "a union can be searched" exited 0
check "no atom leaves the union" within union/archive.extxyz \
    'max(abs(x-9)-4, sqrt((y-7.5)^2+(z-8)^2)-1.5) < max(max(abs(x-9)-1, abs(y-7.5)-2.5), abs(z-8)-3) ? max(abs(x-9)-4, sqrt((y-7.5)^2+(z-8)^2)-1.5) : max(max(abs(x-9)-1, abs(y-7.5)-2.5), abs(z-8)-3)' 0

slab='template: {build: fcc111, symbol: Pt, size: [3, 3, 2], vacuum: 6}, add: Cu3'
run_in dome "{$slab, region: {sphere: {radius: 3, from: surface, centre: [0, 0, 2.5]}}}"
check "a sphere on a slab can be searched" exited 0
middle=$(awk -F'"' 'NR == 2 { split($2, a, " "); printf "(x-%.10f)^2+(y-%.10f)^2", (a[1] + a[4] + a[7]) / 2, (a[2] + a[5] + a[8]) / 2 }' dome/archive.extxyz)
top=$(awk '$1 == "Pt" && $4 > top { top = $4 } END { print top }' dome/archive.extxyz)
check "no atom leaves the sphere on the slab" within dome/archive.extxyz "sqrt($middle+(z-$top-2.5)^2)" 3

# A window is the same in either place.
run_in window "{$slab, window: {above: [0.5, 3]}}"
run_in region "{$slab, region: {window: {above: [0.5, 3]}}}"
check "a window given as a region makes the same run" same window/archive.extxyz region/archive.extxyz
run_in both "{$slab, region: {union: {first: {window: {above: [0.5, 3]}}, second: {window: {between: [1, 5]}}}}}"
check "windows above and below can be searched" exited 0

# A crystal: everything periodic, atoms anywhere.
run_in bulk '{add: Cu4, template: {build: box, lengths: [3.6, 3.6, 3.6], periodic: [true, true, true]}}'
check "a periodic cell can be searched" exited 0
check "its atoms are in the cell" within bulk/archive.extxyz 'x > y ? x > z ? x : z : y > z ? y : z' 3.6

# The energy of the atoms falls outside of a place that is too small for them: the relaxed ones are held at its walls.
held='minima: in the lowest relaxed structure, . of 4 mobile atoms are held at a wall by up to [0-9.]+ eV/Å: it is no minimum, and lower energies are outside of the'
check "nothing is said of places that are large enough" lacks 'held at a wall' sphere/log.txt
run_in tight '{add: Cu4, region: {sphere: {radius: 1.2}}}'
check "a run says when its region is too small" said "^warning: $held region; make it larger"
run_in flat "{template: {build: fcc111, symbol: Pt, size: [3, 3, 2], vacuum: 6}, add: Cu4, window: {above: [3.5, 4.5]}}"
check "and when its window is" said "^warning: $held window; make it larger"

# What is said of systems that cannot be.
refused() { godiff check sphere.yaml --set "system=$1" && false; said "$2"; }
check "neither template nor region" refused '{add: Cu4}' 'system.*template: is required, unless a region is given'
check "window and region" refused "{$slab, window: {above: [1, 2]}, region: {sphere: {radius: 2}}}" 'region: give a window or a region, not both'
check "a window without a template" refused '{add: Cu4, region: {window: {between: [1, 2]}}}' 'region.window: a window needs a template'

finish
