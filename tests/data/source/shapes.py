"""Objects for dill.source, in the shapes that people write. Run as a program and imported as a module."""
import collections
import collections.abc
import datetime
import enum
import functools
import math
import os.path
import sys
import types
from functools import partial
from math import sin
from math import cos as kosinus

import things
import things.parts
from things.parts import Part, assemble, LIMIT

a = 1
SCALE = 10
table = {'one': 1, 'two': 2}
words = ['x', 'y']
text = 'a text'


def simple(x):
    return x + 1


def with_docs(x, *rest, key=None, **more):
    """What it does.

    lambda x: x     # not a lambda
    def nothing(): ...
    """
    return x

def one_line(x): return x * 2

def long_head(
    x,
    y=(1, 2),
):
    # a comment
    return x, y

async def coroutine(x):
    return x

def generator(n):
    for i in range(n):
        yield i

def uses_globals(x):
    return SCALE * x + a

def uses_simple(x):
    return simple(x) + 2

def uses_module(x):
    return math.floor(x) + sin(x) + kosinus(x)

def uses_import(x):
    return assemble(x) + LIMIT

def recursive(n):
    return n * recursive(n - 1) if n else 1

def commented(x):  # lambda y: y
    return x
    # an afterthought


def decorator(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args)
    return wrapper

def bare_decorator(f):
    def inner(*args):
        return f(*args) * 2
    return inner

def decorator_with(n):
    def decorate(f):
        def inner(*args):
            return f(*args) * n
        return inner
    return decorate

@decorator
def decorated(x):
    return x - 1

@bare_decorator
def bare_decorated(x):
    return x - 2

@decorator_with(3)
def decorated_with(x):
    return x - 3

@decorator
@bare_decorator
def decorated_twice(x):
    return x - 4

@decorator_with(
    n=4,
)
def decorated_long(x):
    return x - 5

@functools.lru_cache
def cached(x):
    return x ** 2

@functools.lru_cache(maxsize=None)
def cached_all(x):
    return x ** 3

@functools.singledispatch
def dispatched(x):
    return x


def factory(n):
    def inner(x):
        return x + n
    return inner

def factory_plain():
    def inner(x):
        y = x
        return y
    return inner

def factory_lambda(n):
    return lambda x: x + n

def factory_named_lambda(n):
    f = lambda x: x * n
    return f

def factory_deep(n):
    def middle(m):
        def innermost(x):
            return x + n + m
        return innermost
    return middle

def factory_class(n):
    class Local:
        size = n
        def method(self):
            return n
    return Local

def factory_with_function(f, n=2):
    def inner(x):
        return f(x) + n
    return inner

added = factory(5)
added_plain = factory_plain()
added_lambda = factory_lambda(6)
added_named_lambda = factory_named_lambda(7)
added_deep = factory_deep(1)(2)
added_middle = factory_deep(1)
added_function = factory_with_function(simple)
added_builtin = factory_with_function(abs)
added_list = factory([1, 2])
added_text = factory('text')
LocalClass = factory_class(3)
local_instance = LocalClass()


squared = lambda x: x**2
padded =  lambda x:x
typed: object = lambda x: x + 3
multi_line = lambda x: (
    x +
    1
)
with_default = lambda x, y=1: x + y
no_argument = lambda: 0
uses_scale = lambda x: x * SCALE
two_names = second_name = lambda x: x
first, second = (lambda x: x), (lambda x: -x)
lambdas = [lambda x: x + 1, lambda x: x + 2]
lambda_table = {
    'plus': lambda x, y: x + y,
    'minus': lambda x, y: x - y,
}
called = (lambda f: f)(lambda x: x)
nested_lambda = lambda x: lambda y: x + y
inner_lambda = nested_lambda(1)
conditional = (lambda x: 1) if a else (lambda x: 2)
one = lambda x: x; other = lambda y: y
in_call = partial(lambda x, y: x + y, 1)
if True:
    indented_lambda = lambda x: x
    def indented_function(x):
        return x

    class IndentedClass:
        pass

sort_key = sorted([lambda q: q], key=lambda w: 0)[0]


class Plain:
    pass

class Point:
    """A point."""
    origin = (0, 0)

    def __init__(self, x=0, y=0):
        self.x = x
        self.y = y

    def norm(self):
        return self.x + self.y

    @classmethod
    def make(cls, x):
        return cls(x)

    @staticmethod
    def helper(x):
        return x

    @property
    def double(self):
        return 2 * self.x

    @decorator
    def decorated_method(self):
        return self

    def nested(self):
        def deep(x):
            return x
        return deep

    lambda_method = lambda self: self.x

    class Inner:
        def method(self):
            return 1

class WithRepr:
    def __init__(self, x):
        self.x = x
    def __repr__(self):
        return 'WithRepr(%r)' % self.x

class OddRepr:
    def __repr__(self):
        return '<odd>'

class Callable:
    def __call__(self, x):
        return x

class Child(Point, collections.UserDict):
    def norm(self):
        return super().norm()

class Meta(type):
    pass

class WithMeta(metaclass=Meta):
    x = 1

def class_decorator(cls):
    cls.decorated = True
    return cls

@class_decorator
class Decorated:
    x = 2

class Slotted:
    __slots__ = ('x',)

Pair = collections.namedtuple('Pair', 'left right')

class Color(enum.Enum):
    RED = 1

class Failure(Exception):
    pass

class TwoTimes:
    x = 1

class TwoTimes:
    x = 2

def two_times():
    return 1

first_two_times = two_times

def two_times():
    return 2

plain = Plain()
point = Point(1, 2)
with_repr = WithRepr(3)
odd_repr = OddRepr()
callable_instance = Callable()
child = Child()
with_meta = WithMeta()
decorated_instance = Decorated()
pair = Pair(1, 2)
failure = Failure('why')
deep = point.nested()
part = Part(4)

try:
    1 / 0
except ZeroDivisionError as error:
    traceback = error.__traceback__
def _frame():
    return sys._getframe()
frame = _frame()

made = {}
exec('def executed(x):\n    return x\nexecuted_lambda = lambda x: x\nclass ExecutedClass: pass\n', made)

OBJECTS = {name: value for name, value in list(globals().items()) if not name.startswith('__')}
OBJECTS.update({
    'point.norm': point.norm, 'Point.norm': Point.norm, 'Point.make': Point.make, 'point.make': point.make,
    'Point.helper': Point.helper, 'Point.double': Point.double, 'Point.double.fget': Point.double.fget,
    'Point.decorated_method': Point.decorated_method, 'Point.lambda_method': Point.lambda_method,
    'point.lambda_method': point.lambda_method, 'Point.Inner': Point.Inner, 'Point.Inner.method': Point.Inner.method,
    'Point.Inner()': Point.Inner(), "Point.__dict__['make']": Point.__dict__['make'],
    'part.size': part.size, 'Part.size': Part.size, 'Local.method': LocalClass.method,
    'decorated.__wrapped__': decorated.__wrapped__, 'cached.__wrapped__': cached.__wrapped__,
    'simple.__code__': simple.__code__, 'squared.__code__': squared.__code__,
    'lambdas[0]': lambdas[0], 'lambdas[1]': lambdas[1], 'plus': lambda_table['plus'], 'minus': lambda_table['minus'],
    'in_call.func': in_call.func, 'partial(simple)': partial(simple), 'partial(pow, 2)': partial(pow, 2),
    'executed': made['executed'], 'executed_lambda': made['executed_lambda'], 'ExecutedClass': made['ExecutedClass'],
    'executed_instance': made['ExecutedClass'](),
    'Color.RED': Color.RED, 'type': type, 'object': object, 'object()': object(),
    'pow': pow, 'len': len, 'print': print, 'abs': abs, 'int': int, 'dict': dict, 'list': list, 'str': str,
    'ValueError': ValueError, 'ValueError()': ValueError('bad'), '[].append': [].append, 'str.join': str.join,
    "''.join": ''.join, 'dict.get': dict.get, 'dict.fromkeys': dict.fromkeys, 'int.__add__': int.__add__,
    'sys': sys, 'math': math, 'os.path': os.path, 'things': things, 'things.parts': things.parts,
    'sys.exit': sys.exit, 'sys.stdout': sys.stdout, 'math.pi': math.pi, 'os.getcwd': os.getcwd,
    'os.path.join': os.path.join, 'functools.partial': functools.partial, 'functools.wraps': functools.wraps,
    'OrderedDict': collections.OrderedDict, 'OrderedDict()': collections.OrderedDict(a=1),
    'deque()': collections.deque([1]), 'defaultdict()': collections.defaultdict(int), 'UserDict()': collections.UserDict(a=1),
    'date': datetime.date, 'date()': datetime.date(2020, 1, 2), 'SimpleNamespace()': types.SimpleNamespace(a=1),
    'FunctionType': types.FunctionType, 'ModuleType': types.ModuleType, 'CodeType': types.CodeType,
    'MethodType': types.MethodType, 'GeneratorType': types.GeneratorType, 'BuiltinFunctionType': types.BuiltinFunctionType,
    'generator()': generator(1), 'None': None, 'True': True, 'False': False, 'Ellipsis': ..., 'NotImplemented': NotImplemented,
    'NoneType': type(None), 'EllipsisType': type(...), 'NotImplementedType': type(NotImplemented),
    'zero': 0, 'three': 3, 'minus': -3, 'big': 10**30, 'float': 1.5, 'nan': float('nan'), 'inf': float('inf'), '-inf': float('-inf'),
    'complex': 2j, 'string': 'text', 'empty string': '', 'identifier string': 'simple', 'quoted': "it's", 'def string': 'def f(): pass',
    'bytes': b'text', 'list()': [1, 2], 'empty list': [], 'tuple': (1, 'a'), 'dict()': {'a': 1}, 'set': {1}, 'frozenset': frozenset([1]),
    'range': range(3), 'slice': slice(1, 2), 'list of functions': [simple], 'list of instances': [Color], 'bytearray': bytearray(b'x'),
    'iter': iter([1]), 'mappingproxy': types.MappingProxyType({}), 'memoryview': memoryview(b'x'),
    'property': property(simple), 'staticmethod': staticmethod(simple), 'classmethod': classmethod(simple),
    'super': super, 'Exception': Exception, 'list[int]': list[int], 'abs.__call__': abs.__call__,
    'itemgetter': __import__('operator').itemgetter(1), 'enum.Enum': enum.Enum, 'collections.abc.Mapping': collections.abc.Mapping,
    'lru_cache(simple)': functools.lru_cache(simple),
})
if 'numpy' in sys.argv:
    import numpy
    OBJECTS.update({
        'np': numpy, 'np.sin': numpy.sin, 'np.array': numpy.array, 'np.float64': numpy.float64, 'np.float64(1)': numpy.float64(1.5),
        'np.int32(3)': numpy.int32(3), 'np.nan': numpy.nan, 'np.inf': numpy.inf, 'np.array([1])': numpy.array([1, 2]),
        'np.dtype': numpy.dtype('f8'), 'np.linalg': numpy.linalg, 'np.linalg.norm': numpy.linalg.norm, 'np.ndarray': numpy.ndarray,
        'np.random.rand': numpy.random.rand, 'np.bool': numpy.bool_(True), 'np.float64(nan)': numpy.float64('nan'),
        'np.str': numpy.str_('a'), 'np.complex': numpy.complex128(1j), 'np.zeros((0,))': numpy.zeros((0,)), 'np.pi': numpy.pi,
        'np.datetime64': numpy.datetime64('2020-01-01'), 'np.float32(inf)': numpy.float32('inf'),
        'np.vectorize': numpy.vectorize(simple), 'np.matrix': numpy.matrix([[1]]),
    })

if __name__ == '__main__':
    import answers
    answers.tell(OBJECTS)
