"""What sessions do beyond upstream: parts of them, one bad variable, loading all or nothing, files that stay whole."""

import io
import json
import os
import re
import stat
import sys
import threading
import types
import warnings

import pytest

import dill
from dill import session


def module_of(code='', **variables):
    module = types.ModuleType('notes')
    vars(module).update(variables)
    exec(code, vars(module))
    del module.__builtins__
    return module


def generator():
    yield 1


def saved(module, **options):
    file = io.BytesIO()
    report = dill.dump_module(file, module, **options)
    file.seek(0)
    return file, report


@pytest.fixture
def compat_better(monkeypatch):
    """Upstream gives each function of a module that is in no file a copy of the module's variables."""
    monkeypatch.setitem(dill.settings, 'compat', 'better')


def variables(state):
    return {name for name in state if not name.startswith('__')}


# --- One bad variable


def test_every_failing_variable_is_listed():
    module = module_of(a=1, b={'x': [generator()]}, c=generator(), d=sys._getframe(), e='fine')
    file = io.BytesIO(b'before')
    with pytest.raises(session.SessionError) as caught:
        dill.dump_module(file, module)
    assert isinstance(caught.value, TypeError) and isinstance(caught.value, dill.PicklingError)
    assert [failure.path for failure in caught.value.failures] == ["b['x'][0]", 'c', 'd']
    for text in ("b['x'][0]: TypeError: cannot pickle 'generator' object", 'd: TypeError', '3 variables', "'notes'"):
        assert text in str(caught.value)
    assert type(caught.value.__cause__) is TypeError
    assert file.getvalue() == b'before'


def test_each_variable_has_its_own_path_to_a_culprit_that_several_hold():
    bad = generator()
    elsewhere = {'bad': generator()}
    exec('def first(): return bad\ndef second(): return bad', elsewhere)
    module = module_of(
        a=[bad],
        b={'x': (1, bad)},
        c=bad,
        same=bad,
        box=types.SimpleNamespace(a=None),
        f=elsewhere['first'],
        g=elsewhere['second'],
        h=[elsewhere['first']],
        fine=[1],
    )
    module.box.a = module.a
    module.again = module.b
    with pytest.raises(session.SessionError) as caught:
        dill.dump_module(io.BytesIO(), module)
    expected = {
        'a': 'a[0]',
        'b': "b['x'][1]",
        'c': 'c',
        'same': 'same',
        'box': 'box.a[0]',
        'f': "f.__globals__['bad']",
        'g': "g.__globals__['bad']",
        'h': "h[0].__globals__['bad']",
        'again': "again['x'][1]",
    }
    failures = {failure.name: failure.path for failure in caught.value.failures}
    assert failures == expected
    assert list(failures) == [name for name in vars(module) if name in expected]
    for path in failures.values():
        assert eval(path, vars(module).copy()) in (bad, elsewhere['bad'])
    assert {failure.why for failure in caught.value.failures} == {"TypeError: cannot pickle 'generator' object"}

    file, report = saved(module, on_error='skip')
    assert report.left_out == caught.value.failures
    assert variables(dill.load_module_asdict(file)) == {'fine'}


def test_variables_that_share_what_fails_are_all_listed():
    module = types.ModuleType('shared')
    culprit = (i for i in ())
    module.first, module.second, module.third = culprit, {'held': [culprit]}, [culprit]
    module.fine = [1]
    with pytest.raises(dill.session.SessionError) as caught:
        dill.dump_module(io.BytesIO(), module)
    assert {failure.name for failure in caught.value.failures} == {'first', 'second', 'third'}


@pytest.mark.parametrize('cls', [dict, list, set])
def test_shared_failures_beside_a_saver_of_others(cls, monkeypatch):
    saver = dill.Pickler.dispatch[cls]
    monkeypatch.setitem(dill.Pickler.dispatch, cls, lambda pickler, obj: saver(pickler, obj))
    bad = generator()
    module = module_of(a=[bad], b=(bad,), c=bad, d=(1,), e={'x': bad}, text='fine', again='fine')
    with pytest.raises(session.SessionError) as caught:
        dill.dump_module(io.BytesIO(), module)
    in_a_list = 'a -> object saved by a saver' if cls is list else 'a[0]'
    assert [failure.path for failure in caught.value.failures] == [in_a_list, 'b[0]', 'c', "e['x']"]


def test_skip_leaves_them_out_and_says_so(tmp_path):
    shared = [generator()]
    module = module_of('f = lambda: a', a=1, b=shared, c={'same': shared}, e='fine')
    path = tmp_path / 'notes.pkl'
    for target in (path, io.BytesIO()):
        report = dill.dump_module(target, module, on_error='skip')
        assert (
            report.names == ['b', 'c'] and report.left_out[0].path == 'b[0]' and 'generator' in report.left_out[0].why
        )
        assert 'b[0]' in str(report) and report.module == 'notes'
        if target is not path:
            target.seek(0)
        state = dill.load_module_asdict(target)
        assert variables(state) == {'a', 'e', 'f', '__session__'} - {'__session__'}
    assert not dill.dump_module(path, module_of(a=1), on_error='skip')


def test_a_function_does_not_fail_because_of_the_variables_of_its_module():
    module = types.ModuleType('notes')
    exec('f = lambda: a\ndef g(): return f, a', vars(module))
    del module.__builtins__
    module.a, module.b = 1, [generator()]
    with pytest.raises(session.SessionError) as caught:
        dill.dump_module(io.BytesIO(), module)
    assert [failure.path for failure in caught.value.failures] == ['b[0]']
    file, report = saved(module, on_error='skip')
    assert report.names == ['b']
    state = dill.load_module_asdict(file)
    assert state['g']() == (state['f'], 1)


def test_a_module_that_holds_itself_skips_what_fails():
    module = module_of(bad=generator(), good=[1])
    module.me = module
    module.nested = {'me': module, 'names': vars(module)}
    file, report = saved(module, on_error='skip')
    assert report.names == ['bad']
    copy = dill.load_module(file)
    assert copy.me is copy and copy.nested['me'] is copy and copy.good == [1]


def test_an_error_of_the_file_is_no_error_of_a_variable():
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, 'No space left on device')

    for on_error in ('raise', 'skip'):
        with pytest.raises(OSError) as caught:
            dill.dump_module(Full(), module_of(a=1), on_error=on_error)
        assert not isinstance(caught.value, session.SessionError) and caught.value.errno == 28


def test_errors_that_take_arguments_of_their_own():
    class Odd(Exception):
        def __init__(self, one, two):
            super().__init__(one, two)

    class Bad:
        def __reduce__(self):
            raise Odd(1, 2)

    with pytest.raises(Odd) as caught:
        dill.dump_module(io.BytesIO(), module_of(bad=Bad()))
    assert isinstance(caught.value, session.SessionError) and caught.value.failures[0].path == 'bad'


def test_on_error_is_one_of_two_words():
    with pytest.raises(ValueError, match="'raise' or 'skip'"):
        dill.dump_module(io.BytesIO(), module_of(), on_error='ignore')


# --- Parts


@pytest.mark.parametrize(
    ('options', 'left'),
    [
        ({'exclude': 'one'}, {'two', 'three', 'text', 'numbers'}),
        ({'exclude': 't*'}, {'one', 'numbers'}),
        ({'exclude': re.compile('t.o|one')}, {'three', 'text', 'numbers'}),
        ({'exclude': int}, {'text', 'numbers'}),
        ({'exclude': lambda name, value: value == 2}, {'one', 'three', 'text', 'numbers'}),
        ({'exclude': ['one', str, 'th*']}, {'two', 'numbers'}),
        ({'include': ['one', 'text', 'absent']}, {'one', 'text'}),
        ({'include': int, 'exclude': 'two'}, {'one', 'three'}),
        ({'include': ()}, set()),
    ],
)
@pytest.mark.parametrize('refimported', [False, True])
def test_include_and_exclude(options, left, refimported):
    every = {'one': 1, 'two': 2, 'three': 3, 'text': 'x', 'numbers': [1]}
    file, report = saved(module_of(**every), refimported=refimported, **options)
    state = dill.load_module_asdict(file)
    assert variables(state) == left
    assert set(report.names) == every.keys() - left
    assert state['__name__'] == 'notes'


def test_what_was_asked_for_is_said_in_the_report():
    _, report = saved(module_of(a=1, b=2, c='x', d=b''), exclude=['a', str, 'd*'], include=['a', 'c', 'd'])
    assert [(each.name, each.why) for each in report.left_out] == [
        ('a', 'excluded by name'),
        ('b', 'not included'),
        ('c', 'excluded by type str'),
        ('d', 'excluded by pattern'),
    ]
    for wrong in (3, [3]):
        with pytest.raises(TypeError):
            saved(module_of(), exclude=wrong)


def test_names_restore_a_part():
    file, _ = saved(module_of(one=1, two=2, three=3, text='x'))
    module = module_of(two='old', other='stays')
    dill.load_module(file, module, names=['one', 'th*'])
    assert (module.one, module.two, module.three, module.other) == (1, 'old', 3, 'stays')
    assert not hasattr(module, 'text')
    file.seek(0)
    with pytest.raises(ValueError, match="has no 'absent'"):
        dill.load_module(file, module, names=['two', 'absent'])
    assert module.two == 'old'
    file.seek(0)
    assert variables(dill.load_module_asdict(file, names='text')) == {'text'}


def test_names_of_a_session_with_references():
    import math

    file, _ = saved(module_of(pi=math.pi, sin=math.sin, one=1), refimported=True)
    module = module_of()
    dill.load_module(file, module, names=['sin'])
    assert module.sin is math.sin and not hasattr(module, 'one') and not hasattr(module, 'pi')


# --- All or nothing


class Explodes:
    """Raises when it is loaded."""

    def __init__(self, error):
        self.error = error

    def __setstate__(self, state):
        raise state['error']


@pytest.mark.parametrize('error', [ValueError('no'), KeyboardInterrupt(), MemoryError(), SystemExit(1)])
def test_a_load_that_fails_changes_nothing(error):
    file, _ = saved(module_of(a=1, bad=Explodes(error), z=2))
    module = module_of(a='old', b='kept')
    before = dict(vars(module))
    with pytest.raises(type(error)):
        dill.load_module(file, module)
    assert vars(module) == before and list(vars(module)) == list(before)


def test_a_load_that_ends_early_changes_nothing():
    file, _ = saved(module_of(a=1, b=[1, 2], z=2))
    data = file.getvalue()
    for size in range(len(data)):
        module = module_of(a='old')
        before = dict(vars(module))
        with pytest.raises(Exception):
            dill.load_module(io.BytesIO(data[:size]), module)
        assert vars(module) == before


def test_references_that_are_gone_change_nothing():
    here = types.ModuleType('module_that_goes')
    here.thing = Explodes
    sys.modules['module_that_goes'] = here
    try:
        file, _ = saved(module_of(a=1, thing=Explodes), refimported=True)
    finally:
        del sys.modules['module_that_goes']
    data = file.getvalue()
    assert b'__dill_imported' in data
    module = module_of(a='old')
    broken = data.replace(b'test_session_parts', b'test_session_partz')
    with pytest.raises(ImportError):
        dill.load_module(io.BytesIO(broken), module)
    assert module.a == 'old' and not hasattr(module, '__dill_imported')


OTHER_MODULE = """
import io, sys, dill
sys.path.insert(0, sys.argv[1])
import other, types
class Bad:
    def __setstate__(self, state): raise ValueError('no')
module = types.ModuleType('notes')
module.other = other
module.bad = Bad()
module.bad.x = 1
other.value = 'saved'
file = io.BytesIO()
dill.dump_module(file, module)
other.value = 'now'
other.new = 1
file.seek(0)
try:
    dill.load_module(file, types.ModuleType('notes'))
except ValueError:
    print(other.value, other.new)
del module.bad
file = io.BytesIO()
other.value = 'saved'
dill.dump_module(file, module)
other.value = 'now'
file.seek(0)
dill.load_module(file)
print(other.value)
"""


def test_other_modules_are_what_they_were(tmp_path, run_python):
    (tmp_path / 'other.py').write_text('value = 0\n')
    assert run_python(OTHER_MODULE, tmp_path).ok().split('\n') == ['now 1', 'saved', '']


def test_asdict_touches_nothing(compat_better):
    modules = dict(sys.modules)
    main = dict(vars(sys.modules['__main__']))
    file, _ = saved(module_of('f = lambda: a\nclass C: pass', a=1))
    state = dill.load_module_asdict(file)
    state['a'] = 5
    assert state['f']() == 5 and state['f'].__globals__ is state
    assert sys.modules == modules and vars(sys.modules['__main__']) == main


def test_eight_threads_load(compat_better):
    datas = [saved(module_of('f = lambda: number', number=i, items=[i] * 500))[0].getvalue() for i in range(8)]
    wrong = []

    def load(i):
        for _ in range(40):
            state = dill.load_module_asdict(io.BytesIO(datas[i]))
            module = dill.load_module(io.BytesIO(datas[i]))
            if not state['f']() == state['number'] == module.f() == i or module.f.__globals__ is not vars(module):
                wrong.append(i)

    threads = [threading.Thread(target=load, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# --- Files


def test_a_new_file_is_for_its_owner_only(tmp_path):
    path = tmp_path / 's.pkl'
    dill.dump_module(path, module_of())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    dill.dump_module(str(path), module_of(a=1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert os.listdir(tmp_path) == ['s.pkl']


def test_symlinks_are_refused(tmp_path):
    real, link = tmp_path / 'real.pkl', tmp_path / 'link.pkl'
    dill.dump_module(real, module_of())
    content = real.read_bytes()
    link.symlink_to(real)
    for call in (lambda: dill.dump_module(link, module_of(a=1)), lambda: dill.load_module(link)):
        with pytest.raises(OSError, match='refusing to operate on symlink'):
            call()
    assert real.read_bytes() == content and link.is_symlink()


def test_symlinks_that_appear_at_the_wrong_moment(tmp_path, monkeypatch):
    real, link = tmp_path / 'real.pkl', tmp_path / 'link.pkl'
    dill.dump_module(real, module_of())
    content = real.read_bytes()
    link.symlink_to(real)
    found = os.lstat(real)
    monkeypatch.setattr(session.os, 'lstat', lambda path: found)
    for call in (lambda: dill.dump_module(link, module_of(a=1)), lambda: dill.load_module(link)):
        with pytest.raises(OSError, match='symbolic links'):
            call()
    assert real.read_bytes() == content and link.is_symlink()


def test_the_default_file_is_warned_about(tmp_path, monkeypatch):
    monkeypatch.setattr(session, 'SESSION_TEMPFILE', str(tmp_path / 'session.pkl'))
    for call in (
        lambda: dill.dump_module(module=module_of(a=1)),
        lambda: dill.load_module(),
        lambda: dill.load_module_asdict(),
    ):
        with pytest.warns(session.SecurityWarning, match='world-writable') as caught:
            call()
        assert caught[0].filename == __file__


def test_a_failed_dump_leaves_the_old_file(tmp_path):
    path = tmp_path / 's.pkl'
    dill.dump_module(path, module_of(a=1))
    before = path.read_bytes(), path.stat().st_ino
    for bad in (generator(), Explodes(None)):
        if isinstance(bad, Explodes):
            Explodes.__reduce__ = lambda self: 1 / 0
        try:
            with pytest.raises((TypeError, ZeroDivisionError)):
                dill.dump_module(path, module_of(a='x' * 1_000_000, bad=bad))
        finally:
            if isinstance(bad, Explodes):
                del Explodes.__reduce__
        assert (path.read_bytes(), path.stat().st_ino) == before
        assert os.listdir(tmp_path) == ['s.pkl']


def test_leftovers_of_others_are_removed(tmp_path):
    path = tmp_path / 's.pkl'
    (tmp_path / '.s.pkl.dill-0').write_bytes(b'of a process that was killed')
    (tmp_path / '.s.pkl.dill-3').write_bytes(b'of another')
    dill.dump_module(path, module_of(a=1))
    dill.dump_module(path, module_of(a=2))
    assert os.listdir(tmp_path) == ['s.pkl'] and dill.load_module(path).a == 2


def test_names_of_any_length_and_kind(tmp_path):
    for name in ('x' * 255, 'ä' * 127, 'with blank', 'b\udcff'):
        path = tmp_path / name
        dill.dump_module(path, module_of(a=1))
        dill.dump_module(path, module_of(a=2))
        assert dill.load_module_asdict(path)['a'] == 2
    assert len(os.listdir(tmp_path)) == 4


def test_relative_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    class Moves:
        def __reduce__(self):
            os.chdir('/')
            return int, (1,)

    dill.dump_module('s.pkl', module_of(a=Moves()))
    assert dill.load_module(tmp_path / 's.pkl').a == 1


WITHOUT_PERMISSION = """
import dill, dill.session, os, pickletools, shutil, sys, tempfile, types
module = types.ModuleType('notes')
folder = tempfile.mkdtemp()
if os.geteuid() == 0:
    os.chown(folder, 65534, 65534)
    os.setegid(65534)
    os.seteuid(65534)
path = os.path.join(folder, 's.pkl')
for module.a in (1, 2, 'x' * 1_000_000):
    dill.dump_module(path, module)
os.chmod(folder, 0o500)
for module.a in (3, 4):
    dill.dump_module(path, module)
    print(dill.load_module(path).a, os.listdir(folder))
try:
    dill.dump_module(os.path.join(folder, 'new.pkl'), module)
except PermissionError as error:
    print('PermissionError', os.path.basename(error.filename))
os.chmod(path, 0o400)
os.chmod(folder, 0o700)
try:
    dill.dump_module(path, module)
except PermissionError as error:
    print('PermissionError', os.path.basename(error.filename))
print(os.listdir(folder))
shutil.rmtree(folder)
"""


def test_without_permission(run_python):
    lines = run_python(WITHOUT_PERMISSION).ok().splitlines()
    assert lines == [
        "3 ['s.pkl']",
        "4 ['s.pkl']",
        'PermissionError new.pkl',
        'PermissionError s.pkl',
        "['s.pkl']",
    ]


def test_pipes_and_devices(tmp_path):
    dill.dump_module('/dev/null', module_of(a=1))
    fifo = tmp_path / 'fifo'
    os.mkfifo(fifo)
    got = []
    thread = threading.Thread(target=lambda: got.append(dill.load_module(fifo).a))
    thread.start()
    dill.dump_module(fifo, module_of(a=1))
    thread.join()
    assert got == [1]


@pytest.mark.parametrize('buffering', [0, -1])
def test_two_sessions_through_one_pipe(buffering):
    read, write = os.pipe()
    with os.fdopen(read, 'rb', buffering) as source, os.fdopen(write, 'wb', 0) as target:
        for number in (1, 2):
            dill.dump_module(target, module_of(a=number))
        if buffering == 0:
            assert [dill.load_module(source).a for _ in range(2)] == [1, 2]
        else:
            assert dill.load_module(source).a == 1


def test_streams_that_only_read():
    class Stream:
        def __init__(self, data):
            self.file = io.BytesIO(data)

        def read(self, size=-1):
            return self.file.read(size)

        def readline(self):
            return self.file.readline()

    data = saved(module_of(a=1))[0].getvalue()
    stream = Stream(data + data)
    assert [dill.load_module(stream).a, dill.load_module_asdict(stream)['a']] == [1, 1]


def test_several_sessions_in_one_file():
    file = io.BytesIO()
    for number in range(3):
        dill.dump_module(file, module_of(a=number))
    file.seek(0)
    assert [dill.load_module(file).a for _ in range(3)] == [0, 1, 2]


def test_files_that_were_open_for_writing_keep_their_content(tmp_path, run_python):
    dump = """
import dill, sys
log = open(sys.argv[1] + '/log', 'w'); log.write('one\\n')
data = open(sys.argv[1] + '/data', 'wb'); data.write(b'12345')
done = open(sys.argv[1] + '/done', 'w'); done.write('done'); done.close()
new = open(sys.argv[1] + '/new', 'x'); new.write('new')
gone = open(sys.argv[1] + '/gone', 'w'); gone.write('gone')
dill.dump_module(sys.argv[1] + '/s.pkl')
"""
    load = """
import dill, os, sys
os.remove(sys.argv[1] + '/gone')
with open(sys.argv[1] + '/data', 'ab') as file: file.write(b'678')
dill.load_module(sys.argv[1] + '/s.pkl')
print(log.tell(), data.tell(), done.closed, new.tell(), gone.tell())
log.write('two\\n'); data.write(b'X'); new.write('er'); gone.write('again')
"""
    run_python(dump, tmp_path).ok()
    assert run_python(load, tmp_path).ok() == '4 5 True 3 0\n'
    content = {name: (tmp_path / name).read_bytes() for name in ('log', 'data', 'done', 'new', 'gone')}
    assert content == {'log': b'one\ntwo\n', 'data': b'12345X78', 'done': b'done', 'new': b'newer', 'gone': b'again'}


def test_temporary_files_take_no_descriptor_of_others(tmp_path, run_python):
    dump = "import dill, sys, tempfile\nt = tempfile.TemporaryFile()\nt.write(b'x')\ndill.dump_module(sys.argv[1])"
    load = """
import dill, os, sys
other = open(sys.argv[1])
dill.load_module(sys.argv[1])
t.close()
print(os.fstat(other.fileno()).st_size > 0)
"""
    run_python(dump, tmp_path / 's.pkl').ok()
    assert run_python(load, tmp_path / 's.pkl').ok() == 'True\n'


# --- Checksums


@pytest.fixture
def checksum(monkeypatch):
    monkeypatch.setitem(dill.settings, 'checksum', True)


def test_a_flipped_bit_is_an_error(checksum, tmp_path, monkeypatch):
    path = tmp_path / 's.pkl'
    dill.dump_module(path, module_of(text='x' * 100, number=1.5))
    data = path.read_bytes()
    assert dill.load_module(path).number == 1.5
    flips = range(0, 8 * len(data), 1 if os.environ.get('DILL_SOAK') == '1' else 37)
    for setting in (True, False):
        monkeypatch.setitem(dill.settings, 'checksum', setting)
        for bit in flips:
            broken = bytearray(data)
            broken[bit // 8] ^= 1 << bit % 8
            if not setting and bit // 8 >= len(data) - 64:
                continue  # without the setting a trailer that cannot be read is none
            path.write_bytes(broken)
            for source in (path, io.BytesIO(broken)):
                module = module_of(text='old')
                with pytest.raises(dill.UnpicklingError):
                    dill.load_module(source, module)
                assert module.text == 'old'


def test_a_session_without_a_checksum_is_refused(monkeypatch):
    data = saved(module_of(a=1))[0].getvalue()
    monkeypatch.setitem(dill.settings, 'checksum', True)
    with pytest.raises(dill.UnpicklingError, match='no checksum'):
        dill.load_module(io.BytesIO(data))


def test_stock_loaders_ignore_the_checksum(checksum, tmp_path, run_peer):
    path = tmp_path / 's.pkl'
    dill.dump_module(path, module_of(a=1))
    assert dill.loads(path.read_bytes()[-64:]).startswith(b'dill checksum crc64=')
    print_it = 'import dill, sys; print(dill.load_module(sys.argv[1]).a)'
    assert run_peer(print_it, path).ok() == '1\n'


def test_checksums_in_streams(checksum):
    file = io.BytesIO()
    for number in range(2):
        dill.dump_module(file, module_of(a=number))
    file.seek(0)
    assert [dill.load_module(file).a for _ in range(2)] == [0, 1]
    read, write = os.pipe()
    with os.fdopen(read, 'rb', 0) as source, os.fdopen(write, 'wb', 0) as target:
        for number in range(2):
            dill.dump_module(target, module_of(a=number))
        assert [dill.load_module(source).a for _ in range(2)] == [0, 1]
        data = bytearray(file.getvalue())
        data[data.index(b'notes') + 20] ^= 1
        target.write(data)
        with pytest.raises(Exception):
            dill.load_module(source)


# --- What upstream gets wrong


def test_constants_are_not_imported_with_compat_better(monkeypatch):
    import string

    monkeypatch.setitem(dill.settings, 'compat', 'better')
    string.retries = 3
    try:
        file, _ = saved(module_of(retries=3, digits=string.digits, Template=string.Template), refimported=True)
    finally:
        del string.retries
    copy = dill.load_module(file)
    assert copy.retries == 3 and copy.digits == string.digits and copy.Template is string.Template


def test_the_module_is_written_once_with_compat_better(monkeypatch):
    import pickletools

    def builds(data):
        return sum(opcode.name == 'BUILD' for opcode, _, _ in pickletools.genops(data))

    module = module_of(sin=__import__('math').sin, __file__='notes.py')
    monkeypatch.setitem(sys.modules, 'notes', module)
    module.me = [module]
    assert builds(saved(module, refimported=True)[0].getvalue()) == 2
    monkeypatch.setitem(dill.settings, 'compat', 'better')
    file, _ = saved(module, refimported=True)
    assert builds(file.getvalue()) == 1
    old = vars(module).pop('me')
    dill.load_module(file)
    assert module.me[0] is module and module.me is not old


def test_a_runtime_module_leaves_main_alone_with_compat_better(run_python):
    code = """
import dill, io, sys, types
dill.settings['compat'] = sys.argv[1]
m = types.ModuleType('m')
m.f = lambda: needed
needed = 'part of m'
secret = 'not part of ' + 'm'
file = io.BytesIO()
dill.dump_module(file, m)
print(secret.encode() in file.getvalue(), end=' ')
file.seek(0)
print(dill.load_module(file).f())
"""
    assert run_python(code, 'upstream').ok() == 'True part of m\n'
    assert run_python(code, 'better').ok() == 'False part of m\n'


def test_reports_travel():
    _, report = saved(module_of(a=1), exclude='a')
    assert json.dumps(report) == '["notes", [["a", "a", "excluded by name"]]]'
    assert dill.copy(report) == report and dill.copy(report).names == ['a']


def test_deprecated_names_warn_at_the_caller():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        dill.dump_session(io.BytesIO(), module_of())
        dill.dump_module(io.BytesIO(), main=module_of())
    assert [warning.category for warning in caught] == [PendingDeprecationWarning] * 2
    assert {warning.filename for warning in caught} == {__file__}


def test_type_variables_of_the_session(tmp_path, run_python, run_peer):
    dump = """
import dill, sys, typing
T = typing.TypeVar('T', bound=int)
Id = typing.NewType('Id', int)
class G(typing.Generic[T]): pass
text = 'x'
dill.dump_module(sys.argv[1])
"""
    load = 'import dill, sys; dill.load_module(sys.argv[1]); print(T.__bound__, G.__parameters__ == (T,), Id(3), text)'
    run_python(dump, tmp_path / 's.pkl').ok()
    for run in (run_python, run_peer):
        assert run(load, tmp_path / 's.pkl').ok() == "<class 'int'> True 3 x\n"
