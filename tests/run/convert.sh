# godiff convert, and files that are read through ASE: as templates, as structures, and what is said without ASE.
. "$(dirname "$0")/lib.sh"

"$GODIFF" run "$here/tiny.yaml" --out first --quiet --threads 1 >/dev/null 2>&1

# Without Python: extended XYZ and POSCAR.
godiff convert first all.xyz
check "a run is converted" exited 0
check "with all of its archive" value_is "$(grep -c Lattice all.xyz)" "$(json first/summary.json accepted)"
godiff convert all.xyz one.xyz --frame -1
check "one frame" value_is "$(grep -c Lattice one.xyz)" 1
godiff convert one.xyz POSCAR
godiff convert POSCAR back.xyz
places() { awk '/^[A-Z][a-z]? / { print $1, $2, $3, $4 }' "$1"; }
mask() { awk '/^[A-Z][a-z]? / { print $NF }' "$1"; }
check "a POSCAR has the same atoms at the same places" value_is "$(places back.xyz)" "$(places one.xyz)"
check "and the same constraints" value_is "$(mask back.xyz)" "$(mask one.xyz)"
godiff convert one.xyz -
check "on standard output" value_is "$(places stdout)" "$(places one.xyz)"
godiff convert all.xyz POSCAR
check "a POSCAR of several structures is refused" said "choose one with --frame"
godiff convert all.xyz one.xyz --frame 100
check "and a frame that is not there" said "all.xyz has [0-9]+ structures, 0 to"

# A cluster in a small box, that is not periodic, with atoms out of it: a POSCAR is.
cat >cluster.xyz <<'END'
3
Lattice="6 0 0 0 6 0 0 0 6" pbc="F F F"
Ar 0 0 0
Ar -3 0 0
Ar 0 4 7
END
godiff convert cluster.xyz POSCAR
check "a cluster gets a box with room" said "its cell was enlarged to leave 10 Å"
printf '2\nLattice="0 0 0 5 0 0 0 0 0" pbc="F T F" Properties=species:S:1:pos:R:3\nCu 0 0 0\nCu 1 2 0\n' >wire.extxyz
godiff convert wire.extxyz wire.POSCAR
check "a wire along x gets vectors along z and y" value_is "$(sed -n 3,5p wire.POSCAR | tr '\n' ' ')" '0 0 10 5 0 0 0 12 0 '
for cell in "1 0 0 2 0 0 0 0 0" "1 0 0 5e4 1 0 0 0 1" "1e300 0 0 0 1 0 0 0 1"; do
    sed "2s/\"[^\"]*\"/\"$cell\"/; 2s/F T F/T T F/" wire.extxyz >bad.extxyz
    godiff convert bad.extxyz bad.POSCAR
    check "the cell $cell is refused" exited 2
    check "and nothing is written" missing bad.POSCAR
done
godiff convert POSCAR back.xyz
check "of its size and 10 Å more" grep -q 'Lattice="13 0 0 0 14 0 0 0 17"' back.xyz
check "and is in the middle of it" value_is "$(places back.xyz)" "Ar 8 5 5
Ar 5 5 5
Ar 8 9 12"
sed 's/Lattice="[^"]*" //' cluster.xyz >free.xyz
godiff convert free.xyz POSCAR
check "without a cell too" exited 0

# A Python that has no ASE, and none at all.
printf '#!/bin/sh\nexit 3\n' >python-without
chmod +x python-without
echo nothing >slab.cif
for python in "$work/python-without" "$work/nowhere"; do
    GODIFF_PYTHON=$python
    export GODIFF_PYTHON
    godiff convert slab.cif slab.xyz
    check "${python##*/}: refused" exited 2
    check "with what to do" said "through ASE.*variable GODIFF_PYTHON"
    godiff convert one.xyz one.cif
    check "writing too" exited 2
    check "and nothing is written" missing one.cif
done
unset GODIFF_PYTHON

if ! has_module ase; then
    skip "files of other programs" "no Python with ASE"
    finish
fi
GODIFF_PYTHON=$python
export GODIFF_PYTHON
for file in a.cif a.traj a.db a.json a.xsf; do
    godiff convert one.xyz $file
    check "$file is written" exited 0
    godiff convert $file "$file.xyz"
    check "and read" exited 0
    $python -c '
import sys, ase.io
a, b, c = ase.io.read(sys.argv[1]), ase.io.read(sys.argv[2]), ase.io.read(sys.argv[3])
assert abs(a.cell.lengths() - b.cell.lengths()).max() < 1e-4 and abs(b.positions - c.positions).max() < 1e-12
assert a.get_chemical_symbols() == b.get_chemical_symbols() == c.get_chemical_symbols()
assert sorted(abs(a.get_all_distances(mic=True) - c.get_all_distances(mic=True)).ravel())[-1] < 1e-3
' one.xyz "$file" "$file.xyz"
    check "with the same structure, as ASE sees it" value_is $? 0
done
godiff convert all.xyz all.traj
godiff convert all.traj again.xyz
check "all structures of a trajectory" value_is "$(places again.xyz)" "$(places all.xyz)"
check "with their constraints" grep -q move_mask again.xyz
energies() { grep -o ' energy=[^ ]*' "$1"; }
check "and energies" value_is "$(energies again.xyz)" "$(energies all.xyz)"

# As what a search starts from.
sed 's/{build: .*/{file: slab.cif}/; s/^  add:.*/  add: Pt2/' "$here/tiny.yaml" >slab.yaml
head -n 2 one.xyz | sed 's/^[0-9]*$/8/; s/:move_mask:L:1//; s/ energy=.*//' >template.xyz
places one.xyz | head -n 8 | while read -r line; do echo "$line 0 0 0"; done >>template.xyz
godiff convert template.xyz slab.cif
godiff check slab.yaml
check "a template from a .cif" exited 0
godiff convert slab.cif slab.traj
godiff check slab.yaml --set system.template.file=slab.traj
check "and from a trajectory" exited 0
sed '/^steps:/,$d; /^noise:/d; /^model:/d; /^target:/d' "$here/tiny.yaml" >import.yaml
printf '%s\n' 'steps:' '  - archive: {from: all.db, energies: keep}' >>import.yaml
godiff convert all.xyz all.db
cat >pair.cell <<'END'
%BLOCK LATTICE_CART
5 0 0
0 6 0
0 0 7
%ENDBLOCK LATTICE_CART
%BLOCK POSITIONS_FRAC
Pt 0.5 0.5 0.5
O 0.1 0.5 0.5
%ENDBLOCK POSITIONS_FRAC
END
godiff convert pair.cell pair.xyz
check "a .cell of CASTEP is read" value_is "$(places pair.xyz)" "Pt 2.5 3 3.5
O 0.5 3 3.5"
godiff run import.yaml --out import --quiet --threads 1
check "a database of ASE gives an archive" value_is "$(json import/summary.json accepted)" \
    "$(json first/summary.json accepted)"
godiff evaluate a.traj --potential emt
check "evaluate reads a trajectory" exited 0
# What is lost is said.
$python -c '
from ase.io import write
from ase.build import fcc111
from ase.constraints import FixedPlane
import numpy
slab = fcc111("Pt", (2, 2, 2), vacuum=5)
slab.set_constraint(FixedPlane(0, (1, 0, 0)))
slab.set_momenta(numpy.ones((8, 3)))
write("rich.traj", slab)
'
godiff relax rich.traj --potential emt --set steps=1 --out relaxed.xyz
check "relax says which constraints are lost" said 'rich.traj: not taken over: constraint FixedPlane'
sed 's/template: .*/template: {file: rich.traj, free: relax}/' "$here/tiny.yaml" >rich.yaml
godiff check rich.yaml
check "and check, where template atoms may be free" said 'rich.yaml:[0-9]+:[0-9]+: warning: system.template: .*rich.traj: not taken over: constraint FixedPlane'
godiff convert rich.traj rich.xyz
check "constraints and velocities that are lost" said 'rich.traj: not taken over: constraint FixedPlane, (tags, )?velocities'
godiff convert one.xyz one.cif
check "fixed atoms, energies and forces" said 'one.cif: not taken over: .*fixed atoms, energy, forces'
# Of any structure, and not of the last alone.
$python -c '
from ase.io import write
from ase.build import fcc111
from ase.constraints import FixAtoms, FixedPlane
slab = fcc111("Pt", (2, 2, 2), vacuum=5)
free = slab.copy()
slab.set_constraint(FixAtoms([0, 1]))
write("first.traj", [slab, free])
slab.set_constraint([FixAtoms([0, 1]), FixedPlane(4, (1, 0, 0))])
write("plane.traj", slab)
write("slab.xyz", free, format="extxyz")
'
godiff convert first.traj first.cif
check "fixed atoms of a structure that is not the last" said 'first.cif: not taken over: .*fixed atoms'
godiff relax slab.xyz --constraints plane.traj --potential emt --set steps=1 --out relaxed.xyz
check "constraints of another kind in a file of constraints" said '^warning: plane.traj: not taken over: constraint FixedPlane$'
godiff relax slab.xyz --constraints first.traj --potential emt
check "which of its structures is taken is said" said 'first.traj: no atom is fixed in the last of its 2 structures'
godiff convert one.xyz POSCAR
check "energy and forces of a POSCAR" said 'POSCAR: not taken over: energy, forces'
godiff convert one.xyz one.traj
check "nothing is said where nothing is lost" silent stderr

echo nothing >broken.cif
godiff convert broken.cif broken.xyz
check "what ASE cannot read is refused" exited 2
check "with its words in one line" value_is "$(wc -l <stderr)" 1
godiff convert one.xyz one.strange
check "and a format that it does not know" said "one.strange: ASE: UnknownFileTypeError"
check "of which nothing is left" value_is "$(find . -maxdepth 1 -name '.godiff*' | wc -l)" 0
finish
