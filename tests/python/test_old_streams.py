"""What released versions of dill wrote, recorded in tests/data/streams, loads and does what it did."""

import json
import pickle
import sys
from pathlib import Path

import pytest

import dill

STREAMS = Path(__file__).parents[1] / 'data' / 'streams'
HERE = f'cp{sys.version_info[0]}{sys.version_info[1]}'

LOAD = r"""
import base64, json, sys
import dill
same_python = sys.argv[1] == 'same'
answers = {}
for label, (does, expression, pickled) in json.load(sys.stdin).items():
    try:
        o = dill.loads(base64.b64decode(pickled), ignore=sys.argv[2] == 'ignore')
        answers[label] = repr(eval(expression)) if same_python else 'loaded'
    except Exception as error:
        answers[label] = f'{type(error).__name__}: {error}'
print(json.dumps(answers))
"""
# What the writer's own version does not load either.
NOT_LOADABLE = {
    ('dill-0.3.4', 'typing'): 'Tuple[()] is written as Tuple of an empty tuple',
    ('dill-0.3.5.1', 'typing'): 'the same',
    ('dill-0.3.4', 'super'): 'the class is written by name',
    ('dill-0.3.4', 'derived'): 'the class is written by name',
}
# Written there with the line table that Python 3.9 has, so it is taken for code of 3.9.
COUNTS_AS_OLDER = {'dill-0.3.4-cp310'}
# Bound to one Python by what other modules call their own parts.
OTHER_PYTHON = {'dataclass', 'dataclass markers', 'io.open', 'typing'}


@pytest.mark.parametrize('path', sorted(STREAMS.glob('*.json')), ids=lambda path: path.stem)
def test_old_streams(path, run_python):
    given = json.loads(path.read_text())
    same = path.stem.endswith(HERE)
    ignore = 'ignore' if not same or path.stem in COUNTS_AS_OLDER else 'check'
    answers = json.loads(run_python(LOAD, 'same' if same else 'other', ignore, stdin=json.dumps(given)).ok())
    assert len(answers) > 35
    version = path.stem.rpartition('-')[0]
    for label, answer in answers.items():
        if (version, label) in NOT_LOADABLE:
            continue
        if not same and label in OTHER_PYTHON:
            continue
        assert answer == (given[label][0] if same else 'loaded'), label


def call(function, *arguments, module='dill._dill'):
    """The stream of a call of a helper of dill."""
    out = [b'\x80\x02', f'c{module}\n{function}\n'.encode(), b'(']
    for argument in arguments:
        out.append(argument if isinstance(argument, bytes) else pickle.dumps(argument, 2)[2:-1])
    return b''.join([*out, b'tR.'])


def test_helpers_of_streams_long_ago():
    import io
    import marshal

    code = compile('40 + 2', 'long ago', 'eval')
    module_io = b'cdill._dill\n_import_module\nX\x02\x00\x00\x00io\x85R'
    assert dill.loads(call('_get_attr', module_io, 'open')) is io.open
    assert dill.loads(call('_get_attr', None, 'len')) is len
    assert dill.loads(call('_load_type', 'PartialType', module='dill.dill')) is dill._dill.PartialType
    partial = dill.loads(call('_create_ftype', b'cfunctools\npartial\n', b'cbuiltins\nint\n', ('11',), {'base': 2}))
    assert partial() == 3
    unmarshal = call(
        '_unmarshal',
        b'c_codecs\nencode\n('
        + pickle.dumps(marshal.dumps(code).decode('latin1'), 2)[2:-1]
        + b'X\x06\x00\x00\x00latin1tR',
    )
    assert eval(dill.loads(unmarshal)) == 42
    assert (
        dill.loads(
            call('_create_stringi', b'c_codecs\nencode\n(X\x02\x00\x00\x00abX\x06\x00\x00\x00latin1tR', 1, False)
        ).read()
        == b'b'
    )
    assert dill.loads(call('_create_namedtuple', 'Made', ('a', 'b'), 'no_such_module'))(1, 2)._fields == ('a', 'b')


@pytest.mark.parametrize('name, expected', [
    ('NoneType', type(None)), ('EllipsisType', type(...)), ('NotImplementedType', type(NotImplemented)),
    ('ObjectType', object), ('ClassType', type), ('DictType', dict), ('UnicodeType', str), ('LongType', int),
])  # fmt: skip
def test_type_names_of_other_pythons(name, expected):
    assert dill.loads(call('_load_type', name)) is expected


def test_unknown_type_name():
    with pytest.raises(KeyError, match='NoSuchType'):
        dill.loads(call('_load_type', 'NoSuchType'))


CODE = compile('def f(a, /, b, *, c):\n  def g(): return a\n  return g', 'x', 'exec').co_consts[0]


@pytest.mark.parametrize('leading', [(), (b'',)])
@pytest.mark.parametrize('layout', dill._dill.ALL_CODE_PARAMS, ids=lambda layout: str(layout[0]))
def test_layouts_of_code(layout, leading):
    def value(field):
        if field in ('linetable', 'exceptiontable', 'endlinetable', 'columntable', 'lnotab'):
            return getattr(CODE, 'co_' + field, b'')
        return getattr(CODE, 'co_' + field, None) if field != 'qualname' else 'f.qualified'

    made = dill._dill._create_code(*leading, *(value(field) for field in layout[2].split()))
    assert made.co_name == 'f' and made.co_varnames == CODE.co_varnames and made.co_freevars == CODE.co_freevars
    if hasattr(made, 'co_qualname'):
        assert made.co_qualname == ('f.qualified' if 'qualname' in layout[2] else 'f')
    assert made.co_posonlyargcount == ('posonlyargcount' in layout[2])


def test_code_of_no_layout():
    with pytest.raises(dill.UnpicklingError, match='pattern match for code object failed'):
        dill._dill._create_code(1, 2, 3)
