# needs: ipython
"""IPython: what was typed into a session of its own program."""

import os
import re
import subprocess
import sys

import pytest


@pytest.fixture
def ipython(tmp_path):
    """ipython(lines): what the lines print that begins with '=> ', typed into a fresh IPython; no error may come."""

    def run(text, **variables):
        done = subprocess.run(
            [
                sys.executable,
                '-m',
                'IPython',
                '--simple-prompt',
                '--no-banner',
                '--no-confirm-exit',
                '--colors=nocolor',
            ],
            input=text + '\n',
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, 'IPYTHONDIR': str(tmp_path / 'ipython'), 'DILL_HERE': str(tmp_path), **variables},
        )
        assert done.returncode == 0 and 'Error' not in done.stdout, done.stdout + done.stderr
        return re.findall('=> (.*)', done.stdout)

    return run


# One cell a line, as blank lines end a cell at the simple prompt.
DEFINITIONS = """\
import dill, math, os, sys
base = 10
exec("class Point:\\n    def __init__(self, x): self.x = x\\n    def twice(self): return 2 * self.x")
def add(n): return n + base

f = lambda: add(2)
values = [1, 2]
"""


def test_our_dill(ipython):
    assert ipython('import dill; print("=>", hasattr(dill, "_engine"))') == ['True']


def test_functions_and_classes_in_a_fresh_process(ipython, run):
    text = DEFINITIONS + 'print("=>", dill.dumps([add, Point(4), Point, lambda: base], recurse=True).hex())'
    (data,) = ipython(text)
    fresh = 'import dill, sys; a, p, P, f = dill.loads(bytes.fromhex(sys.argv[1])); print(a(1), p.twice(), P(3).x, f())'
    assert run(fresh, data) == '11 8 3 10\n'


def test_copies_in_the_session(ipython):
    text = (
        DEFINITIONS
        + 'c = dill.copy([add, f, Point(3)]); print("=>", c[0](1), c[1](), type(dill.copy(Point(3))) is Point)'
    )
    assert ipython(text) == ['11 12 True']


def test_functions_that_use_ipython(ipython):
    text = DEFINITIONS + 'g = lambda: get_ipython()\nprint("=>", dill.copy(g)() is get_ipython())'
    assert ipython(text) == ['True']


@pytest.mark.parametrize('way', ['module', 'session'])
def test_session_is_restored_in_another(ipython, way):
    path = 'os.environ["DILL_HERE"] + "/session.pkl"'
    ipython(f'{DEFINITIONS}dill.dump_{way}({path})')
    text = f'import dill, os; dill.load_{way}({path})\nprint("=>", add(1), f(), values, Point(2).twice(), math.pi > 3)'
    assert ipython(text) == ['11 12 [1, 2] 4 True']


def test_source_of_cells(ipython):
    text = DEFINITIONS + 'import dill.source\nprint("=>", repr(dill.source.getsource(add)))'
    (source,) = ipython(text)
    assert source.startswith("'def add(n): return n + base")
