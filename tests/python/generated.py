"""Generated objects for the differential test. Run as a script, once with our dill and once with upstream's:

python generated.py dump FILE FIRST COUNT [all]   writes (seed, variant, pickle, buffers) for each dump; (seed, variant,
                                                  None, exception) where it failed; (seed, None, None,
                                                  None) before each seed
python generated.py show SEED                     what the graph of that seed consists of
python generated.py ways FIRST COUNT              {seed: {variant: differences}} between the ways to dump it here
python generated.py failing COUNT                 which kinds of objects could not be made, and how often

A variant is OPTIONS:PROTOCOL, for instance "recurse:4". "hooks" dumps with a Pickler of its own: persistent ids, a
dispatch_table, reducer_override and a registered saver. test_generated.py compares, fresh_load.py loads.
"""

import abc  # noqa: F401
import collections
import contextlib
import dataclasses
import functools
import io
import json
import os  # noqa: F401
import pickle
import sys
import typing  # noqa: F401
import warnings

import generated_values as values
import importable_classes as I  # noqa: F401
import importable_classes as importable

import dill

SETTING = 7
LIMITS = {'low': 1, 'high': (2, 3)}


def helper(a):
    return a, SETTING


def uses_global(a=None):
    return LIMITS, helper(a)


class Local:
    shared = ['class', 'level']

    def __init__(self, value=None):
        self.value = value

    def method(self):
        return self.value

    @classmethod
    def make(cls, value):
        return cls(value)

    @staticmethod
    def static(value):
        return value


class Derived(Local):
    def method(self):
        return super().method()


class LocalSlots:
    __slots__ = ('a', 'b')


class LocalState:
    def __getstate__(self):
        return {'state': self.__dict__.get('state')}

    def __setstate__(self, state):
        self.__dict__.update(state)


class LocalTemporaries:
    held = None

    def __reduce__(self):
        return (LocalTemporaries, (), {'fresh': [Local(self.held), (self.held, [Local(1)])], 'name': 'held' + str(1)})


@dataclasses.dataclass
class LocalRecord:
    name: str = 'x'
    tags: list = dataclasses.field(default_factory=list)


LocalPoint = collections.namedtuple('LocalPoint', 'x y')


class LocalOops(LookupError):
    pass


class HookedPickler(dill.Pickler):
    """As other libraries derive it: hooks only, no step of the driver."""

    dispatch_table = {importable.InTable: lambda obj: (importable.InTable, (), {'value': [obj.value, 'by table']})}

    def persistent_id(self, obj):
        return ('external', 1, 'x' * 3) if isinstance(obj, importable.External) else None

    def reducer_override(self, obj):
        if isinstance(obj, importable.Overridden):
            return importable.Overridden, (('overridden', ['fresh']),)
        return NotImplemented


def save_with_saver(pickler, obj):
    pickler.save_reduce(importable.WithSaver, (['by saver'],), {'value': obj.value}, obj=obj)


def dump(obj, options, protocol):
    """The pickle and its out-of-band buffers."""
    buffers = []
    if options == 'hooks':
        file = io.BytesIO()
        dill.register(importable.WithSaver)(save_with_saver)
        try:
            HookedPickler(file, protocol, buffer_callback=buffers.append if protocol == 5 else None).dump(obj)
        finally:
            del dill.Pickler.dispatch[importable.WithSaver]
        pickled = file.getvalue()
    elif options == 'plain':
        pickled = dill.dumps(obj, protocol, **({'buffer_callback': buffers.append} if protocol == 5 else {}))
    else:
        pickled = dill.dumps(obj, protocol, **{options: True})
    return pickled, b''.join(bytes(buffer.raw()) for buffer in buffers)


def variants(seed, everything=False):
    """What is dumped of this seed, in this order."""
    if everything:
        return [f'{options}:{protocol}' for options in ('plain', 'recurse', 'byref', 'hooks') for protocol in range(6)]
    return [f'plain:{seed % 4}', 'plain:4', f'recurse:{seed % 2 + 4}', f'byref:{5 - seed % 2}', f'hooks:{seed % 3 + 3}']


def forget_slot_names():
    """What copyreg left on classes: earlier objects, which only one of the two could write, left it on more of them."""
    to_do = [object]
    while to_do:
        known = to_do.pop()
        if '__slotnames__' in vars(known):
            with contextlib.suppress(TypeError):  # a builtin type
                del known.__slotnames__
        to_do += type.__subclasses__(known)


def results(seed, names):
    """For each variant (pickle, buffers), or the exception."""
    maker = values.Maker(seed)
    obj = maker.make()
    kept = maker.kept
    del maker  # its pool would keep each part of the graph alive
    for name in names:
        options, protocol = name.split(':')
        forget_slot_names()
        try:
            yield name, dump(obj, options, int(protocol))
        except Exception as error:
            yield name, error
    close(kept)


def close(kept):
    for held in kept:
        if isinstance(held, io.IOBase):
            held.close()


def main():
    warnings.simplefilter('ignore')
    command, *arguments = sys.argv[1:]
    if command == 'dump':
        first, count = map(int, arguments[1:3])
        with open(arguments[0], 'wb') as file:
            write = functools.partial(pickle.dump, file=file)
            for seed in range(first, first + count):
                write((seed, None, None, None))
                file.flush()  # tells who it was if the process dies
                for name, result in results(seed, variants(seed, 'all' in arguments)):
                    if isinstance(result, Exception):
                        write((seed, name, None, f'{type(result).__name__}: {result}'[:300]))
                    else:
                        write((seed, name, *result))
    elif command == 'show':
        maker = values.Maker(int(arguments[0]))
        maker.make()
        print(maker.text)
    elif command == 'ways':
        from dill_ways import differences

        first, count = map(int, arguments)
        found = {}
        for seed in range(first, first + count):
            print(seed, file=sys.stderr, flush=True)
            maker = values.Maker(seed)
            obj, kept = maker.make(), maker.kept
            del maker
            for name in ['plain:4', 'plain:5', f'recurse:{seed % 2 + 4}', f'plain:{seed % 4}']:
                options, protocol = name.split(':')
                options = {} if options == 'plain' else {options: True}
                try:
                    dill.dumps(obj, int(protocol), **options)  # may leave __slotnames__ on classes
                except Exception:
                    pass
                wrong = differences(obj, int(protocol), options)
                if wrong:
                    found[f'{seed} {name}'] = wrong
            close(kept)
        print(json.dumps(found))
    elif command == 'failing':
        made, failing = collections.Counter(), collections.Counter()
        for seed in range(int(arguments[0])):
            maker = values.Maker(seed)
            maker.make()
            made.update(maker.made)
            failing.update(maker.failed)
        print(json.dumps({name: [count, failing[name]] for name, count in made.items()}))
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main()
