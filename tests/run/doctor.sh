# godiff doctor: what it says of potentials that are as they should be, and of others.
. "$(dirname "$0")/lib.sh"

cp "$here/tiny.yaml" .
godiff doctor tiny.yaml
check "a potential that is as it should be ends with 0" exited 0
check "it says nothing else" silent stderr
for what in potential structure energy time memory repetition rotation permutation forces; do
    check "it prints: $what" printed "^$what  *[^ ]"
done
check "it says how many evaluations the pipeline has" printed '^pipeline  +18 evaluations'
check "memory is that of a run alone" printed '^memory +[0-9]+ MB for a run on the CPU; [0-9]+ MB are available$'
for model in "tiny.yaml --set model.painn.heads=[conditioned_score]" "$SOURCE/pipelines/samplers/nem-adatom.yaml"; do
    # shellcheck disable=SC2086 # words
    godiff doctor $model
    check "memory is known without the head score: ${model##*/}" \
        printed '^memory +[0-9]+ MB for a run on the CPU; [0-9]+ MB are available$'
done
godiff doctor tiny.yaml --out structure.extxyz
check "the structure is written" value_is "$(head -n 1 structure.extxyz)" 10
check "without an energy" lacks 'energy=|forces' structure.extxyz
godiff evaluate structure.extxyz --potential emt
check "it can be evaluated" exited 0
godiff doctor tiny.yaml --set 'potential={lj: {cutoff: 3}}'
check "a potential with a jump at its cutoff is still as it should be elsewhere" printed '^rotation +energy differs by'
godiff doctor "$SOURCE/pipelines/samplers/idem-gmm40.yaml"
check "an energy that depends on places in space is not turned" exited 0
check "it says so" printed '^rotation +not compared: the energy depends on where the atoms are in space$'
godiff doctor tiny.yaml --set potential.emt=5
check "a pipeline with problems ends with 2" exited 2

# What a pipeline will take.
mkdir temporary
TMPDIR=$PWD/temporary godiff plan tiny.yaml
check "plan: times of less than 10 s are no zeros" lacks ' 0s ' stdout
check "plan ends with 0" exited 0
check "it prints every step" value_is "$(grep -cE '^(seed|evaluate|anneal|reweight|train|sample|evaluate-2|minima) ' stdout)" 8
check "network calls are those of all structures" printed '^network calls 90$'
check "with the number of its executions" printed '^evaluate-2 +2 .* 12$'
for what in time evaluations 'network calls' disk memory; do check "it prints: $what" printed "^$what  *[0-9]"; done
check "nothing is left behind" value_is "$(ls temporary)" ""
sed 's/name: tiny/name: inner/; s/add: Pt2/add: Pt/' tiny.yaml >inner.yaml
sed 's/^steps:/&\n  - {pipeline: {file: inner.yaml, with: {train.steps: 2, sample.count: 4, loop.times: 3}}, id: first}/' tiny.yaml >outer.yaml
TMPDIR=$PWD/temporary godiff plan outer.yaml --set minima=off
check "a pipeline in a pipeline is planned by one iteration, too" printed '^first/evaluate-2 +3 .* 12$'
check "evaluations are those of both: 6 + 3 x 4 and 6 + 2 x 6" printed '^evaluations   36$'
check "and network calls" printed '^network calls 180$'
sed 's/name: tiny/name: same/; s/evaluate: {}/evaluate: {clash: 0.1}/' tiny.yaml >same.yaml
sed 's/^steps:/&\n  - {pipeline: {file: same.yaml, take: [model, archive, best, evaluations]}, id: first}\n  - {pipeline: {file: same.yaml, give: [archive, best, evaluations], take: [archive, best, evaluations]}, id: second}/' \
    tiny.yaml >passed.yaml
godiff plan passed.yaml --set minima=off --threads 1
check "evaluations that are passed on, both ways, count once: 3 x (6 + 2 x 6)" printed '^evaluations   54$'
check "by the steps that have made them" value_is "$(awk '$1 ~ /evaluate/ { printf "%s ", $NF }' stdout)" "6 12 6 12 6 12 "
check "and not by the pipelines" value_is "$(awk '$1 ~ /^(first|second)$/ { printf "%s ", $NF }' stdout)" "0 0 "
check "no number has a power of ten" lacks '[0-9]e[-+]?[0-9]' stdout
godiff plan tiny.yaml --set evaluate*.clash=90
check "a trial that fails is reported" exited 1
check "with its reason" said '^error: the trial run ended with status 1: reweight: the archive is empty'

if ! has_module ase.calculators.emt; then
    skip "calculators of ASE" "no ASE (python3-ase)"
    finish
fi
cp "$SOURCE/tests/data/calculators/faults.py" .
# doctor NAME PARAMETERS [ARGUMENT...]: a calculator of faults.py.
doctor() {
    doctor_potential="{ase: {calculator: $PWD/faults.py:$1, python: $python, $2}}"
    shift 2
    godiff doctor tiny.yaml --set "potential=$doctor_potential" "$@"
}
# finds NAME REGEX: what it warns of, and nothing else.
finds() {
    doctor "$1" ''
    check "$1: ends with 1" exited 1
    check "$1: the warning" said "^warning: $2"
    check "$1: no other" value_is "$(grep '^warning' stderr | sort -u | wc -l)" 1
}
doctor Faulty ''
check "a calculator that is as it should be ends with 0" exited 0
check "the memory of its process is counted" printed '^memory .*, [1-9][0-9]+ MB for the processes'
finds WrongForces 'forces are not the derivative of the energy'
doctor WrongForces '' --seed 1
check "where they are wrong in both directions it is said once" value_is "$(grep -c derivative stderr)" 1
finds Frame 'the energy depends on how the structure is turned'
doctor Order ''
check "Order: the warning" said '^warning: the energy depends on the order of the atoms'
finds Remembers 'the same structure has another energy the second time, by .* eV \(more than 1e-06 eV\)'
doctor Noisy 'options: {noise: 1.0e-4}'
check "noise that the forces hide is found" said '^warning: the same structure has another energy the second time, by 0.0001 eV'
check "it is the only warning" value_is "$(grep -c '^warning' stderr)" 1
doctor Noisy 'options: {noise: 1.0e-7}'
check "rounding is not" exited 0
doctor Remembers 'store: a.store'
doctor Remembers 'store: a.store'
check "a store does not hide that it remembers" said '^warning: the same structure has another energy the second time'
godiff store a.store
check "what it gave is not in the store" printed '^empty$'
doctor Faulty 'store: a.store, options: {log: calls.log}'
doctor Faulty 'store: a.store, options: {log: calls.log}'
check "with a store all is evaluated, too" value_is "$(wc -l <calls.log)" 24
# Nor does a plan take its time from a store; what it has evaluated is for the run.
for k in 1 2; do
    rm calls.log
    godiff plan tiny.yaml --threads 1 --set minima=off --set \
        "potential={ase: {calculator: $PWD/faults.py:Faulty, python: $python, store: a.store, options: {log: calls.log}}}"
    check "plan $k ends with 0" exited 0
    check "plan $k evaluates all: 6 + 6" value_is "$(wc -l <calls.log)" 12
done
godiff store a.store
check "the results are in the store" printed '^results +12$'
# The same of a term of a sum.
rm calls.log a.store
for k in 1 2; do
    summed="{sum: {first: emt, second: {ase: {calculator: $PWD/faults.py:Faulty, python: $python, store: a.store, options: {log: calls.log}}}}}"
    godiff doctor tiny.yaml --set "potential=$summed"
    check "doctor $k of a sum ends with 0" exited 0
    check "doctor $k evaluates all" value_is "$(wc -l <calls.log)" $((24 * k - 12))
    godiff plan tiny.yaml --threads 1 --set minima=off --set "potential=$summed"
    check "plan $k of a sum ends with 0" exited 0
    check "plan $k evaluates all" value_is "$(wc -l <calls.log)" $((24 * k))
done
godiff store a.store
check "the results of the term are in the store" printed '^results +12$'
doctor Energies 'forces: false'
check "energies alone are enough" exited 0
check "it says so" printed '^forces +none$'
doctor refuses ''
check "a calculator that cannot be made ends with 1" exited 1
check "it says why" said 'no licence'
finish
