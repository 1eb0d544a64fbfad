# godiff sweep: what is run, what is run again after kills, several processes on one folder, and what is wrong.
. "$(dirname "$0")/lib.sh"

cp "$here/tiny.yaml" tiny.yaml
sed -e 's/times: 2/times: 12/' -e 's/energy: 5.5058, within: 1000/energy: 4.2, within: 0.5/' "$here/tiny.yaml" >long.yaml

# results DIR: of every run its folder, how it ended and what it found, but for times.
results() {
    for run in $(cd "$1" && find runs -name summary.json | LC_ALL=C sort); do
        echo "$run $(json "$1/$run" status) $(json "$1/$run" evaluations) $(json "$1/$run" best_energy) $(json "$1/$run" target)"
        cksum <"$1/${run%summary.json}archive.extxyz"
    done
}

# table DIR: its statistics, but for the seconds, which come last.
table() { sed 's/,[^,]*$//' "$1/table.csv"; }

finished() { grep -l '"status":[[:space:]]*"finished"' "$1"/runs/*/*/summary.json 2>/dev/null | wc -l; }

# The alone sweep, by hand.
for steps in 2 3; do
    for seed in 0 1 2; do
        "$GODIFF" run long.yaml --set train.steps=$steps --seed $seed --out "alone/runs/train.steps=$steps/$seed" --quiet --threads 1 >/dev/null 2>&1
    done
done
results alone >expected

godiff sweep long.yaml --vary train.steps=2,3 --seeds 0..2 --jobs 2 --out sweep
check "a sweep ends with 0" exited 0
results sweep >got
check "its runs are those of godiff run" same got expected
check "it says when runs begin and end" said 'train.steps=3 seed 2: finished'
check "nothing is left of claims" value_is "$(ls -A sweep/claims)" ""
check "sweep.json has one row per run" value_is "$(grep -c '"folder"' sweep/sweep.json)" 6
table sweep >expected-table
check "the table is printed" printed '^train\.steps=2 +3 +[0-3]/3 \[0\.'
check "and kept as text" same stdout sweep/table.txt
hits=$(for seed in 0 1 2; do json alone/runs/train.steps=2/$seed/summary.json target found; done | grep -c true)
check "hits are counted" value_is "$(sed -n 's/^train.steps=2,3,3,0,3,\([0-9]*\),.*/\1/p' sweep/table.csv | head -n 1)" "$hits"
check "some, not all" test "$hits" -gt 0 -a "$hits" -lt 3
check "table.json is JSON" json sweep/table.json variants 1 curve cost >/dev/null
check "runs.csv has a line per run" value_is "$(grep -c ',finished,' sweep/runs.csv)" 6
python3 - sweep <<'END' >stdout 2>stderr
# The structure of the crate, and that what it says of files is so.
import hashlib, json, os, sys
folder = sys.argv[1]
graph = {e["@id"]: e for e in json.load(open(folder + "/ro-crate-metadata.json"))["@graph"]}
assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
assert graph["ro-crate-metadata.json"]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
root = graph["./"]
assert root["@type"] == "Dataset" and root["name"] and root["description"] and root["datePublished"]
def links(entity):
    for value in entity.values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and "conformsTo" not in entity:
                yield item["@id"]
for entity in graph.values():
    for link in links(entity):
        assert link in graph, link
files = [e for e in graph.values() if e["@type"] == "File"]
for e in files:
    path = e["@id"][7:] if e["@id"].startswith("file://") else os.path.join(folder, e["@id"])
    data = open(path, "rb").read()
    assert hashlib.sha256(data).hexdigest() == e["sha256"] and len(data) == int(e["contentSize"]), path
assert sum(e["@type"] == "CreateAction" for e in graph.values()) == 6
assert any(e["@id"].endswith("/long.yaml") for e in files) and any(e["@id"].endswith("=3/2/model.h5") for e in files)
END
check "the folder is an RO-Crate" value_is "$?" 0
cksum sweep/runs/*/*/* >before
godiff sweep long.yaml --vary train.steps=2,3 --seeds 0..2 --jobs 2 --out sweep
check "called again it ends with 0" exited 0
cksum sweep/runs/*/*/* >after
check "called again it runs nothing" same before after
check "called again it says nothing of finished runs" lacks 'begun|finished|resumed' stderr
godiff sweep sweep
check "called with its folder it ends with 0" exited 0
rm -r "sweep/runs/train.steps=2/1"
godiff sweep sweep
check "a run whose folder was removed is run again" same got expected
results sweep >got
check "and has the same bits" same got expected

# Killed twice, at any moment, and resumed.
# As words, since a function in the background is a process of its own.
sweep_long="$GODIFF sweep long.yaml --vary train.steps=2,3 --seeds 0..2 --jobs 2 --out"
mkfifo pipe
for kill in 1 2; do
    $sweep_long killed 2>pipe >stdout </dev/null &
    pid=$!
    exec 3<pipe
    while IFS= read -r line <&3 && ! echo "$line" | grep -q finished; do :; done
    kill -KILL $pid
    cat <&3 >/dev/null
    exec 3<&-
    wait $pid 2>/dev/null
    [ "$(finished killed)" -lt 6 ] || skip "kill $kill" "the sweep had ended before"
done
$sweep_long killed >stdout 2>stderr
code=$?
check "a sweep that was killed twice ends with 0" exited 0
last=killed
results killed >got
check "and has the results of an undisturbed one" same got expected
table "$last" >got-table
check "and its table" same got-table expected-table

# Interrupted.
$sweep_long interrupted 2>pipe >stdout </dev/null &
pid=$!
exec 3<pipe
while IFS= read -r line <&3 && ! echo "$line" | grep -q finished; do :; done
kill -TERM $pid
cat <&3 >stderr
exec 3<&-
wait $pid
code=$?
if [ "$(finished interrupted)" -lt 6 ]; then
    check "an interrupted sweep ends with 130" exited 130
    check "an interrupted sweep says how to go on" said 'of 6 runs are not finished: the same command goes on with them'
else
    skip "what an interrupted sweep says" "it had ended before"
fi
check "an interrupted sweep leaves no claims" value_is "$(ls -A interrupted/claims)" ""
$sweep_long interrupted >stdout 2>stderr
code=$?
check "the sweep goes on and ends with 0" exited 0
last=interrupted
results interrupted >got
check "and has the results of an undisturbed one" same got expected
table "$last" >got-table
check "and its table" same got-table expected-table

# Several processes.
for k in 1 2 3; do
    $sweep_long shared >"stdout$k" 2>"stderr$k" &
done
wait
results shared >got
check "three processes together have the results of an undisturbed one" same got expected
cat stderr1 stderr2 stderr3 | sed -n 's/: \(begun\|resumed\)$//p' | sort >begun
check "every run was begun" value_is "$(wc -l <begun)" 6
check "and by one process" value_is "$(sort -u begun | wc -l)" 6
check "no run failed" value_is "$(ls -A shared/failed)" ""

# More of the same.
godiff sweep long.yaml --vary train.steps=2,3,4 --seeds 0..2 --jobs 2 --out sweep
check "values are added" exited 0
check "only the new runs begin" value_is "$(grep -c ': begun' stderr)" 3
godiff sweep long.yaml --vary train.steps=2 --seeds 0..2 --out sweep
check "a variant less: exit code 2" exited 2
check "a variant less is named" said 'sweep is another sweep: its variant train\.steps=3'
godiff sweep long.yaml --vary train.steps=2,3,4 --seeds 0..1 --out sweep
check "a seed less is named" said 'has runs with seed 2'
godiff sweep long.yaml --vary train.steps=2,3,4 --seeds 0..2 --out sweep --set train.batch=1
check "another pipeline is refused with its difference" said 'variants/train\.steps=2\.yaml is of another pipeline: train\.batch is 2 in its line [0-9]+, here it is 1'
sed -i '/^ *clash: /d' sweep/variants/*.yaml sweep/runs/train.steps=2/0/pipeline.yaml
godiff sweep long.yaml --vary train.steps=2,3,4 --seeds 0..2 --out sweep
check "one of an older build, that lacks a parameter with a default, goes on" exited 0
godiff sweep long.yaml --seeds 0 --out alone/runs/train.steps=2/0
check "the folder of a run is refused" said 'contains a run'

# A sweep file.
cat >grid.yaml <<'END'
sweep:
  base: tiny.yaml
  variants:
    plain: {}
    short: {with: {train.steps: 1, seed.count: 4, sample: {count: 4, steps: 2}}}
    other: {file: long.yaml}
  seeds: 0..1
END
godiff sweep grid.yaml --jobs 2
check "a sweep file ends with 0" exited 0
check "its folder is sweeps/NAME" value_is "$(finished sweeps/grid)" 6
check "a variant has what its map says" value_is "$(grep -c ' count: 4' sweeps/grid/runs/short/0/pipeline.yaml)" 2
check "a variant can be another pipeline" value_is "$(grep -c 'times: 12' sweeps/grid/runs/other/0/pipeline.yaml)" 1
godiff sweep grid.yaml --print
check "--print prints the commands" value_is "$(grep -c '^godiff run ' stdout)" 6
sed "s|^godiff|$GODIFF|; s|--out [^ ]*|--out printed|" stdout | sed -n 2p | sh >/dev/null 2>&1
check "which a shell runs to the same bits" same printed/archive.extxyz sweeps/grid/runs/short/0/archive.extxyz

# Failures: of one variant, with its reason; the others go on.
cat >broken.lua <<'END'
local gd = require "godiff"
local broken = gd.stage {name = "broken", reads = {"archive"}, run = function(state)
  if not io.open("mended") then error("it is broken") end
end}
return gd.pipeline {
  name = "broken",
  system = {template = gd.fcc111 {symbol = "Pt", size = {1, 1, 2}, vacuum = 5.0}, add = "Pt", window = {above = {1.0, 4.0}}},
  potential = {emt = {}}, noise = {ve = {}}, model = {painn = {features = 8, blocks = 1, radial = 3, cutoff = 3.0}},
  steps = {gd.seed {count = 3, steps = 2}, gd.evaluate {}, broken {}},
}
END
cat >fails.yaml <<'END'
sweep: {base: tiny.yaml, variants: {good: {}, bad: {file: broken.lua}}, seeds: 0..1}
END
godiff sweep fails.yaml --trust --jobs 1 --out fails
check "a sweep with failures ends with 1" exited 1
check "a failure is said with its reason" said '^bad seed 0: failed: .*it is broken'
check "the others are run" value_is "$(finished fails)" 2
godiff sweep fails.yaml --trust --jobs 1 --out fails
check "called again it names what has failed" said '^bad seed 1: failed: .*it is broken'
check "and begins nothing" lacks ': begun|: resumed' stderr
touch mended
godiff sweep fails.yaml --trust --jobs 1 --out fails --retry
check "failed runs are tried again on request" exited 0
check "and finish" value_is "$(finished fails)" 4

# A damaged run: named, the others kept.
printf '{"status":' >fails/runs/good/1/summary.json
godiff sweep fails.yaml --trust --out fails
check "a damaged run: exit code 1" exited 1
check "a damaged run is named at its place" said 'good seed 1: failed: damaged: fails/runs/good/1/summary.json: not JSON'
check "no other is" value_is "$(grep -c 'seed [0-9]*: failed:' stderr)" 1
godiff sweep fails.yaml --trust --out fails --retry
check "a damaged run is mended from its run.h5" exited 0
echo '{' >fails/sweep.json
godiff sweep fails.yaml --trust --out fails
check "a damaged manifest: exit code 2" exited 2
check "a damaged manifest is named" said 'fails/sweep.json is damaged: not JSON'

# A pipeline that is edited while the sweep goes on: by a run of it, so that it is at a known moment.
cp tiny.yaml edited.yaml
sed -e 's/"broken"/"edits"/g' -e 's/if not io.open.*/local f = io.open("edited.yaml", "a") f:write("  - evaluate: {}\\n") f:close()/' broken.lua >edits.lua
cat >edit.yaml <<'END'
sweep: {variants: {first: {file: edits.lua}, second: {file: edited.yaml}}, seeds: 0}
END
godiff sweep edit.yaml --trust --jobs 1 --out edit
check "a pipeline that was edited meanwhile: exit code 1" exited 1
check "the run is named, with the difference" said "^second seed 0: failed: the pipeline has changed since the sweep was begun.*its steps have ended, where here is evaluate"
check "it was not begun" missing edit/runs/second/0
check "and does not count" value_is "$(sed -n 's/^second,1,\([01]\),1,.*/\1/p' edit/table.csv)" 0

"$GODIFF" run edited.yaml --seed 0 --out edit/runs/second/0 --quiet >/dev/null 2>&1
cp tiny.yaml edited.yaml
godiff sweep edit --trust --retry
check "the file put right, and --retry: exit code 0" exited 0
check "a run of another pipeline in its place was begun anew" value_is "$(grep -c evaluate edit/runs/second/0/pipeline.yaml)" "$(grep -c evaluate edit/variants/second.yaml)"

# Comparisons of folders.
godiff compare sweep --format csv
check "compare ends with 0" exited 0
check "compare prints the sweep's table" same stdout sweep/table.csv
godiff compare sweep/runs/train.steps=2 sweep/runs/train.steps=3 --format json
check "compare takes folders of runs" exited 0
for key in rate first_hit_restricted_mean best_energy_mean cost99; do
    check "which have the same $key" value_is "$(json stdout variants 1 $key)" "$(json sweep/table.json variants 1 $key)"
done
for key in log_rank_p cost_p lower_p saved; do
    check "and the same $key" value_is "$(json stdout comparisons 0 $key)" "$(json sweep/table.json comparisons 0 $key)"
done
godiff compare sweep/runs/train.steps=2/0
check "compare takes a run" exited 0
for format in text markdown latex; do
    godiff compare sweep --format $format
    check "compare prints $format" printed 'train.steps=2.* 3 '
done
godiff compare sweep --over calls --format json
check "a cost is any figure of metrics.jsonl" value_is "$(json stdout cost)" '"calls"'
godiff compare sweep --over nothing
check "a figure that there is not: exit code 2" exited 2
check "a figure that there is not is named" said -- '--over nothing: no step'
check "what there is is named" said 'they have .*evaluations.*calls'
godiff compare sweep --energy 1e9 --format json
check "with an energy that all reach all hit" value_is "$(json stdout variants 0 hits)" 3
godiff compare sweep --at 0,30,1e9 --format json
check "best energies at costs: as at the end" value_is "$(json stdout variants 1 best_energy_at 2 energy)" "$(json stdout variants 1 best_energy_median)"
check "best energies at costs: none at the beginning" value_is "$(json stdout variants 1 best_energy_at 0 energy)" null
godiff compare sweep --at 10,soon
check "costs that are none: exit code 2" exited 2
check "costs that are none are named" said "--at: expected numbers such as 500,1000, got '10,soon'"
godiff compare sweep --energy low
check "an energy that is none: exit code 2" exited 2
godiff compare "$here"
check "a folder without runs: exit code 2" exited 2
# Without a target there is nothing to hit.
godiff sweep tiny.yaml --set target=none --vary train.steps=2,3 --seeds 0..1 --out none
check "without a target hits are not counted" printed '^train.steps=2 +2 +- +- +- +- +- +- +[0-9.]+'
check "nor compared" printed '^train.steps=3 - train.steps=2 +2 +- +- +- +- '
check "what is not known is null" value_is "$(json none/table.json variants 0 hits)" null
check "nothing is said of mixtures" lacks 'are not all of one' stderr
check "what is said below the table begins its line" printed '^Fewer than 10 runs say little'
# Energies below a target: those of the search, and those of the relaxation alone.
below='below the target.s window: lower is no hit; either the target is not the lowest minimum'
godiff sweep tiny.yaml --set 'target={energy: 1000, within: 1}' --vary 'train.steps=2, 3' --seeds 0..1 --out below
check "spaces around values do not count" test -d below/runs/train.steps=3/1
check "energies below the target are said of a sweep" said "^warning: the lowest energies of 4 of 4 runs are $below"
sed -i '/"lowest"/s/999/-1000000/' below/runs/train.steps=2/0/summary.json
godiff compare below
check "and how many runs have them" said "^warning: the lowest energies of 3 of 4 runs are $below"
godiff compare below --energy 1001
check "an energy that is asked for is no target" lacks "$below" stderr
godiff report below
check "the page says it" grep -q "<p class=\"bad\">Note: the lowest energies of 3 of 4 runs are below the target" below/report.html
godiff watch below
check "watching ends with it too" said "^warning: the lowest energies of 3 of 4 runs are $below"
# Energies are compared with those of their kind: relaxed ones only where all runs have them.
check "relaxed energies are compared" printed '^train.steps=3 - train.steps=2 .* relaxed +-?[0-9.]+ '
godiff sweep tiny.yaml --vary 'minima.count=2, 0' --seeds 0..1 --out relaxed
check "not where one variant has none" printed '^minima.count=0 - minima.count=2 .* search +0.0000 '
check "and that is said" printed '^Not all runs have relaxed energies: where it says search,'
check "in JSON too" value_is "$(json relaxed/table.json comparisons 0 energies)" '"search"'
check "in CSV too" grep -q ',search$' relaxed/table.csv
godiff report relaxed
check "and on the page" grep -q '<td>search</td>' relaxed/report.html
check "with a note" grep -q '<p class="bad">Note: Not all runs have relaxed energies' relaxed/report.html
check "and one on structures" grep -q 'Note: of 2 of 4 runs the structures are relaxed' relaxed/report.html
# A variant whose structures were all rejected has finished, and its relaxations have not: it is said in every form.
sed '/loop:/,$d; s/steps: 5/from: uniform/' tiny.yaml >random.yaml
godiff sweep random.yaml --vary 'evaluate.clash=1, 9' --set minima.steps=1 --seeds 0..1 --out rejected
rejected='evaluate\.clash=9: all structures were rejected in 2 of 2 runs, which count as searches without a hit'
converged='evaluate\.clash=1: 0 of [0-9]+ relaxations at the end have converged, and not that of the lowest structure in 2 of 2 runs'
check "a variant without structures is said" printed "^$rejected\.$"
check "and one that is not relaxed" printed "^$converged: relaxed energies may be too high; more minima\.steps"
for format in md tex json txt; do
    check "both in table.$format" value_is "$(grep -Ec "$rejected|$converged" rejected/table.$format)" "$([ $format = json ] && echo 1 || echo 2)"
done
check "CSV has their numbers" grep -q '^evaluate.clash=9,2,2,0,2,0,.*,0,0,0,2,' rejected/table.csv
godiff report rejected
check "so has the page" value_is "$(grep -Ec "<p class=\"bad\">Note: ($rejected|$converged)" rejected/report.html)" 2
# A run of a sweep that was made longer than the others.
godiff compare relaxed
check "a relaxation that is left out is no other one" lacks 'not all of one' stderr
"$GODIFF" sweep tiny.yaml --vary 'minima.count=2, 1, 0' --seeds 0 --out ends --quiet >/dev/null 2>&1
godiff compare ends
check "of other relaxations is warned" said '^warning: the runs are not all of one relaxation at the end .minima.: compare'

cp -r relaxed longer
run=$(find longer/runs -mindepth 2 -maxdepth 2 | sort | head -n 1)
godiff compare longer
check "of runs that were left alone nothing is said" lacks 'went on with --extend' stderr
sed -i '1s/$/\n{"steps":12,"command":"godiff run","extend":["loop.times=3"]}/' "$run/history.jsonl"
godiff compare longer
check "a run that went on with --extend is warned of" \
    said '^warning: 1 of the runs went on with --extend, and is not of the pipeline of its variant: compare'
godiff compare sweep none
check "runs of several targets: a warning" said 'the runs are not all of one target: '
"$GODIFF" run tiny.yaml --set system.add=Pt --set target=none --out mixed/1 --quiet >/dev/null 2>&1
cp -r none/runs/train.steps=2/0 mixed/2
godiff compare mixed
check "systems that are mixed in a folder are noticed" said 'the runs are not all of one system: '

cp -r sweep damaged
echo '{"step"' >>"damaged/runs/train.steps=2/0/metrics.jsonl"
echo 'not JSON' >"damaged/runs/train.steps=2/1/summary.json"
godiff compare damaged --format json
check "damaged runs leave the others" exited 0
check "a damaged line is named" said '^damaged/runs/train\.steps=2/0/metrics\.jsonl: damaged: line [0-9]* is no JSON'
check "a damaged summary is named" said '^damaged/runs/train\.steps=2/1/summary\.json: damaged: not JSON'
check "the rest is counted" value_is "$(json stdout variants 0 finished) $(json stdout variants 1 finished)" "2 3"

# Those that are shipped.
for file in "$SOURCE"/pipelines/experiments/*.yaml; do
    godiff sweep "$file" --print --out shipped
    check "$(basename "$file") can be run" exited 0
done

# Wrong input, before anything is run.
wrong() { # NAME MESSAGE ARGUMENTS...
    name=$1 message=$2
    shift 2
    godiff sweep "$@" --out wrong
    check "$name: exit code 2" exited 2
    check "$name is named" said "$message"
    check "$name: nothing was run" missing wrong
}
wrong "an unknown path" '^--set train.stepz=1: ' tiny.yaml --vary train.stepz=1,2 --seeds 0..1
check "the variant is named" said 'in the variant train.stepz=1'
wrong "a value out of range" '^--set train.steps=0: .*' tiny.yaml --vary train.steps=0,1 --seeds 0..1
wrong "no seeds" 'no seeds: give --seeds' tiny.yaml --vary train.steps=1
printf '%s\n' 'sweep: {base: tiny.yaml, variants: {one: {wiht: {train.steps: 3}}}, seeds: 0..1}' >typo.yaml
wrong "a typo in a sweep file" 'unknown key "wiht", did you mean "with"' typo.yaml
check "seeds are not missed beside it" lacks 'no seeds' stderr
for command in run check; do
    godiff $command typo.yaml
    check "$command of a sweep file: exit code 2" exited 2
    check "$command says what it is" said '^typo.yaml:1:1: this is a sweep file: use godiff sweep'
done
wrong "an empty range of seeds" '^--seeds: the range of seeds 1..0 is empty' tiny.yaml --seeds 1..0
wrong "a file that is not there" 'none.yaml: No such file' none.yaml --seeds 0
wrong "a path without values" '^--vary train.steps: expected PATH=V1' tiny.yaml --vary train.steps --seeds 0
wrong "varied seeds" 'seeds are varied by --seeds' tiny.yaml --vary seed=1,2 --seeds 0

# Watching, from another terminal: only the folder is read.
godiff watch sweep --once --steps 3
check "watch: a sweep has no steps" said '^error: --steps is for a run, and sweep is a sweep$'
godiff watch sweep --once
check "watch: how far the variants are" printed '^train.steps=3 +3/3 done +hits [0-3] .* best [0-9.]* eV$'
check "watch: all have ended" printed '^9 of 9 runs have ended$'
check "watch: the table" printed '^train.steps=3 - train.steps=2 +3 '
cp -r sweep left
rm -r left/runs/train.steps=2/1
godiff watch left --interval 0.1
check "watch ends when nobody works on what is left" printed '^8 of 9 runs have ended; nobody works on it$'
mkdir left/runs/train.steps=2/1
cp sweep/runs/train.steps=2/1/pipeline.yaml left/runs/train.steps=2/1
head -n 40 sweep/runs/train.steps=2/1/metrics.jsonl >left/runs/train.steps=2/1/metrics.jsonl
: >left/claims/train.steps=2-1
godiff watch left --once --html
check "watch: a bar of what is worked on" printed '^train.steps=2 +seed 1 +\[#*-*\] +[0-9]*% +best [0-9.]* eV'
check "watch: how many" printed '^8 of 9 runs have ended, 1 is worked on$'
check "watch: the page" grep -q '8 runs finished, 1 unfinished, 0 failed' left/report.html
"$GODIFF" watch left --interval 0.1 --html >/dev/null 2>&1 </dev/null &
watcher=$!
until grep -q http-equiv left/report.html; do sleep 0.1; done
rm left/claims/train.steps=2-1
wait $watcher
check "watch: the page of a sweep that goes on is looked at again, the last one not" lacks http-equiv left/report.html

# A sweep that was killed leaves its claims.
"$GODIFF" sweep long.yaml --set loop.times=100000 --seeds 0 --jobs 1 --out killed-watched --quiet >/dev/null 2>&1 </dev/null &
sweep=$!
until [ -n "$(ls killed-watched/claims 2>/dev/null)" ]; do sleep 0.1; done
kill -KILL $sweep
wait $sweep 2>/dev/null
godiff watch killed-watched --once
check "watch: the claim of a process that is gone is none" printed '^0 of 1 runs have ended; nobody works on it$'
check "which it leaves to those who take it" test -n "$(ls killed-watched/claims)"

# More memory than any machine has.
godiff sweep tiny.yaml --set train.batch=100000 --seeds 0..999 --jobs 1000 --out none-yet --print --device cpu
check "too little memory is said before anything runs" said '^warning: 1000 runs at a time need about [0-9.]* GB of memory, and [0-9.]* GB are available: --jobs [0-9]*$'
godiff sweep tiny.yaml --seeds 0..1 --out none-yet --print --device cpu
check "enough of it is not" lacks 'of memory' stderr

# Warnings that the variants share.
godiff sweep tiny.yaml --set noise.ve.max=0.5 --vary train.steps=2,3 --seeds 0 --out none-yet --print
check "a warning of several variants is said once" value_is "$(grep -c 'noise.ve.max: 0.5 Å is little' stderr)" 1

# A terminal shows the table.
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    # Runs without an end: it is watched until it shows all of it, and then interrupted.
    bar='seed [01] +\[#*-*\] *[0-9]*%'
    TERM=xterm script -qefc "echo \$\$ >terminal.pid; exec $GODIFF sweep long.yaml --vary train.steps=100000,200000 --seeds 0..1 --jobs 2 --out terminal" /dev/null >terminal.txt </dev/null &
    waited=0
    until grep -Eq "$bar" terminal.txt || [ $waited -ge 600 ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
    kill -INT "$(cat terminal.pid)"
    wait $!
    check "a terminal gets a line per variant" grep -Eq 'train\.steps=100000 +[0-9]+/2 done' terminal.txt
    check "and a bar per task" grep -Eq "$bar" terminal.txt
    check "and the whole" grep -Eq 'of 4 runs done' terminal.txt
else
    skip "what a terminal shows" "no program script"
fi

# A pipeline that is a step of variants is written beside each, as it is there.
sed 's/name: tiny/name: inner/; s/add: Pt2/add: Pt/' "$here/tiny.yaml" >inner.yaml
sed 's/^steps:/&\n  - {pipeline: {file: inner.yaml}, id: first}/' "$here/tiny.yaml" >outer.yaml
for again in begun continued; do
    godiff sweep outer.yaml --vary first.train.steps=2,3 --seeds 0..0 --out within --quiet --threads 1
    check "a sweep with an inner pipeline is $again" exited 0
done
for steps in 2 3; do
    variant=within/variants/first.train.steps=$steps
    check "the inner pipeline of a variant is beside it" grep -q "steps: $steps" "$variant/first/pipeline.yaml"
    godiff run "$variant.yaml" --out "alone-$steps" --quiet --threads 1
    check "which runs" exited 0
    check "to the same as its run in the sweep" same "alone-$steps/archive.extxyz" \
        "within/runs/first.train.steps=$steps/0/archive.extxyz"
done
sed -i 's/size: 4/size: 3/' inner.yaml
godiff sweep outer.yaml --vary first.train.steps=2,3 --seeds 0..0 --out within --quiet --threads 1
check "another inner pipeline: exit code 2" exited 2
check "another inner pipeline: it is named" said 'the pipeline has changed since the sweep was begun; give another --out: .*/first/pipeline.yaml is of another pipeline: reweight.size is 4 in its line [0-9]+, here it is 3'
finish
