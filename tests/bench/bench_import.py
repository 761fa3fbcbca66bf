"""What `import dill` costs more than `import pickle`: ours and upstream's, in fresh processes that take turns.

  bench_import.py [ROUNDS]      default: 15

Prints medians of wall and processor time in ms, interpreter start not counted, and the goal.
"""

import os
import statistics
import subprocess
import sys

import dill

GOAL_MS = 60
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 15
_CODE = """
import time
wall, processor = time.perf_counter(), time.process_time()
import {module}
print((time.perf_counter() - wall) * 1000, (time.process_time() - processor) * 1000, {module}.__file__)
"""


def run(python, path, module):
    environment = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'}
    if path:
        environment['PYTHONPATH'] = path
    done = subprocess.run(
        [python, '-c', _CODE.format(module=module)], env=environment, capture_output=True, text=True, check=True
    )
    wall, processor, file = done.stdout.split(maxsplit=2)
    return float(wall), float(processor), file


def main():
    ours = os.path.dirname(os.path.dirname(os.path.abspath(dill.__file__)))
    peer = os.environ.get('DILL_PEER_PYTHON', '')
    ways = {'import pickle': (sys.executable, '', 'pickle'), 'import dill': (sys.executable, ours, 'dill')}
    if os.path.exists(peer):
        ways['import dill (upstream)'] = (peer, '', 'dill')
    times = {name: [] for name in ways}
    for i in range(ROUNDS + 1):
        for name, way in ways.items():
            wall, processor, file = run(*way)
            if i == 0:  # reads the files from the disk and writes bytecode
                print(f'{name:24} {file.strip()}')
            else:
                times[name].append((wall, processor))
    medians = {name: [statistics.median(column) for column in zip(*found)] for name, found in times.items()}
    base = medians['import pickle']
    print(f'{"":24}{"wall ms":>10}{"cpu ms":>10}   more than import pickle: wall, cpu')
    for name, (wall, processor) in medians.items():
        print(f'{name:24}{wall:10.1f}{processor:10.1f}   {wall - base[0]:10.1f}{processor - base[1]:10.1f}')
    more = medians['import dill'][0] - base[0]
    print(f'goal: at most {GOAL_MS} ms more; reached {more:.1f}: {"ok" if more <= GOAL_MS else "MISSED"}')


if __name__ == '__main__':
    main()
