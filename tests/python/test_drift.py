"""Nothing is left behind: dumps and loads of the whole corpus, many times over, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path


def growing(*labels):
    """{label: what grew} of all objects of the corpus, or of these."""
    done = subprocess.run(
        [sys.executable, '-X', 'faulthandler', str(Path(__file__).with_name('check_drift.py')), *labels],
        capture_output=True,
        text=True,
        timeout=1500,
        env=dict(os.environ, PYTHONHASHSEED='0'),
    )
    assert done.returncode == 0, f'exit status {done.returncode}\n{done.stderr[-2500:]}'
    return json.loads(done.stdout)


def test_nothing_grows():
    assert growing() == {}


def test_a_leak_is_found():
    assert growing('leaking')
