#!/usr/bin/env python3
"""Converts a PyTorch (Lightning) checkpoint of AGeDi or GO-Diff to a model.h5 of godiff.

The checkpoint's positions score must be SchNetPack's PaiNN with a head of three gated blocks on the scalars and the time;
features, blocks, radial functions and cutoff are read from its tensors. A force head on the same backbone is taken over, an
energy head is not. Its noise is not in the checkpoint: without
options it is AGeDi's default, variance-exploding from 0.01 to 1 Å, linear. Its output is used by these programs as the
score itself, which the file says in its attribute `output`.

Needs NumPy and h5py (Debian: python3-h5py). PyTorch is not needed: the checkpoint is read as data, none of its code runs.
"""
import argparse
import collections
import pickle
import re
import sys
import zipfile

import h5py
import numpy as np

STORAGES = {'DoubleStorage': '<f8', 'FloatStorage': '<f4', 'HalfStorage': '<f2', 'BFloat16Storage': '<u2',
            'LongStorage': '<i8', 'IntStorage': '<i4', 'ShortStorage': '<i2', 'CharStorage': 'i1', 'ByteStorage': 'u1',
            'BoolStorage': '?'}
SPECIES = 100  # rows of the embedding: atomic numbers 0 to 99
GATED_BLOCKS = 3


class Problem(Exception):
    """What is wrong with the checkpoint, for the user."""


class Anything:
    """Stands for every object of a checkpoint that is no tensor: it takes what it is given and does nothing."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return self

    def __setstate__(self, state):
        pass

    def __setitem__(self, key, value):
        pass

    def append(self, item):
        pass

    def extend(self, items):
        pass


def rebuild_tensor(storage, offset, size, stride, *_):
    """A tensor as an array of its own, in float32 where it is of floats."""
    values, kind = storage
    steps = [step * values.itemsize for step in stride]
    if min((*size, *stride, offset), default=0) < 0 or offset + sum(
            (n - 1) * step for n, step in zip(size, stride)) >= max(len(values), 1):
        raise Problem('a tensor reaches beyond its storage')
    array = np.array(np.lib.stride_tricks.as_strided(values[offset:], size, steps))
    if kind == 'BFloat16Storage':
        array = (array.astype('<u4') << 16).view('<f4')
    return array.astype('<f4') if array.dtype.kind == 'f' else array


class Reader(pickle.Unpickler):
    """A pickle of PyTorch. No name in it is looked up in Python, so that none of its code can run."""

    NAMES = {
        ('collections', 'OrderedDict'): collections.OrderedDict,
        ('torch._utils', '_rebuild_tensor_v2'): rebuild_tensor,
        ('torch._utils', '_rebuild_parameter'): lambda data, *_: data,
    }

    def __init__(self, archive, folder):
        super().__init__(archive.open(folder + '/data.pkl'))
        self.archive, self.folder = archive, folder

    def find_class(self, module, name):
        if module in ('torch', 'torch.storage') and name in STORAGES:
            return name
        return self.NAMES.get((module, name), Anything)

    def persistent_load(self, identity):
        _, kind, key, *_ = identity
        if kind not in STORAGES:
            raise Problem(f'storage of an unknown type: {kind}')
        return np.frombuffer(self.archive.read(f'{self.folder}/data/{key}'), STORAGES[kind]), kind


def read_tensors(path):
    """The tensors of a checkpoint, by name."""
    try:
        with zipfile.ZipFile(path) as archive:
            pickles = [name for name in archive.namelist() if name.endswith('/data.pkl')]
            if len(pickles) != 1:
                raise Problem('no checkpoint of PyTorch 1.6 or later')
            found = Reader(archive, pickles[0].rsplit('/', 1)[0]).load()
    except (zipfile.BadZipFile, pickle.UnpicklingError, EOFError, KeyError, IndexError, ValueError, TypeError) as error:
        raise Problem(f'no checkpoint of PyTorch 1.6 or later: {error}') from error
    state = found.get('state_dict', found) if isinstance(found, dict) else None
    if not isinstance(state, dict):
        raise Problem('has no state_dict')
    return {name: value for name, value in state.items() if isinstance(value, np.ndarray)}


PLACES = (  # names in a checkpoint, and where their tensors belong
    (r'(?:score_model\.)?representation\.((?:radial_basis|cutoff_fn)\..*)', 'radial', '{}'),
    (r'(?:score_model\.)?representation\.(.*)', 'network', '{}'),
    (r'score_model\.heads\.0\.net\.(.*)', 'network', 'head.{}'),
    (r'regressor_model\.heads\.\d+\.net\.(\d+\.(?:mix_vectors|scalar_net)\..*)', 'forces', 'force_head.{}'),
    (r'regressor_model\.representation\.(.*)', 'regressor', '{}'),
)


def rename(tensors):
    """The tensors of the network by their names in a model.h5, those of the radial functions, and the names of the rest.

    The force head is taken over when it has the backbone of the score, as it has unless it was trained apart.
    """
    places = collections.defaultdict(dict)
    left_out = []
    for name, value in tensors.items():
        for pattern, place, new in PLACES:
            found = re.fullmatch(pattern, name)
            if found:
                places[place][new.format(found[1])] = value
                break
        else:
            left_out.append(name)
    network, radial = places['network'], places['radial']
    known = {**network, **radial}
    if all(name in known and np.array_equal(known[name], value) for name, value in places['regressor'].items()):
        network.update(places['forces'])
    else:
        left_out += places['forces']
    return network, radial, left_out


def shapes(features, blocks, radial, forces):
    """The shape of every tensor, with or without a force head."""
    def dense(name, rows, columns):
        return {f'{name}.weight': (rows, columns), f'{name}.bias': (rows,)}

    def net(name, inputs, hidden, outputs):
        return {**dense(f'{name}.0', hidden, inputs), **dense(f'{name}.2', outputs, hidden)}

    wanted = {'embedding.weight': (SPECIES, features), **dense('filter_net', 3 * features * blocks, radial)}
    for k in range(blocks):
        wanted |= net(f'interactions.{k}.interatomic_context_net', features, features, 3 * features)
        wanted |= net(f'mixing.{k}.intraatomic_context_net', 2 * features, features, 3 * features)
        wanted[f'mixing.{k}.mu_channel_mix.weight'] = (2 * features, features)
    vectors = [features >> k for k in range(GATED_BLOCKS)] + [1]
    for head, inputs in [('head', features + 2), ('force_head', features)][:2 if forces else 1]:
        scalars = [inputs >> k for k in range(GATED_BLOCKS)] + [1]
        for k in range(GATED_BLOCKS):
            wanted[f'{head}.{k}.mix_vectors.weight'] = (2 * vectors[k + 1], vectors[k])
            wanted |= net(f'{head}.{k}.scalar_net', scalars[k] + vectors[k + 1], scalars[k],
                          scalars[k + 1] + vectors[k + 1])
    return wanted


def find_cutoff(radial, count):
    """The cutoff of Gaussians that are spread evenly from 0 to it, as wide as they are apart."""
    offsets, widths = radial.get('radial_basis.offsets'), radial.get('radial_basis.widths')
    if offsets is None or widths is None:
        raise Problem('radial_basis.offsets or radial_basis.widths is missing: no Gaussian radial functions')
    cutoff = float(offsets[-1])
    even = np.linspace(0, cutoff, count)
    if len(offsets) != count or not np.allclose(offsets, even, atol=1e-5) or not np.allclose(widths, even[1], rtol=1e-4):
        raise Problem('radial_basis: not evenly spread from 0 to the cutoff')
    limit = radial.get('cutoff_fn.cutoff', offsets[-1:])
    if not np.allclose(limit, cutoff, rtol=1e-6):
        raise Problem(f'cutoff_fn.cutoff is {float(np.ravel(limit)[0]):g}, but the radial functions end at {cutoff:g}')
    return round(cutoff, 6)


def check(network):
    """Checks names, shapes and numbers; the hyperparameters."""
    for name in ('embedding.weight', 'filter_net.weight', 'head.0.mix_vectors.weight'):
        if name not in network or network[name].ndim != 2:
            raise Problem(f'{name} is missing: no PaiNN of SchNetPack with a positions score as its first head')
    network['embedding.weight'] = network['embedding.weight'][:SPECIES]
    features, radial = network['embedding.weight'].shape[1], network['filter_net.weight'].shape[1]
    blocks = len([name for name in network if re.fullmatch(r'mixing\.\d+\.mu_channel_mix\.weight', name)])
    wanted = shapes(features, blocks, radial, any(name.startswith('force_head.') for name in network))
    for name in sorted(wanted.keys() | network.keys()):
        if name not in network:
            raise Problem(f'{name} is missing')
        if name not in wanted:
            raise Problem(f'{name} is no tensor of this network')
        if network[name].shape != wanted[name]:
            raise Problem(f'{name} has shape {network[name].shape}, not {wanted[name]}')
        if not np.isfinite(network[name]).all():
            raise Problem(f'{name} has numbers that are not finite')
    return {'features': features, 'blocks': blocks, 'radial': radial}


def write(path, network, integers, reals, words):
    with h5py.File(path, 'w') as file:
        group = file.create_group('parameters')
        for name, value in integers.items():
            group.attrs[name] = np.int64(value)
        for name, value in reals.items():
            group.attrs[name] = np.float64(value)
        for name, value in words.items():
            group.attrs[name] = value
        for name in sorted(network):
            group.create_dataset(name, data=network[name].astype('<f4'))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoint')
    parser.add_argument('model', help='the file to write')
    parser.add_argument('--sigma-min', type=float, default=0.01, help='Å, default 0.01')
    parser.add_argument('--sigma-max', type=float, default=1.0, help='Å, default 1')
    parser.add_argument('--schedule', choices=('linear', 'exponential', 'cosine'), default='linear')
    parser.add_argument('--output', choices=('score', '-noise', 'noise'), default='score',
                        help='what the output of the network is; default: the score')
    given = parser.parse_args()
    try:
        network, radial, left_out = rename(read_tensors(given.checkpoint))
        integers = check(network)
        cutoff = find_cutoff(radial, integers['radial'])
    except (Problem, OSError) as problem:
        sys.exit(f'{given.checkpoint}: {problem}')
    heads = 'score force' if any(name.startswith('force_head.') for name in network) else 'score'
    write(given.model, network, integers,
          {'cutoff': cutoff, 'sigma_min': given.sigma_min, 'sigma_max': given.sigma_max},
          {'network': 'painn', 'heads': heads, 'noise': 've', 'schedule': given.schedule, 'output': given.output})
    print(f"{given.model}: {integers['features']} features, {integers['blocks']} blocks, {integers['radial']} radial "
          f'functions, cutoff {cutoff:g} Å, heads {heads}; not converted: {len(left_out)} tensors'
          + ''.join(f'\n  {name}' for name in left_out))


if __name__ == '__main__':
    main()
