# needs: dask distributed numpy pandas pyarrow
"""dask.distributed: a local cluster of processes whose tasks and results are serialized by dill."""

import os
import sys

import dask
import dask_serializer
import numpy
import pytest

HERE = os.path.dirname(__file__)


@pytest.fixture(scope='module')
def client():
    from distributed import Client, LocalCluster

    preload = os.path.join(HERE, 'dask_serializer.py')
    settings = {f'distributed.{part}.preload': [preload] for part in ('worker', 'nanny', 'scheduler')}
    with (
        dask.config.set({**settings, 'distributed.worker.multiprocessing-method': 'spawn'}),
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_lambdas_and_closures_as_tasks_and_results(client):
    def adder(by):
        return lambda value: value + by

    assert client.submit(lambda value: value**2, 7).result(60) == 49
    assert client.gather(client.map(adder(5), range(6))) == [5, 6, 7, 8, 9, 10]
    functions = client.gather([client.submit(lambda by=by: lambda value: value * by) for by in range(3)])
    assert [function(2) for function in functions] == [0, 2, 4]


def test_local_classes(client):
    class Account:
        fee = 1

        def __init__(self, balance):
            self.balance = balance

        def pay(self, amount):
            return type(self)(self.balance - amount - self.fee)

        @property
        def empty(self):
            return self.balance <= 0

        @staticmethod
        def bank():
            return 'a bank'

    class Savings(Account):
        def pay(self, amount):
            return super().pay(amount + 1)

    account = client.submit(lambda a: a.pay(3), Savings(10)).result(60)
    assert (account.balance, account.empty, account.bank()) == (5, False, 'a bank')
    chain = client.submit(lambda: Savings(100))
    for _ in range(3):
        chain = client.submit(lambda a: a.pay(10), chain)
    assert chain.result(60).balance == 64


def test_processes_differ_and_have_our_dill(client):
    found = client.run(lambda: (os.getpid(), hasattr(__import__('dill'), '_engine')))
    pids = {pid for pid, _ in found.values()}
    assert len(pids) == 2 and os.getpid() not in pids
    assert all(ours for _, ours in found.values())


def test_dill_wrote_tasks_here_and_results_there(client):
    before = len(dask_serializer.written)
    assert client.submit(lambda: lambda: 'result').result(60)() == 'result'
    assert len(dask_serializer.written) > before
    there = client.run(lambda: len(sys.modules['dask_serializer'].written))
    assert any(there.values())


def test_exceptions_that_only_the_caller_knows(client):
    class Unlucky(Exception):
        pass

    def fail():
        raise Unlucky('as expected')

    with pytest.raises(Exception, match='as expected'):
        client.submit(fail).result(60)


def test_delayed_bags_arrays_and_frames(client):
    import dask.array
    import dask.bag
    import dask.dataframe
    import pandas

    double = dask.delayed(lambda value: 2 * value)
    assert dask.compute(sum(double(n) for n in range(4)))[0] == 12
    assert dask.bag.from_sequence(range(10), 3).map(lambda n: n % 3).frequencies().compute() == [(0, 4), (1, 3), (2, 3)]
    array = dask.array.from_array(numpy.arange(1000), 100).map_blocks(lambda block: block * 2)
    assert int(array.sum().compute()) == 999000
    frame = dask.dataframe.from_pandas(pandas.DataFrame({'a': range(20)}), npartitions=3)
    assert int(frame.map_partitions(lambda part: part.assign(b=part.a * 2)).b.sum().compute()) == 380


def test_actors_keep_their_state(client):
    class Counter:
        n = 0

        def add(self, step):
            self.n += step
            return self.n

    counter = client.submit(Counter, actor=True).result(60)
    assert [counter.add(2).result(60) for _ in range(3)] == [2, 4, 6]
