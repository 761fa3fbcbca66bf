"""Benign files written by the libraries themselves, as far as they are installed."""

import gzip
import io
import os
import pickle
import subprocess
import sys
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


def scipy_files():
    import numpy
    import scipy.interpolate
    import scipy.optimize
    import scipy.sparse
    import scipy.spatial

    for form in ('csr', 'csc', 'coo', 'dia', 'lil', 'dok', 'bsr'):
        for make in (scipy.sparse.eye, scipy.sparse.eye_array):
            content = make(3, format=form)
            for protocol in (2, 4):
                yield 'scipy', f'{type(content).__name__} {protocol}', pickle.dumps(content, protocol), '.pkl'
    values = {
        'Rotation': scipy.spatial.transform.Rotation.from_quat(numpy.array([0, 0, 0, 1.0])),
        'interpolation': scipy.interpolate.CubicSpline([0.0, 1, 2], [1.0, 3, 2]),
        'spline': scipy.interpolate.BSpline([0.0, 1, 2, 3], [1.0, 3], 1),
        'tree': scipy.spatial.cKDTree(numpy.eye(3)),
        'result': scipy.optimize.OptimizeResult(x=numpy.ones(2), success=True),
        'bounds': scipy.optimize.Bounds([0, 1], [2, 3]),
    }
    for label, content in values.items():
        for protocol in (2, 4):
            yield 'scipy', f'{label} {protocol}', pickle.dumps(content, protocol), '.pkl'


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
        'booleans': pandas.array([True, None], dtype='boolean'),
        'nullable floats': pandas.array([1.5, None], dtype='Float32'),
        'TimedeltaIndex': pandas.to_timedelta(['1D', '2D']),
        'PeriodIndex': pandas.period_range('2026-01', periods=3, freq='M'),
        'IntervalIndex': pandas.interval_range(0, 3),
        'CategoricalIndex': pandas.CategoricalIndex(['a', 'b']),
        'zone Series': pandas.Series(pandas.date_range('2026-01-01', periods=2, tz='Europe/Berlin')),
        'business days': pandas.date_range('2026-01-01', periods=3, freq='B'),
        'offsets': [pandas.offsets.MonthEnd(), pandas.offsets.Week(weekday=2), pandas.offsets.YearBegin(month=3)],
        'columns of two levels': frame.set_index(['a', 'c']).unstack(),
        'attributes': frame.assign(e=1).astype({'e': 'uint8'}),
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
        calibration,
        cluster,
        compose,
        decomposition,
        discriminant_analysis,
        ensemble,
        feature_extraction,
        feature_selection,
        gaussian_process,
        impute,
        linear_model,
        mixture,
        model_selection,
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
        linear_model.Lasso(),
        linear_model.BayesianRidge(),
        linear_model.HuberRegressor(),
        linear_model.Perceptron(random_state=0),
        ensemble.AdaBoostClassifier(n_estimators=2, random_state=0),
        ensemble.BaggingRegressor(n_estimators=2, random_state=0),
        ensemble.VotingClassifier([('a', naive_bayes.GaussianNB()), ('b', tree.DecisionTreeClassifier())]),
        cluster.AgglomerativeClustering(2),
        cluster.Birch(n_clusters=2),
        decomposition.NMF(2, init='random', random_state=0, max_iter=500),
        decomposition.FastICA(2, random_state=0),
        preprocessing.QuantileTransformer(n_quantiles=5),
        preprocessing.KBinsDiscretizer(3),
        preprocessing.PowerTransformer(),
        neighbors.KernelDensity(),
        neighbors.NearestNeighbors(),
        svm.LinearSVC(random_state=0),
        impute.KNNImputer(),
        model_selection.GridSearchCV(linear_model.Ridge(), {'alpha': [0.1, 1.0]}, cv=3),
        calibration.CalibratedClassifierCV(naive_bayes.GaussianNB(), cv=2),
        discriminant_analysis.LinearDiscriminantAnalysis(),
        feature_selection.SelectKBest(k=2),
        mixture.GaussianMixture(2, random_state=0),
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
        'layers': torch.nn.Sequential(
            torch.nn.Conv1d(1, 2, 3),
            torch.nn.BatchNorm1d(2),
            torch.nn.GELU(),
            torch.nn.MaxPool1d(2),
            torch.nn.Flatten(),
        ),
        'embedding': torch.nn.ModuleDict({'a': torch.nn.Embedding(3, 2), 'b': torch.nn.LayerNorm(2)}),
        'list of modules': torch.nn.ModuleList([torch.nn.GRU(2, 2), torch.nn.Dropout(0.1)]),
        'loss': torch.nn.CrossEntropyLoss(),
        'scheduler': torch.optim.lr_scheduler.StepLR(optimizer, 2).state_dict(),
        'complex': torch.ones(2, dtype=torch.complex64),
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


# Main programs whose variables dill saves. The names are none that the process which finds the truth uses.
SESSIONS = {
    'plain data': 'my_numbers = [1, 2, 3]; my_table = {"a": 1.5, "b": None, 3: ("x", b"y")}; my_set = {4}',
    'library data': 'import datetime, decimal, collections, pathlib, uuid\n'
    'my_when = datetime.datetime(2026, 1, 2); my_price = decimal.Decimal("1.5"); my_path = pathlib.Path("a/b")\n'
    'my_counts = collections.Counter("abca"); my_id = uuid.UUID(int=3); my_text = "text"',
    'modules only': 'import json as my_json, math as my_math',
    'arrays': 'import numpy as my_numpy; my_array = my_numpy.ones((3, 2)); my_number = my_numpy.float32(1)',
    'a frame': 'import pandas as my_pandas; my_frame = my_pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})',
    'functions of a library': 'from math import sqrt as my_root; my_len = len; from json import dumps as my_dumps',
    'a function': 'def my_function(x):\n    return x + 1\nmy_number = 3',
    'a class': 'class MyClass:\n    def method(self):\n        return 3\nmy_object = MyClass()',
    'a test': 'import unittest as my_unittest\nclass MyTest(my_unittest.TestCase):\n    def test(self):\n        pass',
    'a thread class': 'import threading as my_threading\nclass MyThread(my_threading.Thread):\n    pass',
    'a handler': 'import http.server as my_server\nclass MyHandler(my_server.BaseHTTPRequestHandler):\n    pass',
    'an archive in memory': 'import io as my_io, zipfile as my_zipfile\n'
    'my_archive = my_zipfile.ZipFile(my_io.BytesIO(), "w")',
    'a parser of arguments': 'import argparse as my_argparse\nmy_parser = my_argparse.ArgumentParser("name")\n'
    'my_parser.add_argument("--x", type=int, default=3)',
    'a logger': 'import logging as my_logging; my_logger = my_logging.getLogger("a.b")',
}


def session_files():
    import dill  # noqa: F401

    for label, program in SESSIONS.items():
        for more in ('', ', byref=True'):
            text = f'import dill as my_dill\n{program}\nmy_dill.dump_module(__import__("sys").argv[1]{more})'

            def write(path):
                subprocess.run([sys.executable, '-c', text, path], check=True, capture_output=True)

            try:
                yield 'session', label + more, by_path(write, '.pkl'), '.pkl'
            except subprocess.CalledProcessError:
                continue


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
    groups = (
        numpy_files,
        scipy_files,
        pandas_files,
        joblib_files,
        sklearn_files,
        torch_files,
        dill_files,
        session_files,
        cloudpickle_files,
    )
    for group in groups:
        try:
            yield from group()
        except ImportError as error:
            left_out.append(error.name or str(error))
