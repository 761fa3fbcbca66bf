"""Names that upstream's dill._dill has beside what it defines: types, facts about the interpreter, modules.

Other libraries import them from there. Those whose making would slow the import of dill are made when they are first
asked for: see lazy().
"""

import _contextvars
import _pyio
import _thread
import builtins
import functools
import gc
import importlib.util
import operator
import os
import pickle
import sys
import types
import weakref
from collections import OrderedDict
from enum import Enum, EnumMeta
from functools import lru_cache, partial
from importlib.machinery import EXTENSION_SUFFIXES as _SUFFIXES
from io import BytesIO as StringIO
from operator import attrgetter, itemgetter
from types import new_class

from dill import _engine
from dill._typemap import FILE_TYPES, PYTHON_FILE_TYPES

__all__ = [
    'ALL_CODE_PARAMS', 'AttrGetterType', 'BufferType', 'BufferedRandomType', 'BufferedReaderType',
    'BufferedWriterType', 'BuiltinMethodType', 'CODE_PARAMS', 'CODE_VERSION', 'CallableProxyType', 'CellType',
    'ClassMethodDescriptorType', 'ClassType', 'CodeType', 'ContextType', 'DictProxyType', 'ENCODE_PARAMS',
    'EXTENSION_SUFFIXES', 'EllipsisType', 'Enum', 'EnumMeta', 'ExceptHookArgsType', 'ExitType', 'FileType',
    'FrameType', 'FunctionType', 'GENERATOR_FAIL', 'GLOBAL', 'GeneratorType', 'GetSetDescriptorType',
    'HAS_CTYPES', 'IPYTHON_SINGLETONS', 'IS_IPYTHON', 'IS_PYODIDE', 'IS_PYPY', 'InputType', 'ItemGetterType',
    'LRUCacheType', 'LockType', 'MAPPING_PROXY_TRICK', 'MemberDescriptorType', 'MethodDescriptorType',
    'MethodType', 'MethodWrapperType', 'ModuleType', 'NotImplementedType', 'OLD310', 'OLD312a7', 'OLD38',
    'OLD39', 'OrderedDict', 'OutputType', 'POP', 'PartialType', 'ProxyType', 'PyBufferedRandomType',
    'PyBufferedReaderType', 'PyBufferedWriterType', 'PyCapsuleType', 'PyTextWrapperType', 'RLockType',
    'ReferenceType', 'SliceType', 'StringIO', 'SuperType', 'TextWrapperType', 'ThreadHandleType',
    'TracebackType', 'TypeType', 'WrapperDescriptorType', 'XRangeType', '_attrgetter_helper',
    '_dictproxy_helper', '_dictproxy_helper_instance', '_itemgetter_helper', '_open', '_testcapsule',
    '_testcapsule_name', 'attrgetter', 'gc', 'importlib', 'itemgetter', 'lru_cache', 'new_attr', 'new_class',
    'os', 'params', 'partial', 'version',
]  # fmt: skip
if sys.version_info >= (3, 10):
    __all__.append('GenericAlias')

# Types
AttrGetterType = operator.attrgetter
BufferType = memoryview
BufferedRandomType = FILE_TYPES['BufferedRandomType']
BufferedReaderType = FILE_TYPES['BufferedReaderType']
BufferedWriterType = FILE_TYPES['BufferedWriterType']
BuiltinMethodType = types.BuiltinMethodType
CallableProxyType = weakref.CallableProxyType
CellType = types.CellType
ClassMethodDescriptorType = types.ClassMethodDescriptorType
ClassType = TypeType = type
CodeType = types.CodeType
ContextType = type(_contextvars.Context())
DictProxyType = types.MappingProxyType
EllipsisType = type(Ellipsis)
ExceptHookArgsType = _thread._ExceptHookArgs
ExitType = type(exit) if 'exit' in vars(builtins) else None
FileType = FILE_TYPES['FileType']
FrameType = types.FrameType
FunctionType = types.FunctionType
GeneratorType = types.GeneratorType
GetSetDescriptorType = types.GetSetDescriptorType
InputType = OutputType = None  # of Python 2
ItemGetterType = operator.itemgetter
LRUCacheType = functools._lru_cache_wrapper
LockType = _thread.LockType
MemberDescriptorType = types.MemberDescriptorType
MethodDescriptorType = types.MethodDescriptorType
MethodType = types.MethodType
MethodWrapperType = types.MethodWrapperType
ModuleType = types.ModuleType
NotImplementedType = type(NotImplemented)
PartialType = functools.partial
ProxyType = weakref.ProxyType
PyBufferedRandomType = PYTHON_FILE_TYPES['PyBufferedRandomType']
PyBufferedReaderType = PYTHON_FILE_TYPES['PyBufferedReaderType']
PyBufferedWriterType = PYTHON_FILE_TYPES['PyBufferedWriterType']
PyCapsuleType = _engine.CapsuleType
PyTextWrapperType = PYTHON_FILE_TYPES['PyTextWrapperType']
RLockType = _thread.RLock
ReferenceType = weakref.ReferenceType
SliceType = slice
SuperType = super
TextWrapperType = FILE_TYPES['TextWrapperType']
ThreadHandleType = getattr(_thread, '_ThreadHandle', None)
TracebackType = types.TracebackType
WrapperDescriptorType = types.WrapperDescriptorType
XRangeType = range
if sys.version_info >= (3, 10):
    from types import GenericAlias

# Facts
OLD38 = sys.version_info < (3, 8)
OLD39 = sys.version_info < (3, 9)
OLD310 = sys.version_info < (3, 10)
OLD312a7 = sys.version_info < (3, 12)
IS_PYPY = sys.implementation.name == 'pypy'
IS_PYODIDE = sys.platform == 'emscripten'
IS_IPYTHON = '__IPYTHON__' in vars(builtins)
HAS_CTYPES = importlib.util.find_spec('_ctypes') is not None
GENERATOR_FAIL = False
MAPPING_PROXY_TRICK = sys.version_info >= (3, 9)
EXTENSION_SUFFIXES = tuple(_SUFFIXES)
IPYTHON_SINGLETONS = ('exit', 'quit', 'get_ipython') if IS_IPYTHON else ()

GLOBAL = pickle.GLOBAL
POP = pickle.POP

# Layouts of the code constructor's arguments: (version, an attribute that no older version has, fields).
_TO_NAME = 'nlocals stacksize flags code consts names varnames filename name'
ALL_CODE_PARAMS = [
    (
        (3, 11, 'a'),
        'co_endlinetable',
        f'argcount posonlyargcount kwonlyargcount {_TO_NAME} qualname firstlineno linetable endlinetable columntable '
        'exceptiontable freevars cellvars',
    ),
    (
        (3, 11),
        'co_exceptiontable',
        f'argcount posonlyargcount kwonlyargcount {_TO_NAME} qualname firstlineno linetable exceptiontable freevars '
        'cellvars',
    ),
    (
        (3, 11, 'p'),
        'co_qualname',
        f'argcount posonlyargcount kwonlyargcount {_TO_NAME} qualname firstlineno linetable freevars cellvars',
    ),
    (
        (3, 10),
        'co_linetable',
        f'argcount posonlyargcount kwonlyargcount {_TO_NAME} firstlineno linetable freevars cellvars',
    ),
    (
        (3, 8),
        'co_posonlyargcount',
        f'argcount posonlyargcount kwonlyargcount {_TO_NAME} firstlineno lnotab freevars cellvars',
    ),
    ((3, 7), 'co_kwonlyargcount', f'argcount kwonlyargcount {_TO_NAME} firstlineno lnotab freevars cellvars'),
]
CODE_VERSION, new_attr, params = next(layout for layout in ALL_CODE_PARAMS if hasattr(CodeType, layout[1]))
version = CODE_VERSION
CODE_PARAMS = params.split()
ENCODE_PARAMS = {'code', 'lnotab', 'linetable', 'endlinetable', 'columntable', 'exceptiontable'}.intersection(
    CODE_PARAMS
)

_testcapsule_name = b'dill._dill._testcapsule'
_testcapsule = _engine.sample_capsule(_testcapsule_name)
_open = _pyio.open


class _dictproxy_helper(dict):
    """``proxy | _dictproxy_helper()`` is the mapping behind a mappingproxy."""

    def __ror__(self, a):
        return a


_dictproxy_helper_instance = _dictproxy_helper()


class _itemgetter_helper:
    """Collects in a list the items that an itemgetter asks for."""

    def __init__(self, items):
        self.items = items

    def __getitem__(self, item):
        self.items.append(item)


class _attrgetter_helper:
    """Collects in a list the dotted attributes that an attrgetter asks for."""

    def __init__(self, attrs, index=None):
        self.attrs = attrs
        self.index = index

    def __getattribute__(self, attr):
        attrs, index = object.__getattribute__(self, 'attrs'), object.__getattribute__(self, 'index')
        if index is None:
            index = len(attrs)
            attrs.append(attr)
        else:
            attrs[index] += f'.{attr}'
        return type(self)(attrs, index)


_MODULES = ('ctypes', 'inspect', 'marshal')
_CAPSULE_FUNCTIONS = {
    # C function: (result, arguments), as names in ctypes
    'New': ('py_object', 'c_void_p', 'c_char_p', 'c_void_p'),
    'GetPointer': ('c_void_p', 'py_object', 'c_char_p'),
    'GetDestructor': ('c_void_p', 'py_object'),
    'GetContext': ('c_void_p', 'py_object'),
    'GetName': ('c_char_p', 'py_object'),
    'IsValid': ('c_bool', 'py_object', 'c_char_p'),
    'SetContext': ('c_int', 'py_object', 'c_void_p'),
    'SetDestructor': ('c_int', 'py_object', 'c_void_p'),
    'SetName': ('c_int', 'py_object', 'c_char_p'),
    'SetPointer': ('c_int', 'py_object', 'c_void_p'),
}
LAZY = (
    *_MODULES,
    *(f'_PyCapsule_{name}' for name in _CAPSULE_FUNCTIONS),
    'SocketType',
    'reduce_socket',
)


def lazy(name):
    """The object of that name; AttributeError if there is none."""
    if name in _MODULES:
        return importlib.import_module(name)
    if name.startswith('_PyCapsule_') and name[11:] in _CAPSULE_FUNCTIONS:
        import ctypes

        function = getattr(ctypes.pythonapi, name[1:])
        result, *arguments = (getattr(ctypes, kind) for kind in _CAPSULE_FUNCTIONS[name[11:]])
        function.restype, function.argtypes = result, tuple(arguments)
        return function
    if name == 'SocketType':
        import socket

        return socket.socket
    if name == 'reduce_socket':
        from multiprocessing.reduction import _reduce_socket

        return _reduce_socket
    raise AttributeError(f"module 'dill._dill' has no attribute {name!r}")
