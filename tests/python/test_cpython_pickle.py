"""CPython's own tests of pickle pass with dill's classes, but for those named here, each with its reason.

The tests come from the `test` package of the running Python. Upstream fails the same ones and more: where its bytes
decide (see docs/differences.md), ours must fail too.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name('cpython_pickle.py')

# What pickles a lot of things: each of these runs AbstractPickleTests.
DUMPING = ('PicklerTests', 'InMemoryTests', 'DumpDillLoadC', 'DumpDillLoadPython', 'DumpPythonLoadDill')
OF_DUMPING = {
    'test_builtin_exceptions': 'upstream writes builtin exceptions as _load_type(name), so Python 2 names do not apply',
    'test_compat_pickle': 'upstream writes a range as _eval_repr(repr)',
    'test_pickle_to_2x': 'upstream writes a range as _eval_repr(repr)',
    'test_c_methods': 'what pickle refuses (methods of C classes with protocol < 4) is written by dill',
    'test_py_methods': 'what pickle refuses (nested methods with protocol < 4) is written by dill',
    'test_newobj_proxies': 'a weak proxy is written as a weak proxy, not as the object behind it',
    'test_in_band_buffers': 'it counts opcodes, and dill writes the method that its reducer names with its code',
    'test_oob_buffers': 'as test_in_band_buffers',
    'test_local_lookup_error': 'what pickle refuses (a local function) is written by dill',
}
OF_ERRORS = {
    'test_bad_object_dict_items': 'upstream, as pickle._Pickler, takes iterables for iterators',
    'test_bad_object_list_items': 'upstream, as pickle._Pickler, takes iterables for iterators',
    'test_local_lookup_error': 'what pickle refuses (a local function) is written by dill',
    'test_unpickleable_newobj_class': 'what pickle refuses (a local class) is written by dill',
    'test_unpickleable_newobj_ex_class': 'what pickle refuses (a local class) is written by dill',
}
EXPECTED = {
    **{f'{cls}.{name}': reason for cls in DUMPING for name, reason in OF_DUMPING.items()},
    **{f'PicklingErrorTests.{name}': reason for name, reason in OF_ERRORS.items()},
    # With numpy only: upstream writes arrays in band, always.
    **{
        f'{cls}.test_buffers_numpy': 'upstream writes arrays in band'
        for cls in DUMPING
        if cls != 'DumpPythonLoadDill'  # which is pickle._Pickler
    },
}
if sys.version_info < (3, 10):
    for cls in DUMPING:  # they can be pickled there
        del EXPECTED[f'{cls}.test_c_methods'], EXPECTED[f'{cls}.test_py_methods']
    for cls in ('DumpDillLoadC', 'DumpDillLoadPython'):
        EXPECTED[f'{cls}.test_singleton_types'] = (
            'upstream writes NoneType as __builtin__.NoneType, which only dill reads'
        )
if sys.version_info < (3, 13):
    for name in ('test_attribute_name_interning', 'test_roundtrip_equality'):
        reason = (
            'a class of __main__ whose methods refer to it: pickle._Pickler has no post-processing, as with upstream'
        )
        EXPECTED[f'DumpPythonLoadDill.{name}'] = reason


def run(program):
    environment = dict(os.environ)
    if program != sys.executable:
        environment.pop('PYTHONPATH', None)
        environment.pop('LD_PRELOAD', None)
    done = subprocess.run([program, str(SCRIPT)], capture_output=True, text=True, timeout=280, env=environment)
    if "No module named 'test" in done.stderr:
        pytest.skip('this Python comes without its tests (Debian: libpython3-testsuite)')
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.fixture(scope='module')
def ours():
    return run(sys.executable)


def failing(found):
    return {name for name, result in found.items() if result.startswith('failed')}


def test_what_fails_is_listed(ours):
    surprising = {name: ours[name] for name in failing(ours) if name not in EXPECTED}
    passing = [name for name in EXPECTED if ours.get(name) == 'ok']
    counts = {kind: sum(result.startswith(kind) for result in ours.values()) for kind in ('ok', 'failed', 'skipped')}
    print(counts)
    assert not surprising and not passing
    assert counts['ok'] >= (650 if sys.version_info < (3, 10) else 700)


def test_upstream_fails_where_ours_does(ours):
    peer = os.environ.get('DILL_PEER_PYTHON', '')
    if not os.path.exists(peer):
        pytest.skip('no Python with upstream dill: use ./dev test, or set DILL_PEER_PYTHON')
    theirs = run(peer)
    assert ours.keys() == theirs.keys()
    worse = {name: ours[name] for name in failing(ours) if theirs[name] == 'ok'}
    assert not worse
    assert len(failing(ours)) < len(failing(theirs))
