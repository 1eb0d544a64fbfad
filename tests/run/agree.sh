# Runs with --device cuda, on the host in place of a GPU, give the energies of runs on the CPU by the two-sample tests of
# bench/agree.sh, which detect another temperature.
. "$(dirname "$0")/lib.sh"

# Training is slow on the host in place of a GPU: models learn on the CPU, at two temperatures, and both devices continue.
for temperature in 0.1 50; do
    godiff run "$SOURCE/bench/agree.yaml" --seed 2 --device cpu --out "at-$temperature" --set "anneal.from=$temperature"
    check "a model learns at $temperature" exited 0
done
sed "s/^  - train:.*/  - transfer: {from: at-0.1}\n  - train: {steps: 20, batch: 2, rate: 1.0e-4}/; s/count: 16/count: 4/" \
    "$SOURCE/bench/agree.yaml" >more.yaml

# agree OPTIONS...: what bench/agree.sh finds.
agree() {
    sh "$SOURCE/bench/agree.sh" "$GODIFF" more.yaml 5 "$@" >"$work/stdout" 2>"$work/stderr"
    code=$?
}

agree
check "runs with cuda agree with those on the CPU" exited 0
check "it says so" printed 'same seeds: .*; other seeds: .*: they agree$'
agree --set transfer.from=at-50
check "runs with what was learnt at another temperature do not" exited 1
check "it says so" printed 'they do NOT agree$'
agree --set sample.count=0
check "a run that fails is no agreement" exited 1

finish
