"""What our static reader and three scanners say of the corpus, against what loading its files really does.

python compare.py --folder FOLDER [--dill PYTHON] [--python PYTHON] [SCANNER...]

Makes virtual environments, the corpus and its ground truth in FOLDER, as far as they are not there; then scans every
file with each scanner and prints a table, and our misses by kind. PYTHON of --dill has our dill; that of --python makes
the environments (3.11). The answers of the other scanners are kept while the corpus is the same. Exit status 1 if a
goal of ours is missed. `./dev scanners` calls this.
"""

import _compat_pickle
import argparse
import collections
import json
import os
import resource
import select
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SECONDS = 10  # of one file; more is a hang
START_SECONDS = 120
MEMORY = 4 << 30
SCANNERS = {
    'picklescan': ['picklescan==1.0.5'],
    'modelscan': ['modelscan==0.8.8'],
    # It imports the second before Python 3.12 without asking for it, and numpy and torch to recognise files.
    'fickling': ['fickling==0.1.12', 'typing_extensions', 'numpy==2.4.6'],
}
# What files are made with and loaded by.
LIBRARIES = [
    'dill==0.4.1',
    'cloudpickle==3.1.2',
    'numpy==2.4.6',
    'joblib==1.6.0',
    'pandas==3.1.1',
    'scikit-learn==1.9.1',
]
TORCH = ['torch==2.13.0', 'typing_extensions', 'sympy', 'networkx', 'jinja2', 'fsspec', 'filelock']
# Names that only a registry or a run knows, so that no reader can list them exactly.
NOT_LITERAL = ('computed name', 'number', 'extension code')
# What the files of the corpus that are meant to be harmless were written by; other modules are somebody's own code.
KNOWN_MODULES = {'dill', 'cloudpickle', 'numpy', 'scipy', 'pandas', 'sklearn', 'joblib', 'torch'}
# Names with which functions and classes travel as bytecode, and with which files are opened.
CODE_NAMES = {
    '_create_function',
    '_create_code',
    '_create_type',
    '_make_function',
    '_make_skeleton_class',
    '_create_namedtuple',
    'new_class',
    'CodeType',
    'FunctionType',
}
OPENERS = {('_io', 'open'), ('io', 'open'), ('dill._dill', '_create_filehandle')}
# How loading ends where it is not the stream that is at fault, but what it names is not there, or does not work so.
PAYLOAD_FAILS = ('ImportError', 'ModuleNotFoundError', 'AttributeError', 'TypeError', 'NameError', 'RuntimeError')


def environment(python, folder, *requirement_lists):
    """A virtual environment with the requirements, made once."""
    mark = folder / 'complete'
    if not mark.exists():
        print(f'making {folder}', file=sys.stderr)
        subprocess.run([python, '-m', 'venv', folder], check=True)
        for requirements in requirement_lists:
            options = ['--no-deps'] if requirements is TORCH else []
            command = [
                folder / 'bin' / 'python',
                '-m',
                'pip',
                'install',
                '-q',
                '--disable-pip-version-check',
                *options,
                *requirements,
            ]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode != 0 and requirements is not TORCH:
                sys.exit(f'pip could not install {requirements}:\n{done.stderr[-2000:]}')
        mark.touch()
    return folder / 'bin' / 'python'


def make_corpus(python, folder):
    sources = [*HERE.glob('*.py')]
    newest = max(path.stat().st_mtime for path in sources if path.name not in ('compare.py', 'scanner_worker.py'))
    truth = folder / 'truth.json'
    if not truth.exists() or truth.stat().st_mtime < newest:
        environ = {**os.environ, 'PYTHONHASHSEED': '0', 'PYTHONWARNINGS': 'ignore', 'PYTHONDONTWRITEBYTECODE': '1'}
        subprocess.run([python, HERE / 'generate.py', folder], check=True, env=environ)
        subprocess.run([python, HERE / 'truth.py', folder, truth], check=True, env=environ)
    return json.loads((folder / 'manifest.json').read_text()), json.loads(truth.read_text())


# ---- scanning ----


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


class Worker:
    """A scanner that answers file by file; started anew after a crash or a hang."""

    def __init__(self, python, name):
        self.command = [python, HERE / 'scanner_worker.py', name]
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=limit_memory,
        )
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        if not ready or self.process.stdout.readline() != 'ready\n':
            self.stop()
            raise SystemExit(f'{self.command[-1]} does not start: try {" ".join(map(str, self.command))}')

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def scan(self, path):
        if self.process is None:
            self.start()
        try:
            self.process.stdin.write(f'{path}\n')
            self.process.stdin.flush()
        except BrokenPipeError:  # it ended behind its last answer: that file was answered
            self.stop()
            return self.scan(path)
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        line = self.process.stdout.readline() if ready else ''
        if not line:
            self.stop()
            return {'verdict': 'crash' if ready else 'hang', 'names': []}
        return json.loads(line)


def scan_by_worker(python, name, folder, entries, kept):
    """The answers of a scanner, and the seconds that it took; from the file `kept` if it is of this corpus."""
    if kept.exists() and kept.stat().st_mtime > (folder / 'manifest.json').stat().st_mtime:
        return json.loads(kept.read_text())
    worker, answers = Worker(python, name), {}
    worker.start()
    begin = time.monotonic()
    for entry in entries:
        answers[entry['file']] = worker.scan(folder / entry['file'])
    seconds = time.monotonic() - begin
    worker.stop()
    kept.write_text(json.dumps([answers, seconds]))
    return answers, seconds


def ask_ours(python, folder, names):
    """The answers of one call, or None if it ended in a way that it must not."""
    command = [python, '-m', 'dill', 'inspect', '--json', *names]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            timeout=SECONDS + len(names),
            preexec_fn=limit_memory,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return 'hang'
    if done.returncode not in (0, 1, 2):
        return 'crash'
    try:
        answers = json.loads(done.stdout)
    except ValueError:
        return 'crash'
    return (
        answers['files']
        if isinstance(answers, dict) and 'files' in answers
        else answers
        if isinstance(answers, list)
        else [answers]
    )


def scan_ours(python, folder, entries):
    """By the command line, 200 files a call; a call that goes wrong is repeated file by file."""
    answers, begin, seconds = {}, time.monotonic(), 0
    names = [entry['file'] for entry in entries]
    for i in range(0, len(names), 200):
        batch = names[i : i + 200]
        begin = time.monotonic()
        found = ask_ours(python, folder, batch)
        seconds += time.monotonic() - begin
        if isinstance(found, str) or len(found) != len(batch):
            found = []
            for name in batch:
                one = ask_ours(python, folder, [name])
                found.append({'verdict': one} if isinstance(one, str) else one[0] if one else {'verdict': 'crash'})
        for name, answer in zip(batch, found):
            names_found = [tuple(pair) for pair in answer.get('globals', [])]
            answers[name] = {'verdict': answer['verdict'], 'names': names_found, 'dynamic': answer.get('dynamic')}
    return answers, seconds


# ---- judging ----


def judge(entries, truth, answers):
    """Counts and the files behind them."""
    found = collections.defaultdict(list)
    for entry in entries:
        file, answer = entry['file'], answers[entry['file']]
        real = truth['files'].get(file)
        if answer['verdict'] in ('crash', 'hang'):
            found[answer['verdict']].append(entry)
        if entry['class'] == 'bomb' or real is None:
            continue
        executed = bool(real['fired'])
        if executed:
            found['executed'].append(entry)
            if answer['verdict'] in ('clean', 'skipped'):
                found['missed'].append(entry)
            if answer['verdict'] == 'skipped':
                found['skipped'].append(entry)
            if answer['verdict'] == 'error':
                found['only an error'].append(entry)
            if answer['verdict'] != 'dangerous':
                found['not dangerous'].append(entry)
                if not imports_only(real):
                    found['not dangerous, not by import'].append(entry)
        elif entry['class'] == 'benign':
            found['benign'].append(entry)
            if answer['verdict'] == 'dangerous':
                found['false alarm'].append(entry)
            if answer['verdict'] == 'error':
                found['benign error'].append(entry)
            holds = what_it_holds(entry, real)
            found['benign code' if holds else 'benign data'].append(entry)
            if answer['verdict'] in ('suspicious', 'dangerous'):
                found['alarm on code' if holds else 'alarm on data'].append({**entry, 'holds': holds})
        if (
            answer['names'] is not None
            and (executed or entry['class'] == 'benign')
            and entry['kind'] not in NOT_LITERAL
        ):
            compare_names(entry, real, answer, found)
    return found


def standard_modules():
    """Those of this Python, and of Python 2 where pickles still name them."""
    old = set(_compat_pickle.IMPORT_MAPPING) | {module for module, _ in _compat_pickle.NAME_MAPPING}
    return sys.stdlib_module_names | {name.partition('.')[0] for name in old}


def what_it_holds(entry, real):
    """Why a harmless file is code to whoever does not know its author; empty for data."""
    names = {tuple(pair) for pair in real['names']}
    if any(name.rpartition('.')[2] in CODE_NAMES for _, name in names):
        return 'functions or classes with their bytecode'
    if names & OPENERS:
        return 'files that are opened'
    tops = {module.partition('.')[0] for module, _ in names}
    if entry['kind'] != 'other file' and tops - standard_modules() - KNOWN_MODULES:
        return 'classes of modules that nobody knows'
    return ''


def imports_only(real):
    """Whether all that a hostile file does is to import a module which then runs."""
    names = {tuple(pair) for pair in real['names']}
    unknown = {module for module, _ in names if module.startswith('corpus_')}
    importers = {('dill._dill', '_import_module'), ('dill._dill', '_create_namedtuple')}
    importers |= {('cloudpickle.cloudpickle', 'subimport'), ('cloudpickle', 'cloudpickle.subimport')}
    return bool(unknown or names & importers) and all(
        module.startswith('corpus_') or (module, name) in importers for module, name in names
    )


def compare_names(entry, real, answer, found):
    found['with names'].append(entry)
    named = {tuple(pair) for pair in answer['names'] if None not in pair}
    every = {tuple(pair) for pair in real['names']}
    own = {tuple(pair) for pair in real['own_names']} or every
    # torch looks its storages up by itself; what follows a look-up or call that fails here is reached elsewhere.
    more = {(module, name) for module, name in named - every if not (module == 'torch' and name.endswith('Storage'))}
    if any(
        real['outcomes'].get(loader) in PAYLOAD_FAILS for loader in ('C loads(bytes)', 'Python loads', 'dill.loads')
    ):
        more = set()
    # Names of pickles that only the payload loads may be listed or not.
    if not own <= named or more:
        found['names differ'].append({**entry, 'missing': sorted(own - named), 'more': sorted(more)})
    if not own <= named:
        found['names missing'].append(entry)


def share(part, whole):
    return f'{part} ({100 * part / whole:.1f} %)' if whole else '-'


def table(rows):
    heads = [
        'scanner',
        'executed but called clean',
        'of these not looked at',
        'executed, only an error',
        'executed, not called dangerous',
        'of these not by an import',
        'import set exact',
        'imports missed',
        'benign called dangerous',
        'benign data, called suspicious or dangerous',
        'benign code, called suspicious or dangerous',
        'benign, only an error',
        'crashes',
        'hangs',
        'files per second',
    ]
    lines = ['| ' + ' | '.join(heads) + ' |', '| --- ' * len(heads) + '|']
    lines += ['| ' + ' | '.join(row) + ' |' for row in rows]
    return '\n'.join(lines)


def row(name, found, files, seconds, tells_names):
    executed, benign, named = len(found['executed']), len(found['benign']), len(found['with names'])
    data, code = len(found['benign data']), len(found['benign code'])
    return [
        name,
        share(len(found['missed']), executed),
        str(len(found['skipped'])),
        str(len(found['only an error'])),
        share(len(found['not dangerous']), executed),
        str(len(found['not dangerous, not by import'])),
        f'{100 * (named - len(found["names differ"])) / named:.1f} %' if tells_names else '-',
        str(len(found['names missing'])) if tells_names else '-',
        share(len(found['false alarm']), benign),
        share(len(found['alarm on data']), data),
        share(len(found['alarm on code']), code),
        str(len(found['benign error'])),
        str(len(found['crash'])),
        str(len(found['hang'])),
        f'{files / seconds:,.0f}',
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--folder', type=Path, required=True)
    parser.add_argument('--dill', help='the Python that imports our dill')
    parser.add_argument('--python', default=sys.executable, help='makes the virtual environments')
    parser.add_argument('--details', action='store_true', help='name every file behind our numbers')
    parser.add_argument('scanners', nargs='*', default=list(SCANNERS))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = options.folder.resolve()
    libraries = environment(options.python, folder / 'venv-libraries', LIBRARIES, TORCH)
    entries, truth = make_corpus(libraries, folder / 'corpus')
    corpus = folder / 'corpus'
    counts = collections.Counter(entry['class'] for entry in entries)
    print(f'{len(entries)} files; loaded by Python {truth["python"]} with {len(truth["loaders"])} loaders', end='')
    print(f'; not installed: {", ".join(truth["missing"])}' if truth['missing'] else '')
    rows, ours = [], None
    for name in options.scanners:
        more = [TORCH] if name == 'fickling' else []
        python = environment(options.python, folder / f'venv-{name}', SCANNERS[name], *more)
        answers, seconds = scan_by_worker(python, name, corpus, entries, folder / f'answers-{name}.json')
        rows.append(
            row(
                SCANNERS[name][0].replace('==', ' '),
                judge(entries, truth, answers),
                len(entries),
                seconds,
                name != 'modelscan',
            )
        )
    if options.dill:
        answers, seconds = scan_ours(options.dill, corpus, entries)
        (folder / 'answers-dill.json').write_text(json.dumps(answers))
        ours = judge(entries, truth, answers)
        rows.append(row('dill inspect', ours, len(entries), seconds, True))
    executed = sum(bool(real['fired']) for real in truth['files'].values())
    print(f'{executed} of the files executed; {counts["benign"]} are benign, {counts["bomb"]} are bombs\n', flush=True)
    print(table(rows))
    return report(ours, answers, options.details) if ours is not None else 0


def report(ours, answers, details):
    """Our misses by kind; returns the exit status."""
    goals = (
        'missed',
        'not dangerous, not by import',
        'names differ',
        'false alarm',
        'alarm on data',
        'crash',
        'hang',
    )
    for what in (*goals, 'not dangerous', 'alarm on code', 'benign error'):
        if ours[what]:
            kinds = collections.Counter(entry['kind'] for entry in ours[what])
            print(f'\nours, {what}: {len(ours[what])}: ' + ', '.join(f'{kind} {n}' for kind, n in kinds.most_common()))
            for entry in ours[what] if details else []:
                verdict = answers[entry['file']]['verdict']
                more = {key: entry[key] for key in ('missing', 'more', 'holds') if key in entry}
                print(f'  {entry["file"]} {entry["kind"]}: {entry["label"]}: {verdict} {more or ""}')
    return 1 if any(ours[what] for what in goals) else 0


if __name__ == '__main__':
    sys.exit(main())
