"""Protocols 0 to 3: the native driver writes the bytes of the stock one, as deep as memory allows."""

import collections
import copyreg
import gc
import io
import json
import os
import pickle
import random
import sys
import types

import pytest

import dill
from dill import _recording

PROTOCOLS = range(4)
SIZES = (0, 1, 2, 3, 4, 999, 1000, 1001, 2001)
DEEP = 100_000 if 'ASAN_OPTIONS' in os.environ else 1_000_000  # sanitizers are slow where frames are many


class Stock(dill.Pickler):
    """Overrides a step of the driver, so that the stock one drives."""

    __module__ = 'dill_stock'  # counts as one of dill's, as dill.Pickler does

    def save(self, *args, **keywords):
        return super().save(*args, **keywords)


def by(cls, value, protocol, **options):
    file = io.BytesIO()
    cls(file, protocol, **options).dump(value)
    return file.getvalue()


def check(value, protocols=PROTOCOLS, **options):
    for protocol in protocols:
        expected = by(Stock, value, protocol, **options)
        assert by(dill.Pickler, value, protocol, **options) == expected, protocol
        if 'fix_imports' not in options:
            assert dill.dumps(value, protocol, **options) == expected, protocol


def some_module(**definitions):
    module = sys.modules.setdefault('some_protocols', types.ModuleType('some_protocols'))
    for name, value in definitions.items():
        value.__module__ = 'some_protocols'
        setattr(module, name, value)
    return module


class Base:
    class Inner:
        class Innermost:
            pass

    def __eq__(self, other):
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None


class Slotted:
    __slots__ = ('a', 'b')


class WithKeywords:
    def __init__(self, value=0, *, key=0):
        self.value, self.key = value, key

    def __new__(cls, value=0, *, key=0):
        return super().__new__(cls)

    def __getnewargs_ex__(self):
        return (1,), {'key': b'\xff'}


class WithArguments(tuple):
    def __new__(cls, *items):
        return super().__new__(cls, items)

    def __getnewargs__(self):
        return tuple(self)


class Reduced:
    def __init__(self, *value):
        self.value = value

    def __reduce__(self):
        return self.value


class List(list):
    pass


class Dict(dict):
    pass


class Set(set):
    pass


class Hashed:
    """Hashable before it has its state, so that a set may hold it and be held by it."""


def set_state(obj, state):
    obj.state = state


some_module(
    Base=Base, Slotted=Slotted, WithKeywords=WithKeywords, WithArguments=WithArguments, Reduced=Reduced, List=List,
    Dict=Dict, Set=Set, Hashed=Hashed, set_state=set_state,
)  # fmt: skip
Base.Inner.__module__ = Base.Inner.Innermost.__module__ = 'some_protocols'


@pytest.mark.parametrize('size', SIZES)
def test_batches(size):
    keys = [str(i) for i in range(size)]
    numbers = list(range(size))
    for value in (
        numbers, tuple(numbers), dict.fromkeys(numbers), dict(zip(keys, keys)), set(numbers), frozenset(keys),
        collections.deque(numbers), collections.OrderedDict.fromkeys(keys), collections.Counter(keys), List(keys),
        Dict.fromkeys(keys), Set(numbers), Reduced(list, (), None, iter(keys * 2), None),
        [[i] for i in numbers], {key: {key: ()} for key in keys},
    ):  # fmt: skip
        if type(value) is not Reduced:
            check(value)
    for protocol in PROTOCOLS:  # an iterator is used up
        made = [by(cls, Reduced(Dict, (), None, None, zip(keys, numbers)), protocol) for cls in (Stock, dill.Pickler)]
        assert made[0] == made[1]
        made = [by(cls, Reduced(List, (), None, iter(keys), None), protocol) for cls in (Stock, dill.Pickler)]
        assert made[0] == made[1]


def integers():
    for bits in (7, 8, 15, 16, 31, 32, 63, 64, 127, 2039, 2040, 2047, 2048, 8 * 255, 8 * 256, 14000):
        for near in (-1, 0, 1):
            yield from ((1 << bits) + near, -(1 << bits) + near)


def test_scalars():
    floats = [0.0, -0.0, 1.0, -1.5, 1e16, 1e-5, 1e300, 5e-324, float('inf'), float('-inf'), float('nan'), 0.1]
    check([*integers(), *range(-3, 3), 255, 256, 65535, 65536, *floats, None, True, False])
    for value in (None, True, False, 0, -1, 1.5, 2**70, 'x', b'x', b'', (), [], {}):
        check(value)


@pytest.mark.skipif(not hasattr(sys, 'set_int_max_str_digits'), reason='this Python has no limit for decimal digits')
def test_integers_too_long_for_decimal():
    check(10**5000, protocols=(2, 3))
    for protocol in (0, 1):
        with pytest.raises(ValueError):
            dill.dumps(10**5000, protocol)


def test_text():
    special = ['\\', '\0', '\n', '\r', '\x1a', '\t', "'", '\x80', '\xff', '\u0100', '\uffff', '\U0001f600', '\ud800']
    texts = [*special, '', 'plain', '\\u0041', 'a\\\nb', 'é' * 300, 'x' * 255, 'x' * 256, 'x' * 70_000, '\n' * 70_000]
    chance = random.Random(1)
    texts += [''.join(chance.choices([*special, 'a', 'b'], k=chance.randrange(9))) for _ in range(200)]
    check(texts)
    check([texts, texts, list(map(str.upper, texts)), dict.fromkeys(texts)])  # which of them the memo has
    assert [dill.loads(dill.dumps(texts, protocol)) for protocol in PROTOCOLS] == [texts] * 4


def test_memo_of_escaped_text():
    text = 'two\nlines'
    for protocol in PROTOCOLS:
        picklers = [cls(io.BytesIO(), protocol) for cls in (Stock, dill.Pickler)]
        for pickler in picklers:
            pickler.dump(text)
        ours, theirs = (list(pickler.memo.values()) for pickler in picklers)
        assert ours == theirs
        assert (ours[0][1] is text) == (theirs[0][1] is text)


def test_bytes():
    for value in (b'', b'a', bytes(range(256)), b'x' * 255, b'x' * 256, b'x' * 70_000):
        check([value, value, bytearray(value), {value: value}, (value, value)])
        check(bytearray(value))
    many = [bytes((i,)) for i in range(256)]
    check(many + many)


@pytest.mark.parametrize('length', range(1, 6))
def test_tuples_that_hold_themselves(length):
    held = []
    value = (held, *range(length - 1))
    held.append(value)
    check(value)
    check([value, held, value])
    for protocol in PROTOCOLS:
        copy = dill.loads(dill.dumps(value, protocol))
        assert copy[0][0] is copy


def test_what_holds_itself():
    items = []
    items.append(items)
    table = {}
    table['x'] = table
    hashed = Hashed()
    hashed.a = {hashed, 1}
    hashed.b = frozenset((hashed,))
    below = Hashed()
    below.self = Reduced(list, ((below,),))
    for value in (items, table, hashed, hashed.a, hashed.b, below):
        check(value)
        check([value, value])
    for protocol in PROTOCOLS:
        copy = dill.loads(dill.dumps(hashed, protocol))
        assert copy in copy.a and copy in copy.b


def test_instances():
    slotted = Slotted()
    slotted.a = slotted.b = [1]
    base = Base()
    base.x = base
    for value in (
        base, Base(), WithKeywords(), WithArguments(1, 2), WithArguments(), List([1]), Dict(a=1),
        Reduced(list, ((1, 2),), None), Reduced(Base, (), {'a': 1}), Reduced(Base, (), 'state', None, None, set_state),
        Base.Inner(), collections.namedtuple('Point', 'x y')(1, 2), types.SimpleNamespace(a=b'1'), OSError(1, 'x'),
        range(5), slice(1, 2, 3), object(), complex(1, 2), Reduced(copyreg.__newobj__, (Reduced, 1)),
    ):  # fmt: skip
        check(value)
        check([value, value])
    check([slotted, slotted], protocols=(2, 3))


def test_slot_names_are_left_where_the_stock_pickler_leaves_them():
    for protocol in PROTOCOLS:
        left = []
        for dump in (Stock, dill.Pickler, dill.dumps):
            made = some_module(Fresh=type('Fresh', (), {})).Fresh
            if dump is dill.dumps:
                dump(made(), protocol)
            else:
                by(dump, made(), protocol)
            left.append('__slotnames__' in vars(made))
        assert left in ([True] * 3, [protocol >= 2] * 3)  # copyreg leaves them too from Python 3.11 on


GLOBALS = [
    int, len, print, list, dict.fromkeys, object, OSError, FileExistsError, ModuleNotFoundError, range, zip, map,
    io.StringIO, io.BytesIO, collections.UserDict, collections.OrderedDict, collections.deque, copyreg.__newobj__,
    pickle.Pickler, pickle.dumps, __import__('functools').reduce, __import__('queue').Queue,
    __import__('urllib.parse').parse.quote, __import__('itertools').filterfalse, __import__('string').capwords,
    __import__('_thread').allocate_lock, type(None), type(...), type(NotImplemented), json.dumps, sys.intern, Base,
]  # fmt: skip


@pytest.mark.parametrize('fix_imports', [True, False])
def test_globals(fix_imports):
    for value in GLOBALS:
        check([value, value], fix_imports=fix_imports)
    check(GLOBALS * 2, fix_imports=fix_imports)
    if not fix_imports:
        assert by(dill.Pickler, GLOBALS, 2) != by(dill.Pickler, GLOBALS, 2, fix_imports=False)


def test_qualified_names():
    inner, innermost = Base.Inner, Base.Inner.Innermost
    for value in (inner, innermost, [inner, innermost, Base, inner], [innermost, inner, innermost()]):
        check(value)
        check(value, byref=True)
    # What only save_global writes: names that a reduction gives.
    module = sys.modules['some_protocols']
    module.itself = module
    for name in ('Base.leaf', 'Base.Inner.leaf', 'Base.Inner.Innermost.leaf', 'itself.leaf', 'leaf', 'Base.é'):
        leaf = ByName(name)
        owner = module
        *path, last = name.split('.')
        for part in path:
            owner = getattr(owner, part)
        setattr(owner, last, leaf)
        try:
            for protocol in PROTOCOLS:
                for value in (leaf, [leaf, leaf]):
                    assert by(Stock, value, protocol) == by(dill.Pickler, value, protocol), (name, protocol)
        finally:
            delattr(owner, last)


class ByName:
    __module__ = 'some_protocols'

    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return self.name


def test_names_that_are_not_ascii():
    name = 'Größe'
    made = type(name, (), {})
    some_module(**{name: made})
    check(made, protocols=(3,), byref=True)
    for protocol in range(3):
        with pytest.raises(pickle.PicklingError, match='ASCII'):
            dill.dumps(ByNameOf(made, name), protocol)


class ByNameOf:
    def __init__(self, *_):
        pass

    def __reduce__(self):
        sys.modules['some_protocols'].Größe = self
        return 'Größe'

    __module__ = 'some_protocols'


def test_extension_codes():
    for code in (1, 255, 256, 65535, 65536, 0x7FFFFFFF):
        copyreg.add_extension('some_protocols', 'Base', code)
        try:
            check([Base, Base()], byref=True)
        finally:
            copyreg.remove_extension('some_protocols', 'Base', code)


class WithIds:
    ids = None

    def persistent_id(self, obj):
        return self.ids.get(obj) if type(obj) is str else None


class OursWithIds(WithIds, dill.Pickler):
    __module__ = 'dill_stock'


class StockWithIds(WithIds, Stock):
    __module__ = 'dill_stock'


def test_persistent_ids():
    WithIds.ids = {'a': 'text', 'b': 17, 'c': ('x', 1), 'd': b'bytes', 'e': 1.5, 'f': '', 'g': None}
    value = [list('abcdefgh'), {'a': 'b'}, ('a',), 'd']
    for protocol in PROTOCOLS:
        assert by(OursWithIds, value, protocol) == by(StockWithIds, value, protocol)
    WithIds.ids = {'a': 'é'}
    for cls in (OursWithIds, StockWithIds):
        with pytest.raises(pickle.PicklingError, match='ASCII'):
            by(cls, ['a'], 0)
        by(cls, ['a'], 1)


def test_reducer_override_and_dispatch_table():
    def override(self, obj):
        if type(obj) in (bytes, frozenset) and obj:
            return list, (tuple(obj),)
        return NotImplemented

    class Ours(dill.Pickler):
        __module__ = 'dill_stock'
        reducer_override = override
        dispatch_table = {complex: lambda c: (complex, (c.real, c.imag))}

    class Theirs(Stock):
        __module__ = 'dill_stock'
        reducer_override = override
        dispatch_table = Ours.dispatch_table

    value = [b'ab', b'', frozenset('a'), frozenset(), 'x', 1, 2j, {3j, 4}]
    for protocol in PROTOCOLS:
        assert by(Ours, value, protocol) == by(Theirs, value, protocol)


def test_a_reducer_that_never_ends_is_an_error():
    class Endless(dill.Pickler):
        def reducer_override(self, obj):
            return (set_state, (b'%d' % id(obj), 1)) if type(obj) is str else NotImplemented

    for protocol in PROTOCOLS:
        if protocol < 3:  # these write bytes as a call with a str
            with pytest.raises(RecursionError):
                by(Endless, 'text', protocol)
        else:
            by(Endless, 'text', protocol)


def test_savers():
    class Foreign:
        pass

    @dill.register(Foreign)
    def save_foreign(pickler, obj):
        pickler.save([b'1', 'a\n', {1}])
        pickler.write(pickle.POP)
        pickler.save_reduce(int, (), obj=obj)
        assert pickler.memo[id(obj)][1] is obj
        pickler.write(pickle.POP + pickler.get(pickler.memo[id(obj)][0]))
        pickler.save_global(Base.Inner)
        pickler.write(pickle.POP)

    try:
        obj = Foreign()
        check([obj, (obj,), {'a': obj}])
    finally:
        del dill.Pickler.dispatch[Foreign]


def test_two_dumps_share_a_memo():
    shared = ['text', b'bytes', (1, 2), {3}]
    for protocol in PROTOCOLS:
        made = []
        for cls in (Stock, dill.Pickler):
            file = io.BytesIO()
            pickler = cls(file, protocol)
            pickler.dump(shared)
            pickler.dump([shared, shared[1], list(range(300)), [str(i) for i in range(300)]])
            pickler.dump(shared[3])
            made.append((file.getvalue(), sorted(number for number, _ in pickler.memo.values())))
        assert made[0] == made[1]


def test_binary_switched_off_by_hand():
    made = []
    for cls in (Stock, dill.Pickler):
        file = io.BytesIO()
        pickler = cls(file, 1)
        pickler.bin = False
        pickler.dump(['x', 1.5, (1,), b'x'])
        made.append(file.getvalue())
    assert made[0] == made[1]


def test_large_output_streams_to_the_file(tmp_path):
    value = [['x' * 100 + str(i), i, float(i)] for i in range(40_000)] + [b'y' * 3_000_000, 'z' * 3_000_000]
    for protocol in PROTOCOLS:
        expected = by(Stock, value, protocol)
        assert len(expected) > 8_000_000
        pieces = []
        dill.dump(value, types.SimpleNamespace(write=lambda piece: pieces.append(bytes(piece)) or len(piece)), protocol)
        assert b''.join(pieces) == expected
        assert len(pieces) > 10
        path = tmp_path / 'large'
        with open(path, 'wb') as file:
            dill.dump(value, file, protocol)
        assert path.read_bytes() == expected


def deep_values():
    items, pair, table, reduced = [], (), {}, 0
    for _ in range(DEEP):
        items, pair, table = [items], (pair, 1), {1: table}
    yield items
    yield pair
    yield table
    hashed = frozenset()
    for _ in range(DEEP // 10):
        hashed, reduced = frozenset((hashed,)), Reduced(list, ((reduced,),))
    yield hashed
    yield reduced


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_no_limit_of_depth(protocol):
    gc.disable()  # a collection goes through all of it, again and again
    try:
        for value in deep_values():
            pickled = dill.dumps(value, protocol)
            assert pickled.endswith(b'.') and len(pickled) > DEEP // 10
            if type(value) is list:
                copy, depth = dill.loads(pickled), 0
                while copy:
                    copy, depth = copy[0], depth + 1
                assert depth == DEEP
    finally:
        gc.enable()


def test_changed_while_it_is_pickled():
    def make():
        table, items = {}, []
        table.update({i: i for i in range(10)}, x=Acts(lambda: table.update(y=1)), z=1)
        items += [1, Acts(lambda: items.clear()), 2, 3]
        return table, items

    for protocol in range(1, 4):
        assert dill.dumps(make()[0], protocol) == by(Stock, make()[0], protocol)
        assert dill.dumps(make()[1], protocol) == by(Stock, make()[1], protocol)
    with pytest.raises(RuntimeError):
        dill.dumps(make()[0], 0)


class Acts:
    def __init__(self, act):
        self.act = act

    def __reduce__(self):
        self.act()
        return int, ()


def nodes(value, protocol):
    """The graph of a recording, without sizes and memo numbers."""
    recording = _recording.record(value, protocol=protocol)
    report = json.loads(recording.report('json'))
    assert report['protocol'] == protocol and recording.ok
    assert recording.pickle == dill.dumps(value, protocol)
    return recording.nodes, report['objects']


def test_a_trace_is_the_same_in_every_protocol():
    for value in (
        {'a': [1, 2.5, 'x\n', b'y', None, True, 2**70], 'b': {1, 'z'}, b'key': frozenset((b'1', (2,)))},
        [Base, b'', b'', b'12', b'12', set()],
        [{'x', ('y',)}, {frozenset('z')}],
    ):
        expected = nodes(value, 4)
        for protocol in PROTOCOLS:
            assert nodes(value, protocol) == expected, protocol


def test_paths_to_what_fails_are_the_same_in_every_protocol():
    bad = (x for x in ())
    hashed = Hashed()
    hashed.bad = bad
    value = {'a': [b'x', {hashed}], 'b': (1, bad)}
    for protocol in PROTOCOLS:
        problems = _recording.record(value, protocol=protocol, name='v').problems
        assert [problem['type'] for problem in problems] == ['generator']
        assert eval(problems[0]['expression'], {'v': value}) is bad
