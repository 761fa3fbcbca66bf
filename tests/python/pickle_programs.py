"""Random pickle programs, well-formed as a rule, and what the loaders of CPython really do with them.

program(random) writes one with every opcode of every protocol, odd but allowed use included. Recorder loads it with
find_class, the callables and everything they return replaced by stand-ins that write down what is done to them. Nothing
of a program is executed: the stand-ins are all that it can reach.
"""

import copyreg
import pickle
import pickletools
import struct

OPCODE = {opcode.name: opcode.code.encode('latin-1') for opcode in pickletools.opcodes}
BYTE = {opcode.code.encode('latin-1')[0]: opcode.name for opcode in pickletools.opcodes}
EXTENSION_CODES = (1, 7, 200, 300, 60_000, 70_000, 2_000_000_000)
MODULES = ['os', 'builtins', 'dill._dill', '__main__', 'a.b', 'modül', '__builtin__', 'copy_reg']
NAMES = ['system', 'f', 'Outer.inner', 'a.b.c', '_eval_repr', 'größe', 'x y', '<locals>', 'reduce']
BUILTIN_KEYS = ('none', 'bool', 'int', 'float', 'str', 'bytes', 'frozenset')


class Anything:
    """Equal to whatever it is compared with: what the reader does not keep, or need not know."""

    def __eq__(self, other):
        return True

    def __repr__(self):
        return '...'


ANY = Anything()


# ---- writing programs ------------------------------------------------------------------------------------------------


class Program:
    """A program under way: the opcodes, and what would lie on the stack."""

    def __init__(self, random):
        self.random = random
        self.opcodes = []
        self.stack = []  # (kind, hashable); None is a mark
        self.memo = {}

    def write(self, name, argument=b''):
        self.opcodes.append(OPCODE[name] + argument)

    def push(self, kind, hashable=True):
        self.stack.append((kind, hashable))

    def top(self, count):
        """The last objects above the last mark, or None if there are fewer."""
        items = self.stack[-count:]
        return items if len(items) == count and None not in items else None

    def above_mark(self):
        """The objects above the last mark; None without one."""
        for i in range(len(self.stack) - 1, -1, -1):
            if self.stack[i] is None:
                return self.stack[i + 1 :]
        return None

    def take_to_mark(self):
        items = self.above_mark()
        del self.stack[len(self.stack) - len(items) - 1 :]
        return items


def encode_utf8(text):
    return text.encode('utf-8', 'surrogatepass')


def write_str(p, text=None):
    random = p.random
    if text is None:
        text = random.choice(
            ['', 'a', 'name', 'text\nline', "it's", 'ü', '\u20ac', '\U0001f600', '\\', 'x' * 300, '\ud800']
        )
    data = encode_utf8(text)
    ways = ['BINUNICODE', 'BINUNICODE8', 'UNICODE']
    if len(data) < 256:
        ways += ['SHORT_BINUNICODE'] * 3
    if text.isascii():
        ways += ['STRING', 'BINSTRING'] + ['SHORT_BINSTRING'] * (len(data) < 256)
    way = random.choice(ways)
    if way == 'UNICODE':
        escaped = text.replace('\\', '\\u005c').replace('\n', '\\u000a').replace('\0', '\\u0000')
        argument = escaped.encode('raw-unicode-escape') + b'\n'
    elif way == 'STRING':
        body = ''.join(c if c.isalnum() and random.random() < 0.5 else f'\\x{ord(c):02x}' for c in text)
        quote = random.choice('\'"')
        argument = f'{quote}{body}{quote}\n'.encode()
    elif way == 'BINUNICODE8':
        argument = struct.pack('<Q', len(data)) + data
    elif way in ('BINUNICODE', 'BINSTRING'):
        argument = struct.pack('<I', len(data)) + data
    else:
        argument = bytes([len(data)]) + data
    p.write(way, argument)
    p.push('str')


def write_int(p):
    random = p.random
    value = random.choice(
        [0, 1, -1, 2, 255, 65535, -(2**31), 2**31 - 1, 2**63, -(2**63), 10**30, random.randrange(1000)]
    )
    ways = ['INT', 'LONG', 'LONG1', 'LONG4']
    if 0 <= value < 256:
        ways += ['BININT1'] * 4
    if 0 <= value < 65536:
        ways += ['BININT2'] * 2
    if -(2**31) <= value < 2**31:
        ways += ['BININT'] * 2
    way = random.choice(ways)
    size = (value.bit_length() + 8) // 8
    argument = {
        'INT': lambda: b'%d\n' % value,
        'LONG': lambda: b'%d%s\n' % (value, random.choice([b'L', b''])),
        'LONG1': lambda: bytes([size]) + value.to_bytes(size, 'little', signed=True),
        'LONG4': lambda: struct.pack('<i', size) + value.to_bytes(size, 'little', signed=True),
        'BININT1': lambda: bytes([value]),
        'BININT2': lambda: struct.pack('<H', value),
        'BININT': lambda: struct.pack('<i', value),
    }[way]()
    p.write(way, argument)
    p.push('int')


def write_float(p):
    value = p.random.choice([0.0, 1.5, -2.25, 1e300, float('inf')])
    if p.random.random() < 0.5:
        p.write('BINFLOAT', struct.pack('>d', value))
    else:
        p.write('FLOAT', repr(value).encode() + b'\n')
    p.push('float')


def write_constant(p):
    name = p.random.choice(['NONE', 'NEWTRUE', 'NEWFALSE', 'INT'])
    p.write(name, p.random.choice([b'00\n', b'01\n']) if name == 'INT' else b'')
    p.push('none' if name == 'NONE' else 'bool')


def write_bytes(p):
    data = p.random.randbytes(p.random.choice([0, 1, 5, 40])) if hasattr(p.random, 'randbytes') else b'bytes'
    way = p.random.choice(['SHORT_BINBYTES', 'BINBYTES', 'BINBYTES8', 'BYTEARRAY8'])
    size = {'SHORT_BINBYTES': '<B', 'BINBYTES': '<I'}.get(way, '<Q')
    p.write(way, struct.pack(size, len(data)) + data)
    p.push('bytearray' if way == 'BYTEARRAY8' else 'bytes', way != 'BYTEARRAY8')


def write_empty(p):
    kind = p.random.choice(['list', 'tuple', 'dict', 'set', 'list', 'dict'])
    p.write('EMPTY_' + kind.upper())
    p.push(kind, kind == 'tuple')


def write_global(p):
    random = p.random
    module, name = random.choice(MODULES), random.choice(NAMES)
    way = random.choice(['GLOBAL', 'STACK_GLOBAL', 'STACK_GLOBAL'])
    if way == 'GLOBAL':
        p.write('GLOBAL', encode_utf8(module) + b'\n' + encode_utf8(name) + b'\n')
    else:
        write_str(p, module)
        if random.random() < 0.3:
            write_memo(p)
        write_str(p, name)
        p.write('STACK_GLOBAL')
        del p.stack[-2:]
    p.push('object')


def write_memo(p):
    items = p.top(1)
    if items is None:
        return
    random = p.random
    way = random.choice(['MEMOIZE', 'MEMOIZE', 'BINPUT', 'LONG_BINPUT', 'PUT'])
    index = len(p.memo)
    if way != 'MEMOIZE' and random.random() < 0.3:
        index = random.choice([0, 3, 200, random.randrange(300)])
    if way == 'BINPUT':
        index %= 256
    argument = {'MEMOIZE': b'', 'BINPUT': bytes([index % 256]), 'LONG_BINPUT': struct.pack('<I', index)}
    p.write(way, argument.get(way, b'%d\n' % index))
    p.memo[index] = items[0]


def write_get(p):
    if not p.memo:
        return
    index = p.random.choice(list(p.memo))
    way = p.random.choice(['BINGET', 'LONG_BINGET', 'GET'] if index < 256 else ['LONG_BINGET', 'GET'])
    argument = {'BINGET': bytes([index % 256]), 'LONG_BINGET': struct.pack('<I', index)}
    p.write(way, argument.get(way, b'%d\n' % index))
    p.stack.append(p.memo[index])


def write_tuple(p):
    count = p.random.choice([1, 2, 3])
    items = p.top(count)
    if items is not None:
        p.write(f'TUPLE{count}')
        del p.stack[-count:]
        p.push('tuple', all(item[1] for item in items))


def write_mark(p):
    p.write('MARK')
    p.stack.append(None)


def write_to_mark(p):
    """Uses up the last mark, in one of the ways that fit what lies above and below it."""
    items = p.above_mark()
    if items is None:
        return
    below = p.stack[: len(p.stack) - len(items) - 1]
    below = below[-1] if below and below[-1] is not None else None
    hashable = all(item[1] for item in items)
    ways = ['TUPLE', 'LIST', 'POP_MARK']
    if hashable:
        ways.append('FROZENSET')
    if len(items) % 2 == 0 and all(item[1] for item in items[::2]):
        ways.append('DICT')
    if below is not None:
        kind = below[0]
        if kind in ('list', 'object'):
            ways += ['APPENDS'] * 3
        if kind in ('dict', 'object') and len(items) % 2 == 0 and all(item[1] for item in items[::2]):
            ways += ['SETITEMS'] * 3
        if kind in ('set', 'object') and (hashable or kind == 'object'):
            ways += ['ADDITEMS'] * 3
    if items and items[0][0] == 'object':
        ways += ['OBJ'] * 3
    ways += ['INST']
    way = p.random.choice(ways)
    if way == 'INST':
        p.write('INST', b'%s\n%s\n' % (p.random.choice([b'os', b'a.b']), p.random.choice([b'system', b'C'])))
    else:
        p.write(way)
    p.take_to_mark()
    if way in ('TUPLE', 'LIST', 'FROZENSET', 'DICT'):
        p.push(way.lower(), way == 'FROZENSET' or (way == 'TUPLE' and hashable))
    elif way in ('OBJ', 'INST'):
        p.push('object')


def write_call(p):
    random = p.random
    if not p.top(1) or p.stack[-1][0] != 'object' or random.random() < 0.3:
        write_global(p)
    way = random.choice(['REDUCE', 'REDUCE', 'NEWOBJ', 'NEWOBJ_EX'])
    write_mark(p)
    for _ in range(random.randrange(4)):
        write_something(p)
        if p.above_mark() is None:
            return
    p.take_to_mark()
    p.write('TUPLE')
    p.push('tuple')
    if random.random() < 0.2:
        write_memo(p)
    if way == 'NEWOBJ_EX':
        p.write('EMPTY_DICT')
        for key in random.sample(['key', 'other'], random.randrange(3)):
            p.push('dict')
            write_str(p, key)
            write_int(p)
            p.write('SETITEM')
            del p.stack[-3:]
    if len(p.stack) < 2 or p.stack[-2] is None or p.stack[-2][0] != 'object':
        return
    p.write(way)
    del p.stack[-2:]
    p.push('object')


def write_computed_name(p):
    """A name that a call gives: STACK_GLOBAL takes it only if it is a str, which a stand-in is not."""
    write_call(p)


def write_item(p):
    """APPEND, SETITEM or BUILD for what lies on top."""
    items = p.top(1)
    if items is None:
        return
    kind = items[0][0]
    if kind == 'list' or (kind == 'object' and p.random.random() < 0.3):
        write_something(p, one=True)
        p.write('APPEND')
        p.stack.pop()
    elif kind == 'dict' or (kind == 'object' and p.random.random() < 0.4):
        write_key(p)
        write_something(p, one=True)
        p.write('SETITEM')
        del p.stack[-2:]
    elif kind == 'object':
        write_something(p, one=True)
        p.write('BUILD')
        p.stack.pop()


def write_key(p):
    before = len(p.stack)
    p.random.choice([write_int, write_str, write_constant, write_bytes, write_global, write_get])(p)
    if len(p.stack) == before + 1 and p.stack[-1] is not None and p.stack[-1][1]:
        return
    while len(p.stack) > before:
        p.write('POP')
        p.stack.pop()
    write_str(p)


def write_pop(p):
    if p.stack and p.random.random() < 0.5:
        p.write('POP')
        p.stack.pop()


def write_dup(p):
    if p.top(1) is not None:
        p.write('DUP')
        p.stack.append(p.stack[-1])


def write_persistent(p):
    if p.top(1) is not None and p.random.random() < 0.5:
        p.write('BINPERSID')
        p.stack.pop()
    else:
        p.write('PERSID', p.random.choice([b'id 1\n', b'\n', b'x' * 50 + b'\n']))
    p.push('object')


def write_extension(p):
    code = p.random.choice(EXTENSION_CODES)
    size = 'EXT1' if code < 256 else 'EXT2' if code < 65536 else 'EXT4'
    p.write(size, struct.pack({'EXT1': '<B', 'EXT2': '<H', 'EXT4': '<i'}[size], code))
    p.push('object')


def write_buffer(p):
    if p.top(1) is not None and p.stack[-1][0] in ('bytes', 'bytearray', 'buffer'):
        p.write('READONLY_BUFFER')
        p.stack[-1] = ('buffer', False)
    else:
        p.write('NEXT_BUFFER')
        p.push('buffer', False)


WRITERS = {
    write_constant: 4,
    write_int: 6,
    write_float: 2,
    write_str: 6,
    write_bytes: 3,
    write_empty: 6,
    write_global: 4,
    write_memo: 8,
    write_get: 6,
    write_tuple: 5,
    write_mark: 5,
    write_to_mark: 9,
    write_call: 7,
    write_item: 9,
    write_pop: 2,
    write_dup: 2,
    write_persistent: 1,
    write_extension: 1,
    write_buffer: 1,
}
ONE = (write_constant, write_int, write_float, write_str, write_bytes, write_empty, write_global)


def write_something(p, one=False):
    """The opcodes of a step; `one`: exactly one new object."""
    if one:
        p.random.choice(ONE)(p)
    else:
        p.random.choices(list(WRITERS), list(WRITERS.values()))[0](p)


def opcodes_of(random, length):
    """The opcodes of a program, one bytes each, without PROTO, FRAME and STOP."""
    p = Program(random)
    while len(p.opcodes) < length:
        write_something(p)
    while None in p.stack:
        write_to_mark(p)
    if not p.stack:
        write_constant(p)
    return p.opcodes


def program(random):
    """The bytes of a random program."""
    opcodes = opcodes_of(random, random.choice([3, 10, 30, 60])) + [OPCODE['STOP']]
    protocol = random.randrange(6)
    if random.random() < 0.1:
        opcodes.insert(random.randrange(len(opcodes)), OPCODE['PROTO'] + bytes([random.randrange(6)]))
    result = [OPCODE['PROTO'] + bytes([protocol])] if protocol >= 2 or random.random() < 0.1 else []
    if random.random() < 0.1:  # across the end of a file's buffer
        length = 8192 - random.randrange(200)
        result.append(OPCODE['BINBYTES'] + struct.pack('<I', length) + bytes(length) + OPCODE['POP'])
    if random.random() < 0.4:
        while opcodes:
            count = random.choice([1, 2, 5, 20, 100])
            body = b''.join(opcodes[:count])
            del opcodes[:count]
            result.append(OPCODE['FRAME'] + struct.pack('<Q', len(body)) + body if random.random() < 0.8 else body)
    data = b''.join(result + opcodes)
    if random.random() < 0.1:
        data += random.choice([b'\0', b'garbage', b'.', b'N.'])
    return data


def mutated(random, data):
    """The program with one to three bytes changed, removed, added or the end cut off."""
    data = bytearray(data)
    frames = [at for at in range(len(data) - 9) if data[at] == OPCODE['FRAME'][0] and data[at + 3 : at + 9] == bytes(6)]
    if frames and random.random() < 0.3:  # a frame that lies by a few bytes
        at = random.choice(frames)
        data[at + 1] = max(0, min(255, data[at + 1] + random.choice([-9, -3, -2, -1, 1, 2, 3, 9])))
        return bytes(data)
    for _ in range(random.choice([1, 1, 2, 3])):
        at = random.randrange(len(data))
        way = random.randrange(6)
        if way == 0:
            data[at] = random.randrange(256)
        elif way == 1:
            data[at] = random.choice(list(BYTE))
        elif way == 2:
            data[at] ^= 1 << random.randrange(8)
        elif way == 3:
            del data[at : at + random.choice([1, 1, 2, 9])]
        elif way == 4:
            data[at:at] = bytes([random.choice(list(BYTE))])
        else:
            del data[at:]
        if not data:
            break
    return bytes(data)


# ---- loading them ----------------------------------------------------------------------------------------------------


class Recorder:
    """What is done to the stand-ins of one load(), in `events`."""

    def __init__(self):
        self.events = []
        self.globals = {}
        recorder = self

        class StandIn(type):
            """Classes that stand for everything: callable, appendable, hashable, with a state."""

            def __call__(cls, *arguments, **keywords):
                return recorder.called(cls, arguments, keywords)

            def __hash__(cls):
                recorder.events.append(('hash', recorder.name(cls)))
                return id(cls)

            def __eq__(cls, other):
                return cls is other

            def extend(cls, items):
                recorder.events.append(('extend', recorder.name(cls), [recorder.value(item) for item in items]))

            def append(cls, item):
                recorder.events.append(('extend', recorder.name(cls), [recorder.value(item)]))

            def add(cls, item):
                recorder.events.append(('add', recorder.name(cls), recorder.value(item)))

            def __setitem__(cls, key, value):
                recorder.events.append(('setitem', recorder.name(cls), recorder.value(key), recorder.value(value)))

            def __setstate__(cls, state):
                recorder.events.append(('state', recorder.name(cls), recorder.value(state)))

        self.metaclass = StandIn
        self.labels = {}

    def stand_in(self, label):
        def new(cls, *arguments, **keywords):
            return self.called(cls, arguments, keywords)

        made = type.__new__(self.metaclass, 'StandIn', (), {'__new__': new})
        self.labels[id(made)] = label
        return made

    def called(self, cls, arguments, keywords):
        self.events.append(
            (
                'call',
                self.name(cls),
                [self.value(argument) for argument in arguments],
                {key: self.value(value) for key, value in keywords.items()},
            )
        )
        return self.stand_in(('result', len(self.events) - 1))

    def name(self, made):
        return self.labels[id(made)]

    def value(self, thing, depth=0):
        """What can be compared of a thing: stand-ins by what they are, literals as they are, containers by kind."""
        if isinstance(thing, self.metaclass):
            return self.name(thing)
        if type(thing) is bool:
            thing = int(thing)  # INT's "+0" is a bool to the C machine, an int to the Python machine
        kind = type(thing)
        if kind in (tuple, list) and depth < 2:
            return (kind.__name__, [self.value(item, depth + 1) for item in thing])
        if kind in (str, bytes, int, type(None)):
            return (kind.__name__, thing)
        if kind is float:
            return ('float', repr(thing))
        if kind is memoryview:
            return ('bytes', ANY)
        return (kind.__name__, None)

    def find_class(self, module, name):
        self.events.append(('find_class', module, name))
        return self.globals.setdefault((module, name), self.stand_in(('global', module, name)))

    def persistent_load(self, pid):
        self.events.append(('persistent_load', self.value(pid)))
        return self.stand_in(('persistent', len(self.events) - 1))

    def load(self, base, file, buffers):
        """Loads with a subclass of `base`. (events, exception or None)"""
        recorder = self

        class Unpickler(base):
            def find_class(self, module, name):
                return recorder.find_class(module, name)

            def persistent_load(self, pid):
                return recorder.persistent_load(pid)

        extensions = {code: self.stand_in(('extension', code)) for code in EXTENSION_CODES}
        copyreg._extension_cache.update(extensions)
        try:
            Unpickler(file, buffers=buffers).load()
        except Exception as problem:
            return self.events, problem
        finally:
            copyreg._extension_cache.clear()
        return self.events, None


class CountingUnpickler(pickle._Unpickler):
    """The Python machine; `opcode_at` is where the opcode under way begins."""

    opcode_at = 0

    def __init__(self, file, **options):
        super().__init__(file, **options)
        self.file = file

    def load(self):
        problem = None
        self.dispatch = CountingDispatch(self)
        try:
            return super().load()
        except Exception as raised:
            problem = raised
            raise
        finally:
            if problem is not None:
                problem.offset = self.opcode_at
            self.dispatch = None


class CountingDispatch:
    """The dispatch table, which notes where each opcode is."""

    def __init__(self, unpickler):
        self.unpickler = unpickler

    def __getitem__(self, key):
        unpickler = self.unpickler
        frame = unpickler._unframer.current_frame
        here = unpickler.file.tell()
        if frame is not None:
            here -= len(frame.getbuffer()) - frame.tell()
        unpickler.opcode_at = here - 1
        return pickle._Unpickler.dispatch[key]
