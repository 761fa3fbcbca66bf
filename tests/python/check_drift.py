"""Dumps each object of the corpus many times over: python check_drift.py [LABEL...] prints {label: what grew}.

The label "leaking" is an object that leaks, to see that this is found.

A leak shows as memory blocks that are never freed, or as references to objects that everything refers to.
"""

import gc
import io
import json
import os
import sys
import warnings

import corpus

import dill

ROUNDS = 100 if os.environ.get('DILL_SOAK') == '1' else 12
LEAK = 0.2  # blocks or references a round
# Each dump opens or registers something outside of dill.
OUTSIDE = {'socket', 'sqlite connection', 'thread pool', 'frame', 'traceback', 'thread'}
SENTINELS = [
    None,
    True,
    (),
    '',
    b'',
    Ellipsis,
    type,
    object,
    dict,
    list,
    tuple,
    str,
    dill.Pickler,
    dill.dumps,
    dill.settings,
]


class Stock(dill.Pickler):
    def save(self, obj, save_persistent_id=True):
        super().save(obj, save_persistent_id)


class Hooked(dill.Pickler):
    def persistent_id(self, obj):
        return None


def by(cls, **options):
    def dump(obj):
        cls(io.BytesIO(), 4, **options).dump(obj)

    return dump


def round_trip(obj):
    dill.loads(dill.dumps(obj))


def recorded(obj):
    from dill import _recording

    _recording.record(obj)


WAYS = {
    'dumps': dill.dumps,
    'recurse': lambda obj: dill.dumps(obj, recurse=True),
    'protocol 2': lambda obj: dill.dumps(obj, 2),
    'hooked': by(Hooked),
    'stock': by(Stock),
    'recorded': recorded,
    'loads': round_trip,
}


def growth(dump, obj, rounds):
    """(blocks, references) that remain of each round."""

    def once():
        try:
            dump(obj)
        except Exception:
            pass

    def measure():
        gc.collect()
        return sys.getallocatedblocks(), [sys.getrefcount(sentinel) for sentinel in SENTINELS]

    for _ in range(6):
        once()
    lowest = None
    for _ in range(3):  # what comes once (a cache that grows, a free list) is no leak
        blocks, references = measure()
        for _ in range(rounds):
            once()
        blocks_after, references_after = measure()
        found = (
            (blocks_after - blocks) / rounds,
            max(after - before for before, after in zip(references, references_after)) / rounds,
        )
        lowest = found if lowest is None else tuple(map(min, lowest, found))
        if max(lowest) < LEAK:
            break
    return lowest


class Leaking:
    kept = []

    def __reduce__(self):
        self.kept.append([None])
        return list, ()


def main():
    warnings.simplefilter('ignore')
    found = {}
    objects = {'leaking': Leaking} if sys.argv[1:] == ['leaking'] else corpus.CORPUS
    gc.collect()
    gc.freeze()  # what was there before need not be looked through again and again
    for label, make in objects.items():
        if label in OUTSIDE or (len(sys.argv) > 1 and label not in sys.argv[1:]):
            continue
        obj = make()
        for way, dump in WAYS.items():
            for rounds in (ROUNDS, 10 * ROUNDS, 10 * ROUNDS, 10 * ROUNDS):
                blocks, references = growth(dump, obj, rounds)
                if max(blocks, references) < LEAK:
                    break
            else:  # caches may still grow at first: they come to an end, a leak does not
                found[f'{label}, {way}'] = [round(blocks, 2), round(references, 2)]
    print(json.dumps(found))


if __name__ == '__main__':
    main()
