"""Dumps and loads under bad conditions: no memory, threads, forks, nested calls, finalizers, errors at every step.

A process of its own runs what may crash; each test wants a right result or an exception, and nothing left behind.
"""

import gc
import io
import json
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import dill

HERE = Path(__file__).parent
SETTING = 3


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Calls:
    """Calls `act` while it is reduced, and becomes what that returns."""

    def __init__(self, act):
        self.act = act

    def __reduce__(self):
        return dict, ({'made': self.act()},)


def uses_setting(x, y=(1, 2)):
    return x * SETTING + len(y)


def varied():
    kept = ['kept']
    return {
        'data': [1, 2.5, 'text', b'bytes', (kept, kept), {1, 2}, None],
        'instances': [Plain(a=1, b=kept), Plain(c=Plain())],
        'function': uses_setting,
        'closure': lambda: kept,
        'class': type('Made', (Plain,), {'method': uses_setting, '__module__': '__main__'}),
    }


def run_script(script, *arguments, timeout=600):
    done = subprocess.run(
        [sys.executable, '-X', 'faulthandler', str(HERE / script), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=dict(os.environ, PYTHONHASHSEED='0'),
    )
    assert done.returncode == 0, f'exit status {done.returncode}\n{done.stdout[-500:]}\n{done.stderr[-2500:]}'
    return json.loads(done.stdout)


# Memory


def test_every_allocation_may_fail():
    pytest.importorskip('_testcapi', reason='this Python comes without _testcapi')
    found = run_script('robust_memory.py')
    assert len(found) == 42
    assert all(found.values()), found  # each of them was hit


# Threads and processes


def test_many_threads_dump_and_load():
    value = varied()
    expected = dill.dumps(value)
    wrong = []

    def work():
        try:
            for _ in range(60):
                if dill.dumps(value) != expected:
                    wrong.append('bytes')
                loaded = dill.loads(expected)
                if loaded['function'](2) != 8 or loaded['closure']() != ['kept'] or loaded['data'][4][0] != ['kept']:
                    wrong.append('object')
        except BaseException as error:
            wrong.append(repr(error))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong


FORKS = """
import os, sys, threading, dill

def value(act=None):
    return [1, ('x', {{'k': [2.5]}}), lambda: 7, act]

class Calls:
    def __init__(self, act): self.act = act
    def __reduce__(self): return list, ([self.act()],)

expected = dill.dumps(value())

def fork():
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if dill.dumps(value()) == expected and dill.loads(expected)[2]() == 7 else 3)
        finally:
            os._exit(4)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

{body}
"""


def test_fork_below_a_dump(run_python):
    body = 'assert dill.loads(dill.dumps(value(Calls(fork))))[3] == [0]'
    run_python(FORKS.format(body=body)).ok()


def test_the_child_goes_on_with_the_dump(run_python):
    body = """
def split():
    child = os.fork()
    return child if child == 0 else os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
parent = os.getpid()
same = dill.loads(dill.dumps(value(Calls(split))))[3] == [0]
if os.getpid() != parent:
    os._exit(0 if same else 5)
assert same
"""
    run_python(FORKS.format(body=body)).ok()


def test_forks_while_other_threads_dump(run_python):
    body = """
over = False
def work():
    while not over:
        assert dill.loads(dill.dumps(value()))[2]() == 7
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
try:
    assert [fork() for _ in range(30)] == [0] * 30
finally:
    over = True
for thread in threads: thread.join()
"""
    run_python(FORKS.format(body=body), PYTHONWARNINGS='ignore').ok()


# Nested calls, the collector, finalizers


@pytest.mark.parametrize('protocol', [0, 2, 4, 5])
def test_dumps_and_loads_below_a_dump(protocol):
    inner = varied()
    expected = dill.dumps(inner, protocol)

    def act():
        pickled = dill.dumps(inner, protocol)
        assert dill.loads(pickled)['closure']() == ['kept']
        return pickled

    deep = Calls(lambda: dill.dumps([Calls(lambda: dill.dumps(Calls(act), protocol))], protocol))
    shared = ['shared']
    loaded = dill.loads(dill.dumps([shared, Calls(act), shared, deep], protocol))
    assert loaded[0] is loaded[2] and loaded[1] == {'made': expected}
    (middle,) = dill.loads(loaded[3]['made'])
    assert dill.loads(middle['made']) == {'made': expected}


class Finalized:
    count = 0

    def __init__(self, others=()):
        self.others = list(others)
        self.cycle = self

    def __del__(self):
        type(self).count += 1
        assert dill.loads(dill.dumps([1, 'x', {'k': (2,)}, lambda: 5]))[3]() == 5


@pytest.mark.parametrize('protocol', [2, 4])
def test_finalizers_and_the_collector_at_every_step(protocol):
    def fresh():
        return [Finalized([Finalized()]), [str(number) for number in range(20)]]

    value = [varied(), [Calls(fresh) for _ in range(10)], varied()['instances']]
    thresholds = gc.get_threshold()
    before = Finalized.count
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(3):
            loaded = dill.loads(dill.dumps(value, protocol))
            assert [type(part['made'][0].others[0]) for part in loaded[1]] == [Finalized] * 10
            assert loaded[1][9]['made'][1] == [str(number) for number in range(20)]
            del loaded
    finally:
        gc.set_threshold(*thresholds)
    gc.collect()
    assert Finalized.count > before + 60


# An error at every step


class Stop(Exception):
    pass


class Countdown:
    """Raises at the n-th call."""

    def __init__(self, n):
        self.left = n

    def step(self):
        self.left -= 1
        if self.left == 0:
            raise Stop


def ask_persistent_id(value, protocol, countdown):
    class Asking(dill.Pickler):
        def persistent_id(self, obj):
            countdown.step()

    Asking(io.BytesIO(), protocol).dump(value)


def ask_reducer_override(value, protocol, countdown):
    class Asking(dill.Pickler):
        def reducer_override(self, obj):
            countdown.step()
            return NotImplemented

    Asking(io.BytesIO(), protocol).dump(value)


def overridden_save(value, protocol, countdown):
    class Saving(dill.Pickler):
        def save(self, obj, save_persistent_id=True):
            countdown.step()
            super().save(obj, save_persistent_id)

    Saving(io.BytesIO(), protocol).dump(value)


def own_saver(value, protocol, countdown):
    class Saving(dill.Pickler):
        dispatch = dill._dill.MetaCatchingDict(dill.Pickler.dispatch)

    for kind in (list, dict, tuple, type(uses_setting)):

        def saver(pickler, obj, stock=dill.Pickler.dispatch[kind]):
            countdown.step()
            stock(pickler, obj)

        Saving.dispatch[kind] = saver
    Saving(io.BytesIO(), protocol).dump(value)


def write_to_file(value, protocol, countdown):
    class File:
        def write(self, data):
            countdown.step()

    many = [str(i) * 100 for i in range(5000 if protocol >= 4 else 5)]  # without frames each opcode is a write
    dill.dump([value, b'x' * 100_000, 'y' * 100_000, many], File(), protocol)


def reduce_parts(value, protocol, countdown):
    def items():
        for part in [1, [2], 3]:
            countdown.step()
            yield part

    class Odd:
        def __reduce__(self):
            countdown.step()
            return Plain, (), {'a': [1]}, items(), ((key, [key]) for key in items() if type(key) is int)

        def __getattribute__(self, name):
            countdown.step()
            return object.__getattribute__(self, name)

    dill.dumps([value, Odd(), [Odd()], value], protocol)


def find_class(value, protocol, countdown):
    class Finding(dill.Unpickler):
        def find_class(self, module, name):
            countdown.step()
            return super().find_class(module, name)

    Finding(io.BytesIO(dill.dumps(value, protocol))).load()


def read_from_file(value, protocol, countdown):
    class File:
        def __init__(self, data):
            self.file = io.BytesIO(data)

        def read(self, size=-1):
            countdown.step()
            return self.file.read(size)

        def readline(self):
            countdown.step()
            return self.file.readline()

        def readinto(self, buffer):
            countdown.step()
            return self.file.readinto(buffer)

    dill.load(File(dill.dumps(value, protocol)))


class Restored:
    countdown = None

    def __init__(self, parts=()):
        self.parts = parts

    def __reduce__(self):
        return Restored, (), {'parts': self.parts}, iter(self.parts), ((part, [part]) for part in 'ab')

    def __setstate__(self, state):
        self.countdown.step()
        self.__dict__.update(state)

    def append(self, part):
        self.countdown.step()

    def extend(self, parts):
        self.countdown.step()

    def __setitem__(self, key, value):
        self.countdown.step()

    def __hash__(self):
        if self.countdown is not None:
            self.countdown.step()
        return 7


def restored_objects(value, protocol, countdown):
    Restored.countdown = None
    pickled = dill.dumps([value, Restored(['x', 'y']), {Restored(): 1}, {Restored()}, Restored([value])], protocol)
    Restored.countdown = countdown
    try:
        dill.loads(pickled)
    finally:
        Restored.countdown = None


@pytest.mark.parametrize('protocol', [2, 4])
@pytest.mark.parametrize(
    'action',
    [
        ask_persistent_id,
        ask_reducer_override,
        overridden_save,
        own_saver,
        write_to_file,
        reduce_parts,
        find_class,
        read_from_file,
        restored_objects,
    ],
)
def test_an_error_at_every_step(action, protocol):
    value = varied()
    expected = dill.dumps(value, protocol)
    sentinel = value['data'][4][0]  # a part that everything refers to
    failures = 0
    references = None
    for n in range(1, 100_000):
        try:
            action(value, protocol, Countdown(n))
        except Stop:
            failures += 1
        else:
            break
        if n in (1, 2):  # caches (of __slotnames__, say) are filled by now
            gc.collect()
            references = sys.getrefcount(sentinel)
    assert failures > 2
    assert n < 100_000 - 1
    gc.collect()
    assert sys.getrefcount(sentinel) == references
    assert dill.dumps(value, protocol) == expected
    assert pickle.loads(expected)['closure']() == ['kept']
