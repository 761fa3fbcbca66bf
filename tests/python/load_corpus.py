"""Objects that the tests of loading use, and ways to load them."""

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import io
import os
import pathlib
import pickle
import re
import uuid

import dill

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Plain:
    def __init__(self, *values):
        self.first, self.rest = values[0], values[1:]

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__


class Slots:
    __slots__ = ('first', 'second')

    def __init__(self, first, second):
        self.first, self.second = first, second

    def __eq__(self, other):
        return (self.first, self.second) == (other.first, other.second)


class SlotsAndDict(Slots):
    def __eq__(self, other):
        return super().__eq__(other) and self.__dict__ == other.__dict__


class WithSetstate(Plain):
    restored = True

    def __getstate__(self):
        return {'first': self.first, 'rest': self.rest}

    def __eq__(self, other):
        return type(self) is type(other) and (self.first, self.restored) == (other.first, other.restored)

    def __setstate__(self, state):
        self.__dict__.update(state, restored=True)


class WithProperty(Plain):
    """Its state has an entry that a property of the class hides."""

    @property
    def hidden(self):
        return 'property'


class WithNewargs(int):
    def __new__(cls, value=0, *, more=None):
        self = super().__new__(cls, value)
        self.more = more
        return self

    def __getnewargs_ex__(self):
        return (int(self),), {'more': self.more}


class ListOf(list):
    pass


class DictOf(dict):
    pass


class SetOf(set):
    pass


Pair = collections.namedtuple('Pair', 'x y')


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


@dataclasses.dataclass
class Record:
    number: int
    text: str
    more: list


class Outer:
    class Inner:
        pass

    def method(self):
        return 7


def hidden():
    made = WithProperty(1, 2)
    made.__dict__['hidden'] = 'entry'
    return made


def cyclic():
    loop = []
    loop.append({'me': loop})
    owner = Plain(1)
    owner.self = owner
    return [loop, owner]


def shared():
    text, part, state = 'shared text', [1, 2], {'a': 1}
    first, second = Plain(text, part), Plain(text, part)
    first.state = second.state = state
    first.other = second
    return [first, second, text, part, (first, second), {text: part}]


VALUES = {
    'scalars': lambda: [None, True, False, 0, 1, -1, 255, 256, 257, -5, -6, 65535, 65536, 2**31 - 1, -(2**31)],
    'large ints': lambda: [2**31, -(2**31) - 1, 2**63, -(2**63), 2**64, 2**100, -(2**100), 10**600, -(10**600)],
    'floats': lambda: [0.0, -0.0, 1.5, -1e300, 5e-324, float('inf'), -float('inf')],
    'text': lambda: ['', 'a', 'é', 'ab', 'abcdefg', 'abcdefgh', 'x' * 255, 'x' * 256, 'é' * 300, '日本語', '\U0001f600',
                     '\ud800', 'a\nb\\c\0d', '\x80' * 9, 'abcdefgh\x80'],
    'bytes': lambda: [b'', b'a', b'abc' * 200, bytes(range(256)), b'x' * 70000, bytearray(b'abc'), bytearray()],
    'tuples': lambda: [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((), ((),)), tuple(range(300))],
    'lists': lambda: [[], [1], list(range(1000)), list(range(1001)), list(range(2001)), [[]] * 5, [[[[]]]]],
    'dicts': lambda: [{}, {'a': 1}, {i: str(i) for i in range(2001)}, {(1, 'a'): 2, None: 3, 1.5: 4, b'x': 5, True: 6},
                      {frozenset((1, 2)): 1}, {Colour.RED: 1}],
    'sets': lambda: [set(), {1}, set(range(2001)), frozenset(), frozenset('abc'), {frozenset({1}), (1, 2)}],
    'instances': lambda: [Plain(1), Plain('a', [2], {'b': Plain(3)}), WithSetstate(5), hidden(), WithNewargs(7,
                          more=[8])],
    'many instances': lambda: [Plain(i, str(i)) for i in range(1500)],
    'records': lambda: [Record(i, f'text {i}', [i]) for i in range(50)],
    'subclasses': lambda: [ListOf([1, 2]), DictOf(a=1), SetOf([1, 2]), Pair(1, [2])],
    'standard': lambda: [datetime.datetime(2020, 1, 2, 3, 4, 5), datetime.timedelta(1), decimal.Decimal('1.50'),
                         uuid.UUID(int=5), pathlib.PurePosixPath('/a/b'), collections.OrderedDict(a=1, b=2),
                         collections.Counter('abca'), collections.defaultdict(list, a=[1]), collections.deque([1, 2],
                         5),
                         range(3), complex(1, 2), array.array('i', [1, 2, 3]), Ellipsis],
    'classes': lambda: [Plain, Outer, int, len, Colour.GREEN, os.path.join, NotImplementedError('a', 1)],
    'mixed': lambda: {'list': [1, 'two', 3.0, None, (4, b'5')], 'set': {6}, 'obj': Plain([7], {'eight': 8})},
}  # fmt: skip


def with_slots():
    return [Slots(1, [2]), SlotsAndDict('a', 'b'), [Slots(i, str(i)) for i in range(30)]]


def pickles_of_corpus(protocol):
    for name, make in VALUES.items():
        yield name, pickle.dumps(make(), protocol)
    if protocol >= 2:
        yield 'slots', pickle.dumps(with_slots(), protocol)
    if protocol >= 4:
        yield 'nested class', pickle.dumps([Outer.Inner, Outer.Inner], protocol)


def ways_to_load(data):
    yield dill.loads(data)
    yield dill.loads(bytearray(data))
    yield dill.loads(memoryview(data))
    yield dill.load(io.BytesIO(data))
    yield dill.load(io.BufferedReader(io.BytesIO(data), 16))
    yield dill.load(OnlyReads(data))
    yield dill.Unpickler(io.BytesIO(data)).load()
    yield dill.Unpickler(file=OnlyReads(data)).load()


class OnlyReads:
    """A file with read() and readline() and nothing else."""

    def __init__(self, data):
        self._file = io.BytesIO(data)
        self.read, self.readline, self.tell = self._file.read, self._file.readline, self._file.tell


def kinds(value):
    """The types in a structure, to tell 1 from True and list from a subclass."""
    if isinstance(value, (list, tuple)):
        return type(value), [kinds(item) for item in value]
    if isinstance(value, dict):
        return type(value), [(kinds(key), kinds(item)) for key, item in value.items()]
    return type(value)


def outcome(load, data):
    try:
        value = load(data)
    except Exception as error:
        return type(error), None
    try:
        return None, re.sub(' at 0x[0-9a-f]+', '', repr(value))
    except Exception as error:
        return None, type(error)
