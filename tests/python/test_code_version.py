"""Code objects of other Pythons: an error that names both, never a crash; no false alarm for code of this one."""

import base64
import io
import json
import os
import pickle
import sys
import sysconfig
import types
from pathlib import Path

import dill_ways
import pytest

import dill
from dill import _engine

SOAK = os.environ.get('DILL_SOAK') == '1'
THIS = '.'.join(map(str, sys.version_info[:2]))
# Functions of every Python, pickled there by upstream.
SAMPLES = json.loads((Path(__file__).parents[1] / 'data' / 'code_of_pythons.json').read_text())


def check(code, of_other_layout=False):
    _engine.check_code(
        code.co_code, code.co_consts, code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars,
        code.co_name, of_other_layout,
    )  # fmt: skip
    return 1 + sum(check(part, of_other_layout) for part in code.co_consts if isinstance(part, types.CodeType))


def test_no_false_alarm():
    """The whole standard library with DILL_SOAK=1, else a part of it."""
    library = Path(sysconfig.get_path('stdlib'))
    files = (
        sorted(library.rglob('*.py')) if SOAK else sorted(library.glob('*.py'))[::3] + [library / 'asyncio/tasks.py']
    )
    checked = 0
    for path in files:
        try:
            code = compile(path.read_bytes(), str(path), 'exec', dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):  # samples for the tests of the compiler
            continue
        checked += check(code, True)
    assert checked > 1000


def test_code_that_was_loaded_by_the_engine():
    namespace = {}
    for path in (Path(__file__), Path(dill.__file__)):
        namespace[path.name] = compile(path.read_bytes(), str(path), 'exec')
    assert dill.copy(namespace) == namespace


RUN = """
import asyncio, base64, json, sys
import dill
samples = json.load(sys.stdin)
answers = {}
for name, text in samples.items():
    try:
        function = dill.loads(base64.b64decode(text))
        if name == 'generator':
            answers[name] = ['value', list(function(3))]
        elif name == 'coroutine':
            answers[name] = ['value', None]
        else:
            answers[name] = ['value', repr(function(3))]
    except dill.UnpicklingError as error:
        answers[name] = ['error', str(error)]
print(json.dumps(answers))
"""


@pytest.mark.parametrize('other', [version for version in SAMPLES if version != THIS])
def test_functions_of_other_pythons(other, run_python):
    ours, others = (json.loads(run_python(RUN, stdin=json.dumps(SAMPLES[version])).ok()) for version in (THIS, other))
    refused = 0
    for name, (kind, answer) in others.items():
        if kind == 'value':
            assert answer == ours[name][1], name  # both spell it alike
        else:
            refused += 1
            assert f'this is Python {THIS}.' in answer
            assert other in answer.partition('this is')[0], answer
    assert refused > (0 if {THIS, other} == {'3.8', '3.9'} else 12)


OTHER = '3.12' if THIS != '3.12' else '3.13'
FOREIGN = base64.b64decode(SAMPLES[OTHER]['call'])


def test_ignore():
    with pytest.raises(dill.UnpicklingError, match='ignore=True'):
        dill.loads(FOREIGN)
    try:
        dill.loads(FOREIGN, ignore=True)
        dill.load(io.BytesIO(FOREIGN), ignore=True)
        dill.Unpickler(io.BytesIO(FOREIGN), ignore=True).load()
    except dill.UnpicklingError:
        raise
    except Exception as error:  # fields that the constructor of this Python does not take
        assert THIS in ('3.9', '3.10'), error
    with pytest.raises(dill.UnpicklingError):
        dill.Unpickler(io.BytesIO(FOREIGN)).load()
    with pytest.raises(dill.UnpicklingError):
        pickle.loads(FOREIGN)


def test_ignore_as_a_setting(monkeypatch):
    monkeypatch.setitem(dill.settings, 'ignore', True)
    try:
        dill.loads(FOREIGN)
    except dill.UnpicklingError:
        raise
    except Exception:
        assert THIS in ('3.9', '3.10')


def test_a_session_with_foreign_code_changes_nothing():
    module = types.ModuleType('notes')
    module.function = lambda: 1
    file = io.BytesIO()
    dill.dump_module(file, module)
    code = module.function.__code__.co_code
    assert file.getvalue().count(code) == 1
    broken = file.getvalue().replace(code, b'\xff' * len(code))
    module.function = 'old'
    with pytest.raises(dill.UnpicklingError, match='compiled by another Python'):
        dill.load_module(io.BytesIO(broken), module)
    assert module.function == 'old'


# --- settings['header']


@pytest.fixture
def header(monkeypatch):
    monkeypatch.setitem(dill.settings, 'header', True)
    return b'dill;python=' + sys.version.split()[0].encode()


@pytest.mark.parametrize('protocol', range(6))
def test_header(header, protocol):
    for obj in (1, [lambda: 1], {'a': (1, 2)}):
        with_header = dill.dumps(obj, protocol)
        assert with_header.count(header) == (protocol >= 2)
        assert not dill_ways.differences(obj, protocol, {})
        dill.settings['header'] = False
        without = dill.dumps(obj, protocol)
        dill.settings['header'] = True
        assert len(with_header) - len(without) in ((len(header) + 3, len(header) + 12) if protocol >= 2 else (0,))
        for loads in (dill.loads, pickle.loads, pickle._loads):
            loads(with_header)


def test_header_of_another_python(header):
    pickled = dill.dumps(lambda x: x)
    digits = sys.version.split()[0]
    other = '9' + digits[1:]
    foreign = pickled.replace(digits.encode(), other.encode(), 1)
    with pytest.raises(dill.UnpicklingError, match=f'Python {other}, and this is Python {digits}'):
        dill.loads(foreign)
    with pytest.raises(dill.UnpicklingError, match=f'Python {other}'):
        dill.Unpickler(io.BytesIO(foreign)).load()
    assert dill.loads(foreign, ignore=True)(3) == 3
    data = dill.dumps([1, 'x']).replace(digits.encode(), other.encode(), 1)
    assert dill.loads(data) == [1, 'x']


def test_sessions_with_a_header(header, run_peer, tmp_path):
    module = types.ModuleType('notes')
    module.a = 1
    path = tmp_path / 's.pkl'
    dill.dump_module(path, module)
    assert header in path.read_bytes() and dill.load_module(path).a == 1
    assert run_peer('import dill, sys; print(dill.load_module(sys.argv[1]).a)', path).ok() == '1\n'
