# sh bench/workers.sh GODIFF PYTHON [COUNT]: seconds per evaluation that worker processes add, for 79 atoms: with a
# calculator that does nothing, one structure at a time and many at once, against a potential of the program.
set -eu
godiff=$(realpath "$1") python=$2 count=${3-3200}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >null.py <<'EOF'
import numpy as np
from ase.calculators.calculator import Calculator, all_changes


class One(Calculator):
    implemented_properties = ["energy", "forces"]

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results = {"energy": 0.0, "forces": np.zeros((len(atoms), 3))}


class Many:
    def evaluate_many(self, structures):
        return [(0.0, np.zeros((len(atoms), 3))) for atoms in structures]
EOF
awk -v count="$count" 'BEGIN { for (k = 0; k < count; k++) { print 79
    print "Lattice=\"16.6 0 0 8.3 14.4 0 0 0 20\" Properties=species:S:1:pos:R:3 pbc=\"T T F\""
    for (i = 0; i < 79; i++) print "Pt", 2.77 * (i % 6), 2.77 * (int(i / 6) % 6), 5 + 2.4 * int(i / 36) + k * 1e-5 } }' >all.extxyz
head -n $((count / 2 * 81)) all.extxyz >half.extxyz

# seconds POTENTIAL FILE: the shortest of three runs.
seconds() {
    for run in 1 2 3; do
        begin=$(date +%s.%N)
        "$godiff" evaluate "$2" --potential "$1" --threads 1 --out out.extxyz || echo failed
        echo "$begin $(date +%s.%N)"
    done | awk '/failed/ { exit 1 } { t = $2 - $1; if (!best || t < best) best = t } END { print best }'
}
# each POTENTIAL: milliseconds for each structure, without what happens once.
each() {
    all=$(seconds "$1" all.extxyz)
    half=$(seconds "$1" half.extxyz)
    awk -v a="$all" -v h="$half" -v n="$((count - count / 2))" 'BEGIN { printf "%.3f\n", 1000 * (a - h) / n }'
}
none=$(each emt)
echo "emt, built in, with reading and writing: $none ms"
for how in One Many; do
    for batch in 1 32; do
        echo "$how, batches of $batch: $(each "ase:python=$python,calculator=null.py:$how,batch=$batch") ms"
    done
done
