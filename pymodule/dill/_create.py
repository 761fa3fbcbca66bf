"""What streams call when they are loaded.

Streams name these functions ``dill._dill.<name>``, where they are re-exported under that module; the names and
argument lists are those of dill 0.3.6 to 0.4.1.
"""

import builtins
import collections
import importlib
import io
import os
import sys
import threading
import types
import typing
import weakref
from pickle import UnpicklingError

from dill import _engine
from dill._typemap import OTHER_NAMES

__all__ = [
    '_create_array',
    '_create_capsule',
    '_create_cell',
    '_create_code',
    '_create_dtypemeta',
    '_create_filehandle',
    '_create_ftype',
    '_create_function',
    '_create_lock',
    '_create_namedtuple',
    '_create_rlock',
    '_create_stringi',
    '_create_stringo',
    '_create_type',
    '_create_typing_tuple',
    '_create_weakproxy',
    '_create_weakref',
    '_eval_repr',
    '_get_attr',
    '_getattr',
    '_import_module',
    '_load_type',
    '_setitems',
    '_unmarshal',
    'match',
]
if sys.version_info >= (3, 13):
    __all__.append('_create_thread_handle')

# Layouts of the code constructor's arguments, told apart by their number. A leading lnotab is not counted.
_CODE_3_11 = (
    'argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames filename name '
    'qualname firstlineno linetable exceptiontable freevars cellvars'
).split()
_CODE_3_11_ALPHA = (
    'argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames filename name '
    'qualname firstlineno linetable endlinetable columntable exceptiontable freevars cellvars'
).split()
_CODE_3_8 = (
    'argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames filename name '
    'firstlineno lnotab freevars cellvars'
).split()
_CODE_LAYOUTS = {
    20: _CODE_3_11_ALPHA,
    18: _CODE_3_11,
    17: [field for field in _CODE_3_11 if field != 'exceptiontable'],
    16: _CODE_3_8,
    15: [field for field in _CODE_3_8 if field != 'posonlyargcount'],
}
_NATIVE_CODE_COUNT = 18 if sys.version_info >= (3, 11) else 16
_BYTES_FIELDS = ('code', 'lnotab', 'linetable', 'endlinetable', 'columntable', 'exceptiontable')


class _Loading(threading.local):
    session: typing.Any = None

    def __reduce__(self):
        return 'loading'


# The session that a thread is loading: what names of its module lead to, and a reason not to empty files.
loading = _Loading()


class match:
    """Tells tuples apart by their length, for code that must run where there is no match statement.

    with match(arguments) as m:
        if m.case(('x', 'y')):
            m.x, m.y
    """

    def __init__(self, value):
        self.value = value
        self._fields = None

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        return False

    def case(self, args):
        """True if the value has as many items as there are names, which are attributes then."""
        if len(args) != len(self.value):
            return False
        self.args = args
        self._fields = None
        return True

    @property
    def fields(self):
        """{name: item} of the case that was true."""
        if self._fields is None:
            self._fields = dict(zip(self.args, self.value))
        return self._fields

    def __getattr__(self, item):
        if item in ('args', '_fields', 'value'):
            raise AttributeError(item)
        return self.fields[item]


def _dill():
    return sys.modules['dill._dill']


def _load_type(name):
    """The type that streams call `name`; KeyError if there is none."""
    known = _dill()._reverse_typemap
    return known[name] if name in known or name not in OTHER_NAMES else OTHER_NAMES[name]


def _create_type(typeobj, *args):
    """A new class: typeobj(name, bases, dict)."""
    if getattr(typeobj, '__name__', None) == '_TypedDictMeta' and len(args) == 3:
        # The dict is that of the finished class. Its metaclass would refuse the base, or start from the annotations.
        return type.__new__(typeobj, *args)
    return typeobj(*args)


def _create_function(fcode, fglobals, fname=None, fdefaults=None, fclosure=None, fdict=None, fkwdefaults=None):
    """A new function. Empty globals are replaced by a new dict; `fdict` and `fkwdefaults` are in old streams only."""
    function = types.FunctionType(fcode, fglobals or {}, fname, fdefaults, fclosure)
    if fdict is not None:
        function.__dict__.update(fdict)
    if fkwdefaults is not None:
        function.__kwdefaults__ = fkwdefaults
    # 'builtins' is where a function looks for what its globals lack.
    function.__globals__.setdefault('__builtins__', globals()['__builtins__'])
    return function


def _create_code(*args):
    """A code object from the fields of any Python's layout; see stream format 3.7."""
    leading_lnotab = b''
    if not isinstance(args[0], int):
        leading_lnotab, args = args[0], args[1:]
        if isinstance(leading_lnotab, str):
            leading_lnotab = leading_lnotab.encode()
    layout = _CODE_LAYOUTS.get(len(args))
    if layout is None:
        raise UnpicklingError('pattern match for code object failed')
    fields = dict(zip(layout, args))
    of_other_layout = len(args) != _NATIVE_CODE_COUNT
    for name in _BYTES_FIELDS:
        if isinstance(fields.get(name), str):
            fields[name] = fields[name].encode()
    _engine.check_code(
        fields['code'], *(fields[name] for name in ('consts', 'names', 'varnames', 'cellvars', 'freevars', 'name')),
        of_other_layout,
        # Only Python 3.9 can tell by it that jumps count as those of 3.10 do.
        fields.get('lnotab') if sys.version_info < (3, 10) and len(args) == 16 else None,
    )  # fmt: skip
    if len(args) == _NATIVE_CODE_COUNT and (
        _NATIVE_CODE_COUNT == 18 or not leading_lnotab or sys.version_info >= (3, 10)
    ):
        return types.CodeType(*(fields[name] for name in layout))
    table = fields.get('lnotab', b'')  # its meaning changed: line table on 3.10, lnotab before
    fields.setdefault('posonlyargcount', 0)
    fields['lnotab'] = leading_lnotab or table
    fields.setdefault('linetable', table if sys.version_info >= (3, 10) else b'')
    fields.setdefault('qualname', fields['name'])
    fields.setdefault('exceptiontable', b'')
    if _NATIVE_CODE_COUNT == 16 and sys.version_info >= (3, 10):
        native = ['linetable' if name == 'lnotab' else name for name in _CODE_3_8]
    else:
        native = _CODE_LAYOUTS[_NATIVE_CODE_COUNT]
    return types.CodeType(*(fields[name] for name in native))


def _create_cell(contents=None):
    """A new cell; empty if `contents` is the sentinel for that."""
    if contents is _dill()._CELL_EMPTY:
        return types.CellType()
    return types.CellType(contents)


def _setitems(dest, source):
    """Copy the items of `source` to the dict `dest`."""
    for key, value in source.items():
        dest[key] = value


def _import_module(import_name, safe=False):
    """A module, or a class in one, by its dotted name. With safe, None if it cannot be found."""
    session = loading.session
    try:
        found = session and session.find_module(import_name)
        if found is not None:
            return found
        if import_name.startswith('__runtime__.'):
            return sys.modules[import_name]
        if '.' not in import_name:
            return __import__(import_name)
        parent, _, name = import_name.rpartition('.')
        found = getattr(__import__(parent, None, None, [name]), name, None)
        if isinstance(found, (types.ModuleType, type)):
            return found
        return __import__(import_name, None, None, [name])
    except (ImportError, AttributeError, KeyError):
        if safe:
            return None
        raise


def _create_namedtuple(name, fieldnames, modulename, defaults=None):
    """The named tuple class that `modulename` has, else a new one."""
    known = _import_module(f'{modulename}.{name}', safe=True)
    # What has other bases was never written this way: it is a subclass with the name of its base.
    if known is not None and getattr(known, '__bases__', (tuple,)) == (tuple,):
        return known
    return collections.namedtuple(name, fieldnames, defaults=defaults, module=modulename)


def _getattr(objclass, name, repr_str):
    """The descriptor `name` of a class. Upstream evaluates the class name in `repr_str` first; nothing needs it."""
    try:
        return objclass.__dict__[name]
    except KeyError:
        return getattr(objclass, name)


def _eval_repr(repr_str):
    """The object that `repr_str` spells; what upstream writes for range, Ellipsis and NotImplemented."""
    return eval(repr_str)


def _create_typing_tuple(argz, *args):
    """typing.Tuple[()] and its kin."""
    if not argz:
        return typing.Tuple[()].copy_with(())
    if argz == ((),):
        return typing.Tuple[()]
    return typing.Tuple[argz]


def _get_attr(self, name):
    """An attribute of `self`, else a builtin; how dill up to 0.3.4 wrote builtin functions."""
    return getattr(self, name, None) or getattr(builtins, name)


def _create_ftype(ftypeobj, func, args, kwds):
    """A partial; how dill up to 0.3.4 wrote it."""
    return ftypeobj(func, *(args or ()), **(kwds or {}))


def _unmarshal(string):
    """A code object out of marshal's bytes; how dill 0.2 wrote it."""
    import marshal

    return marshal.loads(string)


def _create_stringi(value, position, closed):
    """What replaces the cStringIO that Python 2 wrote, when it was made for reading."""
    stream = io.BytesIO(value)
    if closed:
        stream.close()
    else:
        stream.seek(position)
    return stream


def _create_stringo(value, position, closed):
    """What replaces the cStringIO that Python 2 wrote, when it was made for writing."""
    stream = io.BytesIO()
    if closed:
        stream.close()
    else:
        stream.write(value)
        stream.seek(position)
    return stream


def _create_dtypemeta(scalar_type):
    """The class of numpy's dtype for a scalar type, or for None the base of them."""
    import numpy

    return numpy.dtype if scalar_type is None else type(numpy.dtype(scalar_type))


def _create_capsule(pointer, name, context, destructor):
    """The capsule that is found under its own dotted name; if nothing is, a new one around the same address."""
    path = name.decode('utf8').split('.') if name else []
    for length in range(len(path) - 1, 0, -1):
        try:
            found = importlib.import_module('.'.join(path[:length]))
        except ImportError:
            continue
        try:
            for part in path[length:]:
                found = getattr(found, part)
        except AttributeError:
            break
        if _engine.is_capsule_named(found, name):
            return found
        raise UnpicklingError(f'{".".join(path)} is no capsule of that name')
    return _engine.make_capsule(pointer, name, context, destructor)


def _create_lock(locked, *args):
    """A new lock, held if `locked`."""
    lock = threading.Lock()
    if locked and not lock.acquire(False):
        raise UnpicklingError('Cannot acquire lock')
    return lock


def _create_rlock(count, owner, *args):
    """A new reentrant lock, held `count` times by this thread."""
    lock = threading.RLock()
    # A free lock is written with owner 0; upstream restores that as one that nobody can acquire.
    if owner is not None and (count, owner) != (0, 0):
        lock._acquire_restore((count, owner))
    if owner and not lock._is_owned():
        raise UnpicklingError('Cannot acquire lock')
    return lock


def _create_thread_handle(ident, done, *args):
    """The handle of a thread (Python 3.13)."""
    handle = threading._make_thread_handle(ident)
    if done:
        handle._set_done()
    return handle


def _create_weakref(obj, *args):
    """A weak reference; a dead one for None."""
    return weakref.ref(collections.UserDict() if obj is None else obj)


def _create_weakproxy(obj, callable=False, *args):
    """A weak proxy; a dead one for None."""
    if obj is None:
        return weakref.proxy((lambda: None) if callable else collections.UserDict())
    return weakref.proxy(obj)


def _create_array(f, args, state, npdict=None):
    """A numpy array."""
    array = f(*args)
    array.__setstate__(state)
    if npdict is not None:
        array.__dict__.update(npdict)
    return array


def _create_filehandle(name, mode, position, closed, open, strictio, fmode, fdata):
    """A file opened again; see stream format 3.11."""
    if name in ('<stdin>', '<stdout>', '<stderr>'):
        return getattr(sys, f'__{name[1:-1]}__')
    keeps_files = loading.session or _dill().settings.get('compat') == 'better'
    if isinstance(name, int) and name > 2 and keeps_files:
        name = '<fdopen>'  # whatever has that number now, it is another file
    exists = isinstance(name, int) or os.path.exists(name)
    if not exists and strictio:
        raise FileNotFoundError(2, os.strerror(2), name)
    temporary = name == '<fdopen>' or (not exists and 'r' in mode and fmode != 2)
    try:
        if temporary:
            import tempfile

            file = tempfile.TemporaryFile(mode)
        elif fmode == 2:
            file = open(name, mode if 'w' in mode else 'w')
            file.write(fdata)
            if 'w' in mode:
                file.flush()
            else:
                file.close()
                file = open(name, mode)
        elif ('w' in mode or 'x' in mode) and (fmode == 1 or keeps_files):
            file = _open_without_truncation(name, mode, open)
        else:
            file = open(name, mode)
    except OSError as error:
        raise UnpicklingError(error) from error
    if closed:
        file.close()
    elif position >= 0 and (fmode != 0 or (keeps_files and 'r' not in mode)):
        if not isinstance(name, int):
            size = 0 if temporary else os.path.getsize(name)
            if position > size:
                if strictio:
                    raise ValueError('invalid buffer size')
                if fmode != 2:
                    position = size
        file.seek(position)
    return file


def _open_without_truncation(name, mode, open):
    descriptor = os.open(name, os.O_CREAT | (os.O_RDWR if '+' in mode else os.O_WRONLY))
    file = open(descriptor, mode)
    raw = file
    while hasattr(raw, 'buffer') or hasattr(raw, 'raw'):
        raw = raw.buffer if hasattr(raw, 'buffer') else raw.raw
    raw.name = name
    return file
