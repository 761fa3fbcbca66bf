"""Names of builtin types in streams: the argument of ``dill._dill._load_type``."""

import _pyio
import builtins
import functools
import io
import operator
import os
import sys
import types
from collections import OrderedDict

from dill import _engine

__all__ = ['FILE_TYPES', 'INCIDENTAL_TYPES', 'OTHER_NAMES', 'PYTHON_FILE_TYPES', '_create_typemap', 'make_typemaps']


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


_odict = OrderedDict()
# What neither builtins nor types holds, but a builtin object may be of.
INCIDENTAL_TYPES = {
    'FileType': FILE_TYPES['FileType'],
    **{name: found for name, found in FILE_TYPES.items() if name != 'FileType'},
    **PYTHON_FILE_TYPES,
    'DictKeysType': type({}.keys()),
    'DictValuesType': type({}.values()),
    'DictItemsType': type({}.items()),
    'OdictKeysType': type(_odict.keys()),
    'OdictValuesType': type(_odict.values()),
    'OdictItemsType': type(_odict.items()),
}
if 'exit' in vars(builtins):
    INCIDENTAL_TYPES['ExitType'] = type(builtins.exit)
if sys.version_info >= (3, 11):
    INCIDENTAL_TYPES['GenericAliasIteratorType'] = type(iter(list[int]))


# Names in streams of Python 2 and of versions newer than this one.
OTHER_NAMES = {
    'BooleanType': bool,
    'BufferType': memoryview,
    'ClassType': type,
    'ComplexType': complex,
    'DictProxyType': types.MappingProxyType,
    'DictType': dict,
    'DictionaryType': dict,
    'EllipsisType': type(Ellipsis),
    'FloatType': float,
    'IntType': int,
    'ListType': list,
    'LongType': int,
    'NoneType': type(None),
    'NotImplementedType': type(NotImplemented),
    'ObjectType': object,
    'SliceType': slice,
    'StringType': str,
    'TupleType': tuple,
    'TypeType': type,
    'UnboundMethodType': types.FunctionType,
    'UnicodeType': str,
    'XRangeType': range,
    'basestring': str,
    'long': int,
    'unicode': str,
    'xrange': range,
}


def _create_typemap():
    """(name, type) of all types in builtins and `types` that say they are builtin."""
    for module in (builtins, types):
        for name, value in vars(module).items():
            if type(value) is type and value.__module__ == 'builtins':
                yield name, value


def make_typemaps():
    """Two new dicts: from the names that streams use to types, and back, the last name of a type being the one."""
    names = dict(_create_typemap())
    names.update(
        PartialType=functools.partial,
        SuperType=super,
        ItemGetterType=operator.itemgetter,
        AttrGetterType=operator.attrgetter,
        **INCIDENTAL_TYPES,
    )
    types_ = {type_: name for name, type_ in names.items()}
    names['PyCapsuleType'] = _engine.CapsuleType  # upstream reads this name but writes the type as a global
    return names, types_
