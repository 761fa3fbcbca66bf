"""Makes the files beside it, which the tests of the Explorer open: python make.py (with dill, numpy and joblib).

The hostile ones would only touch a file called canary if they were loaded.
"""

import datetime
import decimal
import gzip
import io
import os
import pickle
import zipfile
from collections import OrderedDict, defaultdict
from pathlib import Path

import joblib
import numpy

import dill

HERE = Path(__file__).parent


class Touch:
    def __reduce__(self):
        return os.system, ('touch canary',)


def write(name, data):
    (HERE / name).write_bytes(data)


def session():
    import math
    import sys
    import types

    module = types.ModuleType('shop')
    sys.modules['shop'] = module
    source = '''
import math
import json as codec
from collections import OrderedDict
rates = {'EUR': 1.0, 'USD': 1.08, 'GBP': 0.86}
limit = 250
orders = [{'number': n, 'total': n * 9.5, 'open': n % 3 == 0} for n in range(60)]
first = orders[0]
def total(items, rate=1.0):
    """Sum of the open orders."""
    return math.fsum(item['total'] * rate for item in items if item['open'])
class Customer:
    """Someone who buys."""
    kind = 'person'
    def __init__(self, name):
        self.name = name
    def greet(self):
        return 'Hello ' + self.name
ada = Customer('Ada')
scale = lambda x: x * limit
samples = list(range(2000))
'''
    exec(compile(source, 'shop.py', 'exec'), module.__dict__)
    dill.dump_module(str(HERE / 'session.dill'), module)
    assert math


def torch_zip():
    """The layout of torch.save: a zip with a pickle of the tensors, whose storages are persistent ids."""

    class Storage:
        def __init__(self, key, count):
            self.key, self.count = key, count

    class Pickler(pickle._Pickler):
        def persistent_id(self, value):
            if isinstance(value, Storage):
                return ('storage', Global('torch FloatStorage'), value.key, 'cpu', value.count)
            return None

        def save_global_text(self, value):
            self.write(b'c' + value.text.replace(' ', '\n').encode() + b'\n')

    class Global:
        def __init__(self, text):
            self.text = text

    class Tensor:
        def __init__(self, key, shape):
            self.key, self.shape = key, shape

    def save_tensor(pickler, tensor):
        strides, count = [], 1
        for size in reversed(tensor.shape):
            strides.insert(0, count)
            count *= size
        arguments = (Storage(tensor.key, count), 0, tuple(tensor.shape), tuple(strides), False, OrderedDict())
        pickler.save(Global('torch._utils _rebuild_tensor_v2'))
        pickler.save(arguments)
        pickler.write(pickle.REDUCE)
        pickler.memoize(tensor)

    Pickler.dispatch = dict(pickle._Pickler.dispatch)
    Pickler.dispatch[Global] = Pickler.save_global_text
    Pickler.dispatch[Tensor] = save_tensor
    state = OrderedDict(
        [
            ('layer1.weight', Tensor('0', (8, 4))),
            ('layer1.bias', Tensor('1', (8,))),
            ('layer2.weight', Tensor('2', (2, 8))),
        ]
    )
    out = io.BytesIO()
    Pickler(out, 2).dump(state)
    with zipfile.ZipFile(HERE / 'model.pt', 'w') as archive:

        def add(name, data):
            archive.writestr(zipfile.ZipInfo('model/' + name), data)

        add('data.pkl', out.getvalue())
        add('version', b'3\n')
        for key, count in (('0', 32), ('1', 8), ('2', 16)):
            add('data/' + key, numpy.arange(count, dtype='<f4').tobytes())


def archives():
    with zipfile.ZipFile(HERE / 'bundle.zip', 'w') as archive:

        def add(name, data):
            archive.writestr(zipfile.ZipInfo(name), data)

        add('readme.txt', b'What is in here is made up.\n')
        add('settings.pkl', pickle.dumps({'name': 'shop', 'workers': 4}, 4))
        add('old/backup.pkl.gz', gzip.compress(pickle.dumps([1, 2, 3], 4), mtime=0))
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, 'w') as nested:
            nested.writestr(zipfile.ZipInfo('jobs/hostile.pkl'), pickle.dumps({'job': Touch()}, 4))
            nested.writestr(zipfile.ZipInfo('jobs/plain.pkl'), pickle.dumps(['fine'], 4))
        add('inner.zip', inner.getvalue())


def main():
    session()
    torch_zip()
    archives()
    write(
        'hostile.pkl',
        pickle.dumps({'name': 'model', 'layers': [1, 2, {'weights': Touch()}], 'tail': list(range(50))}, 4),
    )
    plain = {
        'when': datetime.datetime(2024, 5, 17, 12, 30),
        'price': decimal.Decimal('19.90'),
        'counts': defaultdict(int, {'a': 1, 'b': 2}),
        'tags': {'new', 'sale'},
        'order': OrderedDict(first=1, second=2),
    }
    types = pickle.dumps(plain, 4)
    write('types.pkl', types)
    write('damaged.pkl', types[: len(types) * 2 // 3])
    laughs = ['lol']
    for _ in range(40):
        laughs = [laughs] * 10
    write('laughs.pkl', pickle.dumps(laughs, 4))
    joblib.dump({'weights': numpy.arange(64, dtype='f8').reshape(8, 8), 'bias': numpy.zeros(8)}, HERE / 'model.joblib')
    numpy.savez(HERE / 'arrays.npz', plain=numpy.arange(6.0), objects=numpy.array([{'a': 1}, None], dtype=object))
    numpy.savez(HERE / 'numbers.npz', x=numpy.arange(6.0), y=numpy.ones(3))


if __name__ == '__main__':
    main()
