"""What pandas writes, in the static graph: an index and the arrays of extension types are named after their classes."""

import pickle

import pytest

from dill import _engine

try:
    import pandas
except ImportError:
    pandas = None

# Of each test, not of the module: a file without tests is a failure.
pytestmark = pytest.mark.skipif(pandas is None, reason='pandas is not installed')


def types(value):
    nodes, _ = _engine.read_pickle(pickle.dumps(value, 4)).rows()
    return {node[4] for node in nodes}


def test_index_and_arrays():
    frame = pandas.DataFrame(
        {'a': [1, 2], 'text': pandas.array(['x', None], dtype='string'), 'kind': pandas.Categorical(['u', 'v'])}
    )
    found = types(frame)
    assert 'numpy.ndarray' in found
    assert any(name.startswith('pandas.') and name.endswith('.DataFrame') for name in found)  # 2.x names the module
    assert any(name.endswith('.Categorical') for name in found)
    assert any(name.endswith('.RangeIndex') for name in found)
    assert not any(
        name.startswith('result of') and ('_new_Index' in name or '__pyx_unpickle' in name) for name in found
    )


def test_index_of_dates():
    dates = pandas.Series([1, 2], index=pandas.date_range('2026-01-01', periods=2))
    assert any(name.endswith('.DatetimeIndex') for name in types(dates))


def details(value):
    found = _engine.read_pickle(pickle.dumps(value, 4))
    return found.details(found.roots()[0])


def test_details():
    frame = pandas.DataFrame({'a': [1, 2, 3], 'b': [1.0, 2.0, 3.0], 'c': [4, 5, 6]})
    assert details(frame) == [
        '3 rows, 3 columns',
        "columns: 'a' (int64), 'b' (float64), 'c' (int64)",
        'index: 3 labels: 0, 1, 2',
    ]
    assert details(pandas.Series([1.5, 2.5], index=[7, 9])) == [
        '2 rows of float64',
        'first values: 1.5, 2.5',
        'index: 2 labels: 7, 9',
    ]
    assert details(pandas.RangeIndex(10, 0, -3)) == ['4 labels: 10, 7, 4, 1']
