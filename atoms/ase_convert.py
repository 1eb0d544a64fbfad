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

    for atoms in ase_read(path, index=":", format=kind or None):
        print_structure(atoms, sys.stdout)


def write(source, kind, path):
    """Written under another name of the same ending, and renamed when complete."""
    from ase.io import read as ase_read
    from ase.io import write as ase_write

    frames = ase_read(source, index=":", format="extxyz")
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, ".godiff-%d-%s" % (os.getpid(), name))
    try:
        ase_write(temporary, frames if len(frames) > 1 else frames[0], format=kind or None)
        os.replace(temporary, path)
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
