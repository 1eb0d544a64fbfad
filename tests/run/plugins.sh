# Plugins: what they add can be used everywhere, what is wrong is refused, and what fails is cleaned up. PLUGINS is the
# folder of the shared objects of tests/plugins.
. "$(dirname "$0")/lib.sh"

mkdir lib
cp "$PLUGINS"/*.so lib
cp "$here/tiny.yaml" .

# Shown like all the rest.
godiff stages trouble --plugin lib/parts.so
check "stages shows a plugin's stage" exited 0
check "stages shows its parameters" printed 'when +never\|check\|start\|run\|silently\|save\|load; default never'
godiff stages --plugin lib/parts.so --json
check "stages --json has a plugin's components" grep -q '"still"' stdout
godiff stages trouble
check "without the plugin there is no such stage" exited 2

# Used like all the rest.
sed -e 's/{emt: {}}/{flat: {energy: 2}}/' -e 's/curve: exponential, from: 5.0, to: 0.02/curve: half, from: 5, to: 1/' \
    -e 's/{count: 6, steps: 5}$/{count: 6, steps: 5, sampler: still}/' \
    -e 's/^  - loop:/  - trouble: {}\n  - loop:\n      until: at-once/' tiny.yaml >parts.yaml
godiff run parts.yaml --plugin lib/parts.so --out out
check "a run with a plugin ends with 0" exited 0
check "its potential gives the energies" value_is "$(json out/summary.json best_energy)" 20
check "its curve gives the temperature" value_is "$(json --lines out/metrics.jsonl temperature | tail -n 1)" 3
check "its loop condition ends the loop" value_is "$(wc -l <out/metrics.jsonl)" 9
check "its slot is in metrics.jsonl" value_is "$(json --lines out/metrics.jsonl troubles | tail -n 1)" 1
check "its stage adds figures" value_is "$(json --lines out/metrics.jsonl held 2>/dev/null | head -n 1)" 19
check "its slot is in summary.json" value_is "$(json out/summary.json troubles)" 1
check "pipeline.yaml names the plugin" grep -q "^plugins: \[$(realpath lib/parts.so)\]$" out/pipeline.yaml
godiff run out/pipeline.yaml --trust --out again --quiet
check "pipeline.yaml runs again" exited 0
check "pipeline.yaml gives the same archive" same out/archive.extxyz again/archive.extxyz
godiff run parts.yaml --plugin lib/parts.so --out out --resume
check "a finished run with a plugin is finished" said 'already finished'
for command in check graph; do
    godiff $command parts.yaml --plugin lib/parts.so
    check "$command takes --plugin" exited 0
done
godiff evaluate out/best.extxyz --potential flat:energy=3 --plugin lib/parts.so
check "evaluate takes --plugin" grep -q 'energy=30' stdout

# With a sampler that moves nothing, a guidance takes two atoms of six structures down from where they start.
# lower A B: the atoms of A are lower than those of B, on average.
lower() {
    awk '$1 == "Pt" { z[FILENAME] += $4 } END { exit !(z[ARGV[1]] < z[ARGV[2]]) }' "$1" "$2"
}
godiff run parts.yaml --plugin lib/parts.so --out unguided --quiet
godiff run parts.yaml --plugin lib/parts.so --set sample.guidance=down --set sample.forces=potential --out guided --quiet
check "a run with the guidance of a plugin ends with 0" exited 0
check "its moves are asked for after each step" value_is "$(json --lines guided/metrics.jsonl guidance_calls | head -n 1)" 5
check "its moves take atoms down" lower guided/archive.extxyz unguided/archive.extxyz

# A noise and a network: what is saved with them can be read again.
sed -e 's/^noise: .*/noise: {even: {reach: 2}}/' -e 's/^model: .*/model: small/' tiny.yaml >noise.yaml
godiff run noise.yaml --plugin lib/parts.so --out noise
check "a run with the noise and the network of a plugin ends with 0" exited 0
mkfifo pipe
"$GODIFF" run noise.yaml --plugin lib/parts.so --out cut 2>pipe >stdout </dev/null &
pid=$!
head -n 8 <pipe >stderr
kill -KILL $pid 2>/dev/null
wait $pid 2>/dev/null
godiff run noise.yaml --plugin lib/parts.so --out cut --quiet --resume
check "a run with the noise of a plugin continues" exited 0
check "a run with the noise of a plugin continues to the same model" same cut/model.h5 noise/model.h5
sed "s|^name: tiny|name: after|; s|^  - loop:|  - transfer: {from: $PWD/noise/model.h5}\n&|" noise.yaml >after.yaml
godiff run after.yaml --plugin lib/parts.so --out after --quiet
check "a model with the noise of a plugin is transferred" exited 0
sed '/^  - loop:/,$d; s/^name: tiny/name: chained/' noise.yaml >chained.yaml
echo '  - pipeline: {file: noise.yaml}' >>chained.yaml
godiff run chained.yaml --plugin lib/parts.so --out chained --quiet
check "a model with the noise of a plugin is passed on" exited 0
godiff score noise/model.h5 noise/best.extxyz --time 0.5 --plugin lib/parts.so
check "score reads a model with the noise of a plugin" exited 0
godiff score noise/model.h5 noise/best.extxyz --time 0.5
check "without the plugin the model is refused" exited 2
check "without the plugin the network is named" said "noise/model.h5: unknown network 'small' \\(load its plugin, if any\\)"
sed 's/^noise: .*/noise: {even: {reach: 2}}/' tiny.yaml >even.yaml
godiff run even.yaml --plugin lib/parts.so --out even --quiet
godiff score even/model.h5 even/best.extxyz --time 0.5
check "without the plugin the noise is named" said "even/model.h5: unknown noise process 'even' \\(load its plugin, if any\\)"

# Named in the file: native code is loaded only when whoever runs it says so.
sed 's|^name: tiny|&\nplugins: [lib/parts.so]|' parts.yaml >named.yaml
for command in "run named.yaml --out refused" "check named.yaml" "graph named.yaml"; do
    # shellcheck disable=SC2086 # words
    godiff $command
    check "$command refuses native code" exited 2
    check "$command says so once, with its place and what allows it" \
        said '^named.yaml:3:11: plugins: "lib/parts.so": native code.*--trust.*--plugin'
    check "$command says nothing else" value_is "$(wc -l <stderr)" 1
done
check "a refused run writes nothing" missing refused
godiff check named.yaml --trust
check "--trust loads what the file names" exited 0
godiff check named.yaml --plugin lib/parts.so
check "--plugin with the same file is enough" exited 0
mkdir sub
sed 's|lib/parts.so|../&|' named.yaml >sub/named.yaml
godiff check sub/named.yaml --trust
check "a path is relative to the file that names it" exited 0
godiff check parts.yaml --plugin lib/parts.so --plugin "$PWD/lib/parts.so"
check "a plugin given twice is loaded once" exited 0

# In Lua: a stage of a plugin that the script itself names, and one of a plugin that was there before.
cat >named.lua <<'EOF'
local gd = require "godiff"
return gd.pipeline {
  name = "named", plugins = { "lib/parts.so" },
  system = { template = gd.fcc111 { symbol = "Pt", size = {2, 2, 2}, vacuum = 5.0 }, add = "Pt2", window = { above = {1, 4} } },
  potential = { flat = { energy = 2 } },
  noise = "even",
  model = "small",
  steps = { gd.seed { count = 2, steps = 3, sampler = "still" }, gd.evaluate {}, gd.step("trouble", { when = "never" }) },
}
EOF
godiff check named.lua
check "a script alone loads no native code" said '^named.lua:2: plugins: "lib/parts.so": native code'
godiff run named.lua --trust --out named-lua --quiet
check "a trusted script loads its plugins" exited 0
check "the stage of its plugin runs" value_is "$(json named-lua/summary.json troubles)" 1
sed 's/gd.step("trouble", { when = "never" })/gd.trouble {}/; s/plugins = .*,$//' named.lua >given.lua
godiff check given.lua --plugin lib/parts.so
check "a plugin that is given has its stages in the module" exited 0
godiff check given.lua
check "a stage of a plugin that is not there is reported" said 'given.lua:8: unknown gd.trouble;.*gd.step\("trouble"'

# A pipeline inside another, in a loop and in Lua: what it names is loaded when the whole is trusted, as that of the outermost.
mkdir deep
cat >deep/middle.lua <<'EOF'
local gd = require "godiff"
return gd.pipeline {
  name = "middle",
  system = { template = gd.fcc111 { symbol = "Pt", size = {2, 2, 2}, vacuum = 5.0 }, add = "Pt2", window = { above = {1, 4} } },
  potential = "emt",
  noise = { ve = { schedule = "linear", min = 0.01, max = 1.0 } },
  model = { painn = { features = 8, blocks = 1, radial = 5, cutoff = 3.0 } },
  steps = { gd.loop { times = 1, gd.pipeline { file = "../named.yaml" } } },
}
EOF
sed '/^  - loop:/,$d' tiny.yaml >outer.yaml
echo '  - pipeline: {file: deep/middle.lua}' >>outer.yaml
godiff check outer.yaml
check "plugins of a pipeline inside another are refused" exited 2
check "plugins of a pipeline inside another: their place, and what allows them" \
    said 'named.yaml:3:11: plugins: "lib/parts.so": native code.*--trust.*--plugin'
check "plugins of a pipeline inside another: one line" value_is "$(wc -l <stderr)" 1
godiff check outer.yaml --trust
check "--trust loads what pipelines inside name" exited 0
godiff check outer.yaml --plugin lib/parts.so
check "plugins of a pipeline inside another are fine when they are there" exited 0
godiff run outer.yaml --trust --out inside --quiet
check "a run with a plugin of a pipeline inside ends with 0" exited 0
godiff run inside/pipeline.yaml --trust --out inside-again --quiet
check "its pipeline.yaml runs again" same inside/pipeline/pipeline/archive.extxyz inside-again/pipeline/pipeline/archive.extxyz
sed -i 's|lib/parts.so|lib/none.so|' named.yaml
godiff check outer.yaml --trust
check "a wrong plugin of a pipeline inside is reported with its place" said 'named.yaml:3:11: plugins: .*lib/none.so: not a plugin'
check "a wrong plugin of a pipeline inside: one line" value_is "$(wc -l <stderr)" 1
echo '  : [' >deep/middle.lua
godiff check outer.yaml --trust
check "a pipeline inside that cannot be read is reported once" value_is "$(grep -c middle.lua stderr)" 1

# refused NAME REGEX: exit code 2 and one line.
refused() {
    godiff check tiny.yaml --plugin "lib/$1.so"
    check "$1 is refused" exited 2
    check "$1: the message" said "^error: lib/$1.so: $2"
    check "$1: one line" value_is "$(wc -l <stderr)" 1
    sed "s|^name: tiny|&\nplugins: [lib/$1.so]|" tiny.yaml >wrong.yaml
    godiff run wrong.yaml --trust --out wrong
    check "$1 is refused in a file" exited 2
    check "$1: its place in the file" said "^wrong.yaml:3:11: plugins: .*lib/$1.so: $2"
    check "$1: one line for the file" value_is "$(wc -l <stderr)" 1
}
echo 'not a shared object' >lib/text.so
mkdir lib/folder.so
refused nothing 'plugin not loaded: No such file or directory$'
refused text 'plugin not loaded: file too short$'
refused folder 'plugin not loaded: not a file$'
refused unresolved 'plugin not loaded: undefined symbol: gd_of_another_version'
refused none 'not a plugin: it does not define godiff_plugin$'
refused wrong_abi 'built for version [0-9]+ of the plugin interface, this is version [0-9]+'
refused wrong_taken 'stage "train": the name is already registered$'
refused wrong_rows 'wrong.size: default: 12 is out of range'
refused wrong_silent 'the plugin failed without a message$'
for list in parts.so '{a: b}' '[[a]]' '[""]' '[~]'; do
    sed "s|^name: tiny|&\nplugins: $list|" tiny.yaml >wrong.yaml
    godiff check wrong.yaml --trust
    check "plugins: $list is refused" exited 2
    check "plugins: $list: the message" said '^wrong.yaml:3:1[0-9]: plugins: .* \(expected '
done
godiff check parts.yaml --set 'plugins=[lib/parts.so]'
check "--set cannot load native code" exited 2

sed -i 's/evaluate: {}/evaluate: {on_failure: stop}/' parts.yaml

# Failing at every step of its life: one message, the right exit code, and what was held is freed (the sanitizers see).
# fails WHAT PATH=VALUE CODE REGEX
fails() {
    godiff run parts.yaml --plugin lib/parts.so --set "$2" --out "fails-$1" --checkpoint step --quiet
    check "what fails at $1 ends with $3" exited "$3"
    check "what fails at $1 says so" said "$4"
    check "what fails at $1 says one line" value_is "$(wc -l <stderr)" 1
}
fails check trouble.when=check 2 'trouble.when: the check failed, as asked$'
fails create potential.flat.fails=create 2 'the potential failed, as asked$'
fails supports potential.flat.fails=supports 2 'the potential failed, as asked$'
fails start trouble.when=start 1 '^error: the start failed, as asked$'
fails run trouble.when=run 1 '^error: the run failed, as asked$'
fails silently trouble.when=silently 1 '^error: trouble failed without a message$'
fails save trouble.when=save 1 'the save failed, as asked$'
fails evaluate potential.flat.fails=evaluate 1 'the potential failed, as asked$'
fails curve 'anneal.curve={half: {fails: true}}' 1 'the component failed, as asked$'
fails sampler 'sample.sampler={still: {fails: true}}' 1 'the component failed, as asked$'
fails mute-create potential.flat.fails=mute-create 2 'flat failed without a message$'
fails mute-supports potential.flat.fails=mute-supports 2 'flat failed without a message$'
fails mute potential.flat.fails=mute 1 '^error: structure 1: flat failed without a message$'
fails no-status potential.flat.fails=no-status 1 '^error: structure 1: flat failed without a message$'
for when in mute-create mute-supports; do
    godiff evaluate out/best.extxyz --potential flat:fails=$when --plugin lib/parts.so
    check "evaluate with a potential that fails at $when" exited 2
    check "evaluate says so for $when" said 'flat failed without a message$'
done
for when in mute no-status; do
    godiff evaluate out/best.extxyz --potential flat:fails=$when --plugin lib/parts.so
    check "evaluate with a potential that fails with $when" exited 1
    check "evaluate says so for $when" said '^error: out/best.extxyz: structure 1: flat failed without a message$'
done
godiff evaluate out/best.extxyz --potential flat:fails=forgets --plugin lib/parts.so
check "evaluate with a potential that sets nothing" exited 1
check "evaluate says what is not finite" said '^error: out/best.extxyz: structure 1: flat: the force on atom 1 \(Pt\) is not finite$'
check "evaluate writes nothing of it" silent stdout
printf '2\n\nPt 0 0 0\nPt 0 0 0\n' >one.extxyz
godiff evaluate one.extxyz --potential flat --plugin lib/parts.so
check "evaluate refuses two atoms at one place, whatever the potential" exited 2
check "evaluate says which" said 'one.extxyz: structure 1: atoms 1 \(Pt\) and 2 \(Pt\) coincide'
for when in start run silently; do
    check "a run that fails at $when has kept the steps before" value_is "$(wc -l <"fails-$when/metrics.jsonl")" 2
done
for when in start run silently save evaluate curve sampler; do
    check "a run that fails at $when says so in its summary" value_is "$(json "fails-$when/summary.json" status)" '"failed"'
done
for when in check create supports; do
    check "a check that fails at $when writes nothing" missing "fails-$when"
done
# What was saved and cannot be loaded: the run was cut off after the step that saved it.
"$GODIFF" run parts.yaml --plugin lib/parts.so --set trouble.when=load --out fails-load 2>pipe >stdout </dev/null &
pid=$!
head -n 5 <pipe >stderr
kill -KILL $pid 2>/dev/null
wait $pid 2>/dev/null
godiff run parts.yaml --plugin lib/parts.so --set trouble.when=load --out fails-load --quiet --resume
if [ "$code" -eq 0 ]; then # it was quicker
    skip "a state that cannot be loaded" "the run had ended before it was cut off"
else
    check "a state that cannot be loaded ends with 2" exited 2
    check "a state that cannot be loaded is reported" said 'the load failed, as asked$'
fi

finish
