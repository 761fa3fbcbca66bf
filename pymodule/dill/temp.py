"""Pickles and source code in temporary files and buffers; a context that catches what is printed."""

import contextlib
import sys
from io import BytesIO, StringIO

__all__ = [
    'dump_source', 'dump', 'dumpIO_source', 'dumpIO', 'load_source', 'load', 'loadIO_source', 'loadIO', 'capture',
]  # fmt: skip

_TAG = '#NAME:'


@contextlib.contextmanager
def capture(stream='stdout'):
    """Context in which sys.stdout (or another stream of sys, by its name) is a StringIO, which it gives.

    >>> with capture() as out:
    ...     print('caught')
    >>> out.getvalue()
    'caught\\n'
    """
    original, caught = getattr(sys, stream), StringIO()
    setattr(sys, stream, caught)
    try:
        yield caught
    finally:
        setattr(sys, stream, original)


def b(x):
    """Text as bytes of latin-1."""
    return x.encode('latin-1')


def dump(object, **kwds):
    """Pickle an object to a new temporary file, which is there as long as it is open; returns it.

    kwds -- those of tempfile.NamedTemporaryFile

    >>> file = dump([1, 2])
    >>> load(file)
    [1, 2]
    """
    import tempfile

    import dill

    file = tempfile.NamedTemporaryFile(**{'delete': True, **kwds})
    dill.dump(object, file)
    file.flush()
    return file


def load(file, **kwds):
    """What dump() stored; takes the file or its name.

    kwds -- those of open()

    >>> with dump([1, 2]) as file:
    ...     load(file.name)
    [1, 2]
    """
    import dill

    with open(getattr(file, 'name', file), **{'mode': 'rb', **kwds}) as stream:
        return dill.load(stream)


def dumpIO(object, **kwds):
    """Pickle an object to a new BytesIO; returns it.

    >>> loadIO(dumpIO([1, 2]))
    [1, 2]
    """
    import dill

    buffer = BytesIO()
    dill.dump(object, buffer)
    return buffer


def loadIO(buffer, **kwds):
    """What dumpIO() stored; takes the buffer or its bytes.

    >>> loadIO(dumpIO([1, 2]).getvalue())
    [1, 2]
    """
    import dill

    return dill.load(BytesIO(_contents(buffer)))


def dump_source(object, **kwds):
    """Write the source of an object to a new temporary file 'something.py', which is there as long as it is open.

    alias -- the name it gets there, default its own
    kwds -- others of tempfile.NamedTemporaryFile
    Returns the file, which can be imported, or read by load_source().

    >>> def twice(x):
    ...     return 2 * x
    >>> with dump_source(twice, alias='double') as file:
    ...     load_source(file)(4)
    8
    """
    import tempfile

    source = _tagged_source(object, str(kwds.pop('alias', '')))
    kwds.pop('suffix', None)
    file = tempfile.NamedTemporaryFile(suffix='.py', **{'delete': True, **kwds})
    file.write(source)
    file.flush()
    return file


def load_source(file, **kwds):
    """The object whose source dump_source() stored; runs it. Takes the file or its name.

    alias -- the name to take from it, default the one that it was stored under
    kwds -- others of open()

    >>> def twice(x):
    ...     return 2 * x
    >>> with dump_source(twice) as file:
    ...     load_source(file.name)(4)
    8
    """
    alias = kwds.pop('alias', None)
    with open(getattr(file, 'name', file), **{'mode': 'r', **kwds}) as stream:
        source = stream.read()
    return _run(source.decode() if isinstance(source, bytes) else source, alias)


def dumpIO_source(object, **kwds):
    """Write the source of an object to a new BytesIO; returns it.

    alias -- as for dump_source()

    >>> def twice(x):
    ...     return 2 * x
    >>> print(dumpIO_source(twice).getvalue().decode())
    def twice(x):
        return 2 * x
    <BLANKLINE>
    #NAME: twice
    <BLANKLINE>
    """
    buffer = BytesIO()
    buffer.write(_tagged_source(object, str(kwds.pop('alias', ''))))
    return buffer


def loadIO_source(buffer, **kwds):
    """The object whose source dumpIO_source() stored; runs it. Takes the buffer or its bytes.

    alias -- as for load_source()

    >>> def twice(x):
    ...     return 2 * x
    >>> loadIO_source(dumpIO_source(twice))(4)
    8
    """
    return _run(_contents(buffer).decode(), kwds.pop('alias', None))


def _contents(buffer):
    return buffer.getvalue() if hasattr(buffer, 'getvalue') else buffer


def _tagged_source(obj, alias):
    from dill.source import getname, importable

    text = f'{importable(obj, alias=alias)}\n{_TAG} {alias or getname(obj)}\n'
    try:
        return b(text)
    except UnicodeEncodeError:  # upstream refuses it
        return text.encode()


def _run(source, alias):
    if not alias:
        tag = source.strip().rpartition('\n')[2].split()
        if not tag or tag[0] != _TAG:
            first = source.split('\n', 1)[0]
            raise OSError(f'unknown name for code: {first}')
        alias = tag[-1]
    names = {}
    exec(source, names)
    return eval(str(alias), names)
