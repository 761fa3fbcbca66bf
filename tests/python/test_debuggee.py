"""The debuggee's side of the protocol, with this test in the Explorer's place."""

import json
import os
import secrets
import socket
import subprocess
import sys

import pytest

OWN_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(sys.modules['dill'].__file__)))
LOST_CONNECTION = 121


class Explorer:
    """Starts the debuggee and talks to it."""

    def __init__(self, folder, python_path=None):
        self.folder = folder
        self.token = secrets.token_hex(16)
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(folder / 'socket'))
        self.server.listen(1)
        self.server.settimeout(30)
        environment = dict(os.environ, DILL_DEBUGGEE_SOCKET=str(folder / 'socket'), DILL_DEBUGGEE_TOKEN=self.token)
        environment['PYTHONPATH'] = OWN_FOLDER
        if python_path is not None:
            environment['DILL_DEBUGGEE_PYTHONPATH'] = python_path
            environment['PYTHONPATH'] += ':' + python_path
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'dill._debuggee'],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.connection, _ = self.server.accept()
        self.connection.settimeout(30)
        self.stream = self.connection.makefile('rw', encoding='utf-8')
        self.hello = json.loads(self.stream.readline())

    def run(self, source, expression='', arguments=()):
        """The events after hello, once the process has ended."""
        (self.folder / 'program.py').write_text(source)
        self.command(script='program.py', expression=expression, arguments=list(arguments))
        return self.events()

    def command(self, **fields):
        trace = str(self.folder / 'program.dtrace')
        print(json.dumps({'command': 'run', 'trace': trace, **fields}), file=self.stream, flush=True)

    def events(self):
        events = [json.loads(line) for line in self.stream]
        self.output, self.errors = self.process.communicate(timeout=30)
        return events

    def close(self):
        self.process.kill()
        self.process.wait()
        for thing in (self.stream, self.connection, self.server, self.process.stdout, self.process.stderr):
            thing.close()


@pytest.fixture
def explorer(tmp_path):
    explorer = Explorer(tmp_path)
    yield explorer
    explorer.close()


def kinds(events):
    return [event['event'] for event in events]


def test_hello_carries_the_token_and_the_versions(explorer):
    import dill

    assert explorer.hello == {
        'event': 'hello',
        'protocol': 1,
        'token': explorer.token,
        'error': '',
        'python': '.'.join(map(str, sys.version_info[:3])),
        'dill': dill.__version__,
    }


def test_a_program_that_ends_well(explorer):
    events = explorer.run('lazy = (n for n in "abc")\nnumbers = [1, 2, 3]\ndef f(): pass\n')
    assert kinds(events) == ['started', 'recording', 'variables', 'trace', 'done']
    rows = events[2]['variables']
    assert [(row['name'], row['type'], row['picklable']) for row in rows] == [
        ('lazy', 'generator', False),
        ('numbers', 'list', True),
        ('f', 'function', True),
    ]
    assert len({row['node'] for row in rows}) == 3
    assert os.path.getsize(events[3]['path']) > 0
    assert explorer.process.returncode == 0


def test_an_expression(explorer):
    events = explorer.run('config = {"db": [1, 2]}\n', expression='config["db"]')
    assert kinds(events) == ['started', 'recording', 'trace', 'done']


@pytest.mark.parametrize(
    'source, expression, expected, status',
    [
        (
            'x = 1\nraise ValueError("no")\n',
            '',
            {'event': 'raised', 'where': 'script', 'type': 'ValueError', 'message': 'no', 'line': 2},
            1,
        ),
        ('x = 1\n', 'x.nothing', {'event': 'raised', 'where': 'expression', 'type': 'AttributeError', 'line': None}, 0),
        ('raise KeyboardInterrupt\n', '', {'event': 'interrupted', 'type': 'KeyboardInterrupt', 'line': 1}, 1),
        ('import sys\nsys.exit(3)\n', '', {'event': 'exited', 'where': 'script', 'code': 3, 'message': ''}, 3),
        ('raise SystemExit\n', '', {'event': 'exited', 'code': 0}, 0),
        ('raise SystemExit("bye")\n', '', {'event': 'exited', 'code': 1, 'message': 'bye'}, 1),
        ('raise SystemExit(-1)\n', '', {'event': 'exited', 'code': 255}, 255),
        ('x = (\n', '', {'event': 'syntax_error', 'where': 'script', 'line': 1}, 1),
        ('x = 1\n', 'x +', {'event': 'syntax_error', 'where': 'expression'}, 1),
    ],
)
def test_endings(explorer, source, expression, expected, status):
    events = explorer.run(source, expression)
    ending = next(event for event in events if event['event'] == expected['event'])
    assert {key: ending[key] for key in expected} == expected
    assert kinds(events)[-1] == 'done'
    assert explorer.process.returncode == status
    assert ('started' in kinds(events)) == (expected['event'] != 'syntax_error')
    recorded = not expression and expected['event'] != 'syntax_error'
    assert ('trace' in kinds(events)) == recorded


def test_a_script_that_is_not_there(explorer):
    explorer.command(script='missing.py', expression='', arguments=[])
    events = explorer.events()
    assert kinds(events) == ['no_script', 'done']
    assert 'missing.py' in events[0]['message']


def test_the_traceback_is_what_python_prints(explorer):
    source = 'def f():\n    raise ValueError("no")\nf()\n'
    events = explorer.run(source)
    plain = subprocess.run([sys.executable, 'program.py'], cwd=explorer.folder, capture_output=True, text=True)
    assert explorer.errors.decode() == plain.stderr
    assert next(event for event in events if event['event'] == 'raised')['traceback'] == plain.stderr


def test_the_programs_own_excepthook_is_used(explorer):
    explorer.run('import sys\nsys.excepthook = lambda *what: print("hooked", what[1])\nraise ValueError("no")\n')
    assert explorer.output == b'hooked no\n'
    assert explorer.errors == b''


def test_a_program_cannot_find_the_line_to_the_explorer(tmp_path):
    explorer = Explorer(tmp_path, python_path='/somewhere:/else')
    try:
        explorer.run('import os\nprint(sorted(os.environ.items()))\n')
        assert b'DILL_DEBUGGEE' not in explorer.output
        assert explorer.token.encode() not in explorer.output
        assert b"('PYTHONPATH', '/somewhere:/else')" in explorer.output
    finally:
        explorer.close()


def test_lone_surrogates_do_not_break_the_line(explorer):
    events = explorer.run('raise ValueError("\\udc80")\n')
    assert next(event for event in events if event['event'] == 'raised')['message'] == '?'


def test_patched_modules_do_no_harm(explorer):
    events = explorer.run(
        'import json, os, socket\nx = 1\njson.loads = socket.socket = open = os._exit = None\n'
        'import sys\nsys.stdout = sys.stderr = None\n'
    )
    assert kinds(events)[-2:] == ['trace', 'done']
    assert explorer.process.returncode == 0


def test_a_closed_connection_ends_it_with_its_own_status(explorer):
    explorer.run('import os\nos.closerange(3, 100)\n')
    assert explorer.process.returncode == LOST_CONNECTION


def test_an_explorer_that_hangs_up(explorer):
    explorer.connection.shutdown(socket.SHUT_RDWR)
    _, errors = explorer.process.communicate(timeout=30)
    assert explorer.process.returncode == 2
    assert errors == b''


def test_by_hand_it_says_what_it_is():
    environment = {name: value for name, value in os.environ.items() if not name.startswith('DILL_DEBUGGEE')}
    done = subprocess.run(
        [sys.executable, '-m', 'dill._debuggee'],
        env=dict(environment, PYTHONPATH=OWN_FOLDER),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert 'python -m dill explain' in done.stderr
