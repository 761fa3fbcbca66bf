"""The advice of a problem is code that works when it is pasted."""

import textwrap

import dill
from dill import _recording


class Service:
    def __init__(self):
        self.name = 'service'
        self.items = (x for x in ())


class Slotted:
    __slots__ = ('items', 'name')

    def __init__(self):
        self.name = 'slotted'
        self.items = (x for x in ())


def code_of(obj, name):
    (problem,) = _recording.record(obj, name=name).problems
    text, _, code = problem['advice'].partition('\n')
    assert 'generator' in text
    return textwrap.dedent(code)


def with_method(cls, code):
    """The class with the methods of the pasted class statement."""
    names = {}
    exec(code, names)
    pasted = names[cls.__name__]
    cls.__getstate__ = pasted.__getstate__
    return cls


def test_attribute():
    service = Service()
    with_method(Service, code_of(service, 'service'))
    copy = dill.copy(service)
    assert (copy.name, copy.items) == ('service', None)
    del Service.__getstate__


def test_slot():
    slotted = Slotted()
    with_method(Slotted, code_of(slotted, 'slotted'))
    copy = dill.copy(slotted)
    assert copy.name == 'slotted' and not hasattr(copy, 'items')
    del Slotted.__getstate__


def test_set_aside():
    generator = (x for x in ())
    names = {'config': {'deep': [1, generator]}, 'dumps': dill.dumps}
    code = code_of(names['config'], 'config')
    exec(code.replace('...  # dill.dump(...)', 'dumped = dumps(config)'), names)
    assert dill.loads(names['dumped']) == {'deep': [1, None]}
    assert names['config']['deep'][1] is generator


def test_closure():
    local = (x for x in ())

    def function():
        return local

    names = {'function': function, 'dumps': dill.dumps}
    code = code_of(function, 'function')
    exec(code.replace('...  # dill.dump(...)', 'dumped = dumps(function)'), names)
    assert dill.loads(names['dumped'])() is None
    assert function() is local


def test_nothing_to_paste_for_a_tuple():
    assert code_of((1, (x for x in ())), 'pair') == ''
