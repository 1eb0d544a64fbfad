# A run of an older build goes on: parameters that it did not have take their defaults. What it had and this build has
# not, or has with another value, is refused by name.
. "$(dirname "$0")/lib.sh"

sed 's/exponential, from: 5.0, to: 0.02/constant, from: 1.0/' "$here/tiny.yaml" >tiny.yaml
godiff run tiny.yaml --out begun --quiet --threads 1
check "a run ends" exited 0
godiff run tiny.yaml --out alone --quiet --threads 1 --set loop.times=3
check "and a longer one" exited 0
godiff run tiny.yaml --out stopped --quiet --threads 1 --set loop.times=100000 --max-time 0.5s
check "another is stopped" exited 75

# written RUN SED: what the older build has written, in pipeline.yaml and in run.h5, is changed by sed in a copy.
written() {
    rm -rf out
    cp -r "$1" out
    sed -i "$2" out/pipeline.yaml
    check "$2 changes something" differ out/pipeline.yaml "$1/pipeline.yaml"
    "$TOOLS/h5_spoil" out/run.h5 say /parameters/run/pipeline "$(cat out/pipeline.yaml)"
}

for lacking in '/^ *clash: /d' 's/schedule: linear, //' 's/, within: 1000//'; do
    written begun "$lacking"
    godiff run tiny.yaml --out out --quiet --threads 1 --resume --extend loop.times=3
    if [ "$lacking" != "${lacking#*within}" ]; then
        check "$lacking: the default is another value: it is refused" exited 2
        check "$lacking: with both" said 'target\.within is [0-9.]+ by default, here it is 1000 \(tiny\.yaml:11:'
        continue
    fi
    check "$lacking: the default is the same: it goes on" exited 0
    check "$lacking: to the same bits" same out/archive.extxyz alone/archive.extxyz
    check "$lacking: and is written down" same out/pipeline.yaml alone/pipeline.yaml
    check "$lacking: in run.h5 too" "$GODIFF" verify out
    written stopped "$lacking"
    before=$(wc -l <out/metrics.jsonl)
    godiff run tiny.yaml --out out --quiet --threads 1 --set loop.times=100000 --max-time 0.3s --resume
    check "$lacking: one that was stopped goes on" test "$code" -eq 75 -a "$(wc -l <out/metrics.jsonl)" -gt "$before"
done

# Another version is none of the reasons.
rm -rf out
cp -r stopped out
"$TOOLS/h5_spoil" out/run.h5 words /parameters/run version 9.9.9
before=$(wc -l <out/metrics.jsonl)
godiff run tiny.yaml --out out --threads 1 --set loop.times=100000 --max-time 0.3s --resume
check "another version goes on" test "$code" -eq 75 -a "$(wc -l <out/metrics.jsonl)" -gt "$before"
check "which is one line" value_is "$(grep -c 'this run is from version 9.9.9 so far and continues with [0-9.]*, whose results may differ$' stderr)" 1
check "and no warning" lacks '^warning' stderr
godiff run tiny.yaml --out out --threads 1 --set loop.times=100000 --max-time 0.3s --resume
check "said once" lacks '9\.9\.9' stderr
rm -rf out
cp -r begun out
"$TOOLS/h5_spoil" out/run.h5 words /parameters/run version 9.9.9
godiff run tiny.yaml --out out --threads 1 --resume
check "a finished run of another version is finished" exited 0
check "and nothing is said" lacks '9\.9\.9' stderr
godiff run tiny.yaml --out other --quiet --threads 1 --from out
check "a run begins from one of another version" exited 0

# refused SED MESSAGE: also where run.h5 alone says so.
refused() {
    written begun "$1"
    godiff run tiny.yaml --out out --quiet --threads 1 --resume
    check "$1: it is refused" exited 2
    check "$1: what and where" said "^error: out/pipeline\.yaml is of another pipeline: $2"
    cp begun/pipeline.yaml out
    godiff run tiny.yaml --out out --quiet --threads 1 --resume
    check "$1: run.h5 is refused" exited 2
    check "$1: what and where in run.h5" said "^error: out/run\.h5 is of another pipeline: $2"
}

refused 's/^\( *\)batch: 2/&\n\1momentum: 0.9/' 'this version has no parameter train\.momentum, which is in its line [0-9]+;'
refused '/^system:/i gravity: {g: 9.81}' 'this version has no parameter gravity, which is in its line [0-9]+;'
refused 's/^\( *\)batch: 2/\1batch: 4/' 'train\.batch is 4 in its line [0-9]+, here it is 2 \(tiny\.yaml:20:'
refused 's/max: 1\b/max: 2/' 'noise\.ve\.max is 2 in its line [0-9]+, here it is 1 \(tiny\.yaml:9:'
refused 's/- anneal:/- perturb:/' 'in its line [0-9]+ is the step perturb, where here is anneal \(tiny\.yaml:18:'
refused 's/^target: .*/target: off/; /^target:/,/^[a-su-z]/{/^ /d}' 'target is left out, here it is \{"energy":5\.5058,.*\(tiny\.yaml:11:'
finish
