"""Holds python_3_14.inc against the tables that a program compiled with the headers of CPython 3.14 has in it.

usage: compare_binary.py FILE.so

For a shared object (ELF, 64 bit, little-endian) that has CPython's tables of opcode names and of inline caches in it,
such as the extension module in the wheel of cinderx for Python 3.14:
    pip download --no-deps --only-binary :all: --python-version 3.14 cinderx && unzip cinderx-*.whl
Says what differs, and exits with 1 then. Nothing of the file is run.
"""

import os
import re
import struct
import sys

RELATIVE = 8  # R_X86_64_RELATIVE
NO_BITS = 8  # a section without bytes in the file
# Instructions that no compiler writes and no code object has.
INTERNAL = {'INTERPRETER_EXIT', 'RESERVED', 'BINARY_OP_INPLACE_ADD_UNICODE'}


class Elf:
    def __init__(self, data):
        self.data = data
        (sections,) = struct.unpack_from('<Q', data, 40)
        size, count, names = struct.unpack_from('<HHH', data, 58)
        headers = [struct.unpack_from('<IIQQQQ', data, sections + i * size) for i in range(count)]
        start = headers[names][4]
        self.sections = {}  # name -> kind, address, offset, size
        for name, kind, _, address, offset, length in headers:
            end = data.index(b'\0', start + name)
            self.sections[data[start + name : end].decode()] = kind, address, offset, length

    def text(self, address):
        for kind, begin, offset, length in self.sections.values():
            if kind != NO_BITS and begin and begin <= address < begin + length:
                start = offset + address - begin
                return self.data[start : self.data.index(b'\0', start)].decode('latin-1')
        return None

    def pointers(self):
        _, _, offset, length = self.sections['.rela.dyn']
        found = {}
        for place in range(offset, offset + length, 24):
            at, info, value = struct.unpack_from('<QQq', self.data, place)
            if info & 0xFFFFFFFF == RELATIVE:
                found[at] = value
        return found

    def constants(self):
        _, _, offset, length = self.sections['.rodata']
        return self.data[offset : offset + length]


def table():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'python_3_14.inc')
    with open(path) as file:
        rows = re.findall(r'\{(\d+), (\d+), ArgumentKind::(\w+), "(\w+)"\}', file.read())
    return {int(code): (name, int(caches)) for code, caches, _, name in rows}


def names_in(elf, ours):
    """The table of names: pointers to texts, side by side, among them the first name and BINARY_OP at its number."""
    pointers = elf.pointers()
    number = next(code for code, (name, _) in ours.items() if name == 'BINARY_OP')
    for at, value in pointers.items():
        first = at - 8 * number
        if elf.text(value) == 'BINARY_OP' and first in pointers and elf.text(pointers[first]) == 'CACHE':
            return {code: elf.text(pointers[first + 8 * code]) for code in range(256) if first + 8 * code in pointers}
    return {}


def main():
    with open(sys.argv[1], 'rb') as file:
        elf = Elf(file.read())
    ours = table()
    theirs = names_in(elf, ours)
    last = max(ours)
    wrong = [
        f'{code}: {name} is {theirs.get(code)} there' for code, (name, _) in ours.items() if theirs.get(code) != name
    ]
    wrong += [
        f'{code}: {name} is missing here'
        for code, name in theirs.items()
        if code <= last and code not in ours and name not in INTERNAL
    ]
    caches = bytes(ours.get(code, ('', 0))[1] for code in range(256))
    if caches not in elf.constants():
        wrong.append('the numbers of inline caches are nowhere in it')
    print('\n'.join(wrong) or f'{len(ours)} names and the inline caches of all opcodes are the same')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
