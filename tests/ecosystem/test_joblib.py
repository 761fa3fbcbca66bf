# needs: joblib numpy
"""joblib: loky's workers with dill as their pickler, and hashes, whose pickler learns dill's types by import."""

import joblib
import numpy
import pytest
from joblib.externals.loky import set_loky_pickler


@pytest.fixture(params=['dill', 'cloudpickle'])
def pickler(request):
    set_loky_pickler(request.param)
    yield request.param
    set_loky_pickler()


def test_loky(pickler):
    class Scale:
        def __init__(self, by):
            self.by = by

        def __call__(self, value):
            return lambda: value * self.by

    def adder(by):
        return lambda value: value + by

    parallel = joblib.Parallel(n_jobs=2, backend='loky')
    assert parallel(joblib.delayed(lambda value: value**2)(n) for n in range(20)) == [n**2 for n in range(20)]
    assert parallel(joblib.delayed(adder(5))(n) for n in range(4)) == [5, 6, 7, 8]
    assert [f() for f in parallel(joblib.delayed(Scale(3))(n) for n in range(4))] == [0, 3, 6, 9]
    big = numpy.arange(2_000_000)
    assert parallel(joblib.delayed(lambda array: int(array.sum()))(big) for _ in range(2)) == [int(big.sum())] * 2


def test_workers_load_with_our_dill(pickler):
    (found,) = joblib.Parallel(n_jobs=2)([joblib.delayed(lambda: hasattr(__import__('dill'), '_engine'))()])
    assert found


def test_wrapped_objects():
    from joblib.externals.loky import wrap_non_picklable_objects

    assert joblib.Parallel(n_jobs=2)(joblib.delayed(wrap_non_picklable_objects(lambda n: -n))(n) for n in (1, 2)) == [
        -1,
        -2,
    ]


def test_memory_of_functions(tmp_path):
    calls = []

    def slow(value, function):
        calls.append(value)
        return function(value)

    cached = joblib.Memory(tmp_path, verbose=0).cache(slow)
    double = lambda value: 2 * value
    assert [cached(4, double), cached(4, double)] == [8, 8]
    assert calls == [4]


HASHES = """
import dill, joblib, re, functools, collections, operator
import numpy

def outer(by):
    def inner(value):
        return value + by
    return inner

class Local:
    attribute = {'a': 1}
    def method(self):
        return self.attribute

values = [
    lambda x: x + 1, outer(2), Local, Local(), re.compile('a+b', re.I), functools.partial(outer, 3),
    collections.OrderedDict(a=1), {'b': 2, 'a': [1, (2, 3)]}, {3, 1, 2}, range(5), slice(1, 2), type(None),
    operator.itemgetter(1), numpy.arange(5), numpy.dtype('i4'), numpy.add, Local().method, outer(1).__code__, len,
]
for value in values:
    try:
        print(joblib.hash(value))
    except Exception as error:
        print(type(error).__name__)
"""


def test_hashes_are_upstreams(run, run_upstream):
    ours, theirs = run(HASHES).split(), run_upstream(HASHES).split()
    assert len(ours) == 19
    assert ours == theirs


def test_dump_and_load_of_joblib(tmp_path):
    array = numpy.arange(10)
    joblib.dump({'array': array, 'name': 'x'}, tmp_path / 'file')
    assert (joblib.load(tmp_path / 'file')['array'] == array).all()
