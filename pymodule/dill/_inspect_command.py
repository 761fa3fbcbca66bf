"""``python -m dill inspect``: what loading files would do, for terminals, scripts and CI."""

import collections
import concurrent.futures
import json
import os
import stat
import sys
from typing import Any

from dill import _engine
from dill._file_commands import CannotRead, outline
from dill._inspect import Inspection, rules_of

__all__ = ['show']

CLEAN, FINDINGS, UNREADABLE = 0, 1, 2  # exit statuses


def show(paths, form='text', rules=(), depth=3, stream=None, details=None):
    """Inspect files, and all files below folders, and print what was found. Returns the exit status.

    form -- 'text', 'json', 'sarif', 'effects' or 'disassemble'
    rules -- paths of lists of names to allow or forbid
    depth -- how many levels of objects the text shows of a file that was named by itself
    details -- instead of a report, print all that is known of this object: a byte offset or a path; 'all' for every one
    """
    if details is not None:
        form = 'details'
    try:
        lists = rules_of(rules)
    except ValueError as error:
        raise CannotRead(str(error)) from error
    write = (stream or sys.stdout).write
    named = [path for path in paths if not os.path.isdir(path)]
    by_name = set(named)
    files = [*named, *(file for path in paths if os.path.isdir(path) for file in _files_below(path))]
    single = len(paths) == 1 and len(named) == 1
    progress = _Progress(len(files))
    statuses: list[int] = []
    anything = False
    kept: list[tuple[str, Any, str]] = []  # path, Inspection or None, why there is none
    for path, found in _inspected(files, lists):
        progress.step(path)
        if isinstance(found, OSError):
            statuses.append(UNREADABLE)
            message = str(found)
            kept.append((path, None, message))
            if form not in ('json', 'sarif'):
                progress.clear()
                print(f'dill: {message}', file=sys.stderr)
            continue
        # What lies in a folder and is no pickle was not meant to be one.
        meant = path in by_name or any(member.is_pickle for member in found.members)
        statuses.append(_status(found) if meant or found.verdict != 'error' else CLEAN)
        if form in ('json', 'sarif'):
            kept.append((path, found, ''))
        elif meant or found.verdict not in ('clean', 'error'):
            progress.clear()
            for piece in (
                _details(found, details) if form == 'details' else _pieces(found, form, depth if single else 0)
            ):
                anything = True
                write(piece)
    progress.clear()
    if form == 'details' and not anything:
        more = 'nothing more is known of any object' if details == 'all' else f'there is no object at {details}'
        print(f'dill: {more}', file=sys.stderr)
        return UNREADABLE
    if form == 'sarif':
        write(_engine.sarif([(found.source, found._found) for _, found, _ in kept if found is not None]))
    elif form == 'json':
        write(_json(kept, single))
    elif not single and form == 'text':
        write(_summary(len(files), statuses))
    return FINDINGS if FINDINGS in statuses else max(statuses, default=CLEAN)


def _status(found):
    return {'clean': CLEAN, 'error': UNREADABLE}.get(found.verdict, FINDINGS)


def _files_below(folder):
    """All regular files, in the order of their names; links to folders are not followed."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(parent, name)
            try:
                regular = stat.S_ISREG(os.stat(path).st_mode)
            except OSError:
                regular = True  # the reader says what is wrong
            if regular:
                yield path


def _inspected(files, lists):
    """(path, Inspection or OSError) of each, in order; a few ahead of who takes them, so that memory is bounded."""

    def one(path):
        try:
            return Inspection(_engine.inspect_file(os.fsencode(path), lists), path)
        except OSError as error:
            return error

    # Also a single file is read by another thread, so that Ctrl-C is heard while it is.
    workers = min(8, os.cpu_count() or 1, len(files))
    pool = concurrent.futures.ThreadPoolExecutor(max(workers, 1), 'inspect')
    waiting = collections.deque()
    try:
        for path in files:
            waiting.append((path, pool.submit(one, path)))
            if len(waiting) > 2 * workers:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        for _, future in waiting:
            future.cancel()
        pool.shutdown(wait=False)


def _pieces(found, form, depth):
    """The report on one file, piece by piece."""
    if form == 'text':
        yield found.report('text')
        pickles = [number for number, member in enumerate(found.members) if member.is_pickle]
        if depth and len(pickles) == 1:
            try:
                yield from (line + '\n' for line in outline(found.graph(pickles[0])._read, depth))
            except ValueError:  # too damaged: the findings say so
                pass
        return
    for number, member in enumerate(found.members):
        if not member.is_pickle:
            continue
        yield f'{found.source}' + (f' {member.path}' if member.path else '') + ':\n'
        yield found.effects(number) if form == 'effects' else found.disassemble(number)


def _details(found, where):
    """What is known of the object at a byte offset or path, or of all objects about which there is more to say."""
    for number, member in enumerate(found.members):
        if not member.is_pickle:
            continue
        try:
            graph = found.graph(number)
        except ValueError:  # too damaged: the findings say so
            continue
        if where == 'all':
            nodes = [node for node in range(graph._read.nodes) if graph.details(node)]
        else:
            node = graph.find(int(where) if where.isdecimal() else where)
            nodes = [] if node is None else [node]
        if nodes:
            yield f'{found.source}' + (f' {member.path}' if member.path else '') + ':\n'
        for node in nodes:
            _, _, kind, description, size = graph.describe(node)
            what = '  '.join(part for part in (kind, description, f'({size:,} bytes)') if part)
            yield f'  {graph.path(node)}  {what}\n'
            for line in graph.details(node):
                yield f'      {line}\n'


def _json(kept, single):
    reports = [
        json.loads(found.report('json')) if found is not None else {'file': path, 'verdict': 'error', 'error': message}
        for path, found, message in kept
    ]
    if single:
        return json.dumps({'globals': [], 'dynamic': False, **reports[0]}, indent=2) + '\n'
    order = ['clean', 'error', 'suspicious', 'dangerous']
    worst = max((report['verdict'] for report in reports), key=order.index, default='clean')
    return json.dumps({'verdict': worst, 'files': reports}, indent=2) + '\n'


def _summary(files, statuses):
    found, unreadable = statuses.count(FINDINGS), statuses.count(UNREADABLE)
    return f'{files:,} files: {found:,} with findings, {unreadable:,} unreadable\n'


class _Progress:
    """One line on a terminal that says how far it is."""

    def __init__(self, total):
        self._total, self._done = total, 0
        self._shown = total > 1 and sys.stderr.isatty()
        self._dirty = False

    def step(self, path):
        self._done += 1
        if self._shown:
            name = ''.join(c if c.isprintable() else '?' for c in os.path.basename(path))[:50]
            sys.stderr.write(f'\r\x1b[K{self._done:,} of {self._total:,}  {name}')
            sys.stderr.flush()
            self._dirty = True

    def clear(self):
        if self._dirty:
            sys.stderr.write('\r\x1b[K')
            sys.stderr.flush()
            self._dirty = False
