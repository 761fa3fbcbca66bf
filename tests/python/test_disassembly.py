"""The bytecode in pickles is shown as the module dis of the Python that wrote it shows it."""

import glob
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dill
from dill import _engine

SOAK = os.environ.get('DILL_SOAK') == '1'
MODULES = ['json.decoder', 'textwrap', 'dataclasses', 'contextlib', 'asyncio.locks', 'functools', 'ast', 'enum']
MORE = [
    'argparse',
    'typing',
    'inspect',
    'asyncio.base_events',
    'pickle',
    'tarfile',
    'decimal',
    'email.message',
    'zipfile',
]


def pythons():
    """Minor version -> program, of every Python from 3.8 to 3.13 that can be found."""
    found = {sys.version_info[1]: sys.executable}
    root = os.environ.get('PYENV_ROOT', os.path.expanduser('~/.pyenv'))
    for minor in range(8, 14):
        name = f'python3.{minor}'
        for program in (shutil.which(name), *sorted(glob.glob(f'{root}/versions/3.{minor}.*/bin/{name}'))):
            if (
                minor not in found
                and program
                and subprocess.run([program, '-c', ''], capture_output=True).returncode == 0
            ):
                found[minor] = program
    return found


PYTHONS = pythons()


def comparable(text, minor):
    """The text of an argument without what a file cannot tell or dis words differently."""
    text = re.sub(r'<code object (\S+) at 0x[0-9a-f]+, ', r'<code object \1, ', text)
    return re.sub(r'^to (L\d+|\d+)$', 'to', text)


def sorted_items(text):
    match = re.fullmatch(r'frozenset\(\{(.*)\}\)', text)
    return sorted(match.group(1).split(', ')) if match else text


@pytest.mark.parametrize('minor', range(8, 14))
def test_equals_dis(minor, tmp_path):
    if minor not in PYTHONS:
        pytest.skip(f'there is no Python 3.{minor}')
    environment = {name: value for name, value in os.environ.items() if name not in ('PYTHONPATH', 'LD_PRELOAD')}
    script = Path(__file__).with_name('dis_facts.py')
    paths = [tmp_path / 'codes.pkl', tmp_path / 'codes.json']
    modules = MODULES + MORE if SOAK else MODULES
    subprocess.run([PYTHONS[minor], script, *paths, *modules], check=True, env=environment, timeout=300)
    expected = json.loads(paths[1].read_text())
    read = _engine.read_pickle(paths[0].read_bytes())
    assert read.fault is None
    assert read.python == minor
    found = read.code_objects()
    assert len(found) == len(expected) > 200
    wanted = {}
    for each in expected:  # in the order of the file an inner function comes before the one that is around it
        wanted.setdefault(json.dumps([step[:3] for step in each['instructions']]), []).append(each)
    compared = 0
    for node, fitting, instructions, exceptions in found:
        assert minor in fitting
        key = json.dumps([step[:3] for step in instructions])
        assert wanted.get(key), f'no function has these instructions: {read.describe(node)}\n{instructions}'
        candidates = [
            each
            for each in wanted[key]
            if each['exceptions'] == [list(step) for step in exceptions]
            and all(same(ours, theirs, minor) for ours, theirs in zip(instructions, each['instructions']))
        ]
        assert candidates, differences(instructions, exceptions, wanted[key][0], minor)
        wanted[key].remove(candidates[0])
        compared += len(instructions)
    assert compared > 10_000


def same(ours, theirs, minor):
    _, _, _, text, target, line = ours
    _, _, _, their_text, their_target, their_line = theirs
    if target != their_target or line != (-1 if their_line is None else their_line):
        return False
    ours, theirs = comparable(text, minor), comparable(their_text, minor)
    if theirs in ('', ours) or sorted_items(ours) == sorted_items(theirs):
        return True
    return ours.endswith('…') and theirs.startswith(ours[:-1])


def differences(instructions, exceptions, each, minor):
    lines = [f'{each["name"]}: {exceptions} {each["exceptions"]}']
    lines += [
        f'{ours} {theirs}' for ours, theirs in zip(instructions, each['instructions']) if not same(ours, theirs, minor)
    ]
    return '\n'.join(lines[:10])


def test_table_of_314_equals_that_of_xdis():
    """There is no interpreter of 3.14 to compare with, but there are others who know its instructions."""
    opcodes = pytest.importorskip('xdis.opcodes.opcode_3x.opcode_314', reason='xdis is not installed')
    path = Path(__file__).parents[2] / 'core/inspect/meaning/tables/python_3_14.inc'
    rows = re.findall(r'\{(\d+), (\d+), ArgumentKind::(\w+), "(\w+)"\}', path.read_text())
    ours = {int(code): (name, kind) for code, _, kind, name in rows}
    theirs = {code: name for name, code in opcodes.opmap.items() if code < 129}  # behind them are specialized ones
    internal = {'RESERVED', 'INTERPRETER_EXIT', 'BINARY_OP_INPLACE_ADD_UNICODE'}  # that no code object has
    assert {code: name for code, (name, _) in ours.items()} == {
        code: name for code, name in theirs.items() if name not in internal
    }
    kinds = {
        'hasconst': {'Constant'},
        'hasname': {'Name', 'NameNull', 'NameSelf', 'NameSuper'},
        'haslocal': {'Local', 'LocalPair'},
        'hasfree': {'Free'},
        'hascompare': {'Compare'},
        'hasjrel': {'JumpForward', 'JumpBackward'},
        'hasjabs': {'JumpTo'},
    }
    # xdis counts LOAD_DEREF as a local, and IS_OP as a comparison; dis of 3.13 does not.
    apart = {'LOAD_DEREF', 'IS_OP'}
    for field, wanted in kinds.items():
        found = {opcodes.opname[code] for code in getattr(opcodes, field) if code in ours} - apart
        assert found == {name for name, kind in ours.values() if kind in wanted} - apart, field
    assert {name for name, kind in ours.values() if kind != 'None'} == {
        opcodes.opname[code] for code in opcodes.hasarg if code in ours
    }
    operators = re.search(r'kOperators\{\{?(.*?)\}', path.read_text(), re.DOTALL).group(1)
    assert re.findall(r'"([^"]*)"', operators) == [symbol for _, symbol in opcodes._nb_ops]


def function_of_all_parts(first, second: int = 2, /, third='three', *rest, named, other: float = 0.5, **more) -> str:
    """Its signature is looked for."""

    def inner():
        return first, [each + 1 for each in rest]

    try:
        return str(inner())
    except ValueError as error:
        raise TypeError(f'{error!r:>{second}}') from error


def test_details_of_a_function():
    namespace = {'__name__': '__main__'}
    exec(compile(inspect.getsource(function_of_all_parts), 'whole.py', 'exec'), namespace)
    function = namespace['function_of_all_parts']
    text = dill.dumps(function, recurse=True)
    read = _engine.read_pickle(text)
    assert read.fault is None
    lines = read.details(0)
    assert lines[0] == (
        "def function_of_all_parts(first, second: int = 2, /, third='three', *rest, named, other: float = 0.5, **more)"
        ' -> str'
    )
    assert any(line.startswith('names: ') and 'ValueError' in line for line in lines)
    assert 'cells: first, rest' in lines
    title = f'bytecode of Python 3.{sys.version_info[1]}:'
    assert title in lines
    listed = '\n'.join(lines[lines.index(title) :])
    assert 'ValueError' in listed and 'RETURN_VALUE' in listed


def test_details_of_a_class_and_a_lambda():
    class Base:
        limit = 3

        def area(self, scale=1.5):
            return scale

    class Shape(Base):
        def name(self):
            return 'shape'

    for cls in (Base, Shape):
        cls.__module__ = '__main__'
        cls.__qualname__ = cls.__name__
    read = _engine.read_pickle(dill.dumps([Base, Shape, lambda x, *, y=1: x]))
    assert read.fault is None
    base, shape, function = read.children(0)
    assert read.details(base)[0] == 'class Base(object)'
    assert '  limit = 3' in read.details(base)
    assert '  def area(self, scale=1.5)' in read.details(base)
    assert read.details(shape)[0] == 'class Shape(Base)'
    assert read.details(function)[0] == 'lambda x, *, y=1'


def test_header_decides():
    code = dill.dumps(lambda: 1)
    assert _engine.read_pickle(code).python == sys.version_info[1]
    header = b'\x8c\x0fdill;python=3.8'
    assert _engine.read_pickle(code[:2] + header + b'0' + code[2:]).python == 8
    assert _engine.read_pickle(dill.dumps([1])).python == 0
