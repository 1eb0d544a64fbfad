# Trials of the commands: what `allocations` and `calls` share. They set `modes`, a list of lines "NAME KIND HOW ERROR IN",
# and call `campaign`.
. "$here/lib.sh"

all_commands="check check_lua describe draw evaluate print score run run_lua resume"

# reference COMMAND: the result of an undisturbed one, and what it needs.
reference() {
    rm -rf alone half out
    pipeline=small.yaml
    [ "$1" != run_lua ] || pipeline=small.lua
    undisturbed "$godiff" run $pipeline --out alone --quiet --threads 1
    cp alone/model.h5 model.h5
    cat alone/archive.extxyz >in.extxyz
    cat in.extxyz in.extxyz in.extxyz in.extxyz >many.extxyz # more than a buffer of stdout holds
    # A run to continue with: killed in the middle of its names.
    failing "rename 0 once 0 main" "$godiff" run $pipeline --out half --quiet --threads 1
    [ "$(snapshot half)" = "$(snapshot alone)" ] || { echo "two runs differ" >&2 && exit 1; }
    middle=$(($(counted rename) / 2))
    rm -rf half
    failing "rename $middle kill 0 main" "$godiff" run $pipeline --out half --quiet --threads 1
    [ -s half/run.h5 ] || { echo "no run to continue" >&2 && exit 1; }
    failing "allocation 0 once 0 main" "$godiff" run $pipeline --out alone --quiet --threads 1 --resume
    start "$1"
    undisturbed_command "$1"
    results_of "$1" >expected
}

start() { # COMMAND: what it begins with
    rm -rf out out.extxyz
    [ "$1" != resume ] || cp -r half out
}

# command_of COMMAND: the arguments.
command_of() {
    case $1 in
    check) echo check small.yaml ;;
    check_lua) echo check small.lua ;;
    describe) echo schema ;;
    draw) echo graph small.yaml ;;
    print) echo evaluate many.extxyz --potential emt --threads 1 ;;
    evaluate) echo evaluate in.extxyz --potential emt --threads 2 --out out.extxyz ;;
    score) echo score model.h5 in.extxyz --time 0.5 --threads 2 --out out.extxyz ;;
    run | run_lua) echo run $pipeline --out out --quiet --threads 1 ;;
    resume) echo run small.yaml --out out --quiet --threads 1 --resume ;;
    esac
}

# shellcheck disable=SC2046 # words
undisturbed_command() { undisturbed "$godiff" $(command_of "$1"); }

results_of() {
    cat stdout
    for thing in out out.extxyz; do
        [ ! -e "$thing" ] || snapshot "$thing"
    done
}

# A run that failed continues to the same end when it is left alone; a run of which nothing was written yet begins anew.
# Of failing allocations, which are many and mostly fail alike, every tenth is tried.
goes_on() { # COMMAND
    case $1 in run*|resume) ;; *) return 0 ;; esac
    [ "$campaign" = calls ] || [ $((at / every % 10)) -eq 0 ] || return 0
    mv stdout stdout.failed && mv stderr stderr.failed
    if [ -e out/run.h5 ] || [ -e out/pipeline.yaml ]; then
        "$godiff" run $pipeline --out out --quiet --threads 1 --resume >stdout 2>stderr </dev/null
    else
        "$godiff" run $pipeline --out out --quiet --threads 1 >stdout 2>stderr </dev/null
    fi && [ "$(snapshot out)" = "$(snapshot alone)" ]
    went=$?
    mv stderr stderr.second
    mv stdout.failed stdout && mv stderr.failed stderr
    return $went
}

# The documented exit codes are 0, 1 and 2; above 128 are signals.
judge() { # COMMAND
    if [ "$code" -eq 124 ]; then
        echo hangs
    elif [ "$code" -gt 128 ]; then
        echo "signal-$((code - 128))"
    elif [ "$code" -gt 2 ]; then
        echo "code-$code"
    elif [ "$code" -gt 0 ]; then
        if [ ! -s stderr ]; then
            echo silent
        elif ! grep -Eiq "$reason" stderr; then
            echo no-reason
        else
            goes_on "$1" && echo reported || echo lost
        fi
    elif [ "$(results_of "$1")" != "$(cat expected)" ]; then
        echo false
    elif [ "$(hits)" -eq 0 ]; then
        echo unreached
    else
        echo right
    fi
}

# trials COMMAND MODE KIND HOW ERROR IN: from the last line of the results on.
trials() {
    file=$results/$campaign-$1-$2
    touch "$file"
    start "$1"
    # shellcheck disable=SC2046 # words
    failing "$3 0 once 0 $6" "$godiff" $(command_of "$1")
    [ "$code" -eq 0 ] || { echo "fail.so alone makes $1 end with $code" >&2 && exit 1; }
    total=$(counted "$3")
    at=$(tail -n 1 "$file" | cut -d ' ' -f 1)
    at=$((${at:-$((1 - every))} + every))
    while [ "$at" -le "$total" ]; do
        start "$1"
        # shellcheck disable=SC2046
        failing "$3 $at $4 $5 $6" "$godiff" $(command_of "$1")
        verdict=$(judge "$1")
        printf '%d %s | code %d, %s | %s\n' "$at" "$verdict" "$code" "$(failed_name)" "$(head -n 1 stderr)" >>"$file"
        at=$((at + every))
    done
    printf '%-12s %-10s %-12s of %6d ' "$1" "$campaign" "$2" "$total"
    summary "$file" || wrong=1
}

campaign() {
    wrong=0
    enter
    for command in ${*:-$all_commands}; do
        reference "$command"
        echo "$modes" >modes
        while read -r mode kind how error in <&4; do
            [ "${mode_wanted:-$mode}" = "$mode" ] || continue
            trials "$command" "$mode" "$kind" "$how" "$error" "$in"
        done 4<modes
    done
    exit $wrong
}
