# evaluate and score: what they add, what they keep, and in what order.
. "$(dirname "$0")/lib.sh"

godiff run "$here/tiny.yaml" --out run --quiet
check "there is a model" exited 0

cat >in.extxyz <<'EOF'
2
Properties=species:S:1:tag:I:1:pos:R:3:label:S:1 pbc="F F F" note="first one"
Pt 3 0.0 0.0 0.0 a
Cu 4 0.0 0.0 2.5 b
3
Lattice="4 0 0 0 4 0 0 0 9" Properties=species:S:1:pos:R:3 pbc="T T F"
Au 0.0 0.0 0.0
Ag 2.0 2.0 0.0
Pt 0.0 2.0 2.0
1
Properties=species:S:1:pos:R:3 pbc="F F F"
Pt 0.0 0.0 0.0
EOF

# columns FILE: the property names of every frame, in order.
columns() { grep -o 'Properties=[^ ]*' "$1" | cut -d= -f2 | awk -F: '{ for (k = 1; k <= NF; k += 3) printf "%s ", $k; print "" }'; }
# energy: the energies of what was printed last.
energy() { grep -o 'energy=[^ ]*' "$work/stdout" | cut -d= -f2; }
energy_of_first() { grep -o 'energy=[^ ]*' out.extxyz | head -n 1 | cut -d= -f2; }
near() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a - b < 1e-12 && b - a < 1e-12) }'; }
# species FILE: the first words of the lines of atoms.
species() { awk '/^[A-Z][a-z]* / { printf "%s ", $1 }' "$1"; }

godiff evaluate in.extxyz --potential emt
check "evaluate ends with 0" exited 0
check "evaluate says nothing on stderr" silent stderr
cp stdout out.extxyz
check "evaluate keeps the number of frames" value_is "$(grep -c Properties out.extxyz)" 3
check "evaluate keeps the order of the atoms" value_is "$(species out.extxyz)" "Pt Cu Au Ag Pt Pt "
check "evaluate writes an energy for every frame" value_is "$(grep -c ' energy=\|^energy=' out.extxyz)" 3
check "evaluate writes a forces column in every frame" value_is "$(columns out.extxyz | grep -c forces)" 3
check "evaluate keeps further columns" value_is "$(columns out.extxyz | head -n 1 | tr ' ' '\n' | grep -c 'tag\|label')" 2
check "evaluate keeps further values" grep -q 'note="first one"' out.extxyz
check "an atom alone has its own energy: 5.85 eV in EMT" near "$(energy | tail -n 1)" 5.85

godiff evaluate in.extxyz --potential emt --out file.extxyz
check "evaluate --out ends with 0" exited 0
check "evaluate --out writes what stdout gets" same out.extxyz file.extxyz
check "evaluate --out says nothing on stdout" silent stdout
godiff evaluate in.extxyz --potential emt --threads 1
check "evaluate gives the same with one thread" same stdout out.extxyz
godiff evaluate out.extxyz --potential emt
check "evaluating again changes nothing" same stdout out.extxyz

# What another potential found is not written beside the new energy.
cat >stale.extxyz <<'EOF'
2
Properties=species:S:1:pos:R:3:force:R:3:forces:R:3:energies:R:1:tag:I:1:magmoms:R:1 energy=7 free_energy=7 stress="7 7 7 7 7 7 7 7 7" note=7 pbc="F F F"
Pt 0.0 0.0 0.0 7 7 7 7 7 7 7 3 7
Cu 0.0 0.0 2.5 7 7 7 7 7 7 7 4 7
EOF
godiff evaluate stale.extxyz --potential emt
check "evaluate leaves out the results of another potential" value_is "$(columns stdout)" "species pos forces tag "
check "evaluate keeps what is no result" grep -q 'note=7' stdout
check "evaluate leaves no word of another potential" lacks 'energy=7|free_energy|stress' stdout
check "nor a number of it" value_is "$(energy)" "$(energy_of_first)"

# What is not known is not an obstacle where it is not used.
for unknown in 'energy=nan' 'energy=None' "pbc='T T F' energy=-inf"; do
    printf '1\nlattice="4 0 0 0 4 0 0 0 12" %s properties=species:S:1:pos:R:3:forces:R:3\nPt 0 0 0 nan inf None\n' "$unknown" >unknown.extxyz
    godiff evaluate unknown.extxyz --potential emt
    check "evaluate takes a file with $unknown" exited 0
    check "and writes what it has found, the energy of ASE" near "$(energy)" 5.0893272098921
    godiff score run/model.h5 unknown.extxyz --time 0.5
    check "score takes it, too" exited 0
    check "and leaves out what is not known" lacks 'energy|forces' stdout
done

# Lennard-Jones: the pair at its minimum has -epsilon, and a scaled epsilon scales the energy.
cat >pair.extxyz <<'EOF'
2
Properties=species:S:1:pos:R:3 pbc="F F F"
Ar 0.0 0.0 0.0
Ar 0.0 0.0 1.122462048309373
EOF
godiff evaluate pair.extxyz --potential lj:epsilon=1,sigma=1
check "the Lennard-Jones pair has -1" near "$(energy)" -1
godiff evaluate pair.extxyz --potential lj:epsilon=2.5,sigma=1
check "parameters of the potential are taken" near "$(energy)" -2.5

# The energy of the archive is that of evaluate.
godiff evaluate run/best.extxyz --potential emt
check "a run and evaluate agree on energies" value_is "$(energy)" "$(grep -o 'energy=[^ ]*' run/best.extxyz | cut -d= -f2)"

godiff score run/model.h5 run/archive.extxyz --time 0.5
check "score ends with 0" exited 0
cp stdout scored.extxyz
check "score keeps the number of frames" value_is "$(grep -c Properties scored.extxyz)" "$(grep -c Properties run/archive.extxyz)"
check "score writes a score column in every frame" value_is "$(columns scored.extxyz | grep -c score)" "$(grep -c Properties scored.extxyz)"
check "score keeps the order of the atoms" value_is "$(species scored.extxyz)" "$(species run/archive.extxyz)"
godiff score run/model.h5 run/archive.extxyz --time 0.5 --threads 1 --out one.extxyz
check "score --out gives the same with one thread" same one.extxyz scored.extxyz
godiff score run/model.h5 run/archive.extxyz --time 1
check "score accepts the time 1" exited 0

# The same output is another score where the file says so: s(0.5) = sqrt(0.505² - 0.01²) Å, by which that of -ε is divided.
# proportional FILE FILE FACTOR: the last three columns of the first are those of the second times a factor.
proportional() {
    paste -d' ' "$1" "$2" | awk -v FACTOR="$3" '
        NF > 8 && !/Properties/ {
            for (k = 0; k < 3; k++) {
                wanted = FACTOR * $(NF - k)
                wrong += (($(NF / 2 - k) - wanted) ^ 2 > 1e-16 * wanted ^ 2)
                seen += wanted != 0
            }
        }
        END { exit !(seen && !wrong) }'
}
for output in noise:-1 score:0.504900980391206; do
    cp run/model.h5 other.h5
    "$TOOLS/h5_spoil" other.h5 words /parameters output "${output%:*}"
    godiff score other.h5 run/archive.extxyz --time 0.5 --out other.extxyz
    check "score follows what the output is: ${output%:*}" proportional other.extxyz scored.extxyz "${output#*:}"
done

# A model of noised energies has their slope for a score, and a model that is told ranks the score of no rank in particular.
# balanced FILE: forces that are the slope of an energy of distances have no sum and no torque; in no periodic cell.
balanced() {
    awk '
        NF == 1 { atoms = $1; header = 1; next }
        header { header = 0; for (k = 0; k < 6; k++) sum[k] = 0; seen = 0; next }
        {
            x = $2; y = $3; z = $4; u = $(NF - 2); v = $(NF - 1); w = $NF
            sum[0] += u; sum[1] += v; sum[2] += w
            sum[3] += y * w - z * v; sum[4] += z * u - x * w; sum[5] += x * v - y * u
            large += u * u + v * v + w * w
            if (++seen == atoms)
                for (k = 0; k < 6; k++)
                    wrong += sum[k] ^ 2 > 1e-6 * large
        }
        END { exit !(large > 0 && !wrong) }' "$1"
}
unbalanced() { ! balanced "$1"; }
cat >sloped.yaml <<'END'
godiff: 1
name: sloped
system: {template: {build: box, lengths: [8, 8, 8]}, add: Cu5}
potential: {lj: {epsilon: 0.4, sigma: 2.3}}
noise: {ve: {}}
model: {painn: {features: 8, blocks: 1, cutoff: 6, heads: [noised_energy]}}
minima: none
steps:
  - seed: {count: 3, steps: 3}
END
for head in noised_energy conditioned_score; do
    godiff run sloped.yaml --set "model.painn.heads=[$head]" --out $head --quiet
    godiff export $head --what batch --out $head.extxyz
    godiff score $head/model.h5 $head.extxyz --time 0.5 --out $head-scored.extxyz
    check "score takes a model whose score is from $head" exited 0
done
check "the slope of an energy has no sum and no torque" balanced noised_energy-scored.extxyz
check "which other scores have" unbalanced conditioned_score-scored.extxyz
godiff run sloped.yaml --set model.painn.prior=0.1 --out prior --quiet
godiff score prior/model.h5 noised_energy.extxyz --time 0.5 --out prior-scored.extxyz
check "nor has that of an energy with a prior" balanced prior-scored.extxyz
check "which makes another score" differ prior-scored.extxyz noised_energy-scored.extxyz

# What the other heads say: forces of every atom, and the energy of the mobile ones, as move_mask has them.
godiff run "$here/tiny.yaml" --set 'model.painn.heads=[score, force, energy]' --out heads --quiet
check "there is a model with all heads" exited 0
godiff score heads/model.h5 heads/best.extxyz --what all --time 0.5 --out all.extxyz
check "all are written" value_is "$(columns all.extxyz)" "species pos forces score move_mask "
for what in score forces both; do
    godiff score heads/model.h5 heads/best.extxyz --what $what --time 0.5 --out $what.extxyz
    check "--what $what ends with 0" exited 0
done
godiff score heads/model.h5 heads/best.extxyz --what energies --threads 1 --out energies.extxyz
check "without the score, no time is needed" exited 0
check "--what score keeps forces and energy of the file" \
    value_is "$(grep -o 'energy=[^ ]*' score.extxyz)" "$(grep -o 'energy=[^ ]*' heads/best.extxyz)"
check "--what forces has no score" value_is "$(columns forces.extxyz)" "species pos forces move_mask "
check "--what forces drops an energy that is not the model's" lacks 'energy=' forces.extxyz
check "--what energies drops forces that are not the model's" value_is "$(columns energies.extxyz)" "species pos move_mask "
check "an energy is the same with all and alone" \
    value_is "$(grep -o 'energy=[^ ]*' energies.extxyz)" "$(grep -o 'energy=[^ ]*' all.extxyz)"
for what in all forces; do sed 1,2d $what.extxyz | cut -d' ' -f1-7 >$what.columns; done
check "forces are the same with all and alone" same all.columns forces.columns
sed 1,2d heads/best.extxyz | cut -d' ' -f1-7 >exact.columns
check "they are not those of the file" differ forces.columns exact.columns

# energies_of FILE: what the energy head says of it.
energies_of() {
    godiff score heads/model.h5 "$1" --what energies
    energy
}
# The terms of the atoms add up: those of the mobile ones, and those of the template, which a file without move_mask has too.
sed 's/:move_mask:L:1//; s/ [TF]$//' heads/best.extxyz >all-mobile.extxyz
sed 's/ T$/ F/' heads/best.extxyz >none-mobile.extxyz
mobile="$(energies_of heads/best.extxyz)"
all="$(energies_of all-mobile.extxyz)"
check "move_mask decides which atoms have an energy" [ "$mobile" != "$all" ]
check "no atom, no energy" value_is "$(energies_of none-mobile.extxyz)" 0

godiff score run/model.h5 run/best.extxyz --what forces
check "a missing head is an error" exited 2
check "it is named with those that are there" said '^error: run/model.h5: the model has no head "force", but score$'
godiff score heads/model.h5 run/best.extxyz --what both
check "a missing time is an error" said '^error: the score needs --time; see: godiff score --help$'
godiff score run/model.h5 run/best.extxyz --what all --time 0.5
check "all is what the model has" printed 'pos:R:3:forces:R:3:score:R:3'

# The same as a potential.
godiff evaluate all-mobile.extxyz --potential model:file=heads/model.h5 --threads 1 --out learned.extxyz
check "a model is a potential" exited 0
sed 1,2d learned.extxyz | cut -d' ' -f1-7 >learned.columns
check "its forces are those of score" same learned.columns forces.columns
check "its energy is that of score" value_is "$(grep -o 'energy=[^ ]*' learned.extxyz | cut -d= -f2)" "$all"
godiff evaluate heads/best.extxyz --potential model:file=heads/model.h5,mobile=2
check "the energy is that of the mobile atoms" near "$(energy)" "$mobile"
godiff evaluate heads/best.extxyz --potential model:file=heads/model.h5,mobile=11
check "too many mobile atoms are an error" said '^error: heads/best.extxyz: structure 1: mobile: 11 atoms of a structure of 10$'
godiff evaluate heads/best.extxyz --potential model:file=run/model.h5
check "a model without forces is no potential" said '^error: .*run/model.h5: the model has no head "force"'
godiff evaluate heads/best.extxyz --potential model:file=none.h5
check "a missing file is named" said 'none.h5: No such file'
head -c 5000 heads/model.h5 >cut.h5
godiff evaluate heads/best.extxyz --potential model:file=cut.h5
check "a damaged file is an error" exited 2
check "it is named" said '^error: .*cut.h5: not an HDF5 file'
sed "s|^potential: .*|potential: {model: {file: heads/model.h5, mobile: 2}}|; s/^target: .*/target: {energy: 0, within: 1000}/" "$here/tiny.yaml" >learned.yaml
for threads in 1 3; do
    godiff run learned.yaml --threads $threads --out learned-$threads --quiet
    check "a run on a model's forces, $threads threads" exited 0
done
check "threads do not change it" same learned-1/archive.extxyz learned-3/archive.extxyz

# A POSCAR wherever structures are read, by its name; what evaluate writes is extended XYZ.
printf 'slab ! of one atom\n1.0 ! scale\n4 0 0\n0 4 0\n0 0 12\nPt ! symbols\n1 ! counts\nDirect\n0 0 0.5 ! place\n' >slab.POSCAR-1
godiff evaluate slab.POSCAR-1 --potential emt
check "evaluate reads a POSCAR" exited 0
check "evaluate finds the energy of ASE in it" near "$(energy)" 5.0893272098921
cp stdout slab
for name in slab.dat slab.xyz slab.extxyz; do
    cp slab.POSCAR-1 $name
    godiff evaluate $name --potential emt
    check "evaluate reads a POSCAR that is called $name" same stdout slab
done
"$GODIFF" evaluate - --potential emt <slab.dat >stdout 2>stderr
check "evaluate reads a POSCAR from standard input" same stdout slab
cp run/best.extxyz CONTCAR
godiff evaluate CONTCAR --potential emt
cp stdout contcar
godiff evaluate run/best.extxyz --potential emt
check "evaluate reads extended XYZ that is called CONTCAR" same stdout contcar
printf '1\n0.5\n78 0 0 0\n78 1 1 1\n78 2 2 2\n' >both.xyz
godiff evaluate both.xyz --potential emt
check "what looks like both goes by its name" said 'both\.xyz:3'
godiff score run/model.h5 slab.POSCAR-1 --time 0.5
check "score reads a POSCAR" exited 0

# Of several frames a template and a target are the last, and that is said; what is asked for is not.
for z in 1 2 3; do printf '1\nLattice="6 0 0 0 6 0 0 0 20" pbc=T T F\nPt 0 0 %s\n' $z; done >frames.extxyz
sed -e 's/template: .*/template: {file: frames.extxyz}/; s/^target: .*/target: {bonds: pair.extxyz}/' -e '/^  - loop:/,$d' \
    "$here/tiny.yaml" >frames.yaml
for z in 1 2; do printf '2\n\nPt 0 0 0\nPt 0 0 %s\n' $z; done >pair.extxyz
godiff check frames.yaml
check "check takes a file of several frames" exited 0
check "check says which frame of a template it is" \
    said '^frames.yaml:5:.*: warning: system.template: .*frames.extxyz has 3 frames; the last, frame 2, is used'
check "check says which frame of a target it is" \
    said '^frames.yaml:11:.*: warning: target.bonds: .*pair.extxyz has 2 frames; the last, frame 1, is used'
godiff run frames.yaml --quiet --out frames
check "a run says it, too" value_is "$(grep -c 'is used; `frame` selects another' stderr)" 2
check "the template is the last frame" value_is "$(awk 'NR == 3 { print $4 }' frames/archive.extxyz)" 3
godiff run frames.yaml --set system.template.frame=-2 --set target.frame=0 --quiet --out chosen
check "a frame can be chosen" value_is "$(awk 'NR == 3 { print $4 }' chosen/archive.extxyz)" 2
check "what was chosen is not warned of" lacks 'frames' stderr

# Constraints in a file that leave some of its atoms free: no template, unless it is said what becomes of them.
printf 'slab\n1\n6 0 0\n0 6 0\n0 0 20\nPt\n2\nSelective\nCartesian\n0 2.4 3 T T T\n0 0 3 F F F\n' >free.POSCAR
sed -e 's/template: .*/template: {file: free.POSCAR}/' -e '/^  - loop:/,$d' "$here/tiny.yaml" >free.yaml
godiff run free.yaml --quiet --out free
check "a template with free atoms is refused" exited 2
check "the message says what can be done" said 'free.POSCAR: its constraints leave 1 of 2 atoms free; `free: relax` lets relaxations move them, `free: sample` generates them like added ones, `free: fix` fixes all'
check "the message has the key" said 'system.template.file'
godiff run free.yaml --set system.template.free=fix --quiet --out free
check "free: fix takes it" exited 0
check "all of its atoms are fixed" value_is "$(awk 'NR > 2 && NR < 5 { print $NF }' free/archive.extxyz | tr -d '\n')" FF

# Free atoms of a template move in relaxations of a run, come back free in every format, and stay where they have been
# moved to in the steps after.
sed '/^steps/,$d; /^model/d; /^noise/d; /^target/d' free.yaml >relaxed.yaml
cat >>relaxed.yaml <<'EOF'
steps:
  - seed: {count: 4, from: uniform}
  - relax: {steps: 40, keep: all}
  - perturb: {move: {rattle: {}}}
  - evaluate: {}
EOF
column() { awk -v n="$1" -v row="$2" '/^[0-9]+$/ { at = NR } NR == at + 1 + row { print $n }' "$3" | sort -u; }
godiff run relaxed.yaml --set system.template.free=relax --quiet --out relaxed
check "free: relax takes it" exited 0
sed 's/F F F/T T T/' free.POSCAR >loose.POSCAR
godiff run relaxed.yaml --set system.template.free=relax --set system.template.file=loose.POSCAR --quiet --out loose
check "free: relax takes one of which all atoms are free" exited 0
check "all of them are free" value_is "$(awk 'NR > 2 && NR < 5 { print $NF }' loose/archive.extxyz | tr -d '\n')" TT
godiff run relaxed.yaml --set system.template.free=sample --set system.template.file=loose.POSCAR --quiet --out none
check "free: sample does not: nothing is left of the template" exited 2
check "the message says what to do" said 'loose.POSCAR: its constraints leave all of its 2 atoms free: .* give these atoms to `add`, and a region'
check "the fixed atom comes first, and stays" value_is "$(column 3 1 relaxed/archive.extxyz)" 0
check "relaxations move the free one" [ "$(column 3 2 relaxed/archive.extxyz | wc -l)" -gt 4 ]
check "away from where it was" lacks '^2.3999999999999999$' relaxed/best-relaxed.extxyz
check "it is written as free" value_is "$(column 8 2 relaxed/archive.extxyz)" T
check "the fixed one as fixed" value_is "$(column 8 1 relaxed/archive.extxyz)" F
godiff export relaxed --what best
check "an export says so, too" value_is "$(awk 'NR > 2 { printf "%s", $NF }' stdout)" FTTT
godiff export relaxed --what best --format poscar
check "and a POSCAR" value_is "$(awk 'NR > 9 { printf "%s", $NF }' stdout)" FTTT
godiff verify relaxed
check "the run is intact" exited 0
cp relaxed/archive.extxyz whole.extxyz
godiff run relaxed.yaml --set system.template.free=relax --set seed.count=4 --quiet --out again --max-time 0.001s
godiff run relaxed.yaml --set system.template.free=relax --set seed.count=4 --quiet --out again --resume
check "it is resumed to the same bits" same again/archive.extxyz whole.extxyz
godiff run relaxed.yaml --set system.template.free=fix --quiet --out still
check "with free: fix the same relaxations move neither" value_is "$(column 3 1 still/archive.extxyz | wc -l)$(column 3 2 still/archive.extxyz | wc -l)" 11

# With free: sample they are mobile atoms: generated with the others, in the window, which has to contain them.
sed 's/template: .*/template: {file: free.POSCAR, free: sample}/' "$here/tiny.yaml" >sampled.yaml
sed 's/^2$/1 1/; s/^Pt$/Pt Cu/' free.POSCAR >alloy.POSCAR
sed 's/free.POSCAR/alloy.POSCAR/' sampled.yaml >alloy.yaml
godiff check sampled.yaml
check "a window without the atoms that are sampled is a problem" exited 2
check "with their place" said '^sampled.yaml:7:.*system.window: atom 2 of the template, Pt at \(0.000, 2.400, 3.000\) Å, is outside'
godiff run alloy.yaml --set 'system.window.above=[-1, 3]' --quiet --out sampled
check "free: sample takes it" exited 0
check "the fixed atom comes first, then those that are sampled, then those that are added" \
    value_is "$(awk 'NR > 2 && NR < 7 { printf "%s%s ", $1, $NF }' sampled/archive.extxyz)" 'CuF PtT PtT PtT '
check "the fixed one stays" value_is "$(column 3 1 sampled/archive.extxyz)$(column 4 1 sampled/archive.extxyz)" 03
check "every structure has the other somewhere else" \
    value_is "$(column 4 2 sampled/archive.extxyz | wc -l)" "$(grep -c Lattice sampled/archive.extxyz)"
check "in the window, which counts from the highest atom of the file" \
    awk 'NF == 8 && $NF == "T" { n++; if ($4 < 2 || $4 > 6) exit 1 } END { exit !n }' sampled/archive.extxyz
check "all mobile atoms are trained and sampled" value_is "$(json sampled/summary.json formula)" '"CuPt3"'
godiff export sampled --what best --format poscar
check "a POSCAR has the constraints" value_is "$(awk 'NR > 9 { printf "%s", $NF }' stdout)" FTTT
godiff verify sampled
check "that run is intact" exited 0
godiff run alloy.yaml --set 'system.window.above=[-1, 3]' --quiet --out sampled-again --max-time 0.001s
godiff run alloy.yaml --set 'system.window.above=[-1, 3]' --quiet --out sampled-again --resume
check "it is resumed to the same bits, too" same sampled-again/archive.extxyz sampled/archive.extxyz
godiff relax sampled/best.extxyz --potential emt --out relaxed-again.extxyz
check "its best structure can be relaxed, with the fixed atom where it was" value_is "$(column 3 1 relaxed-again.extxyz)$(column 4 1 relaxed-again.extxyz)" 03
godiff run alloy.yaml --set 'system.window.above=[-1, 3]' --from sampled --quiet --out from-sampled
check "a run with the same sampled atoms goes on from it" exited 0
godiff run alloy.yaml --set 'system.window.above=[-1, 3]' --set system.template.free=relax --from sampled --quiet --out from-relaxed
check "one in which they are not sampled does not" exited 2

# Windows that are hardly meant so: said by check and run, with numbers.
godiff check "$here/tiny.yaml" --set 'system.window={between: [5, 7]}'
check "check takes a window in the template" exited 0
check "check warns of a window in the template" said 'warning: system.window: the window from z = 5 to 7 Å reaches into the template, which is from .*: let it begin .* Å higher'
godiff check "$here/tiny.yaml" --set 'system.window={above: [1, 40]}'
check "check warns of a window that leaves the cell" said 'warning: system.window: the window from z = .* reaches out of the cell, which is'
godiff check "$here/tiny.yaml"
check "check does not warn of a window above the template" silent stderr

# Templates that are hardly meant so.
slab_with() { printf '%s\n' 4 "Lattice=\"$1\" pbc=\"$2\" Properties=species:S:1:pos:R:3" 'Pt 0 0 5' 'Pt 2.8 0 5' 'Pt 0 2.8 5' "Pt $3 5" >hardly.xyz; }
doubted() { godiff check "$here/tiny.yaml" --set 'system.template={file: hardly.xyz}' && said "^$1"; }
slab_with '5.6 0 0 0 5.6 0 0 0 20' 'T T F' '2.8 2.8'
godiff check "$here/tiny.yaml" --set 'system.template={file: hardly.xyz}'
check "check does not warn of a slab" silent stderr
slab_with '5.6 0 0 0 5.6 0 0 0 20' 'T T F' '2.8 1.0'
check "check warns of atoms of the template that overlap" \
    doubted '--set .*: warning: system.template: atoms 2 \(Pt\) and 4 \(Pt\) are 1 Å apart, less than 0\.4 of'
slab_with '5.6 0 0 0 5.6 0 0 0 20' 'F T F' '2.8 2.8'
check "check warns of a slab that is not periodic along an edge" \
    doubted '--set .*: warning: system.template: it is not periodic along cell vector 1, across which its atom'
slab_with '12 0 0 0 12 0 0 0 20' 'F F F' '2.8 2.8'
godiff check "$here/tiny.yaml" --set 'system.template={file: hardly.xyz}'
check "a cluster with room around it needs no periodicity" lacks 'system.template' stderr

# A network whose cutoff is shorter than a Pt-Pt bond, of 2 x 1.36 Å.
godiff check "$here/tiny.yaml" --set model.painn.cutoff=2.7
check "check warns of a cutoff below all bonds" said 'warning: model.painn.cutoff: 2\.7 Å is less than the shortest bond there can be, 2\.72 Å'
godiff check "$here/tiny.yaml" --set model.painn.cutoff=2.8
check "and of none above" silent stderr

# Two atoms at one place, whatever the potential: not evaluated, and most of a batch rejected is said once.
sed -e 's/{emt: {}}/{lj: {cutoff: 3}}/; s/window: .*/window: {above: [1.0, 1.0000000001]}/; s/add: Pt2/add: Pt9/' \
    -e 's/{count: 6, steps: 5}/{count: 6, from: uniform}/; s/evaluate: {}/evaluate: {clash: 3}/' -e '/^  - loop:/,$d' "$here/tiny.yaml" >crowd.yaml
godiff run crowd.yaml --quiet --out crowd
check "a run in which all is rejected ends with 0" exited 0
check "it says that most was rejected, and why" \
    said '^warning: evaluate: 6 of 6 structures were rejected \(6 clash\): use a smaller clash, or a larger window, or relax in place of evaluate'
sed 's/- evaluate: /- relax: /' crowd.yaml >crowd-relaxed.yaml
godiff run crowd-relaxed.yaml --quiet --out crowd-relaxed
check "a step that relaxes is not told to, nor is one told to train before anything was" \
    said '^warning: relax: 6 of 6 structures were rejected \(6 clash\): use a smaller clash, or a larger window$'
sed 's/sample: {/&start: origin, /; s/window:.*/region: {sphere: {radius: 3}}/; s/template:.*/template: {build: box, lengths: [9, 9, 9]}/' "$here/tiny.yaml" >centre.yaml
godiff run centre.yaml --quiet --out centre --set evaluate-2.clash=9
check "draws of a model that was trained are told to be trained more" said 'warning: evaluate-2: 6 of 6 .* or more training$'

# A chain: a proposal that is rejected is no warning, a start that is or chains that stand still are one.
cat >chain.yaml <<'EOT'
godiff: 1
name: chain
seed: 0
system: {template: {build: box, lengths: [9, 9, 9]}, add: Cu6}
potential: {emt: {}}
minima: off
steps:
  - seed: {from: growth, count: 1}
  - evaluate: {clash: 0.5}
  - loop:
      times: 1
      steps:
        - perturb: {move: {rattle: {amplitude: 0.5}}}
        - evaluate: {clash: 0, near: 3}
EOT
godiff run chain.yaml --quiet --out one
check "a single proposal that clashes is no warning" silent stderr
check "it was rejected" value_is "$(json --lines one/metrics.jsonl clash | tail -n 1)" 1
godiff run chain.yaml --quiet --out two --set loop.times=4
check "that most of them clash is one, with what helps in this pipeline" value_is "$(cat "$work/stderr")" \
    'warning: evaluate-2: 1 of 1 structures were rejected (1 clash): use a smaller near'
godiff run crowd.yaml --quiet --out start --set seed.count=1
check "so is a start that clashes" said '^warning: evaluate: 1 of 1 structures were rejected \(1 clash\)'

# Hydrogen has bonds shorter than what is a clash of other elements.
sed '/^  - loop:/,$d; s/from: growth, count: 1/from: file, file: molecule.extxyz/; s/add: Cu6/add: H2/; s/{emt: {}}/{lj: {sigma: 0.7, cutoff: 3}}/
    s/evaluate: .*/evaluate: {}/' chain.yaml >molecule.yaml
molecule() { printf '2\nLattice="9 0 0 0 9 0 0 0 9" pbc="F F F"\nH 4 4 4\nH 4 4 %s\n' "$1" >molecule.extxyz; }
molecule 4.74
godiff run molecule.yaml --quiet --out molecule
check "a molecule of hydrogen is evaluated" value_is "$(json --lines molecule/metrics.jsonl taken | tail -n 1)" 1
check "without a word" silent stderr
molecule 4.37
godiff run molecule.yaml --quiet --out half
check "half as long it is none" value_is "$(json --lines half/metrics.jsonl clash | tail -n 1)" 1
sed 's/from: file, file: molecule.extxyz/from: uniform, count: 1/' molecule.yaml >drawn.yaml
godiff check drawn.yaml --set system.add=CO --set evaluate.clash=1.45
check "a limit above a bond is warned of" said 'warning: evaluate\.clash: 1\.45 Å is more than the length of a bond of C and O, 1\.42 Å'
godiff check drawn.yaml --set system.add=CO --set evaluate.clash=1.4
check "one below it is not" silent stderr
for stage in 'relax: {clash: 3}' 'walk: {steps: 1, step: 0.1, temperature: 1, clash: 3}'; do
    sed "s/evaluate: .*/$stage/; s/add: H2/add: C2/" drawn.yaml >other.yaml
    godiff check other.yaml
    check "in other stages, too: $stage" said "warning: ${stage%%:*}\\.clash: 3 Å is more than the length of a bond of C and C, 1\\.52 Å"
done
for add in Ar2 HHe; do
    godiff check drawn.yaml --set "system.add=$add" --set evaluate.clash=2.5
    check "noble gases, and hydrogen alone, have no such bonds: $add" silent stderr
done

# A network that overflows: said, with the place, and nothing is written.
cp run/model.h5 huge.h5
"$TOOLS/h5_spoil" huge.h5 fill /parameters/embedding.weight 1e30
godiff score huge.h5 in.extxyz --time 0.5 --out none.extxyz
check "a score that is not finite ends with 1" exited 1
check "it is reported with structure, atom and time" \
    said '^error: in.extxyz: structure 1: the score of atom 1 \(Pt\) at time 0.5 is not finite'
check "and nothing is written" missing none.extxyz
for output in -noise noise score; do
    "$TOOLS/h5_spoil" huge.h5 words /parameters output "$output"
    godiff score huge.h5 in.extxyz --time 0.5
    check "it is reported whatever the output is: $output" said 'the score of atom 1 \(Pt\) at time 0.5 is not finite'
    check "and nothing is printed: $output" silent stdout
done
cp heads/model.h5 huge.h5
"$TOOLS/h5_spoil" huge.h5 fill /parameters/embedding.weight 1e30
godiff score huge.h5 in.extxyz --what forces
check "a force that is not finite is reported" said '^error: in.extxyz: structure 1: the force on atom 1 \(Pt\) is not finite'
godiff score huge.h5 in.extxyz --what energies
check "an energy that is not finite is reported" said '^error: in.extxyz: structure 1: the energy is not finite'

# A file without a cell, and a crystal where a slab is meant.
printf '%s\n' 2 '' 'Cu 0 0 0' 'Cu 2.5 0 0' >naked.xyz
printf '%s\n' 4 'Lattice="2.55 0 0 0 2.55 0 0 0 7.2" Properties=species:S:1:pos:R:3 pbc="T T T"' 'Cu 0 0 0.5' 'Cu 1.27 1.27 2.3' \
    'Cu 0 0 4.1' 'Cu 1.27 1.27 5.9' >crystal.xyz
sed 's/template: .*/template: {file: naked.xyz}/' "$here/tiny.yaml" >naked.yaml
sed 's/template: .*/template: {file: crystal.xyz}/' "$here/tiny.yaml" >crystal.yaml
godiff check naked.yaml
check "a file without a cell: what to do" said 'cell vector 1 is zero: .*; give the template a cell, or choose a region'
godiff check crystal.yaml
check "a slab without vacuum" said 'warning: system.window: the template fills the cell along z, where its largest gap is 1\.8 Å: give a slab vacuum'

finish
