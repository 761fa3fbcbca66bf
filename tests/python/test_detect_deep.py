"""dill.detect with deep=True: everything in an object that does not pickle, found in one walk, under the path to it."""

import types

import pytest

import dill
from dill import _recording, detect


def generator():
    yield 1


class Plain:
    def __init__(self, **attributes):
        vars(self).update(attributes)


class Slotted:
    __slots__ = ('bad', 'fine')


class Unloadable:
    def __reduce__(self):
        return int, ('no number',)


class Refusing:
    def __reduce__(self):
        raise KeyError('not this one')


def slotted(bad):
    found = Slotted()
    found.fine, found.bad = 1, bad
    return found


def enclosing(bad):
    def inner():
        return bad

    return inner


def default(bad):
    def function(given=bad):
        return given

    return function


# path -> what holds the object there
HOLDERS = {
    'obj': lambda bad: bad,
    'obj[2]': lambda bad: [1, [2], bad],
    'obj[0][1][0]': lambda bad: ((0, [bad]),),
    "obj['db']['connections'][1]": lambda bad: {'name': 'x', 'db': {'connections': [1, bad]}},
    'obj[(1, 2)]': lambda bad: {(1, 2): bad},
    'list(obj)[1]': lambda bad: {'fine': 1, bad: 2},
    'obj.config.items[0]': lambda bad: Plain(name='x', config=Plain(items=[bad])),
    'obj.bad': slotted,
    'obj.a.b[1]': lambda bad: types.SimpleNamespace(a=types.SimpleNamespace(b=(1, bad))),
    'obj[0].__closure__[0].cell_contents': lambda bad: [enclosing(bad)],
    'obj.__defaults__[0]': default,
}


@pytest.mark.parametrize('path', HOLDERS)
def test_paths_lead_to_what_does_not_pickle(path):
    bad = generator()
    obj = HOLDERS[path](bad)
    assert detect.badobjects(obj, deep=True) == {path: bad}
    assert detect.badtypes(obj, deep=True) == {path: types.GeneratorType}
    (item,) = detect.baditems(obj, deep=True)
    assert item is bad is eval(path)
    (error,) = detect.errors(obj, deep=True).items()
    assert error[0] == path and isinstance(error[1], TypeError) and 'generator' in str(error[1])
    assert next(bad) == 1  # it was not used up


@pytest.mark.parametrize(
    'obj', [None, [1, 'x', {2: {3}}], Plain(a=[len, Plain]), lambda: 1, iter([1])], ids=lambda obj: type(obj).__name__
)
def test_nothing_where_all_is_well(obj):
    assert detect.badobjects(obj, deep=True) == detect.badtypes(obj, deep=True) == detect.errors(obj, deep=True) == {}
    assert detect.baditems(obj, deep=True) == []


def test_no_dunder_noise():
    obj = Plain(fine=1, bad=generator(), nested=[Plain(bad=generator())])
    shallow = detect.badtypes(obj, 1)  # upstream's answer
    assert any(name.startswith('__') for name in shallow)
    assert isinstance(shallow['nested'], type)  # and what is in the list is not said
    assert set(detect.badtypes(obj, deep=True)) == {'obj.bad', 'obj.nested[0].bad'}


def test_each_culprit_once():
    bad, other = generator(), generator()
    shared = [bad]
    obj = {'a': shared, 'b': shared, 'c': bad, 'd': other}
    obj['self'] = obj
    found = detect.badobjects(obj, deep=True)
    assert found == {"obj['a'][0]": bad, "obj['d']": other}
    assert detect.baditems(obj, deep=True) == [bad, other]


def test_the_same_as_the_one_pass_diagnosis():
    obj = Plain(a=[generator(), 1, Refusing()], b={'k': enclosing(generator())}, c=slotted((generator(),)))
    problems = {each['expression']: each for each in _recording.record(obj, name='obj').problems}
    errors = detect.errors(obj, deep=True)
    assert set(errors) == set(problems) == set(detect.badobjects(obj, deep=True)) and len(errors) == 4
    for path, error in errors.items():
        assert type(error).__name__ == problems[path]['exception']
        assert str(error) == problems[path]['message']


def test_exceptions_are_those_that_were_raised():
    obj = [Refusing(), generator()]
    errors = detect.errors(obj, deep=True)
    assert isinstance(errors['obj[0]'], KeyError) and errors['obj[0]'].args == ('not this one',)
    assert isinstance(errors['obj[1]'], TypeError)


def test_what_pickles_but_does_not_load():
    obj = [Unloadable()]
    assert detect.badobjects(obj, deep=True) == {'obj': obj}
    (error,) = detect.errors(obj, deep=True).values()
    assert isinstance(error, ValueError) and 'no number' in str(error)
    # Once something does not pickle, nothing can be loaded.
    assert set(detect.errors([Unloadable(), generator()], deep=True)) == {'obj[1]'}


def test_exact():
    obj = [Plain()]  # its copy is not equal
    assert detect.errors(obj, deep=True) == {}
    (error,) = detect.errors(obj, exact=True, deep=True).values()
    assert isinstance(error, AssertionError)


def test_deeper_than_any_expression():
    bad, other = generator(), generator()
    left, right = [bad], [other]
    for _ in range(2000):
        left, right = [left], [right]
    obj = [left, right]
    for _ in range(2000):
        obj = [obj]
    found = detect.badobjects(obj, deep=True)
    assert list(found.values()) == [bad, other]
    assert all(path.startswith('obj -> item 0') and len(path) < 1000 for path in found)
    assert detect.baditems(obj, deep=True) == [bad, other]


def test_many():
    obj = [generator() for _ in range(5000)]
    assert detect.badobjects(obj, deep=True) == {f'obj[{i}]': bad for i, bad in enumerate(obj)}


def test_depth_is_a_matter_of_the_other_way():
    # Without the keyword the results are upstream's: see test_every_name.py.
    obj = Plain(bad=[generator()])
    assert detect.badobjects(obj) is obj
    assert detect.badtypes(obj) is Plain
    assert isinstance(detect.errors(obj), TypeError)
    assert detect.baditems([obj, 1]) == [obj]
    assert dill.detect is detect
