"""Hostile files are looked at, and nothing of them runs: no canary appears, no process, no socket, no file is written.

The files are those of tests/corpus; that they would leave a canary when loaded is shown by truth.py there.
"""

import io
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

import dill

pytestmark = pytest.mark.filterwarnings('ignore:Duplicate name')  # a zip that lies

CORPUS = Path(__file__).resolve().parent.parent / 'corpus'
EXPLORER = os.environ.get('DILL_EXPLORER', '')
OPEN_FILES = os.environ.get('DILL_OPEN_FILES', '')  # opens files in the window and looks at them from all sides
# System calls that would start, connect or write something.
CALLS = (
    'execve,execveat,socket,connect,openat,open,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,symlink'
)


@pytest.fixture(scope='module')
def hostile():
    """[(name, extension, content, the callable that runs or '')]: without those that are damaged at random."""
    sys.path.insert(0, str(CORPUS))
    try:
        import hostile_files
        import hostile_streams
    finally:
        sys.path.remove(str(CORPUS))
    streams = [(kind, '.pkl', content, gadget) for kind, _, content, gadget in hostile_streams.samples()]
    files = [(kind, extension, content, gadget) for kind, _, content, extension, gadget in hostile_files.samples()]
    return [sample for sample in streams + files if sample[0] != 'mutation']


@pytest.fixture(scope='module')
def folder(hostile, tmp_path_factory):
    """The files, in a folder of which nothing else may come into being. A payload would leave `canary` here."""
    folder = tmp_path_factory.mktemp('hostile')
    for i, (_, extension, content, _) in enumerate(hostile):
        (folder / f'{i:04}{extension}').write_bytes(content)
    return folder


@pytest.fixture
def untouched(folder):
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    yield folder
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def environment():
    """The canary module can be imported, so that importing it would be seen."""
    paths = [os.environ.get('PYTHONPATH', ''), str(CORPUS / 'modules')]
    return {**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, paths)), 'PYTHONDONTWRITEBYTECODE': '1'}


def test_the_canary_works(tmp_path):
    """Loading one of these files in a process of its own leaves a canary: the other tests can fail."""
    program = "import pickle; pickle.loads(b'ccorpus_canary\\nanything\\n.')"
    done = subprocess.run(
        [sys.executable, '-c', program], cwd=tmp_path, env=environment(), capture_output=True, text=True
    )
    assert 'AttributeError' in done.stderr and (tmp_path / 'canary').exists()


def test_inspect(hostile, untouched):
    """Every file is found suspicious or dangerous; those that call something known, dangerous."""
    names = sorted(path.name for path in untouched.iterdir())
    assert len(names) == len(hostile) > 1000
    done = subprocess.run(
        [sys.executable, '-m', 'dill', 'inspect', '--json', *names],
        cwd=untouched,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    verdicts = [report['verdict'] for report in json.loads(done.stdout)['files']]
    assert len(verdicts) == len(hostile)
    pairs = list(zip(hostile, verdicts, names))
    assert [(name, kind) for (kind, *_), verdict, name in pairs if verdict not in ('suspicious', 'dangerous')] == []
    assert [(name, kind) for (kind, *_, gadget), verdict, name in pairs if gadget and verdict != 'dangerous'] == []


def test_benign_files(tmp_path):
    """No benign file is called dangerous."""
    sys.path.insert(0, str(CORPUS))
    try:
        import benign
    finally:
        sys.path.remove(str(CORPUS))
    names = []
    for i, (kind, label, content, extension) in enumerate(benign.samples()):
        names.append(f'{i:04}{extension}')
        (tmp_path / names[-1]).write_bytes(content)
    done = subprocess.run(
        [sys.executable, '-m', 'dill', 'inspect', '--json', *names],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1, 2), done.stderr
    reports = json.loads(done.stdout)['files']
    assert len(reports) == len(names) > 1000
    assert [name for name, report in zip(names, reports) if report['verdict'] == 'dangerous'] == []


def test_what_is_no_name_is_not_looked_up():
    """A joblib file read without joblib has its placeholders where names should be: loading fails, nothing runs."""
    wrapper = b'cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81'
    found = dill.inspect(b'\x80\x04' + wrapper + b'\x8c\x05dtype\x93)R.')
    assert found.verdict == 'clean' and 'lookup-of-value' in {finding.id for finding in found.findings}
    # Nobody writes this.
    found = dill.inspect(b'\x80\x04ccollections\nUserList\n)\x81\x8c\x05dtype\x93)R.')
    assert found.verdict == 'suspicious' and 'lookup-of-value' in {finding.id for finding in found.findings}
    # Any other object may be a string.
    found = dill.inspect(b'\x80\x04cbuiltins\nstr\n)\x81\x8c\x05dtype\x93)R.')
    assert found.verdict == 'dangerous'


def test_pickles_between_the_storages_of_a_torch_tar():
    """torch.load reads one pickle after the other from "storages", with raw data between them."""
    evil = b"cos\nsystem\n(S'id'\ntR."
    first = pickle.dumps(2, 2) + pickle.dumps(('a', 'cpu', 'FloatStorage'), 2) + (3).to_bytes(8, 'little') + bytes(12)
    tensors = pickle.dumps(2, 2) + pickle.dumps(('t', 'a', 'FloatTensor'), 2) + (1).to_bytes(8, 'little') + bytes(24)
    good = {'sys_info': pickle.dumps({}, 2), 'pickle': pickle.dumps([1], 2), 'storages': first, 'tensors': tensors}

    def verdict(**changed):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode='w') as tar:
            for name, content in {**good, **changed}.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return dill.inspect(file.getvalue()).verdict

    assert verdict() == 'clean'
    assert verdict(storages=first + evil) == 'dangerous'
    assert verdict(storages=first + pickle.dumps(('b', 'cpu', 'x'), 2) + bytes(8) + evil) == 'dangerous'
    assert verdict(tensors=tensors + evil) == 'dangerous'
    assert verdict(pickle=b"\x80\x02(cos\nsystem\nNNtQ(S'id'\ntR.") == 'dangerous'


def test_a_pickle_far_inside_of_data():
    data = b'MYFORMAT' + bytes(40 << 20) + b"\x80\x04cos\nsystem\n(S'id'\ntR." + bytes(100)
    found = dill.inspect(data)
    assert found.verdict == 'dangerous' and found.globals == [('os', 'system')]


WATCHED = """
import json, sys
from pathlib import Path
import dill

seen = []
FORBIDDEN = ('os.system', 'os.exec', 'os.fork', 'os.posix_spawn', 'os.spawn', 'subprocess.Popen', 'socket.',
             'pickle.find_class', 'marshal.loads', 'ctypes.dlopen', 'os.mkdir', 'os.rename', 'os.remove', 'os.symlink',
             'shutil.', 'pty.spawn')
files = sorted(Path('.').iterdir())
contents = [path.read_bytes() for path in files]
dill.inspect(contents[0]).report('text')  # what is imported late is there now

def watch(event, given):
    if event.startswith(FORBIDDEN) or event == 'import' and 'corpus' in str(given[0]):
        seen.append([event, str(given)[:200]])
    if event == 'open' and given[1] not in (None, 'r', 'rb'):
        seen.append([event, str(given)[:200]])

sys.addaudithook(watch)
verdicts = []
for path, content in zip(files, contents):
    for source in (content, path):
        found = dill.inspect(source)
        found.report('text')
        found.report('json')
    verdicts.append(found.verdict)
print(json.dumps([seen, verdicts]))
"""


def test_dill_inspect(hostile, untouched):
    """dill.inspect of bytes and of paths, under an audit hook."""
    done = subprocess.run(
        [sys.executable, '-c', WATCHED],
        cwd=untouched,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    seen, verdicts = json.loads(done.stdout)
    assert seen == []
    assert len(verdicts) == len(hostile) and not {'clean', 'error'} & set(verdicts)


def trace(log, *command):
    """The command line that writes the system calls of CALLS of a command and its children to a log."""
    strace = shutil.which('strace')
    if strace is None:
        pytest.skip('strace is not installed (./dev test installs it)')
    probe = subprocess.run([strace, '-o', os.devnull, 'true'], capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip(f'strace may not trace here: {probe.stderr.strip()}')
    return [strace, '-f', '--seccomp-bpf', '-qq', '-e', f'trace={CALLS}', '-o', str(log), *map(str, command)]


def traced_calls(log):
    """What such a log has: [(name, line)], without calls that failed."""
    lines = log.read_text(errors='replace').splitlines()
    return [(match[1], line) for line in lines if (match := re.match(r'\d+ +(\w+)\(', line)) and ' = -1 ' not in line]


def traced(command, cwd, log, **variables):
    """The system calls of CALLS of a command and its children: [(name, line)]."""
    done = subprocess.run(
        trace(log, *command),
        cwd=cwd,
        env={**environment(), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1, 2), done.stderr  # 1: findings, 2: unreadable
    return traced_calls(log)


def writing(calls, allowed=()):
    """Calls that change files, apart from those below the allowed folders and /dev."""
    found = []
    for name, line in calls:
        if name in ('execve', 'execveat', 'socket', 'connect'):
            continue
        if name in ('open', 'openat') and not re.search('O_WRONLY|O_RDWR|O_CREAT|O_TRUNC', line):
            continue
        if not any(f'"{place}' in line for place in ('/dev/', '/proc/self/', *map(str, allowed))):
            found.append(line)
    return found


def chosen(folder):
    """Each kind of container and some streams: enough for what a trace can show."""
    names = sorted(path.name for path in folder.iterdir())
    return [*names[::12], *(name for name in names[-250:] if not name.endswith('.pkl'))]


def settings_in(folder):
    """A home for the settings of a program, and the environment variables that say so."""
    home = folder / 'home'
    home.mkdir(mode=0o700)
    names = ('HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR')
    return home, {name: str(home) for name in names}


def test_strace_of_inspect(untouched, tmp_path):
    calls = traced([sys.executable, '-m', 'dill', 'inspect', *chosen(untouched)], untouched, tmp_path / 'log')
    assert len([name for name, _ in calls if name == 'openat']) > 100
    assert [line for name, line in calls if name.startswith('execve')][1:] == []  # the first one is Python itself
    assert [line for name, line in calls if name in ('socket', 'connect')] == []
    assert writing(calls) == []


@pytest.mark.skipif(not os.path.exists(EXPLORER), reason='no Explorer was built (DILL_EXPLORER)')
def test_strace_of_explorer(untouched, tmp_path):
    """A report of each kind of file; the display is offscreen. Graphviz, which draws .svg, is not asked for."""
    home, places = settings_in(tmp_path)
    kinds = {}
    for name in chosen(untouched):
        kinds.setdefault(Path(name).suffix, []).append(name)
    reports = 0
    for names in kinds.values():
        for name in names[:2]:
            report = home / 'report.txt'
            command = [EXPLORER, '--report', report, name]
            calls = traced(command, untouched, tmp_path / 'log', QT_QPA_PLATFORM='offscreen', **places)
            reports += report.exists()
            report.unlink(missing_ok=True)
            assert [line for called, line in calls if called.startswith('execve')][1:] == []
            assert [line for called, line in calls if called in ('socket', 'connect')] == []
            assert writing(calls, [home]) == []
    assert reports > len(kinds)  # most of them can be read


@pytest.mark.skipif(not os.path.exists(OPEN_FILES), reason='no Explorer was built (DILL_OPEN_FILES)')
def test_strace_of_the_window(untouched, tmp_path):
    """The window opens one file after the other: graph, findings, opcodes, details. The display is offscreen."""
    home, places = settings_in(tmp_path)
    names = chosen(untouched)
    calls = traced([OPEN_FILES, *names], untouched, tmp_path / 'log', QT_QPA_PLATFORM='offscreen', **places)
    opened = {match[1] for called, line in calls if called == 'openat' and (match := re.search(r'"([^"]*)"', line))}
    assert set(names) <= {Path(path).name for path in opened}
    assert [line for called, line in calls if called.startswith('execve')][1:] == []
    assert [line for called, line in calls if called in ('socket', 'connect')] == []
    assert writing(calls, [home]) == []


@pytest.mark.skipif(not os.path.exists(EXPLORER), reason='no Explorer was built (DILL_EXPLORER)')
def test_strace_of_the_program_with_a_window(untouched, tmp_path):
    """dill-explorer FILE itself, until it has noted the file in its settings."""
    home, places = settings_in(tmp_path)
    name = next(name for name in chosen(untouched) if name.endswith('.pkl'))
    log = tmp_path / 'log'
    with subprocess.Popen(
        trace(log, EXPLORER, name),
        cwd=untouched,
        env={**environment(), **places, 'QT_QPA_PLATFORM': 'offscreen'},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            for _ in range(1200):
                if any(name in path.read_text(errors='replace') for path in home.rglob('*.conf')):
                    break
                assert process.poll() is None, 'the window is gone'
                time.sleep(0.1)
            else:
                pytest.fail('the file was never opened')
            os.kill(int(log.read_text().split()[0]), signal.SIGTERM)
            process.wait(60)
        finally:
            process.kill()
    calls = traced_calls(log)
    assert any(called == 'openat' and f'{name}"' in line for called, line in calls)
    assert [line for called, line in calls if called.startswith('execve')][1:] == []
    assert [line for called, line in calls if called in ('socket', 'connect')] == []
    assert writing(calls, [home]) == []


@pytest.mark.skipif(not os.path.exists(EXPLORER), reason='no Explorer was built (DILL_EXPLORER)')
def test_explorer_has_no_python():
    """Neither directly nor through a library; nor does it ask for a symbol of the interpreter."""
    libraries = subprocess.run(['ldd', EXPLORER], capture_output=True, text=True, check=True).stdout
    assert 'libQt6Core' in libraries and 'python' not in libraries
    symbols = subprocess.run(
        ['nm', '--dynamic', '--undefined-only', EXPLORER], capture_output=True, text=True, check=True
    )
    assert re.findall(r' U (_?Py\w+)', symbols.stdout) == []


def test_reading_libraries_have_no_python():
    """The static reader as it is built for the engine beside it."""
    build = os.environ.get('DILL_ENGINE_BUILD', '')
    found = sorted(Path(build).glob('core/*/libdill_*.a')) if build else []
    libraries = [path for path in found if path.parent.name in ('pickle', 'graph', 'inspect', 'file', 'trace')]
    if not libraries:
        pytest.skip('no build folder of the engine is known (DILL_ENGINE_BUILD)')
    assert {'inspect', 'pickle'} <= {path.parent.name for path in libraries}
    for path in libraries:
        symbols = subprocess.run(['nm', '--undefined-only', path], capture_output=True, text=True, check=True).stdout
        assert re.findall(r' U (_?Py[A-Z_]\w+)', symbols) == [], path.name
