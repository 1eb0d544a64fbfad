#!/usr/bin/env python3
"""Makes heads-reference.h5 and time-reference.h5: what the network with all its heads makes of the structures of painn-reference.h5, without and with the time in its backbone, stated independently in PyTorch in double precision.

  make_heads_reference.py       writes beside itself: heads-reference.h5, time-reference.h5

Needs PyTorch (Debian: python3-torch; or PyPI), h5py and numpy. The tests read what it wrote and do not run it.

attributes         features, blocks, radial, cutoff, and huber, the residual beyond which losses are linear
parameters/NAME    random parameters
targets/HEAD       what the head should give: [atoms][3], or [structures] for an energy
weights/HEAD       [structures]
outputs/HEAD       what it gives; energies are sums over the mobile atoms
slopes/HEAD        minus the derivatives of an energy with respect to the positions of the mobile atoms
losses/KIND        KIND is squared or huber: the losses of the heads
gradients/KIND/NAME  the derivatives of FACTORS · losses
"""
import math
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import nn

HERE = Path(__file__).resolve().parent
FEATURES, BLOCKS, RADIAL, CUTOFF, HUBER = 16, 2, 10, 5.0, 0.7
FACTORS = (1.0, 1.5, 2.0, 0.5)  # of the heads, in the order of outputs
EPSILON = 1e-8  # in the norm of the mixing block


class Interaction(nn.Module):
    def __init__(self):
        super().__init__()
        self.interatomic_context_net = nn.Sequential(
            nn.Linear(FEATURES, FEATURES), nn.SiLU(), nn.Linear(FEATURES, 3 * FEATURES))

    def forward(self, q, v, filters, direction, i, j):
        dq, along, carried = (filters * self.interatomic_context_net(q)[j]).split(FEATURES, dim=-1)
        dv = along[:, None, :] * direction[:, :, None] + carried[:, None, :] * v[j]
        return q.index_add(0, i, dq), v.index_add(0, i, dv)


class Mixing(nn.Module):
    def __init__(self):
        super().__init__()
        self.mu_channel_mix = nn.Linear(FEATURES, 2 * FEATURES, bias=False)
        self.intraatomic_context_net = nn.Sequential(
            nn.Linear(2 * FEATURES, FEATURES), nn.SiLU(), nn.Linear(FEATURES, 3 * FEATURES))

    def forward(self, q, v):
        a, b = self.mu_channel_mix(v).split(FEATURES, dim=-1)
        norm = torch.sqrt((a ** 2).sum(dim=1) + EPSILON)
        dq, gate, product = self.intraatomic_context_net(torch.cat([q, norm], dim=-1)).split(FEATURES, dim=-1)
        return q + dq + product * (a * b).sum(dim=1), v + gate[:, None, :] * b


class GatedBlock(nn.Module):
    def __init__(self, scalars, vectors, scalars_out, vectors_out, activate):
        super().__init__()
        self.mix_vectors = nn.Linear(vectors, 2 * vectors_out, bias=False)
        self.scalar_net = nn.Sequential(
            nn.Linear(scalars + vectors_out, scalars), nn.SiLU(), nn.Linear(scalars, scalars_out + vectors_out))
        self.widths, self.activate = [scalars_out, vectors_out], activate

    def forward(self, s, v):
        measured, gated = self.mix_vectors(v).split(self.widths[1], dim=-1)
        s = self.scalar_net(torch.cat([s, measured.norm(dim=1)], dim=-1))
        s, gate = s.split(self.widths, dim=-1)
        return nn.functional.silu(s) if self.activate else s, gate[:, None, :] * gated


def vector_head(times):
    """Blocks from F + times scalars and F vectors to one of each, by way of a half and a quarter."""
    scalars = [FEATURES + times, (FEATURES + times) // 2, (FEATURES + times) // 4, 1]
    vectors = [FEATURES, FEATURES // 2, FEATURES // 4, 1]
    return nn.ModuleList(GatedBlock(scalars[k], vectors[k], scalars[k + 1], vectors[k + 1], k < 2) for k in range(3))


def run_vector_head(head, s, v):
    for block in head:
        s, v = block(s, v)
    return v[:, :, 0]


class Network(nn.Module):
    def __init__(self, timed):
        super().__init__()
        self.embedding = nn.Embedding(100, FEATURES)
        self.filter_net = nn.Linear(RADIAL, 3 * FEATURES * BLOCKS)
        self.interactions = nn.ModuleList(Interaction() for _ in range(BLOCKS))
        self.mixing = nn.ModuleList(Mixing() for _ in range(BLOCKS))
        self.head = vector_head(times=2)
        self.force_head = vector_head(times=0)
        self.energy_head = nn.Sequential(nn.Linear(FEATURES, FEATURES // 2), nn.SiLU(), nn.Linear(FEATURES // 2, 1))
        self.noised_energy_head = nn.Sequential(nn.Linear(FEATURES + 2, FEATURES), nn.SiLU(), nn.Linear(FEATURES, 1))
        self.time = nn.Sequential(nn.Linear(8, FEATURES), nn.SiLU(), nn.Linear(FEATURES, FEATURES)) if timed else None

    def backbone(self, species, times, edges, i, j):
        d = edges.norm(dim=1, keepdim=True)
        centres, width = torch.linspace(0, CUTOFF, RADIAL), CUTOFF / (RADIAL - 1)
        radial = torch.exp(-(d - centres) ** 2 / (2 * width ** 2))
        filters = self.filter_net(radial) * (torch.cos(math.pi * d / CUTOFF) + 1) / 2
        q = self.embedding(species)
        if self.time:
            q = q + self.time(torch.stack([wave(math.pi * 2 ** k * times) for k in range(4) for wave in (torch.sin, torch.cos)], dim=-1))
        v = q.new_zeros(len(q), 3, FEATURES)
        for k, block in enumerate(filters.split(3 * FEATURES, dim=-1)):
            q, v = self.interactions[k](q, v, block, edges / d, i, j)
            q, v = self.mixing[k](q, v)
        return q, v

    def forward(self, batch):
        """Scores and forces of all atoms, and the energies of the structures."""
        times = batch['times'][batch['structure']]
        q, v = self.backbone(batch['species'], times, edges_of(batch), batch['i'], batch['j'])
        t = times[:, None]
        timed = torch.cat([q, torch.sin(math.pi * t), torch.cos(math.pi * t)], dim=-1)
        return {'score': run_vector_head(self.head, timed, v), 'force': run_vector_head(self.force_head, q, v),
                'energy': sum_mobile(self.energy_head(q)[:, 0], batch),
                'noised_energy': sum_mobile(self.noised_energy_head(timed)[:, 0], batch)}


def sum_mobile(terms, batch):
    return torch.zeros(len(batch['times'])).index_add(0, batch['structure'], terms * batch['mobile'])


def edges_of(batch):
    """The vectors of the edges, and how they depend on where the atoms are moved to."""
    moved = batch.get('moved', torch.zeros(len(batch['species']), 3))
    return batch['edges'] + moved[batch['j']] - moved[batch['i']]


def pairs(positions, cell, pbc):
    """Every ordered pair (i, j) with the vector from i to an image of j, nearer than the cutoff; by trying all."""
    reach = [0, 0, 0]
    if any(pbc):
        volume = [v if p else np.eye(3)[k] for k, (v, p) in enumerate(zip(cell, pbc))]
        heights = 1 / np.linalg.norm(np.linalg.inv(np.array(volume)), axis=0)
        spans = np.ptp(np.linalg.solve(np.array(volume).T, positions.T), axis=1)
        reach = [int(math.ceil(CUTOFF / h + s)) if p else 0 for h, s, p in zip(heights, spans, pbc)]
    found = []
    for image in np.ndindex(*(2 * r + 1 for r in reach)):
        shift = (np.array(image) - reach) @ cell
        vectors = positions[None] + shift - positions[:, None]
        length = np.linalg.norm(vectors, axis=-1)
        i, j = np.nonzero((length < CUTOFF) & (length > 0))
        found.append((i, j, vectors[i, j]))
    return [np.concatenate(x) for x in zip(*found)]


def read_batch():
    batch = {name: [] for name in ('species', 'structure', 'mobile', 'times', 'i', 'j', 'edges')}
    atoms = 0
    with h5py.File(HERE / 'painn-reference.h5') as file:
        for k in range(len(file['structures'])):
            group = file[f'structures/{k}']
            i, j, edges = pairs(group['positions'][()], group['cell'][()], group['pbc'][()])
            count = len(group['numbers'])
            for name, values in (('species', group['numbers'][()]), ('structure', np.full(count, k)),
                                 ('mobile', group['mobile'][()]), ('times', [group.attrs['time']]),
                                 ('i', i + atoms), ('j', j + atoms), ('edges', edges)):
                batch[name].append(values)
            atoms += count
    return {name: torch.tensor(np.concatenate(parts)) for name, parts in batch.items()}


def loss(output, target, weights, huber):
    """Mean over the rows of weight h(r): r² up to `huber` (None: always), then linear with the slope that it has there."""
    r = (output - target).reshape(len(output), -1).norm(dim=1)
    h = r ** 2 if huber is None else torch.where(r <= huber, r ** 2, 2 * huber * r - huber ** 2)
    return (weights * h).mean()


def losses(outputs, targets, weights, batch, huber):
    mobile, structure = batch['mobile'], batch['structure']
    of_atoms = [loss(outputs[name][mobile], targets[name][mobile], weights[name][structure][mobile], huber)
                for name in ('score', 'force')]
    return [*of_atoms, *(loss(outputs[name], targets[name], weights[name], huber) for name in ('energy', 'noised_energy'))]


def write(path, timed):
    torch.manual_seed(12)
    network, batch = Network(timed), read_batch()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if 'head.' in name:
                parameter *= 2  # else the outputs are next to nothing
    outputs = network(batch)
    targets = {name: torch.randn_like(values) for name, values in outputs.items()}
    weights = {name: 0.5 + torch.rand(len(batch['times'])) for name in outputs}
    with h5py.File(HERE / path, 'w') as file:
        file.attrs.update(features=FEATURES, blocks=BLOCKS, radial=RADIAL, cutoff=CUTOFF, huber=HUBER)
        file['factors'] = np.array(FACTORS)
        for name, parameter in network.named_parameters():
            file[f'parameters/{name}'] = parameter.detach().numpy()
        for name, values in outputs.items():
            file[f'targets/{name}'], file[f'weights/{name}'] = targets[name].numpy(), weights[name].numpy()
            file[f'outputs/{name}'] = values.detach().numpy()
        batch['moved'] = torch.zeros(len(batch['species']), 3, requires_grad=True)
        for name in ('energy', 'noised_energy'):
            slope, = torch.autograd.grad(-network(batch)[name].sum(), batch['moved'])
            file[f'slopes/{name}'] = slope[batch['mobile']].numpy()
        del batch['moved']
        for kind, huber in (('squared', None), ('huber', HUBER)):
            values = losses(network(batch), targets, weights, batch, huber)
            network.zero_grad()
            sum(factor * value for factor, value in zip(FACTORS, values)).backward()
            file[f'losses/{kind}'] = np.array([value.item() for value in values])
            for name, parameter in network.named_parameters():
                file[f'gradients/{kind}/{name}'] = parameter.grad.numpy()
            print(path, kind, [f'{value.item():.6f}' for value in values])


def main():
    torch.set_default_dtype(torch.float64)
    write('heads-reference.h5', timed=False)
    write('time-reference.h5', timed=True)


if __name__ == '__main__':
    main()
