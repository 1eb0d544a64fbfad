"""Relaxations by `godiff relax` against those by ASE, from the same starts with the same forces.

relax_ase.py GODIFF OPTIMISER: OPTIMISER is bfgs or fire, as ASE has them. Every end must be the same minimum, all
distances within 1e-3 Å, and the force calls in total within 20 percent. Prints what it has found; exit status 0 or 1.
"""
import subprocess
import sys

import numpy as np
from ase import Atoms
from ase.build import fcc111
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.io import read, write
from ase.optimize import BFGS, FIRE

FMAX, STEPS, STARTS = 2e-4, 3000, 20


def far_apart(atoms, least):
    distances = atoms.get_all_distances(mic=True)
    np.fill_diagonal(distances, np.inf)
    return distances.min() > least


def clusters(random, count):
    """Free clusters of one and of two metals."""
    while count:
        symbols = ("Pt8", "Cu6Ni4")[count % 2]
        atoms = Atoms(symbols, random.uniform(0, 5, (8 + 2 * (count % 2), 3)))
        if far_apart(atoms, 1.8):
            count -= 1
            yield atoms


def adatoms(random, count):
    """Atoms on a surface whose lower layers are fixed."""
    while count:
        atoms = fcc111("Pt", (2, 2, 2), vacuum=8)
        atoms.info.clear()
        atoms.set_constraint(FixAtoms(mask=atoms.get_tags() > 1))
        top, cell = atoms.positions[:, 2].max(), atoms.cell[:2]
        for _ in range(2):
            place = random.uniform(0, 1, 2) @ cell
            atoms.append("Pt")
            atoms.positions[-1] = place[0], place[1], top + random.uniform(1.5, 2.5)
        if far_apart(atoms, 1.9):
            count -= 1
            yield atoms


godiff, name = sys.argv[1:]
random = np.random.default_rng(20)
starts = [*clusters(random, STARTS // 2), *adatoms(random, STARTS // 2)]
for k, atoms in enumerate(starts):  # one by one: else those without constraints decide for all
    columns = ["symbols", "positions"] + ["move_mask"] * bool(atoms.constraints)
    write("starts.extxyz", atoms, format="extxyz", columns=columns, append=k > 0)
subprocess.run([godiff, "relax", "starts.extxyz", "--potential", "emt", "--set", f"optimiser={name}",
                "--set", f"fmax={FMAX}", "--set", f"steps={STEPS}", "--out", "ends.extxyz"],
               check=True, stderr=open("said", "w"))
calls, farthest = 0, 0.0
for start, end in zip(starts, read("ends.extxyz", ":")):
    start.calc = EMT()
    relaxation = {"bfgs": BFGS, "fire": FIRE}[name](start, logfile=None)
    relaxation.run(fmax=FMAX, steps=STEPS)
    calls += relaxation.nsteps + 1
    farthest = max(farthest, abs(start.get_all_distances() - end.get_all_distances()).max())
    fixed = start.constraints[0].index if start.constraints else []
    if not np.allclose(start.positions[fixed], end.positions[fixed], atol=1e-7):  # as rounded by ASE's writer
        sys.exit("fixed atoms have moved")
ours = int(open("said").read().split(" force calls")[0].split()[-1])
print(f"{name}: {ours} force calls, ASE {calls}; distances differ by at most {farthest:.1e} Å")
sys.exit(not (farthest < 1e-3 and abs(ours / calls - 1) < 0.2))
