"""Measuring processes and the rounds in which they take turns."""

import dataclasses
import json
import os
import pathlib
import select
import statistics
import subprocess
import time
from typing import Optional

from workloads import WORKLOADS

WORKER = pathlib.Path(__file__).with_name('worker.py')
OURS, BASELINE = 'ours', 'ours, baseline'


@dataclasses.dataclass(frozen=True)
class Peer:
    """A pickler in a Python. `package` is a folder to put on the path, or empty."""

    name: str
    python: str
    package: str = ''

    def environment(self):
        # A fixed hash seed: the order of sets decides bytes and times.
        environment = {**os.environ, 'PYTHONHASHSEED': '0', 'PYTHONPATH': self.package}
        if not self.package:
            del environment['PYTHONPATH']
        return environment


class WorkerError(Exception):
    """A measuring process failed at a request, ended or was too slow."""


class Worker:
    """One measuring process; `ask` sends a request and waits for the answer."""

    def __init__(self, peer, workload, scale, protocol, command=()):
        self._unread = b''
        self._process = subprocess.Popen(
            [*command, peer.python, '-B', str(WORKER), peer.name, workload, str(scale), str(protocol)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=peer.environment(),
            bufsize=0,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            pipe.close()
        self._process.kill()
        self._process.wait()

    def ask(self, timeout, **request):
        try:
            self._process.stdin.write(json.dumps(request).encode() + b'\n')
        except BrokenPipeError:
            raise WorkerError(self._ending()) from None
        answer = json.loads(self._line(time.monotonic() + timeout, timeout))
        if 'error' in answer:
            raise WorkerError(answer['error'])
        return answer

    def _line(self, deadline, timeout):
        # Raw reads: a buffered file could hold a line that select does not see. stderr is read so that it never fills.
        out, err = self._process.stdout.fileno(), self._process.stderr.fileno()
        complaints = b''
        while b'\n' not in self._unread:
            ready, _, _ = select.select([out, err], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise WorkerError(f'not finished after {timeout} s')
            if err in ready:
                complaints = (complaints + os.read(err, 65536))[-4000:]
            if out in ready:
                data = os.read(out, 65536)
                if not data:
                    raise WorkerError(self._ending(complaints))
                self._unread += data
        line, self._unread = self._unread.split(b'\n', 1)
        return line

    def _ending(self, complaints=b''):
        status = self._process.wait()
        last = complaints.decode(errors='replace').strip().splitlines()[-1:]
        return ' '.join([f'the process ended with status {status}', *last])


@dataclasses.dataclass
class Measured:
    """What one peer did with one workload. `seconds`: what -> processor seconds a call, one number a round."""

    seconds: dict = dataclasses.field(default_factory=lambda: {'dumps': [], 'loads': []})
    size: int = 0
    digest: str = ''
    peak: Optional[int] = None  # bytes that the process grew by while it dumped, where the kernel tells
    memo_entries: Optional[int] = None
    error: str = ''

    def median(self, what):
        return statistics.median(self.seconds[what]) if self.seconds[what] else None


def ratio(measured, other, what):
    """The median of the rounds' ratios: what disturbs the machine for a while disturbs both sides of a round."""
    mine, theirs = measured.seconds[what], other.seconds[what] if other else []
    if not mine or not theirs:
        return None
    return statistics.median(a / b for a, b in zip(mine, theirs))


def measure(workload, peers, rounds, scale, protocol, timeout):
    """{peer name: Measured} of one workload; the peers take turns, each in a process of its own."""
    results = {}
    workers = {}
    subjects = [(peer, workload.name) for peer in peers]
    if workload.baseline:
        ours = next(peer for peer in peers if peer.name == OURS)
        subjects.append((dataclasses.replace(ours, name=BASELINE), workload.baseline))
    try:
        for peer, name in subjects:
            results[peer.name] = result = Measured()
            if peer.name in workload.absent:
                result.error = workload.absent[peer.name]
                continue
            workers[peer.name] = worker = Worker(peer, name, scale, protocol)
            try:
                facts = worker.ask(timeout, do='prepare')
                result.size, result.digest, result.peak = facts['size'], facts['digest'], facts['peak']
            except WorkerError as error:
                result.error = str(error)
                workers.pop(peer.name).__exit__()
        for _ in range(rounds):
            for what in ('dumps', 'loads'):
                for name, worker in list(workers.items()):
                    try:
                        results[name].seconds[what].append(worker.ask(timeout, do='run', what=what)['seconds'])
                    except WorkerError as error:
                        results[name].error = str(error)
                        workers.pop(name).__exit__()
        if OURS in workers:
            try:
                results[OURS].memo_entries = workers[OURS].ask(timeout, do='memo entries')['count']
            except WorkerError as error:
                results[OURS].error = str(error)
    finally:
        for worker in workers.values():
            worker.__exit__()
    return results


def chosen(words):
    """The workloads of these names; for a word that is no name, those whose name or class contains it. Default: all."""
    rows = list(WORKLOADS.values())
    if not words:
        return rows
    return [
        row
        for row in rows
        if any(
            word == row.name or (word not in WORKLOADS and (word in row.name or word in row.group)) for word in words
        )
    ]
