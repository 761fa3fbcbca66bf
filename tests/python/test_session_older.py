"""Sessions beside older releases of upstream, from 0.3.6 on, whose files are like today's: both directions.

The releases lie in folders of DILL_OLDER_PEERS, as ./dev installs them: dill-0.3.6/dill/ and so on.
"""

import json
import os
import sys
from pathlib import Path

import pytest
from conftest import runner
from packaging.requirements import Requirement
from test_session import CONTENT, DUMP, LOAD, fill

RELEASES = [
    Requirement(line)
    for line in Path(__file__).with_name('requirements-older.txt').read_text().splitlines()
    if line.startswith('dill')
]
# (protocol, refimported)
WAYS = [(4, False), (4, True), (2, False)]


@pytest.fixture(scope='module', params=RELEASES, ids=lambda release: str(release.specifier))
def run_older(request):
    """run_python() with that release of upstream's dill."""
    version = str(request.param.specifier).lstrip('=')
    if request.param.marker is not None and not request.param.marker.evaluate():
        pytest.skip(f'dill {version} is older than this Python')
    folder = Path(os.environ.get('DILL_OLDER_PEERS', 'none'), f'dill-{version}')
    if not folder.is_dir():
        pytest.skip(f'no dill {version} here: use ./dev test, or set DILL_OLDER_PEERS')
    environment = {name: value for name, value in os.environ.items() if name != 'LD_PRELOAD'}
    run = runner(sys.executable, {**environment, 'PYTHONPATH': str(folder)})
    assert run('import dill; print(dill.__version__)').ok().strip() == version
    return run


@pytest.mark.parametrize('kind', ['main', 'imported', 'runtime'])
def test_both_directions(tmp_path, kind, run_older, run_python):
    (tmp_path / 'content.py').write_text(CONTENT)
    for writer, run in (('ours', run_python), ('theirs', run_older)):
        run(fill(DUMP, FOLDER=tmp_path, KIND=kind, TARGET=tmp_path / writer, PROTOCOLS=(2, 4))).ok()
    for protocol, refimported in WAYS:

        def answer(writer, run, file=f'{protocol}-{refimported}.pkl'):
            path = tmp_path / f'{writer}-{file}'
            found = json.loads(run(fill(LOAD, FOLDER=tmp_path, PATH=path, KIND=repr(kind))).ok())
            if kind == 'runtime':
                found[0] = None  # upstream has no load_module_asdict() for these
            return found

        expected = answer('theirs', run_older)
        assert answer('ours', run_older) == expected
        assert answer('theirs', run_python) == expected
