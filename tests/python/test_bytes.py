"""The same bytes as upstream, and each loads what the other wrote."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CORPUS = Path(__file__).with_name('corpus.py')
# Upstream raises or writes what it cannot load back; ours does it right. See docs/differences.md.
OURS_ALONE = {'mutual closures', 'recursive closure'}


def run(program, *arguments, stdin=None):
    environment = dict(os.environ, PYTHONHASHSEED='0')
    if program != sys.executable:
        environment.pop('PYTHONPATH', None)
        environment.pop('LD_PRELOAD', None)
    done = subprocess.run(
        [program, str(CORPUS), *arguments], input=stdin, capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope='module')
def peer():
    program = os.environ.get('DILL_PEER_PYTHON', '')
    if not os.path.exists(program):
        pytest.skip('no Python with upstream dill: use ./dev test, or set DILL_PEER_PYTHON')
    return program


@pytest.mark.parametrize('options', ['{}', '{"recurse": true}', '{"byref": true}'])
@pytest.mark.parametrize('protocol', ['0', '1', '2', '3', '4', '5'])
def test_same_bytes(peer, protocol, options):
    ours = run(sys.executable, 'dump', protocol, options)
    theirs = run(peer, 'dump', protocol, options)
    assert ours.keys() == theirs.keys()
    different = []
    for label, expected in theirs.items():
        if ours[label] == expected:
            continue
        if expected == '!RecursionError' and label in OURS_ALONE:
            continue
        different.append((label, ours[label][:200], expected[:200]))
    assert not different


@pytest.mark.parametrize('protocol', ['4', '5'])
def test_each_loads_what_the_other_wrote(peer, protocol):
    ours = json.dumps(run(sys.executable, 'dump', protocol))
    theirs = json.dumps(run(peer, 'dump', protocol))
    by_peer = run(peer, 'load', stdin=ours)
    assert by_peer == run(peer, 'load', stdin=theirs)
    by_us = run(sys.executable, 'load', stdin=theirs)
    assert by_us.keys() == by_peer.keys()
    different = {label: (by_us[label], by_peer[label]) for label in by_us if by_us[label] != by_peer[label]}
    if sys.version_info < (3, 12):  # upstream fails to load what it wrote, see docs/differences.md
        loaded, error = different.pop('typed dict')
        assert loaded[0] == 'class' and error.startswith('!TypeError')
    assert not different
