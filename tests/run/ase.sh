# Calculators of ASE in worker processes: the energies of ASE, and what happens when they go wrong.
. "$(dirname "$0")/lib.sh"

if ! has_module ase.calculators.emt; then
    skip "calculators of ASE" "no ASE (python3-ase)"
    finish
fi
cp -R "$SOURCE/tests/data/calculators/"*.py "$SOURCE/tests/data/calculators/mace" .

# evaluate OPTIONS [ARGUMENT...]: in.extxyz with these parameters of the potential.
evaluate() {
    evaluate_options=$1
    shift
    godiff evaluate in.extxyz --potential "ase:python=$python,$evaluate_options" --out out.extxyz "$@"
}
count_is() { [ "$(grep -c "$1" "$2")" -eq "$3" ]; }

# Twelve dimers on a slab, 2.5, 2.6, ... 3.6 Å apart: their marks are 25 to 36.
awk 'BEGIN { for (k = 0; k < 12; k++) {
    print 6; print "Lattice=\"8 0 0 0 8 0 0 0 20\" Properties=species:S:1:pos:R:3 pbc=\"T T F\" number=" k
    print "Pt 0 0 0"; print "Pt 2.77 0 0"; print "Cu 0 2.77 0"; print "Pt 2.77 2.77 0"
    print "Au 1.4 1.4 2.1"; print "Pt", 1.4 + 2.5 + k / 10, 1.4, 2.1 } }' >in.extxyz
godiff evaluate in.extxyz --potential emt --out built-in.extxyz

# What it gives.
evaluate calculator=emt
check "ASE's EMT ends with 0" exited 0
check "ASE's EMT and the built-in one agree" near out.extxyz built-in.extxyz
check "and nothing is said" silent stderr
cp out.extxyz one.extxyz
for how in workers=3 batch=1 workers=2,batch=5 threads=2; do
    evaluate calculator=emt,$how
    check "the same bits with $how" same out.extxyz one.extxyz
done
evaluate "calculator=ase.calculators.emt:EMT,options={asap_cutoff: true}"
check "options reach the calculator" differ out.extxyz one.extxyz
evaluate calculator=faults.py:Many
check "a function that takes many structures at once" near out.extxyz built-in.extxyz
evaluate "calculator=faults.py:Many,batch=4,workers=2,options={log: many.log}"
check "it gets no more than asked for" value_is "$(sort -nr many.log | head -n 1)" 4
check "and all of them" value_is "$(awk '{ n += $1 } END { print n }' many.log)" 12

# One structure that goes wrong: 30, which is the sixth. The others do not notice.
# fault NAME OPTIONS REGEX: it fails, and what is said.
fault() {
    evaluate "calculator=faults.py:$1,$2"
    check "$1: ends with 1" exited 1
    check "$1: what is said" said "^error: in.extxyz: structure 6: $3"
    check "$1: the others have energies" count_is ' energy=' out.extxyz 11
    check "$1: the structure is there without" count_is 'number=5' out.extxyz 1
}
marks='options={marks: [30]}'
fault Raises "$marks" 'ArithmeticError: it did not converge \(faults.py:[0-9]+\)$'
fault Raises "$marks,workers=2" 'ArithmeticError: it did not converge'
fault Exits "$marks" 'SystemExit: no more'
fault Nan "$marks" 'ase: the energy is not finite$'
fault WrongShape "$marks" 'ValueError: the forces have the shape \(5, 3\), not \(6, 3\)$'
fault Killed "$marks,retries=0" 'the worker was killed by signal 9 \(Killed\): the last thing it said$'
fault Killed "$marks,workers=2" 'the worker was killed by signal 9'
fault Hangs "$marks,timeout=2,retries=0" 'the worker took longer than 2 s \(timeout\)$'
fault ForksAndStays "$marks,retries=0" 'the worker was killed by signal 9'
fault Many "options={marks: [30]}" 'ArithmeticError: it did not converge$'
fault Many "options={killed: [30]}" 'the worker was killed by signal 9'

# fine NAME OPTIONS: nothing is wrong in the end.
fine() {
    evaluate "calculator=faults.py:$1,$2"
    check "$1: ends with 0" exited 0
    check "$1: all energies" near out.extxyz built-in.extxyz
}
fine Prints "$marks"
fine Forks "$marks"
fine KilledOnce "options={marks: [30], flag: flag}"
rm -f flag
evaluate "calculator=faults.py:KilledOnce,options={marks: [30], flag: flag, log: log}"
check "who had what was evaluated before a worker died is not asked again" value_is "$(sort log | uniq -d | cut -d' ' -f1)" 30

# MACE by its short name, with a model that is made here.
$python - >mace.log <<'END'
from ase.io import read, write
from ase.calculators.singlepoint import SinglePointCalculator
from mace.calculators import mace_mp, make_model
make_model("small.npz")
structures = read("in.extxyz", ":")
for atoms in structures:
    calculator = mace_mp(model="small.npz", default_dtype="float64")
    energy, forces = calculator.get_potential_energy(atoms), calculator.get_forces(atoms)
    atoms.calc = SinglePointCalculator(atoms, energy=energy, forces=forces)
write("mace.extxyz", structures)
END
evaluate 'calculator=mace,options={model: small.npz}'
check "MACE by its short name ends with 0" exited 0
check "its energies and forces are those of ASE in double precision" near out.extxyz mace.extxyz
check "what it prints disturbs nothing" silent stderr
cp out.extxyz one.extxyz
evaluate 'calculator=mace,workers=2,batch=5,options={model: small.npz, device: cpu}'
check "the same bits with two workers" same out.extxyz one.extxyz
evaluate 'calculator=mace,options={model: small.npz, default_dtype: float32}'
check "its options can be given: single precision" near out.extxyz mace.extxyz 1e-4
check "which is another" differ out.extxyz one.extxyz
rm out.extxyz

# Workers that never get ready.
# never OPTIONS REGEX
never() {
    evaluate "$1"
    check "no worker: $1: ends with 1" exited 1
    check "no worker: $1: what is said" said "^error: ase: $2"
    check "no worker: $1: nothing is written" missing out.extxyz
    rm -f out.extxyz
}
rm -f out.extxyz
never calculator=dies.py:make 'the worker ended with status 3: the library has no memory$'
never calculator=faults.py:refuses 'RuntimeError: no licence \(faults.py:[0-9]+\)$'
never calculator=faults.py:nothing 'TypeError: .*gave NoneType, which is no calculator'
never calculator=faults.py:none "AttributeError: module 'faults' has no attribute 'none'"
never calculator=no_such_module:X "ModuleNotFoundError: No module named 'no_such_module'"
never 'calculator=mace,options={model: small}' 'RuntimeError: Model download failed and no local model found'
never 'calculator=mace,options={model: small.npz, device: cuda}' "RuntimeError: Invalid device string: 'cuda'"
never calculator=unknown 'ValueError: no calculator is called "unknown"; there are emt, lj,'
never 'calculator=faults.py:nothing,options={colour: red}' 'TypeError:.*colour'
godiff evaluate in.extxyz --potential ase:calculator=emt,python=none/python
check "an interpreter that is missing ends with 2" exited 2
check "it is named" said 'none/python: No such file or directory'
godiff evaluate in.extxyz --potential ase:calculator=emt,python=no-such-python
check "one that is not on the path ends with 1" exited 1
check "it is named, with what to do" said '^error: ase: no-such-python cannot be started: No such file or directory'
printf 'raise ImportError("hidden")\n' >ase.py
printf '#!/bin/sh\nPYTHONPATH=%s exec %s -S "$@"\n' "$PWD" $python >bare
chmod +x bare
godiff evaluate in.extxyz --potential ase:calculator=emt,python=./bare
check "an interpreter without ASE is told how to get it" said 'has no ASE: install it \(pip install ase\), or name an'
rm ase.py
evaluate calculator=none.py:make
check "a file that is missing ends with 2" exited 2
check "it is named" said 'none.py: No such file or directory'
env GODIFF_DATA=. "$GODIFF" evaluate in.extxyz --potential ase:calculator=emt >stdout 2>stderr
check "a worker that is not installed is reported" said 'ase_worker.py is missing beside the program'

# What a check sees of names, without running code.
# doubt CALCULATOR REGEX: the warning; "": none.
doubt() {
    sed "s|{emt: {}}|{ase: {calculator: \"$1\", python: $python}}|" "$here/tiny.yaml" >doubt.yaml
    godiff check doubt.yaml
    check "check of $1 ends with 0" exited 0
    if [ -n "$2" ]; then
        check "check of $1 warns" said "^doubt.yaml:8:[0-9]+: warning: potential.ase.calculator: $2"
    else
        check "check of $1 says nothing" silent stderr
    fi
}
printf 'raise RuntimeError("it was run")\ndef make(): pass\n' >never.py
printf 'def make(:\n' >broken.py
doubt emt ''
doubt ase.calculators.emt:EMT ''
doubt never.py:make ''
doubt faults.py:Raises ''
doubt etm 'no calculator is called "etm", did you mean "emt"\?'
doubt never.py:makes 'never.py has no "makes", did you mean "make"\?'
doubt broken.py:make 'broken.py, line 1: '
doubt no_such_module.part:X 'the package no_such_module is not there \(.*; another Python is chosen by python: PATH\)'
sed "s|{emt: {}}|{sum: {first: emt, second: {ase: {calculator: etm, python: $python}}}}|" "$here/tiny.yaml" >doubt.yaml
godiff check doubt.yaml
check "so is a term of a sum" said '^doubt.yaml:8:[0-9]+: warning: potential.sum.second.ase.calculator: no calculator is called "etm"'
sed 's|{emt: {}}|{ase: {calculator: etm, python: no-such-python}}|' "$here/tiny.yaml" >doubt.yaml
godiff check doubt.yaml
check "a Python that is not there is named" said '^doubt.yaml:8:[0-9]+: warning: potential.ase.python: no-such-python cannot be started: No such file or directory'
check "and is no problem: it may be there where it runs" exited 0
sed 's|{emt: {}}|{ase: {calculator: emt, python: ./bare}}|' "$here/tiny.yaml" >doubt.yaml
godiff check doubt.yaml
check "a Python without ASE is named" said '^doubt.yaml:8:[0-9]+: warning: potential.ase.calculator: there is no ASE \('
# Nothing is left behind, also when the program is killed in the middle.
mkfifo pipe
"$GODIFF" evaluate in.extxyz --potential "ase:python=$python,calculator=faults.py:Hangs,options={marks: [25], log: hang.log}" >stdout 2>stderr &
pid=$!
while [ ! -s hang.log ]; do sleep 0.05; done
workers=$(ps -o pid= --ppid $pid)
kill -KILL $pid
wait $pid 2>/dev/null
gone() {
    for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        kill -0 $1 2>/dev/null || return 0
        sleep 0.1
    done
    return 1
}
check "there was a worker" test -n "$workers"
check "workers end with a program that was killed" gone $workers

# In a run, and in relaxations.
sed "s|{emt: {}}|{ase: {calculator: emt, python: $python, workers: 2}}|" "$here/tiny.yaml" >ase.yaml
godiff run ase.yaml --out run --quiet
check "a run ends with 0" exited 0
check "it has its minima" test -s run/minima.extxyz
godiff evaluate run/archive.extxyz --potential emt --out again.extxyz
check "its energies and forces are those of the built-in potential" near run/archive.extxyz again.extxyz
godiff run ase.yaml --out run1 --quiet --set potential.ase.workers=1 --set potential.ase.batch=1
check "the same bits with one worker" same run/archive.extxyz run1/archive.extxyz
godiff run run/pipeline.yaml --out run2 --quiet
check "pipeline.yaml runs again" same run/archive.extxyz run2/archive.extxyz
godiff relax in.extxyz --potential "ase:python=$python,calculator=emt" --set steps=5 --out relaxed.extxyz
godiff relax in.extxyz --potential emt --set steps=5 --out relaxed-built-in.extxyz
check "relaxations go the same way" near relaxed.extxyz relaxed-built-in.extxyz

sed "s|calculator: emt|calculator: mace, options: {model: $PWD/small.npz}|" ase.yaml >mace.yaml
godiff doctor mace.yaml
check "MACE is as it should be" exited 0
check "the doctor says by what it was evaluated" printed '^by +[A-Za-z]+ with ASE [0-9.]+.*, Python [0-9.]+.* \(/.*\)$'
godiff run mace.yaml --out mace-run --quiet
check "a run with MACE ends with 0" exited 0
godiff evaluate mace-run/archive.extxyz --potential "ase:python=$python,calculator=mace,options={model: small.npz}" --out again.extxyz
check "its energies and forces are those of MACE" near mace-run/archive.extxyz again.extxyz

# Failures in a run: rejected, kept aside, and too many of them.
sed "s|calculator: emt|calculator: faults.py:Raises, options: {marks: [MARKS]}|" ase.yaml >raises.yaml
all=$(seq -s, 0 90)
sed "s|MARKS|$all|" raises.yaml >all.yaml
godiff run all.yaml --out all --quiet --set evaluate*.failures=4
check "a potential that fails on all ends the run with 1" exited 1
check "it says so" said 'failed on [4-6] structures in a row.*it did not converge.*failed.extxyz'
check "what failed is there" test "$(grep -c 'reason="ArithmeticError' all/failed.extxyz)" -ge 4
cat >moody.py <<END
import os
from ase.calculators.emt import EMT
class Moody(EMT):
    def calculate(self, *arguments, **more):
        if os.path.exists("$work/mood"):
            raise ArithmeticError("in a mood")
        super().calculate(*arguments, **more)
END
sed "s|calculator: emt|calculator: moody.py:Moody|" ase.yaml >moody.yaml
touch mood
godiff run moody.yaml --out moody --quiet --set evaluate*.failures=4
check "a potential in a mood stops the run" test -s moody/failed.extxyz
rm mood
godiff run moody.yaml --out moody --quiet --set evaluate*.failures=4 --resume
check "later it goes on" exited 0
check "and what was overcome is not among what has failed" missing moody/failed.extxyz
echo '# edited' >>moody.py
godiff run moody.yaml --out moody --quiet --set evaluate*.failures=4 --resume --extend loop.times=3
check "with an edited script it goes on" exited 0
check "and warns" said '^warning: potential\.calculator: the file .*/moody\.py is not what it was when this run was started last'

godiff run all.yaml --out stop --quiet --set evaluate.on_failure=stop
check "on_failure: stop stops at once" said 'structure [1-6]: ArithmeticError: it did not converge'

# Every result is kept as it comes: a run that is killed again and again, in the middle of batches and relaxations, gives
# the same bits, and nothing is evaluated twice but what was in hand. The calculator counts.
sed "s|calculator: emt|calculator: faults.py:Faulty, options: {log: LOG, sleep: 0.02}|; s|^steps:|minima: {count: 3, steps: 8}\n&|" ase.yaml >slow.yaml
sed 's|LOG|whole.log|' slow.yaml >whole.yaml
godiff run whole.yaml --out whole --quiet
check "a run with a slow calculator ends with 0" exited 0
check "nothing is evaluated twice" value_is "$(sort whole.log | uniq -d | wc -l)" 0
check "all evaluations are seen by the calculator, but those of the starts of relaxations" value_is "$(wc -l <whole.log)" \
    "$(($(json whole/summary.json evaluations) + $(json whole/summary.json relaxation evaluations) - 3))"
sed 's|LOG|killed.log|' slow.yaml >killed.yaml
: >killed.log
kills=0 resume=
for more in 2 4 3 7 1 9 5 6 2 11; do
    until=$(($(wc -l <killed.log) + more))
    "$GODIFF" run killed.yaml --out killed --quiet $resume >stdout 2>stderr &
    pid=$!
    resume=--resume
    while [ "$(wc -l <killed.log)" -lt $until ] && kill -0 $pid 2>/dev/null; do sleep 0.01; done
    kill -KILL $pid 2>/dev/null && kills=$((kills + 1))
    wait $pid 2>/dev/null
done
godiff run killed.yaml --out killed --quiet --resume
check "a run that was killed $kills times ends with 0" exited 0
check "it was killed often" test $kills -ge 6
check "it gives the same archive" same whole/archive.extxyz killed/archive.extxyz
check "it gives the same minima" same whole/minima.extxyz killed/minima.extxyz
check "it has evaluated the same" value_is "$(sort -u killed.log | wc -l)" "$(wc -l <whole.log)"
check "it has repeated only what was in hand" test "$(($(wc -l <killed.log) - $(sort -u killed.log | wc -l)))" -le $((2 * kills))

# An interrupt waits for the structures in hand alone, and the run continues.
sed 's|LOG|interrupted.log|; s|sleep: 0.02|sleep: 0.5|' slow.yaml >interrupted.yaml
: >interrupted.log
"$GODIFF" run interrupted.yaml --out interrupted --quiet >stdout 2>stderr &
pid=$!
while [ ! -s interrupted.log ]; do sleep 0.05; done
kill -INT $pid
wait $pid
code=$?
check "an interrupt in the middle of a batch ends with 130" exited 130
check "the rest of the batch was not evaluated" test "$(wc -l <interrupted.log)" -le 4

# Energies alone.
sed "s|calculator: emt|calculator: faults.py:Energies, forces: false|" ase.yaml >energies.yaml
godiff run energies.yaml --out energies --quiet
check "a run with energies alone ends with 0" exited 0
check "its structures have energies" count_is ' energy=' energies/archive.extxyz "$(json energies/summary.json evaluations)"
check "and no forces" count_is forces energies/archive.extxyz 0
godiff run energies.yaml --out energies --quiet --resume
check "it can be resumed" exited 0
evaluate calculator=faults.py:Energies
check "forces that are missing are said to be" said 'forces: false is for calculators that only have energies$'
sed "s|  - evaluate: {}|  - relax: {}|" energies.yaml >relax.yaml
godiff check relax.yaml
check "relaxations with energies alone are refused" said 'relax: the potential has energies alone, and forces are needed here'
finish
