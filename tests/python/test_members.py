"""The reader of containers, on files that Python and its libraries wrote, and on archives that lie."""

import bz2
import gzip
import io
import lzma
import pickle
import pickletools
import random
import signal
import struct
import tarfile
import zipfile
import zlib

import pytest

import dill
from dill import _engine

PICKLE = pickle.dumps({'a': [1, 2, 3], 'error': pickle.PicklingError}, 2)
OTHER = pickle.dumps(['another', 'one'], 4)


def read(data, with_bytes=True, **budgets):
    return _engine.read_members(data, with_bytes, budgets)


def members(data, **budgets):
    return [(m['path'], m['format'], m['view']) for m in read(data, False, **budgets)['members']]


def pickles(data, **budgets):
    """Path and bytes of each pickle that a loader would read."""
    return [(m['path'], m['bytes']) for m in read(data, **budgets)['members'] if m['format'] == 'pickle']


def findings(data, **budgets):
    return {f['id'] for f in read(data, False, **budgets)['findings']}


def written(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def zipped(*entries, method=zipfile.ZIP_STORED, comment=b''):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
        archive.comment = comment
    return file.getvalue()


def tarred(*entries, **how):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode='w', **how) as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


# ---- what is no container ----


@pytest.mark.parametrize('protocol', range(6))
def test_plain_pickle(protocol):
    data = pickle.dumps({'a': [1, 2, 3]}, protocol)
    result = read(data)
    assert members(data) == [('', 'pickle', 'plain')]
    assert result['members'][0]['bytes'] == data and result['members'][0]['offset'] == 0
    assert result['findings'] == [] and not result['stopped']


@pytest.mark.parametrize(
    'data', [b'I1\n.', b'N.', b'(lp0\n.', b'(i__main__\nC\n.', b'cos\nsystem\n(S"x"\ntR.', b']q\x00.']
)
def test_pickles_by_trying(data):
    assert members(data) == [('', 'pickle', 'plain')]


@pytest.mark.parametrize(
    'data, guess',
    [
        (b'cos\nsystem\n(S"x"\ntR', True),  # no STOP: it runs all the same
        (b'cos\nsystem\n(S"x"\ntR\xff\xff', True),
        (b'(lp0\nI1\naI2\naI3', True),
        (b'Name: somebody\nand so on', False),
        (b'class Name:\n    def f(self):\n', False),
        (b'N.B. a text that begins like a pickle and goes on', None),
        (b'\x00' * 100, False),
    ],
)
def test_what_breaks_off(data, guess):
    found = members(data)
    assert len(found) == 1
    if guess is not None:
        assert (found[0][1:] == ('pickle', 'guess')) == guess


def test_noise_is_no_pickle():
    source = random.Random(7)
    found = [members(source.randbytes(2000)) for _ in range(3000)]
    guesses = [m for m in found if m[0][1] == 'pickle']
    assert len(guesses) <= 3, guesses


def test_empty_and_text():
    assert members(b'') == [('', 'data', 'plain')]
    assert members('größer\n'.encode()) == [('', 'text', 'plain')]


@pytest.mark.parametrize(
    'data, name',
    [
        (b'\x89HDF\r\n\x1a\n' + bytes(64), 'hdf5'),
        (struct.pack('<Q', 17) + b'{"__metadata__":{}}', 'safetensors'),
        (b'7z\xbc\xaf\x27\x1c' + bytes(64), '7z'),
        (b'Rar!\x1a\x07\x01\x00' + bytes(64), 'rar'),
        (b'GGUF' + bytes(64), 'gguf'),
        (b'\x08\x07\x12\x07pytorch:\x08' + bytes(32), 'onnx'),
    ],
)
def test_recognised_and_said(data, name):
    assert members(data) == [('', name, 'plain')]
    assert ('not-read' in findings(data)) == (name in ('7z', 'rar'))


def test_pickle_behind_a_header():
    for header in (b'MYFORMAT 1\n', b'\x01\x02\x03\x04', bytes(1000)):
        assert (f'<at {len(header)}>', OTHER) in pickles(header + OTHER)
        assert 'pickle-within-data' in findings(header + OTHER)
        call = b'cos\nsystem\n(S"ls"\ntR.'  # protocol 0 has no PROTO to be found by
        assert (f'<at {len(header)}>', call) in pickles(header + call)


def test_offsets_behind_a_header():
    header = b'HEAD\x00\x01'
    found = dill.inspect(header + b'cos\nsystem\n(S"ls"\ntR.')
    assert found.verdict == 'dangerous' and found.globals == [('os', 'system')]
    places = {finding.id: (finding.member, finding.offset) for finding in found.findings}
    assert places['pickle-within-data'] == ('', 6)
    assert places['dangerous-call'] == ('<at 6>', 19)  # of the REDUCE, in the bytes of the member


# ---- filters ----

FILTERS = {
    'gzip': gzip.compress,
    'bzip2': bz2.compress,
    'xz': lzma.compress,
    'lzma': lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    'zlib': zlib.compress,
}


@pytest.mark.parametrize('name', FILTERS)
@pytest.mark.parametrize('size', [1, 1000, 3_000_000])
def test_filters(name, size):
    data = pickle.dumps(random.Random(size).randbytes(size))
    packed = FILTERS[name](data)
    assert pickles(packed) == [('', data)]
    assert members(packed) == [('', name, 'plain'), ('', 'pickle', 'plain')]
    assert findings(packed) == set()


@pytest.mark.parametrize('name', FILTERS)
def test_filters_that_break_off(name):
    packed = FILTERS[name](pickle.dumps(random.Random(3).randbytes(400_000)))
    for length in (12, 20, len(packed) // 2, len(packed) - 9):
        result = read(packed[:length])
        assert result['members'], length
        if length > len(packed) // 3:
            assert findings(packed[:length]) & {'truncated-compression', 'damaged-compression'}


def test_gzip_members_and_what_follows():
    assert pickles(gzip.compress(PICKLE[:20]) + gzip.compress(PICKLE[20:])) == [('', PICKLE)]
    assert findings(gzip.compress(PICKLE) + bytes(10)) == set()
    assert ('<behind the data>', OTHER) in pickles(gzip.compress(PICKLE) + OTHER)
    assert 'trailing-data' in findings(gzip.compress(PICKLE) + OTHER)
    wrong = bytearray(gzip.compress(PICKLE))
    wrong[-5] ^= 1
    assert pickles(bytes(wrong)) == [('', PICKLE)] and findings(bytes(wrong)) == {'wrong-checksum'}
    # Python's gzip does not look at the other flags.
    flagged = bytearray(gzip.compress(PICKLE))
    flagged[3] |= 0xE0
    assert gzip.decompress(bytes(flagged)) == PICKLE and pickles(bytes(flagged)) == [('', PICKLE)]


def test_gzip_cut_off_says_what_is_there():
    packed = gzip.compress(PICKLE + bytes(5_000))
    assert pickles(packed[:-10])[0][1][: len(PICKLE)] == PICKLE


@pytest.mark.parametrize('name', ['xz', 'lzma', 'bzip2'])
def test_what_loaders_read_before_a_filter_breaks_off_is_there(name):
    data = PICKLE + random.Random(4).randbytes(2_000_000)  # bzip2 has blocks of 900,000 bytes
    packed = FILTERS[name](data)
    for length in (len(packed) // 2, len(packed) - 1):
        got = pickles(packed[:length])
        assert len(got) == 1 and got[0][0] == '' and got[0][1][: len(PICKLE)] == PICKLE
        assert len(got[0][1]) > length // 2 and data.startswith(got[0][1])
        assert 'truncated-compression' in findings(packed[:length])


@pytest.mark.parametrize('name', ['xz', 'bzip2'])
def test_compressed_streams_in_a_row_and_what_follows(name):
    compress = FILTERS[name]
    assert pickles(compress(PICKLE[:20]) + compress(PICKLE[20:])) == [('', PICKLE)]
    assert ('<behind the data>', OTHER) in pickles(compress(PICKLE) + OTHER)
    assert 'trailing-data' in findings(compress(PICKLE) + OTHER)


def test_xz_with_a_huge_dictionary_stops():
    filters = [{'id': lzma.FILTER_LZMA2, 'dict_size': 200 << 20, 'preset': 0}]
    packed = lzma.compress(PICKLE, filters=filters)
    assert any(id.startswith('stopped-') for id in findings(packed))


@pytest.mark.parametrize('name, module', [('zstd', 'zstandard'), ('lz4', 'lz4.frame')])
def test_other_filters(name, module):
    library = pytest.importorskip(module, reason=f'{module} is not installed: no {name} file can be made')
    packed = library.compress(PICKLE)
    assert pickles(packed) == [('', PICKLE)]
    assert members(packed)[0] == ('', name, 'plain')


# ---- tar ----


@pytest.mark.parametrize('how', [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar(how):
    long = 'folder/' * 20 + 'größe.pkl'
    data = tarred(
        ('a.pkl', PICKLE), ('b/c.txt', b'text'), (long if how != tarfile.USTAR_FORMAT else 'x', OTHER), format=how
    )
    found = dict(pickles(data))
    assert found == {'a.pkl': PICKLE, (long if how != tarfile.USTAR_FORMAT else 'x'): OTHER}
    assert all(m['offset'] is not None for m in read(data)['members'])
    assert findings(data) == set()


def test_tar_within_filters():
    data = FILTERS['xz'](tarred(('a.gz', gzip.compress(PICKLE))))
    assert pickles(data) == [('a.gz', PICKLE)]
    assert [m[1] for m in members(data)] == ['xz', 'tar', 'gzip', 'pickle']


def test_tar_behind_its_end():
    data = tarred(('a.pkl', PICKLE)) + tarred(('b.pkl', OTHER))
    assert dict(pickles(data)) == {'a.pkl': PICKLE, 'b.pkl': OTHER}
    assert findings(data) == {'hidden-entry'}


def test_tar_lies():
    data = tarred(('../../a.pkl', PICKLE), ('b.pkl', OTHER), ('b.pkl', PICKLE))
    assert findings(data) == {'bad-path', 'duplicate-name'}
    assert len(pickles(data)) == 3
    cut = tarred(('a.pkl', PICKLE), ('b.pkl', bytes(5000)))[:3000]
    assert 'truncated-archive' in findings(cut) or 'tar-damaged' in findings(cut)


# ---- zip ----


@pytest.mark.parametrize('method', [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip(method):
    data = zipped(('a.pkl', PICKLE), ('folder/b.pkl', OTHER), ('folder/', b''), ('c.txt', b'text'), method=method)
    assert pickles(data) == [('a.pkl', PICKLE), ('folder/b.pkl', OTHER)]
    assert findings(data) == set()
    stored = [m['offset'] is not None for m in read(data)['members'][1:]]
    assert all(stored) == (method == zipfile.ZIP_STORED)


def test_zip_without_sizes_in_front():
    class Pipe(io.RawIOBase):
        data = b''

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        pipe = Pipe()
        with zipfile.ZipFile(pipe, 'w', method) as archive:
            archive.writestr('a.pkl', PICKLE)
            with archive.open('b.pkl', 'w', force_zip64=True) as entry:
                entry.write(OTHER)
        assert pickles(pipe.data) == [('a.pkl', PICKLE), ('b.pkl', OTHER)]
        assert findings(pipe.data) == set()
        # Without the directory, the entries are found by walking.
        cut = pipe.data[: pipe.data.index(b'PK\x01\x02')]
        assert pickles(cut)[0][1][: len(PICKLE)] == PICKLE
        assert dict(pickles(cut))['b.pkl'][: len(OTHER)] == OTHER
        assert 'truncated-archive' in findings(cut)


def test_zip_within_zip():
    inner = zipped(('a.pkl', PICKLE))
    assert pickles(zipped(('x/inner.zip', inner))) == [('x/inner.zip!a.pkl', PICKLE)]
    assert findings(zipped(('x/inner.zip', inner))) == set()
    assert findings(zipped(('inner.zip', inner), ('b', bytes(100)))) == set()


def local(data, number=0):
    at = -1
    for _ in range(number + 1):
        at = data.index(b'PK\x03\x04', at + 1)
    return at


def central(data, number=0):
    at = -1
    for _ in range(number + 1):
        at = data.index(b'PK\x01\x02', at + 1)
    return at


def patched(data, at, replacement):
    return data[:at] + replacement + data[at + len(replacement) :]


def test_zip_with_flags_and_checksums_that_lie():
    data = zipped(('a.pkl', PICKLE), ('b.pkl', OTHER))
    encrypted = patched(data, central(data) + 8, b'\x01\x00')
    assert dict(pickles(encrypted))['a.pkl'] == PICKLE
    assert findings(encrypted) == {'zip-encrypted', 'zip-headers-differ'}
    wrong = patched(patched(data, central(data) + 16, b'abcd'), local(data) + 14, b'abcd')
    assert dict(pickles(wrong))['a.pkl'] == PICKLE
    assert findings(wrong) == {'wrong-checksum'}


def test_zip_with_names_that_differ():
    data = zipped(('a.pkl', PICKLE))
    data = patched(data, local(data) + 30, b'a.txt')
    assert pickles(data) == [('a.pkl', PICKLE)] and findings(data) == {'zip-headers-differ'}


@pytest.mark.parametrize('method', [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize('where', [local, central])
@pytest.mark.parametrize('size', [0, 1, 10, 0x7FFFFFFF, 0xFFFFFFFF])
def test_zip_with_sizes_that_lie(method, where, size):
    data = zipped(('a.pkl', PICKLE), ('b.pkl', OTHER), method=method)
    at = where(data) + (18 if where is local else 20)
    data = patched(data, at, struct.pack('<I', size))
    found = [content for path, content in pickles(data) if path == 'a.pkl']
    assert any(content[: len(PICKLE)] == PICKLE for content in found)
    assert OTHER in [content for path, content in pickles(data) if path == 'b.pkl']
    assert 'zip-headers-differ' in findings(data)


def test_zip_with_another_method():
    data = zipped(('a.pkl', PICKLE))
    data = patched(data, central(data) + 10, struct.pack('<H', 99))
    assert ('a.pkl', PICKLE) in pickles(data)  # the entry's own header says how
    assert findings(data) == {'zip-headers-differ', 'unknown-compression'}


def test_zip_names():
    data = zipped(('../a.pkl', PICKLE), ('/b.pkl', OTHER), ('c\\..\\..\\d', b''))
    assert len(pickles(data)) == 2 and findings(data) == {'bad-path'}
    with pytest.warns(UserWarning):
        data = zipped(('a.pkl', PICKLE), ('a.pkl', OTHER))
    assert [content for _, content in pickles(data)] == [PICKLE, OTHER] and findings(data) == {'duplicate-name'}


def test_zip_entry_that_no_directory_knows():
    hidden, shown = zipped(('evil.pkl', PICKLE)), zipped(('good.pkl', OTHER))
    entry = hidden[: central(hidden)]
    # In front of the archive, and between its last entry and the directory.
    assert ('evil.pkl', PICKLE) in pickles(entry + shown)
    at = central(shown)
    end = shown.index(b'PK\x05\x06')
    moved = patched(shown, end + 16, struct.pack('<I', at + len(entry)))
    between = moved[:at] + entry + moved[at:]
    with zipfile.ZipFile(io.BytesIO(between)) as archive:
        assert archive.namelist() == ['good.pkl']
    assert ('evil.pkl', PICKLE) in pickles(between) and ('good.pkl', OTHER) in pickles(between)
    assert 'hidden-entry' in findings(between)


def test_zip_with_two_directories():
    # Python shifts all offsets when something stands in front; others take them as they are.
    first, second = zipped(('a.pkl', PICKLE)), zipped(('a.pkl', OTHER))
    both = first + second
    assert {content for path, content in pickles(both) if path == 'a.pkl'} == {PICKLE, OTHER}
    assert findings(both) & {'zip-several-directories', 'hidden-entry', 'duplicate-name'}


def test_zip_in_the_comment():
    inner = zipped(('evil.pkl', PICKLE))
    data = zipped(('good.pkl', OTHER), comment=inner)
    assert PICKLE in [content for _, content in pickles(data)] and OTHER in [content for _, content in pickles(data)]
    data = zipped(('good.pkl', OTHER), comment=PICKLE)
    assert ('<archive comment>', PICKLE) in pickles(data) and 'zip-comment' in findings(data)
    assert findings(zipped(('good.pkl', OTHER), comment=b'only words')) == set()


def test_zip_with_gaps():
    data = zipped(('a.pkl', PICKLE))
    at, end = central(data), data.index(b'PK\x05\x06')
    moved = patched(data, end + 16, struct.pack('<I', at + len(OTHER)))
    data = moved[:at] + OTHER + moved[at:]
    assert (f'<gap at {at}>', OTHER) in pickles(data)
    assert 'zip-data-between' in findings(data)


def test_polyglots():
    archive = zipped(('a.pkl', OTHER))
    data = PICKLE + archive
    assert zipfile.is_zipfile(io.BytesIO(data))
    assert [path for path, _ in pickles(data)] == ['', 'a.pkl']
    assert pickles(data)[1] == ('a.pkl', OTHER)
    assert 'polyglot' in findings(data)
    for junk in (b'#!/bin/sh\nexit\n', bytes(range(1, 200))):
        assert ('a.pkl', OTHER) in pickles(junk + archive)
        assert 'zip-data-before' in findings(junk + archive)
    assert ('<behind the archive>', PICKLE) in pickles(archive + PICKLE)
    # A pickle that holds a whole zip is no more than that, but readers of zips open it.
    carrier = pickle.dumps(archive)
    assert ('a.pkl', OTHER) in pickles(carrier) and 'polyglot' not in findings(carrier)
    header = bytearray(tarred((PICKLE.decode('latin1')[:40], b'')))
    assert members(bytes(header))


@pytest.mark.parametrize('method', [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_cut(method):
    data = zipped(('a.pkl', PICKLE), ('b.pkl', OTHER), method=method, comment=b'comment')
    for length in range(len(data)):
        result = read(data[:length])
        assert result['members']
        if length >= data.index(b'b.pkl') + 5:
            assert result['findings'], length
            assert ('a.pkl', PICKLE) in pickles(data[:length])


def test_every_byte_changed():
    data = zipped(('a.pkl', PICKLE), ('b.pkl', OTHER), method=zipfile.ZIP_DEFLATED)
    for at in range(len(data)):
        for value in (0, 0xFF, data[at] ^ 1):
            assert read(patched(data, at, bytes([value])), False)['members']


# ---- limits ----


def test_bombs_end_in_a_finding():
    bomb = gzip.compress(bytes(60_000_000))
    result = read(bomb, False, expanded=1_000_000)
    assert result['stopped'] and result['expanded'] <= 1_000_000
    assert findings(bomb, expanded=1_000_000) == {'stopped-expanded'}
    assert 'stopped-ratio' in findings(bomb, ratio=100, ratio_above=1000)
    assert findings(bomb, ratio=100_000) == set()


def test_overlapping_zip_bomb():
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = kernel.compress(bytes(1_000_000)) + kernel.flush()
    names = [b'%04d' % i for i in range(500)]
    body = struct.pack('<4s5H3I2H', b'PK\x03\x04', 20, 0, 8, 0, 0, 0, len(content), 1_000_000, 4, 0) + b'0000' + content
    directory = b''.join(
        struct.pack(
            '<4s6H3I5H2I', b'PK\x01\x02', 20, 20, 0, 8, 0, 0, 0, len(content), 1_000_000 + i, 4, 0, 0, 0, 0, 0, 0
        )
        + name
        for i, name in enumerate(names)
    )
    end = struct.pack('<4s4H2IH', b'PK\x05\x06', 0, 0, 500, 500, len(directory), len(body), 0)
    result = read(body + directory + end, False, expanded=50_000_000)
    assert result['expanded'] <= 50_000_000
    assert {'zip-overlap', 'zip-headers-differ'} <= {f['id'] for f in result['findings']}


def test_depth():
    data = PICKLE
    for _ in range(8):
        data = gzip.compress(data)
    assert pickles(data) == [('', PICKLE)] and findings(data) == set()
    data = gzip.compress(data)
    assert pickles(data) == [] and findings(data) == {'stopped-depth'}
    assert findings(zipped(('a', zipped(('b', PICKLE)))), depth=1) == {'stopped-depth'}


def test_a_quine_of_archives_ends():
    data = b''
    for _ in range(30):
        data = zipped(('a.zip', data), ('b.pkl', PICKLE))
    assert 'stopped-depth' in findings(data)


def test_number_of_members():
    data = zipped(*((f'{i}.pkl', PICKLE) for i in range(300)))
    assert len(pickles(data)) == 300
    assert len(read(data, members=100)['members']) == 100
    assert 'stopped-members' in findings(data, members=100)


def test_number_of_findings():
    data = zipped(*((f'../{i}.pkl', PICKLE) for i in range(50)))
    assert len(read(data, findings=10)['findings']) == 11
    assert 'stopped-findings' in findings(data, findings=10)


def test_interruption():
    class Stop(Exception):
        pass

    def stop(*_):
        raise Stop

    data = zipped(*((f'{i}.gz', gzip.compress(PICKLE)) for i in range(1000)))
    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Stop):
            while True:
                read(data, False)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# ---- numpy, joblib, torch ----


def test_numpy():
    numpy = pytest.importorskip('numpy', reason='numpy is not installed: no .npy can be made')
    plain = written(lambda file: numpy.save(file, numpy.arange(1000.0).reshape(10, 100)))
    assert members(plain) == [('', 'npy', 'plain')] and findings(plain) == set()
    structured = written(lambda file: numpy.save(file, numpy.zeros(3, [('x', 'f8'), ('y', 'S5', (2,))])))
    assert members(structured) == [('', 'npy', 'plain')] and findings(structured) == set()
    objects = written(lambda file: numpy.save(file, numpy.array([{}, [1], None], dtype=object)))
    assert [m[1] for m in members(objects)] == ['npy', 'pickle']
    assert isinstance(pickle.loads(pickles(objects)[0][1]), numpy.ndarray)
    wide = written(lambda file: numpy.lib.format.write_array(file, numpy.arange(4), version=(3, 0)))
    assert members(wide) == [('', 'npy', 'plain')]
    assert [m[1] for m in members(plain + objects + plain)] == ['npy', 'npy', 'pickle', 'npy']
    assert findings(plain[:-1]) == {'truncated-array'}
    assert ('<behind the array>', PICKLE) in pickles(plain + PICKLE)
    for packed in (numpy.savez, numpy.savez_compressed):
        data = written(lambda file: packed(file, a=numpy.arange(5), b=numpy.array([{}], dtype=object)))
        assert [m[:2] for m in members(data)] == [('', 'npz'), ('a.npy', 'npy'), ('b.npy', 'npy'), ('b.npy', 'pickle')]
        assert findings(data) == set()


@pytest.mark.parametrize('descr', ["'|O'", "'\\x7cO'", "'|\\x4f'", "'object'", "[('a', '|O')]", "'O' ''", '"|O8"'])
def test_npy_headers_that_mean_objects(descr):
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}".encode()
    data = b'\x93NUMPY\x01\x00' + struct.pack('<H', len(header)) + header + PICKLE
    assert pickles(data) == [('', PICKLE)]


def test_joblib():
    numpy = pytest.importorskip('numpy', reason='numpy is not installed: joblib has no arrays to write')
    joblib = pytest.importorskip('joblib', reason='joblib is not installed')
    value = {
        'a': numpy.arange(1000.0),
        'same type': numpy.arange(5.0),
        'structured': numpy.zeros(7, [('x', 'f8'), ('y', 'U5')]),
        'objects': numpy.array([{}, PICKLE], dtype=object),
        'empty': numpy.zeros((0, 3), 'i2'),
        'text': 'behind all arrays',
    }
    for protocol in (2, 3, 4, 5):
        data = written(lambda file: joblib.dump(value, file, protocol=protocol))
        result = read(data)
        assert result['findings'] == []
        main, *others = result['members']
        assert (main['format'], main['view'], main['bytes']) == ('joblib', 'plain', data)
        assert b'behind all arrays' in main['stream'] and main['stream'].endswith(b'.')
        assert numpy.arange(1000.0).tobytes() not in main['stream']
        names = [argument for opcode, argument, _ in pickletools.genops(main['stream'])]
        assert 'behind all arrays' in names
        objects = [m for m in others if m['path'].startswith('<array at')]
        assert len(objects) == 1 and isinstance(pickle.loads(objects[0]['bytes']), numpy.ndarray)
        assert [(m['format'], m['view']) for m in others if m['path'] == ''] == [('pickle', 'other')]
    for compress in ('zlib', 'gzip', 'bz2', 'xz', 'lzma'):
        data = written(lambda file: joblib.dump(value, file, compress=(compress, 3)))
        found = members(data)
        assert found[1][1:] == ('joblib', 'plain'), (compress, found)
        assert findings(data) == set()
    plain = written(lambda file: joblib.dump({'no': 'array'}, file))
    assert members(plain) == [('', 'pickle', 'plain')]


def joblib_by_hand(array, dtype=b'f8', behind=b'.', framed=False):
    def text(of):
        return b'X' + struct.pack('<I', len(of)) + of

    opcodes = (
        b'cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}('
        + (text(b'shape') + b'K\x02\x85')
        + (text(b'dtype') + b'cnumpy\ndtype\n' + text(dtype) + b'\x89\x88\x87R')
        + (text(b'numpy_array_alignment_bytes') + b'K\x10')
        + b'ub'
    )
    head = b'\x95' + struct.pack('<Q', len(opcodes)) if framed else b''
    return b'\x80\x04' + head + opcodes + array + behind, b'\x80\x04' + opcodes + behind


@pytest.mark.parametrize('framed', [False, True])
@pytest.mark.parametrize('padding', [0, 1, 16])
def test_joblib_by_hand(framed, padding):
    payload = b'0cos\nsystem\n(S"x"\ntR.'
    for array in (struct.pack('<2d', 1, 2), b'.' * 16, b'cos\nsystem\n)R...'):
        assert len(array) == 16
        data, stream = joblib_by_hand(bytes([padding]) + b'\xff' * padding + array, behind=payload, framed=framed)
        result = read(data)
        found = [(m['format'], m['view'], m['stream']) for m in result['members']]
        assert found == [('joblib', 'plain', stream), ('pickle', 'other', data)]
        assert result['findings'] == []


def test_joblib_that_lies():
    data, _ = joblib_by_hand(b'\x00' + bytes(16))
    assert findings(data[:-5]) == {'truncated-array'}
    objects, _ = joblib_by_hand(PICKLE, dtype=b'O8')
    assert PICKLE in [content for path, content in pickles(objects) if path.startswith('<array at')]
    unknown, _ = joblib_by_hand(bytes(17), dtype=b'who knows')
    assert 'joblib-unknown-array' in findings(unknown)
    behind, _ = joblib_by_hand(b'\x00' + bytes(16), behind=b'.' + OTHER)
    assert ('<behind the pickle>', OTHER) in pickles(behind) and findings(behind) == {'trailing-data'}


def test_joblib_behind_joblib_behind_joblib():
    dump, _ = joblib_by_hand(b'\x00' + bytes(16))
    result = read(dump * 5000, False)
    assert result['stopped'] and 'stopped-depth' in {f['id'] for f in result['findings']}


def test_old_joblib_zlib():
    packed = b'ZF' + hex(len(PICKLE)).encode().ljust(19) + zlib.compress(PICKLE)
    assert pickles(packed) == [('', PICKLE)] and members(packed)[0][1] == 'joblib zlib'


def test_torch():
    torch = pytest.importorskip('torch', reason='torch is not installed')
    value = {'w': torch.arange(1000.0), 'n': 3}
    data = written(lambda file: torch.save(value, file))
    found = read(data)
    assert found['members'][0]['format'] == 'torch zip' and found['findings'] == []
    assert [m['path'].split('/', 1)[1] for m in found['members'] if m['format'] == 'pickle'] == ['data.pkl']
    legacy = written(lambda file: torch.save(value, file, _use_new_zipfile_serialization=False))
    found = read(legacy)
    assert [(m['path'], m['format']) for m in found['members'][:2]] == [('', 'torch legacy'), ('', 'pickle')]
    assert found['findings'] == [] and found['members'][1]['bytes'].count(b'\x80\x02') == 5


def test_torch_legacy_by_hand():
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    pickled = magic + pickle.dumps(1001, 2) + pickle.dumps({}, 2) + PICKLE + pickle.dumps(['0'], 2)
    data = pickled + struct.pack('<Q', 4) + bytes(16)
    assert members(data) == [('', 'torch legacy', 'plain'), ('', 'pickle', 'plain'), ('<storages>', 'data', 'plain')]
    assert pickles(data)[0][1] == pickled
    assert pickles(pickled[:-3])[0][1] == pickled[:-3]
