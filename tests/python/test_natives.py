"""Objects of the standard library that the engine writes without asking them for their reduction: the bytes are those
of the stock driver, which asks."""

import datetime
import decimal
import io
import pathlib
import random
import sys
import types
import uuid
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple

import pytest

import dill

Point = namedtuple('Point', 'x y z')
Empty = namedtuple('Empty', '')
Named = type('Named', (Point,), {'__slots__': ()})
for _cls in (Point, Empty, Named):
    _cls.__module__ = 'some_points'
sys.modules['some_points'] = types.ModuleType('some_points')
vars(sys.modules['some_points']).update(Point=Point, Empty=Empty, Named=Named)


class Stock(dill.Pickler):
    """Overrides a step of the driver, so that the stock one drives."""

    def save(self, *args, **kwds):
        super().save(*args, **kwds)


def stock_bytes(value, protocol):
    file = io.BytesIO()
    Stock(file, protocol).dump(value)
    return file.getvalue()


def make_values():
    holds_itself = deque()
    holds_itself.append(holds_itself)
    met_below = Point([], 1, 2)
    met_below[0].append(met_below)
    moved = OrderedDict(a=1, b=2)
    moved.move_to_end('a')
    with_attribute = OrderedDict(a=1)
    with_attribute.extra = 3
    of_itself = defaultdict(list)
    of_itself['x'].append(of_itself)
    shared = Counter('abc')
    utc = datetime.timezone.utc
    return [
        holds_itself,
        met_below,
        moved,
        with_attribute,
        of_itself,
        shared,
        [shared, Counter('ab')],
        Counter(),
        Counter({i: i for i in range(2001)}),
        OrderedDict(),
        OrderedDict(q=[1]),
        OrderedDict((str(i), i) for i in range(1001)),
        defaultdict(None, {1: 2}),
        defaultdict(int),
        defaultdict(int, {str(i): i for i in range(1000)}),
        deque(),
        deque('abc'),
        deque([], 5),
        deque([1, 2, 3], 2),
        deque(range(2500)),
        Point(1, 2, 3),
        Point('a', ('b',), {'c': 1}),
        Named(1, [2], 3),
        Empty(),
        uuid.UUID(int=5),
        uuid.UUID(int=2**127),
        uuid.UUID(int=7, is_safe=uuid.SafeUUID.safe),
        pathlib.Path('/a/b/c/d'),
        pathlib.Path('.'),
        pathlib.PurePosixPath('a/b'),
        pathlib.PureWindowsPath('c:/x'),
        datetime.datetime(2020, 1, 2, 3, 4, 5, 6),
        datetime.datetime(2020, 1, 2, fold=1),
        datetime.datetime(2020, 1, 2, tzinfo=utc),
        datetime.time(1, 2, 3),
        datetime.time(1, fold=1),
        datetime.time(1, tzinfo=utc),
        datetime.date(2020, 2, 3),
        datetime.timedelta(-5, 2, 3),
        decimal.Decimal('1.50'),
        decimal.Decimal('sNaN'),
        decimal.Decimal('1E+1000'),
    ]


@pytest.mark.parametrize('protocol', [4, 5])
def test_bytes_are_those_of_the_stock_driver(protocol):
    values = make_values()
    together = [values, values + values, [(value,) for value in values], dict(enumerate(values))]
    for value in values + together:
        assert dill.dumps(value, protocol) == stock_bytes(value, protocol), repr(value)[:200]
    for seed in range(200):
        chance = random.Random(seed)
        some = [chance.choice(values) for _ in range(chance.randrange(12))]
        value = [some, tuple(some), {'k': tuple(some)}]
        assert dill.dumps(value, protocol) == stock_bytes(value, protocol), f'seed {seed}'


def test_a_counter_that_holds_itself():
    endless = Counter()
    endless['me'] = endless
    for value in (endless, [Counter('ab'), endless]):
        with pytest.raises(RecursionError, match='without end'):
            dill.dumps(value)


def test_a_method_that_was_replaced_is_called(monkeypatch):
    def reduce(self):
        return Counter, ('replaced',)

    value = [Counter('ab'), Counter('cd')]
    dill.dumps(value)
    monkeypatch.setattr(Counter, '__reduce__', reduce)
    assert dill.loads(dill.dumps(value)) == [Counter('replaced')] * 2


def test_a_dispatch_table_entry_counts(monkeypatch):
    import copyreg

    value = [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)]
    dill.dumps(value)
    monkeypatch.setitem(copyreg.dispatch_table, datetime.date, lambda date: (str, ('a date',)))
    assert dill.loads(dill.dumps(value)) == ['a date', 'a date']


# What only looks like a default instance


class OnlyPublic(dict):
    def __reduce_ex__(self, protocol):
        return OnlyPublic, (), None, None, iter([(key, value) for key, value in self.items() if key[0] != '_'])


class WithDict:
    pass


class WithDictAndSlot:
    __slots__ = ('slot', '__dict__')


@pytest.mark.parametrize('protocol', range(2, 6))
@pytest.mark.parametrize('cls', [WithDict, WithDictAndSlot])
def test_attributes_in_a_subclass_of_dict(cls, protocol):
    ordered = OrderedDict(a=1, b=2)
    ordered.move_to_end('a')
    for attributes in (OnlyPublic(x=1, _secret='secret'), OnlyPublic(), ordered, defaultdict(list, x=[1])):
        value = cls()
        value.__dict__ = attributes
        pickled = dill.dumps([value, value], protocol)
        assert pickled == stock_bytes([value, value], protocol)
        assert b'secret' not in pickled


@pytest.mark.parametrize('hidden', ['__getstate__', '__reduce_ex__'])
def test_slot_names_are_left_on_a_class_as_the_reduction_leaves_them(hidden):
    def make():
        made = type('Made', (), {})
        value = made()
        setattr(value, hidden, lambda *arguments: (int, ()))
        return made, value

    ours, theirs = make(), make()
    dill.dumps(ours[1])
    stock_bytes(theirs[1], 4)
    assert ('__slotnames__' in vars(ours[0])) == ('__slotnames__' in vars(theirs[0]))
    dill.dumps(ours[0]())
    assert '__slotnames__' in vars(ours[0])
