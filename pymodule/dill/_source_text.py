"""The texts that code came from: files, cells and inputs of interactive sessions, and what of them defines an object.

A text is parsed once and remembered while its lines stay the same. What is asked of it: which function, lambda or
class is it that this code object or class was made from? Code objects say their first line and, since Python 3.11, the
columns of every instruction; where that leaves more than one candidate, the candidates are compiled and compared.
"""

import ast
import contextlib
import inspect
import linecache
import re
import threading
import types
import warnings
from collections.abc import Iterator
from typing import Any, Optional

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_COMPREHENSIONS = {
    '<listcomp>': ast.ListComp,
    '<setcomp>': ast.SetComp,
    '<dictcomp>': ast.DictComp,
    '<genexpr>': ast.GeneratorExp,
}
_CODE_NODES = (*_DEFINITIONS, ast.Lambda, *_COMPREHENSIONS.values())
_NESTED = 0x10  # in the flags of a code object: it is inside of a function
_REMEMBERED = 32  # texts that stay parsed


@contextlib.contextmanager
def _no_warnings() -> 'Iterator[None]':
    """What the compiler finds fault with in a text was said when it was imported. Global state, but once a text."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield


class Text:
    """Lines of source, parsed when somebody asks for a definition."""

    def __init__(self, lines: 'list[str]', filename: str):
        self.lines = lines
        self.filename = filename
        self._tree: Any = None
        self._codes: Optional[dict[ast.AST, types.CodeType]] = None
        self._known: dict[type, list[Any]] = {}
        self._parents: dict[ast.AST, ast.AST] = {}
        self._lock = threading.RLock()

    @property
    def tree(self) -> Optional[ast.Module]:
        """The syntax tree; None if the lines are no Python of this version, as a history with mistakes in it."""
        if self._tree is None:
            with self._lock:
                if self._tree is None:
                    self._parse()
        return self._tree or None

    def _parse(self) -> None:
        try:
            with _no_warnings():
                tree = ast.parse(''.join(self.lines))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self._tree = False
            return
        for parent in ast.walk(tree):
            self._known.setdefault(type(parent), []).append(parent)
            for child in ast.iter_child_nodes(parent):
                self._parents[child] = parent
        self._tree = tree

    def parents(self, node: ast.AST) -> 'list[ast.AST]':
        """What encloses a node, from the inside to the outside."""
        found = []
        while node in self._parents:
            node = self._parents[node]
            found.append(node)
        return found

    def first_line(self, node: Any) -> int:
        """The line a definition begins on: that of its first decorator."""
        return int(min([node.lineno, *(d.lineno for d in getattr(node, 'decorator_list', ()))]))

    def segment(self, node: Any) -> str:
        """The exact text of an expression."""
        return ast.get_source_segment(''.join(self.lines), node) or ''

    def nodes(self, *kinds: type) -> 'list[Any]':
        """The nodes of some kinds, outer before inner ones."""
        if self.tree is None:
            return []
        return [node for kind in kinds for node in self._known.get(kind, ())]

    def qualname(self, node: ast.AST) -> str:
        """What Python calls the function or class of a node."""
        parts = [getattr(node, 'name', '<lambda>')]
        for parent in self.parents(node):
            if isinstance(parent, ast.ClassDef):
                parts.append(parent.name)
            elif isinstance(parent, (*_FUNCTIONS, ast.Lambda)):
                parts += ['<locals>', getattr(parent, 'name', '<lambda>')]
        return '.'.join(reversed(parts))

    def code_nodes(self, code: types.CodeType) -> 'list[Any]':
        """The nodes that may have become a code object: those of its kind and name, the likeliest first."""
        name = code.co_name
        if name == '<lambda>':
            found = self.nodes(ast.Lambda)
        elif name in _COMPREHENSIONS:
            found = self.nodes(_COMPREHENSIONS[name])
        else:
            found = [n for n in self.nodes(*_DEFINITIONS) if n.name == name]
        here = [n for n in found if self.first_line(n) == code.co_firstlineno]
        return here or found

    @property
    def codes(self) -> 'dict[ast.AST, types.CodeType]':
        """{node: the code object that it becomes}, for all functions, lambdas, classes and comprehensions."""
        if self._codes is None:
            with self._lock, _no_warnings():
                if self._codes is None:
                    self._codes = self._compiled() if self.tree is not None else {}
        return self._codes

    def _compiled(self) -> 'dict[ast.AST, types.CodeType]':
        # In a second tree each node that becomes a code object stands on a line of its own, which tells whose a code
        # object is. Lines change what the compiler does here and there, so the codes are those of the text itself, in
        # which they come in the same order. Outer nodes come first in a walk: what is nested in them is moved after.
        text = ''.join(self.lines)
        twin = ast.parse(text)
        nodes = []
        mine: Any
        other: Any
        for mine, other in zip(ast.walk(self.tree or twin), ast.walk(twin)):
            if isinstance(mine, _CODE_NODES):
                nodes.append(mine)
                part: Any
                for part in ast.walk(other):
                    if hasattr(part, 'lineno'):
                        part.lineno = part.end_lineno = len(nodes) + 1
                        part.col_offset = part.end_col_offset = 0
            elif hasattr(other, 'lineno') and not self._in_code(mine):
                other.lineno = other.end_lineno = 1
                other.col_offset = other.end_col_offset = 0
        try:
            whole, marked = (compile(tree, self.filename, 'exec', dont_inherit=True) for tree in (text, twin))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return {}
        groups: dict[Any, tuple[list[types.CodeType], list[Any]]] = {}
        for code in _codes_below(whole):
            groups.setdefault((code.co_firstlineno, code.co_name), ([], []))[0].append(code)
        for code in _codes_below(marked):
            number = code.co_firstlineno - 2
            if 0 <= number < len(nodes) and _code_name(nodes[number]) == code.co_name:
                group = groups.get((self.first_line(nodes[number]), code.co_name))
                if group is not None:
                    group[1].append((nodes[number], code))
        found = {}
        for codes, marked_nodes in groups.values():
            for index, (node, twin_code) in enumerate(marked_nodes):
                if len(codes) == len(marked_nodes):
                    found[node] = codes[index]
                else:  # equal ones became one
                    found[node] = next((c for c in codes if same_code(c, twin_code)), codes[min(index, len(codes) - 1)])
        return found

    def _in_code(self, node: ast.AST) -> bool:
        return any(isinstance(parent, _CODE_NODES) for parent in self.parents(node))


def _codes_below(code: types.CodeType) -> 'Iterator[types.CodeType]':
    """The code objects in a code object, outer before inner ones."""
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield const
            yield from _codes_below(const)


def _code_name(node: Any) -> str:
    name = getattr(node, 'name', None)
    return name or next((n for n, kind in _COMPREHENSIONS.items() if isinstance(node, kind)), '<lambda>')


_texts: 'dict[str, Text]' = {}


def text_of(filename: str, lines: 'list[str]') -> Text:
    """The text of these lines, from memory if they are those of last time."""
    text = _texts.get(filename)
    if text is None or text.lines != lines:
        for known in list(_texts)[: max(0, len(_texts) + 1 - _REMEMBERED)]:
            _texts.pop(known, None)
        text = _texts[filename] = Text(list(lines), filename)
    return text


def lines_of(filename: str, module_globals: 'Optional[dict[str, Any]]' = None) -> 'list[str]':
    """The lines of a file or of a cell, as they are now; [] if there are none."""
    linecache.checkcache(filename)
    try:
        return linecache.getlines(filename, module_globals)
    except (SyntaxError, UnicodeDecodeError):  # a library, which Python 3.9 tries to read as text
        return []


def same_code(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether two code objects do the same: all but their names and positions."""
    if (
        one.co_code != other.co_code
        or one.co_names != other.co_names
        or one.co_varnames != other.co_varnames
        or one.co_freevars != other.co_freevars
        or one.co_cellvars != other.co_cellvars
        or one.co_argcount != other.co_argcount
        or one.co_posonlyargcount != other.co_posonlyargcount
        or one.co_kwonlyargcount != other.co_kwonlyargcount
        or (one.co_flags ^ other.co_flags) & ~_NESTED
        or len(one.co_consts) != len(other.co_consts)
    ):
        return False
    return all(
        _same_constant(a, b)
        # The body of a class holds its first line as a constant since Python 3.13.
        or (a == one.co_firstlineno and b == other.co_firstlineno and '__firstlineno__' in one.co_names)
        for a, b in zip(one.co_consts, other.co_consts)
    )


def _same_constant(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, types.CodeType):
        return one.co_name == other.co_name and same_code(one, other)
    if isinstance(one, (tuple, frozenset)):
        # A frozenset has no order of its own that could be compared by items.
        if isinstance(one, frozenset):
            return bool(one == other)
        return len(one) == len(other) and all(map(_same_constant, one, other))
    return bool(one == other) or repr(one) == repr(other)


def _columns(code: types.CodeType) -> 'Optional[set[tuple[Any, ...]]]':
    """The positions of the instructions of a code object; None if it has none."""
    positions = getattr(code, 'co_positions', None)
    if positions is None:
        return None
    found = {p for p in positions() if None not in p}
    return found or None


def _covers(node: Any, position: 'tuple[Any, ...]') -> bool:
    first, last, left, right = position
    return bool(
        (node.lineno, node.col_offset) <= (first, left) and (last, right) <= (node.end_lineno, node.end_col_offset)
    )


def node_of(text: Text, code: types.CodeType) -> 'tuple[Any, bool]':
    """(the node that a code object was made from, whether it is certain); (None, False) if the text has none such.

    It is certain if what the node compiles to does the same as the code.
    """
    if text.tree is None:
        return None, False
    candidates = text.code_nodes(code)
    at_line = [n for n in candidates if text.first_line(n) == code.co_firstlineno]
    if len(at_line) > 1:
        columns = _columns(code)
        if columns is not None:
            # Every instruction lies in the node; of nested candidates the innermost is meant.
            body = {p for p in columns if p[2] != p[3]}
            fits = [n for n in at_line if body and all(_covers(n, p) for p in body)]
            if fits:
                at_line = [max(fits, key=lambda n: (n.lineno, n.col_offset))]
    for group in (at_line, [n for n in candidates if n not in at_line]):
        if group:
            same = [n for n in group if n in text.codes and same_code(text.codes[n], code)]
            if same:
                return same[0], True
    if at_line:
        return at_line[0], False
    wanted = getattr(code, 'co_qualname', None)
    named = [n for n in candidates if wanted is None or text.qualname(n) == wanted]
    return (named[0] if code.co_name != '<lambda>' and len(named) == 1 else None), False


def class_node(text: Text, cls: type) -> Any:
    """The class statement that made a class, or the assignment that did; None if the text has neither.

    Of several with one name it is the one that holds the methods of the class, or else the last.
    """
    named = [n for n in text.nodes(ast.ClassDef) if n.name == cls.__name__]
    found = [n for n in named if text.qualname(n) == cls.__qualname__] or named
    if found:
        first = vars(cls).get('__firstlineno__')
        exact = [n for n in found if text.first_line(n) == first]
        if not exact and len(found) > 1:
            lines = {f.__code__.co_firstlineno for f in vars(cls).values() if isinstance(f, types.FunctionType)}
            exact = [n for n in found if any(n.lineno <= line <= n.end_lineno for line in lines)]
        return (exact or sorted(found, key=lambda n: n.lineno))[-1]
    made = [n for n in text.nodes(ast.Assign, ast.AnnAssign) if _makes_class(n, cls.__name__)]
    return max(made, key=lambda n: n.lineno) if made else None


def _makes_class(node: Any, name: str) -> bool:
    """Whether an assignment is `name = call(...)` or `x = call('name', ...)`."""
    if not isinstance(node.value, ast.Call):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    first = node.value.args[0] if node.value.args else None
    return (isinstance(first, ast.Constant) and first.value == name) or any(
        isinstance(t, ast.Name) and t.id == name for t in targets
    )


def block_of(lines: 'list[str]', start: int) -> 'list[str]':
    """The block that begins on a line: a definition with its body and the comments in it, or one statement."""
    import tokenize

    try:
        return inspect.getblock(lines[start:])
    except (IndexError, tokenize.TokenError, SyntaxError):
        return []


_HEAD = re.compile(r'^(\s*def\s)|(\s*async\s+def\s)|(.*(?<!\w)lambda(:|\s))|^(\s*@)')


def looks_like_definition(line: str) -> bool:
    """Whether a line may begin a function: def, lambda or a decorator."""
    return _HEAD.match(line) is not None
