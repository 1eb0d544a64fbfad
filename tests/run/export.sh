# Structures of a run in other files and commands, and a look at it: live, killed and finished.
. "$(dirname "$0")/lib.sh"

"$GODIFF" run "$here/tiny.yaml" --out run --quiet
for what in best archive minima best-relaxed; do
    godiff export run --what $what
    check "export --what $what ends with 0" exited 0
    sed -E 's/ (iteration|temperature|step|evaluation|met)=[^ ]*//g' stdout >found
    sed -E 's/ (evaluation|met)=[^ ]*//g' "run/$what.extxyz" >expected
    check "export --what $what: the structures are those of $what.extxyz" same found expected
done
godiff export run --what best
cp stdout best
godiff export run
check "without --what it is the best" same stdout best
lower=$(sed -n 's/.* energy=\([^ ]*\).*/\1/p' run/best-relaxed.extxyz)
check "the best of the search: a lower, relaxed one is named" said "not relaxed; --what best-relaxed: $(printf %.6g "$lower") eV"
check "in one line" value_is "$(wc -l <stderr)" 1
godiff export run --what best-relaxed
check "nothing is said of the relaxed one" silent stderr
godiff export run --what archive
check "a frame has its iteration, temperature and step" printed 'evaluation=18 iteration=2 temperature=0.02 step=evaluate-2$'
check "a frame of the first step has no temperature" printed 'evaluation=1 iteration=0 step=evaluate$'
for what in batch population buffer rejected; do
    godiff export run --what $what
    check "export --what $what: structures, or there are none" test -s stdout -o "$code" -eq 2
done
godiff export run --what model --out exported.h5
check "the model is that of model.h5" same exported.h5 run/model.h5

# Conditions and tables. The energies of the archive, by another way:
sed -n 's/.* energy=\([^ ]*\).*/\1/p' run/archive.extxyz >energies
godiff export run --what archive --format csv
check "a table has a line for every structure, and a head" value_is "$(wc -l <stdout)" $(($(wc -l <energies) + 1))
check "a table has the properties" value_is "$(head -n 1 stdout)" index,evaluation,iteration,temperature,step,energy,fmax,met,reason,log_path_weight
awk -F, 'NR > 1 { print $6 }' stdout >column
check "a table has the energies" sh -c "paste -d ' ' energies column | awk '{ d = \$1 - \$2; if (d < -1e-12 || d > 1e-12) exit 1 }'"
godiff export run --what archive --format csv --select 'energy < 10 and step = evaluate-2'
check "chosen by a condition" value_is "$(sed 1d stdout | wc -l)" "$(awk 'NR > 6 && $1 < 10' energies | wc -l)"
godiff export run --what archive --format csv --lowest 3
check "the lowest, in order" value_is "$(awk -F, 'NR > 1 { printf "%.9g ", $6 }' stdout)" "$(sort -g energies | head -n 3 | awk '{ printf "%.9g ", $1 }')"
for format in extxyz poscar; do
    godiff export run --format $format --out "best.$format"
    check "export --format $format --out: nothing is printed" silent stdout
done
cp best.poscar POSCAR
for name in CONTCAR table.csv; do godiff export run --out $name; done
check "a name says that it is a POSCAR" same CONTCAR best.poscar
check "a name says that it is a table" value_is "$(wc -l <table.csv)" 2
for name in best.cif best.traj best.vasp; do
    for command in 'export run --format extxyz' 'evaluate POSCAR --potential emt' 'relax POSCAR --potential emt' \
        'score run/model.h5 POSCAR --time 0.5'; do
        # shellcheck disable=SC2086 # words of the command
        godiff $command --out $name
        check "${command%% *} writes no extended XYZ into $name" said 'extended XYZ; name it .extxyz'
    done
done
check "and leaves no such file" test ! -e best.cif -a ! -e best.traj -a ! -e best.vasp
for what in $("$GODIFF" export --help | sed -n 's/.*--what \([^] ]*\).*/\1/p' | head -n 1 | tr '|' ' '); do
    godiff export run --what "$what" --out listed
    check "--what $what is listed, and accepted" value_is "$(grep -c 'expected ' "$work/stderr")" 0
done
for file in POSCAR best.extxyz; do
    godiff evaluate $file --potential emt
    awk 'NR > 2 { print $1, $2, $3, $4, $NF }' stdout >"atoms-$file"
done
check "a POSCAR is read as the same atoms, of which the same are fixed" same atoms-POSCAR atoms-best.extxyz
check "there are fixed and free ones" value_is "$(awk '{ print $NF }' atoms-POSCAR | sort | uniq -c | tr -s ' \n' ' ')" " 8 F 2 T "

# Whatever archive.extxyz says of a structure, an export says as well.
godiff run "$here/tiny.yaml" --out weighed --quiet --threads 1 --set sample.path_weights=true
godiff export weighed --what archive
# facts FILE: "NUMBER KEY VALUE" of all comment lines.
facts() { sed -n 's/.*Properties=[^ ]* *//p' "$1" | awk '{ for (k = 1; k <= NF; k++) { split($k, fact, "="); printf "%d %s %.9g\n", NR, fact[1], fact[2] } }' | sort; }
facts weighed/archive.extxyz >kept
facts stdout >told
check "an archive has weights of paths" value_is "$(grep -c log_path_weight kept)" 12
check "an export has all that the archive has" value_is "$(comm -23 kept told | head -n 3)" ''
godiff export weighed --what archive --select 'log_path_weight > -1e9'
check "weights can be asked for" value_is "$(grep -c log_path_weight= stdout)" 12
godiff export weighed --what archive --select 'colour > 1'
check "a property that there is not: those that there are" said "one of index, evaluation, .*log_path_weight"

# Of a buffer with copies, how many structures are different.
godiff run "$here/tiny.yaml" --out copies --quiet --threads 1 --set reweight.size=40 --set reweight.replace=true
godiff export copies --what buffer --format csv
check "a buffer has copies" value_is "$(sed 1d stdout | wc -l)" 40
check "its step says how many are different" value_is "$(grep '"step":"reweight"' copies/metrics.jsonl | tail -n 1 | sed 's/.*"distinct":\([0-9]*\).*/\1/')" \
    "$(sed 1d stdout | cut -d, -f2 | sort -u | wc -l)"

# Commands take a run or standard input.
godiff evaluate run --potential emt
check "evaluate takes a run: its archive" value_is "$(grep -c energy= stdout)" 18
sed -n 's/.* energy=\([^ ]*\).*/\1/p' stdout >again
check "evaluate gives the energies of the run" same again energies
{ sed '/^steps:/,$d' "$here/tiny.yaml" && printf '%s\n' steps: '  - seed: {from: uniform, count: 40}' '  - evaluate: {clash: 2}'; } >clash.yaml
godiff run clash.yaml --out clash --quiet --threads 1
godiff export clash --what rejected --lowest 2
check "structures without energies have no lowest" said "none has an energy, which --lowest needs"
"$GODIFF" export run --what archive --lowest 2 | "$GODIFF" relax - --potential emt --out relaxed.extxyz 2>stderr
check "relax takes standard input" value_is "$(grep -c energy= relaxed.extxyz)" 2
"$GODIFF" export run | "$GODIFF" score run/model.h5 - --time 0.5 >stdout 2>stderr
check "score takes standard input" printed ':score:R:3'
godiff score run/model.h5 run --time 0.5
check "score takes a run" value_is "$(grep -c :score: stdout)" 18
mkdir empty
for command in "evaluate empty --potential emt" "export empty" "watch empty"; do
    godiff $command
    check "$command: exit code 2" exited 2
    check "$command: there is no run" said 'empty contains no run'
done
godiff evaluate - --potential emt
check "an empty standard input is named" said 'standard input'
for bad in "--select energy" "--what model" "--what rejected" "--format poscar --what archive" "--select energy>1e9" \
    "--what model --out odd.h5 --format csv" "--what model --out odd.h5 --lowest 1" "--what model --out odd.h5 --select energy>1"; do
    # shellcheck disable=SC2086 # words
    godiff export run $bad
    check "export $bad: exit code 2" exited 2
    check "export $bad: one line" value_is "$(wc -l <stderr)" 1
done
check "and no model is written" missing odd.h5

# A run that goes on, and one that was killed. Its second training lasts until it is killed.
awk '/train:/ && !done { sub(/steps: 3/, "steps: 1000000000"); done = 1 } { print }' "$here/tiny.yaml" >long.yaml
"$GODIFF" run long.yaml --out live --checkpoint step --quiet 2>/dev/null &
process=$!
tries=600
until [ -s live/metrics.jsonl ] && [ "$(wc -l <live/metrics.jsonl)" -ge 4 ] || [ $tries -eq 0 ]; do
    sleep 0.1
    tries=$((tries - 1))
done
look() {
    godiff export live --what archive
    check "$1: export ends with 0" exited 0
    check "$1: the structures so far" value_is "$(grep -c energy= stdout)" 6
    check "$1: each has its step" value_is "$(grep -c 'step=evaluate$' stdout)" 6
    godiff export live --what model --out live.h5
    check "$1: the model so far" exited 0
    godiff evaluate live --potential emt
    check "$1: evaluate" value_is "$(grep -c energy= stdout)" 6
    godiff watch live --once --steps 2
    check "$1: watch shows the last steps" value_is "$(awk 'NR < 3 { printf "%s ", $1 }' stdout)" "anneal reweight "
}
look "a live run"
check "watch knows that the run goes on" printed '^status +running$'
"$GODIFF" watch live --interval 0.1 >watched 2>&1 &
watcher=$!
kill -KILL $process
wait $process 2>/dev/null
wait $watcher
check "watch ends with the run" value_is $? 0
check "watch knows that it was killed" grep -q '^status  *killed' watched
look "a killed run"
lines=$(wc -l <run/metrics.jsonl)
for steps in 1 2 $((lines - 1)) $lines $((lines + 1)); do
    godiff watch run --once --steps $steps
    sed '$d' stdout | awk '{ print $1 }' >shown
    json --lines run/metrics.jsonl step | tr -d '"' | tail -n $steps >expected
    check "watch --steps $steps of $lines: the last ones and no others" same shown expected
done
godiff watch run
check "watch of a finished run" printed '^status +finished$'
check "watch shows ten steps" value_is "$(grep -c ' s$' stdout)" 10

finish
