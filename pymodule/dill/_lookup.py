"""Where things are found again: modules, objects by their qualified names, objects by address, types of files.

dill._dill re-exports these; other libraries call some of them, and replace some.
"""

import functools
import gc
import io
import os
import sys

from dill import _engine
from dill._names import EXTENSION_SUFFIXES

__all__ = [
    '_getattribute',
    '_is_builtin_module',
    '_is_imported_module',
    '_locate_function',
    '_locate_object',
    '_proxy_helper',
    'get_file_type',
]


def _dill():
    return sys.modules['dill._dill']


def get_file_type(*args, **kwargs):
    """The type of what open() gives for the null device and these arguments; `open` is the open() to use."""
    with kwargs.pop('open', io.open)(os.devnull, *args, **kwargs) as file:
        return type(file)


def _getattribute(obj, name):
    """(what the dotted name leads to from obj, the object that holds it); AttributeError if it leads nowhere."""
    parent = None
    for part in name.split('.'):
        if part == '<locals>':
            raise AttributeError(f"Can't get local attribute {name!r} on {obj!r}")
        try:
            parent, obj = obj, getattr(obj, part)
        except AttributeError:
            raise AttributeError(f"Can't get attribute {name!r} on {obj!r}") from None
    return obj, parent


def _locate_function(obj, pickler=None):
    """True if obj is what is found under its module and qualified name, so that it can be written by reference."""
    module_name = getattr(obj, '__module__', None)
    if module_name in ('__main__', None):
        return False
    dill = _dill()
    if pickler and dill.is_dill(pickler, child=False) and pickler._session and module_name == pickler._main.__name__:
        return False
    module = dill._import_module(module_name, safe=True)
    try:
        found, _ = dill._getattribute(module, getattr(obj, '__qualname__', getattr(obj, '__name__', None)))
    except AttributeError:
        return False
    return found is obj


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
    return _is_installed(module.__file__, frozenset(prefixes))


@functools.lru_cache(maxsize=2048)
def _is_installed(path, prefixes):
    real = os.path.realpath(path)
    return (
        any(path.startswith(prefix) or real.startswith(prefix) for prefix in prefixes)
        or path.endswith(EXTENSION_SUFFIXES)
        or 'site-packages' in path
    )


def _is_imported_module(module):
    """True for a module that has a loader or stands in sys.modules."""
    return getattr(module, '__loader__', None) is not None or module in sys.modules.values()


def _proxy_helper(obj):
    """The address of obj, or of what a weak proxy is for; that of None if it is gone.

    >>> import weakref
    >>> numbers = {1, 2}
    >>> _proxy_helper(weakref.proxy(numbers)) == _proxy_helper(numbers) == id(numbers)
    True
    """
    dill = _dill()
    if type(obj) in (dill.ProxyType, dill.CallableProxyType):
        return id(_engine.referent(obj))
    return id(obj)


def _locate_object(address, module=None):
    """The object at that address, if the garbage collector or the module knows one; ReferenceError if not.

    >>> numbers = [4, 5, 6]
    >>> _locate_object(id(numbers)) is numbers
    True
    """
    for singleton in (None, True, False):
        if address == id(singleton):
            return singleton
    for obj in gc.get_objects() if module is None else vars(module).values():
        if address == id(obj):
            return obj
    try:
        where = hex(address)
    except TypeError:
        raise TypeError(f"'{address}' is not a valid memory address") from None
    raise ReferenceError(f"Cannot reference object at '{where}'")
