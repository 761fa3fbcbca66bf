"""What objects are called and where they are imported from."""

import ast
import inspect
import keyword
import re
import sys
import types
from inspect import isclass, iscode, isframe, isfunction, ismethod, ismodule, istraceback
from typing import Any, Optional

_SINGLETONS = (type(None), type(Ellipsis), type(NotImplemented))
# The basic and the new interactive Python.
_TYPED_IN = re.compile(r'<(stdin|stdin-\d+|python-input-\d+)>')
_BUILTINS = ('builtins', '__builtin__')


def isfrommain(obj: Any) -> bool:
    """Whether an object was defined in `__main__`.

    >>> isfrommain(print)
    False
    """
    module = inspect.getmodule(obj)
    return module is not None and module.__name__ == '__main__'


def isdynamic(obj: Any) -> bool:
    """Whether an object was typed into the interactive Python: its source is not in a file.

    >>> isdynamic(isdynamic)
    False
    """
    try:
        filename = inspect.getfile(obj)
    except TypeError:
        return False
    return _TYPED_IN.match(filename) is not None and isfrommain(obj)


def _isstring(object: Any) -> bool:
    """Whether an object is text, str or bytes."""
    return isinstance(object, (str, bytes))


def _intypes(object: Any) -> bool:
    """Whether the module types has something of an object's name."""
    name = getname(object, force=True)
    return name is not None and hasattr(types, name)


def _hascode(object: Any) -> Any:
    """The code object of a function or method; None for anything else."""
    return getattr(object, '__code__', None)


def _isinstance(object: Any) -> bool:
    """Whether an object is an instance of a class that somebody wrote: no class, module, function or builtin value."""
    if _hascode(object) or isclass(object) or ismodule(object):
        return False
    if istraceback(object) or isframe(object) or iscode(object):
        return False
    cls = type(object)
    if isinstance(object, types.GenericAlias) or (cls.__module__ == 'builtins' and _of_numpy(object)):
        return False
    if cls.__module__.partition('.')[0] == 'numpy' and not _is_type_descriptor(object):
        return inspect.getmodule(object) is None or isinstance(getattr(object, '__module__', None), str)
    return inspect.getmodule(object) is not None and getattr(object, '__module__', None) not in _BUILTINS


def _of_numpy(object: Any) -> bool:
    return str(getattr(object, '__module__', '')).partition('.')[0] == 'numpy'


def _is_type_descriptor(object: Any) -> bool:
    """Whether an object of numpy stands for a type, as a dtype does."""
    return hasattr(object, 'newbyteorder') and hasattr(object, 'itemsize') and not hasattr(object, 'tolist')


def _numpy_scalar(obj: Any) -> bool:
    numpy = sys.modules.get('numpy')
    return numpy is not None and isinstance(obj, getattr(numpy, 'generic', ()))


def _representation(obj: Any) -> 'Optional[str]':
    """repr(obj); None if that fails."""
    try:
        return repr(obj)
    except Exception:
        return None


def _evaluable(text: 'Optional[str]') -> bool:
    """Whether a text is an expression of Python, as the repr of most values is."""
    if not text:
        return False
    try:
        ast.parse(text.strip(), mode='eval')
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def getname(obj: Any, force: bool = False, fqn: bool = False) -> 'Optional[str]':
    """The name of an object; None if it has none.

    force -- give what a nameless object prints as instead, as 3 or WithRepr(3), but no `<object at 0x...>`
    fqn -- the full path of the name: module.name
    A lambda is called what it is assigned to; a lambda that is not assigned is its own text.

    >>> twice = lambda x: 2 * x
    >>> getname(twice), getname(len, fqn=True), getname(3), getname(3, force=True)
    ('twice', 'builtins.len', None, '3')
    """
    if fqn:
        return '.'.join(_namespace(obj))
    if force and _numpy_scalar(obj):
        text = f'{type(obj).__name__}({obj.tolist()!r})'
        return text if _evaluable(text) else _representation(obj)
    if inspect.getmodule(obj) is None:
        return _representation(obj) if force else None
    try:
        name = obj.__name__
    except AttributeError:
        shown = _representation(obj) if force else None
        return None if shown is not None and shown.startswith('<') else shown
    if name == '<lambda>' and (isfunction(obj) or ismethod(obj)):
        from dill import _source_find

        found = _source_find.find(obj)
        return found.name or _variable_name(obj) or found.expression or name
    return 'EllipsisType' if name == 'ellipsis' else name


def _variable_name(obj: Any) -> 'Optional[str]':
    """The variable of its module that holds an object itself."""
    variables = vars(inspect.getmodule(obj)) if inspect.getmodule(obj) is not None else {}
    return next((name for name, value in list(variables.items()) if value is obj), None)


def _get_name(obj: Any, force: bool = False, fqn: bool = False) -> 'Optional[str]':
    """The same as getname."""
    return getname(obj, force, fqn)


def _class_path(cls: type) -> 'list[str]':
    if cls in _SINGLETONS:
        name = 'EllipsisType' if cls is type(Ellipsis) else cls.__name__
        return ['types' if hasattr(types, name) else 'builtins', name]
    return [*(cls.__module__ or 'builtins').split('.'), *cls.__qualname__.split('.')]


def _namespace(obj: Any) -> 'list[str]':
    """The path of an object: the names of its packages, module and its own; for instances the path of their class."""
    if ismodule(obj):
        return obj.__name__.split('.')
    if obj is None or obj is Ellipsis or obj is NotImplemented:
        return _class_path(type(obj))
    if isinstance(obj, float) or _numpy_scalar(obj):
        text = str(obj)
        if text in ('nan', 'inf'):
            return ['numpy', text]
    module = inspect.getmodule(obj)
    if module is not None:
        name = getname(obj)
        if name is not None:
            if isclass(obj) and obj in _SINGLETONS:
                return _class_path(obj)
            return [*module.__name__.split('.'), name]
    return _class_path(type(obj))


def _import_line(head: str, tail: str, alias: str) -> str:
    line = f'from {head} import {tail}' if head else f'import {tail}'
    return f'{line} as {alias}\n' if alias else f'{line}\n'


def _is_path(path: str) -> bool:
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in path.split('.'))


def _getimport(head: str, tail: str, alias: str = '', verify: bool = True, builtin: bool = False) -> str:
    """The line that imports tail from head, as text.

    verify -- try it: if it fails, the parent of head is tried instead; ModuleNotFoundError if there is no such module
    builtin -- import builtins too; False: `tail` or `alias = tail`
    """
    if head in _BUILTINS and not (builtin and tail.isidentifier()):
        return f'{alias} = {tail}\n' if alias else f'{tail}\n'
    line = _import_line(head, tail, alias)
    if not verify:
        return line
    # A name from who knows where is not run as a program: it has to be a name.
    if (
        not (not head or _is_path(head))
        or not _is_path(tail)
        or (head and '.' in tail)
        or (alias and not _is_path(alias))
    ):
        raise SyntaxError(f'invalid syntax: {line.strip()!r} imports nothing')
    try:
        exec(line, {})
    except ImportError:
        if '.' in head:
            return _getimport(head.rpartition('.')[0], tail, alias, verify, builtin)
        if not head:
            raise
    return line


def getimport(obj: Any, alias: str = '', verify: bool = True, builtin: bool = False, enclosing: bool = False) -> str:
    """The line that imports an object, as text; for an instance the line that imports its class.

    alias -- the name to import it as
    verify -- try the line; when it fails, shorter paths are tried
    builtin -- import builtins as well; False: their name alone
    enclosing -- import the function that the object is defined in
    Values of builtin types are their repr: getimport(3) is '3\\n'.

    >>> from fractions import Fraction
    >>> print(getimport(Fraction, alias='F'), end='')
    from fractions import Fraction as F
    >>> print(getimport(len, builtin=True), end='')
    from builtins import len
    """
    path = _namespace(obj)
    if ismodule(obj):
        return _getimport('.'.join(path[:-1]), path[-1], alias, verify, builtin)
    named = getname(obj) is not None and inspect.getmodule(obj) is not None
    if enclosing and named:
        from dill import _source_find

        try:
            found = _source_find.find(obj)
            outer = _source_find.enclosing(found)
        except (OSError, TypeError):
            pass
        else:
            if outer is not found and not outer.node.col_offset:
                return _getimport('.'.join(path[:-1]), outer.node.name, alias, verify, builtin)
    if named and not isinstance(obj, types.GenericAlias):
        return _getimport('.'.join(path[:-1]), path[-1], alias, verify, builtin)
    if path[0] == 'numpy' and path[-1] in ('nan', 'inf') and type(obj) is float:
        return _getimport('.'.join(path[:-1]), path[-1], alias, verify, builtin)
    cls = type(obj)
    if cls.__module__ in _BUILTINS or isinstance(obj, types.GenericAlias):
        text = _representation(obj)
        if builtin and (obj is Ellipsis or obj is NotImplemented):
            return _getimport('builtins', repr(obj), alias, verify, builtin)
        if _evaluable(text):
            return f'{alias} = {text}\n' if alias else f'{text}\n'
        return _getimport('builtins', cls.__name__, alias, verify, builtin)
    return _getimport(cls.__module__, _maker(obj), alias, verify, builtin)


def _maker(obj: Any) -> str:
    """The name in its module that makes an instance: its class, or the function of which its repr is a call."""
    cls = type(obj)
    text = getname(obj, force=True) or ''
    name, bracket, _ = text.partition('(')
    if bracket and name.isidentifier():
        path = cls.__module__
        while path:
            if hasattr(sys.modules.get(path), name):
                return name
            path = path.rpartition('.')[0]
    return cls.__name__


def _likely_import(first: str, last: str, passive: bool = False, explicit: bool = True) -> str:
    """The line that imports last from first. passive: do not try it; explicit: builtins too. See _getimport."""
    return _getimport(first, last, verify=not passive, builtin=explicit)


def likely_import(obj: Any, passive: bool = False, explicit: bool = False) -> str:
    """The line that imports an object. passive: do not try it; explicit: builtins too. See getimport."""
    return getimport(obj, verify=not passive, builtin=explicit)
