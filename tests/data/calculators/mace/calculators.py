"""The functions of mace.calculators, with the arguments that its documentation gives them.

The network: every atom sums features of its neighbours, which weights per species mix; its energy is a sum over their
tanh. A model file holds the weights (make_model); as with MACE, it is loaded in the precision that is asked for.
"""
import os

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.neighborlist import neighbor_list

CUTOFF, FEATURES, SPECIES = 4.0, 6, 100
CENTRES = np.linspace(1.5, CUTOFF, FEATURES)


def make_model(path, seed=0):
    """Writes a model with random weights."""
    draw = np.random.RandomState(seed)
    np.savez(path, mix=draw.normal(size=(SPECIES, FEATURES)), read=draw.normal(size=(SPECIES, FEATURES)),
             alone=draw.normal(size=SPECIES))


class MACECalculator(Calculator):
    implemented_properties = ["energy", "free_energy", "node_energy", "forces"]

    def __init__(self, model_paths=None, device="cpu", default_dtype="", **more):
        super().__init__(**more)
        if device != "cpu":
            raise RuntimeError(f"Invalid device string: '{device}'")
        with np.load(model_paths) as model:
            self.weights = {name: model[name].astype(default_dtype) for name in model}
        self.dtype = np.dtype(default_dtype)

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        weights, numbers = self.weights, atoms.numbers
        i, j, r, rij = neighbor_list("ijdD", atoms, CUTOFF)
        r, rij = r.astype(self.dtype)[:, None], rij.astype(self.dtype)
        wave, edge = np.exp(-4 * (r - CENTRES.astype(self.dtype)) ** 2), (1 - r / CUTOFF) ** 2
        wave_slope = -8 * (r - CENTRES.astype(self.dtype)) * wave
        features, sums = wave * edge * weights["mix"][numbers[j]], np.zeros((len(atoms), FEATURES), self.dtype)
        np.add.at(sums, i, features)
        nodes = weights["alone"][numbers] + (weights["read"][numbers] * np.tanh(sums)).sum(axis=1)
        rise = weights["read"][numbers] / np.cosh(sums) ** 2
        slope = (wave_slope * edge - wave * 2 / CUTOFF * (1 - r / CUTOFF)) * weights["mix"][numbers[j]]
        pull = (rise[i] * slope).sum(axis=1)[:, None] * rij / r
        forces = np.zeros((len(atoms), 3), self.dtype)
        np.add.at(forces, i, pull)
        np.add.at(forces, j, -pull)
        self.results = {"energy": nodes.sum(), "free_energy": nodes.sum(), "node_energy": nodes, "forces": forces}


def mace_mp(model=None, device="", default_dtype="float32", dispersion=False, damping="bj", dispersion_xc="pbe",
            dispersion_cutoff=21.17, return_raw_model=False, **more):
    if not os.path.exists(str(model)):
        raise RuntimeError("Model download failed and no local model found")
    print(f"Using {default_dtype} for MACECalculator")
    return MACECalculator(model_paths=model, device=device or "cpu", default_dtype=default_dtype, **more)
