"""The Python half of the reducers: parts of objects that are easier to get at from Python than from C++.

dill._dill re-exports these; the engine finds them there.
"""

import collections
import functools
import io
import sys

from dill._names import _dictproxy_helper_instance
from dill._shims import Reduce
from dill._typemap import PYTHON_FILE_TYPES

__all__ = [
    '_arguments_of_file',
    '_arguments_of_lock',
    '_arguments_of_rlock',
    '_arguments_of_thread_handle',
    '_class_entries',
    '_enum_entries_not_saved',
    '_get_typedict_abc',
    '_get_typedict_type',
    '_lru_cache_like',
    '_mapping_of_proxy',
    '_module_entries_not_saved',
    '_open_of_file',
    '_parts_of_dict_view',
    '_reduce_array',
    '_reduce_generic_alias',
]

_module_entries_not_saved = ('__builtins__', '__loader__')

# What EnumMeta makes anew when the class is created again.
_enum_entries_not_saved = frozenset((
    '_generate_next_value_', '_member_map_', '_member_names_', '_member_type_', '_value2member_map_', '_value_repr_',
    '_new_member_', '_use_args_', '_flag_mask_', '_singles_mask_', '_all_bits_', '_boundary_', '_inverted_',
    '_unhashable_values_', '_unhashable_values_map_', '_hashable_values_', '_order_', '__new__', '__getnewargs_ex__',
    '__getnewargs__', '__reduce_ex__', '__reduce__', '__dict__', '__weakref__',
))  # fmt: skip


def _dill():
    return sys.modules['dill._dill']


def _mapping_of_proxy(proxy):
    return proxy | _dictproxy_helper_instance


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
        return _dill()._create_typing_tuple, (getattr(alias, '__args__', ()),)
    return alias.__reduce_ex__(protocol)


def _reduce_array(array):
    """The arguments of _create_array for a numpy array."""
    function, arguments, state = array.__reduce__()
    return function, arguments, state, getattr(array, '__dict__', None)


def _get_typedict_type(cls, clsdict, attrs, postproc_list):
    """(clsdict without what the class inherits or gets anew, attrs)."""
    inherited = {}
    for base in reversed(cls.__bases__):
        inherited.update(base.__dict__)
    for name, value in list(clsdict.items()):
        if name in inherited and inherited[name] is value and hasattr(value, '__qualname__'):
            del clsdict[name]
    clsdict.pop('__dict__', None)
    clsdict.pop('__weakref__', None)
    return clsdict, attrs


def _get_typedict_abc(obj, _dict, attrs, postproc_list):
    """(_dict without what an abstract base class keeps for itself, attrs); calls that register go to postproc_list."""
    import _abc

    del _dict['_abc_impl']
    registry = _abc._get_dump(obj)[0]
    postproc_list.extend(
        (obj.register, (subclass,)) for subclass in (ref() for ref in registry) if subclass is not None
    )
    return _dict, attrs


def _class_entries(cls, is_abstract):
    """(entries of a class by value, calls that follow), as functions that replace ours in dill._dill make them."""
    dill = _dill()
    calls = []
    entries, attributes = dill._get_typedict_type(cls, cls.__dict__.copy(), {}, calls)
    slots = entries.get('__slots__', ())
    for name in (slots,) if isinstance(slots, str) else slots:
        entries.pop(name, None)
    if is_abstract:
        entries, attributes = dill._get_typedict_abc(cls, entries, attributes, calls)
    return entries, calls


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


_PYTHON_FILES = frozenset(PYTHON_FILE_TYPES.values())


def _open_of_file(file):
    """The open() that makes files of that type."""
    if type(file) in _PYTHON_FILES:
        import _pyio

        return _pyio.open
    return io.open


def _arguments_of_file(file, fmode, strictio=False, open_=None):
    """The arguments of _create_filehandle."""
    name = file.name  # first: that is what other objects in the place of a file lack
    if file.closed:
        position = 0
    elif file in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        position = -1
    else:
        file.flush()
        position = file.tell()
    data = ''
    if fmode == _dill().FILE_FMODE:
        with open(name) as saved:
            data = saved.read()
    mode = file.mode.replace('r+b', 'rb+')
    return (name, mode, position, file.closed, open_ or _open_of_file(file), strictio, fmode, data)
