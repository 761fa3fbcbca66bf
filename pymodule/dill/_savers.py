"""The savers: what Pickler.dispatch holds. Each may be called with any pickle._Pickler, as saver(pickler, obj).

dill._dill re-exports them under its own name. The native driver does not call them: it knows which reducer stands
behind each.
"""

import pickle as _pickle
import sys
import warnings
from pickle import _Pickler as StockPickler

from dill import _engine
from dill._shims import Getattr, Reduce

__all__ = [
    '__hook__',
    '_repr_dict',
    '_save_by_save_file',
    '_save_dict_view',
    '_save_file',
    '_save_type_variable',
    '_save_with_postproc',
    'ndarraysubclassinstance',
    'numpydtype',
    'numpyufunc',
    'save_capsule',
    'save_cell',
    'save_classmethod',
    'save_classobj',
    'save_code',
    'save_context',
    'save_dataclasses_FIELD_BASE',
    'save_dataclasses_HAS_DEFAULT_FACTORY_CLASS',
    'save_dataclasses_KW_ONLY_TYPE',
    'save_dataclasses_MISSING_TYPE',
    'save_dict_view',
    'save_dictproxy',
    'save_file',
    'save_function',
    'save_generic_alias',
    'save_instancemethod0',
    'save_lock',
    'save_lru_cache',
    'save_module',
    'save_module_dict',
    'save_numpy_array',
    'save_numpy_ufunc',
    'save_property',
    'save_rlock',
    'save_singleton',
    'save_slice',
    'save_socket',
    'save_super',
    'save_type',
    'save_weakproxy',
    'save_weakref',
    'save_wrapper_descriptor',
]
if sys.version_info >= (3, 13):
    __all__.append('save_thread_handle')
if sys.version_info < (3, 10):
    __all__.remove('save_dataclasses_KW_ONLY_TYPE')


def _dill():
    return sys.modules['dill._dill']


def _save_with_postproc(pickler, reduction, is_pickler_dill=None, obj=Getattr.NO_DEFAULT, postproc_list=None):
    """save_reduce(*reduction, obj=obj), then the calls that were queued for the object while it was written."""
    if obj is Getattr.NO_DEFAULT:
        obj = Reduce(reduction)
    if is_pickler_dill is None:
        is_pickler_dill = _dill().is_dill(pickler, child=True)
    if not is_pickler_dill:
        pickler.save_reduce(*reduction, obj=obj)
        return
    driver = getattr(pickler, '_driver', None)
    if driver is not None:
        driver.save_with_postproc(tuple(reduction), obj, postproc_list or [])
        return
    if id(obj) in pickler._postproc:
        name = getattr(obj, '__qualname__', getattr(obj, '__name__', ''))
        warnings.warn(
            f'Cannot pickle {obj!r}: {obj.__module__}.{name} has recursive self-references that trigger a '
            'RecursionError.',
            _dill().PicklingWarning,
            stacklevel=2,
        )
        pickler.save_global(obj)
        return
    pickler._postproc[id(obj)] = [] if postproc_list is None else postproc_list
    pickler.save_reduce(*reduction, obj=obj)
    for function, arguments in reversed(pickler._postproc.pop(id(obj))):
        if function is _dill()._setitems:
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
    if driver is None and _dill()._may_trace:
        _save_traced(pickler, obj, saver, postproc_list)
    else:
        _write(pickler, obj, _engine.reduce(pickler, obj, saver), postproc_list)


def _write(pickler, obj, reduction, postproc_list):
    kind, *rest = reduction
    if kind == 'global':
        StockPickler.save_global(pickler, obj, name=rest[0])
    elif kind == 'raw':
        pickler.write(rest[0])
    elif kind == 'dict':
        StockPickler.save_dict(pickler, obj)
    elif kind == 'saver':
        rest[0](pickler, obj)
    elif kind == 'reduce':
        pickler.save_reduce(*rest[0], obj=obj)
    else:
        items = rest[1] if postproc_list is None else postproc_list + rest[1]
        _dill()._save_with_postproc(pickler, rest[0], obj=obj, postproc_list=items)


def _save_traced(pickler, obj, saver, postproc_list):
    from dill import _trace_codes

    log = _dill().logger
    reduction = _engine.reduce(pickler, obj, saver)
    code = _trace_codes.code_of(pickler, obj, saver, reduction)
    if code is None:
        _write(pickler, obj, reduction, postproc_list)
        return
    message, arguments = _trace_codes.message_of(code, obj)
    log.trace(pickler, message, *arguments)
    if code == 'T2' and _trace_codes.has_registry(obj):
        log.trace(pickler, 'ABC: %s', obj)
        log.trace(pickler, '# ABC')
    _write(pickler, obj, reduction, postproc_list)
    log.trace(pickler, f'# {code}')


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


def _save_type_variable(pickler, obj):
    """TypeVar and its kin, NewType."""
    _save(pickler, obj, '_save_type_variable')


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


def save_capsule(pickler, obj):
    """Capsules of C libraries: by their name where that leads to them, else by address."""
    _save(pickler, obj, 'save_capsule')


def save_numpy_array(pickler, obj):
    """Arrays of numpy."""
    _save(pickler, obj, 'save_numpy_array')


def save_numpy_ufunc(pickler, obj):
    """Universal functions of numpy: by reference."""
    _save(pickler, obj, 'save_numpy_ufunc')


def save_socket(pickler, obj):
    """Sockets, by duplicating them for a child process of multiprocessing. In no dispatch table by itself."""
    _dill().logger.trace(pickler, 'So: %s', obj)
    pickler.save_reduce(*_dill().reduce_socket(obj))
    _dill().logger.trace(pickler, '# So')


def save_classobj(pickler, obj):
    """Classes, as those of Python 2 were saved. In no dispatch table."""
    located = _dill()._locate_function(obj, pickler)
    code = 'C2' if located else 'C1'
    _dill().logger.trace(pickler, f'{code}: %s', obj)
    if located:
        StockPickler.save_global(pickler, obj, name=getattr(obj, '__qualname__', obj.__name__))
    else:
        pickler.save_reduce(_dill().ClassType, (obj.__name__, obj.__bases__, obj.__dict__), obj=obj)
    _dill().logger.trace(pickler, f'# {code}')


def save_dict_view(dicttype):
    """[(method, saver)] for the views that the methods keys, values and items of `dicttype` give."""
    return [(method, _save_dict_view) for method in ('keys', 'values', 'items')]


def _save_file(pickler, obj, open_):
    """Save a file that open_() can open again."""
    arguments = _dill()._arguments_of_file(
        obj, getattr(pickler, '_fmode', 0), getattr(pickler, '_strictio', False), open_
    )
    pickler.save_reduce(_dill()._create_filehandle, arguments, obj=obj)


def _save_by_save_file(pickler, obj):
    # For a _save_file that somebody has put in the place of ours.
    _dill()._save_file(pickler, obj, _dill()._open_of_file(obj))


def save_dataclasses_HAS_DEFAULT_FACTORY_CLASS(pickler, obj):
    """A sentinel of dataclasses."""
    _save(pickler, obj, 'save_dataclasses_HAS_DEFAULT_FACTORY_CLASS')


def save_dataclasses_MISSING_TYPE(pickler, obj):
    """A sentinel of dataclasses."""
    _save(pickler, obj, 'save_dataclasses_MISSING_TYPE')


def save_dataclasses_KW_ONLY_TYPE(pickler, obj):
    """A sentinel of dataclasses."""
    _save(pickler, obj, 'save_dataclasses_KW_ONLY_TYPE')


def save_dataclasses_FIELD_BASE(pickler, obj):
    """The kinds of fields of dataclasses."""
    _save(pickler, obj, 'save_dataclasses_FIELD_BASE')


def _repr_dict(obj):
    """A short text for a dict or mapping proxy."""
    return f'<{type(obj).__name__} object at {id(obj):#012x}>'


def _in_numpy(obj_type, name):
    return any(cls.__name__ == name and cls.__module__ == 'numpy' for cls in obj_type.__mro__)


def numpyufunc(obj_type):
    """True if the type is one of numpy's universal functions."""
    return _in_numpy(obj_type, 'ufunc')


def numpydtype(obj_type):
    """True if the type is a subclass of numpy's dtype that dtype itself has made; today's numpy has none."""
    return _in_numpy(obj_type, 'dtype') and type(obj_type) is sys.modules['numpy'].dtype


def ndarraysubclassinstance(obj_type):
    """True if the type is a numpy array's and reduces as those do."""
    if not _in_numpy(obj_type, 'ndarray'):
        return False
    array = sys.modules['numpy'].ndarray
    return obj_type.__reduce_ex__ is array.__reduce_ex__ and obj_type.__reduce__ is array.__reduce__


def __hook__():
    """Put numpy's own types in place of what stands for them until the first object of numpy is met."""
    dill = _dill()
    numpy = sys.modules['numpy']
    dill.NumpyUfuncType, dill.NumpyDType, dill.NumpyArrayType = numpy.ufunc, numpy.dtype, numpy.ndarray
    return True
