"""Source as text: the lines that define an object, indented or not, with an alias, or as a pickle in a program."""

import ast
import enum
import functools
import inspect
import types
from inspect import indentsize, isclass
from typing import Any, Optional

from dill import _source_find, _source_names
from dill._source_find import Definition, code_of, find
from dill._source_names import _isinstance, getimport, getname

_STUB = '__this_is_a_stub_variable__'
_DUMMY = '__this_is_a_big_dummy_enclosing_function__'


# --- where it is ---


def findsource(object: Any) -> 'tuple[list[str], int]':
    """(all lines of the file or history that defines an object, the index of the first line of its definition).

    Raises TypeError for what is built in, OSError if there is no source or the object is not in it.

    >>> import textwrap
    >>> lines, index = findsource(textwrap.dedent)
    >>> lines[index]
    'def dedent(text):\\n'
    """
    found = find(object)
    return list(found.lines), found.start


def _blocks(object: Any, enclosing: bool) -> 'list[Definition]':
    generated = _source_find.class_of_generated(object) if enclosing else None
    if generated is not None:
        return [find(generated)]
    found = find(object)
    code = code_of(_source_find.unwrapped(object))
    if code is not None and code.co_filename in ('<stdin>', '<console>'):
        blocks = _source_find.blocks_in_history(code, found.lines) or [found]
    else:
        blocks = [found]
    return [_source_find.enclosing(block) for block in blocks] if enclosing else blocks


def getblocks(object: Any, lstrip: bool = False, enclosing: bool = False, locate: bool = False) -> Any:
    """The blocks of source that may define an object, each a list of lines; the last is the best.

    lstrip -- without the indentation of the first line
    enclosing -- the outermost functions that hold the blocks instead
    locate -- (blocks, the indices of their first lines)
    """
    found = _blocks(object, enclosing)
    blocks = [_outdent(d.block) if lstrip and d.block else list(d.block) for d in found]
    return (blocks, [d.start for d in found]) if locate else blocks


def getblocks_from_history(object: Any, lstrip: bool = False, enclosing: bool = False, locate: bool = False) -> Any:
    """The same as getblocks."""
    return getblocks(object, lstrip, enclosing, locate)


def getsourcelines(object: Any, lstrip: bool = False, enclosing: bool = False) -> 'tuple[list[str], int]':
    """(the lines that define an object, the index of the first of them in its file). See getblocks.

    >>> twice = lambda x: 2 * x
    >>> getsourcelines(twice)
    (['twice = lambda x: 2 * x\\n'], 0)
    """
    blocks, starts = getblocks(object, lstrip, enclosing, locate=True)
    return blocks[-1], starts[-1]


# --- text ---


def indent(code: str, spaces: 'int | str' = 4) -> str:
    """Source with more indentation: that many blanks, or that text, before each line but empty ones at its end.

    Lines that stand further left than the first, as those of long strings may, stay where they are.

    >>> indent('if x:\\n    y()\\n', 2)
    '  if x:\\n      y()\\n'
    """
    margin = spaces if isinstance(spaces, str) else ' ' * spaces
    lines = code.split('\n')
    least = indentsize(lines[0])
    moved = '\n'.join(margin + line if indentsize(line) >= least else line for line in lines)
    return moved if isinstance(spaces, str) or lines[-1] else moved[: len(moved) - len(margin)] if least == 0 else moved


def _outdent(lines: 'list[str]', spaces: 'Optional[int]' = None, all: bool = True) -> 'list[str]':
    """Lines with less indentation. See outdent."""
    first = indentsize(lines[0])
    if spaces is None or spaces < 0 or spaces > first:
        spaces = first
    return [_moved_left(line, spaces) if all or not index else line for index, line in enumerate(lines)]


def _moved_left(line: str, spaces: int) -> str:
    width = 0
    for index, char in enumerate(line):
        if width >= spaces or char not in ' \t':
            return line[index:]
        width = width + 1 if char == ' ' else (width // 8 + 1) * 8
    return ''


def outdent(code: str, spaces: 'Optional[int]' = None, all: bool = True) -> str:
    """Source with less indentation.

    spaces -- how many columns; None: all that its first line has, which is also the most
    all -- False: the first line only

    >>> outdent('  if x:\\n      y()\\n')
    'if x:\\n    y()\\n'
    """
    return '\n'.join(_outdent(code.split('\n'), spaces, all))


def _matchlambda(func: Any, line: str) -> bool:
    """Whether a line of source holds a lambda that compiles to a function's code."""
    from dill._source_text import Text, same_code

    code = code_of(func)
    if code is None:
        return False
    start = line.find('lambda')
    while start >= 0:
        text = line[start:].rstrip()
        for end in range(len(text), 6, -1):
            whole = Text([f'({text[:end]})'], '<line>')
            nodes = whole.nodes(ast.Lambda)
            if nodes and nodes[0].col_offset == 1:
                found = whole.codes.get(nodes[0])
                if found is not None and (same_code(found, code) or _same_but_closure(found, code)):
                    return True
                break
        start = line.find('lambda', start + 1)
    return False


def _same_but_closure(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether two codes of lambdas name the same things, be they global or of a closure."""
    return (
        one.co_varnames == other.co_varnames
        and one.co_consts == other.co_consts
        and bool(other.co_freevars)
        and sorted(one.co_names + one.co_freevars) == sorted(other.co_names + other.co_freevars)
    )


# --- source of objects ---


def _check_names(obj: Any) -> None:
    """Raise SyntaxError if the class or module of an object is called what is no name.

    Such a name would become part of a program.
    """
    cls = obj if isclass(obj) else type(obj)
    names = [cls.__name__]
    if cls.__module__ is not None:
        names += cls.__module__.split('.')
    for name in names:
        if not name.isidentifier():
            raise SyntaxError(f'invalid syntax: {name!r} of {cls!r} is not a name')


def getsource(
    object: Any,
    alias: str = '',
    lstrip: bool = False,
    enclosing: bool = False,
    force: bool = False,
    builtin: bool = False,
) -> str:
    """The source of an object. For an instance: the source of its class and an expression that makes the instance.

    alias -- end with a line that gives the object this name
    lstrip -- without the indentation of the first line; so it is with an alias
    enclosing -- the source of the function that the object is defined in
    force -- where there is no source, the line that imports the object
    builtin -- import builtins as well
    Raises TypeError for what is built in and OSError if there is no source, unless force is given.

    >>> first, second = (lambda x: x + 1), (lambda x: x + 2)
    >>> print(getsource(second, alias='add_two'), end='')
    add_two = lambda x: x + 2
    """
    instance = _source_of_instance(object)
    if instance:
        _check_names(object)
    try:
        definition = _blocks(object, enclosing)[-1]
    except (TypeError, OSError):
        if not force:
            raise
        return _forced(object, alias, builtin)
    if isinstance(object, functools.partial):
        return _partial_of_definition(object, definition, alias)
    if instance:
        return _instance_text(object, definition, alias, force)
    lines = list(definition.block)
    if lstrip or alias:
        lines = _outdent(lines) if lines else lines
    text = ''.join(lines)
    return _with_alias(text, _defined_name(object, definition), alias, definition, enclosing) if alias else text


def _source_of_instance(obj: Any) -> bool:
    return _isinstance(_source_find.unwrapped(obj))


def _defined_name(obj: Any, definition: Definition) -> 'Optional[str]':
    """The name that the text of an object gives it."""
    code = code_of(_source_find.unwrapped(obj))
    if code is not None:
        return None if code.co_name == '<module>' else code.co_name
    return getattr(obj, '__name__', None)


def _with_alias(text: str, name: 'Optional[str]', alias: str, definition: Definition, enclosing: bool) -> str:
    if name == alias or name is None:
        return text
    if (
        definition.expression is None
        or enclosing
        and isinstance(definition.node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ):
        if not text.endswith('\n'):
            text += '\n'
        return f'{text}\n{alias} = {name}\n' if name.isidentifier() or '.' in name else text
    if definition.name is None or not text.partition('=')[0].strip().isidentifier():
        return f'{alias} = {definition.expression}\n'
    if definition.name == alias:
        return text
    return f'{alias} = {text}'


def _forced(obj: Any, alias: str, builtin: bool) -> str:
    """The import of an object of which there is no source."""
    if not _isinstance(obj):
        return getimport(obj, alias=alias, builtin=builtin)
    return _imported_instance(obj, alias) or dumpsource(obj, alias=alias, enclose=False)


def _imported_instance(obj: Any, alias: str) -> str:
    """The import of an instance's class and an expression that makes the instance; '' if its repr is none."""
    if isinstance(obj, functools.partial):
        return _partial_of_import(obj, alias)
    line, expression = _call(obj)
    if expression is None:
        return ''
    return f'{line}{alias} = {expression}\n' if alias else f'{line}{expression}\n'


def _call(obj: Any) -> 'tuple[str, Optional[str]]':
    """(the import that it needs, the repr of an instance) if that is a call that makes it; ('', None) if it is not."""
    text = getname(obj, force=True)
    if getname(obj) is not None:
        return getimport(obj), text
    if isinstance(obj, enum.Enum) and str(getattr(obj, 'name', '')).isidentifier():
        return getimport(obj), f'{type(obj).__name__}.{obj.name}'
    if text is None or not _source_names._evaluable(text):
        return '', None
    tree = ast.parse(text.strip(), mode='eval').body
    if not isinstance(tree, ast.Call):
        return '', None
    path = ast.unparse(tree.func)
    cls = type(obj)
    if path == _source_names._maker(obj):
        return getimport(obj), text
    if path == f'{cls.__module__}.{cls.__qualname__}':
        return f'import {cls.__module__}\n', text
    return '', None


def _instance_text(obj: Any, definition: Definition, alias: str, force: bool) -> str:
    _, expression = _call(obj)
    if expression is None or not expression.startswith((f'{type(obj).__name__}(', f'{type(obj).__name__}.')):
        return dumpsource(obj, alias=alias, new=force, enclose=False)
    text = ''.join(_outdent(definition.block))
    return f'{text}{alias} = {expression}\n' if alias else f'{text}{expression}\n'


def _source_of_partial(obj: 'functools.partial[Any]', function: str, name: str, alias: str) -> str:
    """The source of what a partial object calls, unless that is an expression, and the call that makes the object."""
    arguments = [name, *map(_value, obj.args)]
    arguments += [f'{key}={_value(value)}' for key, value in obj.keywords.items()]
    head = 'import functools\n' + ('import dill\n' if any('dill.loads(' in a for a in arguments) else '')
    call = f'functools.partial({", ".join(arguments)})'
    return f'{head}{function}{alias} = {call}\n' if alias else f'{head}{function}{call}\n'


def _partial_of_definition(obj: 'functools.partial[Any]', definition: Definition, alias: str) -> str:
    if definition.expression is not None:
        return _source_of_partial(obj, '', f'({definition.expression})', alias)
    name = _defined_name(obj.func, definition) or obj.func.__name__
    return _source_of_partial(obj, ''.join(_outdent(definition.block)), name, alias)


def _partial_of_import(obj: 'functools.partial[Any]', alias: str) -> str:
    from dill._source_importable import by_import

    line = by_import(obj.func, '', False)
    _, imported, name = line.rstrip('\n').rpartition('import ')
    if '\n' in name or not _source_names._evaluable(name):
        return dumpsource(obj, alias, enclose=False)
    # What is imported is named by the last word of the line; what is not is a builtin or an expression.
    return _source_of_partial(obj, line if imported else '', name, alias)


def _value(obj: Any) -> str:
    """An expression that makes a value."""
    from dill._dill import dumps

    text = _source_names._representation(obj)
    try:
        if text is not None and ast.literal_eval(text) == obj:
            return text
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        pass
    module = inspect.getmodule(obj)
    if (
        module is not None
        and module.__name__ == 'builtins'
        and getattr(module, getattr(obj, '__name__', ''), None) is obj
    ):
        return str(obj.__name__)
    return f'dill.loads({dumps(obj)!r})'


def _enclose(object: Any, alias: str = '') -> str:
    """Source in a function of its own, which is called and deleted: nothing but the alias stays of it."""
    return _in_dummy(getsource(object, alias=_STUB, lstrip=True, force=True), alias)


def _in_dummy(text: str, alias: str) -> str:
    text = text if text.endswith('\n') else text + '\n'
    head = f'def {_DUMMY}():\n'
    call = f'{alias} = {_DUMMY}()' if alias else f'{_DUMMY}()'
    return f'{head}{indent(text)}    return {_STUB}\n{call}; del {_DUMMY}\n'


def dumpsource(object: Any, alias: str = '', new: bool = False, enclose: bool = True) -> str:
    """Source that makes an object by loading a pickle of it that stands in it.

    alias -- the name to give it
    new -- define the class of an instance anew, by its source; not together with enclose
    enclose -- within a function, so that no other name is left behind

    >>> scope = {}
    >>> exec(dumpsource([1, 2], alias='numbers'), scope)
    >>> scope['numbers']
    [1, 2]
    """
    from dill._dill import dumps

    if enclose:
        text = f'import dill\n{_STUB} = dill.loads({dumps(object)!r})\n'
        return _in_dummy(text, alias)
    head = 'import dill\n'
    text = f'dill.loads({dumps(object)!r})\n'
    if new and _isinstance(object):
        cls = type(object)
        try:
            head += getsource(cls, lstrip=True, force=True)
        except (OSError, TypeError, SyntaxError):
            head += getimport(cls)
        else:
            if cls.__module__ != '__main__' and '<locals>' not in cls.__qualname__:
                text = _loaded_here(object, cls)
    return f'{head}{alias} = {text}' if alias else f'{head}{text}'


def _loaded_here(obj: Any, cls: type) -> str:
    """An expression that loads an instance of a class as one of the class of that name in the module it stands in.

    Protocol 2 writes a reference to a class as text without a length, so that a module of any name can take its place.
    """
    from dill._dill import dumps

    data = dumps(obj, protocol=2)
    reference = f'c{cls.__module__}\n{cls.__qualname__}\n'.encode()
    if reference not in data:
        return f'dill.loads({data!r})\n'
    return (
        f'dill.loads({data!r}.replace({reference!r}, '
        f'b"c" + bytes(__name__, "UTF-8") + {reference[1 + len(cls.__module__) :]!r}))\n'
    )
