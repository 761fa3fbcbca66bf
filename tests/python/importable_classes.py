"""Classes and functions that the generated objects refer to by name, also where they are loaded."""

import collections
import copyreg
import dataclasses
import datetime
import decimal
import enum
import operator
import typing

T = typing.TypeVar('T')


class Plain:
    def __init__(self, *values):
        self.values = values

    def method(self):
        return self.values

    @classmethod
    def make(cls, *values):
        return cls(*values)

    @staticmethod
    def static(value):
        return value

    class Inner:
        def method(self):
            return 'inner'


class Slots:
    __slots__ = ('a', 'b')


class SlotsAndDict(Slots):
    __slots__ = ('c', '__dict__')


class SlotsPrivate:
    __slots__ = ('__hidden', 'shown', '__weakref__')

    def fill(self, value):
        self.__hidden = value


class GetState:
    """State of whatever kind `state` is."""

    def __getstate__(self):
        return self.__dict__.get('state')

    def __setstate__(self, state):
        self.__dict__['state'] = state


class NewArgs:
    def __new__(cls, *args):
        self = super().__new__(cls)
        self.args = args
        return self

    def __getnewargs__(self):
        return self.args


class NewArgsEx:
    def __new__(cls, *args, **kwds):
        self = super().__new__(cls)
        self.args, self.kwds = args, kwds
        return self

    def __getnewargs_ex__(self):
        return self.args, self.kwds


class Reduce:
    """__reduce__ of two to six parts: `parts` says which."""

    def __init__(self, parts=''):
        self.parts = parts

    def __reduce__(self):
        values = self.__dict__
        return (
            Reduce,
            (self.parts,),
            {key: value for key, value in values.items() if key != 'parts'} if 's' in self.parts else None,
            iter(list(values.get('items', ()))) if 'l' in self.parts else None,
            iter(dict(values.get('pairs', ())).items()) if 'd' in self.parts else None,
        )[: 5 if self.parts else 2]

    def append(self, item):
        self.__dict__.setdefault('items', []).append(item)

    def extend(self, items):
        for item in items:
            self.append(item)

    def __setitem__(self, key, value):
        self.__dict__.setdefault('pairs', {})[key] = value


class ReduceEx:
    def __init__(self, value=None):
        self.value = value

    def __reduce_ex__(self, protocol):
        return (ReduceEx, (self.value,), {'protocol': protocol})


def set_state(obj, state):
    obj.__dict__.update(state)


class StateSetter:
    def __reduce__(self):
        return (StateSetter, (), dict(self.__dict__), None, None, set_state)


class Temporaries:
    """Its reducer makes new containers, strings and instances each time, around what it holds."""

    def __init__(self, held=None):
        self.held = held

    def __reduce__(self):
        fresh = {'list': [self.held, [self.held]], 'text': ''.join(['te', 'mp']), 'plain': Plain(self.held)}
        return (Temporaries.restore, ([(self.held,), ['x' * 3]],), (fresh, [fresh, {1: [2]}]), iter([[1], [self.held]]))

    @staticmethod
    def restore(value):
        return Temporaries(value)

    def __setstate__(self, state):
        self.state = state

    def append(self, item):
        self.__dict__.setdefault('items', []).append(item)

    def extend(self, items):
        for item in items:
            self.append(item)


class ByName:
    def __reduce__(self):
        return 'BY_NAME'


BY_NAME = ByName()


class ReducesToNew:
    """Its reduce value is one of the forms that picklers turn into NEWOBJ opcodes."""

    def __init__(self, form='', args=()):
        self.form, self.args = form, args

    def __new__(cls, *args, **kwds):
        return super().__new__(cls)

    def __reduce__(self):
        if self.form == 'ex':
            return (copyreg.__newobj_ex__, (ReducesToNew, self.args, {'key': self.args}), self.__dict__)
        if self.form == 'reconstruct':
            return (copyreg._reconstructor, (ReducesToNew, object, None), self.__dict__)
        return (copyreg.__newobj__, (ReducesToNew, *self.args), self.__dict__)


class Chain:
    """A reduce chain: its argument is the next."""

    def __init__(self, inner):
        self.inner = inner

    def __reduce__(self):
        return (Chain, (self.inner,))


class GetAttr:
    """Answers to every name that does not look special."""

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        return name


class IntLike(int):
    pass


class StrLike(str):
    pass


class BytesLike(bytes):
    pass


class ByteArrayLike(bytearray):
    pass


class FloatLike(float):
    pass


class TupleLike(tuple):
    pass


class ListLike(list):
    pass


class DictLike(dict):
    pass


class SetLike(set):
    pass


class FrozenSetLike(frozenset):
    pass


class OrderedLike(collections.OrderedDict):
    pass


class DequeLike(collections.deque):
    pass


class CounterLike(collections.Counter):
    pass


class DateLike(datetime.date):
    pass


class DecimalLike(decimal.Decimal):
    pass


class Oops(ValueError):
    pass


class OopsWithArguments(Exception):
    def __init__(self, *args, code=0):
        super().__init__(*args)
        self.code = code


class ListWithNew(list):
    def __new__(cls, *args):
        self = super().__new__(cls)
        self.made = True
        return self


@dataclasses.dataclass
class Record:
    name: str = 'x'
    tags: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class FrozenRecord:
    a: object = 1
    b: object = 2


class Colour(enum.Enum):
    RED = 1
    GREEN = 'green'
    BLUE = (1, 2)


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 70000


class Flags(enum.Flag):
    A = 1
    B = 2
    C = 4


Point = collections.namedtuple('Point', 'x y')


class Typed(typing.NamedTuple):
    a: int
    b: str = 'b'


class Pair(typing.Generic[T]):
    def __init__(self, left=None, right=None):
        self.left, self.right = left, right


class Registered:
    """Reduced by copyreg.dispatch_table."""

    def __init__(self, value=None):
        self.value = value


copyreg.pickle(Registered, lambda obj: (Registered, (obj.value,)))


class InTable:
    """Reduced by the dispatch_table of the pickler; without one like any instance."""

    def __init__(self, value=None):
        self.value = value


class WithSaver:
    """Saved by a function that was registered with dill; without it like any instance."""

    def __init__(self, value=None):
        self.value = value


class External:
    """Has a persistent id where the pickler gives one."""

    def __init__(self, value=None):
        self.value = value

    def __reduce__(self):
        return (External, ('by value',))


class Overridden:
    """Reduced by reducer_override where there is one."""

    def __init__(self, value=None):
        self.value = value


class Meta(type):
    def __call__(cls, *args, **kwds):
        return super().__call__(*args, **kwds)


class WithMeta(metaclass=Meta):
    pass


class Descriptor:
    def __init__(self, value=None):
        self.value = value

    def __get__(self, obj, owner=None):
        return self if obj is None else self.value

    def __set__(self, obj, value):
        pass


def function(a, b=2, *rest, key=None, **more):
    return a, b, rest, key, more


def decorated(function):
    def wrapper(*args):
        return function(*args)

    return wrapper


get_item = operator.itemgetter(1, 'x')

ATTRIBUTE_CLASSES = (Plain, SlotsAndDict, GetAttr, Pair, WithMeta, InTable, WithSaver, Overridden, Record)
BUILTIN_SUBCLASSES = {
    IntLike: int,
    StrLike: str,
    BytesLike: bytes,
    ByteArrayLike: bytes,
    FloatLike: float,
    TupleLike: list,
    ListLike: list,
    ListWithNew: list,
    DictLike: dict,
    OrderedLike: dict,
    DequeLike: list,
    CounterLike: dict,
    DecimalLike: int,
}
