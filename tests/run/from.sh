# A run that starts from another one (--from): what it takes over, what does not fit, and that it is then one of its own.
. "$(dirname "$0")/lib.sh"

godiff run "$here/tiny.yaml" --out first --quiet --threads 1
check "the run to start from ends" exited 0
first=$(json first/summary.json evaluations)

# It begins with what only another run can have left.
sed '/- seed:/d; /^  - evaluate/d; s/exponential, from: 5.0, to: 0.02/constant, from: 0.5/' "$here/tiny.yaml" >new.yaml
godiff check new.yaml
check "alone it lacks an archive" exited 2
godiff check new.yaml --from first
check "with the run it does not" exited 0
godiff run new.yaml --from first --out new --quiet --threads 1
check "it runs" exited 0
check "the evaluations are counted on" value_is "$(json new/summary.json evaluations)" $((first + 12))
check "it begins with the archive" same first/archive.extxyz - <<END
$(head -c "$(wc -c <first/archive.extxyz)" new/archive.extxyz)
END
check "its best structure is not worse" awk -v a="$(json first/summary.json best_energy)" \
    -v b="$(json new/summary.json best_energy)" 'BEGIN { exit !(b <= a) }'
check "a target that the archive has met is found" value_is "$(json new/summary.json target evaluation)" \
    "$(json first/summary.json target evaluation)"
check "its files are in order" "$GODIFF" verify new
godiff export new --what archive --format csv
check "structures of the other run have no step, iteration and temperature" value_is "$(awk -F, -v last="$first" '
    NR == 1 { for (k = 1; k <= NF; k++) at[$k] = k; next }
    $at["evaluation"] <= last && $at["step"] $at["iteration"] $at["temperature"] != "" { wrong++ }
    $at["evaluation"] <= last { old++ }
    $at["evaluation"] > last && ($at["step"] == "" || $at["iteration"] == "") { wrong++ }
    END { print wrong + 0, (old > 0) }' stdout)" "0 1"
check "its history names the run" value_is "$(json --lines new/history.jsonl from)" "\"$(realpath first)\""

# The same seed draws the same random structures, which are in the archive already.
sed 's/seed: {count: 6, steps: 5}/seed: {count: 6, from: uniform}/' "$here/tiny.yaml" >uniform.yaml
godiff run uniform.yaml --out uniform --quiet --threads 1
check "alone nothing is repeated" lacks 'in the archive already' stderr
godiff run uniform.yaml --from uniform --out repeated --quiet --threads 1
check "the same random structures are warned of" said \
    '^warning: seed: 6 of 6 structures are in the archive already, .* with another --seed they are others'
godiff run uniform.yaml --from uniform --out others --seed 1 --quiet --threads 1
check "with another seed there is nothing to say" lacks 'in the archive already' stderr

# Stopped before its first step and gone on, with the other run gone.
godiff run new.yaml --from first --out late --quiet --threads 1 --max-time 0.000001
code_of_late=$code
mv first gone
godiff run new.yaml --out late --quiet --threads 1 --resume
check "stopped early ($code_of_late) and resumed without the run: it ends" exited 0
check "with the same archive" same late/archive.extxyz new/archive.extxyz
check "and the same model" same late/model.h5 new/model.h5
mv gone first

for moment in 1 2 3 5 8 13; do
    rm -rf killed
    timeout -s KILL "0.0$moment" "$GODIFF" run new.yaml --from first --out killed --quiet --threads 1 >/dev/null 2>&1 </dev/null
    if [ -e killed/run.h5 ]; then
        godiff run new.yaml --out killed --quiet --threads 1 --resume
    else
        rm -rf killed
        godiff run new.yaml --from first --out killed --quiet --threads 1
    fi
    check "killed early ($moment): it goes on" exited 0
    check "to the same archive" same killed/archive.extxyz new/archive.extxyz
done

# Without run.h5 what it began with is lost, also before a step has finished.
for gone in run.h5 'run.h5 summary.json'; do
    rm -rf lost
    godiff run new.yaml --from first --out lost --quiet --threads 1 --max-time 0.01s
    check "stopped early: it has a state" test -s lost/run.h5
    for file in $gone; do rm "lost/$file"; done
    godiff run new.yaml --out lost --quiet --threads 1 --resume
    check "without $gone it does not go on" exited 2
    check "which is said" said 'lost/run\.h5 is missing, without which the run does not go on'
done

# What does not fit is named, and nothing is written.
while IFS='|' read -r set words; do
    rm -rf other
    godiff run new.yaml --from first --out other --quiet --threads 1 --set "$set"
    check "$set: refused" exited 2
    check "with words" said "$words"
    check "and nothing is written" missing other
done <<'END'
system.add=Pt3|archive.*: has 10 atoms.*system has 11
model.painn.features=16|model: has features 8
noise.ve.max=2|model:
potential={morse: {cutoff: 4}}|archive: it depends on the section potential
END
godiff run new.yaml --from first --out other --set system.add=Pt3 --set model.painn.features=16
check "what fails for one reason is named together" said 'best, archive.*: has 10 atoms'
check "each reason once" value_is "$(grep -o 'has 10 atoms' stderr | wc -l)$(grep -o 'has features 8' stderr | wc -l)" 11
check "and what to do" said 'the step transfer takes a model alone, and the step archive structures$'
godiff run new.yaml --from nowhere --out other
check "a run that is not there is refused" exited 2
mkdir empty
godiff run new.yaml --from empty --out other
check "and a folder without one" said "contains no run"
godiff run new.yaml --from first --out new --resume
check "--resume with --from is refused" said "give one of them"
finish
