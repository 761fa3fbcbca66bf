"""Tables of what bench_pickle.py found."""

import os
import platform
import re
import sysconfig

import workloads
from runner import BASELINE, OURS, ratio
from workloads import COLUMNS

_PEER_OF = {
    workloads.DUMPS_PER_C: ('dumps', 'C pickle'),
    workloads.LOADS_PER_C: ('loads', 'C pickle'),
    workloads.DUMPS_PER_CLOUDPICKLE: ('dumps', 'cloudpickle'),
    workloads.DUMPS_PER_UPSTREAM: ('dumps', 'upstream'),
    workloads.LOADS_PER_UPSTREAM: ('loads', 'upstream'),
    workloads.DUMPS_PER_BASELINE: ('dumps', BASELINE),
}
MEMO_ENTRY_BYTES = 48  # what dumps may need for a memo entry, beside the result
MEMORY_GRAIN = 4 << 20  # growth of a process is told in steps of allocator arenas and huge pages
_WIDTH = 50


def environment(python, engine):
    """Lines that say where the numbers are from."""
    model = 'unknown processor'
    with open('/proc/cpuinfo') as file:
        found = re.search(r'^model name\s*:\s*(.+)$', file.read(), re.MULTILINE)
        if found:
            model = found.group(1)
    load = ' '.join(f'{value:.1f}' for value in os.getloadavg())
    built = 'with' if '--enable-optimizations' in (sysconfig.get_config_var('CONFIG_ARGS') or '') else 'without'
    return [
        f'{platform.system()} {platform.release()}, {os.cpu_count()} x {model}, load {load}',
        f'Python {python}, built {built} profile-guided optimization; engine: {engine}',
    ]


def _time(seconds):
    if seconds is None:
        return '-'
    if seconds < 1e-3:
        return f'{seconds * 1e6:.2f} us'
    return f'{seconds * 1e3:.1f} ms' if seconds < 10 else f'{seconds:.1f} s'


def _bytes(count):
    for unit in ('B', 'kB', 'MB'):
        if count < 10_000:
            return f'{count:.0f} {unit}'
        count /= 1000
    return f'{count:.0f} GB'


def ratios_of(row, results):
    """{column: our time / the peer's} of those that could be measured."""
    found = {}
    for column in COLUMNS:
        what, peer = _PEER_OF[column]
        value = ratio(results[OURS], results.get(peer), what)
        if value is not None:
            found[column] = value
    return found


def header(peers):
    names = ''.join(f'{peer.name:>13}' for peer in peers)
    return f'{"":{_WIDTH}}{"":6}{names}   ours / peer: reached (goal)'


def row_lines(row, results, peers):
    """The lines of one workload."""
    ratios = ratios_of(row, results)
    lines = []
    for what in ('dumps', 'loads'):
        times = ''.join(f'{_time(results[peer.name].median(what)):>13}' for peer in peers)
        parts = []
        for column, value in ratios.items():
            if _PEER_OF[column][0] != what:
                continue
            goal = row.goals.get(column)
            verdict = '' if goal is None else f' ({goal:g}: {"ok" if value <= goal else "MISSED"})'
            parts.append(f'{column.partition(" / ")[2]} {value:.3g}{verdict}')
        lines.append(f'{row.label if what == "dumps" else "":{_WIDTH}}{what:6}{times}   {", ".join(parts)}')
    ours = results[OURS]
    for peer in peers:
        if results[peer.name].error:
            lines.append(f'{"":{_WIDTH}}{peer.name}: {results[peer.name].error}')
    if ours.size:
        lines.append(f'{"":{_WIDTH}}{_memory_text(results, peers)}')
    return lines


def _memory_text(results, peers):
    ours, upstream = results[OURS], results.get('upstream')
    sizes = f'size {_bytes(ours.size)}'
    if upstream and upstream.size:
        sizes += ', the bytes of upstream' if upstream.digest == ours.digest else ', NOT the bytes of upstream'
    peaks = [f'{peer.name} {_bytes(results[peer.name].peak)}' for peer in peers if results[peer.name].peak]
    text = f'{sizes}; peak memory: {", ".join(peaks)}' if peaks else sizes
    if ours.peak is not None and ours.memo_entries is not None:
        allowed = ours.size + MEMO_ENTRY_BYTES * ours.memo_entries + MEMORY_GRAIN
        text += f'; allowed {_bytes(allowed)}: {"ok" if ours.peak <= allowed else "MISSED"}'
    return text


def summary(all_ratios):
    """Lines: for each class and column the goal, the range reached, and which rows miss it."""
    lines = [f'\n{"class":48}{"ratio":22}{"goal":>7}{"best":>9}{"worst":>9}']
    met = total = 0
    groups = {}
    for row, ratios in all_ratios:
        groups.setdefault(row.group, []).append((row, ratios))
    for group, rows in groups.items():
        for column, goal in workloads.GOALS[group].items():
            values = {row.name: ratios[column] for row, ratios in rows if column in ratios}
            if not values:
                continue
            missed = [name for name, value in values.items() if value > goal]
            total += len(values)
            met += len(values) - len(missed)
            verdict = f'MISSED: {", ".join(missed)}' if missed else 'ok'
            best, worst = min(values.values()), max(values.values())
            lines.append(f'{group:48}{column:22}{goal:7g}{best:9.3g}{worst:9.3g}  {verdict}')
    lines.append(f'{met} of {total} goals met')
    return lines


def as_json(row, results):
    """One row for --json."""
    return {
        'name': row.name,
        'label': row.label,
        'group': row.group,
        'goals': row.goals,
        'ratios': ratios_of(row, results),
        'peers': {name: vars(measured) for name, measured in results.items()},
    }
