# Results that runs and commands share in a store: found again, listed, exported, imported; several processes at once.
. "$(dirname "$0")/lib.sh"

if ! has_module ase.calculators.emt; then
    skip "stores of evaluations" "no ASE (python3-ase)"
    finish
fi
cp "$SOURCE/tests/data/calculators/"*.py .
# evaluate FILE OPTIONS [PARAMETERS [ARGUMENT...]]: by a calculator that counts, with the store a.store.
evaluate() {
    evaluate_in=$1 evaluate_options=$2 evaluate_more=${3:-}
    shift 2
    [ $# -eq 0 ] || shift
    godiff evaluate "$evaluate_in" --out out.extxyz \
        --potential "ase:python=$python,calculator=faults.py:Faulty,store=a.store,options={$evaluate_options}$evaluate_more" "$@"
}
calls() { [ "$(wc -l <calls.log)" -eq "$1" ]; }
count_is() { [ "$(grep -c "$1" "$2")" -eq "$3" ]; }
awk 'BEGIN { for (k = 0; k < 12; k++) {
    print 6; print "Lattice=\"8 0 0 0 8 0 0 0 20\" Properties=species:S:1:pos:R:3 pbc=\"T T F\" number=" k
    print "Pt 0 0 0"; print "Pt 2.77 0 0"; print "Cu 0 2.77 0"; print "Pt 2.77 2.77 0"
    print "Au 1.4 1.4 2.1"; print "Pt", 1.4 + 2.5 + k / 10, 1.4, 2.1 } }' >in.extxyz
godiff evaluate in.extxyz --potential emt --out built-in.extxyz
log='log: calls.log'

head -n 64 in.extxyz >eight.extxyz
evaluate eight.extxyz "$log"
check "what is not in the store is evaluated" calls 8
evaluate in.extxyz "$log"
check "then only what is new" calls 12
check "energies and forces are right" near out.extxyz built-in.extxyz
cp out.extxyz first.extxyz
evaluate in.extxyz "$log" ,workers=3,batch=2,timeout=9,retries=0
check "how it is evaluated does not matter" calls 12
check "the same bits come again" same out.extxyz first.extxyz
evaluate eight.extxyz "$log" ",version='2.0'"
check "another version is another potential" calls 20
godiff relax in.extxyz --potential "ase:python=$python,calculator=faults.py:Faulty,store=a.store,options={$log}" \
    --set steps=2 --out relaxed.extxyz
cp calls.log before.log
godiff relax in.extxyz --potential "ase:python=$python,calculator=faults.py:Faulty,store=a.store,options={$log}" \
    --set steps=2 --out again.extxyz
check "relax uses it too" same calls.log before.log
check "with the same bits" same relaxed.extxyz again.extxyz

# What is in it.
rm a.store
evaluate in.extxyz "$log"
evaluate in.extxyz 'marks: [30, 31]' ,retries=0
godiff store a.store
check "store lists a store" exited 0
check "with its potentials" count_is '^potential     ase .*faults.py:Faulty' stdout 2
check "how many results" count_is '^results       12$' stdout 2
check "and how many atoms" count_is '^atoms         6$' stdout 2
godiff store a.store --out exported.extxyz
check "structures are exported" exited 0
head -n 96 exported.extxyz >exported12.extxyz
check "with energies and forces, bit for bit" near exported12.extxyz first.extxyz 1e-15
godiff store a.store --out - | cmp -s - exported.extxyz
check "to standard output too" same stdout exported.extxyz
GODIFF_PYTHON=$python "$GODIFF" store a.store --out exported.db >stdout 2>stderr
$python -c 'from ase.db import connect; print(len(connect("exported.db")))' >rows
check "as a database of ASE" value_is "$(cat rows)" "$(grep -c Lattice exported.extxyz)"
GODIFF_PYTHON=$python "$GODIFF" convert exported.db back.extxyz >stdout 2>stderr
check "with energies and forces" near back.extxyz exported.extxyz

# Failures are there for who asks, until there is a result.
fail() {
    godiff evaluate in.extxyz --out out.extxyz \
        --potential "ase:python=$python,calculator=mine.py:make,version=3,store=a.store"
}
rm a.store
printf 'from faults import Raises\ndef make():\n    import os\n    return Raises(marks=[30, 31] if os.path.exists("broken") else [])\n' >mine.py
touch broken
fail
check "two structures fail" exited 1
godiff store a.store
check "failures are counted" count_is '^failed        2$' stdout 1
check "beside the results" count_is '^results       10$' stdout 1
godiff store a.store --failed --out failed.extxyz
check "they are exported" count_is 'reason="ArithmeticError: it did not converge' failed.extxyz 2
rm broken
fail
check "they are tried again" exited 0
godiff store a.store
check "what has a result has not failed" count_is '^failed' stdout 0
check "it is a result" count_is '^results       12$' stdout 1
godiff store a.store --failed --out failed.extxyz
check "no failure is exported" test ! -s failed.extxyz
godiff store a.store

# What was evaluated by which version of which script.
check "the potential is listed without the script" printed '^potential     ase \{"calculator":".*mine.py:make","forces":true,"options":\{\}\}$'
check "the script has its name, checksum and length" printed \
    "^script        mine.py, sha256 $(sha256sum mine.py | cut -c 1-16)\.\.\., 4 lines\$"
check "and the version is by itself" printed '^version       3$'
printf 'from faults import Faulty as make #' >open.py
rm a.store
for version in "" ",version=PBE"; do
    godiff evaluate eight.extxyz --out out.extxyz --potential "ase:python=$python,calculator=open.py:make,store=a.store$version"
done
godiff store a.store
check "also of a script without an end of the last line" count_is '^script        open.py, sha256 .*, 1 lines$' stdout 2
check "and with a version once" count_is '^version       PBE$' stdout 1

# From elsewhere.
rm a.store calls.log
godiff store a.store --import built-in.extxyz --potential "ase:python=$python,calculator=faults.py:Faulty,options={$log}"
check "results are imported" printed '^12 structures are in a.store$'
evaluate in.extxyz "$log"
check "and not evaluated" missing calls.log
check "they come back" near out.extxyz built-in.extxyz 1e-15
for odd in 'lr=0.1, [b=2.store' 'a "quoted" \ it'"'"'s.store'; do
    godiff store "$odd" --import built-in.extxyz --potential "ase:python=$python,calculator=faults.py:Faulty,options={$log}"
    check "results are imported into $odd" test "$code" -eq 0 -a -f "$odd"
done
godiff store a.store --import in.extxyz --potential "ase:python=$python,calculator=emt"
check "structures without results are refused" said 'in.extxyz: structure 1: it has no forces'
godiff store a.store --import built-in.extxyz --potential emt
check "a potential that keeps nothing is refused" exited 2
check "and it says why" said '^error: --potential emt: results of this potential are not kept in a store$'
godiff store a.store --import built-in.extxyz
check "import needs a potential" said '\-\-import and --potential go together'
godiff store in.extxyz
check "another file is refused" said 'in.extxyz: is no store of evaluations'
godiff store none.store
check "a missing one is not made" missing none.store

# Several processes at once: each result is there once.
rm -f a.store calls.log
for k in 1 2 3 4; do
    "$GODIFF" evaluate in.extxyz --out out$k.extxyz \
        --potential "ase:python=$python,calculator=faults.py:Faulty,store=a.store,batch=1,options={$log, sleep: 0.02}" &
done
wait
for k in 1 2 3 4; do check "process $k has all results" near out$k.extxyz built-in.extxyz; done
godiff store a.store
check "the store has each once" count_is '^results       12$' stdout 1
check "and one potential" count_is '^potential' stdout 1

mkdir folder
cp a.store folder/evaluations.store
godiff store a.store
mv stdout listed
godiff store folder
check "the folder of a run stands for its store" same stdout listed
rm folder/evaluations.store
godiff store folder --import built-in.extxyz --potential "ase:python=$python,calculator=faults.py:Faulty"
check "also when results are imported" printed '^12 structures are in folder/evaluations.store$'
godiff store folder
check "which it then has" count_is '^results       12$' stdout 1

# A store that is damaged in its middle.
cp a.store damaged.store
printf 'xxxx' | dd of=damaged.store bs=1 seek=$(($(wc -c <a.store) - 1000)) conv=notrunc 2>/dev/null
godiff store damaged.store
check "a damaged store is listed" exited 0
check "with a warning" said '^warning: damaged.store: damaged in 1 place; what was there is not listed'
check "and all results but one" count_is '^results       11$' stdout 1

# Runs: a second one with the same seed pays for nothing, a sweep shares.
sed "s|{emt: {}}|{ase: {calculator: faults.py:Faulty, python: $python, options: {log: calls.log}, store: runs.store}}|" "$here/tiny.yaml" >run.yaml
rm -f calls.log
godiff run run.yaml --out one --quiet
check "a run with a store ends with 0" exited 0
check "it keeps none of its own" missing one/evaluations.store
godiff store one
check "which is said" said '^error: one has no results of its own: '
cp calls.log before.log
godiff run run.yaml --out two --quiet
check "the same run again evaluates nothing" same calls.log before.log
check "and gives the same bits" same one/archive.extxyz two/archive.extxyz
godiff sweep run.yaml --seeds 0..1 --jobs 2 --out sweep --threads 1
check "a sweep shares it" exited 0
check "its seed 0 is paid for already" same one/archive.extxyz "$(find sweep -path '*0/archive.extxyz')"

# A term of a sum keeps its results like one alone: in the folder of the run, or in its store, where others find them.
sum_of() {
    sed "s|{emt: {}}|{sum: {first: {ase: {calculator: faults.py:Faulty, python: $python, options: {log: calls.log}$1}}, second: {emt: {}}}}|" \
        "$here/tiny.yaml"
}
sum_of '' >sum.yaml
godiff run sum.yaml --out sum --quiet
check "a run with a sum ends with 0" exited 0
godiff store sum
check "it keeps the results of the term" printed '^potential     ase .*faults.py:Faulty'
sum_of ', store: runs.store' >sum.yaml
godiff run sum.yaml --out summed --quiet
check "a run with a sum and a store ends with 0" exited 0
check "it keeps none of its own" missing summed/evaluations.store
check "the results are the same" same sum/archive.extxyz summed/archive.extxyz
cp calls.log before.log
godiff run sum.yaml --out again --quiet
check "the same run again evaluates nothing" same calls.log before.log
check "and gives the same bits" same again/archive.extxyz summed/archive.extxyz
finish
