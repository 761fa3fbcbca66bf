"""What recording costs: dumps of ours, of C pickle, and of ours with a recorder attached, alternating in one process.

Prints medians of processor time in ms and ratios. Nothing here decides a test.
"""

import gc
import io
import pickle
import statistics
import sys
import time

import dill
from dill import _engine
from dill._recording import record

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 7


class Plain:
    def __init__(self, number):
        self.number = number
        self.name = f'name {number}'
        self.weight = number * 1.5


def records(count):
    return [{'id': i, 'name': f'n{i}', 'tags': ['a', 'b'], 'at': {'x': i * 0.5, 'y': 2}} for i in range(count)]


WORKLOADS = {
    '1,000,000 ints': lambda: list(range(1_000_000)),
    '500,000 distinct strings': lambda: [f's{i}' for i in range(500_000)],
    '50,000 nested records': lambda: records(50_000),
    '200,000 tuples of four': lambda: [(i, i + 1, str(i), None) for i in range(200_000)],
    '100,000 instances': lambda: [Plain(i) for i in range(100_000)],
}


def recorded(value, timed):
    pickler = dill.Pickler(io.BytesIO(), 4)
    return _engine.record(pickler, value, 'value', '', timed, False, False)


WAYS = {
    'C pickle': lambda value: pickle.dumps(value, 4),
    'dumps': lambda value: dill.dumps(value, 4),
    'recorded': lambda value: recorded(value, False),
    'timed': lambda value: recorded(value, True),
}


def main():
    print(f'{"":26}{"".join(f"{way:>10}" for way in WAYS)}   recorded/dumps  timed/dumps      nodes')
    for label, make in WORKLOADS.items():
        value = make()
        times = {way: [] for way in WAYS}
        gc.disable()
        for _ in range(ROUNDS):
            for way, run in WAYS.items():
                begin = time.process_time()
                run(value)
                times[way].append(time.process_time() - begin)
        gc.enable()
        ms = {way: statistics.median(found) * 1000 for way, found in times.items()}
        row = ''.join(f'{ms[way]:10.1f}' for way in WAYS)
        nodes = record(value).nodes
        ratio, timed = ms['recorded'] / ms['dumps'], ms['timed'] / ms['dumps']
        print(f'{label:26}{row}{ratio:17.2f}{timed:13.2f}{nodes:11,}')


if __name__ == '__main__':
    main()
