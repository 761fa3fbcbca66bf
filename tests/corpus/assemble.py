"""Pickle streams written opcode by opcode: every function returns the bytes that leave one object on the stack."""

import struct

MARK, STOP, POP, POP_MARK, DUP = b'(', b'.', b'0', b'1', b'2'
REDUCE, BUILD, NEWOBJ, NEWOBJ_EX, OBJ = b'R', b'b', b'\x81', b'\x92', b'o'
TUPLE, TUPLE1, TUPLE2, EMPTY_TUPLE = b't', b'\x85', b'\x86', b')'
EMPTY_LIST, EMPTY_DICT, EMPTY_SET = b']', b'}', b'\x8f'
APPEND, APPENDS, SETITEM, SETITEMS, ADDITEMS, FROZENSET = b'a', b'e', b's', b'u', b'\x90', b'\x91'
NONE, STACK_GLOBAL, MEMOIZE = b'N', b'\x93', b'\x94'


def proto(number):
    return b'\x80' + bytes([number])


def frame(content, length=None):
    return b'\x95' + struct.pack('<Q', len(content) if length is None else length) + content


def put(number):
    return b'q' + bytes([number]) if number < 256 else b'r' + struct.pack('<I', number)


def get(number):
    return b'h' + bytes([number]) if number < 256 else b'j' + struct.pack('<I', number)


def put_text(number):
    return b'p%d\n' % number


def get_text(number):
    return b'g%d\n' % number


# ---- strings, one function for each way to write them ----


def short_unicode(text):
    data = text.encode('utf-8', 'surrogatepass')
    return b'\x8c' + bytes([len(data)]) + data if len(data) < 256 else long_unicode(text)


def long_unicode(text):
    data = text.encode('utf-8', 'surrogatepass')
    return b'X' + struct.pack('<I', len(data)) + data


def huge_unicode(text):
    data = text.encode('utf-8', 'surrogatepass')
    return b'\x8d' + struct.pack('<Q', len(data)) + data


def line_unicode(text):
    return b'V' + text.replace('\\', '\\u005c').replace('\n', '\\u000a').encode('raw-unicode-escape') + b'\n'


def escaped_unicode(text):
    return b'V' + b''.join(b'\\u%04x' % ord(c) for c in text) + b'\n'


def line_string(text):
    return b'S' + repr(text).encode('ascii') + b'\n'


def escaped_string(text):
    return b"S'" + b''.join(b'\\x%02x' % ord(c) for c in text) + b"'\n"


def short_string(text):
    return b'U' + bytes([len(text)]) + text.encode('ascii') if len(text) < 256 else long_string(text)


def long_string(text):
    return b'T' + struct.pack('<i', len(text)) + text.encode('ascii')


STRINGS = {
    'SHORT_BINUNICODE': short_unicode,
    'BINUNICODE': long_unicode,
    'BINUNICODE8': huge_unicode,
    'UNICODE': line_unicode,
    'UNICODE escapes': escaped_unicode,
    'STRING': line_string,
    'STRING escapes': escaped_string,
    'SHORT_BINSTRING': short_string,
    'BINSTRING': long_string,
}


# ---- other values ----


def long_bytes(data):
    return b'B' + struct.pack('<I', len(data)) + data


def integer(value):
    if 0 <= value < 256:
        return b'K' + bytes([value])
    if -(2**31) <= value < 2**31:
        return b'J' + struct.pack('<i', value)
    size = value.bit_length() // 8 + 1
    return b'\x8a' + bytes([size]) + value.to_bytes(size, 'little', signed=True)


class Raw(bytes):
    """Opcodes that stand for a value among plain ones."""


def value(content, text=long_unicode):
    """The opcodes of a plain value; `text` writes its strings."""
    if isinstance(content, Raw):
        return bytes(content)
    if content is None:
        return NONE
    if isinstance(content, bool):
        return b'\x88' if content else b'\x89'
    if isinstance(content, int):
        return integer(content)
    if isinstance(content, float):
        return b'G' + struct.pack('>d', content)
    if isinstance(content, str):
        return text(content)
    if isinstance(content, bytes):
        return long_bytes(content)
    if isinstance(content, tuple):
        return MARK + b''.join(value(item, text) for item in content) + TUPLE
    if isinstance(content, list):
        return EMPTY_LIST + MARK + b''.join(value(item, text) for item in content) + APPENDS
    if isinstance(content, dict):
        pairs = b''.join(value(k, text) + value(v, text) for k, v in content.items())
        return EMPTY_DICT + MARK + pairs + SETITEMS
    raise TypeError(f'no opcodes for {type(content).__name__}')


def global_(module, name):
    return b'c' + f'{module}\n{name}\n'.encode()


def stack_global(module, name, text=short_unicode):
    return text(module) + text(name) + STACK_GLOBAL


def call(function, *arguments):
    """REDUCE of opcodes that push a callable."""
    return Raw(bytes(function) + value(tuple(arguments)) + REDUCE)


def named_call(module, name, *arguments):
    return call(global_(module, name), *arguments)
