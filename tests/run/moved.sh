# A run goes on after its project was moved: files may be elsewhere, if they are what they were.
. "$(dirname "$0")/lib.sh"

mkdir old old/in
cat >old/in/slab.extxyz <<'END'
4
Lattice="5.54 0 0 0 5.54 0 0 0 14" Properties=species:S:1:pos:R:3 pbc="T T F"
Pt 0 0 1
Pt 2.77 0 1
Pt 0 2.77 1
Pt 2.77 2.77 1
END
cat >old/in/start.extxyz <<'END'
5
Lattice="5.54 0 0 0 5.54 0 0 0 14" Properties=species:S:1:pos:R:3 pbc="T T F"
Pt 0 0 1
Pt 2.77 0 1
Pt 0 2.77 1
Pt 2.77 2.77 1
Pt 1.3 1.5 3
END
sed 's/1.3 1.5 3/1.4 1.5 3/' old/in/start.extxyz >old/in/second.extxyz
cat >old/my.yaml <<'END'
godiff: 1
name: my
system: {template: {file: in/slab.extxyz}, add: Pt, window: {above: [1, 4]}}
potential: {emt: {}}
minima: off
steps:
  - seed: {from: file, file: in/start.extxyz}
  - evaluate: {}
  - seed: {from: file, file: in/second.extxyz}
  - evaluate: {}
  - loop:
      times: 2
      steps:
        - seed: {count: 3, from: uniform}
        - evaluate: {}
END

godiff run old/my.yaml --out old/run
check "a run" exited 0
check "its files are known" value_is "$(json old/run/summary.json inputs | grep -c 'in/start.extxyz')" 1
cp -R old kept
godiff run old/my.yaml --out old/run --resume --extend loop.times=4
check "it goes on where it is" exited 0
mv old/run/archive.extxyz wanted
rm -r old
mkdir far
mv kept far/new

for what in archive best; do
    godiff export far/new/run --what $what
    check "export --what $what needs the run alone" exited 0
done
godiff run far/new/my.yaml --out far/new/run --resume --extend loop.times=4
check "it goes on elsewhere" exited 0
check "with the same bits" same wanted far/new/run/archive.extxyz
check "its pipeline names the files where they are" grep -q "$work/far/new/in/slab.extxyz" far/new/run/pipeline.yaml
godiff verify far/new/run
check "it is whole" exited 0

sed 's/name: my/name: next/' far/new/my.yaml >far/new/next.yaml
godiff run far/new/next.yaml --out next --from far/new/run
check "another one starts from it" exited 0

sed 's,start\.,third.,; s,second\.,start.,; s,third\.,second.,' far/new/my.yaml >far/new/swapped.yaml
godiff run far/new/swapped.yaml --out far/new/run --resume
check "one file in the place of another is none that has moved" exited 2
check "which is said with both" said 'seed\.file is .*in/start\.extxyz"\] in its line [0-9]+, here it is .*in/second\.extxyz"\] \('

cp -R far/new far/other
sed -i 's/2.77 2.77 1$/2.77 2.77 1.01/' far/other/in/*.extxyz
godiff run far/other/my.yaml --out far/other/run --resume --extend loop.times=5
check "not with a file that has changed" exited 2
check "which is named" said 'far/other/in/slab\.extxyz'
rm far/new/in/start.extxyz
godiff run far/new/my.yaml --out far/new/run --resume --extend loop.times=5
check "nor without it" exited 2
check "which is named, and where" said 'far/new/in/start\.extxyz: No such file'
# Files of sections that are where they were, but not what they were. Tables of an embedded-atom potential, with S times
# the embedding energy.
tables() {
    awk -v s="$1" 'BEGIN {
        n = 500; print "a\nb\nc\n1 Pt\n" n, 20 / n, n, 5 / n, 5 "\n78 195 3.92 fcc"
        for (k = 0; k < n; k++) print -s * sqrt(k * 20 / n)
        for (k = 0; k < n; k++) print exp(5 - 10 * k / n) * (1 - k / n) ^ 2
        for (k = 0; k < n; k++) print 10 * k / n * exp(8.8 - 20 * k / n) * (1 - k / n) ^ 2
    }'
}
mkdir stays stays/in && cp far/other/in/* stays/in
tables 1 >stays/pt.eam.alloy
sed 's/emt: {}/eam: {file: pt.eam.alloy}/' far/other/my.yaml >stays/my.yaml
rm -rf out
godiff run stays/my.yaml --out out --quiet
check "a run ends" exited 0
tables 2 >stays/pt.eam.alloy
cp -r out before
godiff run stays/my.yaml --out out --quiet --resume --extend loop.times=3
check "another potential in the same file: exit code 2" exited 2
check "another potential in the same file: it is named" \
    said 'out/pipeline.yaml is of another pipeline: potential\.eam\.file: the file .*/stays/pt\.eam\.alloy is not what it was; '
check "another potential in the same file: nothing has changed" same out/run.h5 before/run.h5
godiff verify out
check "its own files are in order" exited 0
godiff run stays/my.yaml --from out --out from --quiet
check "nor does a run begin from it" said 'it depends on the section potential, which is another one here: potential'
sed "s,^steps:,&\n  - archive: {from: $work/out}," stays/my.yaml >stays/taken.yaml
godiff run stays/taken.yaml --out taken --quiet
check "nor are its energies known ones" value_is "$(json --lines taken/metrics.jsonl known | head -n 1)" 0
tables 1 >stays/pt.eam.alloy
godiff run stays/taken.yaml --out taken-again --quiet
check "but with the file as it was" test "$(json --lines taken-again/metrics.jsonl known | head -n 1)" -gt 0
sed -i 's/2.77 2.77 1.01/2.77 2.77 1.010/' stays/in/slab.extxyz
godiff run stays/my.yaml --out out --quiet --resume --extend loop.times=3
check "another template file" said 'system\.template\.file: the file .*/stays/in/slab\.extxyz is not what it was'
cp far/other/in/slab.extxyz stays/in/slab.extxyz
echo >>stays/in/start.extxyz
godiff run stays/my.yaml --out out --quiet --resume --extend loop.times=3
check "what a step has read may be another one: it goes on" exited 0
check "with a warning" said '^warning: seed\.file: the file .*/stays/in/start\.extxyz is not what it was when this run was started last: '
godiff run stays/my.yaml --out out --quiet --resume --extend loop.times=4
check "of one change once" lacks 'is not what it was' stderr
finish
