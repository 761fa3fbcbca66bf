"""python -m dill inspect: reports, exit statuses, several files and folders."""

import contextlib
import json
import os
import pickle
import pty
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

import dill

BAD = b"cos\nsystem\n(S'id'\ntR."


def inspect(*arguments, **variables):
    """(exit status, output, errors) of `python -m dill inspect ARGUMENTS`."""
    done = subprocess.run(
        [sys.executable, '-m', 'dill', 'inspect', *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **variables},
    )
    assert 'Traceback' not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / 'files'
    (folder / 'sub').mkdir(parents=True)
    (folder / 'good.pkl').write_bytes(pickle.dumps([1, 2]))
    (folder / 'sub' / 'bad.pkl').write_bytes(BAD)
    (folder / 'sub' / 'cut.pkl').write_bytes(pickle.dumps(list(range(100)), 2)[:-5])
    (folder / 'notes.txt').write_text('These are notes, and no pickle.\n' * 5)
    return folder


def test_text(folder):
    status, out, err = inspect(folder / 'good.pkl')
    assert (status, err) == (0, '')
    assert out.splitlines()[0].endswith(f': clean (data only, {(folder / "good.pkl").stat().st_size} bytes)')
    assert 'holds:' in out and 'list' in out
    status, out, _ = inspect(folder / 'sub' / 'bad.pkl')
    assert status == 1
    assert 'dangerous   dangerous-call: calls os.system, which runs a command' in out
    status, out, _ = inspect(folder / 'sub' / 'cut.pkl')
    assert status == 2 and ': error (' in out


def test_json(folder):
    status, out, _ = inspect('--json', folder / 'sub' / 'bad.pkl')
    report = json.loads(out)
    assert status == 1
    assert (report['verdict'], report['globals'], report['dynamic']) == ('dangerous', [['os', 'system']], False)
    status, out, _ = inspect('--json', folder)
    report = json.loads(out)
    assert status == 1 and report['verdict'] == 'dangerous'
    assert {os.path.basename(f['file']): f['verdict'] for f in report['files']} == {
        'good.pkl': 'clean',
        'notes.txt': 'error',
        'bad.pkl': 'dangerous',
        'cut.pkl': 'error',
    }


def test_sarif(folder):
    """The parts that SARIF 2.1.0 asks for, with the types that its schema gives them."""
    status, out, _ = inspect('--sarif', folder)
    sarif = json.loads(out)
    assert status == 1
    assert sarif['version'] == '2.1.0' and sarif['$schema'].endswith('sarif-2.1.0.json')
    (run,) = sarif['runs']
    rules = [rule['id'] for rule in run['tool']['driver']['rules']]
    assert run['tool']['driver']['name'] and len(set(rules)) == len(rules)
    assert run['results']
    for result in run['results']:
        assert rules[result['ruleIndex']] == result['ruleId']
        assert result['level'] in ('error', 'warning', 'note', 'none')
        assert result['message']['text'] and result['occurrenceCount'] >= 1
        (location,) = result['locations']
        uri = location['physicalLocation']['artifactLocation']['uri']
        assert re.fullmatch(r'[A-Za-z0-9._~%/:-]+', uri)
        assert location['physicalLocation'].get('region', {'byteOffset': 0})['byteOffset'] >= 0
    assert {r['level'] for r in run['results'] if r['ruleId'] == 'dangerous-call'} == {'error'}


def test_sarif_has_what_the_schema_has(folder):
    """sarif_om was generated from the official schema 2.1.0: its classes say which properties there are and must be."""
    om = pytest.importorskip('sarif_om', reason='sarif-om is not installed (tests/python/requirements.txt)')
    inner = {
        ('SarifLog', 'runs'): 'Run',
        ('Run', 'tool'): 'Tool',
        ('Run', 'results'): 'Result',
        ('Tool', 'driver'): 'ToolComponent',
        ('ToolComponent', 'rules'): 'ReportingDescriptor',
        ('Result', 'message'): 'Message',
        ('Result', 'locations'): 'Location',
        ('Location', 'physicalLocation'): 'PhysicalLocation',
        ('Location', 'logicalLocations'): 'LogicalLocation',
        ('PhysicalLocation', 'artifactLocation'): 'ArtifactLocation',
        ('PhysicalLocation', 'region'): 'Region',
    }
    seen = set()

    def check(value, kind):
        seen.add(kind)
        fields = getattr(om, kind).__attrs_attrs__
        names = {field.metadata['schema_property_name']: field for field in fields}
        assert set(value) <= set(names), kind
        # attr.ib() without a default is a property that the schema requires.
        assert {name for name, field in names.items() if repr(field.default) == 'NOTHING'} <= set(value), kind
        for name, content in value.items():
            into = inner.get((kind, name))
            if into is None:
                assert not isinstance(content, dict), (kind, name)
                continue
            for item in content if isinstance(content, list) else [content]:
                check(item, into)

    with zipfile.ZipFile(folder / 'archive.zip', 'w') as archive:
        archive.writestr('inner.pkl', BAD)
    check(json.loads(inspect('--sarif', folder)[1]), 'SarifLog')
    assert seen >= set(inner.values()) - {'LogicalLocation'}


def test_effects_and_disassembly(folder):
    status, out, _ = inspect('--effects', folder / 'sub' / 'bad.pkl')
    assert status == 1
    assert [line.split()[1:4] for line in out.splitlines()[1:]] == [
        ['GLOBAL', 'look', 'up'],
        ['REDUCE', 'call', "os.system('id')"],
    ]
    status, out, _ = inspect('--disassemble', folder / 'good.pkl')
    assert status == 0
    assert [line.split()[1] for line in out.splitlines()[1:]][:2] == ['PROTO', 'FRAME']
    assert 'obj[0]' in out or 'obj' in out


def test_arrays_between_the_opcodes(tmp_path):
    """What joblib writes there is neither opcodes nor does it move what is behind it."""

    def text(content):
        return b'X' + len(content).to_bytes(4, 'little') + content.encode()

    raw = b'.\xffR'
    wrapper = b'cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(' + text('subclass') + b'cnumpy\nndarray\n'
    wrapper += text('shape') + b'K\x03\x85' + text('order') + text('C') + text('allow_mmap') + b'\x89'
    wrapper += text('dtype') + b'cnumpy\ndtype\n' + text('u1') + b'\x85Rub'
    data = b'\x80\x02]' + wrapper + raw + b'a' + b'cos\nsystem\na.'
    path = tmp_path / 'array.joblib'
    path.write_bytes(data)
    at, behind = data.index(raw), data.index(b'cos\n')
    lines = inspect('--disassemble', path)[1].splitlines()
    assert f'{at:10}  (3 bytes of an array)' in lines
    assert [line.split()[:2] for line in lines if line.split()[0] == str(behind)] == [[str(behind), 'GLOBAL']]
    effects = inspect('--effects', path)[1].split(f'{path}:')[1].splitlines()
    assert effects[-1].split()[:2] == [str(behind), 'GLOBAL'] and 'in obj[1]' in effects[-1]
    report = json.loads(inspect('--json', path)[1])
    assert {f['offset'] for f in report['findings'] if f['id'] == 'dangerous-name'} == {behind}


def test_details(tmp_path):
    """All that is known of an object, found by the path or the byte that the effects tell."""

    def area(width, height=2):
        return width * height

    path = tmp_path / 'function.pkl'
    path.write_bytes(dill.dumps({'f': [area, 'text']}))
    status, out, err = inspect('--details', "obj['f'][0]", path)
    assert (status, err) == (1, '')
    first, second, *lines = out.splitlines()
    assert first == f'{path}:' and second.startswith("  obj['f'][0]  function  area")
    assert 'def area(width, height=2)' in lines[0] and any('BINARY' in line for line in lines)
    at = path.read_bytes().index(b'_create_function')
    by_offset = inspect('--details', at, path)[1].splitlines()
    assert by_offset[1].startswith("  obj['f'][0]")
    everything = inspect('--details', 'all', path)[1]
    assert "obj['f'][0]  function" in everything and 'text' not in everything
    status, out, _ = inspect('--details', "obj['f'][1]", path)
    assert (status, out.splitlines()[1:]) == (1, ["  obj['f'][1]  str  'text'  (7 bytes)"])
    for nowhere in ("obj['g']", '100000'):
        status, out, err = inspect('--details', nowhere, path)
        assert (status, out, err) == (2, '', f'dill: there is no object at {nowhere}\n')
    path.write_bytes(pickle.dumps([1]))
    assert inspect('--details', 'all', path)[::2] == (2, 'dill: nothing more is known of any object\n')


def test_folder(folder):
    status, out, _ = inspect(folder)
    assert status == 1
    assert 'bad.pkl: dangerous' in out and 'good.pkl: clean' in out and 'notes.txt' not in out
    assert out.endswith('4 files: 1 with findings, 1 unreadable\n')
    (folder / 'sub' / 'bad.pkl').unlink()
    assert inspect(folder)[0] == 2
    (folder / 'sub' / 'cut.pkl').unlink()
    assert inspect(folder)[0] == 0


def test_many_files_come_in_order(tmp_path):
    for number in range(60):
        (tmp_path / f'{number:02}.pkl').write_bytes(pickle.dumps(list(range(number * 100))))
    report = json.loads(inspect('--json', tmp_path)[1])
    assert [os.path.basename(f['file']) for f in report['files']] == [f'{number:02}.pkl' for number in range(60)]


def test_what_cannot_be_read(tmp_path):
    status, out, err = inspect(tmp_path / 'missing.pkl')
    assert (status, out) == (2, '') and 'missing.pkl' in err
    status, out, _ = inspect('--json', tmp_path / 'missing.pkl')
    assert status == 2 and json.loads(out)['verdict'] == 'error'


def test_file_names_that_are_no_text(tmp_path):
    folder = os.fsencode(tmp_path) + b'/odd'
    os.mkdir(folder)
    with open(folder + b'/\xff.pkl', 'wb') as file:
        file.write(BAD)
    odd = os.fsdecode(folder + b'/\xff.pkl')
    for path in odd, os.fsdecode(folder):
        for form in [], ['--json'], ['--sarif'], ['--effects'], ['--disassemble'], ['--details', 'all']:
            status, out, _ = inspect(*form, path)
            assert status == 1
            assert 'udcff.pkl' in out
    assert dill.inspect(odd).source.endswith('\\udcff.pkl')


def test_rules_file(tmp_path):
    path, rules = tmp_path / 'a.pkl', tmp_path / 'rules.json'
    path.write_bytes(b'cshop\nOrder\n)\x81.')
    assert inspect(path)[0] == 1
    rules.write_text('{"version": 1, "rules": [{"rule": "allow", "names": ["shop.Order"], "reason": "ours"}]}')
    assert inspect('--rules', rules, path)[0] == 0
    rules.write_text('{"version": 1, "rules": [{"rule": "allow"}]}')
    status, out, err = inspect('--rules', rules, path)
    assert (status, out) == (2, '') and 'rules.json: rule 1: has no "reason"' in err


def test_progress_on_a_terminal(folder):
    parent, child = pty.openpty()
    done = subprocess.run(
        [sys.executable, '-m', 'dill', 'inspect', folder], stdout=subprocess.PIPE, stderr=child, timeout=120
    )
    os.close(child)
    shown = b''
    with contextlib.suppress(OSError):  # EIO is the end of a terminal that nobody has open
        while piece := os.read(parent, 65536):
            shown += piece
    shown = shown.decode()
    os.close(parent)
    assert done.returncode == 1
    assert '4 of 4' in shown and shown.endswith('\r\x1b[K')


def test_interrupt(tmp_path):
    """Ctrl-C ends it without a traceback, at once and in the midst of a large file."""
    path = tmp_path / 'large.pkl'
    with open(path, 'wb') as file:
        file.write(b'\x80\x02](')
        for _ in range(60):
            file.write(b'K\x01K\x02\x86' * 1_000_000)
        file.write(b'e.')
    other = tmp_path / 'other.pkl'
    other.write_bytes(b'N.')
    process = subprocess.Popen(
        [sys.executable, '-m', 'dill', 'inspect', path, other], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        while path.name not in Path(f'/proc/{process.pid}/maps').read_text():  # the file is being read
            assert process.poll() is None, 'ended before the file was opened'
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode in (130, -signal.SIGINT)
    assert b'Traceback' not in err
