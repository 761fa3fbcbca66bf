"""What upstream refuses, or writes so that it cannot be loaded elsewhere: done right, and upstream can load it."""

import pytest

# name: (statements that make `value`, statements that check `value` after a load in another process)
CASES = {
    'class that holds an instance of itself': (
        """
class A:
    def get(self): return 1
A.instance = A()
value = A
""",
        'assert type(value.instance) is value and value.instance.get() == 1 and value.__name__ == "A"',
    ),
    'instances in containers of their class': (
        """
class A:
    def __init__(self, n): self.n = n
A.all = {'one': [A(1)], 'two': (A(2),)}
A.me = A
value = A(3)
""",
        """
cls = type(value)
assert value.n == 3 and cls.me is cls and cls.all['one'][0].n == 1 and type(cls.all['two'][0]) is cls
""",
    ),
    'class that holds a subclass of itself': (
        """
class A: pass
class B(A): pass
A.sub = B
value = [A, B]
""",
        'assert value[0].sub is value[1] and value[1].__bases__ == (value[0],)',
    ),
    'function among its own defaults': (
        'f = lambda n, x=None: x if n else 0\nf.__defaults__ = ([f],)\nvalue = f',
        'assert value(1)[0] is value and value.__defaults__[0][0] is value',
    ),
    'slots with private names': (
        """
class C:
    __slots__ = ('__x',)
    def __init__(self): self.__x = 5
    def get(self): return self.__x
value = C()
""",
        'assert value.get() == 5',
    ),
    'metaclass without a hash': (
        "M = type('M', (type,), {'__eq__': lambda a, b: a is b})\nvalue = M('C', (), {'x': 1})",
        'assert value.x == 1 and type(value).__name__ == "M"',
    ),
    'enum': (
        """
import enum
class Colour(enum.Enum):
    RED = 1
    def shout(self): return self.name + '!'
value = [Colour.RED, Colour]
""",
        'assert value[0].shout() == "RED!" and value[1](1) is value[0]',
    ),
    'type variables': (
        """
import typing
def local():
    T = typing.TypeVar('T', bound=int)
    class G(typing.Generic[T]):
        def get(self): return 'got'
    return T, G, typing.TypeVar('U', int, str), typing.TypeVar('V', covariant=True), typing.List[T]
value = local()
""",
        """
T, G, U, V, alias = value
assert T.__name__ == 'T' and T.__bound__ is int and U.__constraints__ == (int, str) and V.__covariant__
assert G[int]().get() == 'got' and G.__parameters__ == (T,) and alias.__args__ == (T,)
""",
    ),
    'lock of another thread': (
        """
import threading
value = threading.RLock()
thread = threading.Thread(target=value.acquire)
thread.start(); thread.join()
""",
        'assert value.acquire(False)',
    ),
    'dict with an empty name': ("value = {'__name__': '', 'a': 1}", "assert value == {'__name__': '', 'a': 1}"),
    'weak proxy of what hides its address': (
        """
import weakref
class A:
    x = 1
    def __str__(self): return 'we meet at cafe'
value = [A()]
value.append(weakref.proxy(value[0]))
""",
        'assert value[1].x == 1',
    ),
    'mutual recursion, recurse': (
        """
options['recurse'] = True
def f(n): return g(n - 1) if n else 0
def g(n): return f(n - 1) if n else 1
value = f
""",
        'assert (value(4), value(5)) == (0, 1)',
    ),
}
DUMP = """
import sys, warnings, dill
warnings.simplefilter('error')
options = {}
%s
print(dill.dumps(value, int(sys.argv[1]), **options).hex())
"""


@pytest.mark.parametrize('protocol', [2, 4, 5])
@pytest.mark.parametrize('name', CASES)
def test_refused_by_upstream(name, protocol, run_python, run_peer):
    make, check = CASES[name]
    pickled = run_python(DUMP % make, protocol).ok()
    load = f"import sys, dill\nvalue = dill.loads(bytes.fromhex(sys.stdin.read()))\n{check}\nprint('fine')"
    for run in (run_python, run_peer):
        assert run(load, stdin=pickled).ok() == 'fine\n'


@pytest.mark.parametrize('name', CASES)
def test_upstream_refuses_it(name, run_peer):
    """Otherwise it would not be ours to write it differently."""
    make, check = CASES[name]
    done = run_peer(DUMP % make, 4)
    if done.returncode == 0:
        load = f'import sys, dill\nvalue = dill.loads(bytes.fromhex(sys.stdin.read()))\n{check}'
        assert run_peer(load, stdin=done.stdout).returncode != 0


def test_a_dict_whose_values_cannot_be_compared(run_python):
    run_python("""
import dill
class T:
    def __eq__(self, other): 1 / 0
t = T()
d = None
d = dict(globals(), t=T())
for protocol in (2, 4):
    assert dill.loads(dill.dumps([d], protocol, byref=True))[0] is not globals()
""").ok()


def test_parameters_of_new_syntax(run_python):
    import sys

    if sys.version_info < (3, 12):
        pytest.skip('this Python has no class G[T]')
    run_python("""
import dill
class G[T: int]:
    def get(self) -> T: return 1
q = dill.copy([G])[0]
assert q().get() == 1 and q.__type_params__[0].__bound__ is int
""").ok()


def test_a_free_lock_is_free(run_python):
    run_python("""
import dill, threading
for protocol in (2, 4):
    copy = dill.loads(dill.dumps(threading.RLock(), protocol))
    assert copy.acquire(False) and copy.acquire(False)
    copy.release(); copy.release()
""").ok()
