"""make_checkpoint.py MODEL.h5 OUT.ckpt [fault]: a checkpoint with the tensors of a model of godiff, as AGeDi names them and
PyTorch writes them, with or without PyTorch. It holds an energy head and the objects that a trainer adds as well.

make_checkpoint.py --same MODEL.h5 MODEL.h5: exit code 0 when two models have the same tensors.

Without arguments it only says whether what it needs is there: exit code 77 and the reason when it is not.
"""
import collections
import pickle
import sys
import types
import zipfile

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(missing)
    sys.exit(77)


HEADS = (('head.', 'score_model.heads.0.net.'), ('force_head.', 'regressor_model.heads.1.net.'))


def name_of(dataset):
    for ours, theirs in HEADS:
        if dataset.startswith(ours):
            return theirs + dataset[len(ours):]
    return 'score_model.representation.' + dataset


def tensors_of(model):
    with h5py.File(model) as file:
        group = file['parameters']
        state = {name_of(name): dataset[()] for name, dataset in group.items()}
        cutoff, radial = group.attrs['cutoff'], group.attrs['radial']
    offsets = np.linspace(0, cutoff, radial, dtype='f4')
    state['score_model.representation.radial_basis.offsets'] = offsets
    state['score_model.representation.radial_basis.widths'] = np.full_like(offsets, offsets[1])
    state['score_model.representation.cutoff_fn.cutoff'] = np.array([cutoff], 'f4')
    shared = 'score_model.representation.embedding.weight'
    state[shared.replace('score_model', 'regressor_model')] = state[shared].copy()
    state['regressor_model.heads.0.net.0.weight'] = np.zeros((4, 8), 'f4')  # of an energy
    return state


FAULTS = {
    'missing': lambda state: state.pop('score_model.representation.filter_net.bias'),
    'transposed': lambda state: state.update({
        'score_model.representation.filter_net.weight': state['score_model.representation.filter_net.weight'].T}),
    'nan': lambda state: state['score_model.representation.filter_net.bias'].__setitem__(3, np.nan),
    'uneven': lambda state: state['score_model.representation.radial_basis.offsets'].__setitem__(1, 0.1),
    'unknown': lambda state: state.update({'score_model.representation.charges.weight': np.zeros(3, 'f4')}),
    'apart': lambda state: state['regressor_model.representation.embedding.weight'].__setitem__((3, 2), 7),
    'nothing': lambda state: state.clear(),
    'code': None,
}


class Storage:
    """A storage as PyTorch pickles it: its type and the name of the file with its numbers."""

    def __init__(self, key, array):
        self.key, self.array = key, array


class Tensor:
    def __init__(self, storage):
        self.storage = storage

    def __reduce__(self):
        array = self.storage.array
        steps = tuple(step // array.itemsize for step in array.strides)
        return sys.modules['torch._utils']._rebuild_tensor_v2, (
            self.storage, 0, array.shape, steps, False, collections.OrderedDict())


class Callback:
    """Of a class that only the trainer's program knows."""

    def __init__(self):
        self.patience = [1, 2]


class Bomb:
    def __reduce__(self):
        return exec, ("open('exploded', 'w')",)


def stand_in():
    """Modules with the names that a pickle of PyTorch has."""
    torch, utils = types.ModuleType('torch'), types.ModuleType('torch._utils')

    def _rebuild_tensor_v2():
        pass
    for thing, module in ((_rebuild_tensor_v2, utils), (type('FloatStorage', (), {}), torch)):
        thing.__module__, thing.__qualname__ = module.__name__, thing.__name__
        setattr(module, thing.__name__, thing)
    sys.modules.update({'torch': torch, 'torch._utils': utils})


class Pickler(pickle.Pickler):
    def persistent_id(self, thing):
        if isinstance(thing, Storage):
            return 'storage', sys.modules['torch'].FloatStorage, thing.key, 'cpu', thing.array.size
        return None


def write_without_torch(path, state, more):
    stand_in()
    arrays = {name: np.ascontiguousarray(value) for name, value in state.items()}
    tensors = collections.OrderedDict(
        (name, Tensor(Storage(str(k), value))) for k, (name, value) in enumerate(arrays.items()))
    tensors._metadata = {'': {'version': 1}}
    with zipfile.ZipFile(path, 'w') as archive:
        with archive.open('archive/data.pkl', 'w') as file:
            Pickler(file, 2).dump({'epoch': 3, 'state_dict': tensors, **more})
        for tensor in tensors.values():
            archive.writestr('archive/data/' + tensor.storage.key, tensor.storage.array.tobytes())


def write_with_torch(path, state, more):
    import torch
    tensors = collections.OrderedDict((name, torch.tensor(np.ascontiguousarray(value))) for name, value in state.items())
    torch.save({'epoch': 3, 'state_dict': tensors, **more}, path)


def same(one, other):
    with h5py.File(one) as a, h5py.File(other) as b:
        tensors = [{name: dataset[()].tobytes() for name, dataset in file['parameters'].items()} for file in (a, b)]
    sys.exit(tensors[0] != tensors[1])


def main(model, out, *words):
    state, more = tensors_of(model), {'callbacks': {'stop': Callback()}, 'optimizer_states': [{'lr': 1e-4}]}
    for word in words:
        if FAULTS.get(word):
            FAULTS[word](state)
        elif word == 'code':
            more['code'] = Bomb()
    (write_with_torch if 'torch' in words else write_without_torch)(out, state, more)


if sys.argv[1:2] == ['--same']:
    same(*sys.argv[2:])
elif len(sys.argv) > 1:
    if 'torch' in sys.argv:
        try:
            import torch  # noqa: F401
        except ImportError as missing:
            print(missing)
            sys.exit(77)
    main(*sys.argv[1:])
