"""A program that uses every public name of dill prints the same under upstream's dill and under ours."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name('every_name.py')

# What may differ, by label: why. Each stands in docs/differences.md.
DIFFERENCES = {
    'core': {},
    'check': {},
    'detect': {
        **dict.fromkeys(
            [f'nestedglobals {name} False' for name in ('outer', 'inner', 'code', 'empty')],
            'recurse=False is obeyed (W55)',
        ),
        'baditems of an iterator': 'iterators are not used up (W55)',
    },
    'pointers': {'parents ignoring': 'ignore is obeyed (W56)'},
    'temp': {},
    'with_source': {},
    'source': {
        **dict.fromkeys(
            ['importable inner', "getsource inner ['lstrip']", "getsource inner ['alias']"], 'empty lines stay'
        ),
        'importable class': 'with the globals that it needs',
        **dict.fromkeys(['getsource math.sin', 'getsource module'], 'the message says why'),
    },
    'session': {},
    'samples': {},
    'diff': {},
}


def lines(program, section):
    environment = dict(os.environ, PYTHONHASHSEED='0', PYTHONIOENCODING='utf-8')
    if program != sys.executable:
        environment.pop('PYTHONPATH', None)
        environment.pop('LD_PRELOAD', None)
    done = subprocess.run(
        [program, str(PROGRAM), section], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    text = re.sub('0x[0-9a-f]+', '0x', done.stdout)
    return text.splitlines()


def by_label(found):
    return {label: rest for label, _, rest in (line.partition(': ') for line in found)}


@pytest.mark.parametrize('section', DIFFERENCES)
def test_prints_the_same(peer_program, section):
    ours, theirs = (lines(program, section) for program in (sys.executable, peer_program))
    allowed = DIFFERENCES[section]
    expected, found = by_label(theirs), by_label(ours)
    # A difference that is none any more must not stay on the list.
    same = {label for label in allowed if expected.get(label) == found.get(label)}
    assert not same

    def rest(all_lines):
        return [line for line in all_lines if line.partition(': ')[0] not in allowed]

    assert rest(ours) == rest(theirs)
    assert len(theirs) > 5


NAMES = """
import importlib, json, dill
found = {}
for module in ('dill', 'dill._dill', 'dill.detect', 'dill.logger', 'dill.pointers', 'dill.session', 'dill.source',
               'dill.temp'):
    names = getattr(importlib.import_module(module), '__all__', None)
    found[module] = names or [name for name in dir(dill) if not name.startswith('_')]
print(json.dumps(found))
"""


def test_every_public_name_is_used(run_peer):
    text = PROGRAM.read_text()
    unused = [
        f'{module}.{name}'
        for module, names in json.loads(run_peer(NAMES).ok()).items()
        for name in names
        if not re.search(rf'\b{name}\b', text)
    ]
    assert not unused


@pytest.mark.parametrize('module', ['dill', 'dill.detect', 'dill.logger', 'dill.pointers', 'dill.temp', 'dill.__diff'])
def test_no_name_of_upstream_is_missing(run_python, run_peer, module):
    code = f'import importlib, json; print(json.dumps(dir(importlib.import_module({module!r}))))'
    ours, theirs = (set(json.loads(run(code).ok())) for run in (run_python, run_peer))
    assert not theirs - ours - NOT_OURS.get(module, set())


NOT_OURS = {
    # modules that upstream's modules happen to import
    'dill.logger': {'locale', 'math', 'os', 'partial', 'TextIO', 'Union'},
    'dill.pointers': {'__builtins__'},
    'dill.__diff': {'HAS_NUMPY', 'mod', 'numpy'},
}
