"""Instructions instead of times: the same number on every run, whatever else the machine does.

One call of dumps and of loads under callgrind. Slow: 50 times as long as the call alone, so workloads are small.
"""

import pathlib
import shutil
import subprocess
import tempfile

from runner import Worker, WorkerError

SCALE = 0.1

_SWITCH = """
#include <valgrind/callgrind.h>
void begin(void) { CALLGRIND_START_INSTRUMENTATION; CALLGRIND_ZERO_STATS; }
void end(void) { CALLGRIND_DUMP_STATS; CALLGRIND_STOP_INSTRUMENTATION; }
"""


class NoCallgrind(Exception):
    """What is missing to count instructions."""


def _make_switch(folder):
    """A library that switches counting on and off from within."""
    compiler = shutil.which('cc') or shutil.which('gcc')
    if shutil.which('valgrind') is None or compiler is None:
        raise NoCallgrind('counting instructions needs valgrind and a C compiler')
    library = folder / 'switch.so'
    (folder / 'switch.c').write_text(_SWITCH)
    done = subprocess.run(
        [compiler, '-O1', '-shared', '-fPIC', '-o', library, folder / 'switch.c'], capture_output=True, text=True
    )
    if done.returncode:
        raise NoCallgrind(f'the headers of valgrind do not compile:\n{done.stderr}')
    return library


def count(rows, peers, scale, protocol, timeout, show):
    """Calls show(row, {peer name: {'dumps': instructions, 'loads': instructions} or error text}) for each row."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        switch = _make_switch(folder)
        for row in rows:
            found = {}
            for peer in peers:
                if peer.name in row.absent:
                    found[peer.name] = row.absent[peer.name]
                    continue
                counts = folder / f'{row.name}-{peer.name}'.replace(' ', '-')
                counts.mkdir()
                command = ['valgrind', '-q', '--tool=callgrind', '--instr-atstart=no', '--compress-strings=no']
                command += [f'--callgrind-out-file={counts}/out']
                with Worker(peer, row.name, scale, protocol, command) as worker:
                    try:
                        found[peer.name] = worker.ask(
                            timeout, do='instructions', switch=str(switch), folder=str(counts)
                        )
                    except WorkerError as error:
                        found[peer.name] = str(error)
                shutil.rmtree(counts)
            show(row, found)
