"""What a load leaves to others, while it runs and after it: the garbage collector and the place in the file."""

import gc
import io
import os
import pickle
import threading

import pytest
from load_corpus import PROTOCOLS

import dill

CALLED = []


def called(*args):
    return CALLED[-1](*args)


class Calls:
    """Calls what CALLED holds when it is made."""

    def __reduce__(self):
        return called, ()


class Stateful:
    """Calls what CALLED holds with its state."""

    def __getstate__(self):
        return {'state': 1}

    def __setstate__(self, state):
        self.got = called(state)


class Missing:
    pass


@pytest.fixture
def calling():
    yield CALLED.append
    CALLED.clear()


def nameless(protocol):
    """A pickle of a class that there is not."""
    return pickle.dumps([1, Missing, 2], protocol).replace(b'Missing', b'Nothing')


def test_collector_is_on_while_a_thread_waits_for_input():
    read, write = os.pipe()
    loaded = []

    def wait():
        with os.fdopen(read, 'rb') as file:
            loaded.append(dill.load(file))

    data = dill.dumps([1, 2])
    thread = threading.Thread(target=wait)
    thread.start()
    os.write(write, data[:5])
    states = []
    for _ in range(20):
        thread.join(0.01)
        states.append(gc.isenabled())
    os.write(write, data[5:])
    os.close(write)
    thread.join(10)
    assert states == [True] * 20 and loaded == [[1, 2]] and gc.isenabled()


def test_file_methods_see_the_collector_as_it_was():
    states = []

    class File(io.BytesIO):
        def read(self, *args):
            states.append(gc.isenabled())
            return super().read(*args)

        def readinto(self, *args):
            states.append(gc.isenabled())
            return super().readinto(*args)

        def readline(self, *args):
            states.append(gc.isenabled())
            return super().readline(*args)

    for protocol in PROTOCOLS:
        for value in ([1, 'text', Calls], b'x' * 3_000_000):
            assert dill.load(File(pickle.dumps(value, protocol))) == value
    assert states and all(states)


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='needs fork')
@pytest.mark.filterwarnings('ignore:.*fork.*:DeprecationWarning')
def test_forked_child_keeps_the_collector(calling):
    def fork():
        child = os.fork()
        if child == 0:
            os._exit(0 if gc.isenabled() else 1)
        return os.waitpid(child, 0)[1]

    calling(fork)
    assert dill.loads(dill.dumps([Calls()], byref=True)) == [0]


def test_last_word_about_the_collector(calling):
    data = pickle.dumps([Calls(), list(range(2000)), Calls()])
    for switch, before in ((gc.disable, True), (gc.enable, False)):
        for load in (dill.loads, lambda text: dill.load(io.BytesIO(text))):
            (gc.enable if before else gc.disable)()
            states = []

            def step(states=states, switch=switch):
                states.append(gc.isenabled())
                switch()

            calling(step)
            try:
                load(data)
                after = gc.isenabled()
            finally:
                gc.enable()
            assert states == [before, not before] and after is not before


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_position_after_a_failure(protocol):
    good = pickle.dumps([1, 2, 3], protocol)
    missing = nameless(protocol)
    streams = [
        good + missing + good,
        missing + good,
        good + good[:-1],
        good + pickle.dumps('x' * 500, protocol)[:-200],
        good + b'\x80\x63' + good,
        good + b'\xff' + good,
        good + b'K\x05h\x77.' + good,
        good + b'I12',
        b'',
    ]
    for data in streams:
        steps = []
        for load in (pickle.load, dill.load, lambda file: dill.Unpickler(file).load()):
            file, seen = io.BytesIO(data), []
            for _ in range(12):
                try:
                    seen.append((load(file), file.tell()))
                except Exception as error:
                    seen.append((type(error), file.tell()))
            steps.append(seen)
        assert steps[1] == steps[0] and steps[2] == steps[0], data


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_position_while_loading(protocol, calling):
    data = pickle.dumps(['before', Calls(), {'a': Stateful()}, Calls(), b'y' * 100_000, Calls(), 'after'], protocol)
    positions = []
    for load in (pickle.load, dill.load, lambda file: dill.Unpickler(file).load()):
        file = io.BytesIO(b'junk' + data + b'rest')
        file.seek(4)
        seen = []
        calling(lambda *args, file=file, seen=seen: seen.append(file.tell()))
        load(file)
        positions.append((seen, file.tell()))
    assert positions[1] == positions[0] and positions[2] == positions[0]
    assert len(positions[0][0]) == 4


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_hooks_of_an_unpickler_see_the_position(protocol):
    class WritesIds(pickle.Pickler):
        def persistent_id(self, obj):
            return '7' if obj is Missing else None

    written = io.BytesIO()
    WritesIds(written, protocol).dump([Calls, Missing, Stateful, Missing])

    def hooked(base):
        class Unpickler(base):
            def find_class(self, module, name):
                seen.append((name, file.tell()))
                return super().find_class(module, name)

            def persistent_load(self, pid):
                seen.append((pid, file.tell()))
                return Missing

        return Unpickler

    steps = []
    for base in (pickle.Unpickler, dill.Unpickler):
        seen, file = [], io.BytesIO(written.getvalue() + b'rest')
        assert hooked(base)(file).load() == [Calls, Missing, Stateful, Missing]
        steps.append((seen, file.tell()))
    assert steps[0] == steps[1] and len(steps[0][0]) == 4


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_nested_reads_of_the_same_file(protocol, calling):
    # In a frame the pickle is taken as a whole: what follows it belongs to who reads.
    outer = pickle.dumps([Calls(), 'between', Stateful(), 'end'], protocol)
    for load in (pickle.load, dill.load):
        file = io.BytesIO(outer + b'RAW4' + b'RAW5' + pickle.dumps(7, protocol))
        if protocol >= 4:
            calling(lambda *args, file=file: file.read(4))
            first, _, second, _ = load(file)
            assert (first, second.got) == (b'RAW4', b'RAW5')
            assert load(file) == 7

    # Outside of a frame it is taken out of the middle.
    for load in (pickle.load, dill.load):
        file = io.BytesIO(b'(c' + called.__module__.encode() + b'\ncalled\n)RRAW4K\x05X\x01\x00\x00\x00al.' + b'tail')
        calling(lambda file=file: file.read(4))
        assert load(file) == [b'RAW4', 5, 'a']
        assert file.read() == b'tail'


def test_file_that_is_changed_while_loading(calling):
    tail = b'K\x01\x85.'
    data = b'c' + called.__module__.encode() + b'\ncalled\n)R0' + tail

    def rewrite(file):
        position = file.tell()
        file.write(b'0K\x02K\x03K\x04\x87.')
        file.seek(position)

    def extend(file):
        with file.getbuffer() as view:
            view[-1:] = b'0'
        file.seek(0, io.SEEK_END)
        file.write(b'X\x04\x00\x00\x00more.')
        file.seek(len(data) - 5)

    for change, expected in ((rewrite, (2, 3, 4)), (extend, 'more'), (lambda file: file.seek(-2, io.SEEK_END), None)):
        results = []
        for load in (pickle.load, dill.load):
            file = io.BytesIO(data)
            calling(lambda file=file, change=change: change(file))
            try:
                results.append((load(file), file.tell()))
            except Exception as error:
                results.append((type(error), file.tell()))
        assert results[0] == results[1]
        assert expected is None or results[0][0] == expected


def test_file_that_is_closed_while_loading(calling):
    for protocol in PROTOCOLS:
        data = pickle.dumps([Calls(), 'end'], protocol)
        results = []
        for load in (pickle.load, dill.load):
            file = io.BytesIO(data)
            calling(file.close)
            try:
                results.append(load(file))
            except ValueError as error:
                results.append(str(error))
            assert file.closed
        assert results[0] == results[1]
    with pytest.raises(ValueError, match='closed'):
        dill.load(file)


def test_position_behind_the_end_stays():
    file = io.BytesIO(b'N.')
    file.seek(10)
    with pytest.raises(EOFError):
        dill.load(file)
    assert file.tell() == 10


def test_content_that_is_looked_at_meanwhile():
    data = dill.dumps([1, 'two'])
    file = io.BytesIO()
    file.write(data * 3)
    file.seek(0)
    with file.getbuffer() as view:
        assert [dill.load(file) for _ in range(2)] == [[1, 'two']] * 2
        position = view.nbytes - len(data)
        view[position:] = dill.dumps([1, 'owt'])
        assert dill.load(file) == [1, 'owt']
    assert file.tell() == 3 * len(data)


def test_subclass_that_initializes_the_stock_class():
    class Direct(dill.Unpickler):
        def __init__(self, file):
            pickle.Unpickler.__init__(self, file)

    assert Direct(io.BytesIO(dill.dumps([1, 2]))).load() == [1, 2]
    assert Direct(io.BytesIO(b'c__builtin__\n__main__\n.')).load() is __import__('__main__').__dict__
