"""What has changed in an object since it was memorised. The pickler has no use for it; others may.

memorise(obj) notes, for the object and everything that is reached from it by attributes and items, which objects those
were. whats_changed(obj) and has_changed(obj) compare with that. Importing this module memorises all modules, and from
then on each that is imported (by a builtins.__import__ of its own), so that changes to modules can be told.
"""

import builtins
import os
import sys
import types
from sys import getrefcount
from typing import Any

__all__ = ['get_attrs', 'get_seq', 'has_changed', 'memorise', 'release_gone', 'whats_changed']

# id -> (ids of the attributes by name or None, ids of the items, as a list or a dict, or None)
memo = {}
# id -> object: those in the memo are held, so that their ids stay theirs
id_to_obj = {}
# Types whose attributes cannot change.
builtins_types = {str, list, dict, set, frozenset, int}
dont_memo = {id(each) for each in (memo, id_to_obj, sys.modules, sys.path_importer_cache, os.environ)}

# Type -> whether its items are looked at.
_HAS_ITEMS: 'dict[type, bool]' = {kind: kind in (list, set, dict, tuple) for kind in (
    list, set, dict, tuple, str, frozenset, type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType,
)}  # fmt: skip
_PROTOCOL = ('__contains__', '__iter__', '__len__')


def get_attrs(obj):
    """The __dict__ of an object, or None."""
    if type(obj) in builtins_types or (type(obj) is type and obj in builtins_types):
        return None
    return getattr(obj, '__dict__', None)


def get_seq(obj, cache=_HAS_ITEMS):
    """A copy of a container, the container itself if it cannot be copied, None for what is none."""
    try:
        kind = obj.__class__
    except AttributeError:
        kind = type(obj)
    numpy = sys.modules.get('numpy')
    if kind not in cache and numpy is not None and kind in (numpy.ndarray, type(numpy.ma.masked)):
        return obj if obj.shape and obj.size else []
    if kind not in cache:
        cache[kind] = all(hasattr(obj, name) and hasattr(kind, name) for name in _PROTOCOL)
    if not cache[kind]:
        return None
    return obj.copy() if hasattr(obj, 'copy') else obj


def memorise(obj, force=False):
    """Note the state of an object and of everything that is reached from it and was not noted before.

    force -- note this one again even if it was
    """
    waiting = [] if id(obj) in dont_memo or (id(obj) in memo and not force) else [obj]
    while waiting:
        each = waiting.pop()
        if not force and (id(each) in memo or id(each) in dont_memo):
            continue
        force = False
        attributes, items = get_attrs(each), get_seq(each)
        attribute_ids: Any = None
        item_ids: Any = None
        if attributes is not None:
            attributes = dict(attributes)
            attribute_ids = {name: id(value) for name, value in attributes.items()}
            waiting += attributes.values()
        if hasattr(items, 'items'):
            pairs = list(items.items())
            item_ids = {id(key): id(value) for key, value in pairs}
            for pair in pairs:
                waiting += pair
        elif hasattr(items, '__len__'):
            items = list(items)
            item_ids = [id(item) for item in items]
            waiting += items
        memo[id(each)] = attribute_ids, item_ids
        id_to_obj[id(each)] = each


def release_gone():
    """Forget the objects that nobody else refers to."""
    for key in list(id_to_obj):
        if getrefcount(id_to_obj[key]) <= 2:  # the dict and the argument
            del id_to_obj[key], memo[key]


def whats_changed(obj, seen=None, simple=False, first=True):
    """({name: value} of the attributes that have changed, whether the items have), looking as deep as memorise() did.

    A removed attribute has the value None. RuntimeError if the object was not memorised.

    simple -- return only something that is true if anything has changed; that something was not memorised is a change
    seen, first -- for its own calls
    """
    if first:
        vars(builtins).pop('_', None)  # the interactive interpreter's last result
        seen = {} if seen is None else seen
    if id(obj) in seen:
        return any(seen[id(obj)]) if simple else seen[id(obj)]
    if id(obj) in dont_memo:
        seen[id(obj)] = [{}, False]
        return False if simple else seen[id(obj)]
    if id(obj) not in memo:
        if simple:
            return True
        raise RuntimeError(f'Object not memorised {obj}')
    seen[id(obj)] = {}, False
    attribute_ids, item_ids = memo[id(obj)]

    def differs(value, known):
        return id(value) != known or whats_changed(value, seen, True, False)

    attributes = get_attrs(obj)
    changed = {}
    if attributes is not None:
        attribute_ids = attribute_ids or {}
        changed = {name: None for name in attribute_ids if name not in attributes}
        changed.update(
            {name: value for name, value in dict(attributes).items() if differs(value, attribute_ids.get(name))}
        )
    items, items_differ = get_seq(obj), False
    if hasattr(items, '__len__'):
        if item_ids is None or len(items) != len(item_ids):
            items_differ = True
        elif hasattr(items, 'items'):
            items_differ = any(
                differs(value, item_ids.get(id(key))) or whats_changed(key, seen, True, False)
                for key, value in items.items()
            )
        else:
            items_differ = any(differs(item, known) for item, known in zip(items, item_ids))
    seen[id(obj)] = changed, items_differ
    return (changed or items_differ) if simple else (changed, items_differ)


def has_changed(*args, **kwds):
    """Whether anything in an object has changed since it was memorised; takes the arguments of whats_changed()."""
    return whats_changed(*args, **{**kwds, 'simple': True})


__import__ = __import__


def _imp(*args, **kwds):
    """__import__() that memorises the modules it brings in, before anybody can change them."""
    before = set(sys.modules)
    module = __import__(*args, **kwds)
    for name in set(sys.modules) - before:
        memorise(sys.modules[name])
    return module


builtins.__import__ = _imp
vars(builtins).pop('_', None)
for _module in list(sys.modules.values()):
    memorise(_module)
del _module
release_gone()
