# sh bench/workers.sh GODIFF PYTHON [COUNT [ROUNDS]]: milliseconds per evaluation of 79 atoms that worker processes and
# clients of i-PI add, with calculators that do nothing; against a potential of the program. Reading and writing of the
# structures is part of all. COUNT structures less one are what is timed, so that nothing that happens once counts.
set -eu
godiff=$(realpath "$1") python=$2 count=${3-3200} rounds=${4-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >null.py <<'EOF'
import os
import sys
import time

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.socketio import SocketClient
from ase.io import read


class One(Calculator):
    implemented_properties = ["energy", "forces"]

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results = {"energy": 0.0, "forces": np.zeros((len(atoms), 3))}


class Many:
    def evaluate_many(self, structures):
        return [(0.0, np.zeros((len(atoms), 3))) for atoms in structures]


if __name__ == "__main__":
    atoms = read("one.extxyz")
    atoms.calc = One()
    while not os.path.exists("/tmp/ipi_" + sys.argv[1]):
        time.sleep(0.01)
    SocketClient(unixsocket=sys.argv[1]).run(atoms, use_stress=False)
EOF
awk -v count="$count" 'BEGIN { for (k = 0; k < count; k++) { print 79
    print "Lattice=\"16.6 0 0 8.3 14.4 0 0 0 20\" Properties=species:S:1:pos:R:3 pbc=\"T T F\""
    for (i = 0; i < 79; i++) print "Pt", 2.77 * (i % 6), 2.77 * (int(i / 6) % 6), 5 + 2.4 * int(i / 36) + k * 1e-5 } }' >all.extxyz
head -n 81 all.extxyz >one.extxyz
cat >evaluate.sh <<'EOF'
case "$2" in
ipi*) "$3" null.py "${2#ipi:address=}" & ;;
esac
"$1" evaluate "$4" --potential "$2" --threads 1 --out out.extxyz || echo failed
wait
EOF

# seconds POTENTIAL FILE: of the clock and of the processors, for all processes together.
seconds() {
    begin=$(date +%s.%N)
    sh -c ". ./evaluate.sh; times" "$godiff" "$godiff" "$1" "$python" "$2" >times
    echo "$begin $(date +%s.%N) $(tr 'ms\n' '   ' <times)"
}
# each NAME POTENTIAL: the least and the median of the rounds.
each() {
    for round in $(seq "$rounds"); do
        echo "$(seconds "$2" all.extxyz) $(seconds "$2" one.extxyz)"
    done | awk -v n="$((count - 1))" '
        /failed/ { exit 1 }
        function cpu(k) { return 60 * ($k + $(k + 2) + $(k + 4) + $(k + 6)) + $(k + 1) + $(k + 3) + $(k + 5) + $(k + 7) }
        { print 1000 * ($2 - $1 - $12 + $11) / n, 1000 * (cpu(3) - cpu(13)) / n }' >rounds
    for column in 1 2; do
        sort -n -k $column,$column rounds | awk -v name="$1" -v column=$column '{ value[NR] = $column }
            END { if (column == 1) printf "%-28s clock", name; else printf ", processors"
                  printf " %.3f ms (median %.3f)", value[1], value[int((NR + 1) / 2)] }'
    done
    echo
}
each "emt, built in" emt
for how in One Many; do
    for batch in 1 32; do
        each "$how, batches of $batch" "ase:python=$python,calculator=null.py:$how,batch=$batch"
    done
done
each "a client of i-PI (ASE)" "ipi:address=bench-$$"
