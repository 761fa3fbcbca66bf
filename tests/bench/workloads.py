"""What bench_pickle.py measures: the workloads, the classes they belong to, and the goals of each class.

Imported in the measuring processes, so that all the picklers find the classes below by name. Objects that are pickled
by value (lambdas, functions, classes) are made in `__main__`, as those of a script are.
"""

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import json
import pathlib
import random
import sys
import types
import uuid
from typing import Callable, Optional

DUMPS_PER_C, LOADS_PER_C = 'dumps / C pickle', 'loads / C pickle'
DUMPS_PER_CLOUDPICKLE = 'dumps / cloudpickle'
DUMPS_PER_UPSTREAM, LOADS_PER_UPSTREAM = 'dumps / upstream', 'loads / upstream'
DUMPS_PER_BASELINE = 'dumps / baseline'
MEMORY = 'bytes a memo entry'
COLUMNS = (
    DUMPS_PER_C,
    LOADS_PER_C,
    DUMPS_PER_CLOUDPICKLE,
    DUMPS_PER_UPSTREAM,
    LOADS_PER_UPSTREAM,
    DUMPS_PER_BASELINE,
)


def _goals(c=None, loads=None, cloudpickle=None, upstream=None, loads_upstream=None, baseline=None):
    values = (c, loads, cloudpickle, upstream, loads_upstream, baseline)
    return {column: value for column, value in zip(COLUMNS, values) if value is not None}


# Our time divided by the peer's must not be above these.
GOALS = {
    'numbers, repeated strings': _goals(0.40, 0.55, 0.40, 0.015),
    'strings, tuples, dicts, records, small bytes': _goals(0.15, 0.50, 0.15, 0.015),
    'instances': _goals(0.15, 0.60, 0.10, 0.015),
    'standard library objects': _goals(0.60, 0.80, 0.40, 0.06),
    'one large bytes, bytearray, array': _goals(0.60, 1.0, 0.60, 0.60),
    'small documents': _goals(1.0, 1.0, 0.35, 0.04),
    'functions': _goals(cloudpickle=0.25, upstream=0.03, loads_upstream=0.5),
    'recurse=True': _goals(cloudpickle=0.5),
    'recurse=True, twice as many': _goals(cloudpickle=0.5, baseline=2.5),
    'dynamic classes': _goals(cloudpickle=0.30, upstream=0.05, loads_upstream=0.7),
    'large numpy arrays': _goals(1.05, 1.05, 1.05, 1.05),
    'one foreign saver': _goals(baseline=1.1),
    'without a goal': {},
}


@dataclasses.dataclass(frozen=True)
class Workload:
    """One row. `make(scale)` builds the object: scale 1 is the size that the label says."""

    name: str
    label: str
    group: str
    make: Callable
    options: dict = dataclasses.field(default_factory=dict)  # keywords of both dills' dumps
    absent: dict = dataclasses.field(default_factory=dict)  # peer -> why it is not measured
    baseline: Optional[str] = None  # the workload that ours is compared with

    @property
    def goals(self):
        return GOALS[self.group]


WORKLOADS: dict[str, Workload] = {}


def workload(name, label, group, **more):
    """Decorator: the function that builds the object of this row."""

    def add(make):
        WORKLOADS[name] = Workload(name, label, group, make, **more)
        return make

    return add


def _count(number, scale):
    return max(1, int(number * scale))


# ---- numbers, repeated strings


@workload('ints', '1,000,000 ints', 'numbers, repeated strings')
def _ints(scale):
    return list(range(_count(1_000_000, scale)))


@workload('floats', '1,000,000 floats', 'numbers, repeated strings')
def _floats(scale):
    return [i * 0.37 for i in range(_count(1_000_000, scale))]


@workload('long_ints', '300,000 ints of 40 to 200 bits', 'numbers, repeated strings')
def _long_ints(scale):
    bits = random.Random(1)
    return [bits.getrandbits(40 + i % 160) | 1 << 39 for i in range(_count(300_000, scale))]


@workload('str_repeated', '1,000,000 references to 100 strings', 'numbers, repeated strings')
def _str_repeated(scale):
    strings = [f'string {i}' for i in range(100)]
    return [strings[i % 100] for i in range(_count(1_000_000, scale))]


# ---- distinct strings, tuples, dicts, records, small bytes


@workload('str_distinct', '500,000 distinct strings', 'strings, tuples, dicts, records, small bytes')
def _str_distinct(scale):
    return [f'string {i}' for i in range(_count(500_000, scale))]


@workload('str_non_ascii', '200,000 non-ASCII strings', 'strings, tuples, dicts, records, small bytes')
def _str_non_ascii(scale):
    alphabets = ('größer {} naïve', 'Привет, мир {}', '数据 {} 序列化', 'emoji \N{GRINNING FACE} {}')
    return [alphabets[i % 4].format(i) for i in range(_count(200_000, scale))]


@workload('tuples', '200,000 tuples of four', 'strings, tuples, dicts, records, small bytes')
def _tuples(scale):
    return [(i, i * 0.5, f't{i}', None) for i in range(_count(200_000, scale))]


@workload('dict', 'dict of 200,000 str -> float', 'strings, tuples, dicts, records, small bytes')
def _dict(scale):
    return {f'key {i}': i * 0.5 for i in range(_count(200_000, scale))}


def _record(i):
    return {
        'id': i,
        'name': f'user {i}',
        'active': i % 3 == 0,
        'score': i * 0.25,
        'tags': ['a', 'b', f'tag{i % 50}'],
        'address': {'street': f'{i} Main Street', 'zip': 10_000 + i % 90_000, 'geo': [i * 0.001, -i * 0.001]},
    }


@workload('records', '50,000 nested records', 'strings, tuples, dicts, records, small bytes')
def _records(scale):
    return [_record(i) for i in range(_count(50_000, scale))]


@workload('json', '50,000 JSON lines', 'strings, tuples, dicts, records, small bytes')
def _json(scale):
    return [json.loads(json.dumps(_record(i))) for i in range(_count(50_000, scale))]


@workload('bytes_small', '500,000 small bytes', 'strings, tuples, dicts, records, small bytes')
def _bytes_small(scale):
    return [b'bytes %d' % i for i in range(_count(500_000, scale))]


@workload('sets', '50,000 sets of five', 'without a goal')
def _sets(scale):
    return [{i, i + 1, i + 2, i + 3, i + 4} for i in range(_count(50_000, scale))]


# ---- instances


class Plain:
    def __init__(self, i):
        self.number = i
        self.name = f'name {i}'
        self.weight = i * 1.5


class Slots:
    __slots__ = ('number', 'name', 'weight')

    def __init__(self, i):
        self.number = i
        self.name = f'name {i}'
        self.weight = i * 1.5


@dataclasses.dataclass
class Data:
    number: int
    name: str
    weight: float


class Stateful:
    def __init__(self, i):
        self.number = i
        self.name = f'name {i}'

    def __getstate__(self):
        return {'number': self.number, 'name': self.name}

    def __setstate__(self, state):
        self.__dict__.update(state)


@workload('plain', '100,000 plain instances', 'instances')
def _plain(scale):
    return [Plain(i) for i in range(_count(100_000, scale))]


@workload('slots', '100,000 instances with __slots__', 'instances')
def _slots(scale):
    return [Slots(i) for i in range(_count(100_000, scale))]


@workload('dataclass', '100,000 dataclass instances', 'instances')
def _dataclass(scale):
    return [Data(i, f'name {i}', i * 1.5) for i in range(_count(100_000, scale))]


@workload('getstate', '100,000 instances with __getstate__', 'without a goal')
def _getstate(scale):
    return [Stateful(i) for i in range(_count(100_000, scale))]


# ---- standard library objects


class Color(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = 3
    BLACK = 4


Point = collections.namedtuple('Point', 'x y label')


@workload('datetime', '100,000 datetimes', 'standard library objects')
def _datetime(scale):
    begin = datetime.datetime(2020, 1, 1, 12, 30)
    return [begin + datetime.timedelta(seconds=i * 61, microseconds=i) for i in range(_count(100_000, scale))]


@workload('decimal', '100,000 Decimals', 'standard library objects')
def _decimal(scale):
    return [decimal.Decimal(f'{i}.{i % 997:03}') for i in range(_count(100_000, scale))]


@workload('enum', '200,000 Enum members', 'standard library objects')
def _enum(scale):
    members = list(Color)
    return [members[i % 4] for i in range(_count(200_000, scale))]


@workload('namedtuple', '100,000 namedtuples', 'standard library objects')
def _namedtuple(scale):
    return [Point(i, i * 0.5, f'p{i}') for i in range(_count(100_000, scale))]


@workload('ordereddict', '30,000 OrderedDicts', 'standard library objects')
def _ordereddict(scale):
    return [collections.OrderedDict(a=i, b=f'b{i}', c=None) for i in range(_count(30_000, scale))]


@workload('counter', '30,000 Counters', 'standard library objects')
def _counter(scale):
    return [collections.Counter({f'w{i % 100}': i, 'b': 2}) for i in range(_count(30_000, scale))]


@workload('deque', '30,000 deques', 'standard library objects')
def _deque(scale):
    return [collections.deque((i, f'd{i}', 2.5), maxlen=(None, 10)[i % 2]) for i in range(_count(30_000, scale))]


@workload('defaultdict', '30,000 defaultdicts', 'standard library objects')
def _defaultdict(scale):
    return [collections.defaultdict(list, {f'k{i % 100}': [i], 'b': []}) for i in range(_count(30_000, scale))]


@workload('uuid', '30,000 UUIDs', 'standard library objects')
def _uuid(scale):
    bits = random.Random(2)
    return [uuid.UUID(int=bits.getrandbits(128)) for i in range(_count(30_000, scale))]


@workload('path', '30,000 Paths', 'standard library objects')
def _path(scale):
    return [pathlib.PurePosixPath('/srv/data', f'day{i % 365}', f'{i}.csv') for i in range(_count(30_000, scale))]


# ---- one large object


@workload('bytes_large', 'one bytes of 100 MB', 'one large bytes, bytearray, array')
def _bytes_large(scale):
    return random.Random(3).randbytes(1_000_000) * _count(100, scale)


@workload('bytearray_large', 'one bytearray of 100 MB', 'one large bytes, bytearray, array')
def _bytearray_large(scale):
    return bytearray(_bytes_large(scale))


@workload('array_large', 'one array of 12,500,000 doubles', 'one large bytes, bytearray, array')
def _array_large(scale):
    return array.array('d', _bytes_large(scale))


# ---- small documents


@workload('small_document', 'a document of 84 bytes, per call', 'small documents')
def _small_document(scale):
    return {'id': 12345, 'name': 'Ada Lovelace', 'tags': ['x', 'y'], 'active': True, 'score': 0.5}


@workload('small_int', 'one int, per call', 'small documents')
def _small_int(scale):
    return 12345


@workload('small_list', 'a list of three strings, per call', 'small documents')
def _small_list(scale):
    return ['alpha', 'beta', 'gamma']


# ---- functions


def _in_main(source):
    """Runs the source in `__main__` and returns what it calls `result`."""
    namespace = sys.modules['__main__'].__dict__
    exec(compile(source, '<workload>', 'exec'), namespace)
    return namespace.pop('result')


def _in_unknown_module(source):
    """The same in a namespace that no pickler can refer to."""
    module = types.ModuleType('not_importable')
    exec(compile(source, '<workload>', 'exec'), module.__dict__)
    return module.__dict__.pop('result')


_NO_CODE = {'C pickle': 'does not pickle functions by value'}


@workload('lambda', 'one lambda, per call', 'functions', absent=_NO_CODE)
def _lambda(scale):
    return _in_main('result = lambda x, y=2: x * y + 1')


@workload('lambdas', '1,000 lambdas', 'functions', absent=_NO_CODE)
def _lambdas(scale):
    lines = ''.join(f'    lambda x, y={i}: x * y + {i},\n' for i in range(_count(1_000, scale)))
    return _in_main(f'result = [\n{lines}]')


@workload('closures', '500 closures', 'functions', absent=_NO_CODE)
def _closures(scale):
    return _in_main(f"""
def make_closure(number, text):
    def inner(x):
        return x + number, text
    return inner
result = [make_closure(i, f'text {{i}}') for i in range({_count(500, scale)})]
del make_closure
""")


@workload('functions', '200 functions over 50 shared globals', 'functions', absent=_NO_CODE)
def _functions(scale):
    data = ''.join(f'GLOBAL_{i} = {{"number": {i}, "name": "global {i}"}}\n' for i in range(50))
    count = _count(200, scale)
    functions = ''.join(f'def function_{i}(x):\n    return GLOBAL_{i % 50}["number"] + x\n' for i in range(count))
    names = ', '.join(f'function_{i}' for i in range(count))
    return _in_unknown_module(f'{data}{functions}result = [{names}]\n')


# ---- recurse=True


def _mutual(count):
    functions = ''.join(
        f'def mutual_{i}(x):\n    return mutual_{(i + 1) % count}(x) + mutual_{(i + 7) % count}(x)\n'
        for i in range(count)
    )
    return _in_unknown_module(f'{functions}result = mutual_0\n')


_NO_END = {**_NO_CODE, 'upstream': 'does not finish: exponential in the depth of the call graph'}


@workload('recurse', '200 functions that call each other', 'recurse=True', options={'recurse': True}, absent=_NO_END)
def _recurse(scale):
    return _mutual(_count(200, scale))


@workload(
    'recurse_twice',
    '400 functions that call each other',
    'recurse=True, twice as many',
    options={'recurse': True},
    absent=_NO_END,
    baseline='recurse',
)
def _recurse_twice(scale):
    return _mutual(2 * _count(200, scale))


# ---- dynamic classes


@workload('classes', '200 classes with methods', 'dynamic classes', absent=_NO_CODE)
def _classes(scale):
    return _in_main(f"""
def make_class(i):
    class Dynamic:
        kind = f'kind {{i}}'
        def __init__(self, value):
            self.value = value
        def double(self):
            return self.value * 2
        @property
        def triple(self):
            return self.value * 3
        @classmethod
        def of(cls, value):
            return cls(value)
        @staticmethod
        def plain(value):
            return value + i
    return Dynamic
result = [make_class(i) for i in range({_count(200, scale)})]
del make_class
""")


@workload('abcs', '200 abstract base classes', 'dynamic classes', absent=_NO_CODE)
def _abcs(scale):
    return _in_main(f"""
import abc
def make_class(i):
    class Abstract(abc.ABC):
        @abc.abstractmethod
        def value(self): ...
        def double(self):
            return self.value() * 2
    class Concrete(Abstract):
        def value(self):
            return i
    return Concrete
result = [make_class(i) for i in range({_count(100, scale)})]
del make_class
""")


@workload('dataclasses', '200 dataclasses', 'dynamic classes', absent=_NO_CODE)
def _dataclasses(scale):
    return _in_main(f"""
import dataclasses
def make_class(i):
    @dataclasses.dataclass
    class Dynamic:
        number: int
        name: str = 'name'
        def double(self):
            return self.number * 2
    return Dynamic
result = [make_class(i) for i in range({_count(200, scale)})]
del make_class
""")


# ---- numpy


@workload('numpy', 'one numpy array of 10,000,000 doubles', 'large numpy arrays')
def _numpy(scale):
    import numpy

    return numpy.arange(_count(10_000_000, scale), dtype=float)


@workload('numpy_small', '10,000 numpy arrays of 10', 'without a goal')
def _numpy_small(scale):
    import numpy

    return [numpy.arange(i, i + 10) for i in range(_count(10_000, scale))]


# ---- one foreign saver


class Foreign:
    def __init__(self, number):
        self.number = number

    def __reduce__(self):  # for those that know no savers
        return Foreign, (self.number,)


def _save_foreign(pickler, obj):
    pickler.save_reduce(Foreign, (obj.number,), obj=obj)


@workload('foreign_saver', '50,000 records, 50 objects with a saver in Python', 'one foreign saver', baseline='records')
def _foreign_saver(scale):
    if 'dill' in sys.modules:
        sys.modules['dill'].register(Foreign)(_save_foreign)
    records = _records(scale)
    for i in range(0, len(records), 1_000):
        records[i]['foreign'] = Foreign(i)
    return records
