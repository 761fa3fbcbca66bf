"""``python -m dill``."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import dill

CULPRITS = {
    # path in resources/examples/orders.py -> type
    'shop.stock.pick_lists[0]': 'generator',
    "shop.config['storage']['ledger']['connection']": 'sqlite3.Connection',
    'shop.printer._socket': 'socket.socket',
    'shop.price.__closure__[1].cell_contents': '_thread._local',
}


def dill_command(*arguments, folder=None, **keywords):
    return subprocess.run(
        [sys.executable, '-m', 'dill', *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        **keywords,
    )


@pytest.fixture
def script(tmp_path):
    def write(source, name='script.py'):
        path = tmp_path / name
        path.write_text(source)
        return path

    return write


def test_version_and_help():
    assert dill_command('--version').stdout == f'dill {dill.__version__}\n'
    help_text = dill_command('--help')
    assert help_text.returncode == 0
    assert 'explain' in help_text.stdout
    text = dill_command('explain', '--help')
    assert text.returncode == 0
    assert 'exit status' in text.stdout


@pytest.mark.parametrize('arguments', [(), ('nonsense',), ('explain',), ('explain', 'x.py', '--nonsense')])
def test_usage_errors(arguments):
    assert dill_command(*arguments).returncode == 2


def test_the_example_has_exactly_its_four_culprits(examples):
    done = dill_command('explain', examples / 'orders.py', '--json')
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report['picklable'] is False
    found = {problem['path']: problem['type'] for problem in report['problems']}
    assert len(found) == len(report['problems']) == 4
    assert found == CULPRITS
    assert 'short of: pot' in done.stderr  # what the script printed made way for the JSON


def test_the_examples_paths_lead_to_the_culprits(examples):
    namespace = {'__name__': '__main__'}
    exec((examples / 'orders.py').read_text(), namespace)
    for path, kind in CULPRITS.items():
        assert type(eval(path, namespace)).__name__ == kind.rpartition('.')[2]


def test_text_report(script):
    done = dill_command('explain', script('data = {"a": [1, (n for n in "x")]}\nprint("hello")\n'))
    assert done.returncode == 1
    assert done.stdout.startswith('hello\n')
    assert "data['a'][1]" in done.stdout
    assert 'generator' in done.stdout


def test_picklable(script):
    done = dill_command('explain', script('data = [1, 2]\n'))
    assert done.returncode == 0
    assert 'picklable' in done.stdout


def test_an_expression(script):
    path = script('good = [1]\nbad = [(n for n in "x")]\n')
    assert dill_command('explain', f'{path}:good').returncode == 0
    done = dill_command('explain', f'{path}:bad', '--json')
    assert done.returncode == 1
    assert [problem['path'] for problem in json.loads(done.stdout)['problems']] == ['bad[0]']
    done = dill_command('explain', f'{path}:good + bad', '--json')
    assert [problem['path'] for problem in json.loads(done.stdout)['problems']] == ['(good + bad)[1]']


def test_the_script_runs_as_main(script, tmp_path):
    (tmp_path / 'neighbour.py').write_text('value = 5\n')
    (tmp_path / 'argparse.py').write_text('raise SystemExit("the wrong argparse")\n')
    path = script(
        'import os, sys, neighbour\nclass Here: pass\n'
        'print(sys.argv[1:], __name__, os.path.basename(__file__), Here.__module__, neighbour.value)\n'
    )
    done = dill_command('explain', path.name, '--', '--json', 'two words', folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("['--json', 'two words'] __main__ script.py __main__ 5\n")


def test_what_belongs_to_others_is_left_out(script):
    done = dill_command(
        'explain',
        script(
            'from __future__ import annotations\nimport os, socket as so\nfrom math import *\nfrom typing import List\n'
            'from collections import OrderedDict as OD, Counter\nfrom string import digits\n'
            'try:\n    from functools import partial\nexcept ImportError: pass\n'
            'def function(): pass\nclass Thing: pass\ndata = OD(a=1)\nCounter = 5\n'
            'lazy = (n for n in "x")\nroot = os.path.join\n'
        ),
        '--json',
    )
    report = json.loads(done.stdout)
    names = {part['path'] for part in report['parts']}
    assert not names & {'os', 'so', 'sin', 'pi', 'List', 'OD', 'digits', 'partial', 'annotations', 'root'}
    assert [problem['path'] for problem in report['problems']] == ['lazy']


@pytest.mark.parametrize(
    'source, words',
    [
        ('x = (n for n in "x")\nraise ValueError("no good")\n', 'ValueError: no good'),
        ('x = (n for n in "x")\nimport sys\nsys.exit(3)\n', ''),
        ('x = (n for n in "x")\nraise SystemExit("bye")\n', 'bye'),
    ],
)
def test_a_script_that_fails_is_reported_all_the_same(script, source, words):
    done = dill_command('explain', script(source))
    assert done.returncode == 2
    assert words in done.stderr
    assert '_program.py' not in done.stderr
    assert 'cannot pickle' in done.stdout


def test_sys_exit_0_is_a_good_end(script):
    assert dill_command('explain', script('x = 1\nraise SystemExit(0)\n')).returncode == 0


@pytest.mark.parametrize(
    'source, target, words',
    [
        ('x = (\n', '', 'SyntaxError'),
        ('x = 1\n', ':x +', 'SyntaxError'),
        ('x = 1\n', ':y', 'NameError'),
        ('x = 1\n', ':x.y', 'AttributeError'),
    ],
)
def test_what_cannot_be_examined(script, source, target, words):
    done = dill_command('explain', f'{script(source)}{target}')
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ''


def test_files_that_are_no_scripts(tmp_path):
    for name in ('missing.py', 'missing.py:x'):
        done = dill_command('explain', tmp_path / name)
        assert done.returncode == 2
        assert "can't open file" in done.stderr
    done = dill_command('explain', tmp_path)
    assert done.returncode == 2
    (tmp_path / 'data.pkl').write_bytes(b'\x80\x04N.')
    done = dill_command('explain', tmp_path / 'data.pkl')
    assert done.returncode == 2
    assert 'dill-explorer' in done.stderr


def test_a_name_with_a_colon(tmp_path):
    path = tmp_path / 'odd.py:x.py'
    path.write_text('data = 1\n')
    assert dill_command('explain', path).returncode == 0
    assert dill_command('explain', f'{path}:data').returncode == 0


def test_json_is_alone_on_standard_output(script):
    done = dill_command(
        'explain',
        script('import os, subprocess\nx = 1\nprint("a")\nos.write(1, b"b")\nsubprocess.run(["echo", "c"])\n'),
        '--json',
    )
    assert json.loads(done.stdout)['picklable'] is True
    assert sorted(done.stderr.split()) == ['a', 'bc'] or set('abc') <= set(done.stderr)


def test_threads_do_not_keep_it_alive_and_exit_functions_run(script):
    begin = time.monotonic()
    done = dill_command(
        'explain',
        script(
            'import atexit, threading, time\nthreading.Thread(target=time.sleep, args=(300,)).start()\n'
            'atexit.register(print, "goodbye")\nx = 1\n'
        ),
    )
    assert time.monotonic() - begin < 30
    assert done.returncode == 0
    assert done.stdout.endswith('goodbye\n')


def test_a_fork_that_runs_out_of_the_script_says_nothing(script):
    done = dill_command('explain', script('import os\nx = os.fork()\nif x: os.wait()\n'), '--json')
    assert done.returncode == 0
    json.loads(done.stdout)


def test_a_closed_pipe_is_no_accident(script):
    path = script('x = [(n for n in "x")]\n')
    process = subprocess.Popen(
        [sys.executable, '-m', 'dill', 'explain', str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert process.wait(timeout=60) == 1
    assert process.stderr.read() == b''
    process.stderr.close()


def test_ctrl_c(script):
    path = script('import time\nprint("running", flush=True)\ntime.sleep(300)\n')
    process = subprocess.Popen(
        [sys.executable, '-m', 'dill', 'explain', str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline() == b'running\n'
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b'KeyboardInterrupt' in errors


explorer = os.environ.get('DILL_EXPLORER', '')


@pytest.mark.skipif(not os.access(explorer, os.X_OK), reason='the Explorer is not built')
class TestExplorerWithoutDisplay:
    """``dill-explorer --report``: the same answers from the program with the window."""

    @staticmethod
    def run(*arguments, folder=None, **environment):
        own = {
            name: value
            for name, value in os.environ.items()
            if name not in ('DISPLAY', 'WAYLAND_DISPLAY', 'QT_QPA_PLATFORM', 'PYTHONPATH')
        }
        return subprocess.run(
            [explorer, *map(str, arguments)],
            cwd=folder,
            env={**own, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def test_reports_on_the_example(self, examples, tmp_path):
        files = [tmp_path / f'findings.{suffix}' for suffix in ('txt', 'json', 'svg')]
        reports = [f'--report={file}' for file in files]
        done = self.run(*reports, examples / 'orders.py')
        assert done.returncode == 1, done.stderr
        report = json.loads(files[1].read_text())
        assert {problem['path']: problem['type'] for problem in report['problems']} == CULPRITS
        assert files[0].read_text() in done.stdout
        assert 'short of: pot' in done.stdout
        assert '<svg' in files[2].read_text()
        for path in CULPRITS:
            assert path in done.stdout
        for file in files:
            assert f'Wrote {file}' in done.stdout

    def test_without_a_display_it_reports_to_the_current_folder(self, script, tmp_path):
        script('data = [1]\n')
        done = self.run('script.py', folder=tmp_path)
        assert done.returncode == 0, done.stderr
        written = sorted(path.name for path in tmp_path.iterdir())
        assert written == ['script.py', 'script.report.json', 'script.report.svg', 'script.report.txt']

    def test_in_the_source_tree_it_reports_beside_the_build(self, examples):
        root = examples.parents[1]
        if root / 'build' not in Path(explorer).resolve().parents:
            pytest.skip('this Explorer was not built in the source tree')
        done = self.run('resources/examples/orders.py', folder=root)
        assert done.returncode == 1, done.stderr
        reports = Path(explorer).resolve().parents[1] / 'report'
        for suffix in ('txt', 'json', 'svg'):
            assert f'Wrote {reports}/orders.report.{suffix}\n' in done.stdout

    def test_an_expression_and_arguments(self, script, tmp_path):
        path = script('import sys\ndata = [sys.argv[1:], (n for n in "x")]\n')
        assert self.run('--report', tmp_path / 'a.json', f'{path}:data[0]', '--', '-v', 'b').returncode == 0
        assert self.run('--report', tmp_path / 'a.json', f'{path}:data').returncode == 1

    def test_a_pickle_and_a_trace(self, tmp_path):
        (tmp_path / 'good.pkl').write_bytes(dill.dumps({'a': [1, 2]}))
        done = self.run('--report', tmp_path / 'a.json', tmp_path / 'good.pkl')
        assert done.returncode == 0, done.stderr
        assert json.loads((tmp_path / 'a.json').read_text())['picklable'] is None
        from dill import _recording

        _recording.record([(n for n in 'x')], name='x').save(str(tmp_path / 'bad.dtrace'))
        done = self.run('--report', tmp_path / 'a.json', tmp_path / 'bad.dtrace')
        assert done.returncode == 1, done.stderr
        assert [problem['path'] for problem in json.loads((tmp_path / 'a.json').read_text())['problems']] == ['x[0]']

    @pytest.mark.parametrize(
        'name, content',
        [
            ('empty.pkl', b''),
            ('damaged.pkl', b'\x80\x04]\x94(K\x01'),
            ('empty.dtrace', b''),
            ('x.dtrace', b'x' * 100),
            ('good.py', b'x = ('),
            ('raises.py', b'x = 1\nraise ValueError'),
            ('leaves.py', b'import os\nos._exit(0)'),
        ],
    )
    def test_what_cannot_be_examined(self, tmp_path, name, content):
        (tmp_path / name).write_bytes(content)
        done = self.run('--report', tmp_path / 'a.txt', tmp_path / name)
        assert done.returncode == 2
        assert done.stderr

    def test_reports_that_cannot_be_written(self, script, tmp_path):
        path = script('x = 1\n')
        done = self.run('--report', tmp_path / 'missing' / 'a.txt', '--report', tmp_path / 'a.json', path)
        assert done.returncode == 2
        assert 'was not written' in done.stderr
        assert (tmp_path / 'a.json').exists()
        done = self.run('--report', tmp_path / 'a.svg', path, PATH='/nowhere', DILL_PYTHON=sys.executable)
        assert done.returncode == 2
        assert 'dot' in done.stderr

    def test_no_interpreter(self, script, tmp_path):
        done = self.run('--python', '/nowhere/python', '--report', tmp_path / 'a.txt', script('x = 1\n'))
        assert done.returncode == 2
        assert '/nowhere/python' in done.stderr

    @pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
    def test_the_script_ends_with_it(self, script, tmp_path, number):
        path = script('import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(300)\n')
        process = subprocess.Popen(
            [explorer, '--report', str(tmp_path / 'a.txt'), str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        child = int(process.stdout.readline())
        process.send_signal(number)
        process.communicate(timeout=30)
        assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
        for _ in range(100):
            if not is_running(child):
                break
            time.sleep(0.05)
        assert not is_running(child)


def is_running(pid):
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rpartition(')')[2].split()[0] not in 'ZX'
    except FileNotFoundError:
        return False
