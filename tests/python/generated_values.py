"""Makes an object graph from a seed: of every kind of object that dill pickles, with sharing and cycles.

The same seed gives the same graph in every process of the same Python. Nothing hangs on addresses: what goes into sets
or becomes a key of a set has a hash of its own.
"""

import abc
import array
import collections
import contextvars
import dataclasses
import datetime
import decimal
import fractions
import functools
import inspect
import io
import itertools
import json
import logging
import operator
import os
import pathlib
import pickle
import queue
import random
import re
import string
import sys
import threading
import types
import typing
import uuid
import weakref

import generated_source as source
import importable_classes as importable
import importable_state

SIZES = [0, 1, 2, 999, 1000, 1001, 2001]
BYTE_SIZES = [0, 1, 2, 3, 4, 254, 255, 256, 257, 1000]
LARGE_BYTE_SIZES = [65534, 65535, 65536, 65537, 70000, 130000]
WORDS = ['name', 'value', 'x', 'values', '__name__x', 'dill._dill', 'a b', 'ümlaut', '日本', 'key']


class Maker:
    """One graph: `Maker(seed).make()`. `text` then describes what was made, as an indented tree."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.pool = []  # what may be referred to again
        self.lines = []
        self.depth = 0
        self.budget = self.random.choice([3, 8, 8, 20, 20, 60])
        self.main = sys.modules['__main__']
        self.made, self.failed = [], []  # names of kinds
        self.kept = []  # alive, but not part of the graph: targets of weak references ...

    @property
    def text(self):
        return '\n'.join(self.lines)

    def make(self):
        value = self.value()
        if self.random.random() < 0.5:
            value = [value] + [self.value() for _ in range(self.random.randrange(3))]
        return value

    # ---- choice

    def value(self):
        """Any object; sometimes one that is there already."""
        if self.pool and self.random.random() < 0.15:
            index = self.random.randrange(len(self.pool))
            self.note(f'again #{index}')
            return self.pool[index]
        self.budget -= 1
        if self.budget < 0 or self.depth > 6:
            return self.leaf()
        kinds, weights = KINDS
        kind = self.random.choices(kinds, cum_weights=weights)[0]
        self.note(kind.__name__)
        self.made.append(kind.__name__)
        self.depth += 1
        try:
            value = kind(self)
        except Exception as error:  # parts that do not go together, such as bases whose layouts differ
            self.note(f'failed: {type(error).__name__}: {error}')
            self.failed.append(kind.__name__)
            value = None
        finally:
            self.depth -= 1
        if self.random.random() < 0.3:
            self.keep(value)
        return value

    def leaf(self):
        kinds, weights = LEAVES
        kind = self.random.choices(kinds, cum_weights=weights)[0]
        value = kind(self)
        self.note(kind.__name__)
        if self.random.random() < 0.1:
            self.keep(value)
        return value

    def keep(self, value):
        """From now on `value` may appear again, also within itself."""
        self.pool.append(value)
        self.note(f'= #{len(self.pool) - 1}')
        return value

    def note(self, text):
        self.lines.append('  ' * self.depth + text)

    def some(self, maximum=4):
        return [self.value() for _ in range(self.random.randrange(maximum))]

    def maybe_keep(self, value):
        """A container that is about to be filled: kept now, it can become part of a cycle."""
        return self.keep(value) if self.random.random() < 0.3 else value

    def hashable(self):
        """With a hash that does not come from an address."""
        kinds = [integer, text, bytes_, floating, dates, decimals]
        if self.random.random() < 0.15:
            return tuple(self.hashable() for _ in range(self.random.randrange(4)))
        if self.random.random() < 0.1:
            return frozenset(self.hashable() for _ in range(self.random.randrange(3)))
        return self.random.choice(kinds)(self)

    def name(self):
        return self.random.choice('abcdefg') + str(self.random.randrange(4))


# ---- leaves


def integer(m):
    kind = m.random.randrange(8)
    if kind < 4:
        return m.random.choice([0, 1, -1, 7, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1])
    if kind < 6:
        return m.random.randrange(-300, 70000)
    number = m.random.getrandbits(m.random.choice([31, 32, 63, 64, 200, 2039, 2040, 2041, 3000]))
    return -number if m.random.random() < 0.5 else number


def boolean_or_none(m):
    return m.random.choice([True, False, None])


def floating(m):
    return m.random.choice([0.0, -0.0, 1.5, float('inf'), 1e-320, -2.5e300, m.random.random()])


def text(m):
    kind = m.random.randrange(10)
    if kind < 3:
        return m.random.choice(WORDS)  # the same object each time
    if kind < 5:
        return ''.join([m.random.choice('abc'), str(m.random.randrange(20))])  # equal, but another object each time
    if kind == 5:
        return sys.intern('interned' + str(m.random.randrange(5)))
    if kind == 6:
        return m.random.choice(['\ud800', 'a\udfff\n', '\U0001f600', '\x00', '\\u0041\\', 'line\nline\r\x1a', '\xe9\n'])
    if kind == 7:
        return m.random.choice(['x', 'ä', '世']) * m.random.choice(BYTE_SIZES)
    return ''.join(m.random.choices('abcdefghijklmnopqrstuvwxyz_ ', k=m.random.randrange(30)))


def bytes_(m):
    return bytes([m.random.randrange(256)]) * m.random.choice(BYTE_SIZES)


def byte_array(m):
    return bytearray(b'ab' * m.random.choice(BYTE_SIZES))


def large(m):
    size = m.random.choice(LARGE_BYTE_SIZES)
    return m.random.choice(
        [lambda: 'x' * size, lambda: 'é' * (size // 2), lambda: b'y' * size, lambda: bytearray(size)]
    )()


def dates(m):
    zone = m.random.choice([None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=-2), 'named')])
    return m.random.choice([
        lambda: datetime.date(2020, 1, m.random.randrange(1, 29)),
        lambda: datetime.datetime(2021, 2, 3, 4, 5, 6, 7, tzinfo=zone, fold=m.random.randrange(2)),
        lambda: datetime.time(1, 2, 3, tzinfo=zone),
        lambda: datetime.timedelta(m.random.randrange(5), 5, 6),
    ])()  # fmt: skip


def decimals(m):
    return m.random.choice([decimal.Decimal('1.50'), decimal.Decimal('-Infinity'), fractions.Fraction(1, 3), 2 + 3j])


def small_library(m):
    return m.random.choice([
        lambda: uuid.UUID(int=m.random.getrandbits(128)),
        lambda: pathlib.PurePosixPath('/a', m.random.choice('bc')),
        lambda: pathlib.PurePosixPath('relative/path'),
        lambda: re.compile('a+b', m.random.choice([0, re.I])),
        lambda: random.Random(m.random.randrange(3)),
        lambda: io.StringIO('abc'),
        lambda: io.BytesIO(b'abc'),
        lambda: string.Template('$a'),
        lambda: array.array(m.random.choice('bid'), [1, 2, 3]),
        lambda: importable.Colour.GREEN,
        lambda: m.random.choice(list(importable.Colour)),
        lambda: importable.Level.HIGH,
        lambda: importable.Flags.A | importable.Flags.C,
        lambda: importable.BY_NAME,
        lambda: object(),
        lambda: logging.getLogger('generated'),
        lambda: os.stat_result(range(10)),
    ])()  # fmt: skip


def ranges(m):
    return m.random.choice([
        lambda: range(m.random.randrange(5)), lambda: range(1, 10, 3), lambda: ..., lambda: NotImplemented,
        lambda: slice(1), lambda: slice(None, 'a', (1,)),
    ])()  # fmt: skip


TYPES = [
    int, str, type, object, type(None), type(...), type(NotImplemented), list, dict, Exception, OSError,
    StopIteration,
    types.FunctionType, types.CodeType, types.ModuleType, types.MethodType, types.GeneratorType,
    types.MappingProxyType,
    types.BuiltinFunctionType, functools.partial, collections.OrderedDict, collections.deque, collections.Counter,
    datetime.datetime, decimal.Decimal, abc.ABC, abc.ABCMeta, super, property, classmethod, operator.itemgetter,
    importable.Plain, importable.Plain.Inner, importable.Colour, importable.Point, importable.Typed, importable.Meta,
    importable.Record, importable.Pair, weakref.ref, threading.Event, type({}.keys()), type(iter([])), range, slice,
    types.SimpleNamespace, types.CellType, type(threading.Lock()), io.TextIOWrapper, random.Random,
]  # fmt: skip
CALLABLES = [
    len, print, sorted, isinstance, json.dumps, os.getcwd, os.path.join, [].append, 'text'.join, {}.get,
    int.from_bytes,
    dict.fromkeys, str.upper, list.append, object.__init__, object.__new__, int.__add__, (3).__add__,
    importable.function,
    importable.Plain.make, importable.Plain.static, importable.Plain.method, importable.Plain.Inner.method,
    importable.decorated, importable.get_item, operator.add, functools.reduce, itertools.chain,
    itertools.chain.from_iterable,
    datetime.datetime.now, collections.OrderedDict.fromkeys, importable.Colour, typing.cast,
]  # fmt: skip
DESCRIPTORS = [
    str.join, dict.__dict__['fromkeys'], int.real, importable.Slots.a, type.__dict__['__module__'], object.__repr__,
    importable.SlotsAndDict.c, list.__len__, bytes.__dict__['maketrans'], collections.deque.maxlen, type.mro,
    types.FunctionType.__code__, types.FunctionType.__globals__, importable.Plain.__dict__['make'],
    importable.Plain.__dict__['static'],
]  # fmt: skip
ALIASES = [
    typing.List[int], typing.Dict[str, typing.List[int]], typing.Optional[int], typing.Union[int, str],
    typing.Tuple[()],
    typing.Tuple[int, ...], typing.Callable[[int], str], typing.Any, typing.List, typing.Tuple, list[int],
    dict[str, list[int]], typing.Literal['a', 1], typing.ClassVar[int], typing.Type[int], importable.T,
    typing.List[importable.T], importable.Pair[int], importable.Pair[importable.T], tuple[()],
    typing.Generic[importable.T],
    typing.Callable[..., int], typing.Annotated[int, 'note'], collections.deque[int], typing.ForwardRef('X'),
]  # fmt: skip
MODULES = [json, sys, os.path, re, collections.abc, importable_state, types, string]


def types_(m):
    return m.random.choice(TYPES)


def callables(m):
    return m.random.choice(CALLABLES)


def descriptors(m):
    return m.random.choice(DESCRIPTORS)


def aliases(m):
    return m.random.choice(ALIASES)


def modules(m):
    return m.random.choice(MODULES)


def locks(m):
    return m.random.choice([
        threading.Lock, threading.RLock, threading.Event, threading.Condition, lambda: threading.Semaphore(2),
        lambda: queue.Queue(3), contextvars.Context, lambda: threading.Barrier(2),
    ])()  # fmt: skip


def held_lock(m):
    lock = threading.Lock()
    lock.acquire()
    return lock


def files(m):
    if m.random.random() < 0.2:
        return sys.stdout
    mode = m.random.choice(['r', 'rb', 'w'])
    file = open(os.devnull if mode == 'w' else source.__file__, mode)
    m.kept.append(file)  # to be closed: a warning about it would depend on when the collector runs
    if mode != 'w' and m.random.random() < 0.5:
        file.seek(m.random.randrange(40))
    if m.random.random() < 0.3:
        file.close()
    return file


def unpicklable(m):
    return m.random.choice([
        lambda: (x for x in ()), lambda: sys._getframe(), lambda: memoryview(b'a'), threading.local,
        lambda: re.match('a', 'a'), lambda: contextvars.ContextVar('v'), lambda: __import__('queue').SimpleQueue(),
    ])()  # fmt: skip


# ---- containers


def list_(m):
    value = m.maybe_keep([])
    value += m.some(6)
    return value


def tuple_(m):
    return tuple(m.some(6))


def tuple_in_list(m):
    """Room for a tuple that holds itself."""
    inner = m.keep([])
    value = (inner, *m.some(5))
    m.keep(value)
    inner.append(m.value())
    return value


def dict_(m):
    value = m.maybe_keep({})
    for _ in range(m.random.randrange(6)):
        value[m.hashable()] = m.value()
    return value


def set_(m):
    return {m.hashable() for _ in range(m.random.randrange(8))}


def frozen_set(m):
    return frozenset(m.hashable() for _ in range(m.random.randrange(8)))


def many(m):
    """Containers around the sizes where a batch ends."""
    size = m.random.choice(SIZES)
    shared = m.leaf()
    item = m.random.choice([
        lambda i: i, lambda i: shared, lambda i: str(i), lambda i: [i], lambda i: (i, i), lambda i: {},
        lambda i: b'%d' % i,
        lambda i: 'text ' * 20 + str(i % 300),
    ])  # fmt: skip
    items = [item(i) for i in range(size)]
    return m.random.choice([
        lambda: items, lambda: tuple(items), lambda: dict(enumerate(items)), lambda: {str(i): v for i,
        v in enumerate(items)},
        lambda: set(range(size)), lambda: frozenset(map(str, range(size))), lambda: collections.deque(items),
        lambda: collections.OrderedDict(enumerate(items)), lambda: importable.ListLike(items),
        lambda: importable.DictLike(enumerate(items)), lambda: [importable.Plain(i) for i in items[:200]],
        lambda: collections.defaultdict(list, enumerate(items)),
    ])()  # fmt: skip


def frame_edges(m):
    """Strings and bytes that end near 64 KiB, where a frame is committed."""
    before = 65536 - m.random.randrange(-40, 60)
    parts = [
        'a' * (before // 2),
        'b' * (before - before // 2),
        m.value(),
        b'c' * m.random.choice(LARGE_BYTE_SIZES),
        m.value(),
    ]
    m.random.shuffle(parts)
    return parts


def library_containers(m):
    kind = m.random.randrange(9)
    if kind == 0:
        value = m.maybe_keep(collections.OrderedDict())
        value.update((m.hashable(), m.value()) for _ in range(3))
        return value
    if kind == 1:
        value = m.maybe_keep(collections.deque(maxlen=m.random.choice([None, 5])))
        value.extend(m.some())
        return value
    if kind == 2:
        value = m.maybe_keep(collections.defaultdict(m.random.choice([None, list, int])))
        value.update((m.hashable(), m.value()) for _ in range(2))
        return value
    if kind == 3:
        return collections.Counter(str(i % 3) for i in range(m.random.randrange(5)))
    if kind == 4:
        return collections.ChainMap({m.hashable(): m.value()}, {})
    if kind == 5:
        value = m.maybe_keep(types.SimpleNamespace())
        value.__dict__.update((m.name(), m.value()) for _ in range(2))
        return value
    if kind == 6:
        return m.random.choice([collections.UserDict({'a': m.value()}), collections.UserList(m.some())])
    if kind == 7:
        return types.MappingProxyType({m.hashable(): m.value()})
    mapping = m.random.choice([dict, collections.OrderedDict])({m.hashable(): m.value()})
    return m.random.choice([mapping.keys, mapping.values, mapping.items])()


def iterators(m):
    items = m.some()
    iterator = m.random.choice(
        [iter, enumerate, lambda v: zip(v, v), lambda v: map(str, v), itertools.chain, reversed]
    )(items)
    if m.random.random() < 0.3:
        next(iterator, None)
    return iterator


# ---- what refers to code


def factory(m, lines, result):
    """Runs a factory of generated_source, in the namespace of __main__, of an importable module, or of no module."""
    names = {'functools': functools, 'abc': abc, 'I': importable, 'dataclasses': dataclasses, 'typing': typing}
    where = m.random.randrange(6)
    if where < 4:
        namespace = m.main.__dict__
    else:
        namespace = {
            '__name__': m.random.choice(['made_up', '__main__']),
            'SETTING': m.value(),
            'helper': m.value(),
            **names,
        }
        if m.random.random() < 0.3:
            namespace['itself'] = namespace
    scope = {}
    exec(compile(source.factory(lines, result), '<generated>', 'exec'), namespace, scope)
    values = [m.value() for _ in range(2)] + [m.leaf() for _ in range(4)]
    return scope['factory'](*values)


def function(m):
    name = 'f' + str(m.random.randrange(3))
    made = factory(m, source.function(m.random, name), name)
    if isinstance(made, types.FunctionType):
        if m.random.random() < 0.15:
            made.attribute = m.value()
        if m.random.random() < 0.1:
            m.random.choice([
                lambda: setattr(made, '__qualname__', 'Other.name'), lambda: setattr(made, '__module__', 'json'),
                lambda: setattr(made, '__module__', None), lambda: setattr(made, '__kwdefaults__', {'key': 1}),
                lambda: setattr(made, '__doc__', 'set later'),
            ])()  # fmt: skip
    return made


def lambda_(m):
    return factory(m, [], f'lambda a, b={m.random.choice(source.DEFAULTS)}: {m.random.choice(source.CONSTANTS)}')


def functions_together(m):
    return factory(m, source.mutual(m.random, 'f0', 'f1'), m.random.choice(['f0', '[f0, f1]', '{"f": f1}']))


def counter(m):
    """Two closures over one cell, which may hold one of them."""
    lines = ['x = v0', 'def get():', '    return x', 'def put(value):', '    nonlocal x', '    x = value']
    get, put = factory(m, lines, 'get, put')
    if m.random.random() < 0.4:
        put(m.random.choice([get, put, [get], {'put': put}]))
    return m.random.choice([get, put, [get, put], (put, get.__closure__)])


def code(m):
    made = factory(m, source.function(m.random, 'f'), 'f')
    return inspect.unwrap(made).__code__


def cell(m):
    return types.CellType() if m.random.random() < 0.3 else types.CellType(m.value())


def class_(m):
    """A class by value; some have an instance or themselves among their attributes."""
    name = 'K' + str(m.random.randrange(3))
    base = m.random.choice([
        [], [], [], ['object'], ['abc.ABC'], ['I.Plain'], ['list'], ['dict'], ['int'], ['str'], ['Exception'],
        ['tuple'],
        ['I.Pair'], ['I.Pair[int]'], ['typing.Generic[I.T]'], ['I.WithMeta'], ['metaclass=I.Meta'],
        ['metaclass=abc.ABCMeta'],
        ['I.Plain', 'abc.ABC'], ['typing.List[int]'], ['I.Record'], ['Base'], ['Base', 'I.GetAttr'],
        ['metaclass=OwnMeta'],
        ['typing.Protocol'],
    ])  # fmt: skip
    lines = []
    if 'Base' in base:
        lines = source.class_(m.random, 'Base', [])
    if 'metaclass=OwnMeta' in base:
        lines = ['class OwnMeta(type):', '    def __call__(cls, *args):', '        return super().__call__(*args)']
    cls = factory(m, lines + source.class_(m.random, name, base), name)
    chance = m.random.random()
    if chance < 0.05:
        cls.itself = cls
    elif chance < 0.08:
        cls.alias = [cls, m.value()]
    elif chance < 0.11 and isinstance(cls, abc.ABCMeta):
        cls.register(importable.Plain)
    elif chance < 0.14:
        cls.added = lambda self: None
    elif chance < 0.17:
        cls.__qualname__ = 'Outer.' + name
    return cls


def instance_of_class(m):
    cls = class_(m)
    value = cls.__new__(cls)
    if m.random.random() < 0.3:
        m.keep(value)
    for name in ('a', 'b', 'other'):
        if m.random.random() < 0.6:
            try:
                setattr(value, name, m.value())
            except AttributeError:
                pass
    if m.random.random() < 0.2:
        return [value, cls, cls.__new__(cls)]
    return value


def small_class(m):
    kind = m.random.randrange(7)
    name = 'S' + str(m.random.randrange(3))
    if kind == 0:
        return type(name, (), {'value': m.value(), 'get': lambda self: self.value})
    if kind == 1:
        cls = collections.namedtuple(name, 'x y', defaults=m.random.choice([None, [1], [1, ()]]), module='__main__')
        return m.random.choice([cls, lambda: cls(m.value(), m.value())])() if m.random.random() < 0.5 else cls
    if kind == 2:
        fields = [('a', int), ('b', list, dataclasses.field(default_factory=list)), ('c', 'str', m.leaf_default())]
        options = m.random.choice([{}, {'frozen': True}, {'eq': False}, {'order': True}, {'repr': False}])
        namespace = {'__module__': '__main__'}
        cls = dataclasses.make_dataclass(name, fields, namespace=namespace, **options)
        return cls if m.random.random() < 0.5 else cls(m.value(), [m.value()])
    if kind == 3:
        return typing.NamedTuple(name, [('a', int), ('b', str)])
    if kind == 4:
        return types.new_class(name, (typing.Generic[importable.T],), {}, lambda body: body.update(value=1))
    if kind == 5:
        return types.ModuleType('invented', m.random.choice([None, 'doc']))
    return type(name, (importable.Oops,), {'__module__': m.random.choice(['__main__', 'made_up'])})(
        'message', m.value()
    )


def method(m):
    holder = importable.Plain(*m.some())
    local = m.main.Local(m.value())
    return m.random.choice([
        lambda: holder.method, lambda: local.method, lambda: local.make, lambda: [local, local.method, local.method],
        lambda: types.MethodType(importable.function, holder), lambda: types.MethodType(len, [1]),
        lambda: local.static,
        lambda: [1, 2].append, lambda: holder.method.__func__, lambda: collections.OrderedDict(a=1).keys,
    ])()  # fmt: skip


def wrappers(m):
    kind = m.random.randrange(8)
    if kind == 0:
        partial = (
            functools.partial(m.random.choice([function, types_, callables])(m), *[])
            if m.random.random() < 0.5
            else None
        )
        return partial or functools.partial(importable.function, m.value(), b=m.value())
    if kind == 1:
        return m.random.choice([operator.itemgetter(1), operator.itemgetter('a', 2), operator.attrgetter('a.b', 'c'),
                                operator.methodcaller('name', 1, key=2)])  # fmt: skip
    if kind == 2:
        return property(m.random.choice([None, importable.function, m.main.uses_global]), doc='d')
    if kind == 3:
        return m.random.choice([classmethod, staticmethod])(m.random.choice([importable.function, m.main.uses_global]))
    if kind == 4:
        return super(m.main.Derived, m.main.Derived(m.value()))
    if kind == 5:
        return m.random.choice([functools.lru_cache, functools.lru_cache(maxsize=3)])(lambda x: x)
    if kind == 6:
        partial = functools.partial(importable.function)
        partial.__dict__['extra'] = m.value()
        return partial
    return m.random.choice([abc.abstractproperty, functools.cached_property])(m.main.uses_global)


def weak(m):
    target = importable.Plain(*m.some(2)) if m.random.random() < 0.5 else m.main.Local(m.value())
    kind = m.random.randrange(5)
    if kind == 0:
        return weakref.ref(target)  # dead as soon as this function returns
    if kind == 1:
        m.kept.append(target)
        return weakref.ref(target)
    if kind == 2:
        return [weakref.ref(target), target, weakref.ref(target)]
    if kind == 3:
        return m.random.choice([weakref.WeakSet, weakref.WeakValueDictionary, weakref.WeakKeyDictionary])()
    return [target, weakref.ref(target, m.random.choice([None, print]))]


# ---- instances


def instance(m):
    cls = m.random.choice((*importable.ATTRIBUTE_CLASSES, m.main.Local, m.main.Derived, m.main.LocalRecord))
    value = m.maybe_keep(cls.__new__(cls))
    for name in [m.name() for _ in range(m.random.randrange(4))]:
        setattr(value, name, m.value())
    if m.random.random() < 0.1:
        value.method_of_itself = types.MethodType(importable.function, value)
    return value


def instances(m):
    cls = m.random.choice((*importable.ATTRIBUTE_CLASSES, m.main.Local))
    made = []
    for i in range(m.random.randrange(1, 12)):
        value = cls.__new__(cls)
        value.number, value.label = i, m.leaf()
        made.append(value)
    return made


def slots(m):
    cls = m.random.choice([importable.Slots, importable.SlotsAndDict, importable.SlotsPrivate, m.main.LocalSlots])
    value = m.maybe_keep(cls())
    for name in ('a', 'b', 'c', 'shown', 'free'):
        if m.random.random() < 0.5:
            try:
                setattr(value, name, m.value())
            except AttributeError:
                pass
    if cls is importable.SlotsPrivate and m.random.random() < 0.5:
        value.fill(m.value())
    return value


def with_state(m):
    value = m.maybe_keep(m.random.choice([importable.GetState, m.main.LocalState])())
    value.state = m.random.choice(
        [m.value, lambda: None, dict, lambda: (None, {'a': 1}), lambda: {'x': [1]}, lambda: 0]
    )()
    return value


def with_arguments(m):
    kind = m.random.randrange(4)
    if kind == 0:
        value = importable.NewArgs(*m.some())
    elif kind == 1:
        value = importable.NewArgsEx(*m.some(3), key=m.value())
    elif kind == 2:
        value = importable.ReduceEx(m.value())
    else:
        value = importable.ReducesToNew(m.random.choice(['', 'ex', 'reconstruct']), tuple(m.some(3)))
    if m.random.random() < 0.3:
        value.more = m.value()
    return value


def reduced(m):
    value = m.maybe_keep(importable.Reduce(m.random.choice(['', 's', 'l', 'd', 'sl', 'sld', 'ld'])))
    value.extra = m.value()
    value.items = m.some()
    value.pairs = {m.hashable(): m.value() for _ in range(m.random.randrange(3))}
    return value


def reduced_specially(m):
    kind = m.random.randrange(5)
    if kind == 0:
        value = m.maybe_keep(importable.StateSetter())
        value.a = m.value()
        return value
    if kind == 1:
        return importable.Temporaries(m.value())
    if kind == 2:
        value = None
        for _ in range(m.random.randrange(20)):
            value = importable.Chain(value)
        return value
    if kind == 3:
        value = m.maybe_keep(m.main.LocalTemporaries())
        value.held = m.value()
        return value
    return importable.Registered(m.value())


def hooked(m):
    """What the picklers of some variants treat specially."""
    cls = m.random.choice([importable.InTable, importable.WithSaver, importable.External, importable.Overridden])
    value = m.maybe_keep(cls())
    value.value = m.value()
    return value


def builtin_subclass(m):
    cls, base = m.random.choice(list(importable.BUILTIN_SUBCLASSES.items()))
    argument = {int: lambda: integer(m), str: lambda: text(m), bytes: lambda: bytes_(m), float: lambda: floating(m),
                list: m.some, dict: lambda: {m.hashable(): m.random.randrange(3)}}[base]()  # fmt: skip
    value = cls(argument)
    if m.random.random() < 0.5 and cls is not importable.DecimalLike:
        value.attribute = m.value()
    return value


def set_subclass(m):
    value = m.random.choice([importable.SetLike, importable.FrozenSetLike, importable.DateLike.fromordinal])
    made = value(5) if value == importable.DateLike.fromordinal else value(m.hashable() for _ in range(3))
    if m.random.random() < 0.5:
        made.attribute = m.value()
    return made


def records(m):
    return m.random.choice([
        lambda: importable.Record('name', m.some()), lambda: importable.FrozenRecord(m.value(), 2),
        lambda: importable.Point(m.value(), m.value()), lambda: importable.Typed(1), lambda: m.main.LocalPoint(1,
        m.value()),
        lambda: m.main.LocalRecord(m.value()),
    ])()  # fmt: skip


def exceptions(m):
    error = m.random.choice([
        lambda: ValueError(*m.some()), lambda: importable.Oops('x', m.value()), lambda: KeyError('k'),
        lambda: importable.OopsWithArguments(1, code=2), lambda: OSError(2, 'No such file', 'name'), StopIteration,
        lambda: UnicodeDecodeError('utf-8', b'a', 0, 1, 'reason'), lambda: m.main.LocalOops(m.value()),
    ])()  # fmt: skip
    if m.random.random() < 0.3:
        error.extra = m.value()
    if m.random.random() < 0.2:
        error.__cause__ = ValueError('cause')
    return error


def buffers(m):
    return pickle.PickleBuffer(m.random.choice([b'buffer', bytearray(b'x' * 300), b'y' * 70000]))


def leaf_default(m):
    return m.random.choice([1, 'text', (), None])


Maker.leaf_default = leaf_default


def _weighted(table):
    return list(table), list(itertools.accumulate(table.values()))


_LEAVES = {
    integer: 6, boolean_or_none: 4, floating: 2, text: 8, bytes_: 2, byte_array: 1, dates: 2, decimals: 1,
    small_library: 3,
    ranges: 1.5, types_: 2.5, callables: 2, descriptors: 1, aliases: 1.5, modules: 0.7, locks: 0.7, large: 0.15,
    held_lock: 0.2, files: 0.3,
}  # fmt: skip
LEAVES = _weighted(_LEAVES)
KINDS = _weighted({
    **{kind: weight / 2 for kind, weight in _LEAVES.items()},
    list_: 8, tuple_: 6, tuple_in_list: 1.5, dict_: 8, set_: 2, frozen_set: 1.5, many: 0.5, frame_edges: 0.25,
    library_containers: 5, iterators: 0.7, function: 5, lambda_: 2.5, functions_together: 1, counter: 2, code: 0.7,
    cell: 0.7,
    class_: 4, instance_of_class: 4, small_class: 2, method: 2, wrappers: 2.5, weak: 1.2, instance: 8, instances: 3,
    slots: 3,
    with_state: 3, with_arguments: 3, reduced: 3, reduced_specially: 3, hooked: 2.5, builtin_subclass: 4,
    set_subclass: 1,
    records: 3, exceptions: 2, buffers: 0.25, unpicklable: 0.15,
})  # fmt: skip
