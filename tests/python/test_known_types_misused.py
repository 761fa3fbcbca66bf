"""Names on the list of known types, used in ways in which no pickle of data uses them: found by reading the lists as an
attacker would. Each of these imported, opened or crashed when it was loaded, or changed the program that loaded it.
"""

import collections
import functools
import pathlib
import pickle
import struct
import sys
import typing

import pytest

import dill

REDUCE, BUILD, STOP = b'R', b'b', b'.'


class Raw(bytes):
    """Opcodes that stand for an object."""


def opcodes(value):
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, tuple):
        return b'(' + b''.join(map(opcodes, value)) + b't'
    if isinstance(value, list):
        return b'](' + b''.join(map(opcodes, value)) + b'e'
    if isinstance(value, dict):
        return b'}(' + b''.join(opcodes(key) + opcodes(item) for key, item in value.items()) + b'u'
    if isinstance(value, bytes):
        return b'B' + struct.pack('<I', len(value)) + value
    if isinstance(value, str):
        return b'X' + struct.pack('<I', len(value.encode())) + value.encode()
    return pickle.dumps(value, 2)[2:-1]


def name(module, attribute):
    return Raw(opcodes(module) + opcodes(attribute) + b'\x93')


def call(module, attribute, *arguments):
    return Raw(name(module, attribute) + opcodes(arguments) + REDUCE)


def built(thing, *states):
    return Raw(thing + b''.join(opcodes(state) + BUILD for state in states))


def judged(thing):
    return dill.inspect(b'\x80\x04' + thing + STOP)


def dtype(kind, *state):
    return built(call('numpy', 'dtype', kind, False, True), state)


def structure(fields, size, flags):
    return dtype(f'V{size}', 3, '|', None, tuple(fields), fields, size, 1, flags)


def array(of, raw):
    empty = call('numpy.core.multiarray', '_reconstruct', name('numpy', 'ndarray'), (0,), b'b')
    return built(empty, (1, (1,), of, False, raw))


OBJECT = dtype('O8', 3, '|', None, None, None, -1, -1, 63)
NUMBER = dtype('f8', 3, '<', None, None, None, -1, -1, 0)
EMPTY = call('types', 'SimpleNamespace')
MANY = {f'k{i}': i for i in range(200)}
# More living objects than the reader has memory for.
LONG = Raw(b'](' + b'(K\x01K\x02(K\x03K\x04tt\x94' * 1_600_000 + b'e')
ERROR = built(call('builtins', 'ImportError', 'x'), {'name': 'this', 'name_from': 'y'})
TRACEBACK = (name('builtins', 'ImportError'), ERROR, None)
# Stored under number 0, handed to an array, and made a structure of objects only then.
LATE = Raw(
    call('numpy', 'dtype', 'V8', False, True)
    + b'q\x000'
    + built(array(Raw(b'h\x00'), b'A' * 8))
    + b'0'
    + built(Raw(b'h\x00'), (3, '|', None, ('a',), {'a': (OBJECT, 0)}, 8, 1, 27))
)

DANGEROUS = {
    'import by a report of an error': (call('traceback', 'TracebackException', *TRACEBACK), 'dangerous-call'),
    'the same without a call': (
        Raw(name('traceback', 'TracebackException') + opcodes(TRACEBACK) + b'\x81'),
        'dangerous-call',
    ),
    'the same by map': (
        call(
            'builtins',
            'list',
            call('builtins', 'map', name('traceback', 'TracebackException'), *([part] for part in TRACEBACK)),
        ),
        'runs-while-loading',
    ),
    'a file that is read': (call('traceback', 'FrameSummary', '/etc/hostname', 1, 'f'), 'dangerous-call'),
    'objects from bytes': (call('numpy', 'ndarray', (1,), 'O', b'A' * 8), 'dangerous-call'),
    'objects from bytes, records': (call('numpy', 'recarray', (1,), [('f', 'O')], b'A' * 8), 'dangerous-call'),
    'an address': (
        call('numpy.ma.core', 'MaskedArray', built(call('types', 'SimpleNamespace'), {'__array_interface__': {}})),
        'plants-method',
    ),
    'an address behind many keys': (built(EMPTY, {**MANY, '__array_interface__': {}}), 'plants-method'),
    'an address behind many methods': (
        built(EMPTY, {**{f'__{key}__': 1 for key in MANY}, '__array_interface__': {}}),
        'plants-method',
    ),
    'a method behind many keys': (
        built(EMPTY, {**MANY, '__array__': call('builtins', 'getattr', call('pathlib', 'PosixPath', 'a'), 'touch')}),
        'plants-method',
    ),
    'an address in a state that is too old to be kept': (
        built(EMPTY, {'__array_interface__': {}, 'x': LONG}),
        'plants-method',
    ),
    'an address for a state that is too old to be kept': (
        built(EMPTY, {'x': LONG, '__array_interface__': {}}),
        'plants-method',
    ),
    'an address, by argument': (call('types', 'SimpleNamespace', {'__array_interface__': {}}), 'plants-method'),
    'objects hidden': (array(structure({'a': (OBJECT, 0)}, 8, 0), b'A' * 8), 'unchecked-memory'),
    'objects hidden in a subarray': (
        dtype('V8', 3, '|', (OBJECT, (1,)), None, None, 8, 1, 0),
        'unchecked-memory',
    ),
    'objects hidden by themselves': (dtype('O8', 3, '|', None, None, None, -1, -1, 0), 'unchecked-memory'),
    'objects hidden, no flags': (dtype('V8', 3, '|', None, ('a',), {'a': (OBJECT, 0)}, 8, 1), 'unchecked-memory'),
    'objects in a number': (dtype('f8', 3, '<', None, ('a',), {'a': (OBJECT, 0)}, -1, -1, 27), 'unchecked-memory'),
    'beyond the end': (structure({'a': (NUMBER, 8)}, 8, 0), 'unchecked-memory'),
    'before the beginning': (structure({'a': (NUMBER, -8)}, 8, 0), 'unchecked-memory'),
    'beyond the end, in a subarray': (dtype('V8', 3, '|', (NUMBER, (2,)), None, None, 8, 1, 0), 'unchecked-memory'),
    'a second state': (
        built(structure({'a': (NUMBER, 0)}, 8, 0), (3, '|', None, ('a',), {'a': (OBJECT, 0)}, 8, 1, 27)),
        'unchecked-memory',
    ),
    'a state behind its use': (LATE, 'unchecked-memory'),
    'reduce by another function': (
        call('functools', 'reduce', name('operator', 'getitem'), ({'a': 1}, 'a')),
        'dangerous-call',
    ),
    'reduce of objects': (
        call('functools', 'reduce', name('operator', 'or_'), (call('types', 'SimpleNamespace'), 1)),
        'dangerous-call',
    ),
    'reduce, handed over': (call('collections', 'defaultdict', name('functools', 'reduce')), 'dangerous-argument'),
    'method of a path': (call('pathlib', 'PosixPath.touch', call('pathlib', 'PosixPath', 'a')), 'dangerous-call'),
    'a frozen module': (call('os\0', 'system', 'id'), 'dangerous-call'),
}
SUSPICIOUS = {
    'an address, in a mapping': (
        built(EMPTY, call('collections', 'OrderedDict', [['__array_interface__', {}]])),
        'unchecked-memory',
    ),
    'an address, set as an item': (
        Raw(call('collections', 'OrderedDict') + b"S'\\x5f_array_struct__'\nNs"),
        'unchecked-memory',
    ),
    'an address, with an escape': (
        Raw(call('collections', 'OrderedDict') + b'V\\u005f_array_struct__\nNs'),
        'unchecked-memory',
    ),
    'class of the program, by type': (
        built(call('builtins', 'type', call('pathlib', 'PurePath', 'a')), (None, {'x': 1})),
        'changes-global',
    ),
    'class of the program, by getitem': (
        built(call('operator', 'getitem', [name('pathlib', 'PurePath')], 0), (None, {'x': 1})),
        'changes-global',
    ),
    'class of the program, by an annotation': (
        built(call('typing', '_GenericAlias', name('pathlib', 'PurePath'), name('builtins', 'int')), (None, {'x': 1})),
        'changes-global',
    ),
    'variables of the program, by a mapping': (
        Raw(built(call('collections', 'UserDict'), {'data': name('__main__', '__dict__')}) + opcodes('len') + b'Ns'),
        'session-state',
    ),
    'variables of the program, by a chain': (
        Raw(call('collections', 'ChainMap', name('__main__', '__dict__')) + opcodes('len') + b'Ns'),
        'session-state',
    ),
    'variables of the program, by dill': (
        call('dill._dill', '_setitems', name('__main__', '__dict__'), {'x': 1}),
        'session-state',
    ),
}


@pytest.mark.parametrize('case', DANGEROUS)
def test_dangerous(case):
    stream, finding = DANGEROUS[case]
    found = judged(stream)
    assert found.verdict == 'dangerous'
    assert finding in [one.id for one in found.findings]


@pytest.mark.parametrize('case', SUSPICIOUS)
def test_suspicious(case):
    stream, finding = SUSPICIOUS[case]
    found = judged(stream)
    assert found.verdict == 'suspicious'
    assert finding in [one.id for one in found.findings]


def test_chains_and_shared_arguments_take_linear_time():
    # Each took half a minute and more; nothing is measured here, the time that a test may take ends one that hangs.
    chain = opcodes(name('builtins', 'getattr')) + b'q\x010' + opcodes('a') + b'q\x020N'
    chain += (b'q\x030' + b'h\x01h\x03h\x02\x86R') * 500_000
    assert dill.inspect(b'\x80\x04' + chain + STOP).verdict == 'suspicious'
    inner = [[name('builtins', 'list')] * 31] * 31
    shared = opcodes(name('builtins', 'getattr')) + b'0' + opcodes(name('builtins', 'list')) + b'q\x010'
    shared += opcodes((inner,)) + b'q\x020' + b'h\x01h\x02R0' * 700_000 + b'N'
    assert dill.inspect(b'\x80\x04' + shared + STOP).verdict == 'suspicious'


def test_what_only_looks_like_it():
    union = call('functools', 'reduce', name('operator', 'or_'), (name('builtins', 'int'), name('builtins', 'str')))
    assert judged(union).verdict == 'clean'
    assert judged(opcodes(['__array_interface__'])).verdict == 'clean'
    nested = collections.defaultdict(functools.partial(collections.defaultdict, int))
    estimator = Raw(name('sklearn.preprocessing._function_transformer', 'FunctionTransformer') + b')\x81')
    assert judged(built(estimator, {'func': name('numpy', 'log1p')})).verdict == 'clean'
    harmful = built(estimator, {'func': name('os', 'system')})
    assert judged(harmful).verdict == 'dangerous'
    for dumps in pickle.dumps, dill.dumps:
        assert dill.inspect(dumps(nested)).verdict == 'clean'
        if sys.version_info >= (3, 10):
            assert dill.inspect(dumps([int | None, list[int] | typing.Hashable])).verdict == 'clean'
        planted = functools.partial(list)
        planted.__setstate__((getattr(pathlib.PurePath('a'), 'joinpath'), (), {}, None))
        assert dill.inspect(dumps(collections.defaultdict(planted))).verdict != 'clean'


@pytest.mark.parametrize('protocol', range(6))
def test_what_numpy_writes_is_clean(protocol):
    numpy = pytest.importorskip('numpy')
    fields = [
        [('a', 'i4'), ('b', 'U3')],
        [('a', 'i4'), ('b', 'O'), ('c', 'f8', (2,))],
        [('a', 'O', (2,)), ('n', [('x', 'O'), ('y', 'i2')])],
        [((f'title {i}', f'c{i}'), 'f8') for i in range(50)],
        {'names': ['a', 'b'], 'formats': ['i4', 'i4'], 'offsets': [0, 2]},
        (numpy.int32, {'real': (numpy.int16, 0), 'imag': (numpy.int16, 2)}),
        (numpy.record, [('a', 'O')]),
    ]
    plain = ['f8', '>i2', '?', 'c16', 'O', 'S', 'S3', 'U', 'U3', 'V8', 'M8[ns]', 'm8[3s]', numpy.longdouble]
    for what in plain + fields:
        of = numpy.dtype(what)
        found = dill.inspect(pickle.dumps([of, numpy.zeros(2, of), numpy.zeros(2, of)[0]], protocol))
        assert found.verdict == 'clean', (what, found.report())
    aligned = numpy.dtype([('a', 'i1'), ('b', 'f8')], align=True, metadata={'made': 'here'})
    records = numpy.rec.array([(1, 'x')], dtype=[('a', 'i4'), ('b', 'O')])
    masked = numpy.ma.array([1, 2], mask=[False, True])
    assert dill.inspect(pickle.dumps([aligned, records, masked], protocol)).verdict == 'clean'
