# The examples, as someone who has godiff installed and no source tree tries them: what each README says is run.
. "$(dirname "$0")/lib.sh"
. "$SOURCE/tests/run/page.sh"

stage "$work/prefix"
for readme in "$SOURCE"/examples/*/README.md; do
    folder=$(basename "$(dirname "$readme")")
    cp -r "$(dirname "$readme")" "$work/$folder"
    cd "$work/$folder" || exit 1
    page "$readme"
done

# distinct: structures that are evaluated twice are in the archive twice, and all of them are found.
cd "$work/plugin-stage" || exit 1
for so in ./distinct.so build/distinct.so; do
    check "plugin-stage: $so was built" test -s $so
done
sed -e '0,/- evaluate: {}/s//&\n  - {evaluate: {}, id: again}/' -e 's/- distinct: {.*}/- distinct: {}/' -e '/- loop:/,$d' \
    pipeline.yaml >twice.yaml
godiff run twice.yaml --plugin build/distinct.so --out twice
check "distinct: a run of the other build ends with 0" exited 0
check "distinct: what was evaluated twice is dropped" value_is "$(json --lines twice/metrics.jsonl dropped 2>/dev/null | head -n 1)" 200
check "distinct: what is left is left" value_is "$(json --lines twice/metrics.jsonl dropped 2>/dev/null | tail -n 1)" 0
check "distinct: every structure is kept once" value_is "$(grep -c Lattice twice/archive.extxyz)" 200
godiff check pipeline.yaml
check "distinct: without the plugin its stage is unknown" said 'unknown step "distinct"'
check "distinct: without the plugin nothing runs" exited 2

# mie: known energies, and forces that are the slopes of the energy.
cd "$work/plugin-potential" || exit 1
energies() { grep -o 'energy=[^ ]*' | cut -d= -f2; }
known() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a - b < 1e-6 && b - a < 1e-6) }'; }
for so in ./mie.so build/mie.so; do
    godiff evaluate minima.extxyz --potential mie --plugin $so
    check "mie: 13 atoms have the known energy by $so" known "$(energies <"$work/stdout" | sed -n 1p)" -44.326801
    check "mie: 7 atoms have the known energy by $so" known "$(energies <"$work/stdout" | sed -n 2p)" -16.505384
done
# Five atoms, the first of them moved along x by nothing, forwards and backwards.
for shift in 0 0.0001 -0.0001; do
    printf '5\nProperties=species:S:1:pos:R:3 pbc="F F F"\nAr %s 0 0\nAr 1.1 0.1 0\nAr 0.2 0.9 0.3\nNe 0.7 0.8 1.1\nNe -0.4 0.3 0.8\n' $shift
done >five.extxyz
godiff evaluate five.extxyz --potential mie:n=7,m=3,epsilon=0.02,sigma=0.9 --plugin ./mie.so
check "mie: the force is the slope of the energy" awk '
    /energy=/ { match($0, /energy=[^ ]*/); e[++n] = substr($0, RSTART + 7, RLENGTH - 7) }
    n == 1 && $1 == "Ar" && !f { f = $5 }
    END { slope = (e[3] - e[2]) / 0.0002; exit !(n == 3 && f != 0 && f - slope < 1e-6 && slope - f < 1e-6) }' "$work/stdout"

# The schema knows them.
for folder in plugin-stage plugin-potential; do
    name=$(basename "$work/$folder"/*.so .so)
    godiff schema --plugin "$work/$folder/$name.so"
    check "$folder: the schema has $name" printed "\"$name\":"
done

finish
