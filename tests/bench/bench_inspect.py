"""What looking into a file costs: the effects of loading it, the whole of inspect, and loading it with C pickle.

  bench_inspect.py [FILE [ROUNDS]]      default: 1,500,000 tuples of an int, a str and a float (37.8 MB), 5 rounds

Each way runs in a process of its own, turn by turn. Prints medians of processor time, ratios to C pickle's loads and
the memory on top of the bytes. Nothing here decides a test.
"""

import os
import pickle
import statistics
import subprocess
import sys
import tempfile

WAYS = {
    'effects': '_engine.read_effects(data)',
    'inspect': 'dill.inspect(data)',
    'inspect and graph': 'dill.inspect(data).graph()',
    'C pickle.loads': 'pickle.loads(data)',
    'pickletools.genops': 'collections.deque(pickletools.genops(data), 0)',
}
SLOW = {'pickletools.genops'}  # measured once
_CODE = """
import collections, pickle, pickletools, sys, time
import dill
from dill import _engine
def peak():
    with open('/proc/self/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('VmHWM:'))
with open(sys.argv[1], 'rb') as file:
    data = file.read()
before, begin = peak(), time.process_time()
kept = {way}
print(time.process_time() - begin, peak() - before)
"""


def run(way, path):
    command = [sys.executable, '-c', _CODE.format(way=WAYS[way]), path]
    seconds, kilobytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), int(kilobytes)


def measure(path, rounds):
    found = {way: [] for way in WAYS}
    for i in range(rounds):
        for way in WAYS:
            if i == 0 or way not in SLOW:
                found[way].append(run(way, path))
    times = {way: statistics.median(seconds for seconds, _ in runs) for way, runs in found.items()}
    print(f'{path}: {os.path.getsize(path):,} bytes')
    print(f'{"":20}{"seconds":>9}{"/ loads":>9}{"MB more":>10}')
    for way, seconds in times.items():
        memory = max(kilobytes for _, kilobytes in found[way]) / 1000
        print(f'{way:20}{seconds:9.3f}{seconds / times["C pickle.loads"]:9.2f}{memory:10.1f}')


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    if len(sys.argv) > 1:
        return measure(sys.argv[1], rounds)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'tuples.pkl')
        with open(path, 'wb') as file:
            pickle.dump([(i, str(i), i * 0.5) for i in range(1_500_000)], file, 4)
        measure(path, rounds)


if __name__ == '__main__':
    main()
