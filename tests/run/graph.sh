# Pictures of pipelines: Graphviz draws them without a complaint, with every step in its frame.
. "$(dirname "$0")/lib.sh"

cp "$SOURCE"/pipelines/*.* "$SOURCE"/examples/loops/* "$here/tiny.yaml" .
cat >chain.yaml <<'PIPELINE'
godiff: 1
name: chain
system:
  template: {build: fcc111, symbol: Pt, size: [2, 2, 2], vacuum: 5.0}
  add: Pt2
  window: {above: [1.0, 4.0]}
potential: {emt: {}}
noise: {ve: {schedule: linear, min: 0.01, max: 1.0}}
model: {painn: {features: 8, blocks: 1, radial: 5, cutoff: 3.0}}
target: {energy: 5.5058, within: 1000}
steps:
  - pipeline: {file: tiny.yaml, take: [model]}
    id: first
  - seed: {count: 6, steps: 5}
  - evaluate: {}
  - loop:
      times: 2
      until: target
      steps:
        - {pipeline: {file: tiny.yaml, give: [model], take: [model]}, id: again}
        - sample: {count: 6, steps: 5}
        - evaluate: {}
PIPELINE
for file in *.yaml *.lua; do
    [ "$file" != dedupe_stage.lua ] || continue # a stage
    godiff graph "$file"
    check "$file: graph ends with 0" exited 0
    check "$file: graph says nothing on stderr" silent stderr
    cp stdout "$file.dot"
done

edge() { check "chain: $1 -> $2 carries $3" grep -Eq "^\"$1\" -> \"$2\" \[.*label=\"  $3\"\];$" chain.yaml.dot; }
edge first/train seed model
edge first/train 'again sections' model
edge again/train sample model
edge again/train 'again sections' model
edge first/seed first/evaluate batch
check "chain: a pipeline is a frame" grep -q '^subgraph "cluster first" {' chain.yaml.dot
check "chain: its loop is a frame in it" grep -q '^subgraph "cluster first/loop" {' chain.yaml.dot

if command -v dot >/dev/null; then
    for file in *.dot; do
        dot -Tsvg "$file" >"$file.svg" 2>stderr
        code=$?
        check "$file: Graphviz draws it" exited 0
        check "$file: Graphviz has no complaint" silent stderr
        check "$file: every step is drawn once" value_is "$(grep -c 'class="node"' "$file.svg")" "$(grep -c '^"[^>]*" \[[ls]' "$file")"
    done
else
    skip "drawing" "Graphviz is not here"
fi

finish
