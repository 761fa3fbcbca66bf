"""The test suites that packages ship in their wheels: one test a file, run as a program of its own."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest


def tests(package):
    """Every test_*.py in the tests of a package."""
    found = sorted((Path(importlib.util.find_spec(package).origin).parent / 'tests').rglob('test_*.py'))
    if not found:
        raise pytest.UsageError(f'{package} ships no tests')
    return found


def name(file):
    return '.'.join(file.with_suffix('').parts[file.parts.index('tests') + 1 :])


def _result(file, folder, timeout, **variables):
    """None if the file's tests pass, else what went wrong."""
    folder.mkdir()
    try:
        done = subprocess.run(
            [sys.executable, str(file)],
            cwd=folder,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        return f'not finished in {timeout} s'
    return f'exit status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}' if done.returncode else None


def run(file, folder, timeout=300):
    """Fails as the file's tests do; skips where they fail with the same last line with upstream's dill too."""
    wrong = _result(file, folder / 'ours', timeout)
    if wrong is None:
        return
    theirs = _result(file, folder / 'upstream', timeout, PYTHONPATH=os.environ['DILL_UPSTREAM'])
    last = wrong.splitlines()[-1]
    if theirs is not None and theirs.splitlines()[-1] == last:
        pytest.skip(f'fails with upstream too: {last}')
    pytest.fail(wrong)
