"""Where the source of an object is: its lines, the block in them that defines it, and what encloses that."""

import ast
import functools
import linecache
import re
import sys
import types
import warnings
from inspect import (
    getfile,
    getmodule,
    getsourcefile,
    isclass,
    iscode,
    isframe,
    isfunction,
    ismethod,
    ismodule,
    istraceback,
)
from typing import Any, NamedTuple, Optional

from dill import _source_text
from dill._source_text import Text

_CELL = re.compile(r'^<(python|ipython)-input-\d+|[/\\]ipykernel_\d+[/\\]\d+\.py$')
_INPUTS = ('<stdin>', '<console>')


class SourceChangedWarning(UserWarning):
    """The source of an object is not what the object was made from: its file was edited since."""


class Definition(NamedTuple):
    """What defines an object."""

    lines: 'list[str]'  # all lines of the text
    start: int  # index of the first line of the block
    block: 'list[str]'
    text: Text
    node: Any  # of the syntax tree; None if the text has none
    expression: 'Optional[str]' = None  # the exact text of a lambda
    name: 'Optional[str]' = None  # of a lambda: what it is assigned to
    offset: int = 0  # index in `lines` of the first line of the text


def code_of(obj: Any) -> 'Optional[types.CodeType]':
    """The code object of a function, method, traceback, frame or code object; None for anything else."""
    if ismethod(obj):
        obj = obj.__func__
    if isfunction(obj):
        return obj.__code__
    if istraceback(obj):
        obj = obj.tb_frame
    if isframe(obj):
        return obj.f_code
    return obj if iscode(obj) else None


def unwrapped(obj: Any) -> Any:
    """The function that stands behind a wrapper without source of its own; other objects as they are.

    These are lru_cache, singledispatch, static and class methods, properties and their like; partial objects stay.
    """
    seen = set()
    while id(obj) not in seen:
        seen.add(id(obj))
        if isinstance(obj, (staticmethod, classmethod)):
            obj = obj.__func__
        elif isinstance(obj, property) and obj.fget is not None:
            obj = obj.fget
        elif isinstance(obj, functools.cached_property):
            obj = obj.func
        elif isinstance(obj, (functools.partialmethod, functools.singledispatchmethod)):
            obj = obj.func
        elif hasattr(obj, '__wrapped__') and (
            not isinstance(obj, (type, types.FunctionType, types.MethodType, types.ModuleType)) or _of_functools(obj)
        ):
            obj = obj.__wrapped__
    return obj


def _of_functools(obj: Any) -> bool:
    code = getattr(obj, '__code__', None)
    return isinstance(code, types.CodeType) and code.co_filename == functools.__file__


def find(obj: Any) -> Definition:
    """What defines an object.

    obj -- a module, class, function, method, traceback, frame or code object; for an instance its class is looked for,
           for a partial object the function that it calls
    Raises TypeError for what is built in, OSError if there is no source or it does not hold the object.
    """
    from dill._source_names import _hascode, _isinstance, _of_numpy

    obj = unwrapped(obj)
    if isinstance(obj, (types.FunctionType, types.MethodType, type)):
        found = _travelled(obj.__func__ if ismethod(obj) else obj)
        if found is not None:
            return found
    if isinstance(obj, functools.partial):
        return find(obj.func)
    code = code_of(obj)
    if code is not None:
        return _find_code(obj, code)
    if isclass(obj):
        return _find_class(obj)
    if ismodule(obj):
        lines = _lines(getsourcefile(obj) or getfile(obj), vars(obj))
        if not lines:
            raise OSError(f'source code not available: {getfile(obj)} is no text that can be read')
        text = _source_text.text_of(getfile(obj), lines)
        return Definition(lines, 0, list(lines), text, text.tree)
    if (_isinstance(obj) or _hascode(obj) or _of_numpy(obj)) and getmodule(obj) is not None:
        try:
            return find(type(obj))
        except TypeError as error:
            try:
                getfile(getmodule(obj))  # type: ignore[arg-type]
            except TypeError:
                getfile(obj)
            raise OSError(f'source code not available: {error}') from None
    getfile(obj)  # raises the TypeError that says what would do
    raise TypeError(f'no source for {obj!r}')


def _travelled(obj: Any) -> 'Optional[Definition]':
    if '__dill_source__' not in vars(obj):
        return None
    from dill._source_travel import travelled

    return travelled(obj)


def _lines(filename: str, module_globals: 'Optional[dict[str, Any]]' = None) -> 'list[str]':
    lines = _source_text.lines_of(filename, module_globals)
    if not lines and filename in _INPUTS:
        lines = history()
    return lines


def history() -> 'list[str]':
    """The lines that were typed into the interactive Python, as readline has them.

    Raises OSError if there is no readline.
    """
    try:
        import readline
    except ImportError:
        raise OSError(
            'source code not available: it was typed in, and there is no readline that remembers it'
        ) from None
    length = readline.get_current_history_length()
    return [f'{readline.get_history_item(i)}\n' for i in range(1, length + 1)]


# --- functions ---


def _find_code(obj: Any, code: types.CodeType) -> Definition:
    """The definition of a function, by its code."""
    function = obj.__func__ if ismethod(obj) else obj
    module_globals = getattr(function, '__globals__', None) or getattr(function, 'f_globals', None)
    filename = code.co_filename
    before = linecache.cache.get(filename)
    lines = _lines(filename, module_globals)
    if not lines:
        lines, filename = _lines_by_module(obj, code)
    if code.co_name == '<module>':
        text = _source_text.text_of(filename, lines)
        return Definition(lines, 0, list(lines), text, text.tree)
    if filename in _INPUTS:
        return _find_in_history(code, lines)
    text = _source_text.text_of(filename, lines)
    node, certain = _source_text.node_of(text, code)
    if not certain and before is not None and len(before) > 2 and before[2] != lines:
        # The file was edited, and linecache still had what it was before.
        old = Text(list(before[2]), filename)
        old_node, old_certain = _source_text.node_of(old, code)
        if old_certain:
            return _of_node(old, old_node, code)
    if node is not None:
        if not certain and _should_be_same(module_globals, code):
            _warn_changed(filename, code)
        return _of_node(text, node, code)
    return _find_by_line(text, code, filename)


def _lines_by_module(obj: Any, code: types.CodeType) -> 'tuple[list[str], str]':
    """The lines of the file of an object's module, if the code names a file that is not there."""
    filename = code.co_filename
    if filename.startswith('<frozen '):
        filename = getattr(getmodule(obj), '__file__', None) or filename
    elif not (filename.startswith('<') and filename.endswith('>')):
        filename = getsourcefile(obj) or getfile(obj)
    lines = _lines(filename)
    cls = class_of_generated(obj) if not lines else None
    if cls is not None:
        raise OSError(
            f'could not extract source code: {obj.__qualname__}() was generated and its text was not kept; '
            f'it belongs to class {cls.__qualname__} of {cls.__module__}'
        )
    if not lines and filename.startswith('<'):
        raise OSError(
            f'could not extract source code: {_described(code)} was made from text that nobody kept: {filename}'
        )
    if not lines:
        raise OSError(f'could not extract source code: {filename} is not there or is no text')
    return lines, filename


def class_of_generated(obj: Any) -> 'Optional[type]':
    """The class that a generated method belongs to, as those of dataclasses; None for other objects."""
    function = unwrapped(obj.__func__ if ismethod(obj) else obj)
    if not isfunction(function) or function.__code__.co_filename != '<string>':
        return None
    found: Any = sys.modules.get(function.__module__)
    for name in function.__qualname__.split('.')[:-1]:
        found = getattr(found, name, None)
    return found if isclass(found) else None


def _described(code: types.CodeType) -> str:
    return 'this lambda' if code.co_name == '<lambda>' else f'{code.co_name}()'


def _should_be_same(module_globals: 'Optional[dict[str, Any]]', code: types.CodeType) -> bool:
    """Whether the code of a module is what its text compiles to: not if something rewrites it on import, as pytest."""
    loader = (module_globals or {}).get('__loader__')
    rewritten = any(name.startswith('@') for name in code.co_names)
    return not rewritten and (loader is None or type(loader).__module__ in ('_frozen_importlib_external', 'zipimport'))


def _warn_changed(filename: str, code: types.CodeType) -> None:
    level = 2
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_globals.get('__name__', '').startswith(('dill.source', 'dill._source')):
        frame = frame.f_back
        level += 1
    warnings.warn(
        f'{filename} was changed since {_described(code)} (line {code.co_firstlineno}) was made from it: '
        'this is its source now',
        SourceChangedWarning,
        stacklevel=level,
    )


def _of_node(text: Text, node: Any, code: types.CodeType) -> Definition:
    if isinstance(node, ast.Lambda):
        return _of_lambda(text, node)
    start = text.first_line(node) - 1
    return Definition(text.lines, start, _block(text, node, start), text, node)


def _block(text: Text, node: Any, start: int) -> 'list[str]':
    block = _source_text.block_of(text.lines, start)
    return block if len(block) >= node.end_lineno - start else text.lines[start : node.end_lineno]


def _of_lambda(text: Text, node: ast.Lambda) -> Definition:
    """A lambda: with the lines of its statement where these define nothing else, or else by itself."""
    expression = text.segment(node)
    parents = text.parents(node)
    name = _assigned_name(node, parents[0]) if parents else None
    statement: Any = next((p for p in parents if isinstance(p, ast.stmt)), None)
    lambdas = text.nodes(ast.Lambda)
    whole = name is not None and isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is node
    start = (statement.lineno if whole else node.lineno) - 1
    block = _source_text.block_of(text.lines, start)
    last = start + len(block)
    if whole and last >= statement.end_lineno:
        if not _shares_lines(text, statement):
            return Definition(text.lines, start, block, text, node, expression, name)
        segment = text.segment(statement).splitlines(True)
        return Definition(text.lines, start, _ended(segment), text, node, expression, name)
    inside = [n for n in lambdas if start < n.lineno <= last]
    simple = statement is not None and not hasattr(statement, 'body')
    if simple and inside == [node] and last >= node.end_lineno:  # type: ignore[operator]
        return Definition(text.lines, start, block, text, node, expression, name)
    return Definition(text.lines, node.lineno - 1, _ended(expression.splitlines(True)), text, node, expression, name)


def _ended(lines: 'list[str]') -> 'list[str]':
    return lines[:-1] + [lines[-1].rstrip('\r\n') + '\n'] if lines else lines


def _assigned_name(node: ast.Lambda, parent: Any) -> 'Optional[str]':
    """The variable that a lambda is assigned to and nothing else is."""
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
        return parent.targets[0].id
    if isinstance(parent, (ast.AnnAssign, ast.NamedExpr)) and isinstance(parent.target, ast.Name):
        return parent.target.id
    return None


def _shares_lines(text: Text, statement: Any) -> bool:
    """Whether another statement begins or ends on the lines of a statement."""
    before = text.lines[statement.lineno - 1].encode()[: statement.col_offset].strip()
    after = text.lines[statement.end_lineno - 1].encode()[statement.end_col_offset :].strip()
    return bool(before) or not (after in (b'', b';') or after.startswith(b'#'))


def _find_by_line(text: Text, code: types.CodeType, filename: str) -> Definition:
    """The definition by the first line of a code alone, as the syntax tree does not know it."""
    start = min(code.co_firstlineno, len(text.lines)) - 1
    name = re.escape(code.co_name)
    head = re.compile(rf'\s*(async\s+)?(def|class)\s+{name}\b' if code.co_name != '<lambda>' else r'.*\blambda\b')
    while start > 0 and text.tree is None and not _source_text.looks_like_definition(text.lines[start]):
        start -= 1
    if 0 <= start < len(text.lines) and text.tree is None:
        block = _source_text.block_of(text.lines, start)
        if any(head.match(line) for line in block):
            return Definition(text.lines, start, block, text, None)
    raise OSError(
        f'could not find function definition: {filename} has no {_described(code)} that could be it (it was on line '
        f'{code.co_firstlineno}); the file was changed since'
    )


def _find_in_history(code: types.CodeType, lines: 'list[str]') -> Definition:
    """The definition of what was typed in: the newest block of the history that compiles to the code."""
    found = blocks_in_history(code, lines)
    if not found:
        raise OSError(
            f'could not find function definition: {_described(code)} is not in the history of what was typed in'
        )
    return found[-1]


def blocks_in_history(code: types.CodeType, lines: 'list[str]') -> 'list[Definition]':
    """All blocks of a history that define something like a code object, the oldest first.

    Blocks that compile to it, if there are some; else those with its name.
    """
    name = code.co_name
    head = re.compile(rf'(async\s+)?def\s+{re.escape(name)}\b') if name != '<lambda>' else re.compile(r'.*\blambda\b')
    exact, alike = [], []
    for index, line in enumerate(lines):
        if not head.match(line.strip()):
            continue
        start = index
        while start and lines[start - 1].lstrip().startswith('@') and name != '<lambda>':
            start -= 1
        # A history keeps no empty lines: what was typed after a block in the same breath looks like a part of it.
        block = _source_text.block_of(lines, start)
        if not block:
            continue
        outer = start
        while lines[outer][:1].isspace() and outer:
            outer -= 1
        whole = Text(_source_text.block_of(lines, outer) or block, '<stdin>')
        for node in whole.code_nodes(code) if whole.tree is not None else ():
            compiled = whole.codes.get(node)
            definition = _of_node(whole, node, code)
            definition = definition._replace(lines=lines, start=outer + definition.start, offset=outer)
            if definition.start != start and name != '<lambda>':
                continue
            (exact if compiled is not None and _source_text.same_code(compiled, code) else alike).append(definition)
    return exact or alike


# --- classes ---


def _find_class(cls: type) -> Definition:
    """The class statement of a class with its decorators, or the call that made it."""
    for filename, lines in _class_texts(cls):
        text = _source_text.text_of(filename, lines)
        if text.tree is None:
            found = _class_by_line(text, cls)
            if found is not None:
                return found
            continue
        node = _source_text.class_node(text, cls)
        if node is not None:
            start = text.first_line(node) - 1
            if not isinstance(node, ast.ClassDef):
                shared = _shares_lines(text, node)
                block = text.segment(node).splitlines(True) if shared else lines[start : node.end_lineno]
                return Definition(lines, start, _ended(block), text, node)
            return Definition(lines, start, _block(text, node, start), text, node)
    raise OSError(f'could not find class definition: no class {cls.__qualname__} in the source of {cls.__module__}')


def _class_texts(cls: type) -> 'list[tuple[str, list[str]]]':
    """The texts that may hold a class: of its module, or what was typed in or run in cells, the newest first."""
    functions = [f for f in map(unwrapped, vars(cls).values()) if isfunction(f)]
    # A function that was put into the class has another name or file.
    names = [f.__code__.co_filename for f in functions if f.__code__.co_name in vars(cls)]
    module = sys.modules.get(cls.__module__)
    try:
        filename = getsourcefile(cls) or getfile(cls)
    except (TypeError, OSError):
        if cls.__module__ != '__main__':
            raise
    else:
        names.insert(0, filename)
    if cls.__module__ == '__main__':
        names += [name for name in reversed(list(linecache.cache)) if _CELL.search(name)]
    of_module = vars(module) if module is not None else None
    texts = [(name, lines) for name in dict.fromkeys(names) if (lines := _source_text.lines_of(name, of_module))]
    if any(name in _INPUTS for name in names) or not texts and is_interactive():
        texts.append((_INPUTS[0], history()))
    if not texts:
        raise OSError(f'source code not available: {", ".join(names) or cls.__module__} is not there or is no text')
    return texts


def is_interactive() -> bool:
    """Whether the program is typed in."""
    return not hasattr(sys.modules['__main__'], '__file__')


def _class_by_line(text: Text, cls: type) -> 'Optional[Definition]':
    """The newest class statement of a text that is no valid Python as a whole."""
    head = re.compile(rf'(\s*)class\s+{re.escape(cls.__name__)}\b')
    found = [(len(match[1]), -i) for i, line in enumerate(text.lines) if (match := head.match(line))]
    if not found:
        return None
    start = -min(found)[1]
    block = _source_text.block_of(text.lines, start)
    while start and text.lines[start - 1].lstrip().startswith('@'):
        start -= 1
        block.insert(0, text.lines[start])
    return Definition(text.lines, start, block, text, None) if block else None


def enclosing(definition: Definition) -> Definition:
    """The outermost function that a definition is in; the definition itself if it is in none."""
    text, node = definition.text, definition.node
    if node is None or isinstance(node, ast.Module):
        return definition
    outer = [p for p in text.parents(node) if isinstance(p, (ast.FunctionDef, ast.AsyncFunctionDef))]
    if not outer:
        return definition
    start = text.first_line(outer[-1]) - 1
    block = _block(text, outer[-1], start)
    return Definition(definition.lines, start + definition.offset, block, text, outer[-1], offset=definition.offset)
