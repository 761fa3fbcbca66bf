"""The Python half of the reducers: parts of objects that are easier to get at from Python than from C++.

dill._dill re-exports these; the engine finds them there.
"""

import collections
import functools
import io
import sys
import threading

from dill._names import IPYTHON_SINGLETONS, _dictproxy_helper_instance
from dill._shims import Reduce
from dill._typemap import PYTHON_FILE_TYPES

__all__ = [
    '_arguments_of_file',
    '_attributes_beside_wrapped',
    '_named_tuple_entries',
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
    '_reduce_type_variable',
    '_type_variable_by_value',
]

_module_entries_not_saved = ('__builtins__', '__loader__', *IPYTHON_SINGLETONS)

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
        return method, Reduce(base.fromkeys, (list(view),))
    return method, Reduce(base, (enumerate(view),))


def _lru_cache_like(cached):
    """What makes an lru_cache wrapper like this one of a function."""
    parameters = cached.cache_parameters()
    if parameters == {'maxsize': 128, 'typed': False}:
        return functools.lru_cache
    return Reduce(functools.lru_cache, (parameters['maxsize'], parameters['typed']), is_callable=True)


def _attributes_beside_wrapped(wrapper):
    """The attributes of a wrapper that functools.update_wrapper would not give it; None if there are none."""
    wrapped = wrapper.__wrapped__
    own = vars(wrapped) if hasattr(wrapped, '__dict__') else {}
    missing = object()
    attributes = {
        name: value
        for name, value in vars(wrapper).items()
        if name != '__wrapped__'
        and value is not getattr(wrapped, name, missing)
        and value is not own.get(name, missing)
    }
    return attributes or None


_MADE_BY_NAMEDTUPLE = frozenset((
    '__slots__', '__new__', '__repr__', '__getnewargs__', '__match_args__', '__module__', '__qualname__', '_fields',
    '_fields_defaults', '_field_defaults', '_make', '_replace', '__replace__', '_asdict', '__dict__', '__weakref__',
    '__firstlineno__', '__static_attributes__', '_field_types',
))  # fmt: skip


def _named_tuple_entries(cls):
    """{name: value} of what a named tuple's class has beside what collections.namedtuple gives it."""
    usual = f'{cls.__name__}({", ".join(cls._fields)})'
    return {
        name: value
        for name, value in vars(cls).items()
        if name not in _MADE_BY_NAMEDTUPLE and name not in cls._fields and not (name == '__doc__' and value == usual)
    }


def _reduce_generic_alias(alias, protocol):
    """The reduce value of a typing alias; that of Tuple[()] does not load on every Python."""
    if alias.__origin__ is tuple and (not hasattr(alias, '__args__') or alias.__args__ in ((), ((),))):
        return _dill()._create_typing_tuple, (getattr(alias, '__args__', ()),)
    return alias.__reduce_ex__(protocol)


def _reduce_type_variable(variable):
    """A TypeVar or its kin: its name if it is found under that in its module, else what makes another like it."""
    name = getattr(variable, '__qualname__', variable.__name__)
    found = sys.modules.get(variable.__module__)
    for part in name.split('.'):
        found = getattr(found, part, None)
    return name if found is variable else _type_variable_by_value(variable)


def _type_variable_by_value(variable):
    """The reduce value that makes another like it."""
    arguments = [variable.__name__]
    keywords = {}
    if hasattr(variable, '__supertype__'):
        arguments.append(variable.__supertype__)
    arguments.extend(getattr(variable, '__constraints__', ()))
    if getattr(variable, '__bound__', None) is not None:
        keywords['bound'] = variable.__bound__
    for option in ('covariant', 'contravariant', 'infer_variance'):
        if getattr(variable, f'__{option}__', False):
            keywords[option] = True
    if hasattr(variable, 'has_default') and variable.has_default():
        keywords['default'] = variable.__default__
    make = functools.partial(type(variable), **keywords) if keywords else type(variable)
    return make, tuple(arguments), (None, {'__module__': variable.__module__})


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
    if owner not in (0, threading.get_ident()):
        return (0, None)  # held by another thread: nobody could release the copy, so it is free
    if owner == 0 and _dill().settings.get('compat') == 'better':
        return (0, None)  # upstream takes 0 for a thread, and then nobody gets the lock
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
