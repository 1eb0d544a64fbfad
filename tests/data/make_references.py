#!/usr/bin/env python3
"""Makes the reference structures of this folder with the Atomic Simulation Environment, and an HDF5 file with h5py.

  make_references.py [NAME...]  writes beside itself: builders.extxyz, emt-exact.extxyz, h5py.h5; or only those named

Needs ASE (Debian: python3-ase; or PyPI) and h5py (python3-h5py). The tests read what it wrote and do not run it.

builders.extxyz     structures of ase.build and ase.cluster; the word `build` in the comment line says which
emt-exact.extxyz    energies and forces by ASE's EMT of the structures of emt-reference.extxyz, at the positions as
                    they are printed there, without loss of digits
heads-reference.h5, time-reference.h5  by make_heads_reference.py, which needs PyTorch
h5py.h5             the kinds of values that h5py writes unasked: strings of any length, booleans as an enum, ...
"""
import sys
from pathlib import Path

import h5py
import numpy as np
from ase import Atoms
from ase.build import bcc100, bcc110, bulk, fcc100, fcc110, fcc111, hcp0001, surface
from ase.calculators.emt import EMT
from ase.cluster import FaceCenteredCubic, Icosahedron, Octahedron
from ase.geometry import cellpar_to_cell
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
    for name, function, symbol in [('fcc100', fcc100, 'Pt'), ('fcc110', fcc110, 'Cu'), ('bcc100', bcc100, 'Fe'),
                                   ('bcc110', bcc110, 'W'), ('hcp0001', hcp0001, 'Ti')]:
        for size in [(3, 2, 4), (1, 1, 1), (2, 3, 5)]:
            words = f'build={name} size="{size[0]} {size[1]} {size[2]}" vacuum=7'
            yield function(symbol, size, vacuum=7), words, None
        yield function('Au', (2, 2, 3), a=3.5, vacuum=5), f'build={name} size="2 2 3" vacuum=5 a=3.5', None
    yield hcp0001('Ti', (2, 2, 3), a=3, c=5, vacuum=5), 'build=hcp0001 size="2 2 3" vacuum=5 a=3 c=5', None
    for symbol, crystal in [('Pt', 'fcc'), ('Fe', 'bcc'), ('Ti', 'hcp')]:
        for size in [(1, 1, 1), (2, 3, 4)]:
            words = f'build=bulk crystal={crystal} size="{size[0]} {size[1]} {size[2]}"'
            yield bulk(symbol, crystal).repeat(size), words, None
            if crystal != 'hcp':
                yield bulk(symbol, crystal, cubic=True).repeat(size), words + ' cubic=true', None
    for name, function, symbol in [('fcc111', fcc111, 'Pt'), ('bcc110', bcc110, 'W'), ('hcp0001', hcp0001, 'Ti')]:
        for size in [(3, 2, 4), (1, 4, 5)]:
            words = f'build={name} size="{size[0]} {size[1]} {size[2]}" vacuum=7 orthogonal=true'
            yield function(symbol, size, vacuum=7, orthogonal=True), words, None
    faces = [(1, 0, 0), (1, 1, 0), (1, 1, 1)]
    for layers in [(6, 9, 5), (2, 0, 0), (0, 3, 0), (5, 0, 4), (3, 4, 0), (4, 0, 3)]:
        kept = [(face, number) for face, number in zip(faces, layers) if number]
        words = f'build=faces layers="{layers[0]} {layers[1]} {layers[2]}"'
        atoms = FaceCenteredCubic('Cu', [face for face, _ in kept], [number for _, number in kept])
        atoms.positions -= atoms.positions.mean(axis=0)  # of a symmetric particle that is the central atom
        atoms.cell, atoms.pbc = None, False
        yield atoms, words, None
    for lengths, angles in [((4, 5, 6), (90, 90, 120)), ((4, 5, 6), (70, 80, 95)), ((3, 3, 3), (60, 60, 60))]:
        atoms = Atoms(cell=cellpar_to_cell(lengths + angles), pbc=(True, True, False))
        yield atoms + Atoms('H', [(0, 0, 0)]), 'build=box lengths="{} {} {}" angles="{} {} {}"'.format(*lengths, *angles), None


def emt():
    for atoms in read(HERE / 'emt-reference.extxyz', ':'):
        atoms.calc = EMT()
        yield atoms, f'energy={atoms.get_potential_energy():.17g}', atoms.get_forces()


def h5py_values(path):
    with h5py.File(path, 'w') as file:
        group = file.create_group('group')
        group.attrs['text'] = 'Ångström'
        group.attrs['texts'] = ['periodic', '', 'none']
        group.attrs['whole'] = 7
        group.attrs['reals'] = [0.5, -2.0]
        file['text'] = 'of any length'
        file['texts'] = ['Pt', 'Ag', 'surface']
        file['flags'] = np.array([True, False])
        file.create_dataset('packed', data=np.arange(1000.0).reshape(10, 100), compression='gzip')
        file['soft'] = h5py.SoftLink('/texts')
        file['nowhere'] = h5py.SoftLink('/gone')


MAKERS = {
    'builders.extxyz': lambda path: write(path, builders()),
    'emt-exact.extxyz': lambda path: write(path, emt()),
    'h5py.h5': h5py_values,
}

if __name__ == '__main__':
    for name in sys.argv[1:] or MAKERS:
        MAKERS[name](HERE / name)
