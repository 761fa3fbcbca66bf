"""The package that is tested is the built one, for this Python, and the peer is upstream's."""

import os
import sys
from pathlib import Path

import dill


def test_the_dill_under_test_is_the_built_one():
    expected = Path(os.environ['PYTHONPATH'].split(os.pathsep)[0])
    assert Path(dill.__file__).parent == expected / 'dill'
    assert Path(dill._engine.__file__).parent == expected / 'dill'
    assert expected.name == f'cp{sys.version_info[0]}{sys.version_info[1]}'


def test_version_is_upstreams():
    assert dill.__version__ == '0.4.1'


def test_the_peer_is_upstream(run_peer):
    answer = run_peer("import dill; print(dill.__version__, hasattr(dill, '_engine'))").ok()
    assert answer.split() == ['0.4.1', 'False']


def test_run_python_imports_ours(run_python):
    assert run_python('import dill; print(dill.__file__)').ok().strip() == dill.__file__
