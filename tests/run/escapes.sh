# Text from files, scripts, plugins and the command line steers no terminal: whatever of it is shown, in a message, on a
# progress line or in a result, is shown escaped. Each kind below has a text in it that colours, deletes, moves the
# cursor and turns the direction of writing, in every way that its place can hold.
. "$(dirname "$0")/lib.sh"

cp "$here/tiny.yaml" .
cp "$PLUGINS"/parts.so .

# As bytes: ESC, DEL, 0x9B (not UTF-8), U+009B and U+202E; as escapes of YAML and Lua.
raw=$(printf 'a\033[31m\177\233\302\233\342\200\256z')
utf8=$(printf 'a\302\233\342\200\256z')
yaml='a\e[31m\x7F\x9B\u202Ez'
lua='a\27[31m\127\155\194\155\226\128\174z'

# clean FILE: nothing but printable ASCII, ends of lines, and what the program's own texts have (Å, ×, …).
clean() {
    LC_ALL=C sed 's/\xC3\x85//g; s/\xC3\x97//g; s/\xE2\x80\xA6//g' "$1" | LC_ALL=C tr -d '\12\40-\176' >rest
    [ ! -s rest ]
}

kinds=0 shown=0
# kind NAME ARGUMENTS...: neither stream has anything raw.
kind() {
    kind_name=$1
    shift
    godiff "$@"
    kinds=$((kinds + 1))
    if grep -Eq '\\x(1B|9B|7F)|\\u(009B|202E)' stdout stderr; then
        shown=$((shown + 1))
    else
        echo "# nothing of it is shown: $kind_name: $(head -n 1 stderr)"
    fi
    check "$kind_name" clean stderr
    clean stdout || check "$kind_name, on standard output" clean stdout
}

# The command line.
kind "an unknown command" "$raw"
kind "an unknown option" run "--$raw"
kind "a further argument" check tiny.yaml "$raw"
kind "the name of a pipeline" check "$raw.yaml"
kind "the name of a script" check "$raw.lua"
kind "the name of structures" evaluate "$raw.xyz" --potential emt
kind "the name of a model" score "$raw.h5" "$raw.xyz" --time 0.5
kind "the path of --set" check tiny.yaml --set "$raw=1"
kind "a key of the path of --set" check tiny.yaml --set "train.$raw=1"
kind "the value of --set" check tiny.yaml --set "train.steps=$raw"
kind "the value of --set, as YAML" check tiny.yaml --set "train.steps=\"$yaml\""
kind "--set without a value" check tiny.yaml --set "$raw"
kind "the value of --seed" check tiny.yaml --seed "$raw"
kind "the name of a potential" evaluate "$raw.xyz" --potential "$utf8"
kind "a parameter of a potential" evaluate "$raw.xyz" --potential "lj:$utf8=1"
kind "the value of --threads" run tiny.yaml --threads "$raw"
kind "the value of --device" run tiny.yaml --device "$raw"
kind "the value of --time" score m i --time "$raw"
kind "the name of a plugin" check tiny.yaml --plugin "$raw.so"
kind "the name of a stage" stages "$raw"
kind "the kind of a component" stages --kind "$raw"
cp tiny.yaml "$raw.yaml"
kind "the name of a good pipeline" check "$raw.yaml"
kind "the folder of a run" run tiny.yaml --out "$raw"
kind "a folder that is taken" run tiny.yaml --out "$raw"
cp -r "$raw" spoiled
printf '{"%s": 1}\n' "$raw" >spoiled/metrics.jsonl
kind "a run that is verified" verify "$raw.out"
kind "a damaged file of a run" verify spoiled
: >file
kind "a folder that cannot be" run tiny.yaml --out "file/$raw"
kind "a result that cannot be written" evaluate "$raw/best.extxyz" --potential emt --out "nowhere/$raw"

# edited NAME SED: a pipeline of tiny.yaml with something changed.
edited() {
    LC_ALL=C sed -e "$2" tiny.yaml >case.yaml
    kind "$1" check case.yaml
}
double=$(printf '%s' "$yaml" | sed 's/\\/\\\\/g')
edited "an unknown key" "s/^seed:/\"$double\": 1\n&/"
edited "a repeated key" "s/^seed:/\"$double\": 1\n\"$double\": 1\n&/"
edited "a number" "s/steps: 3/steps: \"$double\"/"
edited "a choice" "s/curve: exponential/curve: \"$double\"/"
edited "a stage" "s/- seed:/- \"$double\":/"
edited "an id" "s/^  - evaluate: {}/  - {evaluate: {}, id: \"$double\"}/"
edited "the name of a pipeline in it" "s/^name: .*/name: \"$double\"/"
edited "a formula" "s/add: Pt2/add: \"$double\"/"
edited "an element" "s/symbol: Pt/symbol: \"$double\"/"
edited "a builder" "s/build: fcc111/build: \"$double\"/"
edited "a template's file" "s/template: .*/template: {file: \"$double.xyz\"}/"
edited "the file of a pipeline" "s/^steps:/&\n  - pipeline: {file: \"$double.yaml\"}/"
edited "the file of a transfer" "s/^steps:/&\n  - transfer: {from: \"$double.h5\"}/"
edited "the file of a script" "s/^steps:/&\n  - script: {file: \"$double.lua\"}/"
edited "a plugin" "s/^seed:/plugins: [\"$double.so\"]\n&/"
edited "bytes that are not YAML" "s/^name: tiny/name: $(printf '\033')/"
edited "bytes that are not UTF-8" "s/^name: tiny/name: $(printf '\233')/"
kind "a value in a graph" graph tiny.yaml --set "system.add=\"$yaml\""
LC_ALL=C sed "s/^  - seed:/  - trouble: {words: \"$double\"}\n&/" tiny.yaml >words.yaml
kind "a value in a graph of a good pipeline" graph words.yaml --plugin parts.so

# frame NAME COMMENT LINE: a structure of one atom.
frame() {
    printf '1\n%s\n%s\n' "$2" "$3" >case.xyz
    kind "$1" evaluate case.xyz --potential emt --out case.out
}
frame "a species" '' "$raw 0 0 0"
frame "a coordinate" '' "Pt 0 0 $raw"
frame "a lattice" "Lattice=\"1 0 0 0 1 0 0 0 $raw\"" 'Pt 0 0 0'
frame "Properties" "Properties=$raw" 'Pt 0 0 0'
frame "a column's type" "Properties=species:S:1:pos:R:3:$raw:X:1" 'Pt 0 0 0 1'
frame "a key that is there twice" "$raw=1 $raw=2" 'Pt 0 0 0'
frame "a key without a value" "energy=$raw" 'Pt 0 0 0'
frame "pbc" "pbc=\"$raw\"" 'Pt 0 0 0'
printf '%s\n' "$raw" >case.xyz
kind "a count of atoms" evaluate case.xyz --potential emt
printf '%s\n1\n1 0 0\n0 1 0\n0 0 1\n%s\n1\nDirect\n0 0 0\n' "$raw" "$raw" >POSCAR
sed 's/template: .*/template: {file: POSCAR}/' tiny.yaml >case.yaml
kind "the species of a POSCAR" check case.yaml
printf '%s\n%s\n' "$raw" "$raw" >POSCAR
kind "the scale of a POSCAR" check case.yaml

# script NAME TEXT: a script that is read.
script() {
    printf '%s\n' "$2" >case.lua
    kind "$1" check case.lua
}
script "an error of the parser" "return $raw"
script "an error of a script" "error(\"$lua\")"
script "an error that a script ends with" "return \"$lua\""
script "an unknown key of a script" "return require('godiff').pipeline {[\"$lua\"] = 1}"
script "an unknown name" "return require('godiff')[\"$lua\"] {}"
script "a stage's name" "return require('godiff').stage {name = \"$lua\", run = function() end}"
script "a module" "require(\"$lua\")"

# body NAME LUA: a script whose stage does this when it runs.
body() {
    cat >case.lua <<END
local gd = require "godiff"
return gd.pipeline { name = "t", seed = 1,
  system = { template = gd.fcc111 {symbol = "Pt", size = {2, 2, 2}, vacuum = 6.5}, add = "Pt", window = {above = {1.0, 4.0}} },
  potential = "emt", noise = {ve = {}}, model = {painn = {features = 8, blocks = 1}},
  steps = { gd.seed {count = 2, from = "uniform"}, gd.evaluate {},
    gd.stage { name = "s", reads = {"archive"}, writes = {}, run = function(state) $2 end } } }
END
    rm -rf out
    kind "$1" run case.lua --out out
}
body "an error of a running script" "error(\"$lua\")"
body "a message of a script" "gd.message(\"$lua\")"
body "a figure of a script" "gd.figure(\"$lua\", 1)"
body "a slot of a script" "return state[\"$lua\"]"

# Plugins.
kind "messages, progress and figures of a plugin" run words.yaml --plugin parts.so --out words
check "the plugin's message is shown" said 'message a\\x1B\[31m\\x7F'
LC_ALL=C sed "s/{words: /{when: run, words: /" words.yaml >failing.yaml
kind "an error of a plugin" run failing.yaml --plugin parts.so --out failing
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    TERM=xterm script -qec "$GODIFF run failing.yaml --plugin parts.so --out bar" /dev/null >terminal </dev/null
    check "the bar shows the name of nothing raw" lacks "$(printf '\233|\177|\033\\[31m')" terminal
else
    skip "a plugin's words on a terminal" "nothing lends one here: script(1) with a pseudo-terminal"
fi

check "of $kinds kinds, at least 27 are really shown ($shown)" test "$shown" -ge 27
finish
