"""Who refers to an object, and what it refers to, as the garbage collector sees it."""

import gc
import sys

from dill._dill import _locate_object as at
from dill._dill import _proxy_helper as reference

__all__ = ['parent', 'reference', 'at', 'parents', 'children']


def parent(obj, objtype, ignore=()):
    """The first object of a type that obj refers to, or None.

    objtype -- a type or a tuple of types
    ignore -- an object or a tuple of objects that are passed over

    >>> numbers = [4, 5, 6]
    >>> parent(iter(numbers), list) is numbers
    True
    """
    found = parents(obj, objtype, 1, ignore)[-1]
    return None if found is obj else found


def parents(obj, objtype, depth=1, ignore=()):
    """The shortest chain of references from obj, which comes first, to an object of a type; [obj] if there is none.

    Each object of the chain refers to the next.

    objtype -- a type or a tuple of types
    depth -- how many references away to look
    ignore -- an object or a tuple of objects that are passed over

    >>> chain = parents({'numbers': iter([4, 5, 6])}, list, depth=2)
    >>> [type(each).__name__ for each in chain]
    ['dict', 'list_iterator', 'list']
    """
    return find_chain(obj, lambda other: isinstance(other, objtype), gc.get_referents, depth, _ids(ignore))[::-1]


def children(obj, objtype, depth=1, ignore=()):
    """The shortest chain of references from an object of a type to obj, which comes last; [obj] if there is none.

    Each object of the chain refers to the next. The dict of the module that is running often holds what one looks for:
    ignore=(globals(),).

    objtype, depth, ignore -- as for parents()

    >>> numbers = [4, 5, 6]
    >>> box = {'numbers': numbers}
    >>> children(numbers, dict, ignore=(globals(),)) == [box, numbers]
    True
    """
    return find_chain(obj, lambda other: isinstance(other, objtype), gc.get_referrers, depth, _ids(ignore))


def _ids(ignore):
    return [id(each) for each in (ignore if hasattr(ignore, '__len__') else (ignore,))]


def find_chain(obj, predicate, edge_func, max_depth=20, extra_ignore=()):
    """The shortest chain that edge_func makes from obj to an object for which the predicate is true, that one first.

    edge_func -- gives the list of neighbours of an object
    max_depth -- how many steps to go
    extra_ignore -- ids of objects that are passed over
    Returns [obj] if there is none.
    """
    depth, before, waiting = {id(obj): 0}, {}, [obj]
    frames = [sys._getframe(), sys._getframe(1)]
    # What this search itself makes refers to what it looks at.
    ignore = {*extra_ignore, *map(id, (depth, before, waiting, frames, *frames))}
    del frames
    gc.collect()
    for other in waiting:
        if predicate(other):
            chain = [other]
            while id(chain[-1]) in before:
                chain.append(before[id(chain[-1])])
            return chain
        if depth[id(other)] >= max_depth:
            continue
        neighbours = edge_func(other)
        ignore.add(id(neighbours))
        for neighbour in neighbours:
            if id(neighbour) not in ignore and id(neighbour) not in depth:
                depth[id(neighbour)] = depth[id(other)] + 1
                before[id(neighbour)] = other
                waiting.append(neighbour)
    return [obj]


refobject = at
