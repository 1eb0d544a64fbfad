# Help, versions, the list of stages, benchmarks, and which stream says what.
. "$(dirname "$0")/lib.sh"

godiff --version
check "--version ends with 0" exited 0
check "--version prints the version" printed '^godiff [0-9]+\.[0-9]+\.[0-9]+$'
godiff --help
check "--help ends with 0" exited 0
for command in run sweep compare report check graph stages schema evaluate score bench verify; do
    check "--help names $command" grep -Eq "^ +$command " stdout
done
for command in run sweep compare report check graph stages schema evaluate score bench verify; do
    godiff $command --help
    check "$command --help ends with 0" exited 0
    check "$command --help prints its usage on stdout" printed "^usage: godiff $command"
    check "$command --help says nothing on stderr" silent stderr
    cp stdout help-option
    godiff help $command
    check "help $command is the same" cmp -s stdout help-option
done

godiff stages
check "stages ends with 0" exited 0
check "stages is a list of one line each" printed '^  train +Trains the model'
check "with the names of components" printed '^  curve +exponential, linear, '
cut -c3-14 stdout >listed
godiff stages --full
sed -n 's/^\([a-z][a-z0-9_-]*\) (\(section\|step\))$/\1/p' stdout >stages
while read -r name; do
    check "the list has $name" grep -q "^$name *$" listed
done <stages
check "stages --full prints what train reads" printed 'reads .*buffer'
check "stages prints the unit of a parameter" printed ' in Å'
check "stages prints components" printed '^emt \(potential\)'
godiff stages train
check "stages NAME ends with 0" exited 0
check "stages NAME prints that one only" value_is "$(grep -c '^[a-z]' stdout)" 1
check "stages NAME prints default and range" printed 'steps +integer, at least 1, .*default'
for name in smaple Sample SAMPLE; do
    godiff stages $name
    check "stages $name: exit code 2" exited 2
    check "stages $name: the nearest name" said "unknown stage or component '$name', did you mean 'sample'\?"
done
godiff stages exponental --kind curve
check "stages --kind: the nearest name" said "unknown curve 'exponental', did you mean 'exponential'\?"
godiff stages fcc11 --kind curve
check "stages --kind: no name of another kind" lacks 'did you mean' stderr
godiff stages --json
check "stages --json ends with 0" exited 0
for key in name place summary reads writes parameters; do
    check "stages --json has $key" json stdout stages 0 $key >/dev/null
done
check "stages --json has the components" json stdout components 0 kind >/dev/null
godiff stages train --json
check "stages NAME --json has that one only" value_is "$(json stdout stages 0 name) $(json stdout stages 1 name)" '"train" '
for key in name type help required; do
    check "a parameter in JSON has $key" json stdout stages 0 parameters 0 $key >/dev/null
done

cp "$here/tiny.yaml" fine.yaml
sed '/train:/d' fine.yaml >other.yaml
godiff check fine.yaml other.yaml --set train.steps=3
check "of several pipelines the one with the problem is named" said '^\.\.\. in other.yaml$'
godiff check fine.yaml --set noise.ve.max=0.5
check "noise that is little in the window is doubted" said 'noise.ve.max: 0.5 Å is little in a window of 3 Å'
sed 's/^        - reweight/        - bias: {}\n&/' fine.yaml >bias.yaml
godiff check bias.yaml --set train.weights=uniform
check "so are hills that nothing looks at" said 'bias.yaml:[0-9]+:[0-9]+: warning: bias: no step looks at the hills'
godiff check bias.yaml --set reweight.bias=add
check "and weights that undo them" said 'warning: train.weights: boltzmann weighs the buffer by exp\(-E/T\) once more, against the bias of reweight'
godiff check bias.yaml --set reweight.bias=add --set train.weights=uniform
check "but not hills that are used" silent stderr
printf '%s\n' 2 'Lattice="6 0 0 0 6 0 0 0 20" Properties=species:S:1:pos:R:3 pbc="T T F"' 'Pt 0 0 5' 'Pt 3 3 5' >free.extxyz
sed 's/template: .*/template: {file: free.extxyz, free: relax}/' fine.yaml >free.yaml
godiff check free.yaml
check "and atoms that are to be free in a file without constraints" said 'free.extxyz has no constraints: free: relax has no effect'
sed -i 's/R:3 pbc/R:3:move_mask:L:1 pbc/; s/5$/5 T/; 3s/T$/F/' free.extxyz
godiff check free.yaml
check "which are not doubted in one with constraints" lacks 'no constraints' stderr
godiff check "$SOURCE/pipelines/basin-hopping.yaml" --set 'accept*.criterion.metropolis.temperature=300'
check "so is a criterion's temperature in kelvin" said 'criterion.metropolis.temperature: 300 eV is 3.48e\+06 K'

# Forces that are weak throughout: the default fmax is met anywhere.
sed -e 's/emt: {}/lj: {epsilon: 0.0104, sigma: 3.4, cutoff: 10}/; s/Pt2/Ar2/; s/symbol: Pt/&, a: 5.3/' \
    -e 's/cutoff: 3.0/&, heads: [score, force]/; s/- sample: {/&finish: {steps: 5}, /; /^target/d' fine.yaml >weak.yaml
printf '  - relax: {}\n' >>weak.yaml
godiff check weak.yaml
for key in minima.fmax sample.finish.fmax relax.fmax; do
    check "a force that hardly any is longer than is doubted: $key" said "warning: $key: .*by at most 0.0073 eV/Å.* choose about 7e-05"
done
godiff check weak.yaml --set 'target={energy: -0.3, within: 0.1}'
check "so is a window of the target that is wider than a bond" \
    said 'warning: target\.(energy\.)?within: 0.1 eV is much where a bond of two of these atoms has 0.01 eV: .* choose about 1e-03'
godiff check weak.yaml --set 'target={energy: -0.3, within: 0.001}' --set minima.fmax=1e-3 --set sample.finish.fmax=1e-3 --set relax.fmax=1e-3
check "but not a small one" silent stderr

godiff bench --json --threads 1
check "bench ends with 0" exited 0
for key in optimisation_step_ms forward_ms neighbours_ms emt_ms; do
    value=$(json stdout $key)
    check "bench --json has $key, above 0" awk -v x="$value" 'BEGIN { exit !(x + 0 > 0) }'
done
check "bench --json has threads" value_is "$(json stdout threads)" 1
check "bench --json has the kernels of the CPU" printed '"kernels":.*"(baseline|avx2|avx512)"'
check "bench --json has device" value_is "$(json stdout device)" '"cpu"'

# A path that means one step of several says so, and continues.
godiff check "$here/tiny.yaml" --set evaluate.clash=0.3
check "a stage's first step alone is set with a warning" said '^--set evaluate.clash=0.3: warning: .*evaluate-2: .*evaluate\*\.clash'
check "the warning ends with 0" exited 0
for key in from to; do
    godiff check "$here/tiny.yaml" --set anneal.from=6000 --set anneal.$key=5000
    check "a temperature in kelvin is warned of: $key" \
        said "warning: anneal\.$key: 5000 eV is 5\.8e\+07 K: temperatures are in eV, and 300 K is 0\.0259 eV"
done
godiff check "$here/tiny.yaml" --set 'evaluate*.clash=0.3'
check "all steps of a stage are set without a word" silent stderr

# Heads that nothing has trained guide nobody; batches far beyond what there is take long.
heads='model.painn.heads=[score, force, energy]'
sed 's/^  - evaluate: {}/  - sample: {count: 6, steps: 5}\n&/' "$here/tiny.yaml" >early.yaml
sed 's/^  - evaluate: {}/  - select: {keep: 4, lowest: 0.5}\n&/' "$here/tiny.yaml" >choosy.yaml
godiff check early.yaml --set "$heads" --set sample.guidance=lbfgs --set sample-2.guidance=lbfgs
check "forces of an untrained model are warned of" said 'warning: sample\.guidance: no step before this one trains'
check "those of a trained one are not" value_is "$(grep -c 'no step before' stderr)" 1
godiff check early.yaml --set "$heads" --set sample.finish.steps=5 --set sample-2.finish.steps=5
check "a relaxation on them, too" said 'warning: sample\.finish: no step before this one trains'
godiff check choosy.yaml --set "$heads"
check "energies of an untrained model are warned of" said 'warning: select\.lowest: no step before this one trains'
godiff check "$here/tiny.yaml" --set "$heads" --set train.archive_batch=1000
check "a large archive_batch is warned of" said 'warning: train\.archive_batch: 1000 structures .* about 500 times as long'

# Numbers of steps against each other: tiny.yaml evaluates 6 + 2 x 6 structures, and has 4 of them in the buffer.
godiff check "$here/tiny.yaml" --set train.batch=129
check "a batch far beyond the buffer is warned of" said 'warning: train\.batch: 129 structures per step, and 4 in the buffer'
check "once" value_is "$(grep -c warning stderr)" 1
godiff check "$here/tiny.yaml" --set train.batch=128
check "a smaller one is not" silent stderr
godiff check "$here/tiny.yaml" --set train.batch=128 --set seed.count=3
check "the buffer has no more structures than the archive" said 'warning: train\.batch: 128 structures per step, and 3 in the buffer'
godiff check "$here/tiny.yaml" --set reweight.size=18
check "a buffer that takes all structures is warned of" said 'warning: reweight\.size: the buffer of 18 takes all structures .* at most 18'
for set in reweight.size=17 reweight.weights=newest reweight.adapt=0.5 loop.times=3 seed.count=7; do
    godiff check "$here/tiny.yaml" --set reweight.size=18 --set anneal.from=0.5 --set "$set"
    check "but not with $set" silent stderr
done
sed 's/times: 2/times: 2\n      until: {ess: {least: 19}}/' "$here/tiny.yaml" >enough.yaml
godiff check enough.yaml
check "a sample size above that of all structures is warned of" said 'warning: loop\.until\.ess\.least: 19 is above .* at most 18'
godiff check enough.yaml --set loop.until.ess.newest=19
check "also of the newest" said 'warning: loop\.until\.ess\.least: 19 is above .* at most 18'
godiff check enough.yaml --set loop.until.ess.least=18
check "but not one that all can have" silent stderr
follow="--set reweight.adapt=0.5 --set reweight.least=32"
godiff check "$here/tiny.yaml" $follow --set reweight.most=32
check "a size that cannot follow is warned of" said 'warning: reweight\.adapt: has no effect: least and most are both 32'
godiff check "$here/tiny.yaml" $follow --set reweight.most=33
check "but not one that can" silent stderr
godiff check "$here/tiny.yaml" --set loop.times=3 --set anneal.from=4.51
check "a temperature that falls too fast is warned of" said 'warning: anneal\.to: the temperature falls by a factor of 15 in each of 3 iterations'
for set in loop.times=2 anneal.from=4.49 anneal.curve=linear; do
    godiff check "$here/tiny.yaml" --set loop.times=3 --set anneal.from=4.51 --set "$set"
    check "but not with $set" silent stderr
done
sed 's/^  - evaluate: {}/  - select: {keep: 2, novel: 0.5}\n&/' "$here/tiny.yaml" >few.yaml
godiff check few.yaml --set reweight.size=14
check "what select has left out is not evaluated" said 'warning: reweight\.size: .* at most 14'
sed 's/^  - evaluate: {}/  - relax: {}/' "$here/tiny.yaml" >relaxed.yaml
godiff check relaxed.yaml --set reweight.size=1000 --set train.batch=32000
check "of a relaxation it is not known how many it keeps" silent stderr

# The pipelines of this program are as it recommends, but for those of a paper, of which the noise is as there, and of a
# benchmark that is in a plane through the corner of its cell.
for file in "$SOURCE"/pipelines/*.yaml "$SOURCE"/pipelines/[ps]*/*.yaml "$SOURCE"/pipelines/*.lua "$SOURCE"/examples/loops/*.yaml; do
    case $file in */paper/heptamer* | *-gmm40.*) continue ;; esac
    godiff check "$file"
    check "no warning of ${file#"$SOURCE"/}" silent stderr
done

# A temperature that rises is hardly meant.
for curve in exponential linear cosine '{hold: {plateaus: 3}}'; do
    godiff check "$here/tiny.yaml" --set anneal.from=0.01 --set "anneal.curve=$curve"
    check "a rising temperature is warned of: $curve" said 'warning: anneal\.to: 0\.02 eV is above from, 0\.01 eV: the temperature rises'
done
godiff check "$here/tiny.yaml" --set anneal.from=0.01 --set anneal.curve=constant
check "the curve constant does not rise" silent stderr

# Problems do not hide warnings: these come after them. What only seems wrong because of a problem is not said.
for words in "check" "run --out never" "sweep --out never --vary seed.count=1 --seeds 0"; do
    # shellcheck disable=SC2086 # words
    set -- $words
    command=$1 && shift
    godiff "$command" "$here/tiny.yaml" "$@" --set anneal.from=0.01 --set train.batch=0
    check "$command: a problem and a warning: exit code 2" exited 2
    sed -n 1p stderr | grep -q 'train\.batch: ' && sed -n 2p stderr | grep -q ': warning: anneal\.to: '
    check "$command: the problem, then the warning" test $? -eq 0
done
check "and nothing else" value_is "$(wc -l <stderr)" 2
sed '/^steps/,$d' "$here/tiny.yaml" >stepless.yaml
godiff check stepless.yaml
check "without steps nothing is said of sections" value_is "$(wc -l <stderr)" 1
{ cat stepless.yaml && printf 'steps:\n  - sead: {count: 2}\n'; } >unknown.yaml
godiff check unknown.yaml
check "nor with a step that is unknown" value_is "$(wc -l <stderr)" 1

# What is set for nothing is named, and only then.
without_effect() {
    godiff check "$here/tiny.yaml" "$@"
    check "without effect: $*" said "warning: .*has no effect"
    check "without effect: $*: a warning ends with 0" exited 0
    check "without effect: $*: one line" value_is "$(wc -l <stderr)" 1
}
without_effect --set reweight.least=3
without_effect --set sample.finish.reach=3
without_effect --set sample.limit=4
without_effect --set sample.forces=potential
without_effect --set seed.growth.near=0.7
without_effect --set seed.from=growth --set seed.steps=500 --set seed.sharpen=0.5
without_effect --set train.forces.huber=3
without_effect --set train.untold=0.3
without_effect --set sample.condition.rank=0.2
without_effect --set train.validation=0 --set train.patience=4
without_effect --set anneal.curve=constant --set anneal.to=0.03
without_effect --set 'potential={lj: {shift: true}}' --set system.template=none --set 'system.region={sphere: {radius: 9}}' --set system.window=none
godiff check "$here/tiny.yaml" --set reweight.least=16 --set sample.limit=1000 --set sample.finish.steps=0
check "a default that is written is no setting without effect" silent stderr
godiff check "$here/tiny.yaml" --set sample.guidance=lbfgs --set 'model.painn.heads=[score, force]' --set sample.limit=4 --set train.forces.huber=3
check "what has an effect is not named" lacks 'no effect' stderr
# An override of several steps is one fault.
godiff check "$here/tiny.yaml" --set 'evaluate*.clash=x'
check "a fault of an override is said once, not for each of its steps" value_is "$(grep -c 'evaluate.clash: "x" is not' stderr)" 1

# What conditions need from training.
told() { godiff check "$here/tiny.yaml" --set 'model.painn.heads=[conditioned_score]' "$@"; }
told
check "conditions that are trained are not doubted" silent stderr
told --set train.untold=1
check "ranks of which nothing is learned" said 'warning: train\.untold: no structure is learned with the rank of its energy'
told --set train.untold=0
check "a score of no rank that is not trained" said 'warning: sample\.condition\.weight: the score of no rank .* which train has not trained with untold: 0'
samplers=$(dirname "$0")/../../pipelines/samplers
godiff check "$samplers/adjoint-sampling-dw4.yaml" --set sample-3.start=normal
check "a control that is drawn from as a score" said 'warning: sample-3\.start: train-2 trains a control, which is no score'
godiff check "$samplers/idem-dw4.yaml" --set 'sample*.start=origin'
check "a score that is drawn from as a control" said 'warning: sample\.start: train trains a score, which is no control'
for file in adjoint-sampling-dw4 idem-dw4; do
    godiff check "$samplers/$file.yaml"
    check "$file: what is trained is drawn from" silent stderr
done
told --set train.untold=0 --set sample.condition.weight=0
check "nobody asks for it" silent stderr

sed '/loop:/,$d' "$here/tiny.yaml" | sed 's/steps: 5/from: uniform/' >short.yaml
godiff check short.yaml
check "a section that no step uses is named" said '^short.yaml:10:1: warning: model: no step uses this section' 

# Colours and the bar are for terminals: `script` lends one.
cp "$here/tiny.yaml" .
escape=$(printf '\033')
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    TERM=xterm script -qec "$GODIFF run tiny.yaml --out bar" /dev/null >terminal </dev/null
    check "a terminal gets a bar" grep -q '\[#*-*\] *[0-9]*%' terminal
    check "the bar shows the time left" grep -q ' left ' terminal
    check "the bar shows the best energy" grep -q ' best [0-9.]* eV' terminal
    TERM=xterm script -qec "$GODIFF run nothing.yaml --nope" /dev/null >terminal </dev/null
    check "errors are coloured on a terminal" grep -q "${escape}\[1;31m" terminal
    NO_COLOR=1 TERM=xterm script -qec "$GODIFF run nothing.yaml --nope" /dev/null >terminal </dev/null
    check "NO_COLOR is respected" lacks "${escape}\[1" terminal
else
    skip "a run on a terminal" "nothing lends one here: script(1) with a pseudo-terminal"
fi

finish
