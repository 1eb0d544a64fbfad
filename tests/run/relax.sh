# godiff relax: what it moves, what it keeps, and how it answers.
. "$(dirname "$0")/lib.sh"

cat >in.extxyz <<'XYZ'
3
Properties=species:S:1:pos:R:3:move_mask:L:1 pbc="F F F" note="a triangle"
Pt 0.0 0.0 0.0 F
Pt 2.2 0.0 0.0 T
Pt 1.1 2.0 0.0 T
2
Properties=species:S:1:pos:R:3 pbc="F F F"
Cu 0.0 0.0 0.0
Cu 2.0 0.0 0.0
XYZ
# longest: the longest component of a force on an atom that moves.
longest() { awk '/^(Pt|Cu) / { if ($0 !~ / F /) for (k = NF - 2; k <= NF; k++) { f = $k < 0 ? -$k : $k; if (f > m) m = f } } END { print (m + 0 > 0.001) }' "$1"; }

for optimiser in lbfgs fire bfgs; do
    godiff relax in.extxyz --potential emt --set fmax=0.001 --set optimiser=$optimiser --out out.extxyz
    check "relax ends with 0 ($optimiser)" exited 0
    check "it says how many have converged ($optimiser)" said '^2 of 2 structures converged, [0-9]* force calls$'
    check "structures and values stay in their order ($optimiser)" value_is "$(grep -c 'note="a triangle"' out.extxyz) $(sed -n 3p out.extxyz | cut -d' ' -f1)" "1 Pt"
    check "forces are short ($optimiser)" value_is "$(longest out.extxyz)" 0
    check "a fixed atom does not move ($optimiser)" value_is "$(awk 'NR == 3 { print $2 + 0, $3 + 0, $4 + 0 }' out.extxyz)" "0 0 0"
    cp out.extxyz again.extxyz
    godiff relax in.extxyz --potential emt --set fmax=0.001 --set optimiser=$optimiser --threads 1 --out out.extxyz
    check "the threads do not matter ($optimiser)" cmp -s out.extxyz again.extxyz
done

godiff relax in.extxyz --potential emt --set fmax=0 --set steps=3
check "steps end a relaxation" said 'structure 2: not converged after 4 force calls; longest force .* eV/Å; it is written as it is; --set steps=N allows more moves$'
godiff relax in.extxyz --potential emt --set steps
check "a setting needs a value" said 'expected NAME=VALUE'
check "a setting without a value is bad input" exited 2
godiff relax in.extxyz --potential emt --set fmix=0.1
check "an unknown setting is named" said 'unknown key "fmix"'
check "an unknown setting is bad input" exited 2
sed 's/move_mask:L:1/move_mask:L:3/; s/ T$/ T T T/; s/ F$/ F F T/' in.extxyz >partly.extxyz
godiff relax partly.extxyz --potential emt
check "atoms fixed along some directions are refused" said 'structure 1: move_mask \(selective dynamics\): atom 1 may move along some directions only'
sed 's/move_mask:L:1/Move_Mask:L:1/' in.extxyz >case.extxyz
godiff relax case.extxyz --potential emt --out out.extxyz
check "the mask's name may be in any case" value_is "$(awk 'NR == 3 { print $2 + 0, $3 + 0, $4 + 0 }' out.extxyz)" "0 0 0"
sed 's/move_mask:L:1/move_mask:I:1/; s/ T$/ 1/; s/ F$/ 0/' in.extxyz >numbers.extxyz
godiff relax numbers.extxyz --potential emt
check "a mask of numbers is bad input" exited 2
check "what a mask should be is said" said "structure 1: column 'move_mask' is I:1, it should be L:1 or L:3"
sed '4s/ T$/ Q/' in.extxyz >letter.extxyz
godiff relax letter.extxyz --potential emt
check "a flag that is none is bad input" exited 2
check "the flag and its atom are named" said "structure 1: move_mask: 'Q' of atom 2 is neither T nor F"
sed '4s/.*/Pt 0 0 0 T/' in.extxyz >one-place.extxyz
godiff relax one-place.extxyz --potential emt --out out.extxyz
check "two atoms at one place are reported" said 'structure 1: clash after 0 force calls; two atoms are at one place'
check "they have neither energy nor forces" value_is "$(sed -n '2p' out.extxyz | grep -cE 'energy|forces')" 0
printf 'pair\n1\n9 0 0\n0 9 0\n0 0 9\nCu\n3\nSelective dynamics\nCartesian\n1 1 1 F F F\n1 1 3 T T T\n1 3 1.2 T T T\n' >selective.POSCAR
godiff relax selective.POSCAR --potential emt --set fmax=0.001 --out out.extxyz
check "a POSCAR is relaxed" said '^1 of 1 structures converged'
check "selective dynamics fix an atom" value_is "$(awk 'NR == 3 { print $2 + 0, $3 + 0, $4 + 0, $NF }' out.extxyz)" "1 1 1 F"
check "the others move" value_is "$(longest out.extxyz) $(awk 'NR == 4 { print ($4 > 3), $NF }' out.extxyz)" "0 1 T"

# Constraints from another file, by the places of its fixed atoms, in place of the structure's own.
printf '%s\n' 2 'Lattice="9 0 0 0 9 0 0 0 9" pbc="T T T" Properties=species:S:1:pos:R:3:move_mask:L:1' \
    'Cu 5 5 5 T' 'Cu 1 3 1.201 F' >constraints.xyz
godiff relax selective.POSCAR --constraints constraints.xyz --potential emt --set fmax=0.001 --out out.extxyz
check "constraints of another file" value_is "$(awk 'NR > 2 { printf "%s", $NF }' out.extxyz)" "TTF"
check "the atom that is fixed there stays" value_is "$(awk 'NR == 5 { print $2 + 0, $3 + 0, $4 + 0 }' out.extxyz)" "1 3 1.2"
sed 's/1.201/2.5/' constraints.xyz >elsewhere.xyz
godiff relax selective.POSCAR --constraints elsewhere.xyz --potential emt
check "an atom that is not where it is fixed is refused" \
    said 'elsewhere.xyz: structure 1: no atom is where its atom 2 is fixed, at \(1.000, 3.000, 2.500\) Å'
sed 's/F$/T/' constraints.xyz >none.xyz
godiff relax selective.POSCAR --constraints none.xyz --potential emt
check "constraints of a file that has none are refused" said 'none.xyz: no atom is fixed in it'
cat constraints.xyz none.xyz >both.xyz
godiff relax selective.POSCAR --constraints both.xyz --potential emt
check "the structure of several that they are of is named" said 'both.xyz: no atom is fixed in the last of its 2 structures, whose constraints are taken$'

# What a run has said of a structure is not true of the one that it becomes.
sed '2s/$/ evaluation=7 step=evaluate reason="it failed"/' in.extxyz >said.extxyz
godiff relax said.extxyz --potential emt --out out.extxyz
check "relaxed structures have no evaluation, step or reason" lacks 'evaluation=|step=|reason=' out.extxyz
godiff evaluate said.extxyz --potential emt --out out.extxyz
check "evaluated ones have no reason" lacks 'reason=' out.extxyz
check "but their evaluation" grep -q 'evaluation=7' out.extxyz
printf '%s\n' 2 '' 'Ar 0 0 0' 'Ar 5 0 0' >argon.extxyz
godiff relax argon.extxyz --potential lj:epsilon=0.0104,sigma=3.4
check "weak forces are warned of" said '^warning: fmax: two of these atoms draw each other by at most 0.0073 eV/Å'
godiff relax argon.extxyz --potential lj:epsilon=0.0104,sigma=3.4 --set fmax=1e-4
check "but not where fmax is small" lacks warning stderr
godiff relax in.extxyz --potential sutton-chen:n=6,m=12
check "an attraction without end is bad input" exited 2
check "the exponents are named" said 'n, 6, is not above half of m, 12'
finish
