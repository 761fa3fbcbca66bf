"""What the fuzz targets start from: the samples of the other tests, and small files of every container."""

import base64
import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
LARGEST = 16384  # bytes of a seed: the fuzzer is quicker with small ones

PICKLED = pickle.dumps({'a': [1, 2.5, 'text', b'bytes', (None, True)], 'b': {1, 2}}, 4)
GLOBAL = b'cos\nsystem\n(S"true"\ntR.'


def pickles():
    for path in sorted((TESTS / 'data' / 'pickle').glob('*.pkl')):
        yield path.read_bytes()
    for path in sorted((TESTS / 'data' / 'streams').glob('*.json')):
        for entry in json.loads(path.read_text()).values():
            yield base64.b64decode(entry[2])
    yield GLOBAL
    yield PICKLED + GLOBAL


def library_pickles():
    for path in sorted((TESTS / 'data' / 'libraries').glob('*.pkl')):
        yield path.read_bytes()


def npy(payload):
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header += b' ' * (-(len(header) + 11) % 16) + b'\n'
    return b'\x93NUMPY\x01\x00' + struct.pack('<H', len(header)) + header + payload


def zipped(members, compression):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', compression) as archive:
        for name, payload in members.items():
            archive.writestr(zipfile.ZipInfo(name), payload, compression)
    return file.getvalue()


def tarred(members, form):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode='w', format=form) as archive:
        for name, payload in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(payload)
            archive.addfile(info, io.BytesIO(payload))
    # One block of zeros ends it as well as twenty.
    return file.getvalue().rstrip(b'\0') + bytes(1024)


def joblib(array, framed=False):
    """A dump as joblib writes it: the bytes of an array of two floats stand behind the BUILD of its wrapper."""

    def text(of):
        return b'X' + struct.pack('<I', len(of)) + of

    opcodes = (
        b'cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}('
        + (text(b'shape') + b'K\x02\x85')
        + (text(b'dtype') + b'cnumpy\ndtype\n' + text(b'f8') + b'\x89\x88\x87R')
        + (text(b'numpy_array_alignment_bytes') + b'K\x10')
        + b'ub'
    )
    if framed:
        opcodes = b'\x95' + struct.pack('<Q', len(opcodes)) + opcodes
    return b'\x80\x04' + opcodes + array + b'.'


def containers():
    yield joblib(b'\x03\xff\xff\xff' + struct.pack('<2d', 1, 2))
    yield joblib(b'\x00' + struct.pack('<2d', 1, 2), framed=True)
    members = {'model/data.pkl': PICKLED, 'model/data/0': bytes(16), 'model/version': b'3\n'}
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield zipped(members, compression)
    yield zipped({'a.npy': npy(GLOBAL), 'b.npy': npy(PICKLED)}, zipfile.ZIP_STORED)
    yield zipped({'inner.zip': zipped(members, zipfile.ZIP_STORED)}, zipfile.ZIP_DEFLATED)
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        yield tarred({**members, 'd/' * 30 + 'x' * 80: GLOBAL}, form)
    yield npy(PICKLED)
    yield (
        b'\x93NUMPY\x01\x00'
        + struct.pack('<H', 54)
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}"[:53]
        + b'\n'
    )
    for compress in (gzip.compress, bz2.compress, lzma.compress, zlib.compress):
        yield compress(PICKLED)
        yield compress(GLOBAL)
    yield lzma.compress(PICKLED, format=lzma.FORMAT_ALONE)
    # Old torch files: magic number, protocol, system, then the objects, as pickles in a row.
    yield b''.join(pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {'little_endian': True}, [1], []))
    yield PICKLED
    yield GLOBAL


def traces():
    for path in sorted((TESTS / 'core' / 'trace' / 'data').glob('*.dtrace')):
        yield path.read_bytes()


SEEDS = {
    'decoder': [pickles],
    'symbolic_machine': [pickles],
    'effects': [pickles],
    'session_table': [pickles],
    'details': [pickles, library_pickles],
    'containers': [containers],
    'inspection': [pickles, containers],
    'trace': [traces],
}


def write(target, folder):
    """Writes the seeds of a target into a folder that is there; returns how many."""
    seeds = [seed for make in SEEDS[target] for seed in make()]
    small = [seed for seed in seeds if len(seed) <= LARGEST] or seeds
    for i, seed in enumerate(small):
        (folder / f'{i:04}').write_bytes(seed)
    return len(small)
