"""Samples of the types of the standard library, by names: what dill can copy and what it cannot.

succeeds -- samples that can be copied, those of `registered` among them
failures -- samples that cannot
registered -- those of types that streams name by a key of _dill._reverse_typemap which neither builtins nor types has

Imported by dill.load_types() only: making the samples imports half of the standard library.
"""

# mypy: ignore-errors
import argparse
import array
import calendar
import codecs
import collections
import contextlib
import csv
import ctypes
import dataclasses
import datetime
import decimal
import fractions
import functools
import gzip
import hashlib
import hmac
import io
import itertools
import logging
import logging.handlers
import numbers
import operator
import optparse
import os
import pprint
import queue
import re
import shelve
import socket
import struct
import symtable
import sys
import tarfile
import tempfile
import threading
import warnings
import weakref
import zlib

from dill import _dill

__all__ = ['failures', 'registered', 'succeeds']


class _Sample:
    def _method(self):
        pass


class _SlottedSample:
    __slots__ = ('descriptor',)


class _CallableSample:
    def __call__(self):
        pass


class _Structure(ctypes.Structure):
    _fields_ = (('_field', ctypes.c_int),)


def _generator():
    yield 1


def _failed():
    try:
        raise RuntimeError('a sample')
    except RuntimeError as error:
        return error


def _closed_over(x):
    return lambda: x


_sample, _callable, _error = _Sample(), _CallableSample(), _failed()
_started, _running = _generator(), io.BytesIO()
_logger = logging.getLogger()
_parser = optparse.OptionParser()
_pattern = re.compile('')
_character = ctypes.c_char()
_library = ctypes.CDLL(None)
_Pointer = ctypes.POINTER(ctypes.c_char)
_CFunction = ctypes.CFUNCTYPE(ctypes.c_char)
_comparing = functools.cmp_to_key(object().__eq__)
_odict = collections.OrderedDict()

registered = {
    'AttrGetterType': operator.attrgetter('real'),
    'DictItemsType': {}.items(),
    'DictKeysType': {}.keys(),
    'DictValuesType': {}.values(),
    'FileType': open(os.devnull, 'rb', buffering=0),
    'ItemGetterType': operator.itemgetter(0),
    'OdictItemsType': _odict.items(),
    'OdictKeysType': _odict.keys(),
    'OdictValuesType': _odict.values(),
    'PartialType': functools.partial(int, base=2),
    'PyCapsuleType': _dill._testcapsule,
    'SuperType': super(Exception, _error),
    # These are the types themselves.
    **{
        name: getattr(_dill, name)
        for name in (
            'BufferedRandomType', 'BufferedReaderType', 'BufferedWriterType', 'PyBufferedRandomType',
            'PyBufferedReaderType', 'PyBufferedWriterType', 'PyTextWrapperType', 'TextWrapperType',
        )
    },
}  # fmt: skip
if sys.version_info >= (3, 11):
    registered['GenericAliasIteratorType'] = iter(list[int])
if _dill.ExitType is not None:
    registered['ExitType'] = sys.modules['builtins'].exit

_of_the_language = {
    'BooleanType': True,
    'BuiltinFunctionType': len,
    'BuiltinMethodType': len,
    'ByteArrayType': bytearray(b'a'),
    'BytesType': b'a',
    'CellType': _closed_over(0).__closure__[0],
    'ClassInstanceType': _SlottedSample(),
    'ClassMethodDescriptorType': type.__dict__['__prepare__'],
    'ClassMethodType': classmethod(_closed_over),
    'ClassObjectType': _SlottedSample,
    'ClassType': _Sample,
    'ClosedFileType': None,
    'CodeType': compile('', '', 'exec'),
    'ComplexType': 1j,
    'DictProxyType': type.__dict__,
    'DictProxyType2': _Sample.__dict__,
    'DictType': {},
    'DictionaryType': {},
    'EllipsisType': Ellipsis,
    'ExceptionType': _error,
    'FloatType': 1.0,
    'FrozenSetType': frozenset(),
    'FunctionType': _closed_over,
    'GetSetDescriptorType': array.array.typecode,
    'InstanceType': _sample,
    'IntType': 1,
    'LambdaType': lambda x: lambda y: x,
    'ListType': [],
    'LongType': 1,
    'MemberDescriptorType': _SlottedSample.descriptor,
    'MemberDescriptorType2': datetime.timedelta.days,
    'MethodDescriptorType': type.__dict__['mro'],
    'MethodType': _sample._method,
    'MethodWrapperType': [].__repr__,
    'ModuleType': datetime,
    'NoneType': None,
    'NotImplementedType': NotImplemented,
    'ObjectType': object(),
    'PropertyType': property(),
    'SetType': set(),
    'SliceType': slice(1),
    'StaticMethodType': staticmethod(_closed_over),
    'StringType': 'a',
    'TupleType': (),
    'TypeType': type,
    'UnboundMethodType': _Sample._method,
    'UnicodeType': 'a',
    'WrapperDescriptorType': type.__repr__,
    'XRangeType': range(1),
}
for _name, _printer in (('CopyrightType', 'copyright'), ('QuitterType', 'quit')):
    if hasattr(sys.modules['builtins'], _printer):  # python -S has none
        _of_the_language[_name] = getattr(sys.modules['builtins'], _printer)

_iterators = {
    'BytearrayIteratorType': iter(bytearray(b'a')),
    'BytesIteratorType': iter(b'a'),
    'CallableIteratorType': iter(iter, None),
    'ChainType': itertools.chain('a', 'b'),
    'CombinationsType': itertools.combinations('a', 1),
    'CompressType': itertools.compress('a', [1]),
    'CountType': itertools.count(0),
    'CycleType': itertools.cycle('a'),
    'DictReverseitemiteratorType': reversed({}.items()),
    'DictReversekeyiteratorType': reversed({}.keys()),
    'DictReversevalueiteratorType': reversed({}.values()),
    'DictionaryItemIteratorType': iter({}.items()),
    'DictionaryKeyIteratorType': iter({}.keys()),
    'DictionaryValueIteratorType': iter({}.values()),
    'IzipType': zip('a', 'b'),
    'ListIteratorType': iter([]),
    'ListReverseiteratorType': reversed([]),
    'OdictIteratorType': iter(_odict.keys()),
    'PermutationsType': itertools.permutations('a'),
    'ProductType': itertools.product('a', 'b'),
    'RepeatType': itertools.repeat(0),
    'SetIteratorType': iter(set()),
    'TupleIteratorType': iter(()),
    'XRangeIteratorType': iter(range(1)),
}

_of_the_library = {
    'ArgDefaultsHelpFormatterType': argparse.ArgumentDefaultsHelpFormatter('program'),
    'ArgParseFileType': argparse.FileType(),
    'ArrayType': array.array('f'),
    'BufferedIOBaseType': io.BufferedIOBase(),
    'CalendarType': calendar.Calendar(),
    'CallableProxyType': weakref.proxy(_callable),
    'CounterType': collections.Counter(),
    'DataclassesFieldBaseType': dataclasses._FIELD,
    'DataclassesHasDefaultFactoryType': dataclasses._HAS_DEFAULT_FACTORY,
    'DataclassesMissingType': dataclasses.MISSING,
    'DateTimeType': datetime.datetime(2000, 1, 1),
    'DeadCallableProxyType': weakref.proxy(_CallableSample()),
    'DeadProxyType': weakref.proxy(_Sample()),
    'DeadReferenceType': weakref.ref(_Sample()),
    'DecimalType': decimal.Decimal(1),
    'DefaultDictType': collections.defaultdict(list),
    'DequeType': collections.deque([0]),
    'FileHandlerType': logging.FileHandler(os.devnull, delay=True),
    'FilterType': logging.Filter(),
    'FormatterType': logging.Formatter(),
    'FractionType': fractions.Fraction(),
    'GeneratorContextManagerType': contextlib.contextmanager(max)([1]),
    'IOBaseType': io.IOBase(),
    'InputType': io.BytesIO(b'a'),
    'LockType': threading.Lock(),
    'LogRecordType': logging.makeLogRecord({}),
    'LoggerAdapterType': logging.LoggerAdapter(_logger, {}),
    'LoggerType': _logger,
    'MemoryHandlerType': logging.handlers.MemoryHandler(1),
    'MethodCallerType': operator.methodcaller('mro'),
    'NamedLoggerType': logging.getLogger(__name__),
    'NullHandlerType': logging.NullHandler(),
    'NumberType': numbers.Number(),
    'OptionGroupType': optparse.OptionGroup(_parser, 'a group'),
    'OptionParserType': _parser,
    'OptionType': optparse.Option('--option'),
    'OrderedDictType': _odict,
    'OutputType': io.BytesIO(),
    'PrettyPrinterType': pprint.PrettyPrinter(),
    'ProxyType': weakref.proxy(_sample),
    'QueueType': queue.Queue(),
    'RLockType': threading.RLock(),
    'RawDescriptionHelpFormatterType': argparse.RawDescriptionHelpFormatter('program'),
    'RawIOBaseType': io.RawIOBase(),
    'RawTextHelpFormatterType': argparse.RawTextHelpFormatter('program'),
    'ReferenceType': weakref.ref(_sample),
    'RotatingFileHandlerType': logging.handlers.RotatingFileHandler(os.devnull, delay=True),
    'SREPatternType': _pattern,
    'ShelveType': shelve.Shelf({}),
    'SocketHandlerType': logging.handlers.SocketHandler('localhost', 514),
    'StreamHandlerType': logging.StreamHandler(),
    'TZInfoType': datetime.tzinfo(),
    'TarFileType': tarfile.open(fileobj=io.BytesIO(), mode='w'),
    'TarInfoType': tarfile.TarInfo(),
    'TemporaryFileType': tempfile.TemporaryFile('w'),
    'TextIOBaseType': io.TextIOBase(),
    'UnicodeIOType': io.StringIO(),
    'WeakKeyDictionaryType': weakref.WeakKeyDictionary(),
    'WeakSetType': weakref.WeakSet(),
    'WeakValueDictionaryType': weakref.WeakValueDictionary(),
}
if sys.version_info >= (3, 10):
    _of_the_library['DataclassesKWOnlyType'] = dataclasses.KW_ONLY
with contextlib.suppress(ImportError), warnings.catch_warnings():  # gone in Python 3.13
    warnings.simplefilter('ignore', DeprecationWarning)
    import xdrlib

    _of_the_library['PackerType'] = xdrlib.Packer()

_of_ctypes = {
    'CBoolType': ctypes.c_bool(True),
    'CByteType': ctypes.c_byte(),
    'CCharType': _character,
    'CDoubleType': ctypes.c_double(),
    'CFloatType': ctypes.c_float(),
    'CIntType': ctypes.c_int(),
    'CLibraryLoaderType': ctypes.cdll,
    'CLongDoubleType': ctypes.c_longdouble(),
    'CLongLongType': ctypes.c_longlong(),
    'CLongType': ctypes.c_long(),
    'CSSizeTType': ctypes.c_ssize_t(),
    'CShortType': ctypes.c_short(),
    'CSizeTType': ctypes.c_size_t(),
    'CUByteType': ctypes.c_ubyte(),
    'CUIntType': ctypes.c_uint(),
    'CULongLongType': ctypes.c_ulonglong(),
    'CULongType': ctypes.c_ulong(),
    'CUShortType': ctypes.c_ushort(),
    'CWCharType': ctypes.c_wchar(),
    'StructureType': _Structure,
}

_of_numpy = {}
with contextlib.suppress(ImportError):
    import numpy

    # As in upstream: the first and the last are types, the second is the function array.
    _of_numpy = {'NumpyArrayType': numpy.array, 'NumpyInt32Type': numpy.int32, 'NumpyUfuncType': numpy.ufunc}

succeeds = {**_of_the_language, **_iterators, **_of_the_library, **_of_ctypes, **_of_numpy, **registered}

failures = {
    'BufferType': memoryview(b'a'),
    'CCharArrayType': ctypes.create_string_buffer(1),
    'CCharPType': ctypes.c_char_p(),
    'CDLLType': _library,
    'CFUNCTYPEType': _CFunction,
    'CParamType': ctypes.byref(_character),
    'CSVDictReaderType': csv.DictReader([]),
    'CSVDictWriterType': csv.DictWriter(io.StringIO(), {}),
    'CSVReaderType': csv.reader([]),
    'CSVWriterType': csv.writer(io.StringIO()),
    'CVoidPType': ctypes.c_void_p(),
    'CWCharArrayType': ctypes.create_unicode_buffer(1),
    'CWCharPType': ctypes.c_wchar_p(),
    'CallableIteratorType': _pattern.finditer(''),
    'CmpKeyObjType': _comparing('a'),
    'CmpKeyType': _comparing,
    'DialectType': csv.get_dialect('excel'),
    'FieldType': _Structure._field,
    'FrameType': _started.gi_frame,
    'FuncPtrType': _library._FuncPtr(),
    'GeneratorType': _started,
    'GzipFileType': gzip.GzipFile(fileobj=io.BytesIO(), mode='w'),
    'HMACType': hmac.new(b'a', digestmod='sha256'),
    'HashType': hashlib.sha256(),
    'LPCCharObjType': _Pointer,
    'LPCCharType': ctypes.pointer(_character),
    'MemoryIteratorType': iter(memoryview(b'a')),
    'MemoryType': memoryview(b'a'),
    'MemoryType2': memoryview(bytearray(b'a')),
    'NullPtrType': _Pointer(),
    'NullPyObjectType': ctypes.py_object(),
    'PyDLLType': ctypes.pythonapi,
    'PyObjectType': ctypes.py_object(_sample),
    'SREMatchType': _pattern.match(''),
    'SREScannerType': _pattern.scanner(''),
    'SocketPairType': socket.socketpair()[0],
    'SocketType': socket.socket(),
    'StreamReader': codecs.StreamReader(io.BytesIO()),
    'StructType': struct.Struct('c'),
    'SymtableEntryType': symtable.symtable('', '', 'exec')._table,
    'TracebackType': _error.__traceback__,
    'ZlibCompressType': zlib.compressobj(),
    'ZlibDecompressType': zlib.decompressobj(),
}
if sys.version_info < (3, 12):
    failures['CFunctionType'] = _CFunction(str)
if sys.version_info >= (3, 10):
    failures['LineIteratorType'] = compile('3', '', 'eval').co_lines()
if sys.version_info >= (3, 11):
    failures['PositionsIteratorType'] = compile('3', '', 'eval').co_positions()
with contextlib.suppress(ImportError):  # upstream has these if all three modules are there
    import bz2
    import dbm.ndbm
    import sqlite3

    _connection = sqlite3.connect(':memory:')
    with tempfile.TemporaryDirectory() as _folder:
        failures.update(
            BZ2CompressorType=bz2.BZ2Compressor(),
            BZ2DecompressorType=bz2.BZ2Decompressor(),
            BZ2FileType=bz2.BZ2File(os.devnull),
            ConnectionType=_connection,
            CursorType=_connection.cursor(),
            DbmType=dbm.ndbm.open(os.path.join(_folder, 'sample'), 'n'),
        )
