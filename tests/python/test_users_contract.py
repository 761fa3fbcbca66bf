"""Other libraries subclass, replace, assign and read more than the public names: they get what upstream gives."""

import pytest
from users_programs import PRELUDE, PROGRAMS


@pytest.mark.parametrize('name', PROGRAMS)
def test_program_prints_the_same(name, run_python, run_peer):
    ours, theirs = (run(PRELUDE + PROGRAMS[name], PYTHONHASHSEED='1') for run in (run_python, run_peer))
    expected = theirs.ok().splitlines()
    assert expected
    lines = ours.ok().splitlines()
    assert [pair for pair in zip(lines, expected) if pair[0] != pair[1]] == []
    assert len(lines) == len(expected)
