"""dill.inspect: levels and verdicts of real pickles, and that opening executes nothing."""

import collections
import datetime
import decimal
import enum
import fractions
import functools
import io
import json
import os
import pathlib
import pickle
import re
import subprocess
import sys
import types
import uuid
import zipfile

import pytest

import dill


class Shape(enum.Enum):
    ROUND = 1


class Order:
    def __init__(self, number):
        self.number = number


def ids(found, least='suspicious'):
    levels = ['note', 'error', 'suspicious', 'dangerous']
    return sorted({f.id for f in found.findings if levels.index(f.severity) >= levels.index(least)})


DATA = {
    'numbers and texts': [1, 2.5, 'x', b'y', None, True, (1, 2), {'a': {1}}, frozenset('z'), 1 << 100, bytearray(b'q')],
    'nested': {'k': [{'deep': [[]]}] * 3},
}

RECONSTRUCTION = {
    'dates': [
        datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc),
        datetime.timedelta(1),
        datetime.date(1, 1, 1),
    ],
    'numbers': [decimal.Decimal('1.5'), fractions.Fraction(1, 3), 1 + 2j],
    'collections': [
        collections.OrderedDict(a=1),
        collections.Counter('aab'),
        collections.deque([1], 3),
        collections.defaultdict(list, a=[1]),
        collections.defaultdict(int),
    ],
    'identifiers': [uuid.UUID(int=5), pathlib.PurePosixPath('a/b'), re.compile('a+', re.I)],
    'ranges': [range(3), slice(1, None), Ellipsis, NotImplemented],
    'namespace': types.SimpleNamespace(a=1),
    'errors': ValueError('x', 3),
    'partial of a type': functools.partial(int, base=2),
    'in memory': io.BytesIO(b'abc'),
}


@pytest.mark.parametrize('protocol', range(6))
@pytest.mark.parametrize('name', DATA)
def test_data(name, protocol):
    found = dill.inspect(pickle.dumps(DATA[name], protocol))
    if protocol == 5 or name == 'nested':
        assert (found.verdict, found.level, found.globals) == ('clean', 'data only', [])
    else:  # bytes, sets or bytearrays are calls there
        assert (found.verdict, found.level) == ('clean', 'reconstruction')


@pytest.mark.parametrize('dumps', [pickle.dumps, dill.dumps], ids=['pickle', 'dill'])
@pytest.mark.parametrize('protocol', range(6))
@pytest.mark.parametrize('name', RECONSTRUCTION)
def test_reconstruction(name, protocol, dumps):
    try:
        data = dumps(RECONSTRUCTION[name], protocol)
    except TypeError:
        assert name == 'in memory' or protocol < 2  # objects of C that have no state there
        return
    found = dill.inspect(data)
    assert (found.verdict, found.level) == ('clean', 'reconstruction'), found.report()


def test_classes_and_functions_of_programs_are_suspicious():
    for value in (Order(3), Shape.ROUND):
        found = dill.inspect(pickle.dumps(value))
        assert found.verdict == 'suspicious'
        assert ('unknown-name' in ids(found)) and found.level == 'calls'
    found = dill.inspect(dill.dumps(lambda x: x + 1))
    assert found.verdict == 'suspicious'
    assert 'code-in-file' in ids(found)


def corpus(tmp_path):
    """{label: stream} of tests/python/corpus.py, dumped by our dill in a process of its own."""
    script = pathlib.Path(__file__).with_name('corpus.py')
    done = subprocess.run(
        [sys.executable, script, 'dump', '4'], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    for label, text in json.loads(done.stdout).items():
        text = text[0] if isinstance(text, list) else text
        if re.fullmatch('([0-9a-f]{2})+', text):
            yield label, bytes.fromhex(text)


def test_no_dill_stream_is_dangerous(tmp_path):
    verdicts = collections.Counter()
    for label, data in corpus(tmp_path):
        found = dill.inspect(data)
        assert found.verdict in ('clean', 'suspicious'), f'{label}: {found.report()}'
        verdicts[found.verdict] += 1
    assert verdicts['clean'] > 40 and sum(verdicts.values()) > 100


def call(function, *arguments):
    """A pickle that calls a function by its name, as an attacker writes it."""
    module, name = function.rsplit('.', 1)
    items = b''.join(pickle.dumps(a, 3)[2:-1] for a in arguments)
    return b'c%s\n%s\n(%stR.' % (module.encode(), name.encode(), items)


# What each does would make the file; {0} is its name.
CANARIES = {
    'os.system': ('touch {0}',),
    'posix.system': ('touch {0}',),
    'subprocess.check_call': (['touch', '{0}'],),
    'builtins.eval': ("open('{0}', 'w')",),
    '__builtin__.eval': ("open('{0}', 'w')",),
    'builtins.exec': ("open('{0}', 'w')",),
    'builtins.open': ('{0}', 'w'),
    'io.open': ('{0}', 'w'),
    '_io.FileIO': ('{0}', 'w'),
    'os.mkdir': ('{0}',),
    'os.makedirs': ('{0}',),
    'shutil.copy': ('/dev/null', '{0}'),
    'timeit.timeit': ('0', "open('{0}', 'w')"),
    'cProfile.run': ("open('{0}', 'w')",),
    'pdb.run': ("open('{0}', 'w')",),
    'bdb.Bdb.run': ("open('{0}', 'w')",),
    'code.interact': (),
    'runpy.run_path': ('{0}',),
    'importlib.import_module': ('antigravity',),
    'pkgutil.resolve_name': ('os:system',),
    'platform.popen': ('touch {0}',),
    'pty.spawn': (['touch', '{0}'],),
    'sqlite3.connect': ('{0}',),
    'shelve.open': ('{0}',),
    'dbm.dumb.open': ('{0}',),
    'tarfile.open': ('{0}', 'w'),
    'zipfile.ZipFile': ('{0}', 'w'),
    'bz2.BZ2File': ('{0}', 'w'),
    'gzip.open': ('{0}', 'w'),
    'logging.FileHandler': ('{0}',),
    'tempfile.mkdtemp': ('x', 'y', '/tmp'),
    'ctypes.CDLL': ('libc.so.6',),
    'webbrowser.open': ('http://localhost',),
    'multiprocessing.context.Process': (),
    'asyncio.create_subprocess_shell': ('touch {0}',),
    'dill._dill._eval_repr': ("open('{0}', 'w')",),
    'dill._dill._create_filehandle': ('{0}', 'w', 0, False, None, False, 0, ''),
    'dill._dill._import_module': ('antigravity',),
    'dill._dill._unmarshal': (b'N',),
    'dill._dill._getattr': (1, 'x', '<a \'b\' \'open("{0}", "w")\'>'),
    'numpy.testing._private.utils.runstring': ("open('{0}', 'w')", {}),
    'numpy.f2py.crackfortran.myeval': ("open('{0}', 'w')",),
    'pandas.eval': ("@open('{0}', 'w')",),
    'torch.hub.load': ('x', 'y'),
}


@pytest.mark.parametrize('function', CANARIES)
def test_canaries_are_dangerous_and_do_not_sing(function, tmp_path):
    canary = tmp_path / 'canary'

    def named(argument):
        if isinstance(argument, list):
            return [named(a) for a in argument]
        return argument.format(canary) if isinstance(argument, str) else argument

    path = tmp_path / 'file.pkl'
    path.write_bytes(call(function, *map(named, CANARIES[function])))
    before = set(sys.modules)
    found = dill.inspect(path)
    assert found.verdict == 'dangerous', found.report()
    module, _, name = function.rpartition('.')
    assert (module, name) in found.globals
    found.effects(), found.disassemble(), found.graph(), found.report('json'), found.report('sarif')
    assert not canary.exists()
    assert {name for name in set(sys.modules) - before if not name.startswith('dill')} <= {'pickletools'}


def test_a_canary_that_would_sing(tmp_path):
    """The payloads of this file are real ones: this one runs when it is loaded."""
    canary = tmp_path / 'canary'
    pickle.loads(call('os.mkdir', str(canary)))
    assert canary.exists()


def test_in_a_zip_with_another_name(tmp_path):
    path = tmp_path / 'picture.png'
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('model/data.bin', call('os.system', 'id'))
    found = dill.inspect(str(path))
    assert found.verdict == 'dangerous'
    assert ('os', 'system') in found.globals
    assert any(member.path == 'model/data.bin' and member.is_pickle for member in found.members)
    assert found.findings[0].member == 'model/data.bin'


def test_what_an_inspection_has():
    data = pickle.dumps({'a': [1, 2], 'd': datetime.date(2024, 1, 1)}, 4)
    found = dill.inspect(bytearray(data))
    assert repr(found) == f'<inspection of {len(data)} bytes: clean (reconstruction), 0 findings, 1 import>'
    assert found.size == len(data) and found.dynamic is False
    assert found.globals == [('datetime', 'date')]
    graph = found.graph()
    (root,) = graph.roots()
    assert graph.describe(root).type == 'dict'
    assert [graph.describe(child).type for child in graph.children(root)] == ['list', 'datetime.date']
    assert repr(graph).startswith('<graph of ')
    assert 'datetime.date' in found.effects()
    lines = found.disassemble().splitlines()
    assert 'PROTO' in lines[0] and 'STOP' in lines[-1]
    assert any("obj['d']" in line and 'REDUCE' in line for line in lines)
    report = json.loads(found.report('json'))
    assert report['verdict'] == 'clean' and report['globals'] == [['datetime', 'date']] and report['dynamic'] is False
    with pytest.raises(ValueError, match="'text', 'json' or 'sarif'"):
        found.report('xml')
    with pytest.raises(IndexError):
        found.graph(7)


def test_large_graphs_are_folded_and_open():
    """What is too much for one graph is a remainder, which shows when its bytes are asked for."""
    data = pickle.dumps([fractions.Fraction(i, 7) for i in range(5000)], 4)
    found = dill.inspect(data)
    whole = found.graph()
    assert len(whole.children(0)) == 5000
    cut = found.graph(shown=3000)
    rest = cut.children(0)[-1]
    last = cut.describe(rest)
    assert last.type == 'remainder'
    numbers = re.fullmatch(r'(.*) more items \(.* objects\), bytes (.*) to (.*)', last.description).groups()
    more, begin, end = (int(number.replace(',', '')) for number in numbers)
    assert more + len(cut.children(0)) - 1 == 5000
    # What is imported stays to be seen.
    none_shown = dill.inspect(pickle.dumps([list(range(10)), [fractions.Fraction(i, 7) for i in range(900)]], 4)).graph(
        shown=1
    )
    nodes = none_shown.roots()
    for node in nodes:
        nodes.extend(none_shown.children(node))
    assert 'fractions.Fraction' in {none_shown.describe(node).type for node in nodes}
    assert len(nodes) < 100
    opened = found.graph(begin=(begin + end) // 2, end=end)
    shown = [opened.describe(node) for node in opened.children(0)]
    assert [node.type for node in shown].count('remainder') == 1
    expected = whole.describe(whole.children(0)[4999])
    assert [node._replace(id=expected.id) for node in shown if node.edge == '[4999]'] == [expected]


def test_names_of_run_time():
    found = dill.inspect(b'\x80\x04cshop\nname\n)R\x8c\x06system\x93.')
    assert found.dynamic and (None, 'system') in found.globals
    assert found.verdict == 'dangerous'
    assert [None, 'system'] in json.loads(found.report('json'))['globals']


def test_odd_names_are_exact_in_json_and_neutral_in_text():
    found = dill.inspect('\u202etxt.\nsystem\n.'.encode().join([b'c', b'']))
    assert found.globals == [('\u202etxt.', 'system')]
    assert json.loads(found.report('json'))['globals'] == [['\u202etxt.', 'system']]
    assert '\u202e' not in found.report() + found.report('json') + found.report('sarif') + found.effects()
    assert 'misleading-name' in ids(found)


@pytest.mark.parametrize('data', [b'', b'no pickle at all', b'\x00' * 100, os.urandom(3)])
def test_what_is_no_pickle(data):
    found = dill.inspect(data)
    assert found.verdict in ('error', 'suspicious') or found.members[0].is_pickle
    if not any(member.is_pickle for member in found.members):
        assert 'not-a-pickle' in {f.id for f in found.findings}
        with pytest.raises(ValueError, match='no pickle'):
            found.graph()


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(OSError, match='missing'):
        dill.inspect(tmp_path / 'missing')
    with pytest.raises(OSError):
        dill.inspect(tmp_path)
    with pytest.raises(TypeError):
        dill.inspect(3)


def test_cut_off():
    data = pickle.dumps(list(range(1000)), 2)
    found = dill.inspect(data[:-10])
    assert (found.verdict, found.level) == ('error', 'data only')


def test_rules(tmp_path, monkeypatch):
    data = pickle.dumps(Order(3))
    rules = tmp_path / 'rules.json'

    def write(rule, **more):
        entry = {'rule': rule, 'names': [f'{__name__}.Order'], 'reason': 'ours', **more}
        rules.write_text(json.dumps({'version': 1, 'rules': [entry]}))

    write('allow')
    assert dill.inspect(data, rules=[str(rules)]).verdict == 'clean'
    write('forbid')
    assert dill.inspect(data, rules=[str(rules)]).verdict == 'dangerous'
    write('maybe')
    with pytest.raises(ValueError, match=r'rules.json: rule 1: "rule" must be'):
        dill.inspect(data, rules=[str(rules)])
    rules.write_text('{')
    with pytest.raises(ValueError, match='is not JSON'):
        dill.inspect(data, rules=[str(rules)])

    own = tmp_path / 'dill' / 'inspect.json'
    own.parent.mkdir()
    write('allow')
    rules.rename(own)
    monkeypatch.setenv('XDG_CONFIG_HOME', str(tmp_path))
    assert dill.inspect(data).verdict == 'clean'


def test_nested_pickles():
    found = dill.inspect(call('pickle.loads', call('os.system', 'id')))
    assert found.verdict == 'dangerous' and len(found.members) == 2
    found = dill.inspect(call('dill._dill.loads', pickle.dumps([1])))
    assert found.verdict == 'clean'


def test_code_that_loading_runs():
    """A function in the file that is called, and one that only is there."""
    made = dill.dumps(lambda: __import__('os').system('id'), 4)
    assert dill.inspect(made).verdict == 'suspicious'
    assert dill.inspect(made[:-1] + b')R.').verdict == 'dangerous'


WITH_STATE = """
import os, dill
class WithState:
    def __setstate__(self, state):
        os.system('id')
print(dill.dumps(WithState(), 4).hex())
"""


def test_methods_of_classes_in_the_file(run_python):
    found = dill.inspect(bytes.fromhex(run_python(WITH_STATE).ok()))
    assert found.verdict == 'dangerous', found.report()
    assert 'runs-code-of-file' in ids(found)
    harmless = WITH_STATE.replace("os.system('id')", 'self.state = state')
    found = dill.inspect(bytes.fromhex(run_python(harmless).ok()))
    assert found.verdict == 'suspicious', found.report()


WORDS = """
import dill
class Shop:
    def __setstate__(self, state):
        open = state['open']
        self.hours = {'system': open, 'exec': 1}
print(dill.dumps(Shop(), 4).hex())
"""


def test_words_of_a_method_are_no_names(run_python):
    """Keys and variables that happen to be called like something dangerous; with getattr they could be names."""
    found = dill.inspect(bytes.fromhex(run_python(WORDS).ok()))
    assert found.verdict == 'suspicious' and 'dangerous-code' not in ids(found), found.report()
    found = dill.inspect(bytes.fromhex(run_python(WORDS.replace("state['open']", "getattr(state, 'system')")).ok()))
    assert found.verdict == 'dangerous', found.report()


def test_standard_library_is_on_the_lists():
    """Each module of the standard library is judged: a call into a module that nobody has thought of is not clean."""
    for module in sorted(sys.stdlib_module_names) if sys.version_info >= (3, 10) else ('os', 'sys', 'json'):
        found = dill.inspect(call(f'{module}.anything_at_all'))
        assert found.verdict in ('suspicious', 'dangerous')
        assert 'unknown-name' not in ids(found), module
