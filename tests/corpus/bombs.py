"""Files that are small, or claim much, and cost who reads them without bounds: none runs anything."""

import gzip
import io
import struct
import zipfile
import zlib

from assemble import (
    APPEND,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_TUPLE,
    MARK,
    NONE,
    POP,
    SETITEM,
    STOP,
    TUPLE1,
    frame,
    get,
    proto,
    put,
    value,
)

MEGABYTE = 1 << 20


def doubling(begin, item, count):
    """Each level holds the one below twice."""
    return proto(2) + begin + b''.join(put(i) + POP + item(get(i)) for i in range(count)) + STOP


def zip_of_zeros(size):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo('data.pkl'), bytes(size), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def overlapping_zip(count):
    """Many names for one member."""
    archive = zip_of_zeros(10 * MEGABYTE)
    end = archive.index(b'PK\x05\x06')
    first = archive.index(b'PK\x01\x02')
    entry = archive[first:end]
    tail = struct.pack('<4s4H2LH', b'PK\x05\x06', 0, 0, count, count, len(entry) * count, first, 0)
    return archive[:first] + entry * count + tail


def layers(data, count, compress):
    for _ in range(count):
        data = compress(data)
    return data


def samples():
    """(kind, label, content, extension)"""
    squeeze = lambda data: gzip.compress(data, mtime=0)
    found = [
        ('lists in lists twice', doubling(EMPTY_LIST, lambda x: EMPTY_LIST + MARK + x * 2 + b'e', 200)),
        ('tuples in tuples twice', doubling(EMPTY_TUPLE, lambda x: x * 2 + b'\x86', 250)),
        (
            'dicts in dicts twice',
            doubling(EMPTY_DICT, lambda x: EMPTY_DICT + value('a') + x + SETITEM + value('b') + x + SETITEM, 200),
        ),
        ('frozensets of tuples', doubling(EMPTY_TUPLE, lambda x: x * 2 + b'\x86' + b'\x85', 250)),
        ('ten of each', doubling(EMPTY_LIST, lambda x: EMPTY_LIST + MARK + x * 10 + b'e', 60)),
        ('nested lists', proto(2) + EMPTY_LIST * 200_000 + APPEND * 199_999 + STOP),
        ('nested tuples', proto(2) + EMPTY_TUPLE + TUPLE1 * 1_000_000 + STOP),
        ('nested marks', MARK * 500_000 + b't' * 500_000 + STOP),
        ('marks only', MARK * 1_000_000),
        ('a list that holds itself', proto(2) + EMPTY_LIST + put(0) + get(0) + APPEND + STOP),
        ('DUP', NONE + b'2' * 1_000_000 + STOP),
        ('POP', (NONE + POP) * 300_000 + NONE + STOP),
        ('many pickles', (NONE + STOP) * 300_000),
        ('wide list', proto(2) + EMPTY_LIST + MARK + NONE * 1_000_000 + b'e' + STOP),
        ('many protocols', proto(4) * 300_000 + NONE + STOP),
        ('many empty frames', proto(4) + frame(b'') * 100_000 + NONE + STOP),
        ('long integer text', b'L' + b'9' * 2_000_000 + b'L\n.'),
        ('long integer', b'\x8b' + struct.pack('<i', 2_000_000) + b'\x7f' * 2_000_000 + STOP),
        ('long float text', b'F' + b'1' * 1_000_000 + b'\n.'),
        ('long line', b'V' + b'\\u0041' * 300_000 + b'\n.'),
        ('unended line', b'V' + b'a' * MEGABYTE),
        ('long global', b'c' + b'a.' * 300_000 + b'\n' + b'b.' * 300_000 + b'\n.'),
        ('many globals', b'cjson\ndumps\n0' * 100_000 + NONE + STOP),
        ('many calls', b'cbuiltins\nlist\n)R0' * 60_000 + NONE + STOP),
        ('nested calls', b'cfunctools\npartial\n' + b'cfunctools\npartial\n' * 20_000 + b'\x85R' * 20_000 + STOP),
        ('a large memo number', NONE + b'r\xff\xff\xff\x7f' + STOP),
        ('the largest memo number', NONE + b'r\xff\xff\xff\xff' + STOP),
        ('memo number of 19 digits', NONE + b'p9223372036854775807\n' + STOP),
        ('memo number of 5000 digits', NONE + b'p' + b'9' * 5000 + b'\n' + STOP),
        (
            'growing memo numbers',
            b''.join(NONE + b'r' + struct.pack('<I', 1 << i) + POP for i in range(8, 32)) + NONE + STOP,
        ),
        ('many memo entries', NONE + b''.join(b'r' + struct.pack('<I', i) for i in range(200_000)) + STOP),
        ('bytes of 4 GB', b'B\xff\xff\xff\xff' + bytes(100)),
        ('bytes of 2**62', b'\x8e' + struct.pack('<Q', 1 << 62) + bytes(100)),
        ('bytes of 2**64-1', b'\x8e' + b'\xff' * 8 + bytes(100)),
        ('bytearray of 2**62', b'\x96' + struct.pack('<Q', 1 << 62)),
        ('text of 2**63', b'\x8d' + struct.pack('<Q', 1 << 63)),
        ('long of 2 GB', b'\x8b\xff\xff\xff\x7f'),
        ('frame of 2**63', proto(4) + b'\x95' + struct.pack('<Q', 1 << 63) + NONE + STOP),
        ('string of -1', b'T\xff\xff\xff\xff' + STOP),
        ('not finished', proto(4) + (value({'a': [1, 2, 3]}) * 20_000)),
        ('zeros', bytes(MEGABYTE)),
        ('0xff', b'\xff' * MEGABYTE),
        ('one byte of each', bytes(range(256))),
        ('nothing', b''),
        ('one byte', b'.'),
        ('PROTO only', b'\x80'),
    ]
    for label, content in found:
        yield 'bomb', label, content, '.pkl'
    yield 'bomb', 'gzip of 200 MB', squeeze(bytes(200 * MEGABYTE)), '.gz'
    yield 'bomb', 'gzip of gzip of 200 MB', squeeze(squeeze(bytes(200 * MEGABYTE))), '.gz'
    yield 'bomb', 'gzip in gzip 30 times', layers(proto(2) + NONE + STOP, 30, squeeze), '.gz'
    yield 'bomb', 'zlib in zlib 30 times', layers(proto(2) + NONE + STOP, 30, zlib.compress), '.z'
    yield 'bomb', 'zip of 100 MB', zip_of_zeros(100 * MEGABYTE), '.zip'
    yield 'bomb', 'zip with 5000 names of one member', overlapping_zip(5000), '.zip'
    yield (
        'bomb',
        'npy that claims much',
        b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 16), }".ljust(
            128
        )
        + bytes(80),
        '.npy',
    )
    yield 'bomb', 'npy with a long header', b'\x93NUMPY\x02\x00' + struct.pack('<I', 1 << 31) + b'{' * 1000, '.npy'
