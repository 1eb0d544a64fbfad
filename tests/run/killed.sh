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
    start --checkpoint $pace
    until_line "$moment" '.'
    kill -KILL "$pid"
    ended
    godiff run tiny.yaml --out out --resume --quiet --threads 1
    if [ "$code" -eq 2 ]; then # killed before the first step was saved
        rm -rf out
        godiff run tiny.yaml --out out --quiet --threads 1
    fi
    check "killed after line $moment and resumed: the same bits (--checkpoint $pace)" same_as_alone
done

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
truncate -s -100 out/run.h5.journal
godiff run tiny.yaml --out out --resume --threads 1
check "a cut journal: the run is resumed" exited 0
check "a cut journal: it says where it goes on" said 'the last checkpoint was not finished'
check "a cut journal: the same bits" same_as_alone
check "a finished run has no journal" test ! -e out/run.h5.journal

finish
