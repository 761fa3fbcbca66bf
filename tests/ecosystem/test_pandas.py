# needs: pandas
"""pandas: frames, and frames that hold functions, as upstream writes them."""

import pandas
import pytest

import dill

VALUES = """
import functools, hashlib, pandas, numpy
frame = pandas.DataFrame({'a': [1, 2, 3], 'b': ['x', 'y', None], 'c': pandas.to_datetime(['2024-01-01'] * 3)})
frame.attrs['how'] = 'by hand'
with_functions = pandas.DataFrame({'f': [lambda x: x, len, functools.partial(int, base=2)]})
class Local:
    def __init__(self): self.frame = frame
values = dict(
    frame=frame, with_functions=with_functions, series=frame['b'], index=frame.index, local=Local(),
    multi=frame.set_index(['a', 'b']), categories=pandas.Series(['p', 'q', 'p'], dtype='category'),
    interval=pandas.interval_range(0, 3), period=pandas.period_range('2024', periods=3, freq='M'),
    timedelta=pandas.to_timedelta([1, 2], unit='D'), offset=pandas.offsets.BDay(2), na=pandas.NA, nat=pandas.NaT,
    timestamp=pandas.Timestamp('2024-05-05', tz='UTC'), sparse=pandas.arrays.SparseArray([0, 0, 1]),
    aggregation=lambda column: column.max() - column.min(), strings=frame['b'].astype('string'),
)
"""
BYTES = (
    VALUES
    + """
for name, value in values.items():
    for recurse in (False, True):
        try:
            print(name, recurse, hashlib.sha256(dill.dumps(value, recurse=recurse)).hexdigest())
        except Exception as error:
            print(name, recurse, type(error).__name__, str(error).replace(' ', '_'))
"""
)


def test_bytes_are_upstreams(run, run_upstream):
    ours, theirs = (each(BYTES, PYTHONHASHSEED='1').splitlines() for each in (run, run_upstream))
    assert len(ours) == 34
    assert [pair for pair in zip(ours, theirs) if pair[0] != pair[1]] == []


def test_round_trips():
    frame = pandas.DataFrame({'a': [1, 2], 'b': ['x', 'y']})
    pandas.testing.assert_frame_equal(dill.copy(frame), frame)
    copy = dill.copy(pandas.DataFrame({'f': [lambda x: x + 1]}))
    assert copy['f'][0](1) == 2
    grouped = dill.copy(lambda each: each.groupby('b')['a'].agg(lambda column: column.sum()))
    assert grouped(frame).to_dict() == {'x': 1, 'y': 2}
    assert dill.loads(dill.dumps(frame.apply))(lambda column: column.iloc[0]).to_dict() == {'a': 1, 'b': 'x'}


def test_pickles_of_pandas_itself(tmp_path):
    frame = pandas.DataFrame({'a': range(1000)})
    frame.to_pickle(tmp_path / 'frame.pkl')
    with open(tmp_path / 'frame.pkl', 'rb') as file:
        pandas.testing.assert_frame_equal(dill.load(file), frame)
    with open(tmp_path / 'frame.dill', 'wb') as file:
        dill.dump(frame, file)
    pandas.testing.assert_frame_equal(pandas.read_pickle(tmp_path / 'frame.dill'), frame)


@pytest.mark.parametrize('protocol', range(2, 6))
def test_pandas_in_every_protocol(protocol):
    frame = pandas.DataFrame({'a': [1.5, 2.5], 'when': pandas.date_range('2024', periods=2)})
    pandas.testing.assert_frame_equal(dill.loads(dill.dumps(frame, protocol)), frame)
