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
finish
