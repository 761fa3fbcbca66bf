"""What the static reader says that loading does is what CPython really does: look-ups, calls and hooks in order.

2,000 random programs and as many damaged ones; with DILL_SOAK=1 100,000 each. DILL_EFFECTS=FIRST[:COUNT] chooses
others. Each is loaded by the C machine from a BytesIO, from a file that can be looked into ahead, and by the Python
machine (pickle_agreement.py).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOAK = os.environ.get('DILL_SOAK') == '1'
FIRST, COUNT = (list(map(int, os.environ.get('DILL_EFFECTS', '0').split(':'))) + [100_000 if SOAK else 2_000])[:2]
BATCH = 10_000


@pytest.mark.parametrize('kind', ['programs', 'damaged'])
def test_agreement(kind):
    for first in range(FIRST, FIRST + COUNT, BATCH):
        count = min(BATCH, FIRST + COUNT - first)
        command = [sys.executable, HERE / 'pickle_agreement.py', kind, str(first), str(count)]
        # The sanitizer's own memory does not fit into the limit that pickle_agreement.py sets, but it has one.
        options = os.environ.get('ASAN_OPTIONS', '') + ':max_allocation_size_mb=4096'
        environment = {**os.environ, 'ASAN_OPTIONS': options}
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, env=environment)
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stdout == ''
