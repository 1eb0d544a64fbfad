#!/usr/bin/env python3
"""Writes metrics-samples.extxyz, metrics-reference.extxyz and metrics-expected.txt: two sets of structures of five atoms,
and how far apart they are, by NumPy and SciPy. Needs both. Run in this folder."""
import numpy as np
from scipy.optimize import linear_sum_assignment

random = np.random.default_rng(5)


def draw(count, width, shift):
    positions = random.normal(0, width, (count, 5, 3)) + np.arange(5)[None, :, None] * 0.7
    return np.round(positions, 6), np.round(random.normal(shift, 2, count), 6)


def write(name, positions, energies):
    with open(name, "w") as file:
        for frame, energy in zip(positions, energies):
            file.write(f'5\nProperties=species:S:1:pos:R:3 energy={energy} pbc="F F F"\n')
            for atom in frame:
                file.write("Ar " + " ".join(f"{x:.6f}" for x in atom) + "\n")


def distances(positions):
    i, j = np.triu_indices(5, 1)
    return np.linalg.norm(positions[:, i] - positions[:, j], axis=-1).ravel()


def line(a, b):
    """W2 squared: the integral of the squared difference of the quantile functions, which are steps."""
    a, b = np.sort(a), np.sort(b)
    ends = np.unique(np.concatenate([np.arange(1, len(a) + 1) / len(a), np.arange(1, len(b) + 1) / len(b)]).round(12))
    widths = np.diff(np.concatenate([[0], ends]))
    middles = ends - widths / 2
    return np.sum(widths * (a[(middles * len(a)).astype(int)] - b[(middles * len(b)).astype(int)]) ** 2)


def geometric(a, b):
    rows, columns = linear_sum_assignment(np.linalg.norm(a[:, None] - b[None], axis=-1))
    a, b = a[rows], b[columns]
    return np.sum(a**2) + np.sum(b**2) - 2 * np.linalg.svd(a.T @ b, compute_uv=False).sum()


def transport(costs):
    rows, columns = linear_sum_assignment(costs)
    return np.sqrt(costs[rows, columns].mean())


a, energies_a = draw(40, 1.0, 0.0)
b, energies_b = draw(64, 1.2, 0.5)
write("metrics-samples.extxyz", a, energies_a)
write("metrics-reference.extxyz", b, energies_b)
picked = b[np.arange(40) * 64 // 40]
ca, cb = a - a.mean(1, keepdims=True), picked - picked.mean(1, keepdims=True)
da, db = distances(a), distances(b)
edges = np.histogram_bin_edges(db, 200)
p, q = np.histogram(da, edges)[0], np.histogram(db, edges)[0]
expected = {
    "structures": len(a),
    "mean": energies_a.mean(),
    "deviation": energies_a.std(ddof=1),
    "distance": da.mean(),
    "energy_w2": np.sqrt(line(energies_a, energies_b)),
    "distance_w2": line(da, db),
    "distance_tv": np.abs(p / p.sum() - q / q.sum()).sum() / 2,
    "flat_w2": transport(((ca[:, None] - cb[None]) ** 2).sum((2, 3))),
    "geometric_w2": transport(np.array([[geometric(x, y) for y in cb] for x in ca])),
}
with open("metrics-expected.txt", "w") as file:
    for name, value in expected.items():
        file.write(f"{name} {value:.12g}\n")
