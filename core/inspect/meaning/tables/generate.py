"""Writes the table of bytecode instructions of the Python that runs this: ``python3.12 generate.py``.

It makes python_3_12.inc beside itself. The table of 3.14 (python_3_14.inc) is made from python_3_14.json, for which no
interpreter was at hand: ``generate.py python_3_14.json`` with any Python. compare_binary.py holds it against a binary.
"""

import dis
import json
import opcode
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))


def facts():
    """What the table is made of, as the modules opcode and dis of this Python say."""
    minor = sys.version_info[1]
    takes_argument = getattr(opcode, 'hasarg', None)
    caches = getattr(opcode, '_inline_cache_entries', {})
    instructions = []
    for name, code in sorted(opcode.opmap.items(), key=lambda item: item[1]):
        if code > 255 or name.startswith('INSTRUMENTED_') or name in ('ENTER_EXECUTOR', 'RESERVED', 'INTERPRETER_EXIT'):
            continue
        has = code >= opcode.HAVE_ARGUMENT if takes_argument is None else code in takes_argument
        cache = caches[code] if isinstance(caches, list) else caches.get(name, 0)
        instructions.append([code, name, kind(minor, name, code) if has else 'None', cache])
    return {
        'minor': minor,
        'instructions': instructions,
        'comparisons': list(opcode.cmp_op),
        'operators': [symbol for _, symbol in getattr(opcode, '_nb_ops', [])],
        'intrinsics_1': list(getattr(opcode, '_intrinsic_1_descs', [])),
        'intrinsics_2': list(getattr(opcode, '_intrinsic_2_descs', [])),
        'common_constants': [],
        'special_methods': [],
    }


SPECIAL = {
    'EXTENDED_ARG': 'Extended',
    'RESUME': 'Resume',
    'BINARY_OP': 'Operator',
    'CALL_INTRINSIC_1': 'Intrinsic1',
    'CALL_INTRINSIC_2': 'Intrinsic2',
    'FORMAT_VALUE': 'FormatValue',
    'CONVERT_VALUE': 'ConvertValue',
    'LOAD_SUPER_ATTR': 'NameSuper',
    'LOAD_COMMON_CONSTANT': 'CommonConstant',
    'LOAD_SPECIAL': 'SpecialMethod',
    'LOAD_FAST_LOAD_FAST': 'LocalPair',
    'STORE_FAST_LOAD_FAST': 'LocalPair',
    'STORE_FAST_STORE_FAST': 'LocalPair',
    'LOAD_FAST_BORROW_LOAD_FAST_BORROW': 'LocalPair',
}


def kind(minor, name, code):
    """How the argument is to be read."""
    if name in SPECIAL:
        return SPECIAL[name]
    if name == 'LOAD_GLOBAL' and minor >= 11:
        return 'NameNull'
    if name == 'LOAD_ATTR' and minor >= 12:
        return 'NameSelf'
    if name in ('MAKE_FUNCTION', 'SET_FUNCTION_ATTRIBUTE'):
        return 'FunctionFlags'
    if name in ('IS_OP', 'CONTAINS_OP') and minor >= 14:
        return 'IsNot' if name == 'IS_OP' else 'NotIn'
    if code in opcode.hasconst:
        return 'Constant'
    if code in opcode.hasname:
        return 'Name'
    if code in opcode.haslocal:
        return 'Local'
    if code in opcode.hasfree:
        return 'Free'
    if code in opcode.hascompare:
        return 'Compare'
    if code in opcode.hasjrel:
        return 'JumpBackward' if 'JUMP_BACKWARD' in name else 'JumpForward'
    if code in opcode.hasjabs:
        return 'JumpTo'
    return 'Number'


def strings(name, values):
    quoted = ', '.join(json.dumps(each) for each in values)
    return f'constexpr std::array<std::string_view, {len(values)}> {name}{{{quoted}}};\n'


def table(found):
    """The text of the .inc file."""
    minor = found['minor']
    rows = ''.join(
        f'    {{{code}, {caches}, ArgumentKind::{kind}, "{name}"}},\n'
        for code, name, kind, caches in found['instructions']
    )
    return (
        f'// Made by generate.py for Python 3.{minor}: do not edit.\n'
        f'namespace python_3_{minor} {{\n'
        f'constexpr std::array<OpcodeInfo, {len(found["instructions"])}> kOpcodes{{{{\n{rows}}}}};\n'
        + strings('kComparisons', found['comparisons'])
        + strings('kOperators', found['operators'])
        + strings('kIntrinsics1', found['intrinsics_1'])
        + strings('kIntrinsics2', found['intrinsics_2'])
        + strings('kCommonConstants', found['common_constants'])
        + strings('kSpecialMethods', found['special_methods'])
        + f'}}  // namespace python_3_{minor}\n'
    )


def main():
    if len(sys.argv) > 1:
        with open(os.path.join(FOLDER, sys.argv[1])) as file:
            found = json.load(file)
    else:
        found = facts()
    with open(os.path.join(FOLDER, f'python_3_{found["minor"]}.inc'), 'w') as file:
        file.write(table(found))


assert dis.opmap is opcode.opmap  # dis shows what opcode says
main()
