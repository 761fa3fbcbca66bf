"""Generated objects of every kind in twin processes, upstream's dill in one and ours in the other: the same bytes.

2,000 graphs; with DILL_SOAK=1 50,000 with every protocol and option. DILL_GENERATED=FIRST[:COUNT] chooses others.
`python generated.py show SEED` tells what a graph consists of.
"""

import concurrent.futures
import difflib
import functools
import io
import json
import os
import pickle
import pickletools
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOAK = os.environ.get('DILL_SOAK') == '1'
FIRST, COUNT = (list(map(int, os.environ.get('DILL_GENERATED', '0').split(':'))) + [50_000 if SOAK else 2_000])[:2]
CHUNK = 250
# What no pickle can bring back, whoever wrote it: a module that is nowhere, a class of __main__ by reference, a pattern
# by the reduction of protocol 0 (where a dispatch_table hides copyreg's).
UNLOADABLE = '|'.join(
    [
        "No module named '(invented|made_up)'",
        "Can't get attribute '.*' on <module '__main__'",
        r'object.__new__\(re.Pattern\)',
    ]
)


@pytest.fixture(scope='module')
def peer():
    program = os.environ.get('DILL_PEER_PYTHON', '')
    if not os.path.exists(program):
        pytest.skip('no Python with upstream dill: use ./dev test, or set DILL_PEER_PYTHON')
    return program


def run(program, *arguments):
    environment = dict(os.environ, PYTHONHASHSEED='0')
    if program != sys.executable:
        environment.pop('PYTHONPATH', None)
        environment.pop('LD_PRELOAD', None)
    environment['PYTHONPATH'] = os.pathsep.join(filter(None, [environment.get('PYTHONPATH'), str(HERE)]))
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=900, env=environment)


def records(path):
    with open(path, 'rb') as file:
        while file.peek(1):
            yield pickle.load(file)


def dump(program, path, first, count):
    """{(seed, variant): (pickle, buffers)}, (None, exception) where it failed."""
    done = run(program, HERE / 'generated.py', 'dump', path, first, count, *(['all'] if SOAK else []))
    found, last = {}, None
    for seed, variant, data, buffers in records(path):
        last = (seed, variant)
        if variant is not None:
            found[last] = (data, buffers)
    assert done.returncode == 0, f'exit status {done.returncode} after {last}\n{done.stderr[-2000:]}'
    return found


def load(program, path, pickles):
    """{key: (description, exception)} of {key: (pickle, buffers)}."""
    with open(path, 'wb') as file:
        write = functools.partial(pickle.dump, file=file)
        for key, (data, buffers) in pickles.items():
            write((key, data, buffers))
    answers = path.with_suffix('.loaded')
    done = run(program, '-c', 'import fresh_load; fresh_load.main()', path, answers)
    found = {key: (text, error) for key, text, error in records(answers)}
    assert done.returncode == 0, f'exit status {done.returncode} after {list(found)[-1:]}\n{done.stderr[-2000:]}'
    return found


def disassembled(data):
    text = io.StringIO()
    try:
        pickletools.dis(data, text)
    except Exception as error:  # it refuses some streams that load
        text.write(f'{type(error).__name__}: {error}')
    return [re.sub(r'^ *\d+: |FRAME +\d+', '', line) for line in text.getvalue().splitlines()]


def unified(theirs, ours):
    return list(difflib.unified_diff(theirs, ours, 'upstream', 'ours', '', '', 4, ''))


def difference(key, ours, theirs, reason):
    if ours[0] is None:
        shown = [f'ours: {ours[1]}']
    else:
        lines = difflib.unified_diff(
            disassembled(theirs[0] or b''), disassembled(ours[0]), 'upstream', 'ours', '', '', 4, ''
        )
        shown = [line[:160] for line in lines][:40]
    return '\n'.join([f'seed {key[0]}, {key[1]}: {reason}', *shown, ''])


def compare(peer, folder, first, count):
    """A text for each difference in this range of seeds."""
    ours = dump(sys.executable, folder / f'{first}.ours', first, count)
    theirs = dump(peer, folder / f'{first}.theirs', first, count)
    assert ours.keys() == theirs.keys() and len(ours) >= count
    written = {key: value for key, value in ours.items() if value[0] is not None}
    loaded = load(sys.executable, folder / f'{first}.load', written)
    # Upstream may write what it cannot load: only then, or where it refuses, may the bytes be others.
    expected = load(
        peer, folder / f'{first}.peer', {key: value for key, value in theirs.items() if value[0] is not None}
    )
    texts, counts = [], {'same': 0, 'ours alone': 0, 'refused': 0}
    for key, their in theirs.items():
        our = ours[key]
        refused = their[0] is None
        description, error = expected.get(key, (None, None))
        if our[0] is None:
            counts['refused'] += 1
            if not refused and error is None:
                texts.append(difference(key, our, their, 'upstream writes and loads it, ours refuses'))
        elif our == their:
            counts['same'] += 1
            if error is None and loaded[key] != (description, None):
                lines = difflib.unified_diff(
                    description.split('\n'), (loaded[key][0] or '').split('\n'), 'upstream', 'ours'
                )
                texts.append(
                    f'seed {key[0]}, {key[1]}: loaded otherwise\n{loaded[key][1]}\n' + '\n'.join(list(lines)[:30])
                )
        elif not refused and error is None:
            texts.append(difference(key, our, their, 'the bytes differ'))
        else:
            counts['ours alone'] += 1
            if loaded[key][0] is None and not re.search(UNLOADABLE, loaded[key][1]):
                texts.append(difference(key, our, their, f'ours does not load what it wrote: {loaded[key][1]}'))
    for suffix in ('ours', 'theirs', 'load', 'peer', 'load.loaded', 'peer.loaded'):
        (folder / f'{first}.{suffix}').unlink(missing_ok=True)
    return texts, counts


def test_same_bytes_and_same_objects_as_upstream(peer, tmp_path):
    texts, total = [], {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(compare, peer, tmp_path, first, min(CHUNK, FIRST + COUNT - first))
            for first in range(FIRST, FIRST + COUNT, CHUNK)
        ]
        for job in concurrent.futures.as_completed(jobs):
            found, counts = job.result()
            texts += found
            for name, count in counts.items():
                total[name] = total.get(name, 0) + count
    print(total)
    texts.sort(key=len)  # the shortest are the easiest to understand
    heads = '\n'.join(text.split('\n', 1)[0] for text in texts[:100])
    assert not texts, f'{len(texts)} differences, {total}\n{heads}\n\n' + '\n'.join(texts[:8])
    assert total['same'] > 0.7 * sum(total.values())


def test_every_kind_is_made():
    done = run(sys.executable, HERE / 'generated.py', 'failing', 500)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert len(counts) > 50
    bad = {name: both for name, both in counts.items() if both[1] > both[0] * 0.3}
    assert not bad
