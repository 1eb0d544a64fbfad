# Files that are not what they seem, and places that results go to: nothing hangs, nothing is lost, nothing else is
# written to.
. "$(dirname "$0")/lib.sh"

cp "$here/tiny.yaml" .
printf '1\nLattice="4 0 0 0 4 0 0 0 12" pbc="T T F"\nPt 0 0 0\n' >in.xyz
godiff run tiny.yaml --out alone --quiet
check "the run that is left alone ends" exited 0

# What is no regular file is not read, wherever it is named; nothing waits for it. The limit stops what hangs.
mkfifo fifo
ln -s /dev/zero endless
mkdir folder
ln fifo fifo.lua && ln -s /dev/zero endless.lua && mkdir folder.lua
for thing in fifo endless folder; do
    sed "s/template: .*/template: {file: $thing}/" tiny.yaml >template.yaml
    sed "s/^steps:/&\n  - pipeline: {file: $thing}/" tiny.yaml >pipeline.yaml
    sed "s/^steps:/&\n  - script: {file: $thing.lua}/" tiny.yaml >script.yaml
    sed "s/^steps:/&\n  - transfer: {from: $thing}/" tiny.yaml >transfer.yaml
    sed "s/^target: .*/target: {bonds: $thing}/" tiny.yaml >target.yaml
    sed "s/^godiff: 1/&\nplugins: [$thing]/" tiny.yaml >plugin.yaml
    for place in template pipeline script transfer target plugin; do
        timeout 60 "$GODIFF" check $place.yaml --trust >stdout 2>stderr </dev/null
        code=$?
        check "a $thing as $place ends with 2" exited 2
        check "a $thing as $place is named" said "$thing"
    done
    for command in "check $thing" "check $thing.lua" "evaluate $thing --potential emt" "score $thing in.xyz --time 0.5" \
        "check tiny.yaml --plugin $thing"; do
        # shellcheck disable=SC2086 # words
        timeout 60 "$GODIFF" $command >stdout 2>stderr </dev/null
        code=$?
        check "$command ends with 2" exited 2
    done
done

# --out: what is not a regular file is written to, and stays what it is; a file keeps its mode, a link its target.
evaluate() { godiff evaluate in.xyz --potential emt --threads 1 --out "$1"; }
echo former >target && ln -s target link
evaluate link
check "a link stays a link" test -L link
check "its target has the text" grep -q '^Lattice' target
ln -s made dangling
evaluate dangling
check "a link to nothing makes its target" grep -q '^Lattice' made
for mode in 600 640 444; do
    echo former >private && chmod $mode private
    evaluate private
    check "a file keeps its mode $mode" value_is "$(stat -c %a private)" $mode
    rm -f private
done
cat fifo >got &
evaluate fifo
wait $!
check "a FIFO stays one" test -p fifo
check "the reader of a FIFO gets the text" grep -q '^Lattice' got
evaluate /dev/stdout
check "/dev/stdout is standard output" printed '^Lattice'
for command in "evaluate in.xyz --potential emt" "relax in.xyz --potential emt" "export alone" \
    "score alone/model.h5 alone --time 0.5" "compare alone"; do
    # shellcheck disable=SC2086 # words
    godiff $command
    cp stdout expected
    # shellcheck disable=SC2086
    godiff $command --out -
    check "${command%% *} --out - is standard output" same stdout expected
done
minute='s/20[0-9-]* [0-9:]* UTC//'
godiff report alone --out page.html
sed "$minute" page.html >expected
ln -s /dev/stdout linked # never the real one
for out in - linked; do
    godiff report alone --out $out
    sed "$minute" stdout >page
    check "report --out $out: the page and nothing else" same page expected
done
mkfifo pipe
for out in - linked pipe; do
    godiff export alone --what model --out $out
    check "export --what model --out $out: a model needs a file" said 'a model needs --out FILE'
done
check "and a FIFO stays one" test -p pipe
check "no file is called -" missing ./-
if mknod null c 1 3 2>/dev/null && : >null; then # never the real one
    evaluate null
    check "a device ends with 0" exited 0
    check "a device stays one" test -c null
else
    skip "a device" "this machine lets nobody make one here"
fi
name=$(printf 'o%.0s' $(seq 240)).extxyz # 247 bytes of 255
evaluate "$name"
check "a long name can be written" grep -q '^Lattice' "$name"
evaluate folder
check "a folder cannot" exited 2
evaluate nowhere/file
check "a folder that is missing is an error" exited 2
check "no temporary file is left" value_is "$(find . -name '*.tmp')" ""

# A reason is never cut off by a long path.
long=$(printf 'd%.0s' $(seq 200))
mkdir -p "$long/$long/$long/$long/$long"
deep=$long/$long/$long/$long/$long
printf '1\n\nQq 0 0 0\n' >"$deep/a.xyz"
printf 'godiff: 2\n' >"$deep/a.yaml"
godiff evaluate "$deep/a.xyz" --potential emt
check "the reason stands behind a long path" said "a.xyz:3:1: 'Qq' is not the symbol of an element"
godiff check "$deep/a.yaml"
check "a problem's place does" said 'a\.yaml:1:[0-9]+: '
godiff run tiny.yaml --out "$deep/a.xyz/out"
check "a failed folder's reason does" said 'Not a directory$'

# Standard output that cannot be written, or that nobody reads.
if [ -w /dev/full ]; then
    for i in $(seq 60); do echo '  - anneal: {}'; done | cat tiny.yaml - >long.yaml
    for command in --help --version "run --help" schema "stages --json" stages "stages --markdown" "graph long.yaml" \
        "check tiny.yaml" "evaluate in.xyz --potential emt" "score alone/model.h5 in.xyz --time 0.5" \
        "run tiny.yaml --out full"; do
        # shellcheck disable=SC2086 # words
        "$GODIFF" $command >/dev/full 2>stderr </dev/null
        code=$?
        check "$command on a full disk ends with 1" exited 1
        check "$command on a full disk says so" said 'standard output'
    done
else
    skip "standard output on a full disk" "there is no /dev/full"
fi
"$GODIFF" check tiny.yaml >&- 2>stderr
code=$?
check "standard output that is closed ends with 1" exited 1
"$GODIFF" run tiny.yaml --out closed --quiet >&- 2>&- <&-
check "what is closed is not written into the run's files" value_is "$(json closed/summary.json status)" '"finished"'
check "metrics.jsonl has its lines alone" value_is "$(grep -vc '^{.*}$' closed/metrics.jsonl)" 0

# nobody COMMAND...: with a standard output whose reader has gone before anything is printed.
nobody() {
    rm -f gone
    (
        until [ -e gone ]; do sleep 0.01; done
        "$@" 2>stderr </dev/null
        echo $? >code
    ) | {
        exec <&-
        : >gone
    }
    code=$(cat code)
}
nobody "$GODIFF" stages
check "a list that nobody reads ends as by SIGPIPE" exited 141
check "and without a word" silent stderr
nobody "$GODIFF" evaluate in.xyz --potential emt
check "so do structures" exited 141
nobody "$GODIFF" run tiny.yaml --out unread
check "a run that nobody reads says so" said 'standard output'
check "and ends with 1" exited 1
check "it has finished all the same" value_is "$(json unread/summary.json status)" '"finished"'

# JSON is UTF-8 whatever comes in: an error, the name of a figure, a long message, the folder's name.
script() {
    cat >case.lua <<END
local gd = require "godiff"
return gd.pipeline { name = "t", seed = 1,
  system = { template = gd.fcc111 {symbol = "Pt", size = {2, 2, 2}, vacuum = 6.5}, add = "Pt", window = {above = {1.0, 4.0}} },
  potential = "emt", noise = {ve = {}}, model = {painn = {features = 8, blocks = 1}},
  steps = { gd.seed {count = 3, from = "uniform"}, gd.evaluate {},
    gd.stage { name = "s", reads = {"archive"}, writes = {}, run = function(state) $1 end } } }
END
}
utf8() { iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1; }
if command -v iconv >/dev/null; then
    for body in 'error("caf\xe9")' 'gd.figure("angle \xe5", 1)' 'error(("\u{e9}"):rep(2000))' 'error("x" .. ("\u{e9}"):rep(2000))'; do
        script "$body"
        rm -rf json
        godiff run case.lua --out json --quiet
        check "$body: summary.json is UTF-8" utf8 json/summary.json
        check "$body: metrics.jsonl is UTF-8" utf8 json/metrics.jsonl
        check "$body: summary.json is JSON" json json/summary.json status >/dev/null
    done
else
    skip "JSON from bytes that are not UTF-8" "there is no iconv"
fi

# Numbers have points whatever locale a script sets, for the process or at its top.
if command -v localedef >/dev/null && localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 >/dev/null 2>&1; then
    script 'os.setlocale("de_DE.UTF-8"); gd.figure("half", 0.5); gd.message("half " .. 0.5)'
    sed -i '1i assert(os.setlocale("de_DE.UTF-8"))' case.lua
    # The C library never frees its list of LOCPATH, which the leak sanitizer would count.
    LOCPATH=$work ASAN_OPTIONS=detect_leaks=0 godiff run case.lua --trust --out german
    check "a run in a German locale ends with 0" exited 0
    check "its messages have points" said '^half 0\.5$'
    check "its structures have points" lacks '[0-9],[0-9]' german/archive.extxyz
    check "its pipeline has points" grep -q '6\.5' german/pipeline.yaml
    check "its metrics have points" value_is "$(json --lines german/metrics.jsonl half | tail -n 1)" 0.5
    check "its results have points" printed '^best energy +-?[0-9]+\.[0-9]+ eV'
    godiff evaluate german/best.extxyz --potential emt
    check "its structures can be read" exited 0
else
    skip "a locale with commas" "localedef cannot make one here"
fi

# Repeated %TAG lines take libyaml time that grows with their square.
awk 'BEGIN { for (k = 0; k < 200000; k++) printf "%%TAG !a%d! tag:x,%d\n", k, k; print "---\na: 1" }' >tags.yaml
timeout 60 "$GODIFF" check tags.yaml >stdout 2>stderr
code=$?
check "many tags are refused" exited 2
check "and named" said 'tags\.yaml:17:1: .*%TAG'

# A folder with links in it, from somebody else, leads nowhere on --resume; the state of the run there is restored.
for file in run.h5 metrics.jsonl pipeline.yaml summary.json best.extxyz archive.extxyz model.h5; do
    rm -rf planted && cp -r alone planted
    sed -i 's/"finished"/"failed"/' planted/summary.json
    cp planted/$file elsewhere && cp planted/$file kept && rm planted/$file && ln -s "$work/elsewhere" planted/$file
    for temporary in run.h5 summary.json pipeline.yaml best.extxyz; do ln -sf "$work/untouched" planted/$temporary.tmp; done
    echo untouched >untouched
    godiff run tiny.yaml --out planted --resume --quiet
    check "a planted $file: the run continues" exited 0
    check "a planted $file: what it led to is as it was" same elsewhere kept
    check "a planted $file: nor is a temporary name followed" value_is "$(cat untouched)" untouched
done

# A run whose syncs fail, each in turn, never says that it has finished when it ends with 1.
sed '/^  - loop/,$d' "$here/tiny.yaml" >brief.yaml
head -c 128 /dev/zero >counts
if [ -z "$SANITIZE" ] && FAIL_STATE=counts LD_PRELOAD=$BUILD/tests/libfail.so "$GODIFF" --version >/dev/null 2>&1; then
    at=0
    while [ "$at" -lt 100 ]; do
        at=$((at + 1))
        rm -rf unsynced && head -c 128 /dev/zero >counts
        FAIL_STATE=counts FAIL_KIND=fsync FAIL_AT=$at LD_PRELOAD=$BUILD/tests/libfail.so \
            "$GODIFF" run brief.yaml --out unsynced --quiet --threads 1 >stdout 2>stderr </dev/null
        code=$?
        [ "$(od -An -t u8 -j 56 -N 8 counts | tr -d ' ')" -gt 0 ] || break # that many failed
        check "sync $at fails: the run ends with 1, or with 2 before it begins" test "$code" -eq 1 -o "$code" -eq 2
        check "sync $at fails: the run says so" test -s stderr
        check "sync $at fails: and has not finished" test "$(json unsynced/summary.json status 2>/dev/null)" != '"finished"'
        if [ -e unsynced/pipeline.yaml ]; then
            godiff run brief.yaml --out unsynced --resume --quiet
            check "sync $at fails: it continues" exited 0
        fi
    done
    check "there were some syncs, and they had an end ($at)" test "$at" -gt 10 -a "$at" -lt 100
else
    skip "syncs that fail" "nobody can filter system calls here"
fi

# The folder of an inner pipeline is the run's own, too.
sed 's/^steps:/&\n  - {pipeline: {file: tiny.yaml}, id: inner}/; s/^name: tiny/name: chain/' brief.yaml >chain.yaml
godiff run chain.yaml --out chain --quiet
check "a pipeline in a pipeline ends" exited 0
mv chain/inner foreign && ln -s "$work/foreign" chain/inner && rm foreign/summary.json
godiff run chain.yaml --out chain --resume --quiet
check "a folder that is a link is refused" exited 2
check "and named" said 'chain/inner is not a folder: a run writes only to its own folder'
mkdir planned && ln -s "$work/new" planned/inner
godiff run chain.yaml --out planned --quiet
check "so is one that leads to nothing" exited 2
check "where nothing is made" missing new

# Outputs of a finished run that are missing come back.
rm alone/best.extxyz alone/model.h5 && cp -r alone lacking
godiff run tiny.yaml --out lacking --resume
check "missing outputs are written anew" said 'already finished; restored from run\.h5: .*model\.h5'
check "the structure is back" test -s lacking/best.extxyz
godiff run tiny.yaml --out lacking --resume
check "nothing is written anew twice" lacks 'anew' stderr
for file in summary.json pipeline.yaml; do
    for how in missing damaged; do
        [ "$file $how" != "pipeline.yaml damaged" ] || continue
        [ "$how" = missing ] && rm lacking/$file || echo '{' >lacking/$file
        godiff run tiny.yaml --out lacking --resume
        check "$file, $how: it comes back" exited 0
        check "$file, $how: which is said" said "restored(| from run\.h5): $file$"
        "$GODIFF" verify lacking >stdout 2>&1
        check "$file, $how: the run is whole" printed "^$file: fine"
    done
done
rm lacking/metrics.jsonl
godiff run tiny.yaml --out lacking --resume
check "without its metrics a run does not go on, and what to do is said" said 'metrics.jsonl is missing, .* --from this one$'

finish
