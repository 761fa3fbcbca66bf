"""The trace: one line when a saver of dill begins with an object, one with the size when it is done.

``logger`` is the logger named 'dill', ``adapter`` what savers call, ``trace()`` switches it on and off. Layout, message
codes and order are upstream's; sizes have the right unit (upstream's is one too high from 1 KiB on).

A traced dump is driven by the stock Python pickler, whose savers report each step. The native driver has no such calls
at all, so a dump that is not traced pays nothing, and the sizes are exactly those of upstream, which depend on what the
stock pickler has put into its frame at that moment.
"""

import codecs
import contextlib
import logging
import sys
from typing import Any

import dill

__all__ = ['adapter', 'logger', 'trace']

# For streams that cannot show the lines of the tree.
ASCII_MAP = str.maketrans({'│': '|', '├': '|', '┬': '+', '└': '`'})

_UNITS = ('', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei')


class TraceAdapter(logging.LoggerAdapter):  # type: ignore[type-arg,unused-ignore]
    """Wraps the logger and knows how deep in the object a pickler is, and how much it has written."""

    def __init__(self, logger):
        self.logger = logger

    def addHandler(self, handler):
        """Have the handler show traces as trees."""
        handler.setFormatter(TraceFormatter('%(prefix)s%(message)s%(suffix)s', handler=handler))
        self.logger.addHandler(handler)

    def removeHandler(self, handler):
        """Undo addHandler()."""
        self.logger.removeHandler(handler)

    def process(self, msg, kwargs):
        """Nothing is added to messages."""
        return msg, kwargs

    def trace_setup(self, pickler):
        """A dump begins: the pickler is traced if INFO is enabled now."""
        if not dill._dill.is_dill(pickler, child=False):
            return
        if self.isEnabledFor(logging.INFO):
            pickler._trace_depth = 1
            pickler._size_stack = []
        else:
            pickler._trace_depth = None

    def trace(self, pickler, msg, *args, **kwargs):
        """Log a line of the tree. For savers, which call it as they begin and, with a message '# ...', when they end.

        Other picklers than dill's log the message as it is.
        """
        depth: Any = getattr(pickler, '_trace_depth', _NOT_OURS)
        if depth is None:
            if '_trace_depth' in vars(pickler) or dill._dill.is_dill(pickler, child=False):
                return
            depth = _NOT_OURS  # a subclass that is_dill() does not count: it has but the default of the class
        if depth is _NOT_OURS:
            self.logger.info(msg, *args, **kwargs)
            return
        extra = kwargs['extra'] = dict(kwargs.get('extra') or {})
        ends = msg.startswith('#')
        written = _written(pickler)
        if ends:
            depth -= 1
            if written is not None:
                extra['size'] = written - pickler._size_stack.pop()
        elif written is not None:
            pickler._size_stack.append(written)
        extra['depth'] = depth
        pickler._trace_depth = depth if ends else depth + 1
        self.info(msg, *args, **kwargs)


_NOT_OURS = object()


def _written(pickler):
    """Bytes written so far, those in the open frame included; None if the file cannot tell."""
    try:
        written = pickler._file.tell()
    except (AttributeError, TypeError, OSError):
        return None
    frame = getattr(getattr(pickler, 'framer', None), 'current_frame', None)  # protocols before 4 have none
    return written if frame is None else written + frame.tell()


class TraceFormatter(logging.Formatter):
    """Draws the tree before a message and the size behind it."""

    def __init__(self, *args, handler=None, **kwargs):
        super().__init__(*args, **kwargs)
        encoding = getattr(getattr(handler, 'stream', None), 'encoding', None)
        if encoding is None:
            import locale

            encoding = locale.getpreferredencoding()
        try:
            self.is_utf8 = codecs.lookup(encoding).name == 'utf-8'
        except LookupError:
            self.is_utf8 = False

    def format(self, record):
        record.prefix = self._prefix(record)
        record.suffix = _size(getattr(record, 'size', None))
        return super().format(record)

    def _prefix(self, record):
        depth = getattr(record, 'depth', 0)
        if depth <= 0:
            return ''
        if record.msg.startswith('#'):
            tree = '│' * (depth - 1) + '└'
        else:
            tree = '│' * (depth - 2) + '├┬' if depth > 1 else '┬'
        return tree + ' ' if self.is_utf8 else tree.translate(ASCII_MAP) + '- '


def _size(size):
    if size is None or size < 1:
        return ''
    power = min((size.bit_length() - 1) // 10, len(_UNITS) - 1)
    return f' [{size >> 10 * power} {_UNITS[power]}B]'


class TraceManager(contextlib.AbstractContextManager):  # type: ignore[type-arg]
    """What trace() gives to a with statement: tracing is on inside, and goes to `file` if that is not None."""

    def __init__(self, file, mode):
        self.file = file
        self.mode = mode
        self.redirect = file is not None
        self.file_is_stream = hasattr(file, 'write')

    def __enter__(self):
        if self.redirect:
            stderr_handler.flush()
            if self.file_is_stream:
                self.handler = logging.StreamHandler(self.file)
            else:
                self.handler = logging.FileHandler(self.file, self.mode)
            adapter.removeHandler(stderr_handler)
            adapter.addHandler(self.handler)
        self.old_level = adapter.getEffectiveLevel()
        adapter.setLevel(logging.INFO)
        return adapter.info

    def __exit__(self, *exc_info):
        adapter.setLevel(self.old_level)
        if self.redirect:
            adapter.removeHandler(self.handler)
            adapter.addHandler(stderr_handler)
            if not self.file_is_stream:
                self.handler.close()


def trace(arg=None, *, mode='a'):
    """Show what is pickled as a tree, with the size of each object.

    trace(True) switches it on, trace(False) off. Anything else gives a context manager that has it on inside:

    >>> import io, dill
    >>> stream = io.StringIO()
    >>> with dill.detect.trace(stream) as log:
    ...     pickled = dill.dumps({})
    ...     log('done')
    >>> [line.rpartition('#')[2] for line in stream.getvalue().splitlines()[1:]]
    [' D2 [2 B]', 'done']

    arg -- a bool, or where the trace goes while the context lasts: a stream, the path of a file, None for stderr
    mode -- how open() opens that file

    Only objects that a saver of dill saves are shown. Such dumps are driven by the stock Python pickler: they are slow,
    and nesting has its limit.
    """
    if repr(arg) in ('True', 'False'):
        logger.setLevel(logging.INFO if arg else logging.WARNING)
        return None
    return TraceManager(file=arg, mode=mode)


def _watch_level(logger):
    """Tell dill._dill when a level is set that lets traces through, by whatever way it is set.

    The logger gets a subclass of its own class in which the level is a property. So dumps need not ask the logger.
    """
    kind = type(logger)

    def set_level(self, level):
        vars(self)['level'] = level
        _announce(level)

    watched = type(
        kind.__name__,
        (kind,),
        {'__doc__': kind.__doc__, 'level': property(lambda self: vars(self)['level'], set_level)},
    )
    watched.__module__, watched.__qualname__ = kind.__module__, kind.__qualname__
    logger.__class__ = watched


def _announce(level):
    vars(sys.modules['dill._dill'])['_may_trace'] = (
        level <= logging.INFO
    )  # dill has no attributes yet while it is imported


logger = logging.getLogger('dill')
logger.propagate = False
adapter = TraceAdapter(logger)
stderr_handler = logging._StderrHandler()  # type: ignore[attr-defined]
adapter.addHandler(stderr_handler)
_watch_level(logger)
trace(False)
