"""The pickler and the unpickler, the savers, and the names that streams and other libraries use.

The work is done in ``dill._engine`` (C++). Every saver is a Python function in ``Pickler.dispatch``; the native driver
knows which reducer stands behind each of them and calls those directly. Where a step of the driver itself is
overridden, the stock ``pickle._Pickler`` drives and calls the savers, which use the same reducers.
"""

import abc
import builtins
import builtins as __builtin__
import collections
import contextvars
import copyreg
import dataclasses
import functools
import pickle as _pickle
import sys
import threading
import types
import typing
import warnings
import weakref
from io import BytesIO
from pickle import DEFAULT_PROTOCOL, HIGHEST_PROTOCOL, PickleError, PicklingError, UnpicklingError
from pickle import Unpickler as StockUnpickler
from pickle import _Pickler as StockPickler

import __main__ as _main_module
from dill import _engine
from dill._create import *  # noqa: F403
from dill._create import __all__ as _create_names
from dill._shims import Getattr, Reduce
from dill._typemap import FILE_TYPES, PYTHON_FILE_TYPES, make_reverse_typemap
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

StringIO = BytesIO


class PickleWarning(Warning, PickleError):
    """Something in a pickle is not as its user may expect."""


class PicklingWarning(PickleWarning, PicklingError):
    """An object is written in a way that may not load."""


class UnpicklingWarning(PickleWarning, UnpicklingError):
    """An object is restored in a way that may surprise."""


for _name in _create_names:
    # Streams name these functions, and a name is looked up in the module that the function says it is from.
    globals()[_name].__module__ = __name__


class Sentinel:
    """A value that stands for itself: it pickles as the global that holds it."""

    def __init__(self, name, module_name=None):
        self.name = name
        self.__module__ = sys._getframe(1).f_globals['__name__'] if module_name is None else module_name

    def __repr__(self):
        return f'{self.__module__}.{self.name}'

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return self.name

    def __reduce_ex__(self, protocol):
        return self.name


_CELL_EMPTY = Sentinel('_CELL_EMPTY')
_CELL_REF = None

# Types
AttrGetterType = type(__import__('operator').attrgetter('x'))
ItemGetterType = type(__import__('operator').itemgetter(0))
CellType = types.CellType
ClassType = TypeType = type
ClassMethodDescriptorType = types.ClassMethodDescriptorType
CodeType = types.CodeType
DictProxyType = types.MappingProxyType
EllipsisType = type(Ellipsis)
FunctionType = types.FunctionType
GeneratorType = types.GeneratorType
ContextType = type(contextvars.Context())
GetSetDescriptorType = types.GetSetDescriptorType
LRUCacheType = functools._lru_cache_wrapper
LockType = type(threading.Lock())
RLockType = type(threading.RLock())
MemberDescriptorType = types.MemberDescriptorType
MethodDescriptorType = types.MethodDescriptorType
MethodType = types.MethodType
MethodWrapperType = types.MethodWrapperType
ModuleType = types.ModuleType
NotImplementedType = type(NotImplemented)
PartialType = functools.partial
SliceType = slice
SuperType = super
ThreadHandleType = getattr(threading, '_ThreadHandle', None)
WrapperDescriptorType = types.WrapperDescriptorType
XRangeType = range
ReferenceType = weakref.ReferenceType
ProxyType = weakref.ProxyType
CallableProxyType = weakref.CallableProxyType

# Streams name builtin types by these keys; both dicts are looked at when a type is written or read, so that others may
# add to them.
_reverse_typemap = make_reverse_typemap()
_typemap = {type_: name for name, type_ in _reverse_typemap.items()}


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


# What the engine asks Python for.

_module_entries_not_saved = ('__builtins__', '__loader__')

# What EnumMeta makes anew when the class is created again.
_enum_entries_not_saved = frozenset((
    '_generate_next_value_', '_member_map_', '_member_names_', '_member_type_', '_value2member_map_', '_value_repr_',
    '_new_member_', '_use_args_', '_flag_mask_', '_singles_mask_', '_all_bits_', '_boundary_', '_inverted_',
    '_unhashable_values_', '_unhashable_values_map_', '_hashable_values_', '_order_', '__new__', '__getnewargs_ex__',
    '__getnewargs__', '__reduce_ex__', '__reduce__', '__dict__', '__weakref__',
))  # fmt: skip

_setattr_shim = Getattr(sys.modules[__name__], '_setattr', setattr)
_delattr_shim = Getattr(sys.modules[__name__], '_delattr', delattr)
_cell_empty_shim = Getattr(sys.modules[__name__], '_CELL_EMPTY', None)


def _is_builtin_module(module):
    """True for a module that other installations have as well: builtin, standard library, site-packages, extension."""
    if not hasattr(module, '__file__'):
        return True
    if module.__file__ is None:
        return False
    prefixes = {
        getattr(sys, name)
        for name in ('base_prefix', 'base_exec_prefix', 'exec_prefix', 'prefix', 'real_prefix')
        if hasattr(sys, name)
    }
    path = module.__file__
    import os
    from importlib.machinery import EXTENSION_SUFFIXES

    real = os.path.realpath(path)
    return (
        any(path.startswith(prefix) or real.startswith(prefix) for prefix in prefixes)
        or path.endswith(tuple(EXTENSION_SUFFIXES))
        or 'site-packages' in path
    )


def _is_imported_module(module):
    """True for a module that has a loader or stands in sys.modules."""
    return getattr(module, '__loader__', None) is not None or module in sys.modules.values()


class _Unwrap:
    """The right operand of ``proxy | _Unwrap()``: gets the mapping behind a mappingproxy."""

    def __ror__(self, mapping):
        return mapping


def _mapping_of_proxy(proxy):
    return proxy | _Unwrap()


def _parts_of_dict_view(view):
    """(method, mapping) of a dict view: the method of dict or OrderedDict that makes it, and its dict."""
    name = type(view).__name__
    base = collections.OrderedDict if name.startswith('odict') else dict
    method = base.__dict__[name.rpartition('_')[2]]
    if hasattr(view, 'mapping'):
        return method, _mapping_of_proxy(view.mapping)
    # Python 3.9 does not tell whose view it is: a dict of the same content takes its place.
    if name.endswith('items'):
        return method, base(view)
    if name.endswith('keys'):
        return method, base.fromkeys(view)
    return method, base(enumerate(view))


def _lru_cache_like(cached):
    """What makes an lru_cache wrapper like this one of a function."""
    parameters = cached.cache_parameters()
    if parameters == {'maxsize': 128, 'typed': False}:
        return functools.lru_cache
    return Reduce(functools.lru_cache, (parameters['maxsize'], parameters['typed']), is_callable=True)


def _reduce_generic_alias(alias, protocol):
    """The reduce value of a typing alias; that of Tuple[()] does not load on every Python."""
    if alias.__origin__ is tuple and (not hasattr(alias, '__args__') or alias.__args__ in ((), ((),))):
        return _create_typing_tuple, (getattr(alias, '__args__', ()),)
    return alias.__reduce_ex__(protocol)


def _create_typing_tuple(argz, *args):
    """typing.Tuple[()] and its kin."""
    if not argz:
        return typing.Tuple[()].copy_with(())
    if argz == ((),):
        return typing.Tuple[()]
    return typing.Tuple[argz]


def _arguments_of_lock(lock):
    return (lock.locked(),)


def _arguments_of_rlock(lock):
    # Only its repr tells who holds it how often.
    import re

    text = repr(lock)
    count = int(re.search(r'count=(\d+)', text).group(1))
    owner = int(re.search(r'owner=(\d+)', text).group(1))
    return (count, owner)


def _arguments_of_thread_handle(handle):
    return (handle.ident, handle.is_done())


def _arguments_of_weakref(reference):
    return (reference(),)


def _arguments_of_weakproxy(proxy):
    # The bound __repr__-like slots of a proxy all forward, except this: a method of the target knows its __self__.
    try:
        target = proxy.__init__.__self__
    except (ReferenceError, AttributeError):
        target = None
    return (target, type(proxy) is CallableProxyType)


_PYTHON_FILES = frozenset(PYTHON_FILE_TYPES.values())


def _arguments_of_file(file, fmode):
    import _pyio
    import io

    if file.closed:
        position = 0
    elif file in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        position = -1
    else:
        file.flush()
        position = file.tell()
    data = ''
    if fmode == FILE_FMODE and file.mode != 'r' or fmode == FILE_FMODE:
        with open(file.name) as saved:
            data = saved.read()
    open_ = _pyio.open if type(file) in _PYTHON_FILES else io.open
    mode = file.mode.replace('r+b', 'rb+')
    return (file.name, mode, position, file.closed, open_, False, fmode, data)


# Savers. Each may be called with any pickle._Pickler.

_NO_DEFAULT = Sentinel('Getattr.NO_DEFAULT', 'dill._shims')


def _save_with_postproc(pickler, reduction, is_pickler_dill=None, obj=_NO_DEFAULT, postproc_list=None):
    """save_reduce(*reduction, obj=obj), then the calls that were queued for the object while it was written."""
    if obj is _NO_DEFAULT:
        obj = Reduce(reduction)
    if is_pickler_dill is None:
        is_pickler_dill = is_dill(pickler, child=True)
    if not is_pickler_dill:
        pickler.save_reduce(*reduction, obj=obj)
        return
    if id(obj) in pickler._postproc:
        name = getattr(obj, '__qualname__', getattr(obj, '__name__', ''))
        warnings.warn(
            f'Cannot pickle {obj!r}: {obj.__module__}.{name} has recursive self-references that trigger a '
            'RecursionError.',
            PicklingWarning,
            stacklevel=2,
        )
        pickler.save_global(obj)
        return
    pickler._postproc[id(obj)] = [] if postproc_list is None else postproc_list
    pickler.save_reduce(*reduction, obj=obj)
    for function, arguments in reversed(pickler._postproc.pop(id(obj))):
        if function is _setitems:  # noqa: F405
            dest, source = arguments
            if not source:
                continue
            pickler.write(pickler.get(pickler.memo[id(dest)][0]))
            pickler._batch_setitems(iter(source.items()))
        else:
            pickler.save_reduce(function, arguments)
        pickler.write(_pickle.POP)


def _save(pickler, obj, saver, postproc_list=None):
    """Save obj as the reducer behind the saver of that name says."""
    driver = getattr(pickler, '_driver', None)
    if driver is not None and postproc_list is None:
        driver.save_by(obj, saver)
        return
    kind, *rest = _engine.reduce(pickler, obj, saver)
    if kind == 'global':
        StockPickler.save_global(pickler, obj, name=rest[0])
    elif kind == 'raw':
        pickler.write(rest[0])
    elif kind == 'dict':
        StockPickler.save_dict(pickler, obj)
    elif kind == 'reduce':
        pickler.save_reduce(*rest[0], obj=obj)
    else:
        items = rest[1] if postproc_list is None else postproc_list + rest[1]
        _save_with_postproc(pickler, rest[0], obj=obj, postproc_list=items)


def save_code(pickler, obj):
    """Code objects."""
    _save(pickler, obj, 'save_code')


def save_function(pickler, obj):
    """Functions: by reference where they can be imported, else by value."""
    _save(pickler, obj, 'save_function')


def save_cell(pickler, obj):
    """Closure cells."""
    _save(pickler, obj, 'save_cell')


def save_type(pickler, obj, postproc_list=None):
    """Classes: by reference where they can be imported, else by value."""
    _save(pickler, obj, 'save_type', postproc_list)


def save_module(pickler, obj):
    """Modules: by name; those of the user with their state."""
    _save(pickler, obj, 'save_module')


def save_module_dict(pickler, obj):
    """Dicts; one that is the __dict__ of a module by reference."""
    _save(pickler, obj, 'save_module_dict')


def save_instancemethod0(pickler, obj):
    """Bound methods."""
    _save(pickler, obj, 'save_instancemethod0')


def save_wrapper_descriptor(pickler, obj):
    """Descriptors of builtin types and of __slots__."""
    _save(pickler, obj, 'save_wrapper_descriptor')


def save_property(pickler, obj):
    """Properties."""
    _save(pickler, obj, 'save_property')


def save_classmethod(pickler, obj):
    """classmethod and staticmethod objects."""
    _save(pickler, obj, 'save_classmethod')


def save_super(pickler, obj):
    """super() objects."""
    _save(pickler, obj, 'save_super')


def save_slice(pickler, obj):
    """Slices."""
    _save(pickler, obj, 'save_slice')


def save_singleton(pickler, obj):
    """Ellipsis, NotImplemented and ranges."""
    _save(pickler, obj, 'save_singleton')


def save_dictproxy(pickler, obj):
    """Mapping proxies."""
    _save(pickler, obj, 'save_dictproxy')


def _save_dict_view(pickler, obj):
    """Views of dicts."""
    _save(pickler, obj, '_save_dict_view')


def save_lru_cache(pickler, obj):
    """Functions with an lru_cache."""
    _save(pickler, obj, 'save_lru_cache')


def save_generic_alias(pickler, obj):
    """Aliases of typing."""
    _save(pickler, obj, 'save_generic_alias')


def save_lock(pickler, obj):
    """Locks."""
    _save(pickler, obj, 'save_lock')


def save_rlock(pickler, obj):
    """Reentrant locks."""
    _save(pickler, obj, 'save_rlock')


def save_thread_handle(pickler, obj):
    """Handles of threads (Python 3.13)."""
    _save(pickler, obj, 'save_thread_handle')


def save_context(pickler, obj):
    """Contexts of contextvars."""
    _save(pickler, obj, 'save_context')


def save_weakref(pickler, obj):
    """Weak references."""
    _save(pickler, obj, 'save_weakref')


def save_weakproxy(pickler, obj):
    """Weak proxies."""
    _save(pickler, obj, 'save_weakproxy')


def save_file(pickler, obj):
    """Files."""
    _save(pickler, obj, 'save_file')


def _save_by_raw_global(module, name):
    def save(pickler, obj):
        pickler.write(f'c{module}\n{name(obj)}\n'.encode())

    return save


save_dataclasses_HAS_DEFAULT_FACTORY_CLASS = _save_by_raw_global('dataclasses', lambda obj: '_HAS_DEFAULT_FACTORY')
save_dataclasses_MISSING_TYPE = _save_by_raw_global('dataclasses', lambda obj: 'MISSING')
save_dataclasses_KW_ONLY_TYPE = _save_by_raw_global('dataclasses', lambda obj: 'KW_ONLY')
save_dataclasses_FIELD_BASE = _save_by_raw_global('dataclasses', lambda obj: obj.name)


class Pickler(StockPickler):
    """Pickles nearly everything of Python; see dump() for the options."""

    dispatch = MetaCatchingDict(StockPickler.dispatch.copy())
    _session = False
    settings = settings
    _driver = None
    _saved_memo = None

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
        if self._engine_can_drive():
            if not hasattr(self, '_file_write'):
                raise PicklingError(f'Pickler.__init__() was not called by {type(self).__name__}.__init__()')
            _engine.dump(self, obj)
        else:
            super().dump(obj)

    def save(self, obj, save_persistent_id=True):
        """Write one object into the pickle that is being made. For savers."""
        if self._driver is None:
            super().save(obj, save_persistent_id)
        else:
            self._driver.save(obj, save_persistent_id)

    def save_reduce(self, func, args, state=None, listitems=None, dictitems=None, state_setter=None, *, obj=None):
        """Write a reduce value. For savers."""
        if self._driver is not None:
            self._driver.save_reduce(func, args, state, listitems, dictitems, state_setter, obj)
        elif state_setter is None:
            super().save_reduce(func, args, state, listitems, dictitems, obj=obj)
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
        """True if the native driver does the same as the stock one would: none of its steps is overridden."""
        if self.proto < 4 or self.fast or self._driver is not None or type(self._memo) is not dict:
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
    """Decorator: make the function the saver of type t. It is called as function(pickler, obj)."""

    def add(func):
        Pickler.dispatch[t] = func
        return func

    return add


def pickle(t, func):
    """Make func the saver of type t; see register()."""
    Pickler.dispatch[t] = func


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
}.items():
    Pickler.dispatch[_type] = _saver
Pickler.dispatch[ContextType] = save_context
if ThreadHandleType is not None:
    Pickler.dispatch[ThreadHandleType] = save_thread_handle
if hasattr(dataclasses, 'KW_ONLY'):
    Pickler.dispatch[type(dataclasses.KW_ONLY)] = save_dataclasses_KW_ONLY_TYPE
for _name in ('DictKeysType', 'DictValuesType', 'DictItemsType', 'OdictKeysType', 'OdictValuesType', 'OdictItemsType'):
    Pickler.dispatch[_reverse_typemap[_name]] = _save_dict_view
for _type in (*FILE_TYPES.values(), *PYTHON_FILE_TYPES.values()):
    Pickler.dispatch[_type] = save_file
del _name, _type, _saver

_engine.bind(
    sys.modules[__name__],
    {
        **{name: getattr(StockPickler, name) for name in dir(StockPickler) if name.startswith('save_')},
        **{name: value for name, value in globals().items() if name.startswith(('save_', '_save_dict_view'))},
    },
)


class Unpickler(StockUnpickler):
    """Loads what Pickler and the pickle module wrote; see load() for the options."""

    settings = settings
    _session = False

    def __init__(self, *args, **kwds):
        ignore = kwds.pop('ignore', None)
        super().__init__(*args, **kwds)
        self._ignore = settings['ignore'] if ignore is None else ignore
        self._main = _main_module

    def find_class(self, module, name):
        """The global that the stream names."""
        if (module, name) == ('__builtin__', '__main__'):
            return self._main.__dict__
        if (module, name) == ('__builtin__', 'NoneType'):
            return type(None)
        if module == 'dill.dill':
            module = 'dill._dill'
        return super().find_class(module, name)

    def load(self):
        """Read one object from the file."""
        obj = super().load()
        cls = type(obj)
        if not self._ignore and cls.__module__ == getattr(_main_module, '__name__', '__main__'):
            # An instance of a class that __main__ has as well becomes one of that class.
            try:
                obj.__class__ = getattr(self._main, cls.__name__)
            except (AttributeError, TypeError):
                pass
        return obj


def dump(obj, file, protocol=None, byref=None, fmode=None, recurse=None, **kwds):
    """Pickle obj to a file that is open for writing bytes.

    protocol -- pickle protocol 0 to 5, negative for the highest; default settings['protocol']
    byref -- refer to classes of __main__ by name instead of writing them; default settings['byref']
    fmode -- how open files are written: HANDLE_FMODE, CONTENTS_FMODE or FILE_FMODE; default settings['fmode']
    recurse -- write only those globals that a function refers to; default settings['recurse']
    kwds -- further keywords of pickle.Pickler: fix_imports, buffer_callback

    Raises PicklingError, TypeError or whatever the reducers of the objects raise.
    """
    protocol = settings['protocol'] if protocol is None else int(protocol)
    Pickler(file, protocol, byref=byref, fmode=fmode, recurse=recurse, **kwds).dump(obj)


def dumps(obj, protocol=None, byref=None, fmode=None, recurse=None, **kwds):
    """Pickle obj to bytes; see dump()."""
    file = BytesIO()
    dump(obj, file, protocol, byref, fmode, recurse, **kwds)
    return file.getvalue()


def load(file, ignore=None, **kwds):
    """Load one object from a file that is open for reading bytes. Only from sources that you trust: loading runs code.

    ignore -- leave the class of the result alone, even if __main__ has a class of that name; default settings['ignore']
    kwds -- keywords of pickle.Unpickler: fix_imports, encoding, errors, buffers
    """
    return Unpickler(file, ignore=ignore, **kwds).load()


def loads(str, ignore=None, **kwds):
    """Load one object from bytes; see load()."""
    return load(BytesIO(str), ignore, **kwds)


def copy(obj, *args, **kwds):
    """A deep copy by way of a pickle; takes the arguments of dumps(), and `ignore` of loads()."""
    ignore = kwds.pop('ignore', settings['ignore'])
    return loads(dumps(obj, *args, **kwds), ignore=ignore)


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
