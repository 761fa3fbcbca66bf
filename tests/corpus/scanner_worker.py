"""One scanner, in its own virtual environment: reads paths from standard input, writes one line of JSON a file.

python scanner_worker.py NAME. Each answer has `verdict` (clean, suspicious, dangerous, error or skipped: the scanner
did not look at the file) and `names`, the (module, name) pairs that it found, or null where it does not tell.
"""

import contextlib
import json
import os
import sys
from pathlib import PurePosixPath


def picklescan():
    from picklescan.scanner import scan_file_path

    def scan(path):
        result = scan_file_path(path)
        if result.issues_count:
            verdict = 'dangerous'
        elif result.suspicious_count:
            verdict = 'suspicious'
        elif result.scan_err:
            verdict = 'error'
        else:
            verdict = 'clean' if result.scanned_files else 'skipped'
        return verdict, [(g.module, g.name) for g in result.globals]

    return scan


def modelscan():
    from modelscan.modelscan import ModelScan

    scanner = ModelScan()

    def scan(path):
        report = scanner.scan(path)
        severe = report['summary']['total_issues_by_severity']
        if severe['CRITICAL'] or severe['HIGH']:
            verdict = 'dangerous'
        elif report['summary']['total_issues']:
            verdict = 'suspicious'
        elif report['errors']:
            verdict = 'error'
        else:
            verdict = 'clean' if report['summary']['scanned']['total_scanned'] else 'skipped'
        return verdict, None

    return scan


def fickling():
    import ast

    from fickling.analysis import Severity
    from fickling.cli import HF_RAW_PICKLE_EXTENSIONS, HF_ZIP_PICKLE_EXTENSIONS
    from fickling.fickle import StackedPickle
    from fickling.loader import RelaxedZipFile, scan_file, scan_zip_archive
    from fickling.polyglot import find_file_properties

    def names_in(data):
        found = []
        for pickled in StackedPickle.load(data, fail_on_decode_error=False):
            for node in ast.walk(pickled.ast):
                if isinstance(node, ast.ImportFrom):
                    found += [(node.module, alias.name) for alias in node.names]
                elif isinstance(node, ast.Import):
                    found += [(alias.name, '') for alias in node.names]
        return found

    def names_of(path, zipped):
        if not zipped:
            with open(path, 'rb') as file:
                return names_in(file.read())
        found = []
        with RelaxedZipFile(path) as archive:
            for info in archive.infolist():
                if PurePosixPath(info.filename).suffix.lower() in HF_RAW_PICKLE_EXTENSIONS:
                    found += names_in(archive.read(info))
        return found

    def scan(path):
        # What its command does with the files of a folder.
        properties = find_file_properties(path)
        extension = PurePosixPath(path).suffix.lower()
        zipped = properties['is_torch_zip'] or properties['is_standard_zip'] or extension in HF_ZIP_PICKLE_EXTENSIONS
        if zipped:
            results = list(scan_zip_archive(path, graceful=True, json_output_path=os.devnull).values())
        elif properties['is_valid_pickle'] or extension in HF_RAW_PICKLE_EXTENSIONS:
            results = [scan_file(path, graceful=True, json_output_path=os.devnull)]
        else:
            return 'skipped', []
        if not results:
            return 'skipped', []
        worst = max(result.severity for result in results)
        if worst >= Severity.LIKELY_UNSAFE:
            verdict = 'dangerous'
        elif worst > Severity.LIKELY_SAFE:
            verdict = 'suspicious'
        else:
            verdict = 'error' if any(result.errors for result in results) else 'clean'
        try:
            names = names_of(path, zipped)
        except Exception:
            names = []
        return verdict, names

    return scan


def main(name):
    sys.setrecursionlimit(10000)
    out = os.fdopen(os.dup(1), 'w')
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    scan = {'picklescan': picklescan, 'modelscan': modelscan, 'fickling': fickling}[name]()
    out.write('ready\n')
    out.flush()
    for line in sys.stdin:
        path = line.rstrip('\n')
        try:
            with contextlib.redirect_stdout(sys.stderr):
                verdict, names = scan(path)
            answer = {'verdict': verdict, 'names': names}
        except MemoryError:
            answer = {'verdict': 'crash', 'names': [], 'error': 'MemoryError'}
        except Exception as error:
            answer = {'verdict': 'crash', 'names': [], 'error': f'{type(error).__name__}: {error}'[:200]}
        out.write(json.dumps(answer, default=str) + '\n')
        out.flush()


if __name__ == '__main__':
    main(sys.argv[1])
