"""Runs one fuzz target for a while: python run.py FUZZER [SECONDS]; 30 seconds without, 30 minutes with DILL_SOAK.

A crash, a failed requirement, a leak, an input that takes longer than its time limit or needs more memory than allowed
is a failure; the input that did it is kept and named. Inputs in `known` are those that once failed: they run first.
What the fuzzer learns is kept beside the program, for the next run.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import seeds

HERE = Path(__file__).resolve().parent
# Of one input. The limit is for hangs and quadratic time: inputs are small, other work may hold both processors.
SECONDS_AN_INPUT = 25
MEGABYTES = 1024
MEGABYTES_AT_ONCE = 160


def main(program, seconds=None):
    program = Path(program).resolve()
    if not program.exists():
        print(f'there is no {program}: it is built by the CMake preset `fuzz`')
        return 1
    seconds = int(seconds or (1800 if os.environ.get('DILL_SOAK') else 30))
    target = program.name.replace('fuzz_', '', 1)
    work = program.parent / 'work' / target
    learnt, failures, start = work / 'learnt', work / 'failures', work / 'seeds'
    shutil.rmtree(start, ignore_errors=True)
    for folder in (learnt, failures, start):
        folder.mkdir(parents=True, exist_ok=True)
    count = seeds.write(target, start)
    known = sorted((HERE / 'known' / target).glob('*'))
    options = [
        f'-timeout={SECONDS_AN_INPUT}',
        f'-rss_limit_mb={MEGABYTES}',
        f'-malloc_limit_mb={MEGABYTES_AT_ONCE}',
        f'-artifact_prefix={failures}/',
        '-print_final_stats=1',
    ]
    environment = {'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1', **os.environ}
    if known:
        done = subprocess.run(
            [program, *options, *known], env=environment, capture_output=True, text=True, errors='replace'
        )
        if done.returncode != 0:
            return report(done, f'{target} fails on an input in {HERE / "known" / target}')
    command = [program, *options, f'-max_total_time={seconds}', learnt, start]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors='replace')
    if done.returncode != 0:
        return report(done, f'{target} fails; its input is kept in {failures}')
    figures = dict(line[6:].split(': ', 1) for line in done.stderr.splitlines() if line.startswith('stat::'))
    runs = int(figures['number_of_executed_units'])
    print(f'{target}: {runs:,} inputs in {seconds} s, from {count} seeds and {len(known)} that once failed; no finding')
    # Fewer than the seeds: it stopped before it began.
    return 0 if runs > count else 1


def report(done, sentence):
    lines = done.stderr.splitlines()
    print(*lines[-120:], sep='\n')
    print(sentence)
    return 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
