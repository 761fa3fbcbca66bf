"""What will not pickle and why; what a function refers to: its code, its closure, its globals.

Upstream's functions keep upstream's results: they look at an object or its attributes one by one, load failures
included. With deep=True they answer by one walk that goes into containers and on behind every failure instead:

>>> import dill
>>> config = {'db': [1, (n for n in ())], 'name': 'x'}
>>> dill.detect.badtypes(config, deep=True)
{"obj['db'][1]": <class 'generator'>}
"""

import builtins
import dis
from inspect import iscode, isframe, isfunction, ismethod, istraceback

from dill import _dill, _engine
from dill.logger import trace
from dill.pointers import at, children, parent, parents, reference  # noqa: F401 -- upstream has them here

__all__ = [
    'baditems', 'badobjects', 'badtypes', 'code', 'errors', 'freevars', 'getmodule', 'globalvars', 'nestedcode',
    'nestedglobals', 'outermost', 'referredglobals', 'referrednested', 'trace', 'varnames',
]  # fmt: skip


def code(func):
    """The code object of a function, method, frame or traceback; a code object itself; None for anything else.

    >>> code(lambda x: x).co_varnames
    ('x',)
    """
    if ismethod(func):
        func = func.__func__
    if isfunction(func):
        func = func.__code__
    if istraceback(func):
        func = func.tb_frame
    if isframe(func):
        func = func.f_code
    return func if iscode(func) else None


def freevars(func):
    """{name: object} of the closure of a function; empty cells are left out, {} for anything else.

    >>> def adder(n):
    ...     return lambda x: x + n
    >>> freevars(adder(2))
    {'n': 2}
    """
    if ismethod(func):
        func = func.__func__
    if not isfunction(func):
        return {}
    found = {}
    for name, cell in zip(func.__code__.co_freevars, func.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # an empty cell
            continue
    return found


def nestedglobals(func, recurse=True):
    """Names of the globals that a function and the functions in it load, store or delete; builtins are among them.

    recurse -- False: the function itself alone

    >>> sorted(nestedglobals(lambda numbers: sum(float(n) for n in numbers)))
    ['float', 'sum']
    """
    start = code(func)
    if start is None:
        return []
    if not recurse:
        start = start.replace(co_consts=tuple(None if iscode(part) else part for part in start.co_consts))
    return _engine.nestedglobals(start)


def _globals_in_listing(code):
    """The same by the text of dis, for code in which _GLOBAL is part of other words than names of instructions."""
    import io

    listing = io.StringIO()
    dis.dis(code, file=listing)
    names = set()
    for line in listing.getvalue().splitlines():
        if '_GLOBAL' in line:
            name = line.rpartition('(')[2].partition(')')[0]
            names.add(name.replace('NULL + ', '').replace(' + NULL', ''))
    return list(names)


def globalvars(func, recurse=True, builtin=False):
    """{name: object} of the globals that a function refers to, those of the functions in its closure included.

    recurse -- follow the functions found that way; False: the names in the function's own code alone
    builtin -- include the builtins that it uses
    Returns {} for anything but functions, methods and code objects. Linear in the number of functions that are met.

    >>> scale = 10
    >>> globalvars(lambda x: round(x * scale))
    {'scale': 10}
    """
    return _globalvars(func, recurse, builtin, {})


_IN_PROGRESS = {}


def _globalvars(func, recurse, builtin, known):
    if ismethod(func):
        func = func.__func__
    if not isfunction(func) and not iscode(func):
        return {}
    if id(func) in known:
        return known[id(func)]
    known[id(func)] = _IN_PROGRESS
    globs = dict(vars(builtins)) if builtin else {}
    names = set()
    if isfunction(func):
        for cell in func.__closure__ or ():
            try:
                contents = cell.cell_contents
            except ValueError:  # an empty cell
                continue
            found = _globalvars(contents, recurse, builtin, known)
            names.update(found)
            globs.update(found)
        globs.update(func.__globals__)
    if not recurse:
        names.update(code(func).co_names)
    else:
        names.update(nestedglobals(func))
        for name in names.copy():
            names.update(_globalvars(globs.get(name), True, builtin, known))
    known[id(func)] = {name: globs[name] for name in names if name in globs}
    return known[id(func)]


def referredglobals(func, recurse=True, builtin=False):
    """The names of globalvars(), as a view.

    >>> scale = 10
    >>> referredglobals(lambda x: round(x * scale))
    dict_keys(['scale'])
    """
    return globalvars(func, recurse, builtin).keys()


def varnames(func):
    """(names of its variables, names of those that inner functions use) of a function; () for anything else.

    >>> def adder(n):
    ...     return lambda x: x + n
    >>> varnames(adder)
    (('n',), ('n',))
    """
    found = code(func)
    return () if found is None else (found.co_varnames, found.co_cellvars)


def nestedcode(func, recurse=True):
    """The code objects of the functions, classes and comprehensions in a function, in no particular order.

    recurse -- False: without what is in those

    >>> def adder(n):
    ...     return lambda x: x + n
    >>> [each.co_name for each in nestedcode(adder)]
    ['<lambda>']
    """
    found, waiting = {}, [code(func)]
    while waiting:
        outer = waiting.pop()
        inner = {part: None for part in getattr(outer, 'co_consts', ()) if iscode(part)}
        if recurse:
            waiting += [part for part in inner if part not in found]
        found.update(inner)
    return list(found)


def referrednested(func, recurse=True):
    """The functions, methods and frames, alive now, whose code is that of a function in `func`.

    An inner function exists only once `func` was called, so there may be fewer than nestedcode() finds, or more.

    >>> def adder(n):
    ...     return lambda x: x + n
    >>> add_two = adder(2)
    >>> referrednested(adder) == [add_two]
    True
    """
    import gc

    found = {}
    for inner in nestedcode(func, recurse):
        for other in gc.get_referrers(inner):
            candidates = (getattr(other, '__func__', None), other)
            if any(getattr(each, '__code__', None) is inner for each in candidates) or (
                isframe(other) and other.f_code is inner
            ):
                found[id(other)] = other
    return list(found.values())


def outermost(func):
    """The function or class that encloses a function or method in its source, if it is a global of that; else None.

    >>> def adder(n):
    ...     return lambda x: x + n
    >>> outermost(adder(2)) is adder
    True
    """
    function = func.__func__ if ismethod(func) else func
    if not isfunction(function):
        return None
    from dill.source import getsourcelines

    try:
        enclosing = getsourcelines(func, enclosing=True)
    except Exception:  # whatever keeps it from being found: then there is none
        return None
    text = ''.join(enclosing[0])
    for name, value in list(function.__globals__.items()):
        if name in text:
            try:
                if getsourcelines(value) == enclosing:
                    return value
            except Exception:  # builtins, modules: no source
                continue
    return None


def getmodule(object, _filename=None, force=False):
    """The module that an object is from, or None.

    force -- take builtins for the module of what has the name of a builtin

    >>> getmodule(len)
    <module 'builtins' (built-in)>
    """
    import inspect

    module = inspect.getmodule(object, _filename)
    if module is not None or not force:
        return module
    from dill.source import getname

    return builtins if getname(object, force=True) in vars(builtins) else None


def baditems(obj, exact=False, safe=False, *, deep=False):
    """The items of an object (of a mapping: its values) that do not pickle; the object itself if it has no items.

    exact, safe -- as for dill.pickles()
    deep -- everything in the object, however deep, that does not pickle

    An iterator is judged as a whole, not used up.

    >>> lines = (line for line in ())
    >>> baditems([1, lines, 'x']) == [lines]
    True
    """
    if deep:
        return [bad for _, bad, _ in _failures(obj, exact)]
    if not hasattr(obj, '__iter__') or hasattr(type(obj), '__next__'):
        items = [obj]
    else:
        items = obj.values() if getattr(obj, 'values', None) else obj
    bad = []
    pickles = _Verdicts(exact, safe).pickles
    for item in items:
        if not pickles(item) and item is not None and item not in bad:
            bad.append(item)
    return bad


def badobjects(obj, depth=0, exact=False, safe=False, *, deep=False):
    """The object if it does not pickle, else None.

    depth -- 1 and more: {attribute: badobjects(attribute, depth - 1)} of its attributes that do not pickle
    exact, safe -- as for dill.pickles()
    deep -- {path: object} of everything in it that does not pickle, or does not load if all of it pickles

    >>> lines = (line for line in ())
    >>> badobjects(lines) is lines
    True
    >>> badobjects({'text': [1, lines]}, deep=True) == {"obj['text'][1]": lines}
    True
    """
    if deep:
        return {path: bad for path, bad, _ in _failures(obj, exact)}
    return _probe(obj, depth, _Verdicts(exact, safe), lambda bad: bad)


def badtypes(obj, depth=0, exact=False, safe=False, *, deep=False):
    """Like badobjects(), with the types of the objects.

    >>> badtypes({'text': [1, (line for line in ())]}, deep=True)
    {"obj['text'][1]": <class 'generator'>}
    """
    if deep:
        return {path: type(bad) for path, bad, _ in _failures(obj, exact)}
    return _probe(obj, depth, _Verdicts(exact, safe), type)


def errors(obj, depth=0, exact=False, safe=False, *, deep=False):
    """The exception that pickling and loading the object raises, or None.

    It is an AssertionError if the copy is of another type or, with `exact`, not equal.

    depth -- 1 and more: {attribute: errors(attribute, depth - 1)} of its attributes that do not pickle; the exception
        itself for an attribute that cannot be read
    safe -- as for dill.pickles()
    deep -- {path: exception} of everything in it that does not pickle, or does not load if all of it pickles

    >>> errors(line for line in ())
    TypeError("cannot pickle 'generator' object")
    >>> errors({'text': [1, (line for line in ())]}, deep=True)
    {"obj['text'][1]": TypeError("cannot pickle 'generator' object")}
    """
    if deep:
        return {path: error for path, _, error in _failures(obj, exact)}
    return _errors(obj, depth, _Verdicts(exact, safe))


def _errors(obj, depth, verdicts):
    if not depth:
        return _error(obj, verdicts.exact)
    found = {}
    for name in dir(obj):
        try:
            value = getattr(obj, name)
        except Exception as error:
            found[name] = error
            continue
        if not verdicts.pickles(value):
            found[name] = _errors(value, depth - 1, verdicts)
    return found


def _error(obj, exact):
    try:
        copied = _dill.copy(obj)
        if exact and not copied == obj:
            raise AssertionError(f'Unpickling produces {copied} instead of {obj}')
        if not type(copied) == type(obj):  # noqa: E721 -- a metaclass may say so
            raise AssertionError(f'Unpickling produces {type(copied)} instead of {type(obj)}')
    except Exception as error:
        return error
    return None


def _probe(obj, depth, verdicts, show):
    if not depth:
        return None if verdicts.pickles(obj) else show(obj)
    bad = {}
    for name in dir(obj):
        value = getattr(obj, name)
        if not verdicts.pickles(value):
            bad[name] = _probe(value, depth - 1, verdicts, show)
    return bad


class _Verdicts:
    """What dill.pickles() says, asked once for each object: attributes lead to the same ones again and again."""

    def __init__(self, exact, safe):
        self.exact = exact
        self._safe = safe
        self._known = {}  # id -> (object, verdict); the object is held, so that its id stays its own

    def pickles(self, obj):
        known = self._known.get(id(obj))
        if known is None:
            known = self._known[id(obj)] = (obj, _dill.pickles(obj, self.exact, self._safe))
        return known[1]


def _failures(obj, exact):
    """[(path, object, exception)] of everything in obj that does not pickle; of obj itself if it does not load."""
    found = _engine.diagnose(_dill.Pickler(_dill.BytesIO()), obj, 'obj')
    if found:
        # Long ways without an expression are cut in the middle, so that two of them may read the same.
        seen: dict[str, int] = {}
        for i, (path, *rest) in enumerate(found):
            seen[path] = count = seen.get(path, 0) + 1
            if count > 1:
                found[i] = (f'{path} ({count})', *rest)
        return found
    error = _error(obj, exact)
    return [] if error is None else [('obj', obj, error)]


_engine.set_detect(globalvars, nestedglobals)
