"""Compares what the static reader says that loading does with what CPython really does, for random programs.

python pickle_agreement.py programs|damaged FIRST COUNT   prints the disagreements, a line each; nothing if they agree
"""

import io
import os
import pickle
import random
import resource
import sys
import warnings

import pickle_programs as programs
from pickle_programs import ANY

from dill import _engine

NEEDS_ENCODING = 4
FILE_BUFFER = 8192
LONG_TEXT = 1000
LOADERS = ('c-bytesio', 'c-file', 'python')
# A damaged memo index makes the C machine ask for as many gigabytes as it says.
MOST_MEMORY = 4 << 30


class Told:
    """The events that the reader tells of one loader, in the words of programs.Recorder."""

    def __init__(self, data, loader):
        effects, facts = _engine.read_effects(data)
        fault = facts['outcomes'][loader][0]
        self.events = []
        self.places = {}  # offset of an opcode: its event
        self.breaks_at = None if fault is None else fault[1]
        self.doubtful = None  # events before the first that depends on what run-time objects are
        stop_at = len(data) + 1
        for what, offset in facts['needs']:
            if what == NEEDS_ENCODING:
                stop_at = min(stop_at, offset)
        for effect in effects:
            if (
                effect['pickle'] != 0
                or loader not in effect['loaders']
                or effect['file_buffer'] not in (0, FILE_BUFFER)
            ):
                continue
            offset = effect['offset']
            if offset >= stop_at:
                break
            if facts['doubtful_from'] is not None and offset >= facts['doubtful_from']:
                self.doubtful = len(self.events)
                break
            if effect['object'][0] == 'buffer':  # here bytes, elsewhere anything
                self.doubtful = len(self.events)
                break
            if effect['kind'] == 'extension' and effect['object'][3] not in programs.EXTENSION_CODES:
                stop_at = offset
                break
            self.add(effect)
        if facts['doubtful_from'] is not None and self.doubtful is None:
            self.doubtful = len(self.events)
        if self.breaks_at is None or stop_at < self.breaks_at:
            self.breaks_at = stop_at if stop_at <= len(data) else None

    def add(self, effect):
        getattr(self, effect['kind'])(effect)

    def lookup(self, effect):
        self.events.append(('find_class', effect['module'], effect['name']))

    def call(self, effect):
        if effect['object'][0] not in ('global', 'result', 'persistent', 'extension'):
            self.doubtful = len(self.events)
            return
        self.places[effect['offset']] = len(self.events)
        kind, _, size, items = effect['arguments']
        if kind == 'tuple' and size == len(items or ()):
            arguments = [self.value(item) for item in items or ()]
        else:
            arguments = ANY
        keywords = {key[3]: self.value(value) for key, value in effect.get('keywords', [None] * 4)[3] or ()}
        self.events.append(('call', self.value(effect['object']), arguments, keywords))

    def build(self, effect):
        self.events.append(('state', self.value(effect['object']), self.value(effect['arguments'])))

    def hook(self, effect):
        target = self.value(effect['object'])
        _, _, size, items = effect['arguments']
        values = [ANY] * size
        if effect['opcode'] in ('SETITEM', 'SETITEMS'):
            values = [(ANY, ANY)] * size
            for i, (key, value) in enumerate(items or ()):
                values[i] = (self.value(key), self.value(value))
            self.events += [('setitem', target, key, value) for key, value in values]
            return
        for i, item in enumerate(items or ()):
            values[i] = self.value(item)
        if effect['opcode'] == 'ADDITEMS':
            self.events += [('add', target, value) for value in values]
        else:
            self.events.append(('extend', target, values))

    def hash(self, effect):
        self.hash_of(effect['arguments'])

    def hash_of(self, term):
        """False if hashing ends here because something has no hash."""
        kind = term[0]
        if kind in ('global', 'result', 'persistent', 'extension'):
            self.events.append(('hash', self.value(term)))
        elif kind == 'tuple':
            return all(self.hash_of(item) for item in term[3] or ())
        return kind not in ('list', 'dict', 'set', 'bytearray')

    def persistent_load(self, effect):
        self.places[effect['offset']] = len(self.events)
        self.events.append(('persistent_load', self.value(effect['arguments'])))

    def extension(self, effect):
        pass

    def value(self, term, depth=0):
        kind, offset, size, value = term
        if kind == 'global':
            return ('global', value[0][3], value[1][3]) if value[0] and value[1] else ANY
        if kind in ('result', 'persistent'):
            return (kind, self.places[offset]) if offset in self.places else ANY
        if kind == 'extension':
            return (kind, value)
        if kind in ('unknown', 'buffer'):
            return ANY
        if kind in ('tuple', 'list') and depth < 2:
            if size and (value is None or len(value) < size):
                return (kind, ANY)
            return (kind, [self.value(item, depth + 1) for item in value or ()])
        if kind in ('str', 'bytes') and len(value or '') > LONG_TEXT:  # cut off there
            return (kind, ANY)
        if kind in ('none', 'bool', 'int', 'str', 'bytes'):
            names = {'none': 'NoneType', 'bool': 'int'}
            known = value is not None or kind == 'none'
            return (names.get(kind, kind), value if known else ANY)
        if kind == 'float':
            return (kind, repr(value))
        return (kind, None)


def really(data, loader):
    """(events, whether it broke, offset of the opcode at fault or None) of a load."""
    recorder = programs.Recorder()
    buffers = [b'buffer'] * 100
    if loader == 'python':
        base, file = programs.CountingUnpickler, io.BytesIO(data)
    elif loader == 'c-bytesio':
        base, file = pickle.Unpickler, io.BytesIO(data)
    else:
        base, file = pickle.Unpickler, io.BufferedReader(io.BytesIO(data), FILE_BUFFER)
    events, problem = recorder.load(base, file, buffers)
    offset = getattr(problem, 'offset', None)
    # The Python machine takes what is left for an argument that is cut off, and fails at the opcode after it.
    return events, problem, None if type(problem) is EOFError else offset


def disagreement(data):
    """The first loader whose load is not what the reader says of it, with both; None if there is none."""
    for loader in LOADERS:
        told = Told(data, loader)
        events, problem, offset = really(data, loader)
        # No memory for what the data only say is there; text that is not ASCII, which another encoding would read.
        if isinstance(problem, MemoryError) or getattr(problem, 'encoding', '') == 'ascii':
            if told.events[: len(events)] != events:
                return loader, told.events, events, problem
            continue
        if told.doubtful is not None:
            if told.events[: told.doubtful] != events[: told.doubtful]:
                return loader, told.events, events, problem
            continue
        if told.events != events:
            return loader, told.events, events, problem
        if (problem is None) != (told.breaks_at is None):
            return loader, told.breaks_at, repr(problem)
        if offset is not None and told.breaks_at != offset:
            return loader, told.breaks_at, offset, repr(problem)
    return None


def data_of(kind, seed):
    choices = random.Random(seed)
    data = programs.program(choices)
    return programs.mutated(choices, data) if kind == 'damaged' else data


def main():
    kind, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if 'asan' not in os.environ.get('LD_PRELOAD', ''):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    warnings.simplefilter('ignore')  # escapes that Python deprecates
    sys.unraisablehook = lambda unraisable: None  # bytearrays with views: CPython's own trouble
    for seed in range(first, first + count):
        data = data_of(kind, seed)
        found = disagreement(data)
        if found is not None:
            print(f'seed {seed}: {data!r}: {found!r}', flush=True)


if __name__ == '__main__':
    main()
