"""python -m dill cat, load, dump; the scripts undill, get_objgraph and get_gprof."""

import json
import os
import pickle
import subprocess
import sys

import pytest

import dill


def dill_main(*arguments, cwd=None, stdin=None, program=('-m', 'dill'), **variables):
    """`python -m dill ARGUMENTS`: (exit status, output, errors)."""
    done = subprocess.run(
        [sys.executable, *program, *map(str, arguments)],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=60,
        env={**os.environ, **variables},
    )
    assert 'Traceback' not in done.stdout
    return done.returncode, done.stdout, done.stderr


def script(name, *arguments, **options):
    return dill_main(*arguments, program=('-m', f'dill._scripts.{name}'), **options)


@pytest.fixture
def trap(tmp_path):
    """A pickle that makes a file when it is loaded."""
    target = tmp_path / 'sprung'
    pickled = tmp_path / 'trap.pkl'
    pickled.write_bytes(b'cbuiltins\nopen\n(X%s%sX\x01\x00\x00\x00wtR.' % (
        len(str(target)).to_bytes(4, 'little'), str(target).encode()))  # fmt: skip
    return pickled, target


def test_cat_shows_what_is_in_a_pickle_and_runs_nothing(trap):
    path, target = trap
    status, out, err = dill_main('cat', path)
    assert (status, err) == (0, '') and not target.exists()
    assert f'{path}: 1 pickle, protocol 1, {path.stat().st_size} bytes' in out
    assert 'imports:\n  builtins.open  called\n' in out
    assert 'result of builtins.open' in out and "str  'w'" in out


def test_billion_laughs(tmp_path):
    """A small file says how large its value would be if nothing in it were shared."""
    value = 'laugh'
    for _ in range(60):
        value = [value] * 10
    path = tmp_path / 'laughs.pkl'
    path.write_bytes(pickle.dumps(value))
    status, output, _ = dill_main('cat', path)
    assert status == 0 and 'if nothing were shared: about 1.1e+60 objects' in output
    found = dill._engine.read_pickle(path.read_bytes())
    assert found.logical_size == pytest.approx((10**61 - 1) / 9)
    assert json.loads(found.report('json'))['logical_size'] == found.logical_size
    assert 'unshared about 1.1e+60 objects' in found.report('text')
    path.write_bytes(pickle.dumps([1, 2, 3]))
    assert 'shared' not in dill_main('cat', path)[1]


def test_cat_shows_objects_as_deep_as_wanted(tmp_path):
    path = tmp_path / 'o.pkl'
    path.write_bytes(dill.dumps({'a': [1, [2, [3, [4]]]], 'many': list('x' * 100)}))
    status, out, _ = dill_main('cat', path)
    assert status == 0 and 'imports nothing' in out
    assert "['a']  list  2 items" in out and 'int  4' not in out and '...' in out
    assert 'int  4' in dill_main('cat', '--depth', 9, path)[1]
    assert len(dill_main('cat', '--depth', 0, path)[1].splitlines()) == 5


def test_cat_as_json(trap):
    status, out, _ = dill_main('cat', '--json', trap[0])
    report = json.loads(out)
    assert status == 0 and report['format'] == 'dill-report' and report['picklable'] is None
    assert report['imports'] == [{'name': 'builtins.open', 'calls': 1}]
    assert (report['pickles'], report['fault'], report['left_over']) == (1, None, 0)


@pytest.mark.parametrize(
    'damage, message',
    [(lambda data: data[:-5], 'damaged or cut off at byte'), (lambda data: data + b'\xff more', '6 bytes behind')],
)
def test_cat_of_damaged_files(tmp_path, damage, message):
    path = tmp_path / 'damaged.pkl'
    path.write_bytes(damage(pickle.dumps(['kept', {'a': 'b'}])))
    status, out, err = dill_main('cat', path)
    assert status == 1 and message in out and "'kept'" in out and not err


def test_cat_of_what_it_cannot_read(tmp_path):
    empty, text = tmp_path / 'empty', tmp_path / 'text.dtrace'
    empty.write_bytes(b'')
    text.write_text('# a script')
    for path, message in (
        (tmp_path / 'missing', 'No such file or directory'),
        (tmp_path, 'Is a directory'),
        (empty, 'is no pickle'),
        (text, 'dill-explorer'),
    ):
        status, out, err = dill_main('cat', path)
        assert (status, out) == (2, '') and err.startswith('dill: ') and message in err and err.count('\n') == 1


def test_control_characters_in_a_pickle_do_not_reach_the_terminal(tmp_path):
    path = tmp_path / 'c.pkl'
    path.write_bytes(pickle.dumps({'\x1b[2J': '\x1b]0;x\x07'}) + b'')
    assert '\x1b' not in dill_main('cat', path)[1]
    path.write_bytes(b'c\x1b[2J\nname\n.')
    assert '\x1b' not in dill_main('cat', path)[1] + dill_main('cat', '--json', path)[1]


def test_load_asks_first(trap):
    path, target = trap
    status, out, err = dill_main('load', path)
    assert (status, out) == (2, '') and 'builtins.open  called' in err and '--yes' in err
    assert not target.exists()
    status, out, err = dill_main('load', '--yes', path)
    assert status == 0 and out.startswith('<_io.TextIOWrapper') and target.exists()


def test_load_finds_modules_here_and_keeps_main_apart(tmp_path):
    (tmp_path / 'mine.py').write_text('class Thing:\n    def __repr__(self): return "a thing"\n')
    code = 'import dill, mine\nn = 3\nf = lambda: n\ndill.dump([mine.Thing(), f], open("o.pkl", "wb"))'
    subprocess.run([sys.executable, '-c', code], cwd=tmp_path, check=True)
    status, out, err = dill_main('load', '-y', 'o.pkl', cwd=tmp_path)
    assert status == 0 and out.startswith('[a thing, <function <lambda>'), err
    # -i: the object is in obj, and what the functions call __main__ is where the prompt is
    status, out, err = dill_main('load', '-y', '-i', 'o.pkl', cwd=tmp_path, stdin='n = 5\nprint(obj[1]() + 1)\n')
    assert status == 0 and '6' in out.splitlines()[1]


def test_load_of_what_does_not_load(tmp_path):
    path = tmp_path / 'o.pkl'
    path.write_bytes(b'cno_such_module\nname\n.')
    status, out, err = dill_main('load', '-y', path)
    assert (status, out) == (1, '')
    assert err.endswith(f"dill: {path} could not be loaded: ModuleNotFoundError: No module named 'no_such_module'\n")


SCRIPT = """
import sys
class Model:
    def __init__(self, size): self.size = size
model = Model(len(sys.argv))
bad = {'ok': 1, 'gen': (x for x in ())}
if 'fail' in sys.argv: raise ValueError('no model')
"""


def test_dump_of_an_expression_in_a_script(tmp_path):
    (tmp_path / 's.py').write_text(SCRIPT)
    status, out, err = dill_main('dump', 's.py:[model, model.size + 1]', 'o.pkl', '--', 'a', 'b', cwd=tmp_path)
    assert (status, out) == (0, '') and err.startswith('o.pkl: ')
    model, number = dill.loads((tmp_path / 'o.pkl').read_bytes())
    assert (type(model).__name__, model.size, number) == ('Model', 3, 4)
    assert sorted(os.listdir(tmp_path)) == ['o.pkl', 's.py']
    dill_main('dump', 's.py:model', 'o2.pkl', '--protocol', 2, '--byref', cwd=tmp_path)
    assert (tmp_path / 'o2.pkl').read_bytes().startswith(b'\x80\x02c__main__\nModel')


def test_dump_of_what_will_not_pickle_leaves_the_file(tmp_path):
    (tmp_path / 's.py').write_text(SCRIPT)
    (tmp_path / 'o.pkl').write_bytes(b'precious')
    status, _out, err = dill_main('dump', 's.py:bad', 'o.pkl', cwd=tmp_path)
    assert status == 1 and "bad['gen'] : TypeError: cannot pickle 'generator' object" in err
    status, _out, err = dill_main('dump', 's.py:model', 'o.pkl', '--', 'fail', cwd=tmp_path)
    assert status == 2 and 'ValueError: no model' in err
    status, _out, err = dill_main('dump', 's.py:nothing', 'o.pkl', cwd=tmp_path)
    assert status == 2 and 'NameError' in err
    assert dill_main('dump', 's.py:model', 'no/such/folder', cwd=tmp_path)[0] == 2
    assert dill_main('dump', 's.py', 'o.pkl', cwd=tmp_path)[0] == 2
    assert dill_main('dump', 's.py:(', 'o.pkl', cwd=tmp_path)[0] == 2
    assert (tmp_path / 'o.pkl').read_bytes() == b'precious'
    assert sorted(os.listdir(tmp_path)) == ['o.pkl', 's.py']


def test_dump_of_an_expression_in_a_module(tmp_path):
    (tmp_path / 'mine.py').write_text('numbers = [1, 2]\n')
    assert dill_main('dump', '-m', 'mine:numbers[1:]', 'o.pkl', cwd=tmp_path)[0] == 0
    assert dill.loads((tmp_path / 'o.pkl').read_bytes()) == [2]
    status, _out, err = dill_main('dump', '-m', 'no_such_module:x', 'o.pkl', cwd=tmp_path)
    assert status == 2 and 'ModuleNotFoundError' in err


@pytest.mark.parametrize('command', ['explain', 'cat', 'load', 'dump'])
def test_help(command):
    status, out, err = dill_main(command, '--help')
    assert status == 0 and out.startswith(f'usage: python -m dill {command} ') and 'exit status:' in out and not err
    assert command == 'explain' or 'example' in out
    assert dill_main(command)[0] == 2


def test_undill(tmp_path):
    for name, value in (('a', ['hello', 'world']), ('b', 2)):
        (tmp_path / name).write_bytes(dill.dumps(value))
    assert script('undill', 'a', 'b', cwd=tmp_path) == (0, "['hello', 'world']\n2\n", '')
    (tmp_path / 'bad').write_bytes(b'x')
    status, out, err = script('undill', 'bad', 'missing', 'b', cwd=tmp_path)
    assert (status, out) == (1, '2\n') and 'undill: missing: No such file' in err and 'undill: bad: ' in err
    assert script('undill')[0] == 2 and script('undill', '--help')[0] == 0


FAKE_OBJGRAPH = 'def show_refs(obj, filename): print(f"drawn {obj!r} to {filename}")\n'


def test_get_objgraph(tmp_path):
    (tmp_path / 'o.pkl').write_bytes(dill.dumps([1]))
    (tmp_path / 'objgraph.py').write_text(FAKE_OBJGRAPH)
    here = {'cwd': tmp_path, 'PYTHONPATH': os.pathsep.join([str(tmp_path), os.environ.get('PYTHONPATH', '')])}
    assert script('get_objgraph', 'DictType', **here) == (0, 'drawn {} to DictType.png\n', '')
    assert script('get_objgraph', 'o.pkl', **here) == (0, 'drawn [1] to o.png\n', '')
    status, out, _err = script('get_objgraph', **here)
    assert status == 0 and 'exactly one file or type name' in out and 'BooleanType, ' in out and out.endswith('...\n')
    assert script('get_objgraph', 'nothing', **here)[0] == 2
    (tmp_path / 'objgraph.py').write_text('raise ImportError')
    assert script('get_objgraph', 'DictType', **here) == (1, "Please install 'objgraph' to view object graphs\n", '')


def test_get_objgraph_draws(tmp_path):
    pytest.importorskip('objgraph', reason='no objgraph here: use ./dev test')
    status, _out, err = script('get_objgraph', 'ListType', cwd=tmp_path)
    assert status == 0 and (tmp_path / 'ListType.png').read_bytes().startswith(b'\x89PNG'), err


def test_get_gprof(tmp_path):
    for name, text in (('gprof2dot', 'echo "digraph { a -> b }"\n'), ('dot', 'cat > "$3"\n')):
        program = tmp_path / name
        program.write_text('#!/bin/sh\n' + text)
        program.chmod(0o755)
    here = {'cwd': tmp_path, 'PATH': os.pathsep.join([str(tmp_path), os.environ['PATH']])}
    status, out, err = script('get_gprof', '-n', '5', 'import decimal; decimal.Decimal(1)', **here)
    assert status == 0, out + err
    assert (tmp_path / 'Decimal.call.png').read_text() == 'digraph { a -> b }\n'
    assert not (tmp_path / 'Decimal.prof').exists()
    assert 'cumtime' in out and 'save_reduce' in out
    status, out, err = script('get_gprof', '1 +', **here)
    assert status == 1 and out.startswith('Error processing object instance')
    assert script('get_gprof', '(x for x in ())', **here)[0] == 1
    status, out, err = script('get_gprof', '[1]', cwd=tmp_path, PATH='')
    assert status == 1 and "Please verify install of 'gprof2dot'" in out
    assert script('get_gprof')[0] == 2
