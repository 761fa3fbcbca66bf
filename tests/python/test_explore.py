"""``dill.explore``, with a program in the Explorer's place that notes how it was called."""

import os
import stat
import subprocess
import sys
import time

import pytest

import dill
from dill import _explore


@pytest.fixture
def window(tmp_path, monkeypatch):
    """A stand-in for dill-explorer: copies the trace it is given and stays until it is told to end."""
    program = tmp_path / 'dill-explorer'
    program.write_text(
        '#!/bin/sh\n'
        f'cp "$1" {tmp_path}/copy && echo "$# $1" > {tmp_path}/called.new\n'
        f'mv {tmp_path}/called.new {tmp_path}/called\n'
        f'for i in $(seq 600); do [ -e {tmp_path}/close ] && exit 0; sleep 0.05; done\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv('DILL_EXPLORER', str(program))
    monkeypatch.setenv('DISPLAY', ':0')
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    yield tmp_path
    (tmp_path / 'close').touch()
    for pid in _explore._windows:
        os.waitpid(pid, 0)
    _explore._windows.clear()


def wait_for(path):
    for _ in range(600):
        if path.exists():
            return path.read_text()
        time.sleep(0.05)
    raise AssertionError(f'{path} did not appear')


def test_opens_a_window_without_waiting(window, capfd):
    begin = time.monotonic()
    assert dill.explore({'a': [1, (n for n in 'x')]}) is None
    assert time.monotonic() - begin < 10
    count, trace = wait_for(window / 'called').split()
    assert count == '1'
    assert trace.endswith('.dtrace')
    assert os.path.getsize(trace) == os.path.getsize(window / 'copy') > 0
    assert stat.S_IMODE(os.stat(os.path.dirname(trace)).st_mode) == 0o700
    assert os.waitpid(_explore._windows[-1], os.WNOHANG) == (0, 0)  # it runs on
    assert capfd.readouterr().out == ''


def test_block_waits_and_removes_the_trace(window):
    (window / 'close').touch()
    dill.explore([1, 2], block=True)
    _, trace = (window / 'called').read_text().split()
    assert not os.path.exists(os.path.dirname(trace))


def test_the_callers_variable_names_the_paths(monkeypatch, capsys):
    monkeypatch.setenv('DILL_EXPLORER', '/nowhere')
    service = {'a': [1, (n for n in 'x')]}
    dill.explore(service)
    assert "service['a'][1]" in capsys.readouterr().out
    dill.explore({'a': (n for n in 'x')})
    assert "obj['a']" in capsys.readouterr().out
    dill.explore(service, name='svc')
    assert "svc['a'][1]" in capsys.readouterr().out


def test_without_the_app_it_prints_the_report_and_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setenv('DILL_EXPLORER', '/nowhere/dill-explorer')
    assert dill.explore([(n for n in 'x')]) is None
    output = capsys.readouterr().out
    assert 'cannot pickle' in output
    assert 'DILL_EXPLORER' in output
    assert './dev build' in output


def test_without_a_display_it_prints_the_report(window, monkeypatch, capsys):
    for name in ('DISPLAY', 'WAYLAND_DISPLAY', 'QT_QPA_PLATFORM'):
        monkeypatch.delenv(name, raising=False)
    dill.explore([(n for n in 'x')])
    output = capsys.readouterr().out
    assert 'cannot pickle' in output
    assert 'no display' in output
    assert not (window / 'called').exists()


def test_an_app_that_does_not_start(tmp_path, monkeypatch, capsys):
    program = tmp_path / 'dill-explorer'
    program.write_bytes(b'\x7fELF nonsense')
    program.chmod(0o755)
    monkeypatch.setenv('DILL_EXPLORER', str(program))
    monkeypatch.setenv('DISPLAY', ':0')
    dill.explore([(n for n in 'x')])
    output = capsys.readouterr().out
    assert 'cannot pickle' in output
    assert str(program) in output


def test_where_the_app_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.delenv('DILL_EXPLORER', raising=False)
    program = tmp_path / 'dill-explorer'
    program.write_text('#!/bin/sh\n')
    program.chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path))
    assert _explore.find_explorer() == str(program)
    built = tmp_path / 'build' / 'bin' / 'dill-explorer'
    built.parent.mkdir(parents=True)
    built.write_text('#!/bin/sh\n')
    built.chmod(0o755)
    monkeypatch.setenv('PATH', '/nowhere')
    monkeypatch.setattr(_explore, '__file__', str(tmp_path / 'build' / 'engines' / 'cp311' / 'dill' / '_explore.py'))
    assert os.path.samefile(_explore.find_explorer(), built)
    monkeypatch.setattr(_explore, '__file__', str(tmp_path / 'elsewhere' / 'dill' / '_explore.py'))
    assert _explore.find_explorer() is None


def test_old_traces_are_removed_young_ones_stay(window):
    old, young, other = (window / name for name in ('dill-explore-old', 'dill-explore-young', 'other'))
    for folder in (old, young, other):
        folder.mkdir()
    for folder in (old, other):
        os.utime(folder, (0, 0))
    dill.explore(1)
    assert not old.exists()
    assert young.exists()
    assert other.exists()


def test_the_program_may_end_before_the_window(window):
    begin = time.monotonic()
    environment = dict(os.environ, TMPDIR=str(window))
    done = subprocess.run(
        [sys.executable, '-W', 'error', '-c', 'import dill; dill.explore([1])'],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert not (window / 'close').exists()  # the window is open, yet nobody waits for it
    assert time.monotonic() - begin < 20
    assert (done.returncode, done.stderr) == (0, '')
    _, trace = wait_for(window / 'called').split()
    assert os.path.exists(trace)
