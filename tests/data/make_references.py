#!/usr/bin/env python3
"""Makes the reference structures of this folder with the Atomic Simulation Environment.

  make_references.py            writes beside itself: builders.extxyz, emt-exact.extxyz

Needs ASE (Debian: python3-ase; or PyPI). The tests read what it wrote and do not run it.

builders.extxyz     structures of ase.build and ase.cluster; the word `build` in the comment line says which
emt-exact.extxyz    energies and forces by ASE's EMT of the structures of emt-reference.extxyz, at the positions as
                    they are printed there, without loss of digits
"""
from pathlib import Path

from ase.build import fcc111, surface
from ase.calculators.emt import EMT
from ase.cluster import Icosahedron, Octahedron
from ase.io import read

HERE = Path(__file__).resolve().parent


def write(path, frames):
    """Frames are (atoms, words of the comment line, forces or None); numbers with 17 digits."""
    def row(numbers):
        return ' '.join(f'{x:.17g}' for x in numbers)

    with open(path, 'w') as out:
        for atoms, words, forces in frames:
            lattice = f'Lattice="{row(atoms.cell.array.ravel())}" ' if atoms.cell.array.any() else ''
            pbc = ' '.join('FT'[int(p)] for p in atoms.pbc)
            columns = 'species:S:1:pos:R:3' + (':forces:R:3' if forces is not None else '')
            out.write(f'{len(atoms)}\n{lattice}pbc="{pbc}" Properties={columns} {words}\n')
            for i, atom in enumerate(atoms):
                out.write(f'{atom.symbol} {row(atom.position)}')
                out.write('\n' if forces is None else f' {row(forces[i])}\n')


def builders():
    for symbol, size, vacuum in [('Pt', (6, 6, 2), 8), ('Cu', (1, 2, 1), 5), ('Al', (3, 4, 5), 7.5)]:
        yield fcc111(symbol, size, vacuum=vacuum), f'build=fcc111 size="{size[0]} {size[1]} {size[2]}" vacuum={vacuum}', None
    yield fcc111('Pt', (2, 3, 4), a=4.0, vacuum=6), 'build=fcc111 size="2 3 4" vacuum=6 a=4', None
    for indices, layers in [((1, 2, 2), 5), ((1, 0, 0), 3), ((0, 1, 0), 2), ((0, 0, 1), 1), ((1, 1, 0), 4), ((1, 1, 1), 3),
                            ((2, 1, 1), 4), ((3, 1, 1), 2), ((0, 1, 3), 3), ((5, 2, 3), 2), ((-1, 2, 2), 2),
                            ((1, -3, 2), 3), ((7, 5, 4), 1)]:
        h, k, l = indices
        yield surface('Pt', indices, layers, vacuum=8), f'build=surface indices="{h} {k} {l}" layers={layers} vacuum=8', None
    for shells in [1, 2, 3, 5]:
        yield Icosahedron('Cu', shells), f'build=icosahedron shells={shells}', None
    for length, cutoff in [(1, 0), (3, 0), (4, 1), (5, 2), (7, 2)]:
        yield Octahedron('Ag', length, cutoff), f'build=octahedron length={length} cutoff={cutoff}', None


def emt():
    for atoms in read(HERE / 'emt-reference.extxyz', ':'):
        atoms.calc = EMT()
        yield atoms, f'energy={atoms.get_potential_energy():.17g}', atoms.get_forces()


if __name__ == '__main__':
    write(HERE / 'builders.extxyz', builders())
    write(HERE / 'emt-exact.extxyz', emt())
