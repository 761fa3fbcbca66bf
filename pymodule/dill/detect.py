"""What a function refers to: its code, its closure, its globals."""

import builtins
from inspect import iscode, isframe, isfunction, ismethod, istraceback

from dill import _engine

__all__ = ['code', 'freevars', 'globalvars', 'nestedglobals']


def code(func):
    """The code object of a function, method, frame or traceback; a code object itself; None for anything else."""
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
    """{name: object} of the closure of a function; empty cells are left out, {} for anything else."""
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
    """
    start = code(func)
    if start is None:
        return []
    if not recurse:
        start = start.replace(co_consts=tuple(None if iscode(part) else part for part in start.co_consts))
    return _engine.nestedglobals(start)


def _globals_in_listing(code):
    """The same by the text of dis, for code in which _GLOBAL is part of other words than names of instructions."""
    import dis
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


_engine.set_detect(globalvars, nestedglobals)
