"""Arrays and universal functions of numpy: the bytes of upstream with the same numpy."""

import json
import os
import subprocess
import sys

import pytest

PROGRAM = r"""
import json, sys, warnings
warnings.simplefilter('ignore')
import dill, dill._dill
before = [repr(dill._dill.NumpyArrayType), 'numpy' in sys.modules]
import numpy as np

class Sub(np.ndarray): pass
class OwnReduce(np.ndarray):
    def __reduce__(self): return int, ('3',)
class Meta(type(np.ndarray)): pass
class WithMeta(np.ndarray, metaclass=Meta): pass

sub = np.zeros(3).view(Sub)
sub.attribute = [3]
again = np.arange(3)
objects = {
    'ints': np.arange(3), 'fortran': np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    'objects': np.array([1, 'a', None], dtype=object), 'strided': np.arange(10)[::2], 'empty': np.zeros(0),
    'scalar array': np.array(5), 'dates': np.array(['2020-01-01'], dtype='M8[D]'), 'strings': np.array(['a', 'bc']),
    'big endian': np.arange(3, dtype='>i4'), 'bool': np.array([True, False]), 'complex': np.array([1j]),
    'structured': np.array([(1, 2.0)], dtype=[('a', int), ('b', float)]),
    'subclass': sub, 'subclass without attributes': np.zeros(3).view(Sub), 'own reduce': np.zeros(2).view(OwnReduce),
    'metaclass': np.zeros(2).view(WithMeta), 'matrix': np.matrix([[1, 2]]),
    'records': np.rec.array([(1, 2.0)], dtype=[('a', int), ('b', float)]),
    'masked': np.ma.array([1, 2], mask=[0, 1]), 'shared': [again, again, [again]], 'view and base': [again, again[1:]],
    'dtype': np.dtype('int'), 'structured dtype': np.dtype([('a', 'i4'), ('b', 'f8', (2,))]),
    'scalar': np.float64(3), 'ufunc': np.add, 'ufuncs': [np.sin, np.add.reduce], 'dtype class': np.dtype,
    'class of a dtype': type(np.dtype('int')), 'array class': np.ndarray, 'scalar class': np.float64,
    'function': np.linalg.norm, 'module': np, 'vectorized': np.vectorize(abs), 'made ufunc': np.frompyfunc(abs, 1, 1),
    'polynomial': np.poly1d([1, 2]), 'closure': (lambda a: lambda: a)(np.arange(4)), 'large': np.arange(40_000.0),
}
answers = {}
for protocol in range(6):
    for name, obj in objects.items():
        try:
            answers[f'{name} {protocol}'] = dill.dumps(obj, protocol).hex()
        except Exception as error:
            answers[f'{name} {protocol}'] = type(error).__name__
dispatch = sorted((cls.__name__, saver.__name__) for cls, saver in dill.Pickler.dispatch.items()
                  if saver.__name__.startswith('save_numpy'))
after = [repr(getattr(dill._dill, n)) for n in ('NumpyArrayType', 'NumpyUfuncType', 'NumpyDType')]
kinds = [[getattr(dill._dill, n)(t) for n in ('ndarraysubclassinstance', 'numpyufunc', 'numpydtype')]
         for t in (np.ndarray, Sub, OwnReduce, np.matrix, np.ma.MaskedArray, np.dtype, np.ufunc, int, np.memmap)]
copies = [repr(dill.copy(objects[n])) for n in ('ints', 'fortran', 'objects', 'subclass', 'matrix', 'masked', 'ufunc')]
copies += [repr(dill._dill._create_dtypemeta(t)) for t in (None, int)]
print(json.dumps([before, answers, dispatch, after, kinds, copies]))
"""


@pytest.fixture(scope='module')
def run_both():
    """Runs the program with ours and with upstream; numpy is the one that the peer has."""
    peer = os.environ.get('DILL_PEER_PYTHON', '')
    if not os.path.exists(peer):
        pytest.skip('no Python with upstream dill: use ./dev test, or set DILL_PEER_PYTHON')
    clean = {name: value for name, value in os.environ.items() if name not in ('PYTHONPATH', 'LD_PRELOAD')}
    # Another numpy for both, where somebody wants to try one.
    extra = [path for path in [os.environ.get('DILL_NUMPY_PATH')] if path]
    theirs = dict(clean, PYTHONPATH=os.pathsep.join(extra))
    asked = [peer, '-c', 'import numpy, os; print(os.path.dirname(numpy.__path__[0]))']
    found = subprocess.run(asked, capture_output=True, text=True, env=theirs)
    if found.returncode != 0:
        pytest.skip('the Python with upstream dill has no numpy')
    ours = dict(os.environ, PYTHONPATH=os.pathsep.join([os.environ.get('PYTHONPATH', ''), found.stdout.strip()]))

    def run(program):
        results = []
        for python, environment in ((sys.executable, ours), (peer, theirs)):
            done = subprocess.run([python, '-c', program], capture_output=True, text=True, env=environment, timeout=120)
            assert done.returncode == 0, done.stderr
            results.append(json.loads(done.stdout))
        return results

    return run


def test_same_as_upstream(run_both):
    ours, theirs = run_both(PROGRAM)
    different = {
        name: (ours[1][name][:300], expected[:300])
        for name, expected in theirs[1].items()
        if ours[1][name] != expected and not name.startswith('generator')
    }
    assert not different
    assert ours[0] == theirs[0] == ['True', False]
    ours[2] = [(cls, 'save_numpy_ufunc' if 'ufunc' in saver else 'save_numpy_array') for cls, saver in ours[2]]
    assert [list(pair) for pair in ours[2]] == theirs[2]
    assert ours[3:] == theirs[3:]
