"""Records what a released dill writes, to be run with that dill installed and without a path in its code objects:

python -c "exec(compile(open('make_streams.py').read(), 'make_streams.py', 'exec'))" > dill-VERSION-cp3XX.json

{label: [what the object does, its pickle in base64]}; tests/python/test_old_streams.py loads them with ours.
"""

import abc
import base64
import collections
import dataclasses
import functools
import io
import json
import math
import operator
import sys
import threading
import types
import typing
import warnings
import weakref

import dill

warnings.simplefilter('ignore')


def add(a, b=2, *rest, c=3, **more):
    """Adds."""
    return a + b + c + sum(rest) + sum(more.values())


add.tag = 'tagged'


def factory(start):
    def inner(x):
        return x + start

    return inner


def recursive_factory():
    def fact(n):
        return 1 if n < 2 else n * fact(n - 1)

    return fact


def with_try(items):
    total = 0
    for item in items:
        try:
            total += int(item)
        except ValueError:
            total -= 1
    return f'{total:d}'


def generator(n):
    yield from range(n)


class Plain:
    shared = [1]

    def __init__(self, x):
        self.x = x

    def method(self):
        return self.x * 2

    @classmethod
    def make(cls):
        return cls(1)

    @staticmethod
    def static():
        return 's'

    @property
    def doubled(self):
        return self.x * 2


class Derived(Plain):
    def method(self):
        return super().method() + 1


class Slotted:
    __slots__ = ('a', 'b')

    def __init__(self):
        self.a, self.b = 1, [2]


class Abstract(abc.ABC):
    @abc.abstractmethod
    def f(self): ...


class Concrete(Abstract):
    def f(self):
        return 'f'


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    pass


class Generic(typing.List[int]):
    pass


@dataclasses.dataclass(repr=False)  # the repr would bring the path of the module dataclasses
class Data:
    a: int
    b: list = dataclasses.field(default_factory=list)


Pair = collections.namedtuple('Pair', 'x y')
Defaulted = collections.namedtuple('Defaulted', 'x y', defaults=[7])
cached = functools.lru_cache(maxsize=5)(add)
plain = Plain(4)
shared = {'k': 1}

# label: (object, expression that tells what a copy `o` does)
OBJECTS = {
    'function': (add, '[o(1), o(1, 5, 6, c=1, z=2), o.__doc__, o.tag, o.__name__, o.__kwdefaults__]'),
    'lambda': (lambda x: x + 1, 'o(1)'),
    'closure': (factory(3), 'o(4)'),
    'recursive closure': (recursive_factory(), 'o(5)'),
    'try': (with_try, 'o(["1", "a", "5"])'),
    'generator function': (generator, 'list(o(3))'),
    'code': (add.__code__, '[o.co_name, o.co_varnames, o.co_consts[0]]'),
    'instance': (plain, '[o.method(), o.doubled, o.static(), o.make().x]'),
    'class': (Plain, '[o(3).method(), o.shared, o.__qualname__]'),
    'derived': (Derived(4), 'o.method()'),
    'slots': (Slotted(), '[o.a, o.b]'),
    'abc': (Concrete(), 'o.f()'),
    'metaclass': (WithMeta, 'type(o).__name__'),
    'generic': (Generic, '[k.__name__ for k in o.__mro__]'),
    'dataclass': (Data(1, [2]), '[o.a, o.b]'),
    'named tuple': (Pair(1, 2), '[o.x, o._fields]'),
    'named tuple with default': (Defaulted(1), '[o.x, o.y]'),
    'method': (plain.method, 'o()'),
    'super': (super(Derived, Derived(2)), 'o.method()'),
    'partial': (functools.partial(add, 1, c=5), 'o()'),
    'itemgetter': (operator.itemgetter(1), 'o("abc")'),
    'attrgetter': (operator.attrgetter('real'), 'o(5)'),
    'lru_cache': (cached, 'o(1)'),
    'builtins': ([len, print, [].append], '[o[0]("ab"), o[1].__name__]'),
    'io.open': (io.open, 'o.__name__'),
    'c function': (math.sin, 'o(0.0)'),
    'property': (Plain.__dict__['doubled'], 'type(o).__name__'),
    'static and class methods': ([Plain.__dict__['static'], Plain.__dict__['make']], '[type(x).__name__ for x in o]'),
    'descriptors': ([str.join, dict.__dict__['fromkeys'], int.real, object.__init__], '[x.__name__ for x in o]'),
    'cell': (factory(8).__closure__[0], 'o.cell_contents'),
    'empty cell': (types.CellType() if hasattr(types, 'CellType') else None, 'type(o).__name__'),
    'module': ([math, json, collections.abc], '[m.__name__ for m in o]'),
    'module dict': (json.__dict__, 'o["__name__"]'),
    'types': ([int, OSError, types.FunctionType, types.CodeType, type, super, object], '[t.__name__ for t in o]'),
    'singleton types': ([type(None), type(...), type(NotImplemented)], '[t.__name__ for t in o]'),
    'singletons': ([..., NotImplemented, range(1, 9, 2), slice(1, 2)], 'repr(o)'),
    'mapping proxy': (types.MappingProxyType(shared), 'repr(o)'),
    'dict views': ([shared.keys(), shared.values(), shared.items(), collections.OrderedDict(a=1).keys()],
                   '[list(v) for v in o]'),
    'locks': ([threading.Lock(), threading.RLock()], '[type(x).__name__ for x in o]'),
    'weak references': ([plain, weakref.ref(plain)], 'o[1]() is o[0]'),
    'weak proxy': ([plain, weakref.proxy(plain)], 'o[1].x'),
    'typing': ([typing.List[int], typing.Tuple[()], typing.Optional[int]], 'repr(o)'),
    'file': (open('/dev/null'), '[o.name, o.mode]'),  # noqa: SIM115
    'exception': (ValueError('x'), 'repr(o)'),
    'dataclass markers': ([dataclasses.MISSING, dataclasses.field()], 'type(o[1]).__name__'),
    'shared': ([shared, shared], 'o[0] is o[1]'),
}  # fmt: skip


def main():
    answers = {}
    for label, (obj, expression) in OBJECTS.items():
        try:
            pickled = dill.dumps(obj, 2 if label in ('function', 'class', 'builtins') else 4)
        except Exception as error:
            print(f'{label}: {error!r}', file=sys.stderr)
            continue
        does = repr(eval(expression, dict(globals(), o=obj)))
        answers[label] = [does, expression, base64.b64encode(pickled).decode()]
    print(json.dumps(answers, indent=0))


if __name__ == '__main__':
    main()
