"""Objects that upstream's dill and ours must write alike. Run as a script, in a process of its own for each:

python corpus.py dump PROTOCOL   prints {label: hex of the pickle, or the exception} as JSON
python corpus.py load            reads such JSON and prints {label: repr of what the loaded object does}
python corpus.py trace PROTOCOL  {label: lines of dill.detect.trace()}, without addresses
python corpus.py ways [all]      {label protocol: differences} between the ways to dump an object here
"""

import abc
import array
import collections
import concurrent.futures
import contextlib
import contextvars
import csv
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import hashlib
import io
import itertools
import json
import logging
import operator
import pathlib
import queue
import random
import re
import socket
import sqlite3
import string
import struct
import sys
import threading
import types
import typing
import uuid
import warnings
import weakref
import zlib

import dill

SETTING = 7


def plain_function(x, y=2, *rest, key=SETTING, **more):
    """A docstring."""
    return (x, y, rest, key, more)


def uses_global(x):
    return x * SETTING


def counter(start):
    count = start

    def step():
        nonlocal count
        count += 1
        return count

    return step


def mutual():
    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n != 0 and even(n - 1)

    return even


def recursive_closure():
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)

    return factorial


def empty_cell():
    def function():
        return late

    if False:
        late = 1
    return function


class Plain:
    shared = ['class', 'level']

    def __init__(self, value):
        self.value = value

    def method(self):
        return ('plain', self.value)

    @classmethod
    def make(cls, value):
        return cls(value)

    @staticmethod
    def static(value):
        return value

    @property
    def doubled(self):
        return self.value * 2


class Derived(Plain):
    def __init__(self, value):
        super().__init__(value)
        self.other = {'value': value}

    def method(self):
        return ('derived', super().method())


class Slotted:
    __slots__ = ('a', 'b')

    def __init__(self):
        self.a = 1
        self.b = [2]


class SlottedDerived(Slotted):
    __slots__ = ('c', '__dict__')

    def __init__(self):
        super().__init__()
        self.c = 3
        self.d = 4


class Stateful:
    def __init__(self):
        self.kept = 1
        self.dropped = 2

    def __getstate__(self):
        return {'kept': self.kept}

    def __setstate__(self, state):
        self.__dict__.update(state)


class Reducing:
    def __reduce__(self):
        return (Reducing, (), {'state': 1}, iter([]), iter({}.items()))


class ListLike(list):
    pass


class DictLike(dict):
    def __init__(self, *args):
        super().__init__(*args)
        self.extra = True


class Meta(type):
    def __new__(mcs, name, bases, body):
        body['from_meta'] = name
        return super().__new__(mcs, name, bases, body)


class WithMeta(metaclass=Meta):
    pass


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self):
        """Area."""


class Square(Shape):
    def area(self):
        return 4


Point = collections.namedtuple('Point', 'x y')
PointDefault = collections.namedtuple('PointDefault', 'x y', defaults=[5])


@dataclasses.dataclass
class Record:
    name: str
    tags: list = dataclasses.field(default_factory=list)


def local_class():
    class Local:
        attribute = 'local'

        def method(self):
            return __class__.attribute

    return Local


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def cycle_list():
    value = [1]
    value.append(value)
    return value


def cycle_tuple():
    inner = []
    value = (inner, 1)
    inner.append(value)
    return value


def cycle_long_tuple():
    inner = []
    value = (inner, 1, 2, 3, 4)
    inner.append(value)
    return value


def cycle_instance():
    one, two = Plain(None), Plain(None)
    one.value, two.value = two, one
    return one


def cycle_dict():
    value = {}
    value['self'] = value
    return value


def shared():
    part = ['shared']
    return [part, {'again': part}, (part, part)]


def exec_function():
    names = {'n': 3, '__name__': 'made_up'}
    exec('def get(): return n', names)
    return names['get']


@functools.lru_cache(maxsize=None)
def cached(x):
    return x + 1


@functools.wraps(plain_function)
def wrapped(*args):
    return plain_function(*args)


def generic():
    T = typing.TypeVar('T')
    return typing.List[int], typing.Dict[str, int], typing.Optional[int]


CORPUS = {
    'none': lambda: None,
    'ints': lambda: [
        0,
        1,
        -1,
        255,
        256,
        65535,
        65536,
        2**31 - 1,
        2**31,
        -(2**31),
        -(2**31) - 1,
        2**63,
        -(2**63),
        10**80,
        -(10**80),
    ],
    'long ints': lambda: [2 ** (8 * n) for n in range(1, 40)] + [-(2 ** (8 * n - 1)) for n in range(1, 40)] + [2**4000],
    'floats': lambda: [0.0, -0.0, 1.5, float('inf'), 1e-320],
    'strings': lambda: ['', 'a', 'ä', '\ud800', 'x' * 255, 'y' * 256, 'z' * 70000, '日本' * 300],
    'bytes': lambda: [b'', b'a', b'b' * 255, b'c' * 256, b'd' * 65535, b'e' * 65536, b'f' * 70000],
    'bytearrays': lambda: [bytearray(), bytearray(b'abc'), bytearray(b'x' * 70000)],
    'frames': lambda: ['q' * 40000 + str(i) for i in range(10)],
    'tuples': lambda: [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    'list sizes': lambda: [list(range(n)) for n in (0, 1, 2, 999, 1000, 1001, 2000, 2001)],
    'dict sizes': lambda: [dict.fromkeys(range(n)) for n in (0, 1, 2, 999, 1000, 1001, 2000, 2001)],
    'set sizes': lambda: [set(range(n)) for n in (0, 1, 2, 999, 1000, 1001, 2000, 2001)],
    'frozensets': lambda: [frozenset(), frozenset([1]), frozenset(range(1001))],
    'nested': lambda: nested(150),
    'cycle list': cycle_list,
    'cycle tuple': cycle_tuple,
    'cycle long tuple': cycle_long_tuple,
    'cycle instance': cycle_instance,
    'cycle dict': cycle_dict,
    'shared': shared,
    'keys': lambda: {(1, 2): 'a', frozenset([3]): 'b', None: 'c', 1.5: 'd', b'e': 'f', Point(1, 2): 'g'},
    'function': lambda: plain_function,
    'function with global': lambda: uses_global,
    'lambda': lambda: lambda a, b=3: a + b,
    'lambdas': lambda: [lambda: 1, lambda: 2, lambda: 3],
    'closure': lambda: counter(5),
    'mutual closures': mutual,
    'recursive closure': recursive_closure,
    'empty cell': empty_cell,
    'function in function': lambda: local_class,
    'code': lambda: plain_function.__code__,
    'importable function': lambda: json.dumps,
    'builtin function': lambda: [len, print, [].append, ''.join],
    'exec function': exec_function,
    'function attributes': lambda: wrapped,
    'lru_cache': lambda: cached,
    'partial': lambda: functools.partial(plain_function, 1, y=3),
    'operators': lambda: [operator.itemgetter(1), operator.attrgetter('a.b'), operator.methodcaller('x', 1)],
    'bound method': lambda: Plain(3).method,
    'class method': lambda: Plain.make,
    'static method': lambda: Plain.static,
    'method of instance twice': lambda: (lambda p: [p.method, p.method, p])(Plain(1)),
    'class': lambda: Plain,
    'derived class': lambda: Derived,
    'instance': lambda: Plain(1),
    'instances': lambda: [Plain(n) for n in range(20)],
    'derived instance': lambda: Derived([1]),
    'slots': lambda: Slotted(),
    'slots and dict': lambda: SlottedDerived(),
    'getstate': lambda: Stateful(),
    'reduce': lambda: Reducing(),
    'list subclass': lambda: ListLike(range(3)),
    'dict subclass': lambda: DictLike({'a': 1}),
    'empty instance': lambda: type('Empty', (), {})(),
    'metaclass': lambda: WithMeta,
    'metaclass instance': lambda: WithMeta(),
    'abc': lambda: Shape,
    'abc subclass': lambda: Square(),
    'named tuple': lambda: Point(1, 2),
    'named tuple with default': lambda: PointDefault(1),
    'dataclass': lambda: Record('a', ['b']),
    'local class': local_class,
    'local instance': lambda: local_class()(),
    'dynamic class': lambda: type('Dynamic', (), {'value': 3, 'get': lambda self: self.value}),
    'exception class': lambda: type('Oops', (ValueError,), {}),
    'exception': lambda: ValueError('x', 1),
    'types': lambda: [
        int,
        str,
        type,
        type(None),
        types.FunctionType,
        types.CodeType,
        types.ModuleType,
        OSError,
        object,
    ],
    'singletons': lambda: [Ellipsis, NotImplemented, type(Ellipsis), type(NotImplemented)],
    'ranges and slices': lambda: [range(3), range(1, 10, 2), slice(1), slice(1, 2, 3), slice(None, 'a', [1])],
    'complex': lambda: [1j, complex(2, 3)],
    'properties': lambda: [Plain.__dict__['doubled'], Plain.__dict__['make'], Plain.__dict__['static']],
    'descriptors': lambda: [str.join, dict.__dict__['fromkeys'], int.real, Slotted.a, object.__init__],
    'mapping proxy': lambda: types.MappingProxyType({'a': 1}),
    'super': lambda: super(Derived, Derived(1)),
    'modules': lambda: [json, sys, collections.abc, re],
    'main globals': lambda: globals(),
    'module dict': lambda: json.__dict__,
    'ordered': lambda: [
        collections.OrderedDict([(1, 2), (3, 4)]),
        collections.defaultdict(list, {1: [2]}),
        collections.Counter('abca'),
        collections.deque([1, 2], 5),
        collections.ChainMap({1: 2}),
    ],
    'dates': lambda: [
        datetime.date(2020, 1, 2),
        datetime.datetime(2020, 1, 2, 3, 4, 5, 6),
        datetime.timedelta(1, 2, 3),
        datetime.timezone.utc,
    ],
    'numbers': lambda: [decimal.Decimal('1.50'), fractions.Fraction(1, 3)],
    'ids': lambda: [uuid.UUID(int=5), pathlib.PurePosixPath('/a/b')],
    'regex': lambda: re.compile('a+b', re.I),
    'random': lambda: random.Random(3),
    'stringio': lambda: io.StringIO('abc'),
    'bytesio': lambda: io.BytesIO(b'abc'),
    'namespace': lambda: types.SimpleNamespace(a=1, b=[2]),
    'formatter': lambda: string.Formatter(),
    'iterators': lambda: [
        iter([1, 2]),
        iter((1,)),
        iter('ab'),
        iter(range(3)),
        enumerate([1]),
        zip([1], [2]),
        map(len, ['a']),
    ],
    'lock': lambda: [threading.Lock(), threading.Event(), threading.Condition()],
    'weak reference': lambda: (lambda p: [p, weakref.ref(p)])(Plain(1)),
    'dead weak reference': lambda: weakref.ref(Plain(1)),
    'enum by reference': lambda: [re.I, socket_kind()],
    'cell': lambda: counter(1).__closure__[0],
    'generic aliases': generic,
    'generic alias': lambda: [list[int], dict[str, int]],
    'stack': lambda: contextlib.nullcontext(3),
    'interned': lambda: [sys.intern('abc'), 'abc', 'a' + 'bc'],
    'generator': lambda: (x for x in [1]),
    'thread local': lambda: threading.local(),
    'frame': lambda: sys._getframe(),
    'memoryview': lambda: memoryview(b'a'),
    'sqlite connection': lambda: sqlite3.connect(':memory:'),
    'socket': lambda: socket.socket(),
    'match': lambda: re.match('a', 'a'),
    'struct': lambda: struct.Struct('i'),
    'hash': lambda: hashlib.sha256(),
    'compressor': lambda: zlib.compressobj(),
    'csv reader': lambda: csv.reader([]),
    'simple queue': lambda: queue.SimpleQueue(),
    'queue': lambda: queue.Queue(),
    'thread': lambda: threading.Thread(target=print, name='named'),
    'thread pool': lambda: concurrent.futures.ThreadPoolExecutor(1),
    'traceback': lambda: traceback_of(),
    'coroutine function': lambda: coroutine_function,
    'generator function': lambda: generator_function,
    'annotated': lambda: annotated,
    'keyword defaults': lambda: keyword_defaults,
    'class with class attribute of class': lambda: type('Holder', (), {'held': Plain, 'other': [Plain]}),
    'class in function twice': lambda: [local_class(), local_class()],
    'closure over class': lambda: (lambda cls: lambda: cls)(Plain),
    'closure over list of lambdas': lambda: (lambda fs: lambda: fs)([lambda: 1, lambda: 2]),
    'instance with lambda': lambda: Plain(lambda: 3),
    'instance with method of itself': lambda: self_method(),
    'dict view': lambda: {'a': 1}.items(),
    'context': lambda: contextvars.Context(),
    'logger': lambda: logging.getLogger('corpus'),
    'string template': lambda: string.Template('$a'),
    'array': lambda: array.array('i', [1, 2]),
    'bytes like': lambda: [io.BytesIO(), collections.UserDict(a=1), collections.UserList([1])],
    'many strings': lambda: [f's{i % 50}' for i in range(300)],
    'deep reduce': lambda: deep_reduce(80),
    'counter chain': lambda: collections.ChainMap({'a': 1}, collections.Counter('aab')),
    'exception with attributes': lambda: exception_with_attributes(),
    'object': lambda: [object(), object],
    'type of type': lambda: [Meta, abc.ABCMeta, type],
    'static and class methods': lambda: [Plain.__dict__['static'], Plain.__dict__['make']],
    'abstract property': lambda: abc.abstractproperty(uses_global),
    'registered subclass': lambda: registered(),
    'inherited slots': lambda: type('More', (Slotted,), {'__slots__': ['z']}),
    'generic class': lambda: types.new_class('G', (typing.List[int],)),
    'typed dict': lambda: typing.TypedDict('T', {'a': int}),
    'NamedTuple class': lambda: typing.NamedTuple('N', [('a', int)]),
    'module from types': lambda: types.ModuleType('invented', 'doc'),
}


def socket_kind():
    return socket.AF_INET


def traceback_of():
    try:
        raise ValueError
    except ValueError as error:
        return error.__traceback__


async def coroutine_function(x):
    return x


def generator_function(n):
    yield from range(n)


def annotated(a: int, b: 'str' = 'x') -> typing.List[int]:
    return [a, b]


def keyword_defaults(*, a=[1], b={'k': (1, 2)}):
    return a, b


def self_method():
    plain = Plain(None)
    plain.value = plain.method
    return plain


class Chain:
    def __init__(self, inner):
        self.inner = inner

    def __reduce__(self):
        return (Chain, (self.inner,))


def deep_reduce(depth):
    value = None
    for _ in range(depth):
        value = Chain(value)
    return value


def exception_with_attributes():
    error = KeyError('k')
    error.extra = [1]
    return error


def registered():
    class Base(abc.ABC):
        pass

    class Virtual:
        pass

    Base.register(Virtual)
    return Base


def behaviour(value):
    """What two loads of the same pickle must agree on."""
    if isinstance(value, types.FunctionType):
        parts = [
            value.__name__,
            value.__qualname__,
            value.__module__,
            repr(value.__defaults__),
            repr(value.__kwdefaults__),
        ]
        return parts + [repr(sorted(value.__dict__)), value.__code__.co_name]
    if isinstance(value, type):
        return ['class', value.__name__, value.__qualname__, value.__module__, sorted(map(str, value.__dict__))]
    text = re.sub(r'0x[0-9a-f]+', '0x', repr(value)) if sys.getrecursionlimit() > 10 else ''
    return [type(value).__name__, text[:2000]]


def trace_of(value, protocol, options):
    lines = io.StringIO()
    with dill.detect.trace(lines), contextlib.suppress(Exception):
        dill.dumps(value, protocol, **options)
    text = re.sub('0x[0-9a-f]+', '0x', lines.getvalue())
    return re.sub("from '[^']*/dill/", "from '", text).splitlines()


def main():
    warnings.simplefilter('ignore')
    if sys.argv[1] == 'dump':
        options = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
        answers = {}
        for label, make in CORPUS.items():
            value = make()
            try:
                answers[label] = dill.dumps(value, int(sys.argv[2]), **options).hex()
            except RecursionError:
                answers[label] = '!RecursionError'
            except Exception as error:
                answers[label] = f'!{type(error).__name__}: {error}'
        print(json.dumps(answers))
    elif sys.argv[1] == 'trace':
        options = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
        answers = {label: trace_of(make(), int(sys.argv[2]), options) for label, make in CORPUS.items()}
        print(json.dumps(answers))
    elif sys.argv[1] == 'ways':
        from dill_ways import differences

        answers = {}
        settings = list(itertools.product((0, 2, 4, 5), ({}, {'recurse': True}, {'byref': True})))
        step = 1 if 'all' in sys.argv else 5  # coprime to 12, so that each setting has its turn
        for i, (label, make) in enumerate(CORPUS.items()):
            for protocol, options in settings[i % step :: step]:
                value = make()
                with contextlib.suppress(Exception):
                    dill.dumps(value, protocol, **options)
                wrong = differences(value, protocol, options)
                if wrong:
                    answers[f'{label} {protocol} {options}'] = wrong
        print(json.dumps(answers))
    else:
        answers = {}
        for label, pickled in json.load(sys.stdin).items():
            if pickled.startswith('!'):
                continue
            try:
                answers[label] = behaviour(dill.loads(bytes.fromhex(pickled)))
            except Exception as error:
                answers[label] = f'!{type(error).__name__}: {error}'
        print(json.dumps(answers))


if __name__ == '__main__':
    main()
