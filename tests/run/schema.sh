# The JSON Schema of the pipeline language: it accepts and refuses what `godiff check` does, as far as single values go.
. "$(dirname "$0")/lib.sh"

godiff schema
check "schema ends with 0" exited 0
check "schema says nothing on stderr" silent stderr
check "it is JSON Schema of draft 2020-12" value_is "$(json stdout '$schema')" '"https://json-schema.org/draft/2020-12/schema"'
cp stdout schema.json
check "a parameter has its default" value_is "$(json schema.json '$defs' step properties seed properties count default)" 128
check "a parameter has its range" value_is "$(json schema.json '$defs' step properties seed properties count minimum)" 1
check "a parameter has its help and unit" \
    value_is "$(json schema.json '$defs' step properties anneal properties from description | grep -c eV)" 1
godiff schema --plugin "$PLUGINS/parts.so"
check "a plugin's stages are in it" json stdout '$defs' step properties trouble >/dev/null
cp stdout plugin.json

python=
for python in python3 /usr/bin/python3; do
    why=$($python "$here/validate.py" 2>&1) && break
    python=
done
[ -n "$python" ] || {
    skip "validation" "no validator (python3-jsonschema, python3-yaml): $why"
    finish
}

mkdir good bad
cp "$here/tiny.yaml" inner.yaml
cp "$SOURCE"/pipelines/*.yaml "$here/tiny.yaml" good
for file in "$SOURCE"/examples/*/*.yaml "$SOURCE"/pipelines/*/*.yaml; do
    # Those of plugins need more than this program knows, and sweeps are no pipelines.
    case $file in */plugin-* | */experiments/*) continue ;; esac
    [ ! -e "$file" ] || cp "$file" "good/$(basename "$(dirname "$file")")-$(basename "$file")"
done
"$GODIFF" run "$here/tiny.yaml" --out run --quiet >stdout 2>stderr
cp run/pipeline.yaml good/written.yaml

# Every edit (sed) of a good pipeline, after the verdict that program and schema share.
edits=0
edit() {
    edits=$((edits + 1))
    file=$1/edit-$edits.yaml
    printf '# %s\n' "$2" >"$file"
    sed -E "$2" "$here/tiny.yaml" >>"$file"
    godiff check "$file"
    check "$1 edit $edits changes something" test "$(sed 1d "$file" | cksum)" != "$(cksum <"$here/tiny.yaml")"
    check "$1 edit $edits: the program's verdict ($(head -n 1 "$file"))" exited "$([ "$1" = good ] && echo 0 || echo 2)"
}
while read -r verdict edit; do
    edit "$verdict" "$edit"
done <<'CASES'
good s/\{emt: \{\}\}/emt/
good s/\{emt: \{\}\}/{emt: }/
good s/\{emt: \{\}\}/{lj: {epsilon: 0.5, sigma: 2.5, cutoff: 5, shift: true}}/
good s/evaluate: \{\}/evaluate:/
good s/evaluate: \{\}/evaluate: {clash: 0}/
good s/^seed: 0/seed: 9007199254740993/
good /^seed: 0/d
good s/times: 2/times: 2\n      until: target/
good s/times: 2/times: 1e1/
good s/\{energy: 5.5058, within: 1000\}/{energy: 5.5058}/
good /^target/d
good /window:/d
good s/window:.*/window: {between: [6, 9]}/
good s/window:.*/window:/
good s/- seed: \{count: 6, steps: 5\}/- {seed: {count: 6}, id: First_look-1}/
good s/curve: exponential/curve: {constant: {}}/
good s/name: tiny/name: 2024/
good s/name: tiny/name: true/
good s/(sample: \{count: 6, steps: 5)\}/\1, sampler: euler-maruyama, end: 0.5}/
good s/^godiff: 1/&\nplugins: []/
good s/^  - loop:/  - pipeline: {file: ..\/inner.yaml}\n&/
good s/^  - loop:/  - pipeline: {file: ..\/inner.yaml, with: {train.steps: 2}, give: [], take: [model, archive]}\n&/
good s/times: 2/times: 2\n      until: none/
good s/times: 2/times: 2\n      until: null/
good s/\{energy: 5.5058, within: 1000\}/none/
good s/\{energy: 5.5058, within: 1000\}/off/
good s/rate: 1.0e-4/rate: 1.0e-4, stop: ~/
good s/^seed: 0/seed: 0\nminima: off/
good s/window:.*/window: none/
bad s/\{emt: \{\}\}/none/
bad s/times: 2/times: none/
good s/times: 2/times: 2\n      until: "none"/
good s/times: 2/times: 2\n      until:/
bad s/times: 2/times: 2\n      until: "null"/
bad s/^  - loop:/  - pipeline: {}\n&/
bad s/^  - loop:/  - pipeline: {file: ..\/inner.yaml, with: 5}\n&/
bad s/^  - loop:/  - pipeline: {file: ..\/inner.yaml, take: [potential]}\n&/
bad s/^  - loop:/  - pipeline: {file: ..\/inner.yaml, take: [iteration]}\n&/
bad s/^  - loop:/  - pipeline: {file: ..\/inner.yaml, take: [model, model]}\n&/
bad s/^  - loop:/  - pipeline: {file: ..\/inner.yaml, make: [model]}\n&/
bad s/^godiff: 1/godiff: 2/
bad /^godiff/d
bad /^name/d
bad s/name: tiny/name: a\/b/
bad s/name: tiny/name: .hidden/
bad s/name: tiny/name: [tiny]/
bad s/^seed: 0/seed: -1/
bad s/^seed: 0/seed: 0.5/
bad s/^seed: 0/seed: "0"/
bad s/^seed: 0/seeds: 0/
bad /^system:/,/^  window/d
bad /^potential/d
bad s/\{emt: \{\}\}/{}/
bad s/\{emt: \{\}\}/[emt]/
bad s/\{emt: \{\}\}/{emt: {}, lj: {}}/
bad s/\{emt: \{\}\}/{emt: {epsilon: 1}}/
bad s/\{emt: \{\}\}/{lj: {epsilon: 0}}/
bad s/\{emt: \{\}\}/{lj: {shift: 1}}/
bad s/\{emt: \{\}\}/emtt/
bad s/build: fcc111/build: fcc112/
bad s/build: fcc111, //
bad s/symbol: Pt, size/size/
bad s/size: \[2, 2, 2\]/size: [2, 2]/
bad s/size: \[2, 2, 2\]/size: 2/
bad s/size: \[2, 2, 2\]/size: [2, 2, 0]/
bad s/size: \[2, 2, 2\]/size: [2, 2, two]/
bad s/vacuum: 5.0/vacum: 5.0/
bad s/above: \[1.0, 4.0\]/over: [1.0, 4.0]/
bad s/  add: Pt2//
bad s/schedule: linear/schedule: linaer/
bad s/features: 8/features: 0/
bad s/features: 8/features: eight/
bad s/\{energy: 5.5058, within: 1000\}/{within: 1000}/
bad s/\{energy: 5.5058, within: 1000\}/{energy: 5.5058, scale: 1.1}/
bad s/- evaluate: \{\}/- evaluate/
bad s/- evaluate: \{\}/- {}/
bad s/- evaluate: \{\}/- {evaluate: {}, train: {}}/
bad s/- evaluate: \{\}/- {evaluate: {}, id: a b}/
bad s/- evaluate: \{\}/- {evaluate: {}, id: ""}/
bad s/- evaluate: \{\}/- evaluate: []/
bad s/- evaluate: \{\}/- potential: {emt: {}}/
bad s/evaluate: \{\}/evalute: {}/
bad s/times: 2/times: 0/
bad s/times: 2//
bad s/times: 2/times: 2\n      until: never/
bad s/times: 2/times: 2\n      while: target/
bad s/from: 5.0/from: hot/
bad s/curve: exponential/curve: 7/
bad s/rate: 1.0e-4/rate: -1/
bad s/rate: 1.0e-4/rate: /
bad s/rate: 1.0e-4/rate: .inf/
bad s/- loop:/- loop: {}\n  - xloop:/
bad /^steps:/,$d
bad /^  - /,$d
bad s/^godiff: 1/&\nplugins: a.so/
bad s/^godiff: 1/&\nplugins: [[a.so]]/
CASES

$python "$here/validate.py" schema.json good/*.yaml bad/*.yaml >verdicts 2>stderr
for file in good/*.yaml; do
    check "$file is valid ($(head -n 1 "$file"))" grep -q "^valid $file\$" verdicts
done
for file in bad/*.yaml; do
    check "$file is not valid ($(head -n 1 "$file"))" grep -q "^invalid $file: " verdicts
done

finish
