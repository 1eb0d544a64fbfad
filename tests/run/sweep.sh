# godiff sweep: what is run, what is run again after kills, several processes on one folder, and what is wrong.
. "$SOURCE/tests/run/lib.sh"

cp "$here/tiny.yaml" tiny.yaml
sed 's/times: 2/times: 12/' "$here/tiny.yaml" >long.yaml

# results DIR: of every run its folder, how it ended and what it found, but for times.
results() {
    for run in $(cd "$1" && find runs -name summary.json | LC_ALL=C sort); do
        echo "$run $(json "$1/$run" status) $(json "$1/$run" evaluations) $(json "$1/$run" best_energy) $(json "$1/$run" target)"
        cksum <"$1/${run%summary.json}archive.extxyz"
    done
}

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
    check "kill $kill left runs to be done" test "$(finished killed)" -lt 6
done
check "kill 2 left claims of the dead" test -n "$(ls -A killed/claims)"
$sweep_long killed >stdout 2>stderr
code=$?
check "a sweep that was killed twice ends with 0" exited 0
results killed >got
check "and has the results of an undisturbed one" same got expected

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
check "an interrupted sweep ends with 130" exited 130
check "an interrupted sweep says how to go on" said 'of 6 runs are not finished: the same command goes on with them'
check "an interrupted sweep leaves no claims" value_is "$(ls -A interrupted/claims)" ""
$sweep_long interrupted >stdout 2>stderr
code=$?
check "the sweep goes on and ends with 0" exited 0
results interrupted >got
check "and has the results of an undisturbed one" same got expected

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
check "another pipeline is refused with its difference" said "it was '        batch: 2' and is '        batch: 1'"
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
wrong "an empty range of seeds" '^--seeds: the range of seeds 1..0 is empty' tiny.yaml --seeds 1..0
wrong "a file that is not there" 'none.yaml: No such file' none.yaml --seeds 0
wrong "a path without values" '^--vary train.steps: expected PATH=V1' tiny.yaml --vary train.steps --seeds 0
wrong "varied seeds" 'seeds are varied by --seeds' tiny.yaml --vary seed=1,2 --seeds 0

# A terminal shows the table.
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    TERM=xterm script -qec "$GODIFF sweep long.yaml --vary train.steps=100,110 --seeds 0..1 --jobs 2 --out terminal" /dev/null >terminal.txt </dev/null
    check "a terminal gets a line per variant" grep -Eq 'train\.steps=100 +[0-9]+/2 done' terminal.txt
    check "and a bar per task" grep -Eq 'seed [01] +\[#*-*\] *[0-9]*%' terminal.txt
    check "and the whole" grep -Eq 'of 4 runs done' terminal.txt
else
    skip "what a terminal shows" "no program script"
fi

finish
