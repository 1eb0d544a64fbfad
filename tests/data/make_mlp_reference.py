#!/usr/bin/env python3
"""Makes mlp-reference.h5: what the network `mlp` makes of the mobile atoms of the structures of painn-reference.h5,
stated independently in PyTorch in double precision.

  make_mlp_reference.py         writes beside itself: mlp-reference.h5

Needs PyTorch (Debian: python3-torch; or PyPI), h5py and numpy. The tests read what it wrote and do not run it.

attributes         features, blocks, waves, shortest, longest
parameters/NAME    random parameters
targets/HEAD       what the head should give: [mobile][3], or [structures] for an energy
outputs/HEAD       what it gives
slopes/HEAD        minus the derivatives of an energy with respect to the positions
losses/HEAD        mean over the rows of the squared error
gradients/NAME     the derivatives of the sum of the losses
"""
import math
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import nn

import make_heads_reference as painn

HERE = Path(__file__).resolve().parent
FEATURES, BLOCKS, WAVES, SHORTEST, LONGEST = painn.FEATURES, 2, 5, 2.0, 50.0


def net(widths):
    return nn.Sequential(nn.Linear(widths[0], widths[1]), nn.SiLU(), nn.Linear(widths[1], widths[2]))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(100, FEATURES)
        self.place = net([6 * WAVES, FEATURES, FEATURES])
        self.time = net([8, FEATURES, FEATURES])
        self.blocks = nn.ModuleList(net([2 * FEATURES, FEATURES, FEATURES]) for _ in range(BLOCKS))
        self.vectors = nn.Linear(FEATURES, 3 * FEATURES, bias=False)
        self.head = painn.vector_head(times=2)
        self.energy_head = net([FEATURES, FEATURES // 2, 1])
        self.noised_energy_head = net([FEATURES + 2, FEATURES, 1])

    def forward(self, batch):
        species, structure, times = batch['species'], batch['structure'], batch['times']
        lengths = torch.logspace(math.log(LONGEST), math.log(SHORTEST), WAVES, base=math.e)
        phase = 2 * math.pi * batch['positions'][:, :, None] / lengths
        waves = torch.cat([torch.sin(phase), torch.cos(phase)], dim=-1).reshape(len(species), -1)
        angles = math.pi * times[:, None] * torch.tensor([1.0, 2.0, 4.0, 8.0])
        of_times = self.time(torch.stack([torch.sin(angles), torch.cos(angles)], dim=-1).reshape(len(times), -1))
        h = self.embedding(species) + self.place(waves) + of_times[structure]
        for block in self.blocks:
            sums = torch.zeros(len(times), FEATURES).index_add(0, structure, h)
            h = h + block(torch.cat([h, sums[structure]], dim=-1))
        v = self.vectors(h).reshape(len(h), 3, FEATURES)
        t = times[structure][:, None]
        timed = torch.cat([h, torch.sin(math.pi * t), torch.cos(math.pi * t)], dim=-1)
        energies = {'energy': self.energy_head(h), 'noised_energy': self.noised_energy_head(timed)}
        sums = {name: torch.zeros(len(times)).index_add(0, structure, terms[:, 0]) for name, terms in energies.items()}
        return {'score': painn.run_vector_head(self.head, timed, v), **sums}


def read_batch():
    """The mobile atoms alone."""
    parts = {name: [] for name in ('species', 'structure', 'positions', 'times')}
    with h5py.File(HERE / 'painn-reference.h5') as file:
        for k in range(len(file['structures'])):
            group = file[f'structures/{k}']
            mobile = group['mobile'][()]
            for name, values in (('species', group['numbers'][()][mobile]), ('structure', np.full(mobile.sum(), k)),
                                 ('positions', group['positions'][()][mobile]), ('times', [group.attrs['time']])):
                parts[name].append(values)
    return {name: torch.tensor(np.concatenate(values)) for name, values in parts.items()}


def main():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(21)
    network, batch = Network(), read_batch()
    outputs = network(batch)
    targets = {name: torch.randn_like(output) for name, output in outputs.items()}
    losses = {name: ((outputs[name] - targets[name]) ** 2).reshape(len(targets[name]), -1).sum(dim=1).mean()
              for name in outputs}
    sum(losses.values()).backward()
    with h5py.File(HERE / 'mlp-reference.h5', 'w') as file:
        for name, value in (('features', FEATURES), ('blocks', BLOCKS), ('waves', WAVES), ('shortest', SHORTEST),
                            ('longest', LONGEST)):
            file.attrs[name] = float(value)
        for name, parameter in network.named_parameters():
            file[f'parameters/{name}'] = parameter.detach().numpy()
            file[f'gradients/{name}'] = parameter.grad.numpy()
        batch['positions'].requires_grad_()
        for name in ('energy', 'noised_energy'):
            slope, = torch.autograd.grad(-network(batch)[name].sum(), batch['positions'])
            file[f'slopes/{name}'] = slope.numpy()
        for name in outputs:
            file[f'targets/{name}'] = targets[name].numpy()
            file[f'outputs/{name}'] = outputs[name].detach().numpy()
            file[f'losses/{name}'] = np.array([losses[name].item()])
            print(name, f'{losses[name].item():.6f}')


if __name__ == '__main__':
    main()
