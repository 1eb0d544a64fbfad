# Interrupted and killed runs, resumed: the same bits as a run left alone.
. "$(dirname "$0")/lib.sh"

sed 's/times: 2/times: 60/' "$here/tiny.yaml" >tiny.yaml
"$GODIFF" run tiny.yaml --out alone --quiet --threads 1 >/dev/null 2>&1
check "the run that is left alone ends" test -s alone/model.h5

mkfifo pipe

# start OPTIONS...: the program in the background, its stderr readable line by line on descriptor 3.
start() {
    "$GODIFF" run tiny.yaml --out out --threads 1 "$@" 2>pipe >stdout </dev/null &
    pid=$!
    exec 3<pipe
}

# until_line COUNT REGEX: reads stderr until the COUNTth line that matches.
until_line() {
    seen=0
    while [ "$seen" -lt "$1" ] && IFS= read -r line <&3; do
        if echo "$line" | grep -Eq "$2"; then seen=$((seen + 1)); fi
    done
}

# ended: reads the rest of stderr and takes the exit code.
ended() {
    cat <&3 >stderr
    exec 3<&-
    wait "$pid"
    code=$?
}

same_as_alone() {
    for file in run.h5 model.h5 archive.extxyz best.extxyz; do
        same "out/$file" "alone/$file" || return 1
    done
    [ "$(json --lines out/metrics.jsonl step)" = "$(json --lines alone/metrics.jsonl step)" ] &&
        [ "$(json --lines out/metrics.jsonl best_energy)" = "$(json --lines alone/metrics.jsonl best_energy)" ]
}

for ending in INT:130 TERM:75 USR1:75 HUP:75 XCPU:75; do
    signal=${ending%:*}
    rm -rf out
    start
    until_line 1 '.'
    twice=
    [ "$signal" = INT ] || twice=$pid # as timeout(1) does
    kill -s "$signal" "$pid" $twice
    ended
    check "$signal ends with ${ending#*:}" exited "${ending#*:}"
    check "$signal says that the step is finished and saved" said 'finishing this step'
    check "$signal counts once" lacks 'interrupted again' stderr
    check "$signal leaves a summary that says so" value_is "$(json out/summary.json status)" '"interrupted"'
    check "$signal leaves a run to continue with" test -s out/run.h5
    godiff run tiny.yaml --out out --resume --quiet --threads 1
    check "a run stopped by $signal is resumed" exited 0
    check "a run stopped by $signal and resumed has the same bits" same_as_alone
done

# A step that would not end: the second interrupt stops it.
rm -rf out
start --set train.steps=1000000000 --checkpoint step
until_line 1 '^reweight'
kill -INT "$pid"
until_line 1 'finishing this step'
kill -INT "$pid"
ended
check "the second interrupt ends with 130" exited 130
check "the second interrupt leaves a summary that says so" value_is "$(json out/summary.json status)" '"interrupted"'
check "the second interrupt keeps the finished steps" value_is "$(wc -l <out/metrics.jsonl)" 4

# A time limit: the step that would pass it is stopped.
rm -rf out
godiff run tiny.yaml --out out --threads 1 --set train.steps=1000000000 --checkpoint step --max-time 3s
check "a time limit ends with 75" exited 75
check "a time limit leaves a summary that says so" value_is "$(json out/summary.json status)" '"interrupted"'
check "a time limit keeps the finished steps" test -s out/best.extxyz

# One after the other, with more time when that was too little for a step.
rm -rf out
stops=0 limit=0.01 resume=
while
    # shellcheck disable=SC2086 # an option or none
    godiff run tiny.yaml --out out --quiet --threads 1 --max-time "$limit" $resume
    [ "$code" -eq 75 ]
do
    stops=$((stops + 1)) resume=--resume limit=$(awk "BEGIN { print 2 * $limit }")
done
check "stopped by time limits until it is done" exited 0
check "some of them were limits" test "$stops" -gt 0
check "stopped by time limits: the same bits" same_as_alone

# A reader of messages that has gone: the run goes on, and says at its end what it could not print.
rm -rf out
"$GODIFF" run tiny.yaml --out out --threads 1 2>&1 >/dev/null </dev/null | head -n 1 >first
check "nobody reads the messages: the run ends" same_as_alone

# SIGKILL after any line: whatever was being written then, the run continues from the last checkpoint, which may be of
# some steps before.
# Its steps have one line each, so that the later moments differ only in which pass of the loop they are in; the campaign
# "kills" (tests/campaign) kills at every system call.
for moment in 1 2 3 4 5 6 7 9 11 17 29 45; do
    rm -rf out
    case $((moment % 3)) in 0) pace=auto ;; 1) pace=step ;; 2) pace=1h ;; esac
    start --checkpoint "$pace"
    until_line "$moment" '.'
    kill -KILL "$pid"
    ended
    godiff run tiny.yaml --out out --resume --quiet --threads 1
    check "killed after line $moment and resumed: the same bits (--checkpoint $pace)" same_as_alone
done

# One that was killed before it had written anything begins anew.
for made in '' .lock '.lock .godiff-ab12.tmp'; do
    rm -rf out && mkdir out
    for file in $made; do : >"out/$file"; done
    godiff run tiny.yaml --out out --resume --quiet --threads 1
    check "killed when it had made '$made' and resumed: the same bits" same_as_alone
done

# One that was killed while it wrote its last files is intact, and gets them.
rm -rf out && cp -r alone out
sed -i 's/"finished"/"running"/' out/summary.json
rm out/model.h5 out/archive.extxyz
godiff verify out
check "killed while it wrote its last files: exit code 0" exited 0
check "and nothing is damaged" lacks DAMAGED stdout
godiff run tiny.yaml --out out --resume --quiet --threads 1
check "and resumed: the same bits" same_as_alone

# A record of the journal that was cut in its middle is left out, which is said; the steps in it are done again.
# The run may end before the signal comes.
for try in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf out
    start --checkpoint step
    until_line 8 '.'
    kill -KILL "$pid"
    ended
    [ ! -s out/run.h5.journal ] || break
done
check "a killed run has a journal" test -s out/run.h5.journal
check "a killed run has a summary of its last checkpoint" value_is "$(json out/summary.json status)" '"running"'
check "a killed run has its best structure" test -s out/best.extxyz
evaluations=$(json out/summary.json evaluations) rejected=$(json out/summary.json rejected)
check "a killed run has its archive" test "$(grep -c pbc= out/archive.extxyz)" -ge "$((evaluations - rejected))"
godiff verify out
check "a killed run is not damaged" exited 0
check "its journal is looked at" printed '^run\.h5\.journal: fine'
rm -rf killed && mv out killed

# again WHAT: the run of case `out` is resumed, to the same bits.
again() {
    lines=$(wc -l <out/metrics.jsonl)
    godiff run tiny.yaml --out out --resume --threads 1
    check "$1: the run is resumed" exited 0
    check "$1: the same bits" same_as_alone
}

# A record that was being written, of which not even its first fields are there.
cp -r killed out
head -c 20 /dev/zero >>out/run.h5.journal
godiff verify out
check "a cut journal: it is not damaged" exited 0
check "a cut journal: verify says so" printed '^run\.h5\.journal: fine, its last checkpoint was not finished'
godiff export out --what archive --out archive.extxyz
check "a cut journal: export says nothing" silent stderr
again "a cut journal"
check "a cut journal: it says where it goes on" said 'the last checkpoint was not finished'
check "a cut journal: and does not warn" lacks '^warning' stderr
check "a finished run has no journal" test ! -e out/run.h5.journal

# Checkpoints that were saved, and are lost: damage in the middle, at the end, everywhere, and no journal at all.
half() { echo $(($(wc -c <killed/run.h5.journal) / 2)); }
damage() {
    case $1 in
    middle) printf 'xx' | dd of=out/run.h5.journal bs=1 seek="$(half)" conv=notrunc 2>/dev/null ;;
    end) truncate -s "$(half)" out/run.h5.journal ;;
    all) head -c 5000 /dev/zero | tr '\0' x >out/run.h5.journal ;;
    name) printf 'xx' | dd of=out/run.h5.journal bs=1 seek=20 conv=notrunc 2>/dev/null ;;
    none) rm out/run.h5.journal ;;
    esac
}
for place in middle end all name none; do
    case $place in none) words='missing, or not of this run\.h5, which has' ;; *) words='what follows step [0-9]+, of [0-9]+ that were saved, cannot be read' ;; esac
    rm -rf out && cp -r killed out && damage $place
    godiff verify out
    check "a damaged journal ($place): it is found" exited 1
    check "a damaged journal ($place): it is named" printed "^run\\.h5\\.journal: DAMAGED: $words"
    check "a damaged journal ($place): nothing else is" value_is "$(grep -c DAMAGED stdout)" 1
    godiff export out --what archive --out archive.extxyz
    check "a damaged journal ($place): export warns" said "^warning: out/run\\.h5\\.journal: $words"
    godiff run tiny.yaml --out other --from out --threads 1 --quiet --max-time 0.01s
    check "a damaged journal ($place): so does a run --from it" said "^warning: .*/out/run\\.h5\\.journal: $words"
    rm -rf other
    again "a damaged journal ($place)"
    check "a damaged journal ($place): --resume warns" said "^warning: run\\.h5\\.journal: $words"
    kept=$(sed -n 's/^the run goes on after step \([0-9]*\): .*/\1/p' stderr)
    check "a damaged journal ($place): it says how much is done again" said "^the run goes on after step [0-9]+: $((lines - ${kept:-0})) more that had run (is|are) done again"
done

# Without run.h5 a run that has had one does not go on; one that was killed before it was written does.
for lost in run.h5 'run.h5 run.h5.journal'; do
    rm -rf out && cp -r killed out
    for file in $lost; do rm "out/$file"; done
    godiff verify out
    check "without $lost: it is missing" printed '^run\.h5: DAMAGED: missing'
    check "without $lost: exit code 1" exited 1
    for command in "export out" "run tiny.yaml --out other --from out"; do
        # shellcheck disable=SC2086 # words
        godiff $command
        check "without $lost: $command: exit code 2" exited 2
        check "without $lost: $command: why" said 'out: run\.h5 is missing, which has had the state of the run'
    done
    godiff run tiny.yaml --out out --resume --threads 1
    check "without $lost: the run does not go on" exited 2
    check "without $lost: which is said" said 'out/run\.h5 is missing, without which the run does not go on: put it back, or begin'
    check "without $lost: its lines are as they were" same out/metrics.jsonl killed/metrics.jsonl
    godiff run tiny.yaml --out out --threads 1
    check "without $lost: nor does another run begin there" said 'out already contains a run, whose run\.h5 is missing'
done
for ending in '"running":1' '"finished":1' '"failed":0' '"interrupted":0'; do # as older versions leave it, with no number of steps
    sed "/\"steps\"/d; s/\"running\"/${ending%:*}/" killed/summary.json >out/summary.json
    godiff verify out
    check "without run.h5, by an older version, ${ending%:*}: it is known to have been there, or not" exited "${ending#*:}"
done
rm out/summary.json out/*.extxyz
godiff verify out
check "before the first checkpoint: nothing is missing" exited 0
check "before the first checkpoint: what has run is said" printed "^run\.h5: not yet written: $(wc -l <out/metrics.jsonl) steps have finished, and will run again"
again "before the first checkpoint"
check "before the first checkpoint: how much is done again" said "^the run goes on after step 0: $lines more that had run (is|are) done again"

finish
