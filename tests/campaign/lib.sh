# What the campaigns share. A campaign sources this after it has set `here` to its own folder.
#
# Every campaign is a list of trials. A trial runs the program once with something that fails (see fail.c), judges how it
# ended and appends a line `N verdict | what failed | message` to a file of results. A campaign that was broken off goes
# on behind the last line.
set -u

options() { # "$@" of the campaign: takes the options that all have; the rest is in $rest
    every=1 kills=1000 seed=1 mode_wanted='' source=$(cd "$here/../.." && pwd) build='' results=''
    while getopts b:r:e:m:n:s: option; do
        case $option in
        b) build=$OPTARG ;;
        r) results=$OPTARG ;;
        e) every=$OPTARG ;;
        m) mode_wanted=$OPTARG ;;
        n) kills=$OPTARG ;;
        s) seed=$OPTARG ;;
        *) sed -n '2,/^[^#]/s/^# //p' "$0" >&2 && exit 2 ;;
        esac
    done
    build=$(cd "${build:-$source/build}" && pwd)
    mkdir -p "${results:=$build/campaign}"
    results=$(cd "$results" && pwd)
    godiff=${GODIFF:-$build/godiff} preload=$build/tests/libfail.so
    CUDA_VISIBLE_DEVICES='' TERM=dumb
    export CUDA_VISIBLE_DEVICES TERM
}

# In memory where there is such a place, since every step of a run is synced to disk.
enter() {
    work=$(mktemp -d "${TMPDIR:-$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)}/godiff-campaign.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    cd "$work" || exit 1
    cp "$here/small.yaml" "$here/small.lua" .
}

# failing SETTINGS COMMAND...: the command with fail.so and, over a minute, its end. SETTINGS: "KIND AT HOW ERROR IN".
# Output in stdout and stderr, exit code in $code; 124 is for a minute that was over.
failing() {
    # shellcheck disable=SC2086 # words
    set -- $1 -- "$@"
    how=$3
    settings="FAIL_KIND=$1 FAIL_AT=$2 FAIL_HOW=$3 FAIL_ERROR=$4 FAIL_IN=$5"
    shift 7
    head -c 128 /dev/zero >state
    # shellcheck disable=SC2086
    timeout -k 1 60 env $settings FAIL_STATE="$work/state" LD_PRELOAD="$preload" "$@" >stdout 2>stderr </dev/null
    code=$?
    [ "$code" -ne 137 ] || [ "$how" = kill ] || code=124
}

# counted KIND: how many the last command made.
counted() {
    place=0
    for kind in allocation call transfer slow write fsync rename; do
        [ "$kind" != "$1" ] || od -An -t u8 -j $((8 * place)) -N 8 state | tr -d ' '
        place=$((place + 1))
    done
}
hits() { od -An -t u8 -j 56 -N 8 state | tr -d ' '; }
failed_name() { tail -c 64 state | tr -d '\0'; }

# snapshot THING: a text that is equal for equal results; of a folder, all but the times that it holds, how it was
# started, its log, and temporary files that could not be removed.
snapshot() {
    if [ ! -d "$1" ]; then
        cksum <"$1"
        return
    fi
    (cd "$1" && find . -type f ! -name '*.json*' ! -name .lock ! -name '*.tmp' ! -name log.txt | LC_ALL=C sort | xargs cksum &&
        find . -name '*.json*' ! -name history.jsonl | LC_ALL=C sort |
        xargs sed -E -e '/"seconds":\t/,/^\t\}/d' -e 's/"seconds":[^,}]*//' -e '/"(started|written|host|command)":\t/d')
}

# undisturbed COMMAND...: as it should be; ends the campaign when it is not.
undisturbed() {
    "$@" >stdout 2>stderr </dev/null || {
        echo "fails without being disturbed: $*" >&2
        cat stderr >&2
        exit 1
    }
}

# summary FILE...: how many trials ended how, and the first of each kind that is wrong.
summary() {
    awk -F ' [|] ' '
        { split($1, word, " "); verdict = word[2]; trials++; count[verdict]++ }
        !(verdict in first) { first[verdict] = $0 }
        END {
            good = count["right"] + count["reported"] + count["unreached"]
            printf "%d trials: %d right, %d reported, %d unreached; %d wrong\n", trials, count["right"], count["reported"],
                count["unreached"], trials - good
            for (verdict in count)
                if (verdict !~ /^(right|reported|unreached)$/)
                    printf "    %-10s %5d times, first: %s\n", verdict, count[verdict], first[verdict]
            exit trials != good
        }' "$@"
}
