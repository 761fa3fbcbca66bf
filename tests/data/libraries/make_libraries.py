"""Makes the pickles beside it, with cloudpickle, joblib, numpy, scikit-learn and torch, which no test needs."""

import collections
import datetime
import decimal
import enum
import functools
import io
import os
import pickle
import re
import uuid
import zipfile
from pathlib import PurePosixPath

import cloudpickle
import joblib
import numpy
import pandas
import torch
from sklearn.linear_model import Ridge

import dill

os.chdir(os.path.dirname(os.path.abspath(__file__)))
grid = numpy.arange(6, dtype='f8').reshape(2, 3)
mixed = numpy.array([None, 'x', 3], dtype=object)
arrays = {
    'grid': grid,
    'by column': numpy.asfortranarray(grid),
    'text': numpy.array(['ab', 'é']),
    'record': numpy.array([(1, 2.0)], dtype=[('x', 'i4'), ('y', 'f8')]),
    'big end': numpy.array([1, -2], dtype='>i2'),
    'mixed': mixed,
    'half': numpy.array([0.5, -2], dtype='f2'),
    'scalar': numpy.float64(2.5),
    'none': numpy.zeros((0, 4)),
}
for protocol in (2, 4, 5):
    with open(f'numpy_{protocol}.pkl', 'wb') as file:
        pickle.dump(arrays, file, protocol)
joblib.dump({'grid': grid, 'list': [1, 2], 'mixed': mixed, 'last': grid.astype('i4')}, 'joblib.pkl')
joblib.dump(Ridge(alpha=2.0).fit([[0.0], [1.0]], [0, 1]), 'sklearn.pkl')


def outer(q):
    def inner(x, y=2, *, z: int = 3):
        return x + y + q + z

    return inner


class Shape:
    limit = 3

    def area(self, scale=1.5):
        return scale


for item in (outer, Shape):
    item.__module__ = '__main__'
with open('cloudpickle.pkl', 'wb') as file:
    cloudpickle.dump([outer(1), Shape, Shape()], file)

weights = torch.arange(6, dtype=torch.float32).reshape(2, 3)
tensors = {
    'weights': weights,
    'part': torch.arange(10)[2:8:2],
    'param': torch.nn.Parameter(torch.zeros(2)),
    'shared': weights[1],
    'size': torch.Size([2, 3]),
    'dtype': torch.float16,
    'device': torch.device('cpu'),
}
saved = io.BytesIO()
torch.save(tensors, saved)
with zipfile.ZipFile(saved) as archive, open('torch.pkl', 'wb') as file:
    file.write(archive.read(next(name for name in archive.namelist() if name.endswith('/data.pkl'))))

values = [
    datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc),
    datetime.timedelta(days=-1, seconds=5),
    decimal.Decimal('1.50'),
    uuid.UUID(int=7),
    PurePosixPath('/etc/x'),
    re.compile('a+b', re.IGNORECASE),
    collections.OrderedDict([('a', 1), ((1, 2), [2])]),
    collections.Counter('abca'),
    collections.deque([1, 2], maxlen=5),
    functools.partial(int, base=2),
    numpy.datetime64('2026-01-02', 'ns'),
    numpy.ma.array([1, 2], mask=[0, 1]),
]
with open('values.pkl', 'wb') as file:
    pickle.dump(values, file, 4)

frames = [
    pandas.DataFrame({'a': [1, 2], 'c': pandas.Categorical(['u', 'v']), 'i': pandas.array([1, None], dtype='Int64')}),
    pandas.Series([1.5, 2.5], index=pandas.date_range('2026-01-01', periods=2, tz='UTC'), name='price'),
    pandas.MultiIndex.from_tuples([('a', 1), ('b', 2)], names=['k', None]),
    pandas.interval_range(0, 2),
    pandas.period_range('2026-01', periods=2, freq='M'),
]
with open('pandas.pkl', 'wb') as file:
    pickle.dump(frames, file, 4)


class Color(enum.Enum):
    RED = 1
    GREEN = 'g'


Pair = collections.namedtuple('Pair', 'left right', defaults=[3])
with open('classes.pkl', 'wb') as file:
    dill.dump([Color.RED, Pair('l')], file)
with open('classes_cloudpickle.pkl', 'wb') as file:
    cloudpickle.dump([Color.RED, Color], file)
