"""Times of dumps and loads: ours, C pickle, cloudpickle and upstream dill, side by side, with the goals.

  bench_pickle.py [WORD...]     only the workloads whose name or class contains one of the words (--list shows them)

Each pickler runs in a process of its own, all with the same Python; in every round each takes its turn. Printed are
medians of processor time, and medians of the rounds' ratios. Garbage collection is on, as it is for users.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import instructions
import report
from runner import OURS, Peer, chosen, measure


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('words', nargs='*', metavar='WORD')
    parser.add_argument('--list', action='store_true', help='show the workloads')
    parser.add_argument('--quick', action='store_true', help='a tenth of the size, three rounds')
    parser.add_argument('--rounds', type=int, help='default: 7')
    parser.add_argument('--scale', type=float, help='size of the workloads; default: 1')
    parser.add_argument('--protocol', type=int, default=4)
    parser.add_argument('--only', metavar='PEERS', help='for example: "C pickle,upstream"')
    parser.add_argument(
        '--instructions', action='store_true', help='count instructions (callgrind) of ours and C pickle'
    )
    parser.add_argument('--json', metavar='FILE', type=pathlib.Path, help='write what was measured to this file too')
    parser.add_argument('--timeout', type=float, default=60, help='seconds for one call of one pickler')
    parser.add_argument(
        '--python',
        default=os.environ.get('DILL_PEER_PYTHON'),
        help='Python with upstream dill, cloudpickle and numpy, of the version that the engine is built for; '
        'default: DILL_PEER_PYTHON',
    )
    parser.add_argument('--engine', metavar='FOLDER', help='the folder with our dill; default: the dill on the path')
    parser.add_argument('--compare', metavar='FOLDER', help='another build of our dill, measured beside it')
    return parser


def find_engine():
    """The folder of the dill that this Python would import."""
    spec = importlib.util.find_spec('dill')
    return str(pathlib.Path(spec.origin).parent.parent) if spec and spec.origin else ''


def make_peers(arguments, parser):
    if not arguments.python or not os.path.exists(arguments.python):
        parser.error('no Python with upstream dill: use ./dev bench, --python, or set DILL_PEER_PYTHON')
    engine = os.path.abspath(arguments.engine or find_engine())
    probe = 'import dill, platform; from dill import _engine; print(platform.python_version(), _engine.__file__)'
    ours = Peer(OURS, arguments.python, engine)
    done = subprocess.run([ours.python, '-c', probe], env=ours.environment(), capture_output=True, text=True)
    if done.returncode:
        parser.error(f'{arguments.python} cannot import our dill from {engine}:\n{done.stderr}')
    peers = [ours]
    if arguments.compare:
        peers.append(Peer('ours, other', arguments.python, os.path.abspath(arguments.compare)))
    peers += [Peer(name, arguments.python) for name in ('C pickle', 'cloudpickle', 'upstream')]
    if arguments.only is not None:
        names = [name.strip() for name in arguments.only.split(',') if name.strip()]
        peers = [peer for peer in peers if peer.name.startswith('ours') or peer.name in names]
    return peers, done.stdout.split()


def run_instructions(arguments, rows, peers):
    scale = arguments.scale or instructions.SCALE
    print(f'millions of instructions, scale {scale:g}')
    print(f'{"":50}{"":6}' + ''.join(f'{peer.name:>13}' for peer in peers) + '   ours / C pickle')
    everything = []

    def show(row, found):
        everything.append({'name': row.name, 'instructions': found})
        for what in ('dumps', 'loads'):
            counts = [found[peer.name][what] if isinstance(found[peer.name], dict) else None for peer in peers]
            cells = ''.join(f'{"-" if count is None else f"{count / 1e6:.3f}":>13}' for count in counts)
            c_pickle = found.get('C pickle')
            share = f'   {counts[0] / c_pickle[what]:.3f}' if counts[0] and isinstance(c_pickle, dict) else ''
            print(f'{row.label if what == "dumps" else "":50}{what:6}{cells}{share}')
        for name, text in found.items():
            if isinstance(text, str):
                print(f'{"":50}{name}: {text}')
        sys.stdout.flush()

    instructions.count(rows, peers, scale, arguments.protocol, arguments.timeout * 60, show)
    return everything


def run_times(arguments, rows, peers):
    rounds = arguments.rounds or (3 if arguments.quick else 7)
    scale = arguments.scale or (0.1 if arguments.quick else 1)
    print(f'protocol {arguments.protocol}, scale {scale:g}, medians of {rounds} rounds, processor time')
    print(report.header(peers))
    ratios, everything, group = [], [], ''
    for row in rows:
        if row.group != group:
            group = row.group
            print(f'-- {group}')
        results = measure(row, peers, rounds, scale, arguments.protocol, arguments.timeout)
        for line in report.row_lines(row, results, peers):
            print(line)
        sys.stdout.flush()
        ratios.append((row, report.ratios_of(row, results)))
        everything.append(report.as_json(row, results))
    print('\n'.join(report.summary(ratios)))
    return everything


def main():
    parser = options()
    arguments = parser.parse_args()
    rows = chosen(arguments.words)
    if not rows:
        parser.error('no workload has such a name: see --list')
    if arguments.list:
        for row in rows:
            print(f'{row.name:18}{row.label:44}{row.group}')
        return
    if arguments.instructions and arguments.only is None:
        arguments.only = 'C pickle'
    peers, (version, engine) = make_peers(arguments, parser)
    lines = report.environment(version, engine)
    print('\n'.join(lines))
    try:
        found = (run_instructions if arguments.instructions else run_times)(arguments, rows, peers)
    except instructions.NoCallgrind as error:
        parser.error(str(error))
    if arguments.json:
        arguments.json.write_text(json.dumps({'environment': lines, 'rows': found}, indent=1) + '\n')


if __name__ == '__main__':
    main()
