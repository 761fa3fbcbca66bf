"""The pickler and the unpickler, the savers, and the names that streams and other libraries use.

The work is done in ``dill._engine`` (C++). Every saver is a Python function in ``Pickler.dispatch``; the native driver
knows which reducer stands behind each of them and calls those directly. Where a step of the driver itself is
overridden, the stock ``pickle._Pickler`` drives and calls the savers, which use the same reducers.
"""

import abc
import builtins as __builtin__
import collections
import dataclasses
import pickle as _pickle
import sys
import types
import typing
import warnings
from importlib.machinery import PathFinder
from io import BytesIO
from pickle import DEFAULT_PROTOCOL, HIGHEST_PROTOCOL, PickleError, PicklingError, UnpicklingError
from pickle import Unpickler as StockUnpickler
from pickle import _Pickler as StockPickler

import __main__ as _main_module
from dill import _create, _engine, _lookup, _names, _parts, _savers, _shims
from dill._create import *
from dill._lookup import *
from dill._names import *
from dill._parts import *
from dill._savers import *
from dill._shims import Getattr, Reduce, Sentinel
from dill._typemap import INCIDENTAL_TYPES, _create_typemap, make_typemaps
from dill.logger import adapter as logger
from dill.logger import trace as _trace
from dill.settings import settings

__all__ = [
    'dump',
    'dumps',
    'load',
    'loads',
    'copy',
    'Pickler',
    'Unpickler',
    'register',
    'pickle',
    'pickles',
    'check',
    'DEFAULT_PROTOCOL',
    'HIGHEST_PROTOCOL',
    'HANDLE_FMODE',
    'CONTENTS_FMODE',
    'FILE_FMODE',
    'PickleError',
    'PickleWarning',
    'PicklingError',
    'PicklingWarning',
    'UnpicklingError',
    'UnpicklingWarning',
]

HANDLE_FMODE = 0
CONTENTS_FMODE = 1
FILE_FMODE = 2


class PickleWarning(Warning, PickleError):
    """Something in a pickle is not as its user may expect."""


class PicklingWarning(PickleWarning, PicklingError):
    """An object is written in a way that may not load."""


class UnpicklingWarning(PickleWarning, UnpicklingError):
    """An object is restored in a way that may surprise."""


# Streams name these functions, and a name is looked up in the module that the function says it is from.
for _module in (_create, _lookup, _names, _parts, _savers):
    for _name in _module.__all__:
        if getattr(globals()[_name], '__module__', None) == _module.__name__:
            globals()[_name].__module__ = __name__


# dill.session puts these here when it is imported.
_OF_SESSION = ('_lookup_module', '_module_map', '_restore_modules', '_stash_modules', 'dump_session', 'load_session')


def __getattr__(name):
    # What others import from here but the pickler itself has no use for is made on demand.
    if name in _OF_SESSION:
        from dill import session

        return getattr(session, name)
    if name not in _names.LAZY:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    globals()[name] = value = _names.lazy(name)
    return value


def __dir__():
    return sorted({*globals(), *_names.LAZY, *_OF_SESSION})


log = logger
_may_trace = False  # dill.logger sets it whenever the level of its logger is set

_CELL_EMPTY = Sentinel('_CELL_EMPTY', __name__)
_CELL_REF = None
_shims._dill = sys.modules[__name__]  # dill 0.3.5 named it there
_shims._CELL_EMPTY = _shims.register_shim('_CELL_EMPTY', None)
_shims._setattr = _shims.register_shim('_setattr', setattr)
_shims._delattr = _shims.register_shim('_delattr', delattr)

# Streams name builtin types by these keys; both dicts are looked at when a type is written or read, so that others may
# add to them.
_reverse_typemap, _typemap = make_typemaps()
_incedental_reverse_typemap = {**INCIDENTAL_TYPES, 'PyCapsuleType': PyCapsuleType}
_incedental_types = set(_incedental_reverse_typemap.values())
_create_typemap.__module__ = __name__

# True while numpy can be found but no object of it was met; then its types.
NumpyUfuncType = NumpyDType = NumpyArrayType = True if PathFinder().find_spec('numpy') else None


class MetaCatchingDict(dict):
    """A dispatch table in which every class of classes has a saver: save_type, unless it is listed."""

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def __missing__(self, key):
        if issubclass(key, type):
            return save_type
        raise KeyError


def is_dill(pickler, child=None):
    """True if the pickler is a dill Pickler.

    child -- False: only one that is defined in a module of dill, told by the module's name; otherwise subclasses count
    """
    if child is False or not hasattr(type(pickler), 'mro'):
        return 'dill' in pickler.__module__
    return Pickler in type(pickler).mro()


class Pickler(StockPickler):
    """Pickles nearly everything of Python; see dump() for the options."""

    dispatch = MetaCatchingDict(StockPickler.dispatch.copy())
    _session = False
    settings = settings
    _driver = None
    _saved_memo = None
    _trace_depth = None

    def __init__(self, file, *args, **kwds):
        options = {name: kwds.pop(name, None) for name in ('byref', 'fmode', 'recurse')}
        super().__init__(file, *args, **kwds)
        self._main = _main_module
        self._diff_cache = {}
        self._byref, self._fmode, self._recurse = (
            settings[name] if value is None else value for name, value in options.items()
        )
        self._strictio = False
        self._postproc = collections.OrderedDict()
        self._file = file
        if settings.get('source'):
            from dill._source_travel import with_source

            self.dispatch = with_source(self.dispatch)

    @property
    def memo(self):
        """What was written already: id -> (number, object). Another dump of the same pickler goes on with it."""
        if self._driver is not None:
            return self._driver.memo
        if self._saved_memo is not None:
            self._memo.update(self._saved_memo.as_dict())
            self._saved_memo = None
        return self._memo

    @memo.setter
    def memo(self, memo):
        self._saved_memo = None
        self._memo = memo

    def dump(self, obj):
        """Write obj to the file."""
        if not hasattr(self, '_file_write'):
            raise PicklingError(f'Pickler.__init__() was not called by {type(self).__name__}.__init__()')
        if self._trace_depth is not None:
            self._trace_depth = None
        if self._engine_can_drive():
            _engine.dump(self, obj)
        else:
            logger.trace_setup(self)
            self._globals_finder = None
            try:
                self._dump_by_stock_driver(obj)
            finally:
                self._globals_finder = None

    def _dump_by_stock_driver(self, obj):
        framer = getattr(self, 'framer', None)
        if type(framer) is not _pickle._Framer or framer.file_write != self._file_write:
            super().dump(obj)
            return
        sink = _engine.FileSink(self._file_write, getattr(self, '_file', None))
        framer.file_write = sink.write
        header = _engine.header(self.proto)
        if header:
            _put_header_first(framer, header, self.proto)
        try:
            super().dump(obj)
        except BaseException as error:
            sink.undo(error)
            raise
        finally:
            framer.file_write = self._file_write
            vars(framer).pop('start_framing', None)

    def save(self, obj, save_persistent_id=True):
        """Write one object into the pickle that is being made. For savers."""
        if self._driver is None:
            if type(obj) not in Pickler.dispatch and 'numpy' in sys.modules:
                _register_numpy(type(obj))
            super().save(obj, save_persistent_id)
        else:
            self._driver.save(obj, save_persistent_id)

    def save_reduce(self, func, args, state=None, listitems=None, dictitems=None, state_setter=None, *, obj=None):
        """Write a reduce value. For savers."""
        if self._driver is not None:
            self._driver.save_reduce(func, args, state, listitems, dictitems, state_setter, obj)
            return
        # The stock driver would write these, for a stream that nothing loads.
        if self.proto >= 4 and getattr(func, '__name__', '') == '__newobj_ex__' and isinstance(args, tuple):
            if len(args) == 3 and not (isinstance(args[1], tuple) and isinstance(args[2], dict)):
                raise PicklingError('__newobj_ex__ takes a class, a tuple and a dict')
        if state_setter is None:
            super().save_reduce(func, args, state, listitems, dictitems, obj=obj)
        elif not callable(state_setter):
            raise PicklingError('state_setter from save_reduce() must be callable')
        else:
            super().save_reduce(func, args, state, listitems, dictitems, state_setter, obj=obj)

    def save_global(self, obj, name=None):
        """Write a reference to obj by its name. For savers."""
        if self._driver is None:
            super().save_global(obj, name)
        else:
            self._driver.save_global(obj, name)

    def memoize(self, obj):
        """Give obj, which was just written, a memo number. For savers."""
        if self._driver is None:
            super().memoize(obj)
        else:
            self._driver.memoize(obj)

    def _engine_can_drive(self):
        """True if the native driver does the same as the stock one would: none of its steps is overridden or traced."""
        if _may_trace and logger.isEnabledFor(_INFO):
            return False
        if self.fast or bool(self.bin) != (self.proto >= 1) or self._driver is not None or type(self._memo) is not dict:
            return False
        cls = type(self)
        for name, method in _DRIVER_STEPS.items():
            if getattr(cls, name) is not method or name in self.__dict__:
                return False
        return getattr(self.write, '__func__', None) is _FRAMER_WRITE and self.write.__self__ is self.framer

    def _attach(self, driver):
        """The native driver begins: what savers call acts on it."""
        self._stock_write = self.write
        self._driver = driver
        self.write = driver.write

    def _detach(self):
        """The native driver has ended."""
        self.write = self._stock_write
        del self._stock_write
        self._driver = None


def _put_header_first(framer, header, protocol):
    """Make the stock driver write the header where the native one does: behind PROTO, in the first frame if any."""
    if protocol >= 4:

        def start_framing():
            _pickle._Framer.start_framing(framer)
            framer.write(header)

        framer.start_framing = start_framing
        return
    write = framer.file_write

    def write_first(data):
        framer.file_write = write
        write(data)
        write(header)

    framer.file_write = write_first


_INFO = 20  # the level of traces
_FRAMER_WRITE = _pickle._Framer.write
_DRIVER_STEPS = {
    name: getattr(Pickler, name)
    for name in (
        'save', 'save_pers', 'save_reduce', 'save_global', 'memoize', 'get', 'put', '_batch_appends',
        '_batch_setitems', 'save_none', 'save_bool', 'save_long', 'save_float', 'save_bytes', 'save_bytearray',
        'save_str', 'save_tuple', 'save_list', 'save_dict', 'save_set', 'save_frozenset', 'save_type',
        'save_picklebuffer',
    )
}  # fmt: skip


def register(t):
    """Decorator: make the function the saver of type t. It is called as function(pickler, obj).

    >>> class Celsius(float):
    ...     pass
    >>> @dill.register(Celsius)
    ... def save_celsius(pickler, obj):
    ...     pickler.save_reduce(float, (obj.real,), obj=obj)
    >>> dill.copy([Celsius(20.5)])
    [20.5]
    >>> del dill.Pickler.dispatch[Celsius]
    """

    def add(func):
        Pickler.dispatch[t] = func
        return func

    return add


def pickle(t, func):
    """Make func the saver of type t; see register().

    >>> class Celsius(float):
    ...     pass
    >>> dill.pickle(Celsius, lambda pickler, obj: pickler.save_reduce(float, (obj.real,), obj=obj))
    >>> dill.copy([Celsius(20.5)])
    [20.5]
    >>> del dill.Pickler.dispatch[Celsius]
    """
    Pickler.dispatch[t] = func


def _register_numpy(obj_type):
    """Give a type of numpy its saver in Pickler.dispatch, when the first object of it is met."""
    if not NumpyArrayType or obj_type in Pickler.dispatch:
        return
    for is_kind, saver in ((numpyufunc, save_numpy_ufunc), (ndarraysubclassinstance, save_numpy_array)):
        if is_kind(obj_type):
            __hook__()
            Pickler.dispatch[obj_type] = saver
            return


for _type, _saver in {
    CodeType: save_code,
    FunctionType: save_function,
    CellType: save_cell,
    type: save_type,
    ModuleType: save_module,
    dict: save_module_dict,
    MethodType: save_instancemethod0,
    ClassMethodDescriptorType: save_wrapper_descriptor,
    WrapperDescriptorType: save_wrapper_descriptor,
    MethodDescriptorType: save_wrapper_descriptor,
    GetSetDescriptorType: save_wrapper_descriptor,
    MemberDescriptorType: save_wrapper_descriptor,
    property: save_property,
    abc.abstractproperty: save_property,
    classmethod: save_classmethod,
    staticmethod: save_classmethod,
    abc.abstractclassmethod: save_classmethod,
    abc.abstractstaticmethod: save_classmethod,
    SuperType: save_super,
    SliceType: save_slice,
    NotImplementedType: save_singleton,
    EllipsisType: save_singleton,
    XRangeType: save_singleton,
    DictProxyType: save_dictproxy,
    LRUCacheType: save_lru_cache,
    typing._GenericAlias: save_generic_alias,
    LockType: save_lock,
    RLockType: save_rlock,
    ReferenceType: save_weakref,
    ProxyType: save_weakproxy,
    CallableProxyType: save_weakproxy,
    type(dataclasses._HAS_DEFAULT_FACTORY): save_dataclasses_HAS_DEFAULT_FACTORY_CLASS,
    type(dataclasses.MISSING): save_dataclasses_MISSING_TYPE,
    dataclasses._FIELD_BASE: save_dataclasses_FIELD_BASE,
    PyCapsuleType: save_capsule,
}.items():
    Pickler.dispatch[_type] = _saver
Pickler.dispatch[ContextType] = save_context
if sys.version_info >= (3, 13):
    Pickler.dispatch[ThreadHandleType] = save_thread_handle
if sys.version_info >= (3, 10):
    Pickler.dispatch[type(dataclasses.KW_ONLY)] = save_dataclasses_KW_ONLY_TYPE
# Upstream leaves these to the stock pickler, which refuses those that no module has.
for _name in ('TypeVar', 'ParamSpec', 'TypeVarTuple', 'NewType'):
    if isinstance(getattr(typing, _name, None), type):
        Pickler.dispatch[getattr(typing, _name)] = _save_type_variable
for _name in ('DictKeysType', 'DictValuesType', 'DictItemsType', 'OdictKeysType', 'OdictValuesType', 'OdictItemsType'):
    Pickler.dispatch[_reverse_typemap[_name]] = _save_dict_view
for _name, _type in INCIDENTAL_TYPES.items():
    if _name.startswith(('Buffered', 'PyBuffered', 'TextWrapper', 'PyTextWrapper', 'File')):
        Pickler.dispatch[_type] = save_file
del _module, _name, _type, _saver

_engine.bind(
    sys.modules[__name__],
    {
        **{name: getattr(StockPickler, name) for name in dir(StockPickler) if name.startswith('save_')},
        **{
            name: value
            for name, value in globals().items()
            if name.startswith(('save_', '_save_dict_view', '_save_type'))
        },
    },
)


class _UnpicklerMemo:
    """What an Unpickler has read so far; stands for the object that pickle.Unpickler has under this name."""

    def __init__(self, loader):
        self._loader = loader

    def clear(self):
        """Forget everything."""
        self._loader.clear_memo()

    def copy(self):
        """A dict: number -> object."""
        return self._loader.memo

    def __reduce__(self):
        return dict, (self.copy(),)


class Unpickler(StockUnpickler):
    """Loads what Pickler and the pickle module wrote; see load() for the options."""

    settings = settings
    _session = False
    _loader = None
    # For a subclass that initializes the stock class itself.
    _ignore = False
    _main = _main_module
    _gate = None

    def __init__(self, *args, **kwds):
        ignore, allow = kwds.pop('ignore', None), kwds.pop('allow', None)
        super().__init__(*args, **kwds)
        if allow is not None:
            from dill._allow import Gate

            self.find_class = self._gate = Gate(allow, self.find_class)
        self._loader = _engine.Loader(*args, **kwds)
        self._ignore = settings['ignore'] if ignore is None else ignore
        self._main = _main_module

    @property
    def memo(self):
        """What was read so far; the next load goes on with it. Can be set to a dict or another Unpickler's memo."""
        return StockUnpickler.memo.__get__(self) if self._loader is None else _UnpicklerMemo(self._loader)

    @memo.setter
    def memo(self, memo):
        if not isinstance(memo, (dict, _UnpicklerMemo)) and type(memo).__name__ != 'UnpicklerMemoProxy':
            kind = type(memo).__name__
            raise TypeError(f"'memo' attribute must be an UnpicklerMemoProxy object or dict, not {kind}")
        self._loader.memo = memo.copy()

    def find_class(self, module, name):
        """The global that the stream names."""
        if (module, name) == ('__builtin__', '__main__'):
            return self._main.__dict__
        if (module, name) == ('__builtin__', 'NoneType'):
            return type(None)
        if module == 'dill.dill':
            module = 'dill._dill'
        return (self._loader or super()).find_class(module, name)

    def load(self):
        """Read one object from the file."""
        # Without a loader, __init__ was not called: the stock class says so, or was initialized by itself.
        try:
            obj = super().load() if self._loader is None else self._loader.load(self)
        finally:
            if self._gate is not None:
                self._gate.finish()
        cls = type(obj)
        if not self._ignore and cls.__module__ == getattr(_main_module, '__name__', '__main__'):
            # An instance of a class that __main__ has as well becomes one of that class.
            try:
                obj.__class__ = getattr(self._main, cls.__name__)
            except (AttributeError, TypeError):
                pass
        return obj


_engine.bind_unpickler(Unpickler, globals())
_engine_loads = _engine.loads


def dump(obj, file, protocol=None, byref=None, fmode=None, recurse=None, **kwds):
    """Pickle obj to a file that is open for writing bytes.

    protocol -- pickle protocol 0 to 5, negative for the highest; default settings['protocol']
    byref -- refer to classes of __main__ by name instead of writing them; default settings['byref']
    fmode -- how open files are written: HANDLE_FMODE, CONTENTS_FMODE or FILE_FMODE; default settings['fmode']
    recurse -- write only those globals that a function refers to; default settings['recurse']
    kwds -- further keywords of pickle.Pickler: fix_imports, buffer_callback

    Raises PicklingError, TypeError or whatever the reducers of the objects raise.

    >>> import io
    >>> file = io.BytesIO()
    >>> dill.dump(lambda x: x + 1, file)
    >>> file.seek(0)
    0
    >>> dill.load(file)(2)
    3
    """
    protocol = settings['protocol'] if protocol is None else int(protocol)
    Pickler(file, protocol, byref=byref, fmode=fmode, recurse=recurse, **kwds).dump(obj)


_dumps = _engine.dumps


def dumps(obj, protocol=None, byref=None, fmode=None, recurse=None, **kwds):
    """Pickle obj to bytes; see dump().

    >>> dill.loads(dill.dumps(lambda x: x + 1))(2)
    3
    """
    if not kwds:
        pickled = _dumps(obj, protocol, byref, fmode, recurse)
        if pickled is not None:
            return pickled
    file = BytesIO()
    dump(obj, file, protocol, byref, fmode, recurse, **kwds)
    return file.getvalue()


_STOCK = (Pickler, Pickler.__init__, Pickler.dump, Pickler.persistent_id, dump, is_dill)


def _pickler_is_stock():
    """True if dumps() may do without a Pickler, because nobody would see the difference."""
    if _may_trace or (Pickler, Pickler.__init__, Pickler.dump, Pickler.persistent_id, dump, is_dill) != _STOCK:
        return False
    if hasattr(Pickler, 'reducer_override') or hasattr(Pickler, 'dispatch_table'):
        return False
    return all(getattr(Pickler, name) is method for name, method in _DRIVER_STEPS.items())


def load(file, ignore=None, **kwds):
    """Load one object from a file that is open for reading bytes. Only from sources that you trust: loading runs code.

    ignore -- leave the class of the result alone, even if __main__ has a class of that name; default settings['ignore']
    kwds -- keywords of pickle.Unpickler: fix_imports, encoding, errors, buffers; and
        allow -- names ('module.name'), modules (their classes) and globals that the pickle may use; for anything else
            it raises UnpicklingError with a list of all that the pickle asks for, before that is imported or called

    >>> import io
    >>> dill.load(io.BytesIO(dill.dumps({'a': [1, 2]})), allow=[])
    {'a': [1, 2]}
    >>> dill.load(io.BytesIO(dill.dumps(print)), allow=['datetime'])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    dill._allow.GlobalNotAllowedError: not allowed, and neither imported nor called: builtins.print (...
    """
    if 'allow' in kwds:
        return Unpickler(file, ignore=ignore, **kwds).load()
    return _engine.load(file, Unpickler, ignore, kwds)


def loads(str, ignore=None, **kwds):
    """Load one object from bytes; see load().

    >>> from collections import deque
    >>> dill.loads(dill.dumps(deque([1, 2])), allow=['collections.deque'])
    deque([1, 2])
    """
    if 'allow' in kwds:
        return load(BytesIO(str), ignore, **kwds)
    return _engine_loads(str, Unpickler, ignore, kwds)


def copy(obj, *args, **kwds):
    """A deep copy by way of a pickle; takes the arguments of dumps(), and `ignore` of loads().

    >>> numbers = [[1], 2]
    >>> copied = dill.copy(numbers)
    >>> copied == numbers, copied[0] is numbers[0]
    (True, False)
    """
    ignore = kwds.pop('ignore', settings['ignore'])
    return loads(dumps(obj, *args, **kwds), ignore=ignore)


def pickles(obj, exact=False, safe=False, **kwds):
    """True if a copy by way of a pickle equals obj, or at least is of the same type.

    exact -- only if it is equal
    safe -- take every exception for a no, not only those of pickling
    kwds -- those of copy()

    >>> dill.pickles(lambda: 1), dill.pickles(n for n in ())
    (True, False)
    """
    trapped = (Exception,) if safe else (TypeError, AssertionError, NotImplementedError, PicklingError, UnpicklingError)
    try:
        pickled = copy(obj, **kwds)
        try:
            result = bool(pickled.all() == obj.all())
        except (AttributeError, TypeError):
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                result = pickled == obj
        if hasattr(result, 'toarray'):
            result = result.toarray().all()
        if result:
            return True
        if exact:
            return False
        return type(pickled) is type(obj) or repr(type(pickled)) == repr(type(obj))
    except trapped:
        return False


def check(obj, *args, **kwds):
    """See whether another Python process can load a pickle of obj; prints what it finds.

    python -- the Python to ask, default this one
    verbose -- print SUCCESS, LOAD FAILED or DUMP FAILED as well
    args, kwds -- those of dumps(); what it raises is raised

    >>> dill.check(lambda: 1, verbose=True)  # the other process shows what it has loaded
    SUCCESS
    """
    verbose = kwds.pop('verbose', False)
    python = kwds.pop('python', None) or sys.executable
    try:
        pickled = dumps(obj, *args, **kwds)
    except Exception:
        if verbose:
            print('DUMP FAILED')
        raise
    import subprocess

    program = 'import sys, dill; print(dill.loads(sys.stdin.buffer.read()))'
    failed = subprocess.run([python, '-c', program], input=pickled).returncode
    if verbose:
        print('LOAD FAILED' if failed else 'SUCCESS')


pickle_dispatch_copy = StockPickler.dispatch.copy()


def _extend():
    """Teach the stock Python pickler dill's types."""
    for type_, saver in Pickler.dispatch.items():
        StockPickler.dispatch[type_] = saver


def _revert_extension():
    """Undo _extend()."""
    for type_, saver in list(StockPickler.dispatch.items()):
        if getattr(saver, '__module__', None) == __name__:
            del StockPickler.dispatch[type_]
            if type_ in pickle_dispatch_copy:
                StockPickler.dispatch[type_] = pickle_dispatch_copy[type_]


# Upstream leaves this name behind, and is_dill() asks classes in modules for theirs.
__module__ = 'dill'
