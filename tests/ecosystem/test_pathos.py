# needs: pathos
"""pathos: pools of every kind, and the tests that it ships."""

import pytest
import shipped


@pytest.mark.parametrize('kind', ['ProcessPool', 'ThreadPool', 'ParallelPool', 'SerialPool'])
def test_pools(kind):
    import pathos.pools

    class Local:
        def __init__(self, by):
            self.by = by

        def work(self, value):
            return value * self.by

    add = lambda value: value + 1
    pool = getattr(pathos.pools, kind)(2)
    try:
        assert list(pool.map(add, range(5))) == [1, 2, 3, 4, 5]
        if kind != 'ParallelPool':  # it sends source, which an instance of a local class has not on its own
            assert list(pool.imap(Local(3).work, range(3))) == [0, 3, 6]
    finally:
        pool.close()
        pool.join()
        pool.clear()


@pytest.mark.parametrize('file', shipped.tests('pathos'), ids=shipped.name)
def test_shipped(file, tmp_path):
    shipped.run(file, tmp_path)
