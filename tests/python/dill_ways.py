"""The ways in which one object can be dumped here, which must all give the same bytes.

The name of this module has to begin with "dill": picklers of other modules refer to the globals of __main__ otherwise.
"""

import gc
import io
import pickle

import dill
from dill import _recording


class WithSave(dill.Pickler):
    """Overrides a step of the driver, so the stock Python driver runs."""

    def save(self, obj, save_persistent_id=True):
        super().save(obj, save_persistent_id)


class WithHooks(dill.Pickler):
    """Is asked about each object, and has nothing to say."""

    def persistent_id(self, obj):
        return None

    def reducer_override(self, obj):
        return NotImplemented


class WithSaver(dill.Pickler):
    """Has a saver in Python for lists, which are everywhere, so that saves nest."""

    dispatch = dill._dill.MetaCatchingDict(dill.Pickler.dispatch)


def save_list(pickler, obj):
    pickle._Pickler.save_list(pickler, obj)


WithSaver.dispatch[list] = save_list


def by(cls):
    def dump(obj, protocol, options):
        file = io.BytesIO()
        cls(file, protocol, **options).dump(obj)
        return file.getvalue()

    return dump


def again(obj, protocol, options):
    """By a pickler that has dumped before, and forgot."""
    file = io.BytesIO()
    pickler = dill.Pickler(file, protocol, **options)
    pickler.dump(['before', {'x': ('y',)}])
    pickler.clear_memo()
    start = file.tell()
    pickler.dump(obj)
    return file.getvalue()[start:]


def to_file(obj, protocol, options):
    """In pieces, as they are written."""
    pieces = []

    class File:
        def write(self, piece):
            pieces.append(bytes(piece))
            return len(piece)

    dill.dump(obj, File(), protocol, **options)
    return b''.join(pieces)


def held(obj, protocol, options):
    """While somebody else refers to everything that the collector knows: no reference count of 1."""
    everything, new = [], [obj]
    seen = set()
    while new and len(everything) < 20_000:
        fresh = [part for part in gc.get_referents(*new) if id(part) not in seen and not isinstance(part, type(gc))]
        seen.update(map(id, fresh))
        everything += fresh
        new = fresh
    pickled = dill.dumps(obj, protocol, **options)
    del everything
    return pickled


def recorded(obj, protocol, options):
    """With an observer."""
    recording = _recording.record(obj, protocol=protocol, diagnose=False, **options)
    return recording.pickle


WAYS = {
    'native': lambda obj, protocol, options: dill.dumps(obj, protocol, **options),
    'pickler': by(dill.Pickler),
    'stock': by(WithSave),
    'hooks': by(WithHooks),
    'nested': by(WithSaver),
    'again': again,
    'file': to_file,
    'held': held,
    'recorded': recorded,
}


def differences(obj, protocol, options):
    """{way: text} for each way that does not give what the first gives."""
    found, expected = {}, None
    dill_refuses = False
    for name, dump in WAYS.items():
        if name == 'recorded' and protocol < 4:
            continue
        try:
            result = dump(obj, protocol, options)
        except RecursionError:
            if name in ('stock', 'nested'):  # Python's own stack ends before the memory does
                continue
            result = 'RecursionError'
        except Exception as error:
            result = type(error).__name__
        if expected is None:
            expected = result
            dill_refuses = isinstance(result, str)
        elif result != expected and not (dill_refuses and isinstance(result, (str, type(None)))):
            found[name] = f'{len(result)} bytes, not {len(expected)}' if isinstance(result, bytes) else result
    return found
