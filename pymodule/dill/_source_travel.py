"""Source that travels: with settings['source'] functions and classes that are pickled by value take theirs along.

It is set as the attribute __dill_source__ when they are loaded, by upstream's dill as well; dill.source finds it there.
"""

import types
from typing import Any, Optional

from dill._source_find import Definition, _of_node, code_of, find
from dill._source_text import Text, class_node, node_of
from dill._source_write import _outdent

ATTRIBUTE = '__dill_source__'


def with_source(dispatch: Any) -> Any:
    """A dispatch table of a Pickler whose savers of functions and classes add their source."""
    from dill._dill import MetaCatchingDict

    class WithSource(MetaCatchingDict):
        def __missing__(self, key: type) -> Any:
            return _with_source(super().__missing__(key))

    table = WithSource(dispatch)
    for key in (types.FunctionType, type, *(k for k in dispatch if isinstance(k, type) and issubclass(k, type))):
        if key in dispatch:
            table[key] = _with_source(dispatch[key])
    return table


def _with_source(saver: Any) -> Any:
    under_way: set[int] = set()

    def save(pickler: Any, obj: Any) -> None:
        text = None if id(obj) in under_way else _source_of(pickler, obj)
        if text is None:
            saver(pickler, obj)
            return
        under_way.add(id(obj))
        try:
            saver(pickler, obj)
        finally:
            under_way.discard(id(obj))
        pickler.save_reduce(setattr, (obj, ATTRIBUTE, text))
        pickler.write(b'0')  # POP: what setattr returned

    return save


def _source_of(pickler: Any, obj: Any) -> 'Optional[str]':
    """The source that goes with an object; None if it is pickled by reference or has none that is surely its own."""
    from dill._dill import _locate_function

    if isinstance(obj, type) and (getattr(pickler, '_byref', False) or type(obj).__setattr__ not in _PLAIN):
        return None
    if ATTRIBUTE in vars(obj) or _locate_function(obj, pickler):
        return None
    try:
        definition = find(obj)
    except (OSError, TypeError):
        return None
    code = code_of(obj)
    if code is None:
        return ''.join(definition.block)
    _, certain = node_of(definition.text, code)
    return ''.join(definition.block) if certain else None


def _plain_setattr() -> 'tuple[Any, ...]':
    import enum

    return type.__setattr__, enum.EnumMeta.__setattr__


_PLAIN = _plain_setattr()


def travelled(obj: Any) -> 'Optional[Definition]':
    """What defines an object by the source that travelled with it; None if none did, or if it is another's.

    functools.wraps copies the attributes of the function inside to the one outside.
    """
    text = vars(obj).get(ATTRIBUTE) if isinstance(obj, (types.FunctionType, type)) else None
    if not isinstance(text, str) or not text:
        return None
    lines = text.splitlines(True)
    name = f'<source of {obj.__qualname__}>'
    if isinstance(obj, type):
        plain = Text(_outdent(lines), name)
        return None if class_node(plain, obj) is None else Definition(lines, 0, lines, plain, None)
    whole = Text(_surrounded(_outdent(lines), obj), name)
    node, certain = node_of(whole, obj.__code__)
    return (
        _of_node(whole, node, obj.__code__)._replace(lines=lines, start=0, block=lines, node=None) if certain else None
    )


def _surrounded(lines: 'list[str]', func: types.FunctionType) -> 'list[str]':
    """Lines within what makes them compile as they did: the class of a method, a function for what they close over."""
    heads = []
    outer = func.__qualname__.split('.')[:-1]
    if outer and outer[-1].isidentifier():
        heads.append(f'class {outer[-1]}:\n')
    if func.__code__.co_freevars:
        heads.insert(0, f'def _({", ".join(func.__code__.co_freevars)}):\n')
    body = [' ' * len(heads) + line if line.strip() else line for line in lines]
    return [*(' ' * depth + head for depth, head in enumerate(heads)), *body]
