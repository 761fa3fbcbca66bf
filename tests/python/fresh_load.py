"""Loads pickles in a process that has nothing of what made them.

python -c 'import fresh_load; fresh_load.main()' IN OUT

IN and OUT are files of pickled tuples: IN of (key, pickle, buffers), OUT of (key, description, exception). The
description is a text in which two loads of the same pickle agree, and None where loading raised the exception.
"""

import collections
import functools
import hashlib
import io
import logging
import pickle
import re
import sys
import types
import warnings
import weakref

import dill

ATOMS = (int, float, complex, str, bytes, bool, type(None), type(...), type(NotImplemented), range)
CONTAINERS = (list, tuple, collections.deque)
PARTS = {
    types.MethodType: ('__func__', '__self__'),
    property: ('fget', 'fset', 'fdel', '__doc__'),
    staticmethod: ('__func__',),
    classmethod: ('__func__',),
    functools.partial: ('func', 'args', 'keywords'),
    slice: ('start', 'stop', 'step'),
    types.BuiltinMethodType: ('__self__', '__qualname__'),
}
# Of a code object; what else there is follows from these.
CODE = ('co_name', 'co_code', 'co_consts', 'co_names', 'co_varnames', 'co_freevars', 'co_cellvars', 'co_flags',
        'co_argcount', 'co_firstlineno', 'co_filename')  # fmt: skip
FUNCTION = ('__code__', '__name__', '__qualname__', '__module__', '__doc__', '__defaults__', '__kwdefaults__',
            '__closure__', '__dict__', '__annotations__')  # fmt: skip
SKIPPED = ('__weakref__', '__dict__', '_abc_impl', '__subclasshook__', '__init_subclass__', '__builtins__')


class Unpickler(dill.Unpickler):
    def persistent_load(self, pid):
        return ('persistent', pid)


def short(text):
    return text if len(text) < 100 else hashlib.blake2b(text.encode('utf-8', 'surrogatepass')).hexdigest()[:20]


def by_name(cls):
    """True for a class that a module has under its name."""
    module = sys.modules.get(cls.__module__)
    found = functools.reduce(lambda part, name: getattr(part, name, None), cls.__qualname__.split('.'), module)
    return found is cls


def parts_of(value):
    """A label for the object itself, and what it consists of."""
    cls = type(value)
    label = f'{cls.__module__}.{cls.__qualname__}'
    if isinstance(value, type):
        label = f'class {value.__module__}.{value.__qualname__}'
        if by_name(value):
            return label, []
        content = [part for name, item in vars(value).items() if name not in SKIPPED for part in (name, item)]
        return label, [*value.__bases__, cls, *content]
    if isinstance(value, types.FunctionType):
        names = value.__globals__
        home = sys.modules.get(names.get('__name__'))
        parts = [getattr(value, name) for name in FUNCTION]
        return label, parts + (['module'] if home and home.__dict__ is names else [names])
    if isinstance(value, types.CodeType):
        return label, [getattr(value, name) for name in CODE]
    if isinstance(value, types.ModuleType):
        return f'module {value.__name__}', []
    if isinstance(value, logging.Logger):
        return f'logger {value.name}', []
    if isinstance(value, types.CellType):
        try:
            return label, [value.cell_contents]
        except ValueError:
            return label + ' empty', []
    if isinstance(value, weakref.ref):
        return label, [value()]
    if isinstance(value, BaseException):
        return label, [value.args, value.__dict__]
    for kind, names in PARTS.items():
        if isinstance(value, kind):
            # The __dict__ of a method is that of its function.
            attributes = (
                [] if kind in (types.MethodType, types.BuiltinMethodType) else [getattr(value, '__dict__', None)]
            )
            return label, [getattr(value, name) for name in names] + attributes
    parts = []
    for kind in CONTAINERS:
        if isinstance(value, kind):
            parts = list(kind.__iter__(value))
    if isinstance(value, (dict, types.MappingProxyType)):
        # A warning leaves its registry in the globals that it is said to come from, whichever these are.
        parts = [part for pair in dict(value).items() if pair[0] != '__warningregistry__' for part in pair]
    elif isinstance(value, (set, frozenset)):
        label += short(repr(sorted(map(repr, value))))
    elif isinstance(value, bytearray):
        label += short(repr(bytes(value)))
    elif isinstance(value, ATOMS):
        label += short(next(kind for kind in ATOMS if isinstance(value, kind)).__repr__(value))
    elif not parts and (cls.__module__ in ('datetime', 'decimal', 'fractions', 'uuid', 're', 'operator', 'builtins')):
        label += short(re.sub(r'0x[0-9a-fA-F]+', '0x', repr(value)))
    for base in cls.__mro__:
        names = base.__dict__.get('__slots__', ())
        for name in (names,) if isinstance(names, str) else names:
            if name not in SKIPPED:
                mangled = (
                    f'_{base.__name__.lstrip("_")}{name}' if name.startswith('__') and not name.endswith('__') else name
                )
                parts += [name, getattr(value, mangled, 'not set')]
    attributes = getattr(value, '__dict__', None)
    return label, parts + ([attributes] if attributes else [])


def description(value):
    """One line an object, in the order of a walk, with numbers for those that appear again."""
    numbers, lines, stack = {}, [], [value]
    alive = []  # so that no two objects have the same address
    while stack:
        value = stack.pop()
        if type(value) in ATOMS:
            lines.append(short(repr(value)))
            continue
        if id(value) in numbers:
            lines.append(f'#{numbers[id(value)]}')
            continue
        numbers[id(value)] = len(numbers)
        alive.append(value)
        try:
            label, parts = parts_of(value)
        except Exception as error:  # of a __repr__, say
            label, parts = f'{type(value).__name__}: {type(error).__name__}', []
        lines.append(f'{label} {len(parts)}')
        stack += reversed(parts)
    return '\n'.join(lines)


def main():
    warnings.simplefilter('ignore')
    with open(sys.argv[1], 'rb') as pickles, open(sys.argv[2], 'wb') as out:
        write = functools.partial(pickle.dump, file=out)
        while pickles.peek(1):
            key, data, buffer = pickle.load(pickles)
            write((key, None, 'the process died'))
            out.flush()
            try:
                value = Unpickler(io.BytesIO(data), buffers=[buffer] if buffer else None).load()
            except Exception as error:
                write((key, None, f'{type(error).__name__}: {error}'))
                continue
            write((key, description(value), None))
