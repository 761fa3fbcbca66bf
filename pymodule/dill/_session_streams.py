"""Where sessions are read from and written to: paths and streams, with and without a checksum."""

import io
import os
import stat
from pickle import UnpicklingError

from dill import _engine
from dill.settings import settings

__all__ = [
    '_CheckedReader',
    '_Destination',
    '_PeekableReader',
    '_Source',
    '_O_NOFOLLOW',
    '_check_symlink',
    '_identify_module',
    '_make_peekable',
    '_safe_open_for_reading',
]

_O_NOFOLLOW = getattr(os, 'O_NOFOLLOW', 0)
# The name of the module stands at the begin of a session.
_HEAD_SIZE = 4096


def _check_symlink(path):
    """OSError for a symbolic link: it may lead to a file that somebody else has chosen."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(mode):
        raise OSError(f'refusing to operate on symlink: {os.fspath(path)!r}')


def _safe_open_for_reading(path):
    """A file object for reading a file that is no symbolic link."""
    _check_symlink(path)
    return open(path, 'rb', opener=lambda name, flags: os.open(name, flags | _O_NOFOLLOW))


class _Destination:
    """Where a session goes: a file object, or a path at which it appears complete or not at all."""

    def __init__(self, filename):
        self._atomic = self._opened = None
        if hasattr(filename, 'write'):
            self.file = filename
            return
        path = os.fspath(filename)
        _check_symlink(path)
        try:
            special = not stat.S_ISREG(os.stat(path).st_mode)
        except OSError:
            special = False
        if special:  # a pipe, a device: there is nothing to keep
            self.file = self._opened = open(path, 'wb')
        else:
            self._atomic = _engine.AtomicFile(os.fsencode(path))
            self.file = io.FileIO(self._atomic.fileno(), 'wb', closefd=False)

    @property
    def is_ours(self):
        return self._atomic is not None

    def finish(self, seal):
        if self._atomic is not None:
            if seal:
                self._atomic.seal()
            self._atomic.commit()
        elif self._opened is not None:
            self._opened.close()

    def discard(self):
        if self._atomic is not None:
            self._atomic.discard()
        elif self._opened is not None:
            self._opened.close()


class _PeekableReader:
    """A stream of which one can look at what comes next."""

    def __init__(self, stream):
        self.stream = stream

    def peek(self, n):
        """The next n bytes, fewer at the end."""
        position = self.stream.tell()
        data = self.stream.read(n)
        self.stream.seek(position)
        return data

    def read(self, n=-1):
        return self.stream.read(n)

    def readline(self):
        return self.stream.readline()

    def tell(self):
        return self.stream.tell()

    def close(self):
        self.stream.close()


class _Replayed:
    """A stream of which the begin was read already. It can look at nothing that it does not take."""

    def __init__(self, begin, stream):
        self._begin = begin
        self._stream = stream

    def read(self, n):
        data, self._begin = self._begin[:n], self._begin[n:]
        while len(data) < n:  # a raw stream gives what it has
            more = self._stream.read(n - len(data))
            if not more:
                break
            data += more
        return data

    def readline(self):
        end = self._begin.find(b'\n') + 1
        if end:
            line, self._begin = self._begin[:end], self._begin[end:]
            return line
        begin, self._begin = self._begin, b''
        return begin + self._stream.readline()


def _make_peekable(stream):
    """The stream itself if it has peek(), else one that has."""
    return stream if hasattr(stream, 'peek') else _PeekableReader(stream)


class _Recorded:
    """A stream for pickletools that keeps what was read of another."""

    def __init__(self, stream):
        self._stream = stream
        self.data = b''

    def read(self, n):
        if len(self.data) + n > _HEAD_SIZE:
            raise ValueError('no session begins like that')
        data = self._stream.read(n)
        self.data += data
        return data

    def readline(self):
        data = self._stream.readline()
        self.data += data
        return data

    def tell(self):
        return len(self.data)


def _named_module(stream):
    import pickletools

    found = False
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            if not found:
                if opcode.name in ('GLOBAL', 'SHORT_BINUNICODE') and str(argument).endswith('_import_module'):
                    found = True
            elif opcode.name in ('UNICODE', 'BINUNICODE', 'SHORT_BINUNICODE'):
                return str(argument)
    except (ValueError, NotImplementedError) as error:
        raise UnpicklingError('unable to identify main module') from error
    raise UnpicklingError('reached STOP without finding main module')


def _identify_module(file, main=None):
    """The name of the module whose state comes next in a stream that has peek()."""
    try:
        head = file.peek(_HEAD_SIZE)
    except (NotImplementedError, io.UnsupportedOperation) as error:
        if main is not None:
            return None
        raise UnpicklingError('unable to identify main module') from error
    return _named_module(_Recorded(io.BytesIO(head)))


class _Source:
    """Where a session comes from."""

    def __init__(self, filename):
        self._opened = None
        if hasattr(filename, 'read'):
            self.file = filename
        else:
            self.file = self._opened = _safe_open_for_reading(filename)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        if self._opened is not None:
            self._opened.close()

    def identify(self):
        """The name of the module. The file is where it was then, or another takes its place that is."""
        start = self._position()
        recorded = _Recorded(self.file if start is not None else _Replayed(b'', self.file))
        try:
            return _named_module(recorded)
        finally:
            if start is not None:
                self.file.seek(start)
            else:
                self.file = _Replayed(recorded.data, self.file)

    def _position(self):
        try:
            start = self.file.tell()
            self.file.seek(start)
        except (AttributeError, OSError, NotImplementedError):
            return None
        return start

    def check_seal(self):
        """UnpicklingError if a checksum says that the session was changed. True if there is one to be checked later."""
        start = self._position()
        if start is None:
            return bool(settings.get('checksum'))
        seal = self._seal_at_end(start)
        if seal is False:
            raise UnpicklingError('the session was changed since it was written: its checksum is wrong')
        return seal is None and bool(settings.get('checksum'))

    def _seal_at_end(self, start):
        try:
            descriptor = self.file.fileno()
        except (AttributeError, OSError):
            descriptor = None
        if (
            descriptor is not None
            and stat.S_ISREG(os.fstat(descriptor).st_mode)
            and isinstance(self.file, (io.FileIO, io.BufferedReader, io.BufferedRandom))
        ):
            return _engine.check_seal(descriptor, start)
        end = self.file.seek(0, 2)
        size = end - start - _engine.TRAILER_SIZE
        trailer = data = b''
        if size > 0:
            self.file.seek(start + size)
            trailer = self.file.read(_engine.TRAILER_SIZE)
            if b'dill checksum' in trailer:
                self.file.seek(start)
                data = self.file.read(size)
        self.file.seek(start)
        if not data:
            return None
        checksum = _engine.Checksum()
        checksum.update(data)
        expected = checksum.trailer()
        if trailer[-18:] != expected[-18:]:  # it is for another number of bytes: not for these
            return None
        return trailer == expected


class _CheckedReader:
    """A stream that takes the checksum of what is read from it."""

    def __init__(self, stream):
        self._stream = stream
        self._checksum = _engine.Checksum()

    def read(self, n=-1):
        data = self._stream.read(n)
        self._checksum.update(data)
        return data

    def readline(self):
        data = self._stream.readline()
        self._checksum.update(data)
        return data

    def check(self):
        trailer = self._stream.read(_engine.TRAILER_SIZE)
        if b'dill checksum' not in (trailer or b''):
            raise UnpicklingError("the session has no checksum, and dill.settings['checksum'] asks for one")
        if trailer != self._checksum.trailer():
            raise UnpicklingError('the session was changed since it was written: its checksum is wrong')
