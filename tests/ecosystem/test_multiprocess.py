# needs: multiprocess
"""multiprocess: multiprocessing on top of dill."""

import os

import multiprocess
import pytest
import shipped


@pytest.mark.parametrize('method', ['fork', 'spawn', 'forkserver'])
def test_pool_of_lambdas_closures_and_local_classes(method):
    class Shift:
        def __init__(self, by):
            self.by = by

        def __call__(self, value):
            return value + self.by

    def scaled(factor):
        return lambda value: value * factor

    context = multiprocess.get_context(method)
    with context.Pool(2) as pool:
        assert pool.map(lambda value: value**2, range(20)) == [value**2 for value in range(20)]
        assert pool.map(scaled(3), range(5)) == [0, 3, 6, 9, 12]
        assert pool.map(Shift(10), range(3)) == [10, 11, 12]
        results = pool.map(lambda by: Shift(by), range(3))
        assert [shift(1) for shift in results] == [1, 2, 3]
        functions = pool.apply(lambda: [scaled(2), lambda: os.getpid()])
        assert functions[0](21) == 42
        assert pool.apply(functions[1]) != os.getpid()


def test_workers_have_our_dill():
    with multiprocess.get_context('spawn').Pool(1) as pool:
        assert pool.apply(lambda: hasattr(__import__('dill'), '_engine'))


def test_queue_pipe_and_manager_carry_functions():
    context = multiprocess.get_context('fork')
    queue = context.Queue()
    here, there = context.Pipe()

    def work():
        queue.put(lambda: 'from the queue')
        there.send(lambda: 'from the pipe')

    process = context.Process(target=work)
    process.start()
    assert queue.get(timeout=60)() == 'from the queue'
    assert here.recv()() == 'from the pipe'
    process.join(60)
    assert process.exitcode == 0
    with context.Manager() as manager:
        shared = manager.dict(f=lambda value: value + 1)
        assert shared['f'](1) == 2


def test_error_of_a_task_comes_back():
    class Unlucky(Exception):
        pass

    def fail():
        raise Unlucky('as expected')

    with multiprocess.get_context('fork').Pool(1) as pool, pytest.raises(Exception, match='as expected'):
        pool.apply(fail)


@pytest.mark.parametrize('file', shipped.tests('multiprocess'), ids=shipped.name)
def test_shipped(file, tmp_path):
    shipped.run(file, tmp_path, timeout=1800)
