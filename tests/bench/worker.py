"""A measuring process: one pickler, one workload. Told what to do by bench_pickle.py, over a pipe.

Reads requests and writes answers, one JSON object a line. Arguments: the pickler (see load_pickler), the workload's
name, the scale, the protocol.
"""

import ctypes
import gc
import hashlib
import itertools
import json
import os
import pathlib
import sys
import time

LOOP_SECONDS = 0.02  # what takes less is repeated until it takes about this
TRACED = 'dumps', 'loads'


def load_pickler(peer):
    """(dumps(object, protocol=, ...), loads(bytes), whether dumps takes dill's options)."""
    if peer == 'C pickle':
        import pickle

        return pickle.dumps, pickle.loads, False
    if peer == 'cloudpickle':
        import cloudpickle

        return cloudpickle.dumps, cloudpickle.loads, False
    import dill

    if hasattr(dill, '_engine') != peer.startswith('ours'):
        raise RuntimeError(f'{peer} is not what {dill.__file__} is')
    return dill.dumps, dill.loads, True


def memory_status(*names):
    """Fields of /proc/self/status, in bytes."""
    with open('/proc/self/status') as file:
        status = dict(line.split(':', 1) for line in file)
    return [int(status[name].split()[0]) * 1024 for name in names]


def reset_peak_memory():
    """True if the kernel forgot the largest size that this process had."""
    try:
        with open('/proc/self/clear_refs', 'w') as file:
            file.write('5')
    except OSError:
        return False
    return True


class Subject:
    """The workload's object and the functions that are measured on it."""

    def __init__(self, peer, name, scale, protocol):
        from workloads import WORKLOADS

        self.dumps_function, self.loads_function, has_options = load_pickler(peer)
        workload = WORKLOADS[name]
        self.options = {'protocol': protocol, **(workload.options if has_options else {})}
        self.value = workload.make(scale)
        self.stream = b''
        self.loops = dict.fromkeys(TRACED, 1)

    def run(self, what, loops):
        """Seconds of processor time a call."""
        function = self.dumps_function if what == 'dumps' else self.loads_function
        subject, options = (self.value, self.options) if what == 'dumps' else (self.stream, {})
        gc.collect()
        if loops == 1:
            begin = time.process_time()
            result = function(subject, **options)
            seconds = time.process_time() - begin
            del result
            return seconds
        calls = itertools.repeat(None, loops)
        begin = time.process_time()
        for _ in calls:
            function(subject, **options)
        return (time.process_time() - begin) / loops

    def prepare(self):
        """The first dump and load: facts about the stream, memory, and how often to repeat."""
        gc.collect()
        can_reset = reset_peak_memory()
        (before,) = memory_status('VmRSS')
        self.stream = self.dumps_function(self.value, **self.options)
        (peak,) = memory_status('VmHWM')
        facts = {
            'size': len(self.stream),
            'digest': hashlib.sha256(self.stream).hexdigest(),
            'peak': peak - before if can_reset else None,
        }
        for what in TRACED:
            once = self.run(what, 1)
            if once < LOOP_SECONDS:
                once = max(self.run(what, 5), 1e-8)
                self.loops[what] = max(1, round(LOOP_SECONDS / once))
        return facts

    def memo_entries(self):
        import pickletools

        puts = {'MEMOIZE', 'PUT', 'BINPUT', 'LONG_BINPUT'}
        return sum(opcode.name in puts for opcode, _, _ in pickletools.genops(self.stream))


def count_instructions(subject, switch, folder):
    """{what: instructions of one call}; runs under callgrind, which counts from switch.begin() to switch.end()."""

    def count(function, argument, options):
        gc.collect()
        before = set(folder.iterdir())
        switch.begin()
        result = function(argument, **options)
        switch.end()
        del result
        (written,) = set(folder.iterdir()) - before
        with open(written) as file:
            return next(int(line.split()[1]) for line in file if line.startswith('totals:'))

    def nothing(argument, **options):
        pass

    for _ in range(2):  # the first one resolves symbols
        overhead = count(nothing, None, {})
    counts = {}
    for what in TRACED:
        function = subject.dumps_function if what == 'dumps' else subject.loads_function
        argument, options = (subject.value, subject.options) if what == 'dumps' else (subject.stream, {})
        result = function(argument, **options)
        if what == 'dumps':
            subject.stream = result
        del result
        counts[what] = max(0, count(function, argument, options) - overhead)
    return counts


def main():
    peer, name, scale, protocol = sys.argv[1:5]
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)  # what a workload prints is no answer
    subject = None

    def answer(request):
        nonlocal subject
        if request['do'] == 'prepare':
            subject = Subject(peer, name, float(scale), int(protocol))
            return subject.prepare()
        if request['do'] == 'run':
            return {'seconds': subject.run(request['what'], subject.loops[request['what']])}
        if request['do'] == 'memo entries':
            return {'count': subject.memo_entries()}
        if request['do'] == 'instructions':
            subject = Subject(peer, name, float(scale), int(protocol))
            return count_instructions(subject, ctypes.CDLL(request['switch']), pathlib.Path(request['folder']))
        raise ValueError(request)

    for line in sys.stdin:
        try:
            found = answer(json.loads(line))
        except Exception as error:
            found = {'error': f'{type(error).__name__}: {error}'[:300]}
        answers.write(json.dumps(found) + '\n')
        answers.flush()


if __name__ == '__main__':
    main()
