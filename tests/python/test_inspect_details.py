"""What is said of single objects: values as Python writes them, and what classes, frames and functions are made of.

The streams are written by the libraries themselves; what is expected is what these say of the same values.
"""

import array
import collections
import datetime
import decimal
import fractions
import functools
import ipaddress
import os
import pathlib
import pickle
import random
import re
import subprocess
import sys
import types
import uuid
import zoneinfo

import pytest

import dill
from dill import _engine

try:
    import numpy
except ImportError:
    numpy = None
try:
    import pandas
except ImportError:
    pandas = None
try:
    import cloudpickle
except ImportError:
    cloudpickle = None

needs_numpy = pytest.mark.skipif(numpy is None, reason='numpy is not installed')
needs_pandas = pytest.mark.skipif(pandas is None, reason='pandas is not installed')
needs_cloudpickle = pytest.mark.skipif(cloudpickle is None, reason='cloudpickle is not installed')
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
UTC = datetime.timezone.utc


def details(data):
    read = _engine.read_pickle(data)
    assert read.fault is None
    return read.details(read.roots()[0])


def streams(value):
    """Value as pickle and dill write it. Protocols below 4 do not keep what says which of two same hours it is."""
    for protocol in PROTOCOLS[4:] if getattr(value, 'fold', 0) else PROTOCOLS:
        yield pickle.dumps(value, protocol)
        yield dill.dumps(value, protocol)


def every(value):
    """The details of a value, which are the same for every way of writing it."""
    found = {tuple(details(data)) for data in streams(value)}
    assert len(found) == 1, found
    return list(found.pop())


VALUES = [
    datetime.date(2026, 1, 2),
    datetime.date(1, 1, 1),
    datetime.time(3, 4),
    datetime.time(23, 59, 59, 999_999, fold=1),
    datetime.datetime(2026, 1, 2, 3, 4, 5, 6),
    datetime.datetime(9999, 12, 31, 0, 0),
    datetime.datetime(2026, 1, 2, tzinfo=UTC),
    datetime.datetime(2026, 10, 25, 2, 30, fold=1),
    datetime.timedelta(0),
    datetime.timedelta(days=-1, seconds=5, microseconds=7),
    datetime.timezone(datetime.timedelta(hours=5, minutes=30)),
    datetime.timezone(datetime.timedelta(hours=-3), 'there'),
    UTC,
    decimal.Decimal('1.50'),
    decimal.Decimal('-Infinity'),
    fractions.Fraction(3, 7),
    fractions.Fraction(-5),
    uuid.UUID('00000000-0000-0000-0000-000000000001'),
    uuid.UUID('ffffffff-1234-5678-9abc-def012345678'),
    pathlib.PurePosixPath('/etc/x/y'),
    pathlib.PurePosixPath('a b/c'),
    pathlib.PurePosixPath('/'),
    pathlib.PurePosixPath('.'),
    pathlib.PurePosixPath("it's"),
    ipaddress.ip_address('10.0.0.1'),
    ipaddress.ip_address('::1'),
    ipaddress.ip_network('10.0.0.0/8'),
    re.compile('a+b'),
    re.compile('a', re.IGNORECASE | re.VERBOSE),
    re.compile(b'x', re.DOTALL),
    1 + 2j,
    -1.5j,
    range(1, 10, 2),
    slice(1, None, 2),
    collections.Counter('abca'),
    collections.deque([1, 'a', None], maxlen=5),
    collections.deque(),
    collections.ChainMap({'a': 1}, {}),
    types.SimpleNamespace(a=1, b='x', c=[1.5]),
    array.array('d', [1.0, 2.5]),
    array.array('h', [-1, 2]),
]


@pytest.mark.parametrize('value', VALUES, ids=repr)
def test_values_as_python_writes_them(value):
    if isinstance(value, slice):
        found = details(dill.dumps(value, 4))
    else:
        found = every(value)
    expected = repr(value).replace(', re.IGNORECASE|re.VERBOSE', ', re.IGNORECASE | re.VERBOSE')
    if isinstance(value, ipaddress.IPv6Address) and value.__reduce__()[1] == (int(value),):
        expected = f'IPv6Address({int(value)})'  # how some Pythons store it
    assert found[0] == expected


def test_random_values():
    source = random.Random(5)
    for _ in range(300):
        moment = datetime.datetime(1, 1, 1) + datetime.timedelta(seconds=source.randrange(86400 * 365 * 9998))
        moment = moment.replace(microsecond=source.choice([0, source.randrange(10**6)]))
        span = datetime.timedelta(source.randrange(-(10**8), 10**8), source.randrange(86400), source.randrange(10**6))
        for value in (
            moment,
            moment.date(),
            moment.time(),
            moment.replace(tzinfo=datetime.timezone(datetime.timedelta(minutes=source.randrange(-1000, 1000)))),
            span,
            uuid.UUID(int=source.getrandbits(128)),
            decimal.Decimal(source.randrange(-(10**30), 10**30)).scaleb(source.randrange(-40, 40)),
            fractions.Fraction(source.randrange(-(10**20), 10**20), source.randrange(1, 10**20)),
        ):
            assert details(pickle.dumps(value, source.choice(PROTOCOLS))) == [repr(value)]


def test_time_zone():
    try:
        zone = zoneinfo.ZoneInfo('Europe/Berlin')
    except zoneinfo.ZoneInfoNotFoundError:
        pytest.skip('this system has no time zones')
    assert every(zone) == ["zoneinfo.ZoneInfo(key='Europe/Berlin')"]
    moment = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=zone)
    assert every(moment) == [repr(moment)]


def test_mappings_with_their_length():
    ordered = collections.OrderedDict([('a', 1), ((1, 2), [2])])
    assert details(pickle.dumps(ordered, 4)) == ["OrderedDict({'a': 1, (1, 2): [2]})", '2 entries']
    default = collections.defaultdict(list, {'a': [1]})
    assert every(default) == ["defaultdict(list, {'a': [1]})", '1 entry']
    assert details(pickle.dumps(collections.Counter('abca'), 4))[1:] == ['3 entries']
    assert details(pickle.dumps(collections.deque([1, 2]), 4))[1:] == ['2 items']
    assert details(dill.dumps(types.MappingProxyType({'q': 1}))) == ["mappingproxy({'q': 1})"]
    many = collections.OrderedDict((key, key) for key in range(1000))
    text, length = details(pickle.dumps(many, 4))
    assert text.startswith('OrderedDict({0: 0, 1: 1, ') and '…' in text and len(text) < 500
    assert length == '1,000 entries'


CLASSES = """
import collections, dataclasses, enum, functools, typing

class Color(enum.Enum):
    RED = 1
    GREEN = 'g'

class Perm(enum.IntFlag):
    R = 4
    W = 2

@dataclasses.dataclass
class Point:
    x: int
    y: float = 2.5
    tags: list = dataclasses.field(default_factory=list)

class Pair(typing.NamedTuple):
    left: str
    right: int = 3

Three = collections.namedtuple('Three', 'a b c')

class Account:
    def __init__(self):
        self.total = 3

    def add(self, amount):
        return self.total + amount

def area(width, height, *, scale=1):
    return width * height * scale
"""

program = types.ModuleType('details_program')
sys.modules[program.__name__] = program  # where pickle looks for them
exec(compile(CLASSES, 'details_program.py', 'exec'), program.__dict__)

WRITE = """
import pickle, sys
import LIBRARY as library

values = dict(
    color=Color, green=Color.GREEN, perm=Perm.R | Perm.W, Point=Point, point=Point(1, Color.RED, ['a']),
    Pair=Pair, pair=Pair('l'), three=Three(1, (2,), None), partial=functools.partial(area, 3, scale=2),
    method=Account().add,
)
found = {}
for name, value in values.items():
    found[name] = library.dumps(value)
pickle.dump(found, sys.stdout.buffer)
"""


@functools.cache
def written(library):
    """Streams of classes, functions and their instances, by value: of a program that defines them."""
    script = CLASSES + WRITE.replace('LIBRARY', library)
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, '-c', script], stdout=subprocess.PIPE, env=environment, timeout=60, check=True
    )
    return pickle.loads(run.stdout)


def test_by_reference():
    assert every(program.Color.GREEN) == ["made by details_program.Color('g')"]
    assert details(pickle.dumps(program.Point(1, tags=['a']), 4)) == ["attributes: x=1, y=2.5, tags=['a']"]
    assert details(pickle.dumps(program.Pair('l'), 4)) == ["made by details_program.Pair('l', 3)"]
    assert details(pickle.dumps(functools.partial(program.area, 3, scale=2), 4)) == [
        'functools.partial(details_program.area, 3, scale=2)'
    ]
    assert details(pickle.dumps(program.Account().add, 4)) == ['attribute add of <details_program.Account>']
    assert details(pickle.dumps([program.Color.RED], 4)) == []


def test_enum_by_value_of_dill():
    read = _engine.read_pickle(written('dill')['color'])
    assert read.fault is None
    classes = [node for node in range(read.nodes) if read.details(node)[1:2] == ['an enum of 2 members:']]
    assert len(classes) == 1
    lines = read.details(classes[0])
    assert lines[0].startswith('class Color(enum.Enum')
    assert lines[2:4] == ['  RED = 1', "  GREEN = 'g'"]
    assert not any('_member_map_' in line for line in lines)


@needs_cloudpickle
def test_enum_by_value_of_cloudpickle():
    streams = written('cloudpickle')
    assert details(streams['color'])[:4] == [
        'class Color(enum.Enum)',
        'an enum of 2 members:',
        '  RED = 1',
        "  GREEN = 'g'",
    ]
    assert details(streams['green']) == ["an enum member: <Color.GREEN: 'g'>"]
    assert details(streams['perm']) == ['an enum member: <Perm: 6>']
    assert details(streams['point']) == ["a dataclass instance: Point(x=1, y=<Color.RED: 1>, tags=['a'])"]


@pytest.mark.parametrize('library', ['dill', 'cloudpickle'])
def test_classes_by_value(library):
    if library == 'cloudpickle' and cloudpickle is None:
        pytest.skip('cloudpickle is not installed')
    streams = written(library)
    lines = details(streams['Point'])
    assert lines[0] == 'class Point(object)'
    assert lines[1:5] == ['a dataclass of 3 fields:', '  x: int', '  y: float = 2.5', '  tags: list = list()']
    assert any(line.startswith('  def __init__(self, x') for line in lines)
    assert details(streams['point'])[0].startswith('a dataclass instance: Point(x=1, y=')
    lines = details(streams['Pair'])
    assert lines[0].startswith('class Pair')
    assert lines[1:4] == ['a named tuple of 2 fields:', '  left', '  right = 3']
    assert details(streams['pair']) == ["a named tuple: Pair(left='l', right=3)"]
    assert details(streams['three']) == ['a named tuple: Three(a=1, b=(2,), c=None)']
    assert details(streams['partial']) == [
        'functools.partial(<function area>, 3, scale=2)',
        'function: def area(width, height, *, scale=1)',
    ]
    assert details(streams['method']) == [
        'bound method <function add> of <__main__.Account>',
        'function: def add(self, amount)',
    ]


@needs_numpy
def test_numpy_scalars():
    cases = [
        (numpy.float64(2.5), 'numpy.float64(2.5)'),
        (numpy.int8(-3), 'numpy.int8(-3)'),
        (numpy.complex128(1 + 2j), 'numpy.complex128(1+2j)'),
        (numpy.str_('hey'), "numpy.str_('hey')"),
        (numpy.bytes_(b'x'), "numpy.bytes_(b'x')"),
        (numpy.datetime64('2026-01-02T03:04'), "numpy.datetime64('2026-01-02T03:04'), datetime64[m]"),
        (numpy.datetime64('NaT', 'ns'), "numpy.datetime64('NaT'), datetime64[ns]"),
        (numpy.timedelta64(90, 'm'), "numpy.timedelta64('1:30:00'), timedelta64[m]"),
    ]
    for value, expected in cases:
        assert every(value) == [expected]
    record = numpy.array([(1, 2.0)], dtype=[('x', 'i4'), ('y', 'f8')])
    assert every(record[0]) == ["numpy.void((1, 2.0)), [('x', 'int32'), ('y', 'float64')]"]
    assert details(pickle.dumps(record, 4)) == [
        "array: [('x', 'int32'), ('y', 'float64')], shape (1,)",
        '1 item of 12 bytes',
        'first items: (1, 2.0)',
    ]
    assert details(pickle.dumps(record.dtype, 4)) == ["dtype([('x', 'int32'), ('y', 'float64')])"]
    assert details(pickle.dumps(numpy.dtype('M8[25s]'), 4)) == ["dtype('datetime64[25s]')"]
    masked = numpy.ma.array([1, 2, 3], mask=[0, 1, 0])
    assert details(pickle.dumps(masked, 4))[-2:] == ['first items: 1, 2, 3', '1 item masked']


@needs_numpy
def test_numpy_times_are_read_back():
    source = random.Random(9)
    for _ in range(2000):
        unit = source.choice(['Y', 'M', 'W', 'D', 'h', 'm', 's', 'ms', 'us', 'ns'])
        reach = 10 ** source.randrange(1, {'Y': 3, 'M': 4, 'W': 5, 'D': 6, 'h': 7}.get(unit, 18 if unit == 'ns' else 9))
        moment = numpy.datetime64(source.randrange(-reach, reach), unit)
        (line,) = details(pickle.dumps(moment, 4))
        text = re.fullmatch(r"numpy\.datetime64\('(.*)'\), datetime64\[\w+\]", line).group(1)
        assert numpy.datetime64(text, unit) == moment, (moment, unit, text)
        span = numpy.timedelta64(source.randrange(-reach, reach), source.choice(['D', 'h', 'm', 's', 'ms', 'us', 'ns']))
        (line,) = details(pickle.dumps(span, 4))
        text = re.fullmatch(r"numpy\.timedelta64\('(.*)'\), timedelta64\[\w+\]", line).group(1)
        parts = re.fullmatch(r'(?:(-?\d+) days?)? ?(?:(\d+):(\d+):(\d+)(?:\.(\d+))?)?', text).groups()
        days, hours, minutes, seconds, fraction = [
            int(part or 0) for part in (*parts[:4], (parts[4] or '').ljust(9, '0'))
        ]
        nanoseconds = ((days * 24 + hours) * 3600 + minutes * 60 + seconds) * 10**9 + fraction
        expected = int(span.astype('i8')) * int(
            numpy.timedelta64(1, numpy.datetime_data(span.dtype)[0]) / numpy.timedelta64(1, 'ns')
        )
        assert nanoseconds == expected, (span, text)


@needs_pandas
def test_pandas_labels():
    def lines(value):
        return details(pickle.dumps(value, 4))

    unit = re.search(r'\[(\w+)', str(pandas.DatetimeIndex(['2026-01-01']).dtype)).group(1)  # us from pandas 3 on
    assert lines(pandas.Index([5, 6], name='ids')) == ['2 labels: 5, 6', "dtype: int64, name: 'ids'"]
    dates = pandas.DatetimeIndex(['2026-01-01', '2026-03-01 12:00', None])
    assert lines(dates) == ['3 labels: 2026-01-01, 2026-03-01T12:00, NaT', f'dtype: datetime64[{unit}]']
    found = lines(pandas.date_range('2026-01-01', periods=2, tz='UTC', name='when'))
    assert found[0] == '2 labels: 2026-01-01T00:00Z, 2026-01-02T00:00Z'
    # pandas 3 keeps the frequency with the index, pandas 2 within its array.
    freq = r'freq: .*Day\(1, False\), ' if int(pandas.__version__.split('.')[0]) >= 3 else ''
    assert re.fullmatch(rf"dtype: datetime64\[\w+, UTC\], {freq}name: 'when'", found[1])
    levels = pandas.MultiIndex.from_tuples([('a', 1), ('b', 2), ('a', 2)], names=['k', None])
    assert lines(levels) == [
        "3 labels: ('a', 1), ('b', 2), ('a', 2)",
        "levels: 'k' (2: 'a', 'b'), without a name (2: 1, 2)",
    ]
    assert lines(pandas.CategoricalIndex(['u', 'v', 'u'])) == [
        "3 labels: 'u', 'v', 'u'",
        'dtype: category',
        "2 categories: 'u', 'v'",
    ]
    assert lines(pandas.interval_range(0, 2)) == ['2 labels: (0, 1], (1, 2]', 'dtype: interval[int64, right]']
    assert lines(pandas.period_range('2026-01', periods=2, freq='M')) == [
        '2 labels: 2026-01, 2026-02',
        'dtype: period[M]',
    ]
    assert lines(pandas.timedelta_range('1h', periods=2))[0] == '2 labels: 1:00:00, 1 day 1:00:00'


@needs_pandas
def test_pandas_values():
    def lines(value):
        return details(pickle.dumps(value, 4))

    assert lines(pandas.Series([1.5, None], name='price')) == [
        "2 rows of float64, named 'price'",
        'first values: 1.5, nan',
        'index: 2 labels: 0, 1',
    ]
    kinds = pandas.Categorical(['u', 'v', None], categories=['u', 'v', 'w'], ordered=True)
    assert lines(kinds) == [
        'array: 3 values of category',
        "first values: 'u', 'v', nan",
        "3 ordered categories: 'u', 'v', 'w'",
    ]
    assert lines(pandas.Series(kinds))[:3] == [
        '3 rows of category',
        "first values: 'u', 'v', nan",
        "3 ordered categories: 'u', 'v', 'w'",
    ]
    assert lines(pandas.CategoricalDtype(['a'])) == ["1 category: 'a'"]
    assert lines(pandas.Series([1, None], dtype='Int64'))[:2] == ['2 rows of Int64', 'first values: 1, <NA>']
    assert lines(pandas.Series([True, None], dtype='boolean'))[:2] == ['2 rows of boolean', 'first values: True, <NA>']
    frame = pandas.DataFrame(
        {'a': [1, 2], 'c': pandas.Categorical(['u', 'v']), 'i': pandas.array([1, None], dtype='UInt8')},
        index=pandas.Index(['r1', 'r2'], name='rows'),
    )
    assert lines(frame) == [
        '2 rows, 3 columns',
        "columns: 'a' (int64), 'c' (category), 'i' (UInt8)",
        "index 'rows': 2 labels: 'r1', 'r2'",
    ]
    assert lines(pandas.Timestamp('2026-01-02 03:04')) == ["Timestamp('2026-01-02T03:04')"]
    assert lines(pandas.Timedelta('1 days 2h')) == ["Timedelta('1 day 2:00:00')"]
    assert lines(pandas.Timestamp('2026-01-02', tz='UTC'))[0].startswith("Timestamp('2026-01-02T00:00Z', tz=")


def test_hostile_chains():
    """Calls of the results of calls, and containers within each other: text ends, and soon."""
    deep = b'cbuiltins\nlist\n' + b')R' * 100_000 + b'.'
    read = _engine.read_pickle(deep)
    for node in (0, 1, 50_000):
        assert sum(len(line) for line in read.details(node)) < 5000
    cycle = b'ccollections\nOrderedDict\n)R(K\x01ccollections\nOrderedDict\n)R0K\x02s.'
    _engine.read_pickle(cycle).details(0)
    itself = pickle.PROTO + b'\x04' + b'ccollections\nOrderedDict\n)R\x94(K\x01h\x00u.'
    (text, length) = _engine.read_pickle(itself).details(0)
    assert text.startswith('OrderedDict({1: OrderedDict({1: ') and text.endswith('…') and length == '1 entry'


def test_text_is_short_however_much_a_shared_object_holds():
    shared = [[number] for number in range(3000)]
    holders = [types.SimpleNamespace(shared=shared, number=number) for number in range(3000)]
    read = _engine.read_pickle(pickle.dumps(holders, 4))
    texts = [read.details(node)[0] for node in range(read.nodes) if read.details(node)]
    assert len(texts) >= 3000
    assert texts[0].startswith('namespace(shared=[[0], [1], [2], ') and max(map(len, texts)) < 500
