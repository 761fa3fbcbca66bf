"""What every Python test uses: the engine under test and fresh processes, ours and upstream's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dill

REPOSITORY = Path(__file__).resolve().parents[2]


class Answer(subprocess.CompletedProcess):
    """A finished process; `ok()` is its standard output once it is sure that it ended well."""

    def ok(self):
        assert self.returncode == 0, f'exit status {self.returncode}\n{self.stdout}\n{self.stderr}'
        return self.stdout


def runner(program, environment):
    def run(code, *arguments, stdin=None, timeout=60, **variables):
        command = [program, '-c', code, *map(str, arguments)]
        text = None if isinstance(stdin, bytes) else True
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=text, timeout=timeout, env={**environment, **variables}
        )
        return Answer(done.args, done.returncode, done.stdout, done.stderr)

    return run


def pytest_configure():
    # Upstream's dill on the path would make every test pass or fail for the wrong reason.
    if not hasattr(dill, '_engine'):
        raise pytest.UsageError(f'{dill.__file__} is not the dill that is built here: use ./dev test')


@pytest.fixture(scope='session')
def run_python():
    """run_python(code, *arguments, stdin=None, **variables): `python -c code` in a process with the dill under test.

    variables -- of the environment, beside those of this process
    """
    return runner(sys.executable, dict(os.environ))


@pytest.fixture(scope='session')
def peer_program():
    """The Python that has upstream dill 0.4.1, as installed by pip."""
    peer = os.environ.get('DILL_PEER_PYTHON', '')
    if not os.path.exists(peer):
        pytest.skip('no Python with upstream dill: use ./dev test, or set DILL_PEER_PYTHON')
    return peer


@pytest.fixture(scope='session')
def run_peer(peer_program):
    """run_python() with upstream dill 0.4.1 instead of ours."""
    environment = {name: value for name, value in os.environ.items() if name not in ('PYTHONPATH', 'LD_PRELOAD')}
    return runner(peer_program, environment)


@pytest.fixture(scope='session')
def examples():
    """The folder of the example programs."""
    return REPOSITORY / 'resources' / 'examples'
