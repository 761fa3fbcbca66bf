# needs: numpy
"""The newest numpy: the same bytes as upstream's, and everything comes back."""

import numpy
import pytest

import dill

BYTES = """
import hashlib, numpy
class Local(numpy.ndarray):
    unit = None
local = numpy.arange(4).view(Local)
local.unit = 'm'
values = dict(
    array=numpy.arange(10), matrix=numpy.eye(3), fortran=numpy.asfortranarray(numpy.ones((2, 3))),
    empty=numpy.array([]),
    strided=numpy.arange(20)[::2], read_only=numpy.broadcast_to(numpy.arange(3), (2, 3)), zero_d=numpy.array(3),
    strings=numpy.array(['a', 'bc']), objects=numpy.array([1, 'x', None], dtype=object),
    functions=numpy.array([len, lambda x: x], dtype=object),
    structured=numpy.zeros(2, dtype=[('a', 'i4'), ('b', 'f8')]),
    records=numpy.rec.array([(1, 2.0)], dtype=[('a', int), ('b', float)]), masked=numpy.ma.array([1, 2], mask=[0, 1]),
    dates=numpy.array(['2024-01-01'], dtype='M8[D]'), scalar=numpy.float64(2.5), integer=numpy.int8(3),
    dtype=numpy.dtype('i4'), structured_dtype=numpy.dtype([('a', 'i4')]), ufunc=numpy.add, type=numpy.float32,
    vectorized=numpy.vectorize(lambda x: x + 1), polynomial=numpy.polynomial.Polynomial([1, 2]),
    random=numpy.random.default_rng(3), state=numpy.random.RandomState(3), local=local, local_class=Local,
    dtype_class=type(numpy.dtype('f8')), string_dtype=numpy.dtypes.StringDType(), memory=numpy.arange(3).data,
    closure=(lambda array: lambda: array.sum())(numpy.arange(4)), module=numpy, function=numpy.mean,
    from_pyfunc=numpy.frompyfunc(lambda x: x, 1, 1),
)
for name, value in values.items():
    for protocol in (2, 4, 5):
        try:
            print(name, protocol, hashlib.sha256(dill.dumps(value, protocol)).hexdigest())
        except Exception as error:
            print(name, protocol, type(error).__name__)
"""


def test_bytes_are_upstreams(run, run_upstream):
    ours, theirs = (each(BYTES, PYTHONHASHSEED='1').splitlines() for each in (run, run_upstream))
    assert len(ours) == 99
    assert [pair for pair in zip(ours, theirs) if pair[0] != pair[1]] == []


@pytest.mark.parametrize('compat', ['upstream', 'better'])
def test_round_trips(compat, monkeypatch):
    monkeypatch.setitem(dill.settings, 'compat', compat)
    array = numpy.random.default_rng(0).random((100, 3))
    held = {'array': array, 'view': array, 'function': lambda: array.sum()}
    copy = dill.copy(held)
    assert (copy['array'] == array).all() and copy['view'] is copy['array']
    assert copy['function']() == array.sum()
    assert dill.copy(numpy.vectorize(lambda x: x * 2))([1, 2]).tolist() == [2, 4]
    assert dill.copy(numpy.add) is numpy.add
    assert dill.copy(numpy.dtypes.Float64DType) is numpy.dtypes.Float64DType


def test_out_of_band():
    buffers = []
    array = numpy.arange(100_000)
    data = dill.dumps(array, protocol=5, buffer_callback=buffers.append)
    assert (dill.loads(data, buffers=buffers) == array).all()
