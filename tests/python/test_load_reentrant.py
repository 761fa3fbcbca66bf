"""Code that runs while an object is loaded, and what a load leaves behind."""

import datetime
import gc
import io
import pickle
import sys
import threading

import pytest
from load_corpus import PROTOCOLS, Colour, Pair, Plain, Slots, outcome, pickles_of_corpus

import dill


class Acts:
    """Calls what ACTION holds when it is made, and when its state is set."""

    def __reduce__(self):
        return act, ()


ACTION = []


def act(*args):
    return ACTION[-1](*args)


@pytest.fixture
def action():
    def use(function):
        ACTION.append(function)

    yield use
    ACTION.clear()


def test_reentered_unpickler_raises(action):
    data = pickle.dumps([1, Acts(), 2])
    unpickler = dill.Unpickler(io.BytesIO(data + data))
    errors = []

    def again():
        try:
            unpickler.load()
        except RuntimeError as error:
            errors.append(str(error))
        return 'made'

    action(again)
    assert unpickler.load() == [1, 'made', 2]
    assert errors == ['this Unpickler is loading already']
    assert unpickler.load() == [1, 'made', 2]


def test_nested_loads(action):
    inner = pickle.dumps({'inner': [Plain(1)] * 3})
    action(lambda: dill.loads(inner))
    assert gc.isenabled()
    loaded = dill.loads(pickle.dumps([Acts(), Acts(), 'x']))
    assert loaded[0] == {'inner': [Plain(1)] * 3} and loaded[2] == 'x'
    assert gc.isenabled()


def test_two_threads_with_one_unpickler(action):
    data = pickle.dumps([Acts()])
    unpickler = dill.Unpickler(io.BytesIO(data))
    started, go_on = threading.Event(), threading.Event()

    def wait():
        started.set()
        go_on.wait(10)
        return 1

    action(wait)
    results = []
    thread = threading.Thread(target=lambda: results.append(unpickler.load()))
    thread.start()
    assert started.wait(10)
    with pytest.raises(RuntimeError):
        unpickler.load()
    go_on.set()
    thread.join()
    assert results == [[1]]


def test_collector_is_restored(action):
    states = []
    action(lambda: states.append(gc.isenabled()))
    data = pickle.dumps([Acts()])
    dill.loads(data)
    assert states == [True] and gc.isenabled()
    with pytest.raises(pickle.UnpicklingError):
        dill.loads(data[:-1] + b'\xff')
    assert gc.isenabled()
    gc.disable()
    try:
        dill.loads(data)
        assert not gc.isenabled()
        action(gc.enable)
        dill.loads(pickle.dumps([Acts(), [{}] * 1000]))
        assert gc.isenabled()
    finally:
        gc.enable()


def living(kind, size):
    return [found for found in gc.get_objects() if type(found) is kind and len(found) == size]


def test_objects_that_change_while_they_are_made(action):
    """Containers found through the collector are emptied and filled from a reducer; the memo must keep its objects."""
    value = [['inner', 'list', i] for i in range(50)]
    parts = [
        value,
        {f'key {i}': f'value {i}' for i in range(50)},
        {f'member {i}' for i in range(50)},
        Plain('text', ['more']),
    ]

    def empty_all():
        frame_lists = [found for found in gc.get_objects() if type(found) in (list, dict, set)]
        for found in frame_lists:
            if type(found) is list and len(found) == 3 and found[:2] == ['inner', 'list']:
                found.clear()
            elif type(found) is dict and 'key 1' in found and 'value 1' in found.values():
                found.clear()
            elif type(found) is set and 'member 1' in found:
                found.clear()
        gc.collect()
        return 'made'

    action(empty_all)
    data = pickle.dumps([parts, Acts(), parts, value[0], 'text', Acts(), value])
    parts.clear(), value.clear()
    for _ in range(3):
        loaded = dill.loads(data)
        assert loaded[1] == 'made' and loaded[0] is loaded[2] and loaded[3] is loaded[6][0]
        assert loaded[0][3].rest == (['more'],)


class Clears:
    def __setstate__(self, state):
        for container in state['containers']:
            container.clear()
        state.clear()
        gc.collect()


def test_setstate_that_clears_what_is_referred_to_again():
    made = Clears()
    texts = [f'text {i}' for i in range(100)]
    made.containers = [list(texts), dict(zip(texts, texts)), set(texts)]
    data = pickle.dumps([made, texts, made.containers])
    for _ in range(3):
        loaded = dill.loads(data)
        assert loaded[1] == texts and loaded[2] == [[], {}, set()]


class Finalized:
    def __init__(self, *args):
        self.args = args

    def __del__(self):
        for found in DELETED:
            found.clear()
        DELETED.append([1])


DELETED = []


def test_finalizers_during_a_load():
    DELETED.clear()
    # Made, forgotten by POP, then the memo's own numbers are used again.
    cls = b'\x80\x04\x8c' + bytes([len(__name__)]) + __name__.encode() + b'\x8c\x09Finalized\x93'
    data = cls + b'(lp5\n0' + b')\x81' + b'0]\x94' + b'.'
    assert dill.loads(data) == []
    data = cls + b'\x94' + b']\x94' + (b'h\x00)\x81' + b'q\x07N0') * 20 + b'0h\x01.'
    assert outcome(dill.loads, data) == outcome(pickle.loads, data)
    assert DELETED


def test_keys_with_python_comparison():
    data = pickle.dumps(
        [{Odd(i): f'value {i}' for i in range(100)}, {Odd(i) for i in range(100)}, ['value 1', 'value 2']]
    )
    for _ in range(3):
        loaded = dill.loads(data)
        assert len(loaded[0]) == 100 and len(loaded[1]) == 100 and loaded[2] == ['value 1', 'value 2']
    # An equal key of another kind comes first, then strings with the same hash.
    same = pickle.dumps([Odd(1), 'x'])
    key = same[: same.index(b'\x8c\x01x')].rpartition(b'(')[2]
    assert key
    value = dill.loads(b'\x80\x04]\x94(' + key + b'\x8c\x01xe.')
    assert value[1] == 'x'


class Odd:
    def __init__(self, number):
        self.number = number

    def __reduce__(self):
        return Odd, (self.number,)

    def __hash__(self):
        return hash(self.number) % 7

    def __eq__(self, other):
        gc.collect(0)
        return type(other) is Odd and other.number == self.number


def test_keys_that_come_twice():
    data = (
        b'\x80\x04}\x94(\x8c\x03key\x94\x8c\x05first\x94\x8c\x03key\x94\x8c\x06second\x94u(h\x01h\x02h\x03h\x04t\x86.'
    )
    loaded, texts = dill.loads(data)
    assert loaded == {'key': 'second'} and texts == ('key', 'first', 'key', 'second')
    data = b'\x80\x04\x8f\x94(\x8c\x03key\x94\x8c\x03key\x94\x90(h\x01h\x02t\x86.'
    assert dill.loads(data) == ({'key'}, ('key', 'key'))
    data = b'\x80\x04((\x8c\x03key\x94\x8c\x03key\x94\x91h\x00h\x01t.'
    assert outcome(dill.loads, data) == outcome(pickle.loads, data)
    many = b'\x80\x04}(' + b''.join(b'\x8c\x04%04d\x94\x8c\x05v%04d\x94' % (i % 50, i) for i in range(5000)) + b'u.'
    assert dill.loads(many) == pickle.loads(many)


def test_built_twice():
    name = Plain.__module__.encode()
    made = b'\x80\x04\x8c' + bytes([len(name)]) + name + b'\x8c\x05Plain\x93)\x81\x94'
    state = b'}\x94(\x8c\x01a\x94\x8c\x05first\x94ub'
    again = b'}\x94(\x8c\x01a\x94\x8c\x06second\x94ub'
    loaded, text = dill.loads(made + state + again + b'h\x03\x86.')
    assert loaded.a == 'second' and text == 'first'
    loaded, text = dill.loads(made + state + b'0h\x00' + again + b'h\x03\x86.')
    assert loaded.a == 'second' and text == 'first'


def test_state_with_odd_keys():
    name = Plain.__module__.encode()
    made = b'\x80\x04\x8c' + bytes([len(name)]) + name + b'\x8c\x05Plain\x93)\x81\x94'
    loaded = dill.loads(made + b'}(\x8c\x01aK\x01K\x05K\x06\x8c\x09__class__K\x07\x8c\x08__dict__K\x08ub.')
    assert loaded.__dict__ == {'a': 1, 5: 6, '__class__': 7, '__dict__': 8} and type(loaded) is Plain
    loaded = dill.loads(made + b'}(\x8c\x0c__setstate__cbuiltins\nlist\nub' + b'}\x8c\x01aK\x01sb.')
    assert list(loaded.__dict__) == ['__setstate__']


def test_interrupt(run_python):
    script = """
import dill, signal, time
class Stop(Exception): pass
def stop(*args): raise Stop
signal.signal(signal.SIGALRM, stop)
data = b'\\x80\\x02]' + b'(' + b'K\\x01' * 1000 + b'e'
data = data[:3] + data[3:] * 1 + (b'(' + b'K\\x01' * 20 + b'e') * 4_000_000 + b'.'
signal.setitimer(signal.ITIMER_REAL, 0.05)
begin = time.time()
try:
    while time.time() - begin < 50:
        dill.loads(data)
except Stop:
    print('stopped')
"""
    assert run_python(script).ok().strip() == 'stopped'


# References and memory


def test_reference_counts():
    sentinels = [Plain, Slots, Pair, act, Colour.RED, datetime.datetime, ()]
    datas = [data for protocol in PROTOCOLS for _, data in pickles_of_corpus(protocol)]
    datas += [data[: len(data) // 2] for data in datas]

    def work():
        for data in datas:
            for load in (dill.loads, lambda text: dill.Unpickler(io.BytesIO(text)).load()):
                outcome_is_thrown_away(load, data)

    for _ in range(30):  # until CPython's cache of attribute names is full
        work()
    gc.collect()
    before = [sys.getrefcount(sentinel) for sentinel in sentinels]
    blocks = sys.getallocatedblocks()
    rounds = 20
    for _ in range(rounds):
        work()
    gc.collect()
    after = [sys.getrefcount(sentinel) for sentinel in sentinels]
    assert [b - a for a, b in zip(before, after)] == [0] * len(sentinels)
    # A block lost by a kind of object would be `rounds` for each pickle and way to load, so 240 at least.
    assert sys.getallocatedblocks() - blocks < 240


def outcome_is_thrown_away(load, data):
    try:
        load(data)
    except (EOFError, pickle.UnpicklingError):
        pass
