"""Structures in the formats of the Atomic Simulation Environment, from and to extended XYZ.

    ase_convert.py read FILE FORMAT FILE     all structures of FILE, as extended XYZ on standard output
    ase_convert.py write XYZ FORMAT FILE     the structures of XYZ into FILE

FORMAT is a name of ASE's, or empty: ASE goes by the name and content of FILE. Ends with 3 when there is no ASE, and
with 1 and one line on standard error when a file cannot be read or written.
"""

import os
import sys
import warnings

NO_ASE = 3


def number(value):
    return repr(float(value))


def fixed_atoms(atoms):
    from ase.constraints import FixAtoms

    fixed = set()
    for constraint in atoms.constraints:
        if isinstance(constraint, FixAtoms):
            fixed.update(int(i) for i in constraint.index)
    return {i % len(atoms) for i in fixed}


def results_of(atoms):
    """The energy and the forces that come with a structure, or None."""
    results = getattr(atoms.calc, "results", {}) if atoms.calc else {}
    energy = results.get("energy", results.get("free_energy"))
    return energy, results.get("forces")


# Properties of atoms that extended XYZ of godiff has no place for.
ARRAYS = {"momenta": "velocities", "initial_magmoms": "magnetic moments", "initial_charges": "charges", "tags": "tags"}
RESULTS = {"stress": "stress", "magmoms": "magnetic moments", "magmom": "magnetic moments", "charges": "charges",
           "dipole": "dipole"}


def lost_in_reading(atoms):
    from ase.constraints import FixAtoms

    lost = ["constraint " + type(one).__name__ for one in atoms.constraints if not isinstance(one, FixAtoms)]
    lost += [word for key, word in ARRAYS.items() if key in atoms.arrays and atoms.arrays[key].any()]
    results = getattr(atoms.calc, "results", {}) if atoms.calc else {}
    return lost + [word for key, word in RESULTS.items() if results.get(key) is not None]


def lost_in_writing(frames, path, kind):
    """What ASE does not find any more in the file that it has written; nothing where it cannot read it."""
    from ase.io import read as ase_read

    try:
        back = ase_read(path, index=":", format=kind or None)
    except Exception:  # a format that is only written
        return []
    pairs = list(zip(frames[-len(back):], back))
    had, has = pairs[-1]
    tests = {"cell": lambda atoms: atoms.cell.any(), "periodic directions": lambda atoms: atoms.pbc.any(),
             "fixed atoms": fixed_atoms, "energy": lambda atoms: results_of(atoms)[0] is not None,
             "forces": lambda atoms: results_of(atoms)[1] is not None}
    lost = [word for word, test in tests.items() if any(test(one) and not test(other) for one, other in pairs)]
    if has.pbc.any() and list(had.pbc) != list(has.pbc):
        lost.append("periodic directions: they are %s in the file" % " ".join("FT"[int(p)] for p in has.pbc))
    return lost


def tell(lost):
    """The last line on standard error is for godiff."""
    if lost:
        sys.stderr.write("lost: %s\n" % ", ".join(dict.fromkeys(lost)))


def print_structure(atoms, out):
    fixed = fixed_atoms(atoms)
    energy, forces = results_of(atoms)
    columns = "species:S:1:pos:R:3"
    if fixed:
        columns += ":move_mask:L:1"
    if forces is not None:
        columns += ":forces:R:3"
    comment = 'Properties=%s pbc="%s"' % (columns, " ".join("FT"[int(p)] for p in atoms.pbc))
    if atoms.cell.any():
        comment = 'Lattice="%s" ' % " ".join(number(x) for x in atoms.cell.array.ravel()) + comment
    if energy is not None:
        comment += " energy=" + number(energy)
    out.write("%d\n%s\n" % (len(atoms), comment))
    for i, (symbol, position) in enumerate(zip(atoms.get_chemical_symbols(), atoms.positions)):
        words = [symbol] + [number(x) for x in position]
        if fixed:
            words.append("F" if i in fixed else "T")
        if forces is not None:
            words += [number(x) for x in forces[i]]
        out.write(" ".join(words) + "\n")


def read(path, kind):
    from ase.io import read as ase_read

    lost = []
    for atoms in ase_read(path, index=":", format=kind or None):
        print_structure(atoms, sys.stdout)
        lost += lost_in_reading(atoms)
    tell(lost)


def write(source, kind, path):
    """Written under another name of the same ending, and renamed when complete."""
    from ase.io import read as ase_read
    from ase.io import write as ase_write

    frames = ase_read(source, index=":", format="extxyz")
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, ".godiff-%d-%s" % (os.getpid(), name))
    try:
        ase_write(temporary, frames if len(frames) > 1 else frames[0], format=kind or None)
        lost = lost_in_writing(frames, temporary, kind)
        os.replace(temporary, path)
        tell(lost)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def main(what, source, kind, path):
    warnings.simplefilter("ignore")
    try:
        import ase.io  # noqa: F401
    except ImportError:
        return NO_ASE
    try:
        read(path, kind) if what == "read" else write(source, kind, path)
    except Exception as problem:  # whatever a reader of ASE raises
        words = str(problem).strip().splitlines()
        sys.stderr.write("ASE: %s%s\n" % (type(problem).__name__, ": " + words[-1] if words else ""))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
