"""Benign files by the standard library alone: data, its types, dill's streams, containers, files of other kinds."""

import array
import ast
import base64
import bz2
import calendar
import collections
import configparser
import datetime
import decimal
import email.message
import enum
import fractions
import functools
import gzip
import http
import inspect
import io
import ipaddress
import json
import logging
import lzma
import operator
import os
import pathlib
import pickle
import random
import re
import signal
import sqlite3
import statistics
import string
import struct
import tarfile
import textwrap
import time
import types
import urllib.parse
import uuid
import xml.etree.ElementTree
import zipfile
import zlib
import zoneinfo
from pathlib import Path

import hostile_files
from assemble import EMPTY_LIST, NONE, POP, STOP, global_, named_call, proto, value

DATA = Path(__file__).resolve().parent.parent / 'data'
PROTOCOLS = range(6)


# ---- random data ----


def random_value(chooser, depth):
    kind = chooser.randrange(14 if depth else 8)
    if kind == 0:
        return chooser.choice([None, True, False])
    if kind == 1:
        return chooser.randrange(-(10 ** chooser.randrange(1, 25)), 10 ** chooser.randrange(1, 25))
    if kind == 2:
        return chooser.choice([0.0, -0.0, 1e300, float('inf'), chooser.random()])
    if kind in (3, 4):
        return ''.join(chooser.choice('abcdefgh XYZ_./\\\'"\n\té☃😀') for _ in range(chooser.randrange(20)))
    if kind == 5:
        return bytes(chooser.randrange(256) for _ in range(chooser.randrange(30)))
    if kind == 6:
        return chooser.choice(
            ['os', 'system', 'builtins', 'eval', 'import os; os.system("ls")', 'cos\nsystem\n', '__reduce__']
        )
    if kind == 7:
        return complex(chooser.random(), 1)
    if kind in (8, 9):
        return [random_value(chooser, depth - 1) for _ in range(chooser.randrange(6))]
    if kind == 10:
        return tuple(random_value(chooser, depth - 1) for _ in range(chooser.randrange(5)))
    if kind in (11, 12):
        return {f'key{i}': random_value(chooser, depth - 1) for i in range(chooser.randrange(6))}
    # Sets of one item: larger ones have no order that stays.
    return frozenset([chooser.randrange(100)]) if chooser.random() < 0.5 else {chooser.choice(['a', 'b'])}


def data():
    chooser = random.Random(5)
    for i in range(300):
        content = random_value(chooser, 5)
        yield f'random {i}', pickle.dumps(content, i % 6)
    shared = ['shared']
    shared.append(shared)
    for protocol in PROTOCOLS:
        yield f'shared and cyclic {protocol}', pickle.dumps([shared, shared, {'a': shared}], protocol)
        yield (
            f'long texts {protocol}',
            pickle.dumps({'text': 'word ' * 20000, 'bytes': b'\0' * 70000, 'more': list(range(1000))}, protocol),
        )
        yield (
            f'empty things {protocol}',
            pickle.dumps([(), [], {}, set(), frozenset(), '', b'', bytearray(), None], protocol),
        )
        yield (
            f'integers {protocol}',
            pickle.dumps([0, 255, 256, 65535, 65536, 2**31, -(2**31), 2**63, 2**2000], protocol),
        )
        yield f'floats {protocol}', pickle.dumps([0.1, float('nan'), float('inf'), 5e-324], protocol)
        yield (
            f'odd texts {protocol}',
            pickle.dumps(['\ud800', '\0', '\x7f\x1b[31m', '\u202eabc', 'a\r\nb', '\\u0041'], protocol),
        )
        yield (
            f'records {protocol}',
            pickle.dumps([{'id': i, 'name': f'n{i}', 'score': i / 7} for i in range(200)], protocol),
        )
        yield (
            f'names of dangerous things as text {protocol}',
            pickle.dumps(['os.system', ('os', 'system'), 'posix\nsystem\n', b'cos\nsystem\n(S"x"\ntR.'], protocol),
        )
        yield (
            f'a pickle as bytes {protocol}',
            pickle.dumps({'carried': hostile_files.HOSTILE, 'more': hostile_files.HOSTILE4}, protocol),
        )


class Color(enum.Enum):
    RED = 1


def stdlib_values():
    """Of importable classes only, so that the file loads anywhere."""
    now = datetime.datetime(2026, 3, 4, 5, 6, 7, 8)
    zone = datetime.timezone(datetime.timedelta(hours=2), 'X')
    message = email.message.EmailMessage()
    message['Subject'] = 'benign'
    message.set_content('text')
    parser = configparser.ConfigParser()
    parser.read_string('[a]\nb = c\n')
    element = xml.etree.ElementTree.fromstring('<a b="c"><d>text</d></a>')
    signature = inspect.Signature([inspect.Parameter('a', inspect.Parameter.KEYWORD_ONLY, default=3)])
    failed = ValueError('bad', 3)
    failed.extra = [1]
    record = logging.LogRecord('name', 20, 'file.py', 3, 'text %s', ('a',), None)
    record.created = record.msecs = record.relativeCreated = 1.0
    record.process = record.thread = 1
    return {
        'date': now.date(),
        'time': now.time(),
        'datetime': now,
        'aware datetime': now.replace(tzinfo=zone),
        'utc': now.replace(tzinfo=datetime.timezone.utc),
        'timedelta': datetime.timedelta(3, 4, 5),
        'timezone': zone,
        'zoneinfo': zoneinfo.ZoneInfo('UTC') if zoneinfo.available_timezones() else datetime.timezone.utc,
        'Decimal': decimal.Decimal('1.50'),
        'decimal context': decimal.Context(prec=5),
        'Fraction': fractions.Fraction(3, 4),
        'UUID': uuid.UUID(int=5),
        'OrderedDict': collections.OrderedDict([('b', 1), ('a', 2)]),
        'Counter': collections.Counter('abcab'),
        'deque': collections.deque([1, 2, 3], 5),
        'defaultdict of list': collections.defaultdict(list, {'a': [1]}),
        'defaultdict of int': collections.defaultdict(int, {'a': 1}),
        'ChainMap': collections.ChainMap({'a': 1}, {'b': 2}),
        'UserDict': collections.UserDict({'a': 1}),
        'UserList': collections.UserList([1]),
        'UserString': collections.UserString('a'),
        'range': range(1, 10, 2),
        'slice': slice(1, None, 3),
        'complex': 1 + 2j,
        'bytearray': bytearray(b'abc'),
        'Ellipsis': ...,
        'NotImplemented': NotImplemented,
        'types': [int, str, list, dict, type, object, bytes],
        'functions by name': [len, sorted, json.dumps, os.path.join, operator.add],
        'array': array.array('d', [1.0, 2.0]),
        'array of bytes': array.array('B', b'abc'),
        'pattern': re.compile('a+(b)?', re.IGNORECASE),
        'pattern of bytes': re.compile(b'[a-z]'),
        'IPv4': ipaddress.ip_address('10.0.0.1'),
        'IPv6 network': ipaddress.ip_network('2001:db8::/32'),
        'HTTPStatus': http.HTTPStatus.NOT_FOUND,
        'Signals': signal.SIGINT,
        'RegexFlag': re.MULTILINE,
        'SimpleNamespace': types.SimpleNamespace(a=1, b=[2]),
        'mappingproxy as dict': dict(types.MappingProxyType({'a': 1})),
        'ValueError': failed,
        'KeyError': KeyError('x'),
        'OSError': OSError(2, 'no', 'file'),
        'UnicodeDecodeError': UnicodeDecodeError('utf-8', b'abc', 0, 1, 'why'),
        'partial of int': functools.partial(int, base=2),
        'itemgetter': operator.itemgetter(1, 2),
        'attrgetter': operator.attrgetter('a.b'),
        'PurePosixPath': pathlib.PurePosixPath('/a/b'),
        'PosixPath': pathlib.Path('/a/b'),
        'PureWindowsPath': pathlib.PureWindowsPath('c:/a'),
        'email': message,
        'ConfigParser': parser,
        'Element': element,
        'ast': ast.parse('a = [1, 2]'),
        'Signature': signature,
        'struct_time': time.gmtime(0),
        'Random': random.Random(3),
        'random state': random.Random(3).getstate(),
        'Template': string.Template('$a'),
        'Formatter': string.Formatter(),
        'NormalDist': statistics.NormalDist(1, 2),
        'urlparse': urllib.parse.urlparse('http://a/b?c#d'),
        'LogRecord': record,
        'TextWrapper': textwrap.TextWrapper(width=30),
        'Calendar': calendar.Calendar(),
        'HTMLCalendar': calendar.TextCalendar(),
        'stat_result': os.stat_result(range(10)),
        'terminal_size': os.terminal_size((80, 24)),
        'version info as tuple': (3, 11, 7),
        'memo of iterators': [iter([1, 2]), iter((1, 2)), iter(range(3)), iter('ab')],
        'enumerate': enumerate([1, 2]),
        'zip': zip([1], [2]),
        'reversed': reversed([1, 2]),
        'property name': property,
        'bound method': [1, 2].append,
        'method of str': 'a b'.split,
        'bound classmethod': dict.fromkeys,
        'CompletedProcess': __import__('subprocess').CompletedProcess(['ls'], 0, 'out', ''),
        'Namespace': __import__('argparse').Namespace(a=1),
        'BytesIO': io.BytesIO(b'abc'),
        'StringIO': io.StringIO('abc'),
        'Event-free lock state': {'locked': False},
        'date in dict keys': {now.date(): 1, datetime.timedelta(1): 2},
        'nested defaultdict': collections.defaultdict(dict, {'a': {'b': 1}}),
        'ZipInfo': zipfile.ZipInfo('a'),
        'TarInfo': tarfile.TarInfo('a'),
        'Quoter': urllib.parse.SplitResult('a', 'b', 'c', 'd', 'e'),
        'DefragResult': urllib.parse.urldefrag('http://a#b'),
        'Maildir message': __import__('mailbox').MaildirMessage(b'a'),
        'HTTP cookie': __import__('http.cookies').cookies.SimpleCookie('a=b'),
        'difflib Match': __import__('difflib').SequenceMatcher(None, 'ab', 'b').find_longest_match(0, 2, 0, 1),
        'Token': __import__('tokenize').TokenInfo(1, 'a', (1, 0), (1, 1), 'a'),
        'Shlex-free list': __import__('shlex').split('a "b c"'),
        'platform uname': tuple(range(5)),
        'sched Event': [1, 'a'],
        'FrameSummary': __import__('traceback').FrameSummary('f.py', 1, 'name', line='x'),
    }


def stdlib():
    for label, content in stdlib_values().items():
        for protocol in PROTOCOLS:
            try:
                stream = pickle.dumps(content, protocol)
            except (TypeError, AttributeError, pickle.PicklingError):
                continue
            yield f'{label} {protocol}', stream


# ---- what the Unpickler takes though no Pickler writes it ----


def hand_made():
    yield 'Python 2 str', b"(dp0\nS'name'\np1\nS'caf\\xe9'\np2\ns."
    yield 'Python 2 unicode', b'(lp0\nVa\\u00e9\np1\na.'
    yield 'Python 2 objects', b'ccopy_reg\n_reconstructor\n(c__builtin__\nobject\np0\ng0\nNtR.'
    yield 'Python 2 long', b'L123456789012345678901L\n.'
    yield 'Python 2 set', b'c__builtin__\nset\n((lI1\natR.'
    yield 'Python 2 class', b'(iUserDict\nUserDict\n.'
    yield 'INST of an exception', b"(S'text'\niexceptions\nValueError\n."
    yield 'several pickles', b''.join(pickle.dumps(i, i % 6) for i in range(10))
    yield 'bytes behind', pickle.dumps([1]) + b'trailing bytes'
    yield 'zeros behind', pickle.dumps([1]) + bytes(4096)
    yield 'PROTO twice', proto(2) + proto(2) + NONE + STOP
    yield 'NOPs', proto(2) + (NONE + POP) * 10 + EMPTY_LIST + STOP
    yield 'unused memo', proto(4) + b'\x94'.join([b'K\x01'] * 3) + STOP
    yield 'large frame', pickle.dumps(['x' * 30] * 10000, 4)
    yield 'names that are never called', global_('json', 'dumps') + STOP
    yield 'class of the standard library', global_('collections', 'OrderedDict') + STOP
    yield 'reduce of a builtin type', named_call('builtins', 'complex', 1.0, 2.0) + STOP
    yield 'EXT-free long names', value('a' * 300) + STOP
    for dialect in ('i', 'o'):
        head = b'(' if dialect == 'i' else b'(ccollections\nOrderedDict\n'
        yield f'OrderedDict by {dialect}', head + (b'icollections\nOrderedDict\n' if dialect == 'i' else b'o') + STOP


def dill_streams():
    """Written by several versions of dill for several versions of Python."""
    for path in sorted((DATA / 'streams').glob('*.json')):
        for label, entry in json.loads(path.read_text()).items():
            yield f'{path.stem}: {label}', base64.b64decode(entry[2])
    for path in sorted((DATA / 'pickle').glob('dill*.pkl')):
        yield path.stem, path.read_bytes()


def dill_reconstructors():
    """By hand, as dill writes them."""
    d = 'dill._dill'
    for text in ('range(0, 3)', 'range(0, 10, 2)', 'slice(1, 2, None)'):
        yield f'_eval_repr {text}', named_call(d, '_eval_repr', text) + STOP
    for name in (
        'FunctionType',
        'CodeType',
        'CellType',
        'ModuleType',
        'NoneType',
        'EllipsisType',
        'MethodType',
        'LambdaType',
    ):
        yield f'_load_type {name}', named_call(d, '_load_type', name) + STOP
    for name in ('json', 'math', 'os.path', 'collections', 'os', 'sys'):
        yield f'_import_module {name}', named_call(d, '_import_module', name) + STOP
    yield '_create_cell', named_call(d, '_create_cell', 3) + STOP
    yield '_create_lock', named_call(d, '_create_lock', False) + STOP
    yield '_create_rlock', named_call(d, '_create_rlock', 0, 0) + STOP
    yield '_create_weakref', named_call(d, '_create_weakref', None) + STOP
    yield '_create_stringi', named_call(d, '_create_stringi', 'text', 0, False) + STOP


# ---- containers, and files that are no pickles ----


def containers():
    contents = [pickle.dumps({'weights': [i / 3 for i in range(50)], 'i': i}, i % 6) for i in range(12)]
    compressors = {
        '.gz': lambda d: gzip.compress(d, mtime=0),
        '.bz2': bz2.compress,
        '.xz': lzma.compress,
        '.lzma': lambda d: lzma.compress(d, format=lzma.FORMAT_ALONE),
        '.z': zlib.compress,
    }
    for i, content in enumerate(contents):
        for extension, compress in compressors.items():
            yield f'pickle {i} in {extension}', compress(content), extension
        yield (
            f'zip of pickle {i}',
            hostile_files.zipped([(f'{i}.pkl', content)], zipfile.ZIP_DEFLATED if i % 2 else zipfile.ZIP_STORED),
            '.zip',
        )
        yield f'tar of pickle {i}', hostile_files.tarred([(f'{i}.pkl', content)]), '.tar'
        yield f'torch zip of data {i}', hostile_files.torch_zip(content), '.pt'
        yield (
            f'text and pickle {i}',
            hostile_files.zipped([('a.txt', b'text'), (f'{i}.pkl', content)], comment=b'note'),
            '.zip',
        )
        yield (
            f'tar.gz of pickle {i}',
            gzip.compress(hostile_files.tarred([('a', content), ('b', b'text')]), mtime=0),
            '.tgz',
        )
    yield 'zip in zip', hostile_files.zipped([('a.zip', hostile_files.zipped([('a.pkl', contents[0])]))]), '.zip'
    yield (
        'tar in gz in zip',
        hostile_files.zipped([('a.tgz', gzip.compress(hostile_files.tarred([('a', contents[1])]), mtime=0))]),
        '.zip',
    )
    yield (
        'legacy torch of data',
        b''.join(pickle.dumps(p, 2) for p in (0x1950A86A20F9469CFC6C, 1001, {'a': 1}, {'w': [1]}, [])),
        '.pt',
    )


def npy_data(descr, raw, shape):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b' ' * (-(len(header) + 11) % 64) + b'\n'
    return b'\x93NUMPY\x01\x00' + struct.pack('<H', len(header)) + header + raw


def png(width, height):
    def chunk(kind, content):
        return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', zlib.crc32(kind + content))

    rows = b''.join(b'\0' + bytes((x * y) % 256 for x in range(width * 3)) for y in range(height))
    header = struct.pack('>2I5B', width, height, 8, 2, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b'')


def database():
    connection = sqlite3.connect(':memory:')
    connection.execute('create table t (a, b)')
    connection.executemany('insert into t values (?, ?)', [(i, f'text {i}') for i in range(50)])
    return b'\n'.join(line.encode() for line in connection.iterdump())


def other_files():
    """No pickle in them at all."""
    here = Path(__file__).resolve().parent
    for path in sorted(here.glob('*.py')):
        yield f'source {path.name}', path.read_bytes(), '.py'
    for size in ((1, 1), (16, 9), (64, 64)):
        yield f'PNG {size}', png(*size), '.png'
        yield f'zip of PNG {size}', hostile_files.zipped([('a.png', png(*size))]), '.zip'
    for i, text in enumerate(
        (
            '',
            'a',
            'hello world\n',
            'key = value\n' * 50,
            'Name,Value\n1,2\n',
            '<html></html>',
            '(a)',
            'I am text.',
            'c is a letter\nand more\n.',
        )
    ):
        yield f'text {i}', text.encode(), '.txt'
        yield f'JSON {i}', json.dumps({'text': text, 'n': [i, None]}).encode(), '.json'
        yield f'UTF-16 {i}', text.encode('utf-16'), '.txt'
        yield f'gzip of text {i}', gzip.compress(text.encode(), mtime=0), '.gz'
    for descr, raw, shape in (
        ('<f8', bytes(80), '(10,)'),
        ('<i4', bytes(48), '(3, 4)'),
        ('|b1', bytes(5), '(5,)'),
        ('<U3', bytes(24), '(2,)'),
        ('<M8[s]', bytes(16), '(2,)'),
        ('|S4', bytes(12), '(3,)'),
    ):
        yield f'npy {descr}', npy_data(descr, raw, shape), '.npy'
        yield f'npz {descr}', hostile_files.zipped([('a.npy', npy_data(descr, raw, shape))]), '.npz'
    yield 'JPEG', b'\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0' + bytes(range(256)) + b'\xff\xd9', '.jpg'
    yield (
        'GIF',
        b'GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;',
        '.gif',
    )
    yield 'PDF', b'%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n', '.pdf'
    yield 'ELF', b'\x7fELF\x02\x01\x01' + bytes(57), '.so'
    yield 'SQL', database(), '.sql'
    yield 'WAV', b'RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\0\0\0', '.wav'
    yield (
        'safetensors',
        struct.pack('<Q', 62) + b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}        ' + bytes(4),
        '.safetensors',
    )
    yield 'HDF5', b'\x89HDF\r\n\x1a\n' + bytes(500), '.h5'
    yield 'zip of text', hostile_files.zipped([('a.txt', b'text'), ('b/c.csv', b'1,2\n')], zipfile.ZIP_DEFLATED), '.zip'
    yield 'empty zip', hostile_files.zipped([]), '.zip'
    yield 'empty tar', bytes(10240), '.tar'
    yield 'tar of text', hostile_files.tarred([('a.txt', b'text')]), '.tar'
    yield (
        'wheel',
        hostile_files.zipped(
            [('a/__init__.py', b'import os\nos.system("true")\n'), ('a.dist-info/METADATA', b'Name: a\n')]
        ),
        '.whl',
    )
    yield (
        'office file',
        hostile_files.zipped([('[Content_Types].xml', b'<Types/>'), ('word/document.xml', b'<w/>')]),
        '.docx',
    )
    chooser = random.Random(9)
    for i in range(12):
        yield f'random bytes {i}', bytes(chooser.randrange(256) for _ in range(40 * (i + 1))), '.bin'


def samples():
    """(kind, label, content, extension)"""
    bare = {
        'data': data,
        'standard library': stdlib,
        'hand made': hand_made,
        'dill': dill_streams,
        'dill by hand': dill_reconstructors,
    }
    for kind, group in bare.items():
        for label, content in group():
            yield kind, label, bytes(content), '.pkl'
    for kind, group in {'container': containers, 'other file': other_files}.items():
        for label, content, extension in group():
            yield kind, label, content, extension
