"""What pip sees, and what `cmake --install` copies into wheels and Debian packages."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from email.parser import Parser
from pathlib import Path

import pytest

import dill

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / 'pymodule' / 'dill'


@pytest.fixture(scope='module')
def metadata(tmp_path_factory):
    """METADATA and entry_points.txt of the wheel, from the build backend itself; nothing is compiled for it."""
    pytest.importorskip('scikit_build_core', reason='no scikit-build-core here: use ./dev test')
    folder = tmp_path_factory.mktemp('metadata')
    code = 'import sys, scikit_build_core.build as b; print(b.prepare_metadata_for_build_wheel(sys.argv[1]))'
    environment = {name: value for name, value in os.environ.items() if name != 'LD_PRELOAD'}
    done = subprocess.run(
        [sys.executable, '-c', code, str(folder)], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.split()[-1]


def test_distribution_is_dill_0_4_1(metadata):
    message = Parser().parsestr((metadata / 'METADATA').read_text())
    assert (message['Name'], message['Version']) == ('dill', '0.4.1')
    assert message['Version'] == dill.__version__
    assert re.search(r'^project\(dill VERSION 0\.4\.1 ', (REPOSITORY / 'CMakeLists.txt').read_text(), re.MULTILINE)


def test_nothing_is_required_and_the_extras_are_upstreams(metadata):
    message = Parser().parsestr((metadata / 'METADATA').read_text())
    required = [each for each in message.get_all('Requires-Dist', []) if 'extra ==' not in each]
    assert not required
    assert message.get_all('Provides-Extra') == ['graph', 'profile', 'readline']
    assert '>=3.9' in message['Requires-Python']


def test_licence_goes_along(metadata, capsys):
    text = (REPOSITORY / 'LICENSE').read_text()
    message = Parser().parsestr((metadata / 'METADATA').read_text())
    assert (message['License-Expression'], message.get_all('License-File')) == ('BSD-3-Clause', ['LICENSE'])
    assert (metadata / 'licenses' / 'LICENSE').read_text() == text
    assert dill.__license__ == text
    dill.license()
    assert capsys.readouterr().out == text + '\n'


def test_scripts_are_upstreams_and_there(metadata):
    lines = (metadata / 'entry_points.txt').read_text().splitlines()
    scripts = dict(line.split(' = ') for line in lines[lines.index('[console_scripts]') + 1 :] if line)
    assert sorted(scripts) == ['get_gprof', 'get_objgraph', 'undill']
    for target in scripts.values():
        module, _, function = target.partition(':')
        assert callable(getattr(importlib.import_module(module), function))


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """The folder of an engine that `cmake --install` made; the package lies in it."""
    build = os.environ.get('DILL_ENGINE_BUILD')
    if not build:
        pytest.skip('which build folder made the engine is not known: use ./dev test, or set DILL_ENGINE_BUILD')
    folder = tmp_path_factory.mktemp('installed')
    command = [shutil.which('cmake'), '--install', build, '--component', 'engine', '--prefix', str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != 'LD_PRELOAD'}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / f'lib/dill/engines/cp{sys.version_info[0]}{sys.version_info[1]}'


def test_install_copies_every_file_of_the_package(installed):
    sources = {path.relative_to(PACKAGE) for path in PACKAGE.rglob('*') if path.suffix in ('.py', '.pyi')}
    assert Path('__init__.py') in sources
    copies = {path.relative_to(installed / 'dill') for path in (installed / 'dill').rglob('*') if path.is_file()}
    engines = {path for path in copies if path.name.startswith('_engine.') and path.suffix == '.so'}
    assert len(engines) == 1
    assert copies - engines == sources | {Path('py.typed')}
    assert not [path for path in (installed / 'dill').rglob('*') if path.is_symlink()]


def test_installed_package_works(installed, run_python):
    code = 'import dill; print(dill.__file__, dill.loads(dill.dumps(lambda x: x + 1))(2))'
    answer = run_python(code, PYTHONPATH=str(installed)).ok()
    assert answer.split() == [str(installed / 'dill' / '__init__.py'), '3']
