# Runs that go on: a finished or interrupted run with more iterations, or with other values, and what its history says.
. "$(dirname "$0")/lib.sh"

sed 's/exponential, from: 5.0, to: 0.02/constant, from: 1.0/' "$here/tiny.yaml" >tiny.yaml
"$GODIFF" run tiny.yaml --out alone --quiet --threads 1 --set loop.times=5 >/dev/null 2>&1
check "the run that is left alone ends" test -s alone/model.h5

same_as_alone() {
    for file in pipeline.yaml run.h5 model.h5 archive.extxyz best.extxyz minima.extxyz; do
        same "out/$file" "alone/$file" || return 1
    done
    [ "$(json --lines out/metrics.jsonl step)" = "$(json --lines alone/metrics.jsonl step)" ]
}

godiff run tiny.yaml --out out --quiet --threads 1
godiff run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=5
check "a finished run is extended" exited 0
check "to the same bits as one that was as long from the start" same_as_alone
check "its history has both starts" value_is "$(wc -l <out/history.jsonl)" 2
check "and what was changed" grep -q '"extend":\["loop.times=5"\]' out/history.jsonl
check "its files are in order" "$GODIFF" verify out
godiff run tiny.yaml --out out --quiet --threads 1 --resume
check "it can be resumed without saying so again" exited 0
check "and is finished" same_as_alone

# Step by step, through the end of each.
rm -rf out
godiff run tiny.yaml --out out --quiet --threads 1
for times in 3 4 5; do
    godiff run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=$times
    check "extended to $times" exited 0
done
check "extended three times: the same bits" same_as_alone

# Killed when only the history has the new value: the run goes on as one of it.
rm -rf out before
godiff run tiny.yaml --out out --quiet --threads 1
cp -r out before
godiff run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=5
cp out/history.jsonl before && rm -rf out && mv before out
godiff verify out
check "killed as it began to be extended: nothing is damaged" exited 0
godiff run tiny.yaml --out out --quiet --threads 1 --resume
check "and resumed: the same bits" same_as_alone

# The history ends in a line that was cut, as by a full disk or a kill.
rm -rf out
godiff run tiny.yaml --out out --quiet --threads 1
printf '{"date":"2026-0' >>out/history.jsonl
godiff run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=5
check "after a line that was cut, it is extended" exited 0
godiff run tiny.yaml --out out --quiet --threads 1 --resume
check "after a line that was cut, the change is remembered" exited 0
check "after a line that was cut, it is finished" same_as_alone

# Interrupted in the extended part, and resumed.
rm -rf out
godiff run tiny.yaml --out out --quiet --threads 1
limit=0.01 more="--extend loop.times=5"
while
    # shellcheck disable=SC2086 # words
    godiff run tiny.yaml --out out --quiet --threads 1 --resume --max-time "$limit" $more
    [ "$code" -eq 75 ]
do
    limit=$(awk "BEGIN { print 2 * $limit }") more=
done
check "an extended run that was stopped ends" exited 0
check "stopped and extended: the same bits" same_as_alone

# Killed at any moment of the extension: it goes on with or without saying so again.
for moment in 1 2 3 5 8 13; do
    rm -rf out
    godiff run tiny.yaml --out out --quiet --threads 1
    timeout -s KILL "0.0$moment" "$GODIFF" run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=5 \
        >/dev/null 2>&1 </dev/null
    [ "$moment" -gt 4 ] || godiff run tiny.yaml --out out --quiet --threads 1 --resume
    godiff run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=5
    check "killed while it is extended ($moment): it goes on" exited 0
    check "and ends as one left alone" same_as_alone
done

# Killed at the moments at which its files change over: each renaming, and the first lines of metrics and history.
mkdir kept
godiff run tiny.yaml --out kept/run --quiet --threads 1
if command -v strace >/dev/null; then
    for call in rename:1 rename:2 rename:3 rename:4 rename:5 fsync:1 fsync:2 fsync:3 fsync:4 fsync:5 fsync:6 fsync:7; do
        rm -rf out && cp -r kept/run out
        strace -f -qq -o /dev/null -e trace="${call%:*}" -e inject="${call%:*}:signal=KILL:when=${call#*:}" \
            "$GODIFF" run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=5 >/dev/null 2>&1 </dev/null
        godiff run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=5
        check "killed at $call: it goes on" exited 0
        check "and ends as one left alone" same_as_alone
    done
else
    skip "kills at single calls" "no program strace"
fi

# Other values from here on.
rm -rf out
godiff run tiny.yaml --out out --quiet --threads 1
godiff run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=3 --extend train.steps=5
check "other values of steps are taken" exited 0
check "and stand in the pipeline" grep -q 'steps: 5' out/pipeline.yaml
check "its files are in order" "$GODIFF" verify out

refused() { # WHAT REGEX OPTIONS...
    what=$1 words=$2
    shift 2
    cp out/pipeline.yaml before
    godiff run tiny.yaml --out out --quiet --threads 1 "$@"
    check "$what: exit code 2" exited 2
    check "$what: it says why" said "$words"
    check "$what: nothing has changed" same out/pipeline.yaml before
}
refused "no loop goes on" 'the run has finished, and nothing is left to do with these values: give loop more iterations than its 3, too, such as --extend loop.times=4$' --resume --extend train.steps=6
sed '/loop:/,$d; s/steps: 5/from: uniform/' tiny.yaml >flat.yaml
godiff run flat.yaml --out flat --quiet --threads 1
godiff run flat.yaml --out flat --quiet --threads 1 --resume --extend evaluate.clash=0.5
check "without a loop there is a new run" said '^error: the run has finished, and no loop at its end could go on with these values: begin a new run --from this one$'
refused "fewer iterations" 'give loop more iterations than its 3, ' --resume --extend loop.times=2
refused "another value by --set" 'for other values there are --extend, or a new run --from this one' --resume --set sample.steps=77
refused "another value of what was changed" \
    'train.steps is 5 in its line [0-9]+, here it is 77 \(--set train.steps=77\); .* there are --extend, or a new run --from' \
    --resume --set train.steps=77
refused "the same beside another change" 'train.steps is 5 .* here it is 77' --resume --set train.steps=77 --extend loop.times=4
for given in train.steps=3 train.steps=5 loop.times=3; do
    godiff run tiny.yaml --out out --quiet --threads 1 --resume --set $given
    check "$given is or was its value: it goes on" exited 0
done
cp tiny.yaml whole.yaml
sed -i 's/train: {steps: 3/train: {steps: 4/' tiny.yaml
refused "an edited file" 'train.steps is 5 in its line [0-9]+, here it is 4 \(tiny.yaml:[0-9]+:[0-9]+\); ' --resume
cp whole.yaml tiny.yaml
refused "another system" 'stay as they are in out/pipeline.yaml: system.add is Pt2 in its line [0-9]+, here it is Pt3 ' --resume --extend system.add=Pt3 --extend loop.times=9
refused "an unknown parameter" 'train.stepz' --resume --extend train.stepz=6
refused "without --resume" '--extend needs --resume' --extend loop.times=9

# Three values one after another; a run of which an older version has not kept what was changed.
godiff run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=4 --extend train.steps=6
check "it is changed again" exited 0
for steps in 3 5 6; do
    godiff run tiny.yaml --out out --quiet --threads 1 --resume --set train.steps=$steps
    check "$steps steps are or were its value: it goes on" exited 0
done
refused "4 steps never were" 'train.steps is 6 .* here it is 4 ' --resume --set train.steps=4
sed -i '2s/,"former":".*"}/}/' out/history.jsonl
godiff run tiny.yaml --out out --quiet --threads 1 --resume --set train.steps=4
check "without a record it goes on as it was changed" exited 0

# A component in place of another one, of which another parameter is given.
rm -rf out
corrector='sample.sampler={predictor-corrector: {corrector: 1}}'
godiff run tiny.yaml --out out --quiet --threads 1 --set "$corrector"
godiff run tiny.yaml --out out --quiet --threads 1 --set "$corrector" --resume --extend sample.sampler=ddim --extend loop.times=3
check "another component is taken" exited 0
refused "a parameter of the one before" 'sample.sampler is \{"ddim".* here it is \{"predictor-corrector":\{"corrector":2' --resume \
    --set 'sample.sampler={predictor-corrector: {corrector: 2}}'

# In a pipeline that is a step.
sed 's/^steps:/&\n  - {pipeline: {file: tiny.yaml, with: {train.steps: 2}}, id: first}/' tiny.yaml >outer.yaml
godiff run outer.yaml --out outer --quiet --threads 1
godiff run outer.yaml --out outer --quiet --threads 1 --resume --extend loop.times=3 --extend first.train.steps=4
check "a pipeline in another one is changed" exited 0
godiff run outer.yaml --out outer --quiet --threads 1 --resume --set first.train.steps=5
check "another value there: exit code 2" exited 2
check "another value there: it is named" said 'train.steps is 4 in its line .* here it is 5'

# Fewer iterations than a run that goes on has done.
rm -rf out
godiff run tiny.yaml --out out --quiet --threads 1
godiff run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=100000 --max-time 1s
check "a run is stopped" exited 75
refused "fewer iterations than are done" '^error: loop: cannot have 2 iterations, since the run has finished [0-9]+ of them and begun another$' \
    --resume --extend loop.times=2
godiff run tiny.yaml --out out --quiet --threads 1 --resume --max-time 1s
check "it still goes on" exited 75

# Without the lines of its steps it does not go on, either way.
rm -rf out
godiff run tiny.yaml --out out --quiet --threads 1
lines=$(wc -l <out/metrics.jsonl)
sed -i '3s/"step"/"stop"/' out/metrics.jsonl
for more in '' '--extend loop.times=5'; do
    cp -r out before-lines
    # shellcheck disable=SC2086 # words
    godiff run tiny.yaml --out out --quiet --threads 1 --resume $more
    check "a damaged line (--resume $more): exit code 2" exited 2
    check "a damaged line (--resume $more): it is named" \
        said "^error: out/metrics.jsonl:3: damaged or missing: each of the [0-9]+ steps that are saved has a line here, without which"
    check "a damaged line (--resume $more): nothing has changed" diff -r out before-lines
    rm -r before-lines
done
sed -i '3,$d' out/metrics.jsonl
godiff run tiny.yaml --out out --quiet --threads 1 --resume
check "a missing line: it is named" said "metrics.jsonl:3: damaged or missing: each of the $lines steps"

# What ran after the loop would have run too early.
sed '$ a\  - sample: {count: 2, steps: 2}' tiny.yaml >after.yaml
godiff run after.yaml --out after --quiet --threads 1
godiff run after.yaml --out after --quiet --threads 1 --resume --extend loop.times=3
check "steps after the loop: exit code 2" exited 2
check "steps after the loop: they are named" said 'loop.*: cannot have more iterations, since the step sample-2 after it has run'

# A loop that begins with a loop, and ended early: it goes on after the iterations that it has done.
nest() { # TIMES UNTIL STEPS: that loop, around what is in the file
    sed -n '/^  - loop:/q; p' tiny.yaml
    printf '  - id: outer\n    loop:\n      times: %s\n%s      steps:\n' "$1" "$2"
    sed -n '/^  - loop:/,$s/^/      /p' tiny.yaml
    [ -z "$3" ] || printf '        - %s\n' "$3"
}
until='      until: target
'
rm -rf alone out
nest 4 '' 'relax: {}' >alone.yaml
godiff run alone.yaml --out alone --quiet --threads 1
check "loops in a loop: the run that is left alone ends" exited 0
nest 3 "$until" 'relax: {}' >nested.yaml
godiff run nested.yaml --out out --quiet --threads 1
check "a loop ends early" value_is "$(json --lines out/metrics.jsonl step | grep -c relax)" 1
godiff run nested.yaml --out out --quiet --threads 1 --resume --extend outer.times=4 --extend outer.until=none
check "a loop that ended early, and begins with a loop, is extended" exited 0
check "to the same bits as one that was as long from the start" same_as_alone
rm -rf out
nest 3 "$until" '' >loops.yaml
cp loops.yaml tiny.yaml
godiff run tiny.yaml --out out --quiet --threads 1
refused "how far a loop of loops has come" '^error: outer: cannot have more iterations: it had a condition to end early' \
    --resume --extend outer.times=4

# Loops that have come to their ends before, wherever they are: they are refused by name, alone and beside others.
cat >loops.yaml <<'END'
godiff: 1
name: loops
system: {add: Cu4, region: {sphere: {radius: 3.6}}}
potential: emt
minima: {count: 1}
steps:
  - seed: {from: growth, count: 1}
  - loop:
      times: 2
      steps:
        - loop: {times: 2, steps: [{perturb: {}}, {relax: {steps: 2}}]}
          id: inner
        - select: {keep: 1, from: archive, into: batch}
    id: outer
  - loop: {times: 2, steps: [{perturb: {}}, {relax: {steps: 2}}]}
    id: tail
END
cat >chain.yaml <<'END'
godiff: 1
name: chain
system: {add: Cu4, region: {sphere: {radius: 3.6}}}
potential: emt
minima: {count: 1}
steps:
  - loop:
      times: 2
      steps:
        - pipeline: {file: loops.yaml, take: [archive]}
          id: first
        - seed: {from: growth, count: 1}
        - relax: {steps: 2}
    id: around
END
for name in loops chain; do
    rm -rf $name
    godiff run $name.yaml --out $name --quiet --threads 1
    cp -r $name $name.kept
    while IFS='|' read -r file changes words; do
        [ "$file" = $name ] || continue
        # shellcheck disable=SC2086 # words
        godiff run $name.yaml --out $name --quiet --threads 1 --resume $changes
        check "$name $changes: exit code 2" exited 2
        check "$name $changes: why" said "^error: $words"
        check "$name $changes: nothing has changed" same $name/run.h5 $name.kept/run.h5
    done <<'END'
loops|--extend outer.times=3|outer: cannot have more iterations, since the step perturb-2 after it has run$
loops|--extend tail.times=3 --extend outer.times=3|outer: cannot have more iterations, since the step perturb-2 after it has run$
loops|--extend inner.times=3|inner: cannot have more iterations, since the step select after it has run$
loops|--extend inner.times=1 --extend tail.times=3|inner: cannot have fewer iterations, since the step select after it has run$
loops|--extend tail.times=1|the run has finished, and nothing is left to do with these values: give tail more iterations than its 2, too, such as --extend tail.times=3$
chain|--extend first.tail.times=3|first/tail: cannot have more iterations, since the step seed after it has run$
chain|--extend first.outer.times=3 --extend around.times=3|first/outer: cannot have more iterations, since the step first/perturb-2 after it has run$
chain|--extend first.inner.times=3|first/inner: cannot have more iterations, since the step first/select after it has run$
END
    check "$name: what can go on does" "$GODIFF" run $name.yaml --out $name --quiet --threads 1 --resume \
        --extend "$(case $name in loops) echo tail ;; *) echo around ;; esac).times=3"
    check "$name: its files are in order" "$GODIFF" verify $name
done

# Stopped anywhere, a run takes a change or says which loop cannot have it.
mkfifo pipe
for moment in 2 4 6 7 9 11 12 13 15; do
    rm -rf stopped
    "$GODIFF" run loops.yaml --out stopped --threads 1 --checkpoint step 2>pipe >/dev/null </dev/null &
    pid=$!
    head -n "$moment" <pipe >/dev/null
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    [ -s stopped/run.h5 ] || continue
    for change in inner.times=3 inner.times=1 outer.times=3 outer.times=1 tail.times=3 tail.times=1; do
        rm -rf out
        cp -r stopped out
        godiff run loops.yaml --out out --quiet --threads 1 --resume --extend $change
        check "stopped after $moment lines, $change: it is taken, or a loop named" \
            eval '[ "$code" -eq 0 ] || said "^error: ([a-z]+: cannot have|the run has finished, and nothing)"'
        godiff run loops.yaml --out out --quiet --threads 1 --resume
        check "stopped after $moment lines, $change: it goes on" exited 0
    done
done

# A condition has ended a loop early: it goes on without one.
sed '/^  - loop:/,$d; s/^minima/target: {energy: 7, within: 5}\n&/' loops.yaml >early.yaml
printf '%s\n' '  - loop:' '      times: 4' '      until: target' '      steps: [{perturb: {}}, {relax: {steps: 2}}]' >>early.yaml
cp early.yaml tiny.yaml
rm -rf out
godiff run tiny.yaml --out out --quiet --threads 1
check "a condition ends a loop" value_is "$(json --lines out/metrics.jsonl step | grep -c relax)" 1
refused "its condition stays" 'nothing is left to do with these values: the condition of loop has ended it after 1 of 4 iterations; change that, too, such as --extend loop.until=off$' \
    --resume --extend relax.steps=3
godiff run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.until=off
check "without its condition it goes on" exited 0
check "to its last iteration" value_is "$(json --lines out/metrics.jsonl step | grep -c relax)" 4
godiff run tiny.yaml --out alone-early --quiet --threads 1 --set loop.until=off
check "to the same structures as one that never had it" same out/archive.extxyz alone-early/archive.extxyz

# What can never be changed, and what a change is called.
refused "a section" '^error: --extend changes parameters of steps, .* stay as they are in out/pipeline.yaml: minima.count is 1 in its line [0-9]+, here it is 8 \(--extend minima.count=8\); for another one begin a new run, maybe --from this one$' \
    --resume --extend minima.count=8
refused "the seed" 'seed is 0 in its line 3, here it is 2 \(--extend seed=2\)' --resume --extend seed=2
refused "the seed beside --seed" 'seed is 0 in its line 3, here it is 2 \(--extend seed=2\)' --seed 0 --resume --extend seed=2
godiff check loops.yaml --set perturb.step=2
check "an unknown parameter of --set" said '^--set perturb.step=2: '
refused "an unknown parameter of --extend" '^--extend perturb.step=2: ' --resume --extend perturb.step=2

finish
