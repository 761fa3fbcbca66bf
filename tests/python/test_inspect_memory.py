"""What inspect takes in memory, for files that want more: each in a child process, above what it had before."""

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import zipfile
import zlib

import pytest

pytestmark = pytest.mark.skipif(
    'asan' in os.environ.get('LD_PRELOAD', ''), reason='the address sanitizer takes memory of its own'
)
MEGABYTE = 1 << 20
# No child may take more address space than this, on top of what it has when it begins.
MOST = 512 * MEGABYTE
_CODE = """
import json, resource, sys
import dill
def status(name):
    with open('/proc/self/status') as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
dill.inspect(b'N.')
most = status('VmSize:') + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (most, most))
before = status('VmHWM:')
found = dill.inspect(sys.argv[1])
ids = [finding.id for finding in found.findings]
print(json.dumps([found.verdict, ids, status('VmHWM:') - before]))
"""


def inspected(path, most=MOST):
    """(verdict, ids of the findings, bytes of memory that it took) of a file."""
    command = [sys.executable, '-c', _CODE, str(path), str(most)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def doubling(before, after):
    """200 containers, each with the one before it twice."""
    steps = b''.join(b'q\x000' + before + b'h\x00h\x00' + after for _ in range(200))
    return b'\x80\x02N' + steps + b'.'


def zipped(data, method):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', method) as archive:
        archive.writestr('data.pkl', data)
    return file.getvalue()


PICKLES = {
    'tuples that double': (doubling(b'', b'\x86'), 'endless-value'),
    'lists that double': (doubling(b'](', b'e'), 'endless-value'),
    'tuples a million deep': (b')' + b'\x85' * 1_000_000 + b'.', 'nested-deeply'),
    'lists a million deep': (b']' * 1_000_000 + b'a' * 999_999 + b'.', 'nested-deeply'),
    'a text of 4 GB': (b'\x80\x02X\xff\xff\xff\xffabc.', 'truncated'),
    'bytes of 4 GB': (b'\x80\x03B\xff\xff\xff\xffabc.', 'truncated'),
    'bytes of an exabyte': (b'\x80\x04\x8e' + b'\xff' * 7 + b'\x0fabc.', 'truncated'),
    'a bytearray of 4 GB': (b'\x80\x05\x96\xff\xff\xff\xff\0\0\0\0abc.', 'truncated'),
    'a number of 2 GB': (b'\x80\x02\x8b\xff\xff\xff\x7fabc.', 'truncated'),
    'a frame of 4 GB': (b'\x80\x04\x95\xff\xff\xff\xff\0\0\0\0N.', 'frame-beyond-end'),
    'memo number 4294967295': (b'\x80\x02Nr\xff\xff\xff\xff.', 'loaders-differ-memo-index'),
    'a million marks': (b'(' * 1_000_000 + b'N.', 'open-marks'),
}


@pytest.mark.parametrize('name', PICKLES)
def test_pickles(name, tmp_path):
    data, expected = PICKLES[name]
    path = tmp_path / 'bomb.pkl'
    path.write_bytes(data)
    verdict, ids, memory = inspected(path)
    assert expected in ids
    assert verdict != 'clean' or expected == 'open-marks'
    assert memory < 64 * MEGABYTE + 16 * len(data)


ZEROS = bytes(128 * MEGABYTE)
COMPRESSED = {
    'gzip': gzip.compress,
    'bzip2': bz2.compress,
    'xz': lzma.compress,
    'lzma': lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    'zlib': zlib.compress,
    'zip, deflated': lambda data: zipped(data, zipfile.ZIP_DEFLATED),
    'zip, bzip2': lambda data: zipped(data, zipfile.ZIP_BZIP2),
    'zip, lzma': lambda data: zipped(data, zipfile.ZIP_LZMA),
    'gzip of gzip': lambda data: gzip.compress(gzip.compress(data)),
    'zip of zips': lambda data: zipped(zipped(data, zipfile.ZIP_DEFLATED), zipfile.ZIP_DEFLATED),
}


@pytest.mark.parametrize('name', COMPRESSED)
def test_decompression(name, tmp_path):
    """Deflate makes up to 1,032 bytes of one, and 1,000 are followed; of what others make far less is."""
    data = COMPRESSED[name](ZEROS)
    path = tmp_path / 'bomb'
    path.write_bytes(data)
    verdict, ids, memory = inspected(path)
    assert verdict == 'suspicious' and 'stopped-ratio' in ids
    deflate = len(zlib.compress(ZEROS)) if name not in ('bzip2', 'xz', 'lzma', 'zip, bzip2', 'zip, lzma') else 0
    assert memory < 64 * MEGABYTE + 1000 * deflate


@pytest.mark.parametrize('name', ['zstd', 'lz4.frame'])
def test_decompression_of_packages(name, tmp_path):
    module = 'zstandard' if name == 'zstd' else name
    library = pytest.importorskip(module, reason=f'{module} is not installed: no bomb can be made')
    path = tmp_path / 'bomb'
    path.write_bytes(library.compress(ZEROS))
    verdict, ids, memory = inspected(path)
    if name == 'zstd':  # lz4 makes 255 bytes of one at the most
        assert verdict == 'suspicious' and 'stopped-ratio' in ids
        assert memory < 64 * MEGABYTE
    else:
        assert memory < len(ZEROS) + 64 * MEGABYTE


def test_no_memory_is_a_finding(tmp_path):
    """What expands within reason is held in memory; where there is none, that is said."""
    path = tmp_path / 'large.gz'
    path.write_bytes(gzip.compress(bytes(range(256)) * (256 * 1024 * 4), 1))
    verdict, ids, _ = inspected(path, 128 * MEGABYTE)
    assert verdict == 'suspicious' and {'stopped-memory', 'stopped-ratio'} & set(ids)


def test_many_objects(tmp_path):
    """A file of honest size: 64 MiB and 16 bytes for each memo entry, and the bytes of the file, which are mapped."""
    path = tmp_path / 'tuples.pkl'
    data = b'\x80\x04](' + b'K\x01K\x02\x86\x94' * 2_000_000 + b'e.'
    path.write_bytes(data)
    verdict, ids, memory = inspected(path)
    assert verdict == 'clean' and ids == []
    assert memory < 64 * MEGABYTE + 16 * 2 * 2_000_000 + len(data)
