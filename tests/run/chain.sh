# A pipeline that runs another one first: what each leaves, and that it continues to the same bits wherever it stopped.
. "$(dirname "$0")/lib.sh"

sed 's/name: tiny/name: inner/; s/seed: 0/seed: 5/; s/add: Pt2/add: Pt/' "$here/tiny.yaml" >inner.yaml
sed 's/^steps:/&\n  - {pipeline: {file: inner.yaml, with: {train.steps: 2, sample.count: 4}}, id: first}/' \
    "$here/tiny.yaml" >outer.yaml
godiff check outer.yaml
check "check counts the steps of both pipelines, and the one that the inner is" printed ': ok, 26 steps'

godiff run outer.yaml --out alone --threads 1
check "a chained run ends with 0" exited 0
check "a step of the inner pipeline shows by its path" said '^first/train +2/2 .*evaluations 10'
check "the inner pipeline shows as a step" said '^first +.* s$'
for file in pipeline.yaml summary.json best.extxyz archive.extxyz model.h5; do
    check "the inner pipeline leaves $file" test -s "alone/first/$file"
done
check "the inner pipeline leaves nothing else" value_is "$(find alone/first -mindepth 1 | wc -l)" 5
check "the evaluations are those of the outer pipeline" value_is "$(json alone/summary.json evaluations)" 18
check "the inner pipeline counts its own" value_is "$(json alone/first/summary.json evaluations)" 14
check "the seed of the run is that of the outer pipeline" value_is "$(json alone/first/summary.json seed)" 0
check "metrics.jsonl has all steps" value_is "$(wc -l <alone/metrics.jsonl)" 26
check "the inner structures have their own atoms" value_is "$(head -n 1 alone/first/archive.extxyz)" 9

# The model is passed on: without the inner pipeline the first structures are others.
godiff run "$here/tiny.yaml" --out without --quiet --threads 1
check "the model that is taken draws the first structures" test "$(head -c 4000 alone/archive.extxyz | cksum)" != \
    "$(head -c 4000 without/archive.extxyz | cksum)"

results="run.h5 model.h5 archive.extxyz first/model.h5 first/archive.extxyz first/best.extxyz"

# same_as_alone DIRECTORY: equal results, and equal steps.
same_as_alone() {
    for result in $results; do
        same "$1/$result" "alone/$result" || return 1
    done
    [ "$(json --lines "$1/metrics.jsonl" step)" = "$(json --lines alone/metrics.jsonl step)" ]
}

godiff run outer.yaml --out two --quiet --threads 2
check "one and two threads give the same bits" same_as_alone two
godiff run alone/pipeline.yaml --out again --quiet --threads 1
check "pipeline.yaml runs the chain again" same_as_alone again
godiff run outer.yaml --out other --quiet --threads 1 --seed 1
check "another seed is another inner run" test "$(cksum <other/first/archive.extxyz)" != "$(cksum <alone/first/archive.extxyz)"
godiff run outer.yaml --out set --quiet --threads 1 --set first.train.steps=5 --set first.model.painn.radial=5
check "--set reaches inside" grep -q 'steps: 5' set/first/pipeline.yaml

# The model of an inner pipeline, and what a run has found that stops in one.
sed 's/name: tiny/name: next/; s/^steps:/&\n  - transfer: {from: alone\/first}/' "$here/tiny.yaml" >next.yaml
godiff run next.yaml --out next --quiet --threads 1
check "a run takes the model of an inner pipeline" exited 0
digest=$(sha256sum <alone/first/model.h5 | cut -d' ' -f1)
check "whose checksum is among the inputs" grep -q "\"sha256\":[[:space:]]*\"$digest\"" next/summary.json
check "all of which have one" lacks '"sha256":[[:space:]]*null' next/summary.json
"$GODIFF" run outer.yaml --out part --quiet --threads 1 --checkpoint step --set first.train.steps=1000000000 >/dev/null 2>&1 </dev/null &
until [ "$(cat part/metrics.jsonl 2>/dev/null | wc -l)" -ge 4 ]; do sleep 0.05; done
kill -KILL $!
wait $! 2>/dev/null
check "a run is killed in its inner pipeline" value_is "$(wc -l <part/metrics.jsonl)" 4
godiff run "$here/tiny.yaml" --from part --out after --quiet --threads 1
check "another one begins from it" exited 0
check "with a warning" said '^warning: .*/part: the run stands within a pipeline that is one of its steps: what was found there is not taken over'
godiff run "$here/tiny.yaml" --from alone --out after-alone --quiet --threads 1
check "without one from a run that has ended" lacks 'stands within' stderr
sed 's/^steps:/&\n  - archive: {from: part}/' "$here/tiny.yaml" >none.yaml
godiff check none.yaml
check "its structures are none yet" said 'part: the run has no structures in its archive: it stands within a pipeline'

# SIGKILL after any line.
mkfifo pipe
for moment in 1 2 6 11 12 13 14 15 19 25 26; do
    rm -rf out
    "$GODIFF" run outer.yaml --out out --threads 1 2>pipe >stdout </dev/null &
    pid=$!
    head -n "$moment" <pipe >/dev/null
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    godiff run outer.yaml --out out --resume --quiet --threads 1
    if [ "$code" -eq 2 ]; then # killed before anything was written
        rm -rf out
        godiff run outer.yaml --out out --quiet --threads 1
    fi
    check "killed after line $moment and resumed: the same bits" same_as_alone out
done

# A run does not continue with another inner pipeline, nor over what is in the way.
sed -i 's/size: 4/size: 3/' inner.yaml
before=$(cksum alone/* alone/first/* 2>/dev/null)
godiff run outer.yaml --out alone --resume
check "another inner pipeline is refused" exited 2
check "what differs is reported" said 'alone/first/pipeline\.yaml is of another pipeline: reweight\.size is 4 in its line [0-9]+, here it is 3 \(inner\.yaml:19:'
check "nothing is changed" value_is "$before" "$(cksum alone/* alone/first/* 2>/dev/null)"
mkdir -p taken/first
godiff run outer.yaml --out taken
check "a folder in the way is refused" exited 2
check "the folder in the way is named" said 'taken/first already exists'

# The shipped chains, much smaller, in both languages.
small="--set adatom.seed.count=2 --set adatom.seed.steps=2 --set adatom.loop.times=1 --set adatom.train.steps=2
    --set adatom.sample.count=2 --set adatom.sample.steps=2 --set adatom.model.painn.features=8 --set loop*.times=1
    --set train*.steps=1 --set train*.batch=1 --set sample*.count=2 --set sample*.steps=2 --set model.painn.features=8"
for name in pt-heptamer-transfer pt-heptamer-ffg-transfer; do
    case $name in
    *-ffg-*) more= ;;
    *) more="--set seed.count=2 --set seed.steps=2" ;;
    esac
    for language in yaml lua; do
        pipeline=$SOURCE/pipelines/$name.$language
        check "$name.$language has under 40 lines" test "$(wc -l <"$pipeline")" -lt 40
        # shellcheck disable=SC2086 # a list of options
        godiff run "$pipeline" $small $more --out "$name-$language" --quiet
        check "$name.$language runs" exited 0
    done
    for file in model.h5 archive.extxyz pipeline.yaml adatom/model.h5 adatom/archive.extxyz adatom/pipeline.yaml; do
        check "$name gives the same $file in YAML and Lua" same "$name-yaml/$file" "$name-lua/$file"
    done
done

finish
