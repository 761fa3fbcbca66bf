# needs: ppft
"""ppft: a job server whose jobs are sent as source, and the programs that it ships as tests."""

import importlib.util
from pathlib import Path

import ppft
import pytest
import shipped


def test_jobs_of_functions():
    server = ppft.Server(2)
    try:
        assert [server.submit(pow, (n, 2))() for n in range(3)] == [0, 1, 4]

        def cube(n):
            return n**3

        assert server.submit(cube, (3,))() == 27
    finally:
        server.destroy()


PROGRAMS = sorted(path for path in (Path(importlib.util.find_spec('ppft').origin).parent / 'tests').glob('[a-z]*.py'))


@pytest.mark.parametrize('file', PROGRAMS, ids=lambda path: path.stem)
def test_shipped(file, tmp_path):
    shipped.run(file, tmp_path)
