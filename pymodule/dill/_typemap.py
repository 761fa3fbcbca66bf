"""Names of builtin types in streams: the argument of ``dill._dill._load_type``."""

import _pyio
import builtins
import functools
import io
import operator
import os
import types
from collections import OrderedDict

__all__ = ['FILE_TYPES', 'PYTHON_FILE_TYPES', 'make_reverse_typemap']


def _file_types(open_):
    """{name: type} of what open() gives, found by opening the null device."""
    found = {}
    for name, mode, keywords in (
        ('BufferedReaderType', 'rb', {}),
        ('BufferedWriterType', 'wb', {}),
        ('BufferedRandomType', 'r+b', {}),
        ('TextWrapperType', 'r', {}),
        ('FileType', 'rb', {'buffering': 0}),
    ):
        with open_(os.devnull, mode, **keywords) as file:
            found[name] = type(file)
    return found


FILE_TYPES = _file_types(io.open)
# The raw file of _pyio is io's own subclass there; upstream names no type for it.
PYTHON_FILE_TYPES = {'Py' + name: found for name, found in _file_types(_pyio.open).items() if name != 'FileType'}


def make_reverse_typemap():
    """A new dict from the names that streams use to the types: builtins, `types`, and those that neither holds."""
    names = {}
    for module in (builtins, types):
        for name, value in vars(module).items():
            if type(value) is type and value.__module__ == 'builtins':
                names[name] = value
    odict = OrderedDict()
    names.update(
        PartialType=functools.partial,
        SuperType=super,
        ItemGetterType=operator.itemgetter,
        AttrGetterType=operator.attrgetter,
        ExitType=type(exit) if 'exit' in vars(builtins) else type(os._exit),
        DictKeysType=type({}.keys()),
        DictValuesType=type({}.values()),
        DictItemsType=type({}.items()),
        OdictKeysType=type(odict.keys()),
        OdictValuesType=type(odict.values()),
        OdictItemsType=type(odict.items()),
    )
    names.update(FILE_TYPES)
    names.update(PYTHON_FILE_TYPES)
    return names
