"""What every ecosystem test uses. The tests run in a virtual environment of their own, made by ./dev ecosystem."""

import os
import subprocess
import sys

import pytest

import dill


def pytest_configure():
    if not hasattr(dill, '_engine') or not dill.__file__.startswith(sys.prefix):
        raise pytest.UsageError(f'{dill.__file__} is not the wheel that ./dev ecosystem installs')


def _run(command, timeout=300, **variables):
    environment = {**os.environ, **variables}
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment)
    assert done.returncode == 0, f'{command} ended with {done.returncode}\n{done.stdout[-8000:]}\n{done.stderr[-8000:]}'
    return done.stdout


@pytest.fixture(scope='session')
def run():
    """run(code, **variables): standard output of `python -c code` in a fresh process with our dill."""
    check = 'import dill; assert hasattr(dill, "_engine"), dill.__file__\n'
    return lambda code, *arguments, **variables: _run([sys.executable, '-c', check + code, *arguments], **variables)


@pytest.fixture(scope='session')
def run_upstream():
    """The same with upstream's dill 0.4.1, everything else being equal, numbers of lines too."""
    upstream = os.environ['DILL_UPSTREAM']
    check = 'import dill; assert not hasattr(dill, "_engine"), dill.__file__\n'

    def run(code, *arguments, **variables):
        return _run([sys.executable, '-c', check + code, *arguments], PYTHONPATH=upstream, **variables)

    return run
