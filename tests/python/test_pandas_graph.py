"""What pandas writes, in the static graph: an index and the arrays of extension types are named after their classes."""

import pickle

import pytest

from dill import _engine

pandas = pytest.importorskip('pandas', reason='pandas is not installed')


def types(value):
    nodes, _ = _engine.read_pickle(pickle.dumps(value, 4)).rows()
    return {node[4] for node in nodes}


def test_index_and_arrays():
    frame = pandas.DataFrame(
        {'a': [1, 2], 'text': pandas.array(['x', None], dtype='string'), 'kind': pandas.Categorical(['u', 'v'])}
    )
    found = types(frame)
    assert {'pandas.DataFrame', 'numpy.ndarray'} <= found
    assert any(name.endswith('.Categorical') for name in found)
    assert any(name.endswith('.RangeIndex') for name in found)
    assert not any(
        name.startswith('result of') and ('_new_Index' in name or '__pyx_unpickle' in name) for name in found
    )


def test_index_of_dates():
    dates = pandas.Series([1, 2], index=pandas.date_range('2026-01-01', periods=2))
    assert any(name.endswith('.DatetimeIndex') for name in types(dates))
