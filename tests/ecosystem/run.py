"""Tries our wheel in the company it will have: one virtual environment a library, one line of the table each.

usage: run.py --wheel WHEEL --folder FOLDER [--keep] [NAME...]

Every test_NAME.py says in its first line what it needs; versions.txt pins all of it. What cannot be fetched is skipped
with the reason. The exit status is 1 if anything failed. `./dev ecosystem [NAME...]` builds the wheel and calls this.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
VERSIONS = HERE / 'versions.txt'
TOOLS = ['pytest']


def pip(python, *arguments, log):
    """Runs pip and returns None, or what it complained of."""
    command = [str(python), '-m', 'pip', '--disable-pip-version-check', *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    log.write(f'$ {" ".join(command)}\n{done.stdout}{done.stderr}\n')
    if done.returncode == 0:
        return None
    complaints = re.findall('^(?:ERROR: )?(.+)', done.stderr, re.MULTILINE) or [f'pip ended with {done.returncode}']
    errors = re.findall('^ERROR: (.+)', done.stderr, re.MULTILINE)
    return (errors or complaints)[-1]


def needs(test):
    match = re.match('# needs: (.+)', test.read_text())
    if not match:
        sys.exit(f'{test.name}: the first line says not what it needs')
    return match[1].split()


def pinned(names):
    """The requirements with the versions of versions.txt, so that nothing else can be chosen."""
    versions = dict(re.findall(r'^([\w.-]+)==(\S+)', VERSIONS.read_text(), re.MULTILINE))
    missing = [name for name in names if name not in versions]
    if missing:
        sys.exit(f'{VERSIONS.name} does not pin {", ".join(missing)}')
    return [f'{name}=={versions[name]}' for name in names]


def counts(output):
    """'3 passed, 1 skipped' from pytest's last line."""
    lines = [line for line in output.splitlines() if re.search(r'\d+ (passed|failed|error|skipped)', line)]
    return re.sub(r'=+|in [\d.]+s.*', '', lines[-1]).strip(' ,') if lines else 'no test ran'


def try_one(test, wheel, folder, upstream, keep):
    """(result, versions, tests, reasons) for one library."""
    name = test.stem[len('test_') :]
    requirements = pinned(needs(test))
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    with open(folder / f'{name}.log', 'w') as log:
        subprocess.run([sys.executable, '-m', 'venv', str(place)], check=True)
        python = place / 'bin' / 'python'
        complaint = pip(python, 'install', '-c', str(VERSIONS), str(wheel), *pinned(TOOLS), *requirements, log=log)
        if complaint:
            return 'skipped', requirements, '', [f'could not be installed: {complaint}']
        complaint = pip(python, 'check', log=log)
        if complaint:
            return 'FAILED', requirements, '', [f'pip check: {complaint}']
        environment = {**os.environ, 'DILL_UPSTREAM': str(upstream), 'PYTHONDONTWRITEBYTECODE': '1'}
        environment.pop('PYTHONPATH', None)
        command = [str(python), '-m', 'pytest', '-q', '-ra', '-p', 'no:cacheprovider', '-c', os.devnull, '--rootdir']
        done = subprocess.run(
            [*command, str(HERE), '--basetemp', str(place / 'tmp'), str(test)],
            cwd=place,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        log.write(done.stdout + done.stderr)
    if not keep:
        shutil.rmtree(place)
    reasons = re.findall('^(?:SKIPPED|FAILED|ERROR) .*', done.stdout, re.MULTILINE)
    return 'passed' if done.returncode == 0 else 'FAILED', requirements, counts(done.stdout), reasons


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--wheel', type=Path, required=True, help='the wheel of dill to try')
    parser.add_argument('--folder', type=Path, required=True, help='where the environments and logs go')
    parser.add_argument('--keep', action='store_true', help='keep the environments')
    parser.add_argument('names', nargs='*', metavar='NAME', help='libraries; default: all')
    options = parser.parse_args()
    tests = {test.stem[len('test_') :]: test for test in sorted(HERE.glob('test_*.py'))}
    unknown = set(options.names) - tests.keys()
    if unknown:
        parser.error(f'unknown: {", ".join(sorted(unknown))}; there are {", ".join(tests)}')

    folder = options.folder.resolve()
    upstream = folder / 'upstream'
    folder.mkdir(parents=True, exist_ok=True)
    if not (upstream / 'dill').is_dir():
        with open(folder / 'upstream.log', 'w') as log:
            complaint = pip(sys.executable, 'install', '--no-deps', '--target', str(upstream), 'dill==0.4.1', log=log)
        if complaint:
            sys.exit(f'upstream dill, to compare with, could not be fetched: {complaint}')

    print(f'{"library":14}{"result":9}{"seconds":>7}  {"tests":32}versions', flush=True)
    failed = []
    for name in options.names or tests:
        begin = time.monotonic()
        result, versions, tested, reasons = try_one(tests[name], options.wheel, folder, upstream, options.keep)
        seconds = time.monotonic() - begin
        print(f'{name:14}{result:9}{seconds:7.0f}  {tested:32}{" ".join(versions)}')
        for reason in reasons:
            print(f'    {reason}')
        sys.stdout.flush()
        if result == 'FAILED':
            failed.append(name)
            print(f'    log: {folder / name}.log')
    if failed:
        sys.exit(f'failed: {", ".join(failed)}')


if __name__ == '__main__':
    main()
