"""The static graph of a pickle equals the recorded graph of the object: types, edges, sharing.

Random objects of fixed seeds and the corpus, at protocols 4 and 5 (before them sets and bytes travel as calls), written
by dill, pickle and cloudpickle. What the two graphs deliberately do not say alike stands in graph_agreement.EXCEPTIONS.
"""

import pickle
import warnings

import corpus
import generated_values
import graph_agreement
import pytest

from dill import _engine, _recording

OBJECTS = 300


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield


def generated(count):
    """(seed, Maker) of random objects; the Maker keeps targets of weak references alive."""
    for seed in range(count):
        yield seed, generated_values.Maker(seed)


def recorded(value, **options):
    """The recording, or None where this object cannot be pickled."""
    recording = _recording.record(value, **options)
    return recording if recording.ok and recording.pickle is not None else None


def check(found, least):
    """`found`: (label, Comparison) of each object."""
    wrong = [f'{label}: {difference}' for label, each in found for difference in each.differences]
    assert not wrong, f'{len(wrong)} differences\n' + '\n'.join(wrong[:20])
    assert len(found) >= least and sum(each.pairs for _, each in found) >= 5 * least


def test_generated_objects():
    found = []
    for seed, maker in generated(OBJECTS):
        value = maker.make()
        recording = recorded(value, protocol=4 + seed % 2)
        if recording is not None:
            static = _engine.read_pickle(recording.pickle)
            assert static.fault is None
            found.append((f'seed {seed}', graph_agreement.compare(recording.rows(), static.rows())))
    check(found, OBJECTS * 9 // 10)


def test_corpus():
    found = []
    for label, make in corpus.CORPUS.items():
        value = make()
        recording = recorded(value)
        if recording is not None:
            static = _engine.read_pickle(recording.pickle)
            found.append((label, graph_agreement.compare(recording.rows(), static.rows())))
    check(found, len(corpus.CORPUS) * 8 // 10)


@pytest.mark.parametrize('name', ['pickle', 'cloudpickle'])
def test_other_picklers(name):
    """What pickle can write: cloudpickle writes functions and classes of its own kind, which dill's do not equal."""
    pickler = pickle if name == 'pickle' else pytest.importorskip(name, reason='cloudpickle is not installed')
    found = []
    for seed, maker in generated(OBJECTS):
        value = maker.make()
        try:
            pickle.dumps(value, 5)
            data = pickler.dumps(value, protocol=5)
        except Exception:
            continue  # local functions and the like, which are compared in the other tests
        recording = recorded(value, byref=True, protocol=5)
        if recording is not None:
            static = _engine.read_pickle(data)
            found.append((f'seed {seed}', graph_agreement.compare(recording.rows(), static.rows(), of_dill=False)))
    check(found, OBJECTS // 2)


def test_many_shared_leaves():
    """A folded leaf that is referred to later has a node there, in both graphs."""
    texts = [f'text {i}' for i in range(40)]
    value = [texts, texts[30], [texts[30], texts[3], texts[16]], {'key': texts[31]}]
    recording = recorded(value)
    check([('texts', graph_agreement.compare(recording.rows(), _engine.read_pickle(recording.pickle).rows()))], 1)
    nodes, _ = recording.rows()
    assert [node[1:4:2] for node in nodes if 'text 30' in node[5]] == [('Item', 1)]


def test_a_difference_is_found():
    """The comparison itself: other types, edges and sharing are no agreement."""
    shared = [1, 2]
    value = {'a': shared, 'b': shared}
    recording = recorded(value)
    for other in (
        {'a': shared, 'b': [1, 2]},
        {'a': shared, 'c': shared, 'b': 0},
        {'a': (1, 2), 'b': shared},
        {'a': [1, 3], 'b': 0},
    ):
        static = _engine.read_pickle(pickle.dumps(other, 4))
        assert graph_agreement.compare(recording.rows(), static.rows()).differences
