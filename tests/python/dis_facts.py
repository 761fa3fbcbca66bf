"""Run by any Python from 3.8 on: writes code objects of its standard library to a pickle, as dill would, and what its
module dis says about them as JSON.

usage: python3.x dis_facts.py PICKLE JSON MODULE...
"""

import dis
import importlib
import inspect
import json
import pickle
import sys
import types

# The name that dill writes, in a process without dill.
dill, helpers = types.ModuleType('dill'), types.ModuleType('dill._dill')


def _create_code(*parts):
    raise NotImplementedError


_create_code.__module__, _create_code.__qualname__ = 'dill._dill', '_create_code'
helpers._create_code = _create_code
sys.modules.update({'dill': dill, 'dill._dill': helpers})

FIELDS = (
    'argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames filename name'.split()
)
if sys.version_info >= (3, 11):
    FIELDS += 'qualname firstlineno linetable exceptiontable freevars cellvars'.split()
elif sys.version_info >= (3, 10):
    FIELDS += 'firstlineno linetable freevars cellvars'.split()
else:
    FIELDS += 'firstlineno lnotab freevars cellvars'.split()


class Pickler(pickle._Pickler):
    def reducer_override(self, obj):
        if type(obj) is types.CodeType:
            parts = [getattr(obj, 'co_' + field) for field in FIELDS]
            if sys.version_info >= (3, 10):
                parts.insert(0, b'old lines')
            return _create_code, tuple(parts)
        return NotImplemented


def codes_of(module):
    found = {}
    waiting = [module.__dict__]
    while waiting:
        for value in list(waiting.pop().values()):
            if isinstance(value, type) and value.__module__ == module.__name__ and value not in found:
                found[value] = None
                waiting.append(value.__dict__)
            value = getattr(value, '__func__', value)
            if inspect.isfunction(value) and value.__module__ == module.__name__:
                found[value.__code__] = None
    waiting = [each for each in found if isinstance(each, types.CodeType)]
    everything = {}
    while waiting:
        code = waiting.pop()
        everything[id(code)] = code
        waiting.extend(each for each in code.co_consts if isinstance(each, types.CodeType))
    return list(everything.values())


def lines_of(code):
    if sys.version_info >= (3, 10):
        return {offset: line for begin, end, line in code.co_lines() for offset in range(begin, end, 2)}
    lines, line, starts = {}, None, dict(dis.findlinestarts(code))
    for offset in range(0, len(code.co_code), 2):
        line = starts.get(offset, line)
        lines[offset] = line
    return lines


def facts(code):
    lines = lines_of(code)
    jumps = set(dis.hasjrel) | set(dis.hasjabs)
    instructions = []
    for each in dis.get_instructions(code):
        target = each.argval if each.opcode in jumps else None
        instructions.append([each.opname, each.offset, each.arg, each.argrepr, target, lines.get(each.offset)])
    exceptions = []
    if sys.version_info >= (3, 11):
        exceptions = [
            [each.start, each.end, each.target, each.depth, each.lasti] for each in dis._parse_exception_table(code)
        ]
    return {'name': code.co_name, 'instructions': instructions, 'exceptions': exceptions}


def main():
    path, report, *modules = sys.argv[1:]
    # A function that a decorator of another module made has its code.
    codes = list({id(code): code for name in modules for code in codes_of(importlib.import_module(name))}.values())
    with open(path, 'wb') as file:
        Pickler(file, 4).dump(codes)
    with open(report, 'w') as file:
        json.dump([facts(code) for code in codes], file)


main()
