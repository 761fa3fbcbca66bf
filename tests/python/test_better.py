"""settings['compat'] = 'better': what upstream loses is kept, and upstream can load it."""

import pytest

import dill

# name: (statements that make `value`, statements that check `value` after a load)
CASES = {
    'functions that share globals': (
        """
names = {}
exec('n = 0\\ndef inc():\\n global n; n += 1\\ndef get(): return n', names)
value = [names['inc'], names['get']]
""",
        """
inc, get = value
inc(); inc()
assert get() == 2 and inc.__globals__ is get.__globals__
""",
    ),
    'functions that share globals, recurse': (
        """
options['recurse'] = True
n = 0
def inc():
    global n
    n += 1
def get(): return n
value = [inc, get]
""",
        """
inc, get = value
inc(); inc()
assert get() == 2 and inc.__globals__ is get.__globals__
""",
    ),
    'a class body that reads a global, recurse': (
        """
options['recurse'] = True
LIMIT = 5
def make():
    class Inside:
        limit = LIMIT
    return Inside.limit
value = make
""",
        'assert value() == 5',
    ),
    'a class that inherits from a generic one': (
        """
import typing
class L(typing.List[int]):
    def hi(self): return 1
class D(L): pass
value = D
""",
        "assert value().hi() == 1 and [k.__name__ for k in value.__mro__][:3] == ['D', 'L', 'list']",
    ),
    'a NamedTuple with methods': (
        """
import typing
class P(typing.NamedTuple):
    'Documented.'
    x: int
    y: int = 7
    def double(self): return 2 * self.x
    @property
    def total(self): return self.x + self.y
value = P(4)
""",
        """
assert value.double() == 8 and value.total == 11 and type(value).__doc__ == 'Documented.'
assert type(value).__annotations__ == {'x': int, 'y': int}
""",
    ),
    'attributes of an lru_cache': (
        """
import functools
value = functools.lru_cache(lambda x: x + 1)
value.tag = 'hi'
""",
        "assert value.tag == 'hi' and value(1) == 2",
    ),
    'a free lock': (
        'import threading; value = threading.RLock()',
        'assert value.acquire(False) and value._is_owned()',
    ),
    'a wrapper that says it is from another module': (
        """
import dataclasses
@dataclasses.dataclass
class P:
    x: int
value = P
options['shorter'] = True
""",
        "assert repr(value(3)).endswith('P(x=3)') and value(3) == value(3)",
    ),
}

DUMP = """
import sys, dill
options = {}
%s
protocol = int(sys.argv[1])
shorter = options.pop('shorter', False)
usual = dill.dumps(value, protocol, **options)
dill.settings['compat'] = 'better'
if sys.argv[2] == 'stock':
    import io
    class Stock(dill.Pickler):
        __module__ = 'dill.like'  # what is_dill() goes by
        def save(self, obj, save_persistent_id=True): super().save(obj, save_persistent_id)
    file = io.BytesIO()
    Stock(file, protocol, **options).dump(value)
    pickled = file.getvalue()
else:
    pickled = dill.dumps(value, protocol, **options)
assert pickled != usual
if shorter: assert len(pickled) < len(usual) * 0.75, (len(pickled), len(usual))
print(pickled.hex())
"""


@pytest.mark.parametrize('protocol, driver', [(2, 'stock'), (2, 'native'), (4, 'stock'), (4, 'native'), (5, 'native')])
@pytest.mark.parametrize('name', CASES)
def test_better(name, protocol, driver, run_python, run_peer):
    make, check = CASES[name]
    pickled = run_python(DUMP % make, protocol, driver).ok()
    load = f"import sys, dill\nvalue = dill.loads(bytes.fromhex(sys.stdin.read()))\n{check}\nprint('fine')"
    for run in (run_python, run_peer):
        assert run(load, stdin=pickled).ok() == 'fine\n'


def test_both_drivers_agree(run_python):
    for name, (make, _) in CASES.items():
        native, stock = (run_python(DUMP % make, 4, driver, PYTHONHASHSEED='0').ok() for driver in ('native', 'stock'))
        assert native == stock, name


def test_a_copy_of_the_globals_of_main(run_python, run_peer):
    dump = """
import sys, dill
x, protocol, usual, better = 1, int(sys.argv[1]), None, None
def streams():
    snapshot = globals().copy()
    usual = dill.dumps([snapshot], protocol)
    dill.settings['compat'] = 'better'
    better = dill.dumps([snapshot], protocol)
    assert b'__main__' in usual and len(usual) < 50
    print(better.hex())
streams()
"""
    load = 'import sys, dill\nvalue = dill.loads(bytes.fromhex(sys.stdin.read()))[0]\nassert value is not globals()\n'
    for protocol in (2, 4):
        pickled = run_python(dump, protocol).ok()
        for run in (run_python, run_peer):
            assert run(load + "print(value['x'])", stdin=pickled).ok() == '1\n'


def test_a_setting_that_is_none(monkeypatch):
    monkeypatch.setitem(dill.settings, 'compat', 'best')
    for protocol in (2, 4):
        with pytest.raises(ValueError, match="settings\\['compat'\\] is 'upstream' or 'better', not 'best'"):
            dill.dumps(lambda: 1, protocol)


NUMPY = """
import sys, dill, numpy as np
class Sub(np.ndarray): pass
sub = np.zeros(3).view(Sub)
sub.tag = 'kept'
itself = np.empty(1, dtype=object)
itself[0] = itself
dill.settings['compat'] = 'better'
buffers = []
pickled = dill.dumps(np.arange(1000), 5, buffer_callback=buffers.append)
assert len(buffers) == 1 and len(pickled) < 300, (len(buffers), len(pickled))
assert dill.loads(pickled, buffers=buffers).sum() == 499500
for protocol in (2, 4, 5):
    copy = dill.loads(dill.dumps(itself, protocol))
    assert copy[0] is copy
print(dill.dumps([np.arange(4), sub], 4).hex())
"""


def test_arrays(run_python, run_peer):
    where = run_peer('import numpy, os; print(os.path.dirname(numpy.__path__[0]))')
    if where.returncode != 0:
        pytest.skip('the Python with upstream dill has no numpy')
    pickled = run_python('import sys; sys.path.append(sys.argv[1])\n' + NUMPY, where.stdout.strip()).ok()
    load = 'import sys, dill\na, b = dill.loads(bytes.fromhex(sys.stdin.read()))\nprint(a.sum(), b.tag)'
    assert run_peer(load, stdin=pickled).ok() == '6 kept\n'
