# Structures from elsewhere: the step archive and seed {from: file}, what they use again, and what they refuse.
. "$(dirname "$0")/lib.sh"

"$GODIFF" run "$here/tiny.yaml" --out first --quiet --threads 1 >/dev/null 2>&1
count=$(json first/summary.json accepted)
{
    sed '/^steps:/,$d; /^noise:/d; /^model:/d; /^target:/d' "$here/tiny.yaml"
    echo 'steps:'
    echo '  - archive: {from: first}'
} >import.yaml

# A potential in Lua counts its calls no better than the run does: `known` is what was not evaluated.
known() { json --lines "$1/metrics.jsonl" known | head -n 1; }

godiff run import.yaml --out import --quiet --threads 1
check "the archive of a run is taken" exited 0
check "all of it" value_is "$(json import/summary.json accepted)" "$count"
check "with its energies" value_is "$(known import)" "$count"
check "to the same structures" same import/archive.extxyz first/archive.extxyz
check "and files in order" "$GODIFF" verify import

godiff run import.yaml --out file --quiet --threads 1 --set archive.from=first/archive.extxyz
check "those of a file are evaluated" value_is "$(known file)" 0
check "to the same structures and energies" same file/archive.extxyz first/archive.extxyz
godiff run import.yaml --out kept --quiet --threads 1 --set archive.from=first/archive.extxyz --set archive.energies=keep
check "unless they are to be kept" value_is "$(known kept)" "$count"
check "to the same again" same kept/archive.extxyz first/archive.extxyz
godiff run import.yaml --out both --quiet --threads 1 --set 'archive.from=[first, first/best.extxyz]'
check "several sources" value_is "$(json both/summary.json accepted)" $((count + 1))
godiff run import.yaml --out other --quiet --threads 1 --set 'potential={morse: {cutoff: 4}}' --set archive.clash=0
check "another potential: none is known" value_is "$(known other)" 0

# Atoms in another order, positions with few digits, and moved by a cell vector.
awk '/^[A-Z][a-z] / { printf "%s %.5f %.5f %.5f\n", $1, $2, $3, $4; next } /Lattice/ {
     match($0, /Lattice="[^"]*"/); print substr($0, RSTART, RLENGTH) " pbc=\"T T F\" Properties=species:S:1:pos:R:3"; next } 1' \
    first/best.extxyz >rounded.xyz
{ head -n 2 rounded.xyz; tail -n +3 rounded.xyz | tac; } >turned.xyz
for file in rounded turned; do
    godiff run import.yaml --out $file --quiet --threads 1 --set "archive.from=$file.xyz"
    check "$file: taken" exited 0
    check "$file: the same energy but for digits" awk -v a="$(json $file/summary.json best_energy)" \
        -v b="$(json first/summary.json best_energy)" 'BEGIN { exit !(a - b < 1e-2 && b - a < 1e-2) }'
done

while IFS='|' read -r set words; do
    godiff check import.yaml --set "$set"
    check "$set: refused" exited 2
    check "$set: with words" said "$words"
done <<'END'
system.add=Pt3|import.yaml:10:21: archive.from: .*first: structure 1: it has 10 atoms, the system 11
system.template.vacuum=6|structure 1: cell vector 3|no atom within 0.01
system.window={above: [3.5, 4]}|is out of the window or region
system.template.symbol=Au|structure 1: cell vector 1 is \(5.54372, 0, 0\) Å, that of the system \(5.76999
archive.from=[]|is an empty list \(expected a path or a list of paths\)
archive.from=[first, nothing]|archive.from: nothing: No such file
END

# As first samples.
sed '$d' import.yaml >seed.yaml
printf '%s\n' '  - seed: {from: file, file: first/archive.extxyz, count: 5}' '  - evaluate: {clash: 0.1}' >>seed.yaml
godiff run seed.yaml --out seed --quiet --threads 1
check "a file gives the first samples" exited 0
check "so many as are asked for" value_is "$(json seed/summary.json evaluations)" 5
check "the first ones" value_is "$(head -n 12 seed/archive.extxyz)" "$(head -n 12 first/archive.extxyz)"
godiff run seed.yaml --out run --quiet --threads 1 --set seed.file=first
check "a run does too" same run/archive.extxyz seed/archive.extxyz
godiff check seed.yaml --set seed.file=null
check "without a file it is refused" said "seed.from: with from: file the parameter file is needed"

# A template of which atoms relax: its structures are read back, from the run and from its files.
cat >slab.extxyz <<'END'
4
Lattice="5.6 0 0 0 5.6 0 0 0 12" Properties=species:S:1:pos:R:3:move_mask:L:1 pbc="T T F"
Pt 0 0 2 F
Pt 2.8 2.8 2 F
Pt 2.8 0 4 T
Pt 0 2.8 4 T
END
cat >relaxed.yaml <<'END'
godiff: 1
name: relaxed
system: {template: {file: slab.extxyz, free: relax}, add: Pt, window: {above: [1, 3]}}
potential: {lj: {epsilon: 0.2, sigma: 2.4, cutoff: 5}}
minima: off
steps:
  - seed: {from: uniform, count: 4}
  - relax: {steps: 20, clash: 0}
END
godiff run relaxed.yaml --out relaxed --quiet --threads 1
check "a template relaxes" exited 0
sed '/^steps:/,$d' relaxed.yaml >back.yaml
printf 'steps:\n  - archive: {from: relaxed, energies: keep, clash: 0}\n' >>back.yaml
for from in relaxed relaxed/archive.extxyz; do
    rm -rf back
    godiff run back.yaml --out back --quiet --threads 1 --set "archive.from=$from"
    check "$from: free atoms of the template are taken as they have relaxed" exited 0
    check "$from: with all energies" value_is "$(known back)" 4
    check "$from: to the same structures" value_is "$(sed 's/ evaluation=.*//' back/archive.extxyz | cksum)" \
        "$(sed 's/ evaluation=.*//' relaxed/archive.extxyz | cksum)"
done
check "they have moved" test "$(awk '$1 == "Pt" && NR % 7 == 5' back/archive.extxyz | cut -d ' ' -f 2-4 | sort -u | wc -l)" -gt 1
sed '/^steps:/,$d' relaxed.yaml >from.yaml
printf 'steps:\n  - seed: {from: file, file: relaxed, count: 4}\n  - evaluate: {clash: 0}\n' >>from.yaml
godiff run from.yaml --out from --quiet --threads 1
check "they are first samples as well" value_is "$(sed 's/ energy=.*//' from/archive.extxyz | cut -d ' ' -f 1-4 | cksum)" \
    "$(sed 's/ energy=.*//' relaxed/archive.extxyz | cut -d ' ' -f 1-4 | cksum)"
# A population alone, chosen from what was read, is enough for proposals.
sed '/^steps:/,$d' import.yaml >population.yaml
cat >>population.yaml <<'END'
steps:
  - archive: {from: first}
  - select: {keep: 2, by: lowest, from: archive, into: population}
  - perturb: {}
  - evaluate: {clash: 0.1}
END
godiff run population.yaml --out population --quiet --threads 1
check "proposals come of a population without a batch" exited 0
check "one of each structure" value_is "$(json population/summary.json evaluations)" \
    $(($(json first/summary.json evaluations) - $(json first/summary.json rejected) + 2))
godiff check population.yaml --set select.into=batch --set perturb.of=batch
check "or of a batch" exited 0
godiff check population.yaml --set perturb.of=batch
check "of a batch that nothing writes they do not" said 'perturb: reads the slot "batch", which no earlier step writes .*; to do without it: of: population'
finish
