# Models that are to draw, score or evaluate elements with which they were not trained.
. "$(dirname "$0")/lib.sh"

sed 's/painn: {features: 8,/painn: {heads: [score, force, energy], features: 8,/; s/^target:.*//' "$here/tiny.yaml" >pt.yaml
# other NAME TEMPLATE ADDED: the same search with other elements.
other() { sed "s/^name: .*/name: $1/; s/symbol: Pt/symbol: $2/; s/add: Pt2/add: $3/" pt.yaml >"$1.yaml"; }
other cu Cu Cu2
other cu-on-pt Pt Cu2
other pt-on-cu Cu Pt2

godiff run pt.yaml --out pt --quiet
check "a model is trained" exited 0
godiff run cu-on-pt.yaml --out cu-on-pt --quiet

# transfer FILE RUN: checks a pipeline that begins with the model of a run.
transfer() {
    sed "s,^steps:,&\\n  - transfer: {from: $2}," "$1.yaml" >with.yaml
    godiff check with.yaml
}
doubt='with.yaml:[0-9]+:[0-9]+: warning: transfer.from: the model in .*'
advice='its samples are arbitrary until it is trained here; let a step train follow, or use a model'
transfer pt pt
check "the same elements: nothing is said" silent stderr
transfer cu pt
check "other elements: checked" exited 0
check "they are named, with the file and what to do" said "$doubt/pt was trained with Pt, never with Cu: $advice"
check "once" value_is "$(grep -c 'never with' stderr)" 1
transfer cu-on-pt pt
check "other mobile elements" said 'was trained with Pt, never with Cu: '
transfer pt cu-on-pt
check "elements that did not move" said 'was trained with Cu, Pt, never with mobile Pt: '
transfer cu-on-pt cu-on-pt
check "the same two elements: nothing is said" silent stderr
transfer pt-on-cu cu-on-pt
check "the same in other roles" said 'was trained with Cu, Pt, never with mobile Pt: '
sed -i 's,  - seed:,  - transfer: {save: kept}\n&,' with.yaml
godiff run with.yaml --out both --quiet
check "a model that is trained here has seen both" exited 0
transfer pt-on-cu both
check "and nothing is said" silent stderr
transfer cu-on-pt both
check "nor of those of the search before" silent stderr
sed 's/heads: \[score, force, energy\], //' cu.yaml >heads.yaml
transfer heads pt
check "a model that loses heads" said 'was trained with Pt, never with Cu: '
sed 's/^steps:/&\n  - transfer: {save: untrained}/' pt.yaml >with.yaml
godiff run with.yaml --out saved --quiet
transfer pt saved/untrained.h5
check "one that was never trained" said '/untrained.h5 was never trained: '

# A run that goes on keeps what its model has seen.
cp -r pt gone-on
godiff run pt.yaml --out gone-on --quiet --resume --extend loop.times=3
transfer cu gone-on
check "a resumed run knows it too" said 'was trained with Pt, never with Cu: '

# As a step, in both directions.
sed 's/^steps:/&\n  - pipeline: {file: pt.yaml}/' cu.yaml >outer.yaml
godiff check outer.yaml
check "a pipeline as a step" said 'outer.yaml:[0-9]+:[0-9]+: warning: pipeline.take: the model was trained with Pt, never with Cu: '
sed 's/^steps:/&\n  - pipeline: {file: pt.yaml}/' pt.yaml >outer.yaml
godiff check outer.yaml
check "of the same elements: nothing is said" silent stderr

# Scores and energies.
"$GODIFF" run cu.yaml --out cu --quiet >/dev/null 2>&1
godiff score pt/model.h5 pt/archive.extxyz --what all --time 0.5 --out scored.extxyz
check "scores of the same elements: nothing is said" silent stderr
godiff score pt/model.h5 cu/archive.extxyz --what all --time 0.5 --out scored.extxyz
check "scores of others are made" exited 0
check "with one warning" value_is "$(grep -c '^warning: the model in pt/model.h5 was trained with Pt, never with Cu: what it says of' stderr)" 1
godiff score cu-on-pt/model.h5 cu-on-pt/archive.extxyz --what all --time 0.5 --out scored.extxyz
check "scores of the same elements in the same roles: nothing is said" silent stderr
godiff score cu-on-pt/model.h5 pt/archive.extxyz --what all --time 0.5 --out scored.extxyz
check "scores of mobile atoms of an element that was fixed" \
    said '^warning: the model in cu-on-pt/model.h5 was trained with Cu, Pt, never with mobile Pt: what it says of such structures, as of number 1, is arbitrary$'
sed -E 's/:move_mask:L:1//; s/ [TF]$//' pt/archive.extxyz >unmasked.extxyz
godiff score cu-on-pt/model.h5 unmasked.extxyz --what score --time 0.5 --out scored.extxyz
check "a file that does not say what is mobile: nothing is said" silent stderr
godiff evaluate pt/archive.extxyz --potential model:file=pt/model.h5 --out evaluated.extxyz
check "energies of the same elements" exited 0
godiff evaluate cu/archive.extxyz --potential model:file=pt/model.h5 --out none.extxyz
check "energies of others: exit code 2" exited 2
check "energies of others: why" said 'the model was trained with Pt, never with Cu: its energies are arbitrary here'
check "energies of others: none are written" missing none.extxyz
godiff evaluate cu-on-pt/archive.extxyz --potential model:file=cu-on-pt/model.h5,mobile=2 --out evaluated.extxyz
check "energies of elements that have moved" exited 0
godiff evaluate pt/archive.extxyz --potential model:file=cu-on-pt/model.h5,mobile=2 --out none.extxyz
check "energies of an element that was fixed: why" said 'the model was trained with Cu, Pt, never with mobile Pt: its energies are arbitrary'
sed 's,^potential: .*,potential: {model: {file: pt/model.h5}},' cu.yaml >learned.yaml
godiff check learned.yaml
check "a search of such energies is refused" said 'learned.yaml:[0-9]+:[0-9]+: potential.model.file: .*never with Cu'

# Energies that no training has fitted, of fixed atoms.
sed 's,^potential: .*,potential: {model: {file: pt/model.h5}},' pt.yaml >learned.yaml
godiff check learned.yaml
check "energies of fixed atoms" said 'warning: potential.model.mobile: the energies of [0-9]+ atoms are summed, and 2 are mobile: .* choose mobile: 2$'
godiff check learned.yaml --set potential.model.mobile=2
check "as many as are mobile: nothing is said" silent stderr

# A file that does not say what the model has seen, as of another program, is used as before.
cp pt/model.h5 older.h5
"$TOOLS/h5_spoil" older.h5 unname parameters trained_elements
transfer cu older.h5
check "a file that does not know: nothing is said" silent stderr
finish
