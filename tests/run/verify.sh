# godiff verify RUN: a run as it was left, one byte of each of its files changed, files that are missing, runs that have
# not ended, and what is no run. Exit codes: 0 all is as the run left it, 1 something is damaged, 2 there is no run.
. "$(dirname "$0")/lib.sh"

# A run of a script, so that it leaves a copy of that too.
cat >tiny.lua <<'EOF'
local gd = require 'godiff'
return gd.pipeline {
  name = 'tiny',
  system = {template = gd.fcc111 {symbol = 'Pt', size = {2, 2, 2}, vacuum = 5}, add = 'Pt2', window = {above = {1, 4}}},
  potential = 'emt',
  noise = {ve = {schedule = 'linear', min = 0.01, max = 1}},
  model = {painn = {features = 8, blocks = 1, radial = 5, cutoff = 3}},
  target = function(s) return s.energy < -1000 end,
  steps = {gd.seed {count = 6, steps = 5}, gd.evaluate {}, gd.anneal {curve = 'exponential', from = 5, to = 0.02},
           gd.reweight {size = 4}, gd.train {steps = 3, batch = 2, rate = 1e-4}},
}
EOF
godiff run tiny.lua --out good --quiet --threads 1
check "the run ends" exited 0 || finish
files="run.h5 pipeline.yaml pipeline.lua metrics.jsonl model.h5 archive.extxyz best.extxyz minima.extxyz
    best-relaxed.extxyz summary.json"

godiff verify good
check "a good run is fine" exited 0
check "nothing is said on stderr" silent stderr
check "nothing is called damaged" lacks 'DAMAGED|not checked' stdout
for file in $files; do
    check "$file is looked at" printed "^$file: fine"
done
check "and no other file" value_is "$(wc -l <stdout)" "$(echo "$files" | wc -w)"
cp -R good before
godiff verify good
check "a run is left as it is" diff -r good before

# place FILE TEXT: the offset of the text in the file.
place() { LC_ALL=C grep -abo -- "$2" "$1" | head -n 1 | cut -d: -f1; }

# flip FILE OFFSET: changes the lowest bit of one byte.
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    # shellcheck disable=SC2059 # the byte as an escape
    printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# damaged FILE: verify has found this file of `case`, and no other, damaged.
damaged() {
    check "$1, $what: the exit code is 1" exited 1
    check "$1, $what: it is called damaged" printed "^$1: DAMAGED: "
    check "$1, $what: the error counts it" said 'case: 1 file is damaged'
    check "$1, $what: no other is" value_is "$(grep -c DAMAGED stdout)" 1
}

# Per file, a text in which a byte counts: all of it does, but for seconds and what else only informs in a summary and metrics.
what="a byte changed"
while read -r file text; do
    cp -R good case
    flip "case/$file" "$(place "case/$file" "$text")"
    check "$file, $what: it is another file" differ "case/$file" "good/$file"
    godiff verify case
    damaged "$file"
    rm -r case
done <<'EOF'
run.h5 name: tiny
pipeline.yaml tiny
pipeline.lua tiny
metrics.jsonl evaluate
model.h5 painn
archive.extxyz Lattice
best.extxyz Lattice
minima.extxyz met
best-relaxed.extxyz Lattice
summary.json status
EOF

what="cut by a byte"
for file in run.h5 pipeline.yaml pipeline.lua metrics.jsonl model.h5 archive.extxyz best.extxyz minima.extxyz best-relaxed.extxyz; do
    cp -R good case
    truncate -s -1 "case/$file"
    godiff verify case
    damaged "$file"
    rm -r case
done

what="missing"
for file in $files; do
    [ "$file" != run.h5 ] || continue
    cp -R good case
    rm "case/$file"
    godiff verify case
    damaged "$file"
    check "$file: it says that it is missing" printed "^$file: DAMAGED: missing"
    rm -r case
done

cp -R good case
flip case/best.extxyz 0
rm case/summary.json
godiff verify case
check "two damaged files are counted" said 'case: 2 files are damaged'
check "two damaged files: the exit code is 1" exited 1
rm -r case

cp -R good case
evaluations=$(json good/summary.json evaluations)
sed "s/\(\"evaluations\":[[:space:]]*\)$evaluations/\15$evaluations/" good/summary.json >case/summary.json
godiff verify case
check "a figure of the summary that is not that of the run" printed '^summary.json: DAMAGED: its value of evaluations is not that of run.h5$'
rm -r case

# What a run that has failed left may be of another moment.
sed "s/rate = 1e-4}}/rate = 1e-4}, gd.stage {name = 'last', run = function() error('enough') end}}/" tiny.lua >part.lua
godiff run part.lua --out part --quiet --threads 1 --checkpoint step
check "a run fails" value_is "$(json part/summary.json status)" '"failed"'
godiff verify part
check "a run that has failed is fine" exited 0
check "it says that it has not ended" lacks '^run.h5: fine, finished' stdout
rm part/best.extxyz
godiff verify part
check "what such a run has not written is no damage" exited 0
check "it says so" printed '^best.extxyz: not checked: missing, and the run is not finished'
flip part/run.h5 "$(place part/run.h5 'name: tiny')"
godiff verify part
check "a byte of its checkpoint is" exited 1

# Texts that stand in quotes in pipeline.yaml.
godiff export good --out 'it'"'"'s a: slab, #1.vasp' --lowest 1
sed 's/name: tiny/name: quoted/; s/template: .*/template: {build: file, file: "it'"'"'s a: slab, #1.vasp", free: fix}/; s/add: .*/add: Pt/' "$here/tiny.yaml" >quoted.yaml
sed 's/^steps:/&\n  - {pipeline: {file: quoted.yaml}, id: inner}/' quoted.yaml >quotes.yaml
godiff run quotes.yaml --out quotes --quiet --threads 1
check "a run with texts in quotes ends" exited 0
check "they are in quotes" grep -q "file: '.*/it''s a: slab, #1.vasp'" quotes/pipeline.yaml quotes/inner/pipeline.yaml
godiff verify quotes
check "texts in quotes are fine" exited 0
check "also in a pipeline within" printed '^inner/pipeline.yaml: fine'

mkdir begun
cp good/pipeline.yaml begun
godiff verify begun
check "a run without a finished step is fine" exited 0
check "it says why" printed "^run.h5: not yet written"

# The folder of a pipeline within it is part of a run: without it, the run could not go on.
sed 's/name: tiny/name: inner/' "$here/tiny.yaml" >inner.yaml
sed 's/^steps:/&\n  - {pipeline: {file: inner.yaml}, id: inner}/' "$here/tiny.yaml" >outer.yaml
godiff run outer.yaml --out outer --quiet --threads 1
godiff verify outer
check "a run with a pipeline within is fine" exited 0
check "the folder of that is looked at" printed '^inner/pipeline.yaml: fine, there'
for command in verify export "run inner.yaml --out other --from"; do
    # shellcheck disable=SC2086 # words
    godiff $command outer/inner
    check "$command: the folder of that is no run by itself" exited 2
    check "$command: which is said" said 'outer/inner is the folder of a pipeline within a run: give the folder of the run, or for the structures of that pipeline outer/inner/archive\.extxyz$'
done
godiff export outer/inner/archive.extxyz
check "that file is no run either" exited 2
godiff evaluate outer/inner/archive.extxyz --potential emt --out evaluated.extxyz
check "but has its structures" exited 0
for file in model.h5 archive.extxyz best.extxyz; do
    cp -R outer case
    rm "case/inner/$file"
    godiff verify case
    what="missing in the folder of a pipeline within"
    damaged "inner/$file"
    cp "outer/inner/$file" case/inner
    flip "case/inner/$file" 100
    godiff verify case
    what="a byte changed in the folder of a pipeline within"
    damaged "inner/$file"
    rm -r case
done
for file in model.h5 summary.json pipeline.yaml; do
    cp "outer/inner/$file" kept
    echo '{' >"outer/inner/$file"
    godiff verify outer
    check "damage of its $file is found" exited 1
    check "and said" printed "^inner/$file: DAMAGED: "
    mv kept "outer/inner/$file"
done
rm -r outer/inner
godiff verify outer
check "without the folder it is not" exited 1
check "it says which file of it is missing" printed '^inner/pipeline.yaml: DAMAGED: missing'

# No run.
mkdir empty
: >file
for place in empty file nowhere; do
    godiff verify "$place"
    check "$place is no run" exited 2
    check "$place: it says so" said "error: $place contains no run"
    check "$place: nothing is printed" silent stdout
done
godiff verify
check "verify wants a run" exited 2
godiff verify good more
check "and no more than one" exited 2

finish
