"""Pickles that fill megabytes with objects: their memory comes in large pages, and goes back."""

import gc
import io
import os
import pickle
import random
import sys
import threading

import pytest

import dill


def _large():
    return [(i, float(i), f'text {i}', [i], {'key': i}, bytes([i % 256]) * 20) for i in range(60_000)]


class _Nested:
    """Loads another large pickle when it is loaded."""

    def __init__(self, data):
        self.data = data

    def __reduce__(self):
        return dill.loads, (self.data,)


def test_from_memory_and_from_a_file(tmp_path):
    value = _large()
    data = pickle.dumps(value, 4)
    (tmp_path / 'large').write_bytes(data)
    assert dill.loads(data) == value
    assert dill.loads(bytearray(data)) == value
    assert dill.load(io.BytesIO(data)) == value
    with open(tmp_path / 'large', 'rb') as file:
        assert dill.load(file) == value


def test_loads_within_a_load():
    value = _large()
    data = pickle.dumps(value, 4)
    loaded = dill.loads(pickle.dumps([value, _Nested(data), value], 4))
    assert loaded == [value, value, value]


def test_threads():
    value = _large()
    data = pickle.dumps(value, 4)
    found = []

    def work():
        for _ in range(3):
            found.append(dill.loads(data) == value)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 12


def test_failure_in_the_middle():
    value = _large()
    data = pickle.dumps(value, 4)
    for stop in range(1, len(data), len(data) // 7):
        with pytest.raises((EOFError, pickle.UnpicklingError)):
            dill.loads(data[:stop])
    assert dill.loads(data) == value


@pytest.mark.skipif(not os.path.exists('/proc/self/statm'), reason='reads the size of the process from /proc')
def test_memory_goes_back():
    data = pickle.dumps(_large(), 4)

    def resident():
        gc.collect()
        with open('/proc/self/statm') as file:
            return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')

    kept = []
    for _ in range(3):
        kept.append(dill.loads(data)[::5000])  # holds a few of the arenas
    before = resident()
    for _ in range(15):
        dill.loads(data)
    # One result takes about 40 megabytes.
    assert resident() - before < 30_000_000


def test_interpreter_ends_with_objects_alive(run_python):
    code = """
import sys, dill
sys.kept = dill.loads(dill.dumps([(i, str(i)) for i in range(100_000)]))
print(len(sys.kept))
"""
    assert run_python(code).ok().strip() == '100000'


@pytest.mark.parametrize('seed', range(3))
def test_ints_of_every_length(seed):
    chance = random.Random(seed)
    shared = {number: number for number in range(-5, 257)}  # the objects that Python has only one of
    for size in range(256):
        for _ in range(40):
            extreme = bytes(chance.choice((0, 1, 127, 128, 255)) for _ in range(size))
            repeated = bytes([chance.choice((0, 1, 127, 128, 255))]) * size
            for digits in (extreme, repeated, chance.randbytes(size)):
                loaded = dill.loads(b'\x80\x04\x8a' + bytes([size]) + digits + b'.')
                number = int.from_bytes(digits, 'little', signed=True)
                assert loaded == number and hash(loaded) == hash(number)
                assert (loaded + 1) - 1 == number and repr(loaded) == repr(number)
                assert sys.getsizeof(loaded) == sys.getsizeof(number)
                if size <= 64 and number in shared:  # longer ones are CPython's own work
                    assert loaded is shared[number]


@pytest.mark.parametrize('size', range(256))
def test_bytes_of_every_length(size):
    text = bytes(range(size))
    loaded = dill.loads(pickle.dumps(text, 4))
    assert loaded == text and hash(loaded) == hash(text) and sys.getsizeof(loaded) == sys.getsizeof(text)
    assert loaded + b'!' == text + b'!'
