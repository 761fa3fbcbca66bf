"""One object, the same bytes, however it is dumped here.

That is: by the native driver alone, with hooks and savers in Python, by the stock Python driver, to a file, with an
observer, and with nobody else or somebody else referring to its parts.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOAK = os.environ.get('DILL_SOAK') == '1'
COUNT = 5_000 if SOAK else 150


def run(script, *arguments):
    environment = dict(os.environ, PYTHONHASHSEED='0')
    command = [sys.executable, str(HERE / script), 'ways', *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3000, env=environment)
    assert done.returncode == 0, f'exit status {done.returncode}\n{done.stderr[-2000:]}'
    return json.loads(done.stdout)


def test_corpus():
    assert run('corpus.py', *(['all'] if SOAK else [])) == {}


@pytest.mark.parametrize('part', range(3))
def test_generated(part):
    count = COUNT // 3
    assert run('generated.py', 1_000_000 + part * count, count) == {}
