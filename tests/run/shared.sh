# What variants of a sweep have in common is computed once, and leaves the same bits as when each computes all.
. "$(dirname "$0")/lib.sh"

cp "$here/tiny.yaml" .
sed 's/name: tiny/name: inner/; s/add: Pt2/add: Pt/' tiny.yaml >inner.yaml
sed 's/^steps:/&\n  - {pipeline: {file: inner.yaml, with: {train.steps: 2, sample.count: 4}}, id: first}/' tiny.yaml >chain.yaml

# bits DIR: all that its runs have left, but for times and who computed it.
bits() {
    (
        cd "$1/runs" || exit
        find . -type f ! -name 'log.txt' ! -name 'history.jsonl' ! -name 'summary.json' ! -name metrics.jsonl | LC_ALL=C sort | xargs cksum
        find . -name summary.json | LC_ALL=C sort | while read -r file; do
            echo "$file $(json "$file" status) $(json "$file" evaluations) $(json "$file" best_energy)"
        done
        find . -name metrics.jsonl | LC_ALL=C sort | while read -r file; do
            sed 's/"seconds":[^,}]*//' "$file"
        done
    )
}

# taken DIR: how many runs have taken over how many steps.
taken() { cat "$1"/runs/*/*/log.txt | sed -n 's/^\([0-9]*\) steps are taken over.*/\1/p' | sort -n | uniq -c | tr -s ' \n' ' '; }

# compare NAME STEPS FILE ARGUMENTS...: with 1 run at a time the second variant takes over so many steps, for each seed.
compare() {
    name=$1 steps=$2
    shift 2
    godiff sweep "$@" --seeds 0..1 --jobs 1 --out "$name" --cache-from 0 --quiet
    check "$name: ends with 0" exited 0
    check "$name: steps are taken over" value_is "$(taken "$name")" " $steps "
    check "$name: nothing is left in the folder" missing "$name/cache"
    godiff sweep "$@" --seeds 0..1 --jobs 2 --out "$name-alone" --no-cache --quiet
    check "$name: --no-cache takes over nothing" value_is "$(taken "$name-alone")" ""
    bits "$name" >got
    bits "$name-alone" >expected
    check "$name: the same bits" same got expected
}

compare sample "2 5" tiny.yaml --vary sample.steps=3,4
compare anneal "2 2" tiny.yaml --vary anneal.from=4,5
compare times "2 2" tiny.yaml --vary loop.times=2,3
compare last "2 12" tiny.yaml --vary minima.count=2,3
compare chain "2 17" chain.yaml --vary train.steps=2,3
compare inner "2 2" chain.yaml --vary 'first.with={anneal.from: 4},{anneal.from: 5}'
compare several "2 2 4 5" tiny.yaml --vary sample.steps=3,4 --vary anneal.from=4,5

# What is computed faster than it is saved is not shared.
godiff sweep tiny.yaml --vary sample.steps=3,4 --seeds 0 --jobs 1 --out short --cache-from 1h --quiet
check "--cache-from: ends with 0" exited 0
check "--cache-from: shorter beginnings are not taken over" value_is "$(taken short)" ""
godiff sweep tiny.yaml --vary sample.steps=3,4 --seeds 0 --jobs 1 --out short --cache-from soon --quiet
check "--cache-from: a time that is none: exit code 2" exited 2
check "--cache-from: it is said what is expected" said "--cache-from: expected a time such as 0.5s or 1m, got 'soon'"
godiff sweep tiny.yaml --vary sample.steps=3,4 --seeds 0 --out array --cache-from 7s --slurm --time=1:00 --print
check "--cache-from: tasks of Slurm have it" grep -q -e '--cache-from.* .*7s' stdout

# A file that has changed meanwhile is another beginning.
mkdir files
printf '0\nsample\n' >files/steps
"$GODIFF" run tiny.yaml --out slab --quiet --set minima=off >/dev/null 2>&1
"$GODIFF" export slab --what best --out slab.extxyz >/dev/null 2>&1
sed 's/template: {build.*/template: {file: slab.extxyz, free: fix}/; s/add: Pt2/add: Pt/' tiny.yaml >file.yaml
godiff run file.yaml --out first --quiet --share files
check "a run with a file leaves its beginning" exited 0
godiff run file.yaml --out second --quiet --share files
check "the same file: it is taken over" grep -q 'steps are taken over' second/log.txt
awk 'NR == 3 { $2 += 0.01 } 1' slab.extxyz >moved && mv moved slab.extxyz
godiff run file.yaml --out third --quiet --share files
check "another content: the run is one of its own" exited 0
check "and takes over nothing" lacks 'steps are taken over' third/log.txt

# What came from a checkpoint is nobody else's beginning: the program and the files may have been others. Nor is what
# came from another run.
mkdir ends
printf '0\nminima\n' >ends/steps
left() { find ends -name run.h5 | wc -l; }
godiff run file.yaml --out early --quiet
godiff run file.yaml --out early --quiet --share ends --resume --extend loop.times=3
check "a resumed run ends" exited 0
check "and leaves no beginning" value_is "$(left)" 0
godiff run file.yaml --out heir --quiet --share ends --from early
check "a run from another one ends" exited 0
check "and leaves no beginning" value_is "$(left)" 0
godiff run file.yaml --out fresh --quiet --share ends
check "one of its own leaves its beginning" value_is "$(left)" 1

# What cannot be read is an error that names it.
mkdir share
printf '0\nloop/none\nsample\n' >share/steps
godiff run tiny.yaml --out giver --quiet --share share
check "a run leaves its beginning" exited 0
check "in a folder of its own" value_is "$(ls share/*/ | tr '\n' ' ')" "metrics.jsonl run.h5 "
truncate -s 3000 share/*/run.h5
godiff run tiny.yaml --out taker --quiet --share share
check "a damaged beginning: exit code 1" exited 1
check "a damaged beginning is named" said 'share/[0-9a-f]*/run\.h5: '
godiff run tiny.yaml --out again --quiet --share none
check "a folder that is not there: exit code 2" exited 2
check "a folder that is not there is named" said 'none/steps'
for first in loop/none 1.5s ''; do
    mkdir -p list
    printf '%s\nsample\n' "$first" >list/steps
    godiff run tiny.yaml --out again --quiet --share list
    check "a list that begins with '$first': exit code 2" exited 2
    check "a list that begins with '$first' is named" said 'list/steps: line 1'
done
finish
