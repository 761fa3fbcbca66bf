"""What loading really does: every file of a corpus is loaded by every loader, in a process of its own.

python truth.py FOLDER OUT.json

Each file gets a child with an empty current folder, limits of time, memory and file size, and no terminal. The payloads
of the corpus leave a file named canary there; nothing else of the corpus does anything outside of that folder. A file
counts as executing if its canary appears with at least one loader.
"""

import _thread
import atexit
import contextlib
import gc
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import loaders

HERE = Path(__file__).resolve().parent
SECONDS = 10  # without an answer
AT_EXIT = -1
LIMITS = {
    resource.RLIMIT_CPU: 120,
    resource.RLIMIT_FSIZE: 16 << 20,
    resource.RLIMIT_AS: 12 << 30,
    resource.RLIMIT_CORE: 0,
}


def fired(folder):
    """Whether a canary is there; takes it away."""
    found = False
    for path in Path(folder).glob('canary*'):
        found = True
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
    return found


def child(tasks, pipe, folder):
    """Does the tasks; writes a line before and after each."""
    os.setsid()
    for limit, most in LIMITS.items():
        resource.setrlimit(limit, (most, most))
    os.chdir(folder)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    atexit._clear()
    seen, threads = [], _thread._count()

    def say(**line):
        os.write(pipe, (json.dumps(line) + '\n').encode())

    def watch(event, given):
        # Told at once: what comes next may end the process.
        if event == 'pickle.find_class':
            seen.append([str(part) for part in given])
            say(name=seen[-1])

    sys.addaudithook(watch)

    executed = set()
    for number, (path, name, load) in enumerate(tasks):
        if path in executed and name in loaders.FURTHER:
            continue
        say(begin=number)
        seen.clear()
        loaders.Recording.names = []
        for module in [m for m in sys.modules if m.startswith(('corpus_canary', 'corpus_package'))]:
            del sys.modules[module]
        try:
            load(path)
            outcome = 'loaded'
        except BaseException as error:
            outcome = type(error).__name__
        gc.collect()
        wait_for_threads(threads)
        own, here = loaders.Recording.names, fired('.')
        if here:
            executed.add(path)
        say(done=number, fired=here, outcome=outcome, seen=unique(seen + own), own=unique(own))
    say(begin=AT_EXIT)
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    say(done=AT_EXIT, fired=fired('.'), outcome='', seen=[], own=[])


def wait_for_threads(before):
    """For those that the payload started."""
    until = time.monotonic() + 0.5
    while time.monotonic() < until and _thread._count() > before:
        time.sleep(0.002)


def unique(names):
    return [list(pair) for pair in dict.fromkeys(tuple(str(part) for part in pair) for pair in names)]


def run(tasks, folder):
    """{path: what its loaders do} of tasks (path, name of the loader, loader), which share a process while it lives."""
    results = {path: [] for path, _, _ in tasks}
    while tasks:
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        reader, writer = os.pipe()
        process = os.fork()
        if process == 0:
            try:
                os.close(reader)
                child(tasks, writer, folder)
            finally:
                os._exit(0)
        os.close(writer)
        lines = collect(reader, process)
        for line in lines:
            if 'done' in line:
                path, name, _ = tasks[-1] if line['done'] == AT_EXIT else tasks[line['done']]
                results[path].append({**line, 'loader': 'exit' if line['done'] == AT_EXIT else name})
        began = [line['begin'] for line in lines if 'begin' in line]
        if not began or began[-1] == AT_EXIT:
            break
        # The payload ended the process, became another program, or hung.
        path, name, _ = tasks[began[-1]]
        last = max(i for i, line in enumerate(lines) if 'begin' in line)
        names = unique([line['name'] for line in lines[last:] if 'name' in line])
        ended = {'loader': name, 'fired': fired(folder), 'outcome': 'process ended', 'seen': names, 'own': names}
        results[path].append(ended)
        tasks = tasks[began[-1] + 1 :]
    return results


def collect(reader, process):
    """The lines that a child writes until it ends; one that writes nothing for too long is ended."""
    data, until = b'', time.monotonic() + SECONDS
    while True:
        ready, _, _ = select.select([reader], [], [], max(0, until - time.monotonic()))
        if not ready:
            break
        piece = os.read(reader, 65536)
        if not piece:
            break
        data += piece
        until = time.monotonic() + SECONDS
    os.close(reader)
    while time.monotonic() < until:
        ended, _ = os.waitpid(process, os.WNOHANG)
        if ended:
            break
        time.sleep(0.002)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
        os.waitpid(process, 0)
    return [json.loads(line) for line in data.decode(errors='replace').splitlines() if line.endswith('}')]


def examine(corpus, entries, out):
    """The part of one process: hostile files first by the bare loaders, each in a process of its own; then those that
    have not executed by those of libraries; benign files by all, some of them sharing a process.
    """
    folder = tempfile.mkdtemp(prefix='dill-corpus-')
    work, found = os.path.join(folder, 'work'), {}
    try:
        missing = [] if loaders.add_dill() else ['dill']
        gc.collect()
        gc.freeze()  # collections in the children look at what they loaded only
        bare = {**loaders.LOADERS, **loaders.FURTHER}
        hostile = [str(corpus / entry['file']) for entry in entries if entry['class'] == 'hostile']
        benign = [str(corpus / entry['file']) for entry in entries if entry['class'] == 'benign']
        for path in hostile:
            found.update(run([(path, *loader) for loader in bare.items()], work))
        missing += loaders.add_libraries()
        gc.collect()
        gc.freeze()
        for path in hostile:
            if not any(result['fired'] for result in found[path]):
                found[path] += run([(path, *loader) for loader in loaders.LIBRARIES.items()], work)[path]
        every = {**bare, **loaders.LIBRARIES}
        for i in range(0, len(benign), 25):
            found.update(run([(path, *loader) for path in benign[i : i + 25] for loader in every.items()], work))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    files = {os.path.basename(path): summary(results) for path, results in found.items()}
    out.write_text(json.dumps({'loaders': list(every), 'missing': missing, 'files': files}))


def main(corpus, out, jobs=2):
    sys.path.insert(0, str(HERE / 'modules'))
    corpus, out = Path(corpus).resolve(), Path(out).resolve()
    entries = [e for e in json.loads((corpus / 'manifest.json').read_text()) if e['class'] != 'bomb']
    parts = [out.with_suffix(f'.part{i}') for i in range(int(jobs))]
    workers = []
    for i, part in enumerate(parts):
        process = os.fork()
        if process == 0:
            try:
                examine(corpus, entries[i :: len(parts)], part)
                os._exit(0)
            finally:
                os._exit(1)
        workers.append(process)
    failed = [worker for worker in workers if os.waitpid(worker, 0)[1] != 0]
    if failed:
        sys.exit('ground truth could not be found')
    known = {'python': sys.version.split()[0], 'files': {}}
    for part in parts:
        content = json.loads(part.read_text())
        known['files'].update(content.pop('files'))
        known.update(content)
        part.unlink()
    out.write_text(json.dumps(known))
    executed = sum(bool(file['fired']) for file in known['files'].values())
    print(
        f'{len(known["files"])} files, {executed} executed; not installed: {", ".join(known["missing"]) or "nothing"}'
    )


def summary(results):
    return {
        'fired': [r['loader'] for r in results if r['fired']],
        'outcomes': {r['loader']: r['outcome'] for r in results},
        'names': unique([pair for r in results for pair in r['seen']]),
        'own_names': unique([pair for r in results for pair in r['own']]),
        'names_of': {r['loader']: r['seen'] for r in results if r['seen']},
    }


if __name__ == '__main__':
    main(*sys.argv[1:])
