"""Loading what is no pickle: pickle.Unpickler's exceptions, no memory that the data does not justify, any depth."""

import datetime
import io
import os
import pickle
import pickletools
import random
import struct
import sys
import sysconfig
import time

import pytest
from load_corpus import PROTOCOLS, Colour, OnlyReads, Pair, Plain, outcome

import dill

SOAK = os.environ.get('DILL_SOAK') == '1'

NAME = Plain.__module__.encode()


# Exceptions


def differing(data, expected, found):
    return f'{data!r}: pickle {expected}, dill {found}'


def small_samples(protocol):
    value = [
        None,
        True,
        3,
        300,
        70000,
        2**70,
        1.5,
        'text',
        'é',
        b'bytes',
        (1, 2),
        (1, 2, 3, 4),
        {'k': [5]},
        Plain(6, 'r'),
    ]
    yield pickle.dumps(value, protocol)
    yield pickle.dumps([{1, 2}, frozenset((3,)), Colour.RED, Pair(1, 2), datetime.date(2020, 1, 2)], protocol)
    yield pickle.dumps({'a': 1, 'b': 2, (3,): {'c': bytearray(b'd')}}, protocol)


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_truncations(protocol):
    for data in small_samples(protocol):
        for length in range(len(data)):
            expected = outcome(pickle.loads, data[:length])
            assert expected[0] is not None
            for load in (dill.loads, lambda text: dill.load(io.BytesIO(text)), lambda text: dill.load(OnlyReads(text))):
                found = outcome(load, data[:length])
                assert found == expected, differing(data[:length], expected, found)


def has_low_memo_numbers(data):
    """False if pickle's C code might fill gigabytes: its memo has no gaps."""
    end = 0
    try:
        for opcode, argument, position in pickletools.genops(data):
            end = position
            if opcode.name in ('PUT', 'LONG_BINPUT') and not 0 <= argument < 10**6:
                return False
    except Exception:
        return b'r' not in data[end:] and b'p' not in data[end:]
    return True


@pytest.fixture(autouse=True)
def only_the_standard_library(monkeypatch):
    """A name that a flipped bit makes up must not import, and so run, whatever file here has that name."""
    monkeypatch.setattr(sys, 'path', [sysconfig.get_path('stdlib'), sysconfig.get_path('platstdlib')])


# What differs on purpose: pickle's C code takes memory for any length first, ours looks whether the bytes are there.
def same_kind(expected, found):
    if found[0] is MemoryError:
        return False
    return expected == found or (expected[0] in (MemoryError, OverflowError) and found[0] is pickle.UnpicklingError)


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_single_bytes_flipped(protocol):
    chance = random.Random(protocol)
    checked = 0
    for data in small_samples(protocol):
        for position in range(len(data)):
            few = (1, 2, 4, 8, 16, 32, 64, 128, 255, chance.randrange(1, 256))
            for flip in range(1, 256) if SOAK else few:
                damaged = bytearray(data)
                damaged[position] ^= flip
                damaged = bytes(damaged)
                if not has_low_memo_numbers(damaged):
                    assert outcome(dill.loads, damaged)[0] is not MemoryError
                    continue
                expected = outcome(pickle.loads, damaged)
                found = outcome(dill.loads, damaged)
                assert same_kind(expected, found), differing(damaged, expected, found)
                checked += 1
    assert checked > 1000


def test_random_opcodes():
    """Streams of opcodes without sense, ours against pickle's: same object or same exception."""
    chance = random.Random(7)
    parts = [
        b'N', b'\x88', b'\x89', b'K\x01', b'M\x01\x02', b'J\x01\x00\x00\x80', b'\x8c\x01a', b'\x8c\x02bc',
        b'X\x01\x00\x00\x00d',
        b'C\x01e', b'(', b'(', b'(', b't', b']', b'}', b')', b'\x85', b'\x86', b'\x87', b'a', b'e', b's', b'u', b'd',
        b'l',
        b'\x8f', b'\x90', b'\x91', b'0', b'1', b'2', b'\x94', b'\x94', b'q\x00', b'q\x03', b'h\x00', b'h\x01', b'h\x03',
        b'I01\n', b'I5\n', b'L7L\n', b'F1.5\n', b'Vx\n', b'p1\n', b'g1\n', b'r\x02\x00\x00\x00', b'j\x02\x00\x00\x00',
        b'cbuiltins\nlist\n', b'cbuiltins\nobject\n', b'ccollections\nOrderedDict\n', b'R', b'\x81', b'\x92', b'b',
        b'o',
        b'(ibuiltins\nlist\n', b'\x93', b'\x80\x04', b'\x8a\x01\xff', b'G\x3f\xf0\x00\x00\x00\x00\x00\x00',
        b'\x82\x01', b'Q',
        b'c' + NAME + b'\nPlain\n', b'c' + NAME + b'\nSlots\n', b')\x81}\x94(\x8c\x01aK\x01ub', b'}(\x8c\x01aNub',
    ]  # fmt: skip
    results = 0
    for _ in range(1_000_000 if SOAK else 15_000):
        data = b''.join(chance.choices(parts, k=chance.randrange(1, 25))) + b'.'
        expected = outcome(pickle.loads, data)
        found = outcome(dill.loads, data)
        if expected[0] is None:
            results += 1
        assert expected == found, differing(data, expected, found)
    assert results > 300


@pytest.mark.parametrize('data', [
    b'', b'.', b'N', b'garbage', b'\xff', b'\x80\x06.', b'(', b'(.', b'\x85.', b'(t', b'a.', b']a.', b'NNa.',
    b'}(NNNu.', b'}NNNs.',
    b'}(]Nu.', b'(]t\x91', b'\x8f(]\x90.', b'N(N\x90.', b'Nb.', b'NNb.', b'NNR.', b'N)R.', b'N)\x81.', b'h\x05.',
    b'g5\n.', b'gx\n.',
    b'p-1\n.', b'Np-1\n.', b'Npx\n.', b'I\n.', b'Ix\n.', b'L\n.', b'Lx\n.', b'F\n.', b'Fx\n.', b"S'a\n.", b'S"a"\n.',
    b"S'\\x'\n.",
    b'V\\u12\n.', b'V\\ud800\n.', b'\x8a\x01', b'\x8b\xff\xff\xff\xff.', b'U\x01\xff.', b'T\xff\xff\xff\xff.',
    b'\x8c\x01\xff.',
    b'\x8c\x03\xed\xa0\x80.', b'Px\n.', b'NQ.', b'\x82\x00.', b'\x82\x63.', b'\x84\xff\xff\xff\xff.', b'\x97.',
    b'N\x98.', b'C\x01a\x98.',
    b'cbuiltins\nnothing\n.', b'cno_such_module_at_all\nx\n.', b'c\nx\n.', b'cos\n\n.',
    b'\x80\x04\x8c\x02os\x8c\x09path.join\x93.',
    b'\x80\x02cos\npath.join\n.', b'NN\x93.', b'(ios\n\n', b'(N o.', b'(o.', b'(cbuiltins\nint\no.',
    b'(K\x05ibuiltins\nlist\n.',
    b'\x95\xff\xff\xff\xff\xff\xff\xff\xff.', b'\x95\x10\x00\x00\x00\x00\x00\x00\x00N.',
    b'\x8e\x00\x00\x00\x00\x00\x00\x00\x80.',
    b'0.', b'(0N.', b'N0.', b'(N1N.', b'1.', b'2.', b'N2\x86.', b'\x94.', b'(\x94.', b'q\x00.',
    b'cbuiltins\nobject\nNN\x92.',
    b'cbuiltins\nobject\n)N\x92.', b'cbuiltins\nobject\n)}\x92.', b'cbuiltins\nobject\n(K\x01t\x81.', b'Vx\n)R.',
    b'\x8c\x01a\x94\x85\x94R.', b'C\x02ab\x94\x85\x94R.', b'N(C\x02ab\x94\x85\x94R.', b'NC\x02ab\x94\x85\x94R.',
    b'c__builtin__\nobject\n.', b'c__builtin__\nunicode\n.', b'ccopy_reg\n_reconstructor\n.',
    b'\x80\x03c__builtin__\nobject\n.',
])  # fmt: skip
def test_odd_pickles(data):
    expected = outcome(pickle.loads, data)
    for load in (dill.loads, lambda text: dill.load(io.BytesIO(text)), lambda text: dill.load(OnlyReads(text))):
        assert outcome(load, data) == expected, differing(data, expected, outcome(load, data))


stream = bytearray()


def lengthen():
    """Called by the stream: the length of its first bytes object becomes a lie."""
    stream[stream.index(b'C') + 1] = 255


def test_the_bytes_change_while_they_are_loaded():
    date = b'cdatetime\ndate\n' + b'C\x04\x07\xe4\x01\x02\x94\x85\x94R'
    stream[:] = b'\x80\x04(' + date + b'c' + __name__.encode() + b'\nlengthen\n)Rh\x00h\x01t.'
    state = b'\x07\xe4\x01\x02'
    assert dill.loads(stream) == (datetime.date(2020, 1, 2), None, state, (state,))
    assert stream.count(255) == 1


def test_messages():
    with pytest.raises(EOFError, match='Ran out of input'):
        dill.loads(b'')
    with pytest.raises(pickle.UnpicklingError, match='pickle data was truncated'):
        dill.loads(b'\x80\x04\x8c\x10abc')
    with pytest.raises(pickle.UnpicklingError, match=r"invalid load key, '\\xff'"):
        dill.loads(b'\xff')
    with pytest.raises(TypeError, match="'nonsense' is an invalid keyword argument"):
        dill.loads(b'N.', nonsense=1)
    with pytest.raises(TypeError, match='bytes-like'):
        dill.loads('N.')
    with pytest.raises(TypeError, match="'read' and 'readline'"):
        dill.load(object())


# Memory that the data does not justify


def resident():
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


@pytest.mark.parametrize('data', [
    b'B' + struct.pack('<I', 2**32 - 1) + b'x', b'\x8e' + struct.pack('<Q', 2**46) + b'x',
    b'\x96' + struct.pack('<Q', 2**46) + b'x',
    b'X' + struct.pack('<I', 2**32 - 1) + b'x', b'\x8d' + struct.pack('<Q', 2**46) + b'x',
    b'\x8b' + struct.pack('<i', 2**31 - 1) + b'x',
    b'T' + struct.pack('<I', 2**31 - 1) + b'x', b'\x95' + struct.pack('<Q', 2**46) + b'N',
])  # fmt: skip
def test_declared_lengths_take_no_memory(data):
    before = resident()
    for load in (dill.loads, lambda text: dill.load(io.BytesIO(text)), lambda text: dill.load(OnlyReads(text))):
        with pytest.raises(pickle.UnpicklingError, match='truncated'):
            load(data)
    assert resident() - before < 64 * 2**20


def test_high_memo_numbers_take_no_memory():
    before = resident()
    high = struct.pack('<I', 2**32 - 1)
    assert dill.loads(b']r' + high + b'0j' + high + b'.') == []
    assert dill.loads(b']p%d\n0g%d\n.' % (2**62, 2**62)) == []
    numbers = b''.join(b'r' + struct.pack('<I', n * 40_000 + 1000) for n in range(1000))
    assert dill.loads(b'N' + numbers + b'.') is None
    assert dill.loads(b'\x8c\x02abr' + high + b'\x8c\x02cd\x94\x86h\x01\x86.') == (('ab', 'cd'), 'cd')
    assert resident() - before < 32 * 2**20


# Depth

DEPTH = 1_000_000


@pytest.mark.parametrize('data, step', [
    (b']' * DEPTH + b'a' * (DEPTH - 1) + b'.', lambda value: value[0]),
    (b')' + b'\x85' * DEPTH + b'.', lambda value: value[0]),
    (b'N' + b'}' * 0 + b'.', None),
    (b'}\x8c\x01k' * DEPTH + b'N' + b's' * DEPTH + b'.', lambda value: value['k']),
], ids=['lists', 'tuples', 'none', 'dicts'])  # fmt: skip
def test_depth(data, step):
    value = dill.loads(data)
    levels = 0
    while step is not None and value:
        value = step(value)
        levels += 1
    assert step is None or levels in (DEPTH, DEPTH - 1)


def test_depth_of_instances():
    cls = b'\x8c' + bytes([len(NAME)]) + NAME + b'\x8c\x05Plain' + b'\x93\x940'
    enter = b'h\x00)\x81}\x8c\x04next'
    value = dill.loads(b'\x80\x04' + cls + enter * DEPTH + b'N' + b'sb' * DEPTH + b'.')
    levels = 0
    while value is not None:
        value = value.next
        levels += 1
    assert levels == DEPTH


def test_depth_of_reductions():
    # tuple((tuple((...),),)): a call at each level.
    data = b'\x80\x04\x8c\x08builtins\x8c\x05tuple\x93\x940' + b'h\x00' * DEPTH + b')' + b'\x85R' * DEPTH + b'.'
    assert dill.loads(data) == ()


def test_depth_of_what_reductions_make():
    # frozenset((frozenset((...),)),))
    data = b'\x80\x04\x8c\x08builtins\x8c\x09frozenset\x93\x940' + b'h\x00' * DEPTH + b')' + b'\x85\x85R' * DEPTH + b'.'
    value = dill.loads(data)
    levels = 0
    while value:
        (value,) = value
        levels += 1
    assert levels == DEPTH


def test_speed_of_a_hostile_stream():
    """No step takes time for what came before it."""
    begin = time.process_time()
    dill.loads(b'(' * 2_000_000 + b't' * 2_000_000 + b'.')
    dill.loads(b'\x80\x02]' + b'(K\x01e' * 500_000 + b'.')
    dill.loads(b'\x80\x02}' + b''.join(b'M' + struct.pack('<H', i % 65536) + b'Ns' for i in range(500_000)) + b'.')
    assert time.process_time() - begin < 20
