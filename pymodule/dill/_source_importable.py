"""Source that makes an object anew: the line that imports it, or its definition with all that this needs."""

import ast
import builtins
import functools
import inspect
import sys
from collections.abc import Iterator
from inspect import isbuiltin, isclass, isfunction, ismethod, ismodule
from typing import Any, Callable, Optional

from dill import _source_find, _source_names
from dill._source_find import code_of, find
from dill._source_names import _hascode, _isinstance, getimport, getname
from dill._source_write import _defined_name, _imported_instance, _source_of_partial, dumpsource, getsource


def _importable(
    obj: Any,
    alias: str = '',
    source: 'Optional[bool]' = None,
    enclosing: bool = False,
    force: bool = True,
    builtin: bool = True,
    lstrip: bool = True,
) -> str:
    """The source of an object by itself, or the line that imports it. See importable.

    enclosing -- the source of the function that it is defined in
    force -- an import where there is no source
    lstrip -- without indentation
    """
    if source is None:
        source = _source_names.isfrommain(obj)
    if not source:
        text = _by_name(obj, alias, builtin, verify=not force)
        if text:
            return text
    try:
        if not (alias or enclosing) and _is_lambda(obj) and find(obj).name is None:
            return _own_source(obj)
        return getsource(obj, alias, lstrip=lstrip, enclosing=enclosing, force=force, builtin=builtin)
    except (OSError, TypeError):
        return _by_name(obj, alias, builtin) or dumpsource(obj, alias=alias, enclose=False)


def _is_lambda(obj: Any) -> bool:
    code = code_of(obj) if isfunction(obj) or ismethod(obj) else None
    return code is not None and code.co_name == '<lambda>'


def _own_source(func: Any, alias: str = '') -> str:
    """The source of a function that defines it and nothing else, where the statement it is in does more than that."""
    if not alias and _is_lambda(func):
        try:
            definition = find(func)
        except (OSError, TypeError):
            pass
        else:
            if definition.name is None and definition.expression is not None:
                return f'{definition.expression}\n'
    return getsource(func, alias, lstrip=True, force=True)


def _by_name(obj: Any, alias: str, builtin: bool, verify: bool = True) -> str:
    """The import of an object, or of its class and a call that makes it; '' for an instance without such a call."""
    if _isinstance(obj):
        return _imported_instance(obj, alias)
    return getimport(obj, alias=alias, verify=verify, builtin=builtin)


def _variable_of(func: Any) -> 'Optional[tuple[Any, str]]':
    """(module, name) of the variable of its module that holds a function itself; None if there is none.

    Its own name is the first choice.
    """
    module = inspect.getmodule(func)
    if module is None:
        return None
    names = [func.__name__, *(name for name, value in list(vars(module).items()) if value is func)]
    return next(((module, name) for name in names if vars(module).get(name) is func), None)


def _closure(func: Any) -> 'dict[str, Any]':
    from dill.detect import freevars

    return dict(freevars(func))


def _closuredimport(func: Any, alias: str = '', builtin: bool = False) -> 'dict[Any, str]':
    """{name: the line that imports a function}, where it has a name in its module; the name that of a decorated
    function is the one that it has in the closure of its decorator.

    Raises TypeError if no variable of the module holds a function that was made in another.
    """
    variable = _variable_of(func) if isfunction(func) else None
    if variable is None and not (isfunction(func) and _closure(func)):
        return {getname(func, force=True): getimport(func, alias, builtin=builtin)}
    if variable is None:
        raise TypeError(f'import could not be found: no variable of {func.__module__} holds {getname(func)}')
    module, name = variable
    key = next((n for n, _ in _decorated(func)), name)
    return {key: _source_names._getimport(module.__name__, name, alias, builtin=builtin)}


def _decorated(func: Any) -> 'list[tuple[str, Any]]':
    """[(variable of the closure, function)] if a function is what a decorator made of that function."""
    found = []
    try:
        here = find(func)
        outer = _source_find.enclosing(here)
    except (OSError, TypeError):
        return []
    if outer is here or not isinstance(outer.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return []
    for name, value in _closure(func).items():
        if not _hascode(value):
            continue
        try:
            inner = find(_innermost(value))
        except (OSError, TypeError):
            continue
        for decorator in getattr(inner.node, 'decorator_list', ()):
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(target, ast.Name) and target.id == outer.node.name:
                found.append((name, value))
                break
    return found


def _innermost(func: Any) -> Any:
    """The function at the end of a chain of decorators."""
    seen = {id(func)}
    while True:
        chain = [v for _, v in _decorated(func)]
        if not chain or id(chain[0]) in seen:
            return func
        func = chain[0]
        seen.add(id(func))


def _closuredsource(func: Any, alias: str = '') -> 'dict[Any, tuple[str, Any]]':
    """The source of a function in parts: {name: (source that it needs, source)}.

    Under None stand the values of its closure as assignments; under the name of a function in its closure that
    function, or, where the closure is that of a decorator, the decorator and the decorated function.
    """
    if isfunction(func):
        func = _source_find.unwrapped(func)
    if _hascode(func) is None:
        return {None: ('', _own_source(func, alias))}
    parts: dict[Any, tuple[str, Any]] = {}
    values = ''
    decorated = dict(_decorated(func))
    for name, value in _closure(func).items():
        if name in decorated:
            inner = _innermost(value)
            text, tail = '', getsource(inner, alias, lstrip=True)
            for level in _chain(func):
                part = getsource(level, lstrip=True, enclosing=True)
                text = text if part in text else text + part
            parts[name] = (text, tail)
        elif _hascode(value):
            own = _own_source(func, alias)
            parts[name] = (importable(value, alias=name, source=None), own)
        else:
            values += importable(value, alias=name, source=None, builtin=False)
    if parts:
        parts[None] = (values, None)
    else:
        parts[None] = (values, _own_source(func, alias))
    return parts


def _chain(func: Any) -> 'list[Any]':
    """A decorated function and what is in it, from the outer decorator to the inner."""
    found = [func]
    while True:
        inner = _decorated(found[-1])
        if not inner or len(found) > 100:
            return found
        if not _decorated(inner[0][1]):
            return found
        found.append(inner[0][1])


def importable(obj: Any, alias: str = '', source: 'Optional[bool]' = None, builtin: bool = True) -> str:
    """Source that makes an object: the line that imports it, or its definition with all that it needs.

    alias -- the name to give it
    source -- True: the definition, with the globals it uses and what its closure holds as source before it; False: the
              import; None: the definition if it is of `__main__`. Where one cannot be had it is the other.
    builtin -- import builtins as well

    >>> from fractions import Fraction
    >>> print(importable(Fraction), end='')
    from fractions import Fraction
    >>> twice = lambda x: 2 * x
    >>> print(importable(twice, source=True), end='')
    twice = lambda x: 2 * x
    """
    if source is None:
        source = _source_names.isfrommain(obj)
    ways = [_by_definition, by_import] if source else [by_import, _by_definition]
    failed: Optional[Exception] = None
    for way in ways:
        try:
            text = way(obj, alias, builtin)
        except (OSError, TypeError, ImportError, SyntaxError) as error:
            failed = failed or error
        else:
            if text:
                return text
    if failed is not None:
        raise failed
    return dumpsource(obj, alias=alias, enclose=False)


def by_import(obj: Any, alias: str, builtin: bool) -> str:
    if isfunction(obj):
        is_local = '<locals>' in obj.__qualname__ and inspect.getmodule(obj) is not None
        if is_local and _variable_of(obj) is None and not _closure(obj):
            raise ImportError(f'no variable of {obj.__module__} holds {getname(obj)}')
        return next(iter(_closuredimport(obj, alias, builtin).values()))
    return _by_name(obj, alias, builtin)


def _by_definition(obj: Any, alias: str, builtin: bool) -> str:
    """The definition of an object, with what it needs before it."""
    from dill._dill import _is_builtin_module

    text = _definition(obj, alias, builtin)
    module = inspect.getmodule(obj)
    if isclass(obj) and module is not None and _is_builtin_module(module):
        return text
    return '\n'.join(_needed(obj, text, {alias, getattr(obj, '__name__', None)})) + text


def _definition(obj: Any, alias: str, builtin: bool) -> str:
    if isinstance(obj, functools.partial) and _hascode(obj.func) and _closure(obj.func):
        definition = find(obj.func)
        text = _definition(obj.func, '', builtin)
        if definition.expression is None:
            return _source_of_partial(obj, text, str(_defined_name(obj.func, definition)), alias)
        return _source_of_partial(obj, _definition(obj.func, '_', builtin), '_', alias)
    if _hascode(obj) and not isclass(obj):
        return _joined(_closuredsource(obj, alias))
    return _importable(obj, alias, source=True, builtin=builtin and isbuiltin(obj))


def _joined(parts: 'dict[Any, tuple[str, Any]]') -> str:
    values, own = parts[None]
    blocks = [values] if values else []
    rest = [part for name, part in parts.items() if name is not None]
    blocks += [needed for needed, _ in rest if needed]
    blocks.append(own if own is not None else rest[-1][1])
    return '\n'.join(blocks)


def _needed(obj: Any, text: str, seen: 'set[Any]') -> 'list[str]':
    """The globals that a text uses, as source or imports, each after what it needs itself."""
    scope = _globals_of(obj)
    blocks = []
    for name in _free_names(text):
        if name in seen or name not in scope or scope[name] is getattr(builtins, name, seen):
            continue
        seen.add(name)
        try:
            needs, block = _variable(name, scope[name], seen)
        except (OSError, TypeError, ImportError, SyntaxError, ValueError):
            continue  # it cannot be written as source: the definition stands without it
        blocks += [*needs, block]
    return blocks


def _globals_of(obj: Any) -> 'dict[str, Any]':
    obj = _source_find.unwrapped(obj)
    if ismethod(obj):
        obj = obj.__func__
    if isfunction(obj):
        return obj.__globals__
    if isinstance(obj, functools.partial):
        return _globals_of(obj.func)
    cls = obj if isclass(obj) else type(obj)
    return vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules and not ismodule(obj) else {}


def _free_names(text: str) -> 'list[str]':
    """The names that a text uses and does not define, in the order in which they come."""
    import symtable

    try:
        tables = [symtable.symtable(text, '<text>', 'exec')]
    except (SyntaxError, ValueError, RecursionError):
        return []
    defined = {s.get_name() for s in tables[0].get_symbols() if s.is_assigned() or s.is_imported()}
    used = set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (
                symbol.is_global() or table.get_type() == 'module' or table.get_type() == 'class'
            ):
                used.add(symbol.get_name())
    order = [node.id for node in _walk_in_order(ast.parse(text)) if isinstance(node, ast.Name)]
    return [name for name in dict.fromkeys(order) if name in used and name not in defined]


def _walk_in_order(node: ast.AST) -> 'Iterator[ast.AST]':
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walk_in_order(child)


def _variable(name: str, value: Any, seen: 'set[Any]') -> 'tuple[list[str], str]':
    """(what it needs, a variable as source): the definition of what people wrote, the import of what is installed."""
    from dill._dill import _is_builtin_module

    if ismodule(value):
        return [], getimport(value, alias='' if value.__name__ == name else name)
    module = inspect.getmodule(value)
    installed = module is not None and module.__name__ != '__main__' and _is_builtin_module(module)

    def written(alias: str) -> str:
        text = by_import(value, alias, True) if installed else _definition(value, alias, True)
        return text or dumpsource(value, alias=alias, enclose=False)

    text = written('') if installed or getattr(value, '__name__', None) == name else written(name)
    if installed and not text.endswith(f'import {name}\n'):
        text = written(name)
    return [] if installed else _needed(value, text, seen), text


def getimportable(obj: Any, alias: str = '', byname: bool = True, explicit: bool = False) -> str:
    """importable(obj, alias), by import if byname and by source otherwise; explicit: builtins are imported as well."""
    return importable(obj, alias, source=not byname, builtin=explicit)


def _wrap(f: Any) -> 'Callable[..., Any]':
    """A function that defines f anew, by its importable form, on each call and calls that.

    Raises ImportError if f cannot be defined that way.
    """

    def func(*args: Any, **kwds: Any) -> Any:
        name = '_'
        scope: dict[str, Any] = {}
        try:
            text = importable(f, alias=name)
            exec(text, scope)
            made = scope[name]
        except Exception as error:
            raise ImportError(f'cannot import name {func.__name__!r}: {error}') from error
        return made(*args, **kwds)

    func.__name__ = getattr(f, '__name__', 'func')
    func.__doc__ = getattr(f, '__doc__', None)
    return func
