"""dump() to files: in pieces, whole or not at all, whatever kind of file it is."""

import io
import os
import pickle
import socket

import pytest

import dill

LARGE = [f'text {i}' for i in range(100_000)]  # about 1.5 MB: several pieces
SMALL = {'a': [1, 2, 3]}
BEFORE = b'what was there before; '


class Unpicklable:
    def __reduce__(self):
        raise ValueError('this one fails')


FAILING = [LARGE, Unpicklable()]


class Pieces:
    """A file with nothing but `write`; keeps what it gets."""

    def __init__(self, result=lambda data: None):
        self.pieces = []
        self.result = result

    def write(self, data):
        self.pieces.append(data)
        return self.result(data)

    def content(self):
        return b''.join(self.pieces)


class Raw(io.RawIOBase):
    """A raw file that takes at most `most` bytes a call."""

    def __init__(self, most):
        self.most = most
        self.taken = bytearray()

    def writable(self):
        return True

    def write(self, data):
        if self.most is None:
            return None
        part = bytes(data[: self.most])
        self.taken += part
        return len(part)


def notes_of(error):
    return '\n'.join(getattr(error, '__notes__', ()))


@pytest.fixture(params=['BytesIO', 'buffered', 'random', 'raw', 'python', 'temporary'])
def seekable(request, tmp_path):
    """A file of each kind with BEFORE in it, which stands at its end."""
    path = tmp_path / 'file'
    if request.param == 'BytesIO':
        file = io.BytesIO()
    elif request.param == 'buffered':
        file = open(path, 'wb')
    elif request.param == 'random':
        file = open(path, 'w+b')
    elif request.param == 'raw':
        file = open(path, 'wb', buffering=0)
    elif request.param == 'python':
        import _pyio

        file = _pyio.open(path, 'wb')
    else:
        import tempfile

        file = tempfile.NamedTemporaryFile(dir=tmp_path)
        path = file.name
    file.write(BEFORE)

    def content():
        if isinstance(file, io.BytesIO):
            return file.getvalue()
        file.flush()
        with open(path, 'rb') as saved:
            return saved.read()

    with file:
        yield file, content


@pytest.mark.parametrize('value', [SMALL, LARGE, [b'x' * 3_000_000, bytearray(2_000_000)], 'ü' * 400_000])
def test_every_kind_of_file_gets_the_bytes_of_dumps(seekable, value):
    file, content = seekable
    dill.dump(value, file)
    assert content() == BEFORE + dill.dumps(value)
    assert file.tell() == len(content())


def test_a_file_needs_nothing_but_write():
    file = Pieces()
    dill.dump(LARGE, file)
    assert file.content() == dill.dumps(LARGE)


def test_pieces_may_be_kept_and_are_at_most_64_kibibytes():
    file = Pieces()
    value = [LARGE, os.urandom(5_000_000)]
    dill.dump(value, file)
    assert len(file.pieces) > 5
    assert max(map(len, file.pieces)) <= 64 << 10
    assert dill.loads(file.content()) == value


def test_a_dump_to_a_file_does_not_hold_the_pickle(tmp_path, run_python):
    code = """
import dill, resource, sys
value = list(range(3_000_000))
def peak():
    return int(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])
with open(sys.argv[1], 'wb') as file:
    dill.dump(value[:10], file)
    open('/proc/self/clear_refs', 'w').write('5')
    before = peak()
    dill.dump(value, file)
    print(peak() - before, file.tell())
"""
    grown, size = map(int, run_python(code, tmp_path / 'file').ok().split())
    assert size > 10_000_000
    assert grown <= 2048  # kB


@pytest.mark.parametrize('result', [lambda data: None, lambda data: len(data) // 2, lambda data: 'odd', len])
def test_what_other_objects_return_from_write_says_nothing(result):
    # Upstream ignores it, and a write() that compresses may return the compressed size.
    file = Pieces(result)
    dill.dump(LARGE, file)
    assert file.content() == dill.dumps(LARGE)


@pytest.mark.parametrize('most', [1, 7, 65_536, 10_000_000])
@pytest.mark.parametrize('value', [SMALL, LARGE[:3_000], b'x' * 100_000])
def test_short_writes_are_retried(most, value):
    file = Raw(most)
    dill.dump(value, file)
    assert bytes(file.taken) == dill.dumps(value)


def test_a_pipe_that_takes_a_part(tmp_path):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    data = os.urandom(10_000_000)
    with open(reader, 'rb') as source, open(writer, 'wb', buffering=0) as file:
        with pytest.raises(BlockingIOError) as caught:
            dill.dump(data, file)
        written = caught.value.characters_written
        assert written > 0
        assert f'{written:,} bytes' in notes_of(caught.value)
        assert source.read(written) == dill.dumps(data)[:written]


def test_none_from_a_raw_file_raises():
    with pytest.raises(BlockingIOError):
        dill.dump(SMALL, Raw(None))


@pytest.mark.parametrize('answer', [0, -1, 1_000_000])
def test_an_impossible_count_of_a_raw_file_raises(answer):
    class Wrong(Raw):
        def write(self, data):
            return answer

    with pytest.raises(OSError, match=str(answer)):
        dill.dump(SMALL, Wrong(0))


def test_a_socket_as_file():
    ours, theirs = socket.socketpair()

    class WithWrite(socket.socket):
        write = socket.socket.send

    with WithWrite(fileno=ours.detach()) as file, theirs:
        file.settimeout(10)
        dill.dump([1, 2, 3], file)
        file.shutdown(socket.SHUT_WR)
        assert dill.loads(theirs.recv(1000)) == [1, 2, 3]


@pytest.mark.parametrize('protocol', [2, 4])
def test_a_failed_dump_leaves_the_file_as_it_was(seekable, protocol):
    file, content = seekable
    with pytest.raises(ValueError, match='this one fails') as caught:
        dill.dump(FAILING, file, protocol)
    assert file.tell() == len(BEFORE)
    assert content() == BEFORE
    assert notes_of(caught.value) == ''
    dill.dump(SMALL, file, protocol)  # and it can go on
    assert content() == BEFORE + dill.dumps(SMALL, protocol)


@pytest.mark.parametrize('kind', ['BytesIO', 'random', 'raw'])
def test_a_failed_dump_over_old_content_brings_it_back(tmp_path, kind):
    old = os.urandom(700_000)
    path = tmp_path / 'file'
    path.write_bytes(old)
    file = io.BytesIO(old) if kind == 'BytesIO' else open(path, 'r+b', buffering=0 if kind == 'raw' else -1)
    with file:
        file.seek(1000)
        with pytest.raises(ValueError, match='this one fails') as caught:
            dill.dump(FAILING, file)
        assert notes_of(caught.value) == ''
        assert file.tell() == 1000
        file.seek(0)
        assert file.read() == old


@pytest.mark.parametrize('buffering', [0, -1])
@pytest.mark.parametrize('mode', ['ab', 'a+b'])
def test_a_failed_dump_to_a_file_that_appends(tmp_path, mode, buffering):
    path = tmp_path / 'file'
    path.write_bytes(BEFORE)
    with open(path, mode, buffering=buffering) as file:
        file.write(b'appended')
        file.seek(3)
        with pytest.raises(ValueError, match='this one fails') as caught:
            dill.dump(FAILING, file)
        assert notes_of(caught.value) == ''
        assert file.tell() == 3
        assert path.read_bytes() == BEFORE + b'appended'


def test_a_failed_dump_that_cannot_be_taken_back_says_so():
    file = Pieces()
    with pytest.raises(ValueError, match='this one fails') as caught:
        dill.dump(FAILING, file)
    count = len(file.content())
    assert count > 0
    assert f'{count:,} bytes of the incomplete pickle' in notes_of(caught.value)


def test_over_content_that_cannot_be_read_it_says_so(tmp_path):
    path = tmp_path / 'file'
    with open(path, 'wb') as file:
        file.write(bytes(100_000))
        file.seek(0)
        with pytest.raises(ValueError, match='this one fails') as caught:
            dill.dump(FAILING, file)
        assert f'{file.tell():,} bytes' in notes_of(caught.value)


def test_nothing_is_taken_back_when_somebody_else_wrote(tmp_path):
    with open(tmp_path / 'file', 'w+b') as file:

        class WritesItself:
            def __reduce__(self):
                file.write(b'by somebody else')
                return str, ()

        with pytest.raises(ValueError, match='this one fails') as caught:
            dill.dump([LARGE, WritesItself(), Unpicklable()], file)
        assert 'bytes of the incomplete pickle' in notes_of(caught.value)
        file.seek(0)
        assert file.read().endswith(b'by somebody else')


def test_a_failed_small_dump_writes_nothing():
    file = Pieces()
    with pytest.raises(ValueError, match='this one fails') as caught:
        dill.dump([1, Unpicklable()], file)
    assert file.pieces == []
    assert notes_of(caught.value) == ''


def test_an_error_of_the_file_passes_through():
    class Full(Exception):
        pass

    def full(data):
        raise Full

    for value in SMALL, LARGE:
        with pytest.raises(Full):
            dill.dump(value, Pieces(full))


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path, run_python):
    code = """
import os, resource, sys, dill
path = sys.argv[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
for buffering in -1, 0, 300_000:
    with open(path, 'wb', buffering=buffering) as file:
        file.write(b'before')
        try:
            dill.dump([f'text {i}' for i in range(200_000)], file)
        except OSError as error:
            assert not getattr(error, '__notes__', None), error.__notes__
        else:
            raise AssertionError
        assert file.tell() == 6
        file.write(b'!')
    with open(path, 'rb') as file:
        assert file.read() == b'before!', (buffering, os.path.getsize(path))
"""
    run_python(code, tmp_path / 'file').ok()


def test_many_small_dumps_are_buffered(tmp_path):
    class Counting(io.FileIO):
        writes = 0

        def write(self, data):
            type(self).writes += 1
            return super().write(data)

    with io.BufferedWriter(Counting(tmp_path / 'file', 'wb')) as file:
        for i in range(1000):
            dill.dump(i, file)
    with open(tmp_path / 'file', 'rb') as saved:
        assert [dill.load(saved) for _ in range(1000)] == list(range(1000))
    raw_writes = Counting.writes
    with open(tmp_path / 'file2', 'wb') as file:  # a FileIO: nothing counts, but nothing may force it out either
        dill.dump(1, file)
        assert os.path.getsize(tmp_path / 'file2') == 0
    assert raw_writes > 0


def test_a_method_put_in_the_place_of_write_is_called():
    file = io.BytesIO()
    got = []
    pickler = dill.Pickler(file, 4)
    pickler._file_write = got.append
    pickler.dump(LARGE)
    assert b''.join(got) == dill.dumps(LARGE)
    assert file.getvalue() == b''


def test_pickle_of_the_standard_library_reads_what_came_in_pieces(tmp_path):
    with open(tmp_path / 'file', 'wb') as file:
        dill.dump(LARGE, file)
        dill.dump(SMALL, file)
    with open(tmp_path / 'file', 'rb') as file:
        assert pickle.load(file) == LARGE
        assert pickle.load(file) == SMALL


def test_no_reference_to_the_file_or_its_pieces_stays():
    file = io.BytesIO()
    for _ in range(3):
        with pytest.raises(ValueError, match='this one fails'):
            dill.dump(FAILING, file)
    file.getbuffer().release()
    file.truncate(0)  # raises while somebody holds a view
