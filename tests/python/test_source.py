"""dill.source where upstream fails or guesses: lambdas by position, edited files, cells, wrappers, source that runs."""

import importlib.util
import json
import linecache
import os
import shutil
import subprocess
import sys
import threading
import types
import warnings

import pytest
from conftest import REPOSITORY

from dill import source

OPTIMIZED = sys.flags.optimize > 0
pytestmark = pytest.mark.skipif(OPTIMIZED, reason='assertions are off')


@pytest.fixture
def load(tmp_path, monkeypatch):
    """load(text): a module with that text, from a file of its own."""
    monkeypatch.syspath_prepend(tmp_path)
    count = iter(range(1000))

    def make(text, name=None):
        name = name or f'source_test_{next(count)}'
        path = tmp_path / f'{name}.py'
        path.write_text(text, encoding='utf-8')
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return make


LAMBDAS = """
one = lambda x: x; other = lambda x: x + 1
pair = (lambda: 1), (lambda: 2)
table = {'ä': lambda x: 'ä' + x, 'ö': lambda x: 'ö' + x}
outer = lambda x: lambda y: lambda z: x + y + z
calls = sorted([3, 1], key=lambda v: -v), list(map(lambda v, w=(lambda: 3): v, []))
alike = [lambda a, b: a, lambda a, c: a, lambda a, *, b: a, lambda *a: a, lambda **a: a]
twice = [lambda: 0, lambda : 0]
split = dict(
    first=lambda x: (
        x,
        1),
    second=lambda x: (x, 2),
)
def keep(*functions, **more):
    def decorate(f):
        f.kept = functions
        return f
    return decorate
@keep(lambda: 'd', lambda: 'e')
def decorated(x=lambda: 'default'):
    return x
class Holder:
    method = lambda self: self
    both = (lambda self: 1, lambda self: 2)
walrus = [w := lambda: 'w', lambda: 'v']
annotated: object = lambda: 'annotated'
long = (
    lambda x:
        x
)
nested = [[lambda i=i: i for i in range(2)], [lambda j=j: -j for j in range(2)]]
text = f"{(lambda: 'in a string')()}"
"""


def lambdas(m):
    return {
        m.one: 'one = lambda x: x\n',
        m.other: 'other = lambda x: x + 1\n',
        m.pair[0]: 'lambda: 1\n',
        m.pair[1]: 'lambda: 2\n',
        m.table['ä']: "lambda x: 'ä' + x\n",
        m.table['ö']: "lambda x: 'ö' + x\n",
        m.outer: 'outer = lambda x: lambda y: lambda z: x + y + z\n',
        m.outer(1): 'lambda y: lambda z: x + y + z\n',
        m.outer(1)(2): 'lambda z: x + y + z\n',
        m.alike[0]: 'lambda a, b: a\n',
        m.alike[1]: 'lambda a, c: a\n',
        m.alike[2]: 'lambda a, *, b: a\n',
        m.alike[3]: 'lambda *a: a\n',
        m.alike[4]: 'lambda **a: a\n',
        m.split['first']: '    first=lambda x: (\n        x,\n        1),\n',
        m.split['second']: '    second=lambda x: (x, 2),\n',
        m.decorated.kept[0]: "lambda: 'd'\n",
        m.decorated.kept[1]: "lambda: 'e'\n",
        m.decorated.__defaults__[0]: "lambda: 'default'\n",
        m.Holder.method: '    method = lambda self: self\n',
        m.Holder.both[1]: 'lambda self: 2\n',
        m.walrus[0]: "lambda: 'w'\n",
        m.walrus[1]: "lambda: 'v'\n",
        m.annotated: "annotated: object = lambda: 'annotated'\n",
        m.long: 'long = (\n    lambda x:\n        x\n)\n',
        m.nested[0][1]: 'lambda i=i: i\n',
        m.nested[1][0]: 'lambda j=j: -j\n',
    }


def test_lambdas(load):
    for function, text in lambdas(load(LAMBDAS)).items():
        assert source.getsource(function) == text


def test_alike_lambdas_by_their_columns(load):
    first, second = load(LAMBDAS).twice
    found = [source.getsource(first), source.getsource(second)]
    # Before Python 3.11 nothing tells them apart, and 3.12 may give both the same code object: nothing differs then.
    apart = sys.version_info >= (3, 11) and first.__code__ is not second.__code__
    assert found == (['lambda: 0\n', 'lambda : 0\n'] if apart else ['lambda: 0\n'] * 2)


def test_lambdas_without_columns(tmp_path, run_python):
    (tmp_path / 'nocolumns.py').write_text(LAMBDAS, encoding='utf-8')
    here = str(REPOSITORY / 'tests' / 'python')
    code = f"""
import sys; sys.path[:0] = [{str(tmp_path)!r}, {here!r}]
import nocolumns, test_source
from dill import source
assert getattr(next(iter(nocolumns.one.__code__.co_positions()), [None]), '__getitem__')(2) is None \\
    if sys.version_info >= (3, 11) else True
for function, text in test_source.lambdas(nocolumns).items():
    assert source.getsource(function) == text, (source.getsource(function), text)
"""
    run_python(code, PYTHONNODEBUGRANGES='1', PYTHONDONTWRITEBYTECODE='1').ok()


def test_names_of_lambdas(load):
    m = load(LAMBDAS)
    assert source.getname(m.other) == 'other'
    assert source.getname(m.walrus[0]) == 'w'
    assert source.getname(m.pair[1]) == 'lambda: 2'
    assert source.getimport(m.other) == f'from {m.__name__} import other\n'
    with pytest.raises(SyntaxError, match='lambda: 2'):
        source.getimport(m.pair[1])
    assert source.getsource(m.pair[1], alias='f') == 'f = lambda: 2\n'
    assert source.getsource(m.other, alias='other') == 'other = lambda x: x + 1\n'


# --- files that changed ---

BEFORE = 'def f(x):\n    return x + 1\n\n\ndef g():\n    return 2\n\n\nh = lambda: 3\n'


def edit(module, text):
    """Write a file anew, with another time in the file system."""
    with open(module.__file__, 'w', encoding='utf-8') as file:
        file.write(text)
    os.utime(module.__file__, (1, 1))


def test_lines_that_moved(load):
    m = load(BEFORE)
    edit(m, '# inserted\n\n\ndef other():\n    pass\n\n\n' + BEFORE)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert source.getsource(m.f) == 'def f(x):\n    return x + 1\n'
        assert source.getsource(m.h) == 'h = lambda: 3\n'
        assert source.findsource(m.g)[1] == 11


def test_a_function_that_was_edited(load):
    m = load(BEFORE)
    edit(m, BEFORE.replace('return 2', 'return 22'))
    with pytest.warns(source.SourceChangedWarning, match=r'\.py was changed since g\(\) \(line 5\) was made from it'):
        assert source.getsource(m.g) == 'def g():\n    return 22\n'
    assert source.getsource(m.f) == 'def f(x):\n    return x + 1\n'


def test_the_warning_names_the_line_of_the_caller(load):
    m = load(BEFORE)
    edit(m, BEFORE.replace('return 2', 'return 22'))
    with pytest.warns(source.SourceChangedWarning) as caught:
        source.importable(m.g, source=True)
    assert {w.filename for w in caught} == {__file__}


def test_what_linecache_had_before(load):
    m = load(BEFORE)
    linecache.getlines(m.__file__)
    edit(m, BEFORE.replace('return 2', 'return 22'))
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert source.getsource(m.g) == 'def g():\n    return 2\n'


def test_a_function_that_is_gone(load):
    m = load(BEFORE)
    edit(m, 'x = 1\n')
    for function, words in ((m.g, r'has no g\(\)'), (m.h, 'has no this lambda|has no lambda')):
        with pytest.raises(OSError, match=words) as caught:
            source.getsource(function)
        assert m.__file__ in str(caught.value) and 'changed' in str(caught.value)
    assert source.getsource(m.g, force=True) == f'from {m.__name__} import g\n'


def test_a_file_that_is_gone(load):
    m = load(BEFORE)
    os.remove(m.__file__)
    with pytest.raises(OSError, match='not there'):
        source.getsource(m.g)


def test_rewritten_modules_do_not_warn():
    # pytest rewrites the assertions of this very module.
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert source.getsource(test_lines_that_moved).startswith('def test_lines_that_moved(load):\n')


# --- cells and what is typed in ---


@pytest.mark.parametrize('name', ['<ipython-input-3-0123456789ab>', '/tmp/ipykernel_99/1234567.py', '<python-input-7>'])
def test_cells(name, monkeypatch):
    text = 'def f(x):\n    return x\n\ng, h = (lambda: 1), (lambda: 2)\nclass C:\n    y = 1\n'
    monkeypatch.setitem(linecache.cache, name, (len(text), None, text.splitlines(True), name))
    main = types.ModuleType('__main__')
    monkeypatch.setitem(sys.modules, '__main__', main)
    exec(compile(text, name, 'exec'), vars(main))
    assert source.getsource(main.f) == 'def f(x):\n    return x\n'
    assert source.getsource(main.h) == 'lambda: 2\n'
    assert source.getsource(main.C) == 'class C:\n    y = 1\n'
    assert source.getname(main.h) == 'h'
    newer = text.replace('y = 1', 'y = 2')
    second = name.replace('3-0', '4-0').replace('1234567', '7654321').replace('-7', '-8')
    monkeypatch.setitem(linecache.cache, second, (len(newer), None, newer.splitlines(True), second))
    exec(compile(newer, second, 'exec'), vars(main))
    assert source.getsource(main.C) == 'class C:\n    y = 2\n'


def typed(lines, **environment):
    """What the interactive Python says to lines that are typed in."""
    pty = pytest.importorskip('pty')
    import select
    import time

    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(environment, TERM='xterm')
        os.execv(sys.executable, [sys.executable, '-q', '-i'])
    answer = b''

    def read(until, seconds):
        nonlocal answer
        end, start = time.monotonic() + seconds, len(answer)
        while time.monotonic() < end and until not in answer[start:]:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    answer += os.read(terminal, 65536)
                except OSError:  # it has ended
                    return

    read(b'>>> ', 30)
    for line in lines:
        os.write(terminal, line.encode() + b'\r')
        read(b'>>> ' if line and not line.endswith(':') and not line.startswith(' ') else b'... ', 2)
    read(b'THE END', 30)
    os.close(terminal)
    os.waitpid(pid, 0)
    return answer.decode(errors='replace').replace('\r', '')


SAY = [
    'for o in (f, g, h[1], C, f2): print("SOURCE " + repr(getsource(o)))',
    '',
    'print("IMPORTABLE " + repr(importable(f2)))',
    'print("KIND", isdynamic(f), getname(g))',
    'print("THE " + "END")',
    'exit()',
]


def test_typed_into_the_basic_interactive_python():
    if subprocess.run([sys.executable, '-c', 'import readline'], capture_output=True).returncode:
        pytest.skip('this Python has no readline')
    lines = ['from dill.source import *', 'def f(x):', '    return x + 1', '', 'g = lambda x: x * 2']
    lines += ['h = [lambda a: a, lambda b: -b]', 'class C:', '    y = 1', '    def m(self): return self', '']
    lines += ['def f2(x):', '    return f(x)', '', *SAY]
    answer = typed(lines, PYTHON_BASIC_REPL='1')
    for text in (
        "SOURCE 'def f(x):\\n    return x + 1\\n'",
        "SOURCE 'g = lambda x: x * 2\\n'",
        "SOURCE 'lambda b: -b\\n'",
        "SOURCE 'class C:\\n    y = 1\\n    def m(self): return self\\n'",
        "SOURCE 'def f2(x):\\n    return f(x)\\n'",
        "IMPORTABLE 'def f(x):\\n    return x + 1\\ndef f2(x):\\n    return f(x)\\n'",
        'KIND True g',
    ):
        assert text in answer, answer


@pytest.mark.skipif(sys.version_info < (3, 13), reason='the new interactive Python came with 3.13')
def test_typed_into_the_new_interactive_python():
    lines = ['from dill.source import *', 'def f(x): return x + 1', '', 'g = lambda x: x * 2']
    lines += ['h = [lambda a: a, lambda b: -b]', 'class C: y = 1', '', 'def f2(x): return f(x)', '', *SAY]
    answer = typed(lines)
    for text in (
        "SOURCE 'def f(x): return x + 1\\n'",
        "SOURCE 'g = lambda x: x * 2\\n'",
        "SOURCE 'lambda b: -b\\n'",
        "SOURCE 'class C: y = 1\\n'",
        "IMPORTABLE 'def f(x): return x + 1\\ndef f2(x): return f(x)\\n'",
        'KIND True g',
    ):
        assert text in answer, answer


# --- wrappers and generated classes ---

WRAPPERS = """
import collections, contextlib, dataclasses, enum, functools, typing

@functools.lru_cache(maxsize=3)
def cached(x):
    return x

@functools.singledispatch
def dispatched(x):
    return x

@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: int = 2
    @functools.cached_property
    def norm(self):
        return self.x
    @property
    def double(self):
        return 2 * self.x
    @staticmethod
    def still(x):
        return x
    half = functools.partialmethod(divmod, 2)

Pair = collections.namedtuple('Pair', 'left right')
class Named(typing.NamedTuple):
    name: str
Color = enum.Enum('Color', 'RED GREEN')
Made = type('Made', (), {}); another = 1
Dynamic = dataclasses.make_dataclass(
    'Dynamic',
    ['x'],
)
partial = functools.partial(cached, 1)
by_name = functools.partial(lambda a, b: a + b, b=[1])
of_partial = functools.partial(functools.partial(cached), 2)
"""


def test_wrappers(load):
    m = load(WRAPPERS)
    assert source.getsource(m.cached) == '@functools.lru_cache(maxsize=3)\ndef cached(x):\n    return x\n'
    assert source.getsource(m.dispatched) == '@functools.singledispatch\ndef dispatched(x):\n    return x\n'
    for name in ('norm', 'double', 'still'):
        lines = source.getsourcelines(vars(m.Point)[name], lstrip=True)[0]
        assert lines[1].startswith(f'def {name}(')
    assert source.getsource(m.partial).endswith('def cached(x):\n    return x\nfunctools.partial(cached, 1)\n')
    assert source.getsource(m.by_name) == 'import functools\nfunctools.partial((lambda a, b: a + b), b=[1])\n'
    scope = {}
    exec(source.importable(m.of_partial, alias='made', source=True), scope)
    assert scope['made']() == 2


def test_generated_classes(load):
    m = load(WRAPPERS)
    assert source.getsource(m.Point).startswith('@dataclasses.dataclass(order=True)\nclass Point:\n')
    assert source.getsource(m.Pair) == "Pair = collections.namedtuple('Pair', 'left right')\n"
    assert source.getsource(m.Named) == 'class Named(typing.NamedTuple):\n    name: str\n'
    assert source.getsource(m.Color) == "Color = enum.Enum('Color', 'RED GREEN')\n"
    assert source.getsource(m.Made) == "Made = type('Made', (), {})\n"
    if m.Dynamic.__module__ == m.__name__:  # since Python 3.12
        assert source.getsource(m.Dynamic).endswith("    ['x'],\n)\n")
    for cls, values in ((m.Point, (3,)), (m.Pair, (1, 2)), (m.Named, ('n',))):
        scope = {}
        exec(source.importable(cls(*values), alias='made', source=True), scope)
        assert tuple(scope['made'].__dict__.values() if cls is m.Point else scope['made'])[: len(values)] == values
    scope = {}
    exec(source.importable(m.Color.GREEN, alias='made', source=True), scope)
    assert scope['made'].name == 'GREEN'


def test_generated_methods_say_what_they_are(load):
    m = load(WRAPPERS)
    # Python 3.9 does not say in a generated method which class it belongs to.
    words = r'__init__\(\) was generated.*class Point' if sys.version_info >= (3, 10) else 'text that nobody kept'
    with pytest.raises(OSError, match=words):
        source.getsource(m.Point.__init__)
    with pytest.raises(OSError, match='made from text that nobody kept'):
        source.getsource(m.Pair.__new__)
    if sys.version_info >= (3, 10):
        assert source.getsource(m.Point.__init__, enclosing=True).startswith('@dataclasses.dataclass(order=True)\n')


# --- text that runs ---


@pytest.fixture(scope='module')
def shapes(tmp_path_factory):
    """The module of tests/data/source, from a copy."""
    folder = tmp_path_factory.mktemp('source') / 'shapes'
    shutil.copytree(REPOSITORY / 'tests' / 'data' / 'source', folder)
    sys.path.insert(0, str(folder))
    try:
        import shapes

        yield shapes
    finally:
        sys.path.remove(str(folder))
        for name in ('shapes', 'answers', 'things', 'things.parts'):
            sys.modules.pop(name, None)


RUNS = {
    'simple one_line long_head uses_globals uses_simple uses_module uses_import recursive decorated bare_decorated '
    'decorated_with decorated_twice decorated_long cached cached_all dispatched added added_plain added_lambda '
    'added_named_lambda added_function added_builtin squared padded typed multi_line with_default uses_scale '
    'two_names second_name first second other called conditional one in_call indented_lambda deep': lambda f: f(3),
    'no_argument two_times first_two_times': lambda f: f(),
    'Plain Point WithRepr Child Decorated Slotted Pair Color Failure TwoTimes WithMeta Callable': lambda cls: [
        cls.__name__,
        [base.__name__ for base in cls.__mro__],
        getattr(cls, 'decorated', None),
    ],
    'point with_repr pair failure decorated_instance callable_instance': lambda obj: [
        type(obj).__name__,
        sorted(getattr(obj, '__dict__', {})),
        [str(item) for item in getattr(obj, 'args', ())],
    ],
}


@pytest.mark.parametrize('name', [name for names in RUNS for name in names.split()])
def test_importable_runs_in_an_empty_program(name, shapes):
    obj = shapes.OBJECTS[name]
    result = next(check for names, check in RUNS.items() if name in names.split())
    scope = {'__name__': 'elsewhere'}
    exec(source.importable(obj, alias='made', source=True), scope)
    assert result(scope['made']) == result(obj)


def test_wrap(shapes):
    assert source._wrap(shapes.uses_import)(1) == shapes.uses_import(1)
    assert source._wrap(shapes.decorated)(1) == 0
    with pytest.raises(ImportError, match='nobody kept'):
        source._wrap(eval('lambda: 1', {'__name__': shapes.__name__}))()


# --- weak spots of upstream ---


def test_w20_names_of_any_length(load, monkeypatch):
    text = 'class Foo:\n  x = 1\nfoo = Foo()\nfoo.y = 3\n'
    m = load(text, 'fo')
    program = source.dumpsource(m.foo, alias='g', new=True, enclose=False)
    other = types.ModuleType('a_longer_name')
    monkeypatch.setitem(sys.modules, 'a_longer_name', other)
    exec(program, vars(other))
    assert type(other.g) is other.Foo is not m.Foo and other.g.y == 3


def test_w54_source_of_cached_functions(load):
    m = load('import functools\n@functools.lru_cache\ndef f(x): return x\n')
    assert source.getsource(m.f, force=True) == '@functools.lru_cache\ndef f(x): return x\n'


def test_names_that_are_programs_are_not_run(tmp_path):
    target = tmp_path / 'ran'
    evil = type(f"x\nopen({str(target)!r}, 'w')\nclass y", (), {'__module__': '__main__'})
    for ask in (source.getsource, source.getimport, lambda o: source.importable(o, source=False)):
        with pytest.raises((SyntaxError, OSError, TypeError)):
            ask(evil())
    evil.__name__, evil.__module__ = 'y', f"m\nopen({str(target)!r}, 'w')"
    with pytest.raises((SyntaxError, OSError, TypeError)):
        source.getimport(evil())
    assert not target.exists()


# --- errors, size, threads ---


def test_errors_say_what_and_where(load):
    with pytest.raises(TypeError, match='got int'):
        source.getsource(3)
    with pytest.raises(OSError, match=r'math.* is no text|source code not available'):
        source.getsource(__import__('math'))
    scope = {'__name__': __name__}
    exec(compile('def made(): pass\nf = lambda: 1', '<generated>', 'exec'), scope)
    with pytest.raises(OSError, match=r'made\(\) was made from text that nobody kept: <generated>'):
        source.getsource(scope['made'])
    with pytest.raises(OSError, match='this lambda was made from text that nobody kept'):
        source.getsource(scope['f'])
    with pytest.raises(OSError, match=f'no class Absent in the source of {__name__}'):
        source.getsource(type('Ab' + 'sent', (), {'__module__': __name__}))


def test_large_files(load):
    count = 3000
    m = load(''.join(f'def f{i}(x):\n    return [x + {i}, lambda: {i}]\n' for i in range(count)))
    for i in (0, count // 2, count - 1):
        assert source.getsource(getattr(m, f'f{i}')) == f'def f{i}(x):\n    return [x + {i}, lambda: {i}]\n'
        assert source.getname(getattr(m, f'f{i}')(1)[1]) == f'lambda: {i}'


def test_what_the_compiler_warns_of_is_not_said_again(load):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        m = load("pattern = '\\d'\nf, g = (lambda: 1 is 1), (lambda: 2)\n")
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert source.getsource(m.g) == 'lambda: 2\n'


def test_threads(load):
    modules = [load(LAMBDAS) for _ in range(4)]
    expected = [pair for m in modules for pair in lambdas(m).items()]
    failures = []

    def ask():
        try:
            for function, text in expected * 3:
                assert source.getsource(function) == text
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


# --- source that travels ---

TRAVELLER = """
import enum, functools
def plain(x):
    '''Doc

    more'''
    return x
def make(n):
    def inner(x):

        return x + n
    return inner, lambda q: q * n
class Kind:
    def __init__(self):
        self.__hidden = 1
    def hidden(self):
        return self.__hidden
    class Inner:
        def __init__(self):
            super().__init__()
class Color(enum.Enum):
    RED = 1
    def say(self):
        return self.name
def decorator(f):
    @functools.wraps(f)
    def wrapper(*a): return f(*a)
    return wrapper
@decorator
def decorated(x): return x
objects = [plain, *make(2), Kind, Kind.Inner, Color, decorated, Kind(), [lambda a: a, lambda a: -a]]
"""
DUMP = """
import sys, dill
exec(compile(open(sys.argv[1]).read(), sys.argv[1], 'exec'))
dill.dumps(objects)
without = dill.dumps(objects)
dill.settings['source'] = True
data = dill.dumps(objects)
assert len(data) > len(without) + 300
dill.dump(objects, open(sys.argv[2], 'wb'))
assert data == open(sys.argv[2], 'rb').read()
dill.settings['source'] = False
assert dill.dumps(objects) == without
"""
LOAD = """
import json, sys, dill
objects = dill.load(open(sys.argv[1], 'rb'))
print(json.dumps([[vars(o).get('__dill_source__') for o in objects[:7]], objects[0](1), objects[1](1), objects[2](3),
                  objects[3]().hidden(), objects[5].RED.say(), objects[6](4), objects[8][1](5)]))
"""


@pytest.fixture
def travelled(tmp_path, run_python):
    (tmp_path / 'traveller.py').write_text(TRAVELLER)
    run_python(DUMP, tmp_path / 'traveller.py', tmp_path / 'objects.pkl').ok()
    (tmp_path / 'traveller.py').unlink()
    return tmp_path / 'objects.pkl'


def test_source_travels(travelled, run_python):
    code = """
import json, sys, dill
from dill import source
o = dill.load(open(sys.argv[1], 'rb'))
print(json.dumps([*map(source.getsource, [*o[:7], o[3].hidden, o[3].Inner.__init__, *o[8]]),
                  source.importable(o[1], alias='made', source=True), source.getname(o[2])]))
"""
    texts = json.loads(run_python(code, travelled).ok())
    assert texts[0] == "def plain(x):\n    '''Doc\n\n    more'''\n    return x\n"
    assert texts[1] == '    def inner(x):\n\n        return x + n\n'
    assert texts[2] == 'lambda q: q * n\n' or texts[2] == '    return inner, lambda q: q * n\n'
    assert texts[3].startswith('class Kind:\n') and texts[4].startswith('    class Inner:\n')
    assert texts[5].startswith('class Color(enum.Enum):\n')
    assert texts[6] == '    @functools.wraps(f)\n    def wrapper(*a): return f(*a)\n'
    assert texts[7] == '    def hidden(self):\n        return self.__hidden\n'
    assert texts[8] == '        def __init__(self):\n            super().__init__()\n'
    assert texts[9:11] == ['lambda a: a\n', 'lambda a: -a\n']
    assert texts[11] == 'n = 2\n\ndef inner(x):\n\n    return x + n\n\nmade = inner\n'
    assert texts[12] == 'lambda q: q * n'


def test_upstream_loads_what_carries_its_source(travelled, run_python, run_peer):
    ours, theirs = (json.loads(run(LOAD, travelled).ok()) for run in (run_python, run_peer))
    assert ours == theirs
    assert ours[1:] == [1, 3, 6, 1, 'RED', 4, -5]


def test_a_local_function_of_a_module_is_defined_not_imported(tmp_path, monkeypatch):
    (tmp_path / 'local_functions.py').write_text('def run():\n    def cube(n):\n        return n**3\n    return cube\n')
    monkeypatch.syspath_prepend(tmp_path)
    import local_functions

    cube = local_functions.run()
    for by_source in (None, True, False):
        assert source.importable(cube, source=by_source) == 'def cube(n):\n    return n**3\n'
