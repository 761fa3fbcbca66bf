"""Benign files written by the libraries themselves, as far as they are installed."""

import gzip
import io
import os
import pickle
import tempfile
import warnings

warnings.simplefilter('ignore')


def by_path(write, extension):
    """The content of the file that `write(path)` makes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'file' + extension)
        write(path)
        # joblib and numpy may add an extension of their own.
        (name,) = os.listdir(folder)
        with open(os.path.join(folder, name), 'rb') as file:
            return file.read()


def numpy_values():
    import numpy

    generator = numpy.random.RandomState(3)
    values = {
        'float64': generator.rand(3, 4),
        'int8': numpy.arange(5, dtype='i1'),
        'complex': numpy.ones(2, 'c16'),
        'bool': numpy.array([True, False]),
        'text': numpy.array(['a', 'bcd']),
        'bytes': numpy.array([b'a', b'bc']),
        'datetime64': numpy.array(['2026-01-01'], 'M8[D]'),
        'timedelta64': numpy.array([3], 'm8[s]'),
        'structured': numpy.array([(1, 2.0)], [('a', 'i4'), ('b', 'f8')]),
        'objects': numpy.array([1, 'a', None, [1]], dtype=object),
        'fortran': numpy.asfortranarray(generator.rand(3, 4)),
        'empty': numpy.empty((0, 3)),
        'scalar': numpy.float32(1.5),
        'int scalar': numpy.int64(3),
        'zero-dimensional': numpy.array(3),
        'big-endian': numpy.arange(3, dtype='>i4'),
        'masked': numpy.ma.array([1, 2], mask=[0, 1]),
        'matrix': numpy.matrix([[1, 2]]),
        'recarray': numpy.rec.array([(1, 'a')], names='x,y'),
        'dtype': numpy.dtype([('a', 'f4', (2,))]),
        'RandomState': generator,
        'Generator': numpy.random.default_rng(3),
        'polynomial': numpy.polynomial.Polynomial([1, 2]),
        'poly1d': numpy.poly1d([1, 2]),
        'ufunc': numpy.add,
        'large': numpy.zeros(20000),
    }
    return numpy, values


def numpy_files():
    numpy, values = numpy_values()
    for label, content in values.items():
        for protocol in (2, 3, 4, 5):
            yield 'numpy', f'{label} {protocol}', pickle.dumps(content, protocol), '.pkl'
        if isinstance(content, numpy.ndarray) and not isinstance(content, numpy.ma.MaskedArray):
            yield 'npy', label, by_path(lambda path: numpy.save(path, content), '.npy'), '.npy'
            yield 'npz', label, by_path(lambda path: numpy.savez_compressed(path, a=content, b=[1]), '.npz'), '.npz'


def pandas_files():
    import numpy
    import pandas

    frame = pandas.DataFrame(
        {'a': [1, 2], 'b': [1.5, None], 'c': ['x', 'y'], 'd': pandas.to_datetime(['2026-01-01', '2026-01-02'])}
    )
    values = {
        'DataFrame': frame,
        'Series': frame['a'],
        'text Series': frame['c'],
        'Index': pandas.Index(['a', 'b']),
        'RangeIndex': pandas.RangeIndex(5),
        'MultiIndex': pandas.MultiIndex.from_product([[1, 2], ['a', 'b']]),
        'DatetimeIndex': pandas.date_range('2026-01-01', periods=3),
        'Timestamp': pandas.Timestamp('2026-01-01T12:00'),
        'Timestamp with zone': pandas.Timestamp('2026-01-01', tz='UTC'),
        'Timedelta': pandas.Timedelta(days=1),
        'Period': pandas.Period('2026-01'),
        'Interval': pandas.Interval(0, 1),
        'Categorical': pandas.Categorical(['a', 'b', 'a']),
        'nullable integers': pandas.array([1, None], dtype='Int64'),
        'sparse': pandas.arrays.SparseArray([0, 0, 1]),
        'offset': pandas.offsets.BDay(2),
        'NaT': pandas.NaT,
        'NA': pandas.NA,
        'grouped': frame.set_index('c'),
        'objects': pandas.Series([1, 'a', None, [1]], dtype=object),
        'wide': pandas.DataFrame(numpy.ones((3, 40))),
        'empty': pandas.DataFrame(),
    }
    for label, content in values.items():
        for protocol in (2, 4, 5):
            yield 'pandas', f'{label} {protocol}', pickle.dumps(content, protocol), '.pkl'
    for extension in ('.pkl.gz', '.pkl.bz2', '.pkl.xz', '.pkl.zip'):
        yield 'pandas', f'to_pickle {extension}', by_path(lambda path: frame.to_pickle(path), extension), extension


def joblib_files():
    import joblib
    import numpy

    values = {
        'array': numpy.arange(30.0).reshape(5, 6),
        'dict of arrays': {'a': numpy.ones(3), 'b': [numpy.zeros((2, 2), 'i4'), 'text']},
        'data': {'a': [1, 2, 3]},
        'objects': numpy.array([1, 'a', None], dtype=object),
        'fortran': numpy.asfortranarray(numpy.ones((3, 4))),
        'stops': numpy.full(40, 46, 'u1'),
        'like opcodes': numpy.frombuffer(b'cos\nsystem\n(S"true"\ntR.' * 3, 'u1'),
        'large': numpy.zeros(50000),
    }
    for label, content in values.items():
        yield 'joblib', label, by_path(lambda path: joblib.dump(content, path), '.joblib'), '.joblib'
        for how in ('zlib', 'gzip', 'bz2', 'xz', 'lzma'):
            yield (
                'joblib',
                f'{label}, {how}',
                by_path(lambda path: joblib.dump(content, path, compress=(how, 3)), '.joblib'),
                '.joblib',
            )


def sklearn_values():
    import numpy
    from sklearn import (
        cluster,
        compose,
        decomposition,
        ensemble,
        feature_extraction,
        gaussian_process,
        impute,
        linear_model,
        naive_bayes,
        neighbors,
        neural_network,
        pipeline,
        preprocessing,
        svm,
        tree,
    )

    x = numpy.random.RandomState(0).rand(30, 4)
    y = (x[:, 0] > 0.5).astype(int)
    models = [
        linear_model.LogisticRegression(),
        linear_model.LinearRegression(),
        linear_model.Ridge(),
        linear_model.SGDClassifier(random_state=0),
        ensemble.RandomForestClassifier(3, random_state=0),
        ensemble.GradientBoostingClassifier(n_estimators=3, random_state=0),
        ensemble.HistGradientBoostingClassifier(max_iter=3, random_state=0),
        ensemble.IsolationForest(n_estimators=3, random_state=0),
        tree.DecisionTreeClassifier(random_state=0),
        svm.SVC(),
        neighbors.KNeighborsClassifier(),
        naive_bayes.GaussianNB(),
        cluster.KMeans(2, random_state=0, n_init=1),
        decomposition.PCA(2),
        preprocessing.StandardScaler(),
        preprocessing.OneHotEncoder(handle_unknown='ignore'),
        impute.SimpleImputer(),
        neural_network.MLPClassifier((3,), max_iter=5, random_state=0),
        gaussian_process.GaussianProcessRegressor(),
        pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression()),
        compose.ColumnTransformer([('a', preprocessing.StandardScaler(), [0, 1])]),
    ]
    for model in models:
        yield type(model).__name__, model.fit(x, y)
    yield 'TfidfVectorizer', feature_extraction.text.TfidfVectorizer().fit(['a text', 'another text'])
    yield 'CountVectorizer', feature_extraction.text.CountVectorizer().fit(['a text', 'another text'])
    yield 'LabelEncoder', preprocessing.LabelEncoder().fit(['a', 'b'])


def sklearn_files():
    import joblib

    for label, model in sklearn_values():
        yield 'sklearn', label, pickle.dumps(model), '.pkl'
        yield 'sklearn', f'{label} by joblib', by_path(lambda path: joblib.dump(model, path), '.joblib'), '.joblib'


def torch_files():
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    optimizer = torch.optim.Adam(model.parameters())
    values = {
        'tensor': torch.arange(6.0).reshape(2, 3),
        'integers': torch.arange(4),
        'half': torch.ones(3, dtype=torch.float16),
        'bfloat16': torch.ones(3, dtype=torch.bfloat16),
        'parameter': torch.nn.Parameter(torch.ones(2)),
        'sparse': torch.eye(3).to_sparse(),
        'quantized': torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        'state_dict': model.state_dict(),
        'checkpoint': {'model': model.state_dict(), 'optimizer': optimizer.state_dict(), 'epoch': 3},
        'module': model,
        'LSTM': torch.nn.LSTM(3, 4),
        'Conv2d': torch.nn.Conv2d(1, 2, 3),
        'Transformer layer': torch.nn.TransformerEncoderLayer(4, 2, 8),
        'size': torch.Size([1, 2]),
        'dtype': torch.float32,
        'device': torch.device('cpu'),
        'strided view': torch.arange(10)[::2],
        'generator state': torch.get_rng_state(),
    }
    for label, content in values.items():
        for new in (True, False):
            file = io.BytesIO()
            torch.save(content, file, _use_new_zipfile_serialization=new)
            yield 'torch', f'{label}, {"zip" if new else "legacy"}', file.getvalue(), '.pt'
        try:
            yield 'torch', f'{label}, pickle', pickle.dumps(content), '.pkl'
        except (TypeError, AttributeError, pickle.PicklingError):
            continue


def dill_files():
    import dill

    def outer(a):
        def inner(b=3):
            return a + b

        return inner

    class Local:
        """A class."""

        x = 1

        def method(self):
            return self.x

    values = {
        'lambda': lambda x: x + 1,
        'closure': outer(3),
        'class': Local,
        'instance': Local(),
        'bound method': Local().method,
        'module': dill,
        'range': range(3),
        'partial': __import__('functools').partial(outer, 3),
        'property': property(lambda self: 1),
        'namedtuple': __import__('collections').namedtuple('Point', 'x y')(1, 2),
        'logger': __import__('logging').getLogger('a'),
        'lock': __import__('threading').Lock(),
        'dict view': {'a': 1}.keys(),
        'weakref of a class': __import__('weakref').ref(Local),
        'mappingproxy': __import__('types').MappingProxyType({'a': 1}),
        'code': outer.__code__,
        'cell': outer(3).__closure__[0],
        'TypeVar': __import__('typing').TypeVar('T'),
    }
    for label, content in values.items():
        for protocol in (2, 3, 4, 5):
            for options in ({}, {'recurse': True}):
                try:
                    yield 'dill now', f'{label} {protocol} {options}', dill.dumps(content, protocol, **options), '.pkl'
                except Exception:
                    continue
    yield 'dill now', 'gzip', gzip.compress(dill.dumps(values['closure']), mtime=0), '.gz'


def cloudpickle_files():
    import cloudpickle

    class Local:
        x = 1

    number = 3
    values = {'lambda': lambda x: x + number, 'class': Local, 'instance': Local(), 'module': cloudpickle, 'data': [1]}
    for label, content in values.items():
        for protocol in (2, 4, 5):
            yield 'cloudpickle', f'{label} {protocol}', cloudpickle.dumps(content, protocol), '.pkl'


def samples(left_out):
    """(kind, label, content, extension); appends the libraries that are not there to `left_out`."""
    for group in (numpy_files, pandas_files, joblib_files, sklearn_files, torch_files, dill_files, cloudpickle_files):
        try:
            yield from group()
        except ImportError as error:
            left_out.append(error.name or str(error))
