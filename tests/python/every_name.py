"""Uses every public name of dill and prints what happens: python every_name.py SECTION. Run by test_every_name.py.

The same program runs under upstream's dill and under ours; each line begins with a label and must be the same.
"""

import builtins
import collections
import contextlib
import functools
import inspect
import io
import math
import os
import pickle
import re
import sys
import tempfile
import types
import warnings
import weakref

import dill

SETTING = 5


def show(label, value):
    text = value if isinstance(value, str) else repr(value)
    text = re.sub(r'0x[0-9a-fA-F]+', '0x', text).replace(os.getcwd(), '.').replace('\n', '\\n')
    print(f'{label}: {text}')


def attempt(label, function, *args, **kwds):
    """Show what a call gives, or the exception."""
    try:
        result = function(*args, **kwds)
    except Exception as error:
        result = f'{type(error).__name__}: {error}'
    show(label, result)
    return result


@contextlib.contextmanager
def captured():
    """What is printed, at the end, as a list of one text."""
    text = []
    with dill.temp.capture('stdout') as out:
        yield text
        text.append(out.getvalue())


class Thing:
    attribute = [1]

    def __init__(self, value=None):
        self.value = value

    def method(self):
        return self.value, SETTING

    def __eq__(self, other):
        return type(other) is type(self) and other.value == self.value

    __hash__ = None


class Odd:
    """Pickles, but does not load."""

    def __reduce__(self):
        return int, ('x',)


class Changed:
    """Loads as something else."""

    def __reduce__(self):
        return int, ('3',)


class Attributes:
    """Has one of each kind of attribute; few others, since there is no way around those of object."""

    good = 1
    bad = (x for x in ())
    nested = {'inner': bad}

    @property
    def unreadable(self):
        raise LookupError('not to be read')

    def __dir__(self):
        return ['bad', 'good', 'nested']


class Unreadable(Attributes):
    def __dir__(self):
        return ['bad', 'good', 'unreadable']


def outer(x):
    y = x

    def inner(z):
        def innermost():
            return math.pi, SETTING

        return y + z + len(innermost())

    return inner


def uses_globals():
    return outer, SETTING, math, print, undefined  # noqa: F821


def plain(n):
    return n * 2


def recursive(n):
    return n and recursive(n - 1)


def core():
    for name in ('HANDLE_FMODE', 'CONTENTS_FMODE', 'FILE_FMODE', 'DEFAULT_PROTOCOL', 'HIGHEST_PROTOCOL', '__version__'):
        show(name, getattr(dill, name))
    for name in ('PickleError', 'PicklingError', 'UnpicklingError'):
        show(name, getattr(dill, name) is getattr(pickle, name))
    for name in ('PickleWarning', 'PicklingWarning', 'UnpicklingWarning'):
        cls = getattr(dill, name)
        show(name, [cls.__module__, [base.__name__ for base in cls.__mro__]])
    show('settings', sorted((k, v) for k, v in dill.settings.items() if k in UPSTREAMS_SETTINGS))
    show('settings is one', [dill.Pickler.settings is dill.settings, dill.Unpickler.settings is dill.settings])
    show('settings module', sys.modules['dill.settings'].settings is dill.settings)
    value = [1, Thing({'a': (2, 3)}), lambda x: x + SETTING]
    for protocol in range(6):
        show(f'dumps {protocol}', dill.dumps(value[:2], protocol))
    file = io.BytesIO()
    show('dump', dill.dump(value, file))
    file.seek(0)
    loaded = dill.load(file)
    show('load', [loaded[:2] == value[:2], loaded[2](1)])
    show('loads', dill.loads(dill.dumps({1: 2})))
    for protocol in ('2', True, 2.9, -1, 6, None, 'x'):
        attempt(f'protocol {protocol!r}', dill.dumps, 1, protocol)
    attempt('loads of text', dill.loads, 'abc')
    attempt('loads of nothing', dill.loads, b'')
    attempt('unknown keyword of dumps', dill.dumps, 1, nonsense=1)
    try:
        dill.loads(dill.dumps(1), nonsense=1)
    except TypeError as error:
        show('unknown keyword of loads', 'nonsense' in str(error))
    show('encoding', dill.loads(b'U\x01\xe4.', encoding='latin-1'))
    thing = Thing(1)
    show('copy', [dill.copy(thing) == thing, type(dill.copy([thing])[0]) is Thing, type(dill.copy(thing)) is Thing])
    show('copy byref', type(dill.copy([thing], byref=True)[0]) is Thing)
    show('copy ignore', type(dill.copy(thing, ignore=True)) is Thing)
    attempt('copy of what will not', dill.copy, (x for x in ()))
    for name, obj in SAMPLES.items():
        for options in ({}, {'exact': True}, {'safe': True}, {'exact': True, 'safe': True}):
            attempt(f'pickles {name} {[*options]}', dill.pickles, obj, **options)
    attempt('pickles recurse', dill.pickles, recursive, recurse=True)
    show('Pickler', [base.__name__ for base in dill.Pickler.__mro__])
    show('Unpickler', [base.__name__ for base in dill.Unpickler.__mro__[:2]])
    file = io.BytesIO()
    pickler = dill.Pickler(file, 2, byref=True, fmode=1, recurse=True, fix_imports=False)
    pickler.dump(int)
    show('Pickler writes', file.getvalue())
    for name in ('_byref', '_fmode', '_recurse', '_strictio', '_session', 'proto', 'bin', 'fast'):
        show(f'Pickler.{name}', getattr(pickler, name))
    show('Pickler.memo', sorted((number, repr(obj)) for number, obj in pickler.memo.values()))
    file.seek(0)
    unpickler = dill.Unpickler(file, ignore=True)
    show(
        'Unpickler', [unpickler.load(), unpickler._ignore, unpickler._session, unpickler.find_class('dill.dill', 'POP')]
    )

    @dill.register(Thing)
    def save(pickler, obj):
        pickler.save_reduce(Thing, (('registered', obj.value),), obj=obj)

    show('register', [dill.copy(Thing(1)).value, dill.Pickler.dispatch[Thing] is save])
    dill.pickle(Thing, lambda pickler, obj: pickler.save_reduce(int, ()))
    show('pickle', dill.copy(Thing(1)))
    del dill.Pickler.dispatch[Thing]
    attempt('dispatch of a metaclass', lambda: dill.Pickler.dispatch[type('Meta', (type,), {})].__name__)
    attempt('dispatch of nothing', lambda: dill.Pickler.dispatch[Thing])
    known = types.FunctionType in pickle._Pickler.dispatch
    dill.extend(use_dill=False)
    without = types.FunctionType in pickle._Pickler.dispatch, pickle._Pickler.dispatch[dict].__name__
    dill.extend()
    show('extend', [known, without, pickle._Pickler.dispatch[dict].__name__])
    show('python pickler', pickle.loads(pickle._dumps(slice(1))))
    show('is_dill', [dill._dill.is_dill(pickler, child=child) for child in (None, True, False)])
    for name in ('detect', 'logger', 'session', 'source', 'temp', '_dill', '_shims', 'objtypes', 'pointers'):
        show(f'module {name}', [type(getattr(dill, name)).__name__, f'dill.{name}' in sys.modules])
    show('no such name', [hasattr(dill, name) for name in ('dill', 'use_diff', 'nonsense')])
    show('doc', [type(getattr(dill, name)).__name__ for name in ('__doc__', '__author__', '__license__')])
    for name in ('license', 'citation'):
        with captured() as out:
            getattr(dill, name)()
        show(name, len(out[0]) > 100)
    import dill.__info__ as info

    show('__info__', [info.__version__, bool(info.__doc__), info.__author__ == dill.__author__])
    for name in ('citation', 'extend', 'license', 'load_types'):
        show(f'{name} is from', [getattr(dill, name).__module__, str(inspect.signature(getattr(dill, name)))])


def check():
    for label, obj, options in (
        ('list', [1, 'x'], {}),
        ('verbose', [1, 'x'], {'verbose': True}),
        ('recurse', recursive, {'recurse': True, 'verbose': True}),
        ('byref', 3, {'byref': True, 'protocol': True, 'python': None, 'verbose': None}),
        ('no dump', (x for x in ()), {}),
        ('no dump, verbose', (x for x in ()), {'verbose': True}),
        ('no load', Odd(), {'verbose': True}),
        ('no such python', 1, {'python': '/no/such/python'}),
    ):
        sys.stdout.flush()
        attempt(f'check {label}', dill.check, obj, **options)


def detect():
    d = dill.detect
    cell = types.CellType()
    with_empty = types.FunctionType(outer(1).__code__, globals(), 'inner', None, (cell,))
    frame = inspect.currentframe()
    try:
        raise ValueError
    except ValueError as error:
        traceback = error.__traceback__
    functions = {
        'outer': outer, 'inner': outer(1), 'method': Thing().method, 'lambda': lambda: SETTING, 'builtin': len,
        'int': 3,
        'class': Thing, 'code': outer.__code__, 'recursive': recursive, 'uses': uses_globals, 'empty': with_empty,
        'partial': functools.partial(outer), 'none': None,
    }  # fmt: skip
    for name, function in functions.items():
        attempt(f'code {name}', lambda function=function: getattr(d.code(function), 'co_name', None))
        attempt(f'varnames {name}', d.varnames, function)
        attempt(f'freevars {name}', d.freevars, function)
        for recurse in (True, False):
            attempt(
                f'nestedcode {name} {recurse}',
                lambda function=function, recurse=recurse: sorted(c.co_name for c in d.nestedcode(function, recurse)),
            )
            attempt(
                f'nestedglobals {name} {recurse}',
                lambda function=function, recurse=recurse: sorted(d.nestedglobals(function, recurse)),
            )
            for builtin in (True, False):
                attempt(
                    f'globalvars {name} {recurse} {builtin}',
                    lambda function=function, recurse=recurse, builtin=builtin: sorted(
                        d.globalvars(function, recurse, builtin)
                    ),
                )
        attempt(f'referredglobals {name}', lambda function=function: sorted(d.referredglobals(function)))
    attempt('globalvars code', lambda: sorted(d.globalvars(uses_globals.__code__, builtin=True)))
    show('referredglobals type', type(d.referredglobals(outer)).__name__)
    show('globalvars values', d.globalvars(uses_globals)['math'] is math)
    show('code of frame', [d.code(frame) is frame.f_code, d.code(traceback) is frame.f_code])
    function = outer(1)
    function(1)
    show('referrednested', sorted(f is function for f in d.referrednested(outer)))
    show('referrednested alone', sorted(f is function for f in d.referrednested(outer, recurse=False)))
    show('referrednested none', d.referrednested(len))
    attempt('getmodule', lambda: [d.getmodule(x) for x in (math.sin, outer, Thing, inspect)])
    attempt('getmodule none', lambda: [d.getmodule(x) for x in (3, 'x')])

    generator = (x for x in ())
    items = {
        'list': [1, generator, 'x', frame],
        'dict': {'a': 1, 'b': generator},
        'none': [None, generator, generator],
        'object': Thing(generator),
        'fine': [1, 2],
        'text': 'ab',
        'number': 3,
        'frame': frame,
        'odd': [Odd(), Changed()],
    }
    for name, obj in items.items():
        for options in ({}, {'safe': True}, {'exact': True, 'safe': True}):
            attempt(f'baditems {name} {[*options]}', d.baditems, obj, **options)
            attempt(f'badobjects {name} {[*options]}', d.badobjects, obj, **options)
            attempt(f'badtypes {name} {[*options]}', d.badtypes, obj, **options)
            attempt(f'errors {name} {[*options]}', d.errors, obj, **options)
    attempt('baditems of an iterator', d.baditems, iter([1, generator]))
    for depth in (1, 2):
        for kind in (d.badobjects, d.badtypes, d.errors):
            attempt(f'{kind.__name__} {depth}', kind, Attributes(), depth=depth, safe=True)
            attempt(f'{kind.__name__} unreadable {depth}', kind, Unreadable(), depth=depth, safe=True)
            show(f'{kind.__name__} frame {depth}', sorted(kind(frame, depth=1, safe=True)))
    show('errors frame', type(d.errors(frame)).__name__)
    for target in (weakref.ref(function), weakref.ref(Thing()), weakref.proxy(function)):
        attempt('errors weak', d.errors, target)
    attempt('errors exact', d.errors, object(), exact=True)
    show('trace', [d.trace is dill.logger.trace, d.trace(False)])
    for name in ('parent', 'reference', 'at', 'parents', 'children'):
        show(f'detect.{name}', getattr(d, name) is getattr(dill.pointers, name))
    for name in ('dis', 'ismethod', 'isfunction', 'istraceback', 'isframe', 'iscode'):
        show(f'detect.{name}', getattr(d, name).__name__)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        attempt('logger', lambda: [dill.logger.adapter.getEffectiveLevel(), dill.logger.logger.name])
    names = (
        'ASCII_MAP',
        'TraceAdapter',
        'TraceFormatter',
        'TraceManager',
        'stderr_handler',
        'adapter',
        'logger',
        'trace',
    )
    show('logger names', [type(getattr(dill.logger, name)).__name__ for name in names])
    show('logger.dill', dill.logger.dill is dill)


def pointers():
    p = dill.pointers
    numbers = [[4.5], 5.5, 6.5]
    iterator = iter(numbers)
    show('parent', [p.parent(iterator, list) is numbers, p.parent(iterator, dict), p.parent(numbers, (float, str))])
    show('parents', [len(p.parents(iterator, list)), p.parents(iterator, list)[0] is iterator])
    show('parents deep', [type(x).__name__ for x in p.parents(iterator, float, 2)])
    show('parents none', [x is iterator for x in p.parents(iterator, dict, 3)])
    show('parents ignoring', len(p.parents(iterator, list, ignore=(numbers,))))
    holder = {'key': numbers}
    chain = p.children(numbers, dict, ignore=(globals(), locals()))
    show('children', [x is y for x, y in zip(chain, (holder, numbers))])
    outermost = (holder,)
    chain = p.children(numbers, tuple, 2, ignore=(globals(), locals()))
    show('children deep', [x is y for x, y in zip(chain, (outermost, holder, numbers))])
    show('children none', len(p.children(numbers, bytearray)))
    show(
        'at',
        [p.at(id(holder)) is holder, p.at(id(None)), p.at(id(True)), p.at(id(dill.settings), dill) is dill.settings],
    )
    attempt('at, not in the module', p.at, id(numbers), dill)
    attempt('at nothing', p.at, 3)
    attempt('at text', p.at, 'x')
    thing = Thing()
    proxy = weakref.proxy(thing)
    show('reference', [p.reference(thing) == id(thing), p.reference(proxy) == id(thing)])
    show('refobject', p.refobject is p.at)
    del thing
    show('reference of a dead proxy', p.reference(proxy) == id(None))
    chain = p.find_chain(iterator, lambda x: isinstance(x, float), lambda x: __import__('gc').get_referents(x), 5)
    show('find_chain', [type(x).__name__ for x in chain])


def temp():
    t = dill.temp
    with t.capture() as out:
        print('caught')
        sys.stderr.write('')
    show('capture', [out.getvalue(), type(out).__name__])
    with t.capture('stderr') as out:
        sys.stderr.write('caught')
    show('capture stderr', out.getvalue())
    show('b', t.b('a\xe4'))
    file = t.dump([1, {2: 3}], prefix='p', suffix='.s')
    show('dump', [os.path.basename(file.name)[0], file.name[-2:], t.load(file), t.load(file.name)])
    file.close()
    buffer = t.dumpIO([1, 2])
    show('dumpIO', [type(buffer).__name__, t.loadIO(buffer), t.loadIO(buffer.getvalue())])
    for name in ('dump_source', 'dump', 'dumpIO_source', 'dumpIO', 'load_source', 'load', 'loadIO_source', 'loadIO'):
        show(f'{name} signature', str(inspect.signature(getattr(t, name))))
    attempt('load nothing', t.load, os.devnull)
    attempt('load_source nothing', t.load_source, __file__)


def with_source():
    """What needs dill.source."""
    d, t = dill.detect, dill.temp
    function = outer(1)
    attempt('getmodule force', lambda: [d.getmodule(x, force=True) for x in (3, 'x', 'sum', len, 'len')])
    show('outermost', [d.outermost(function) is outer, d.outermost(outer) is outer, d.outermost(Thing().method)])
    show('outermost none', [d.outermost(len), d.outermost(3)])
    file = t.dump_source(plain, alias='_f')
    show('dump_source', [open(file.name).read(), t.load_source(file)(3), t.load_source(file.name, alias='plain')(3)])
    file.close()
    buffer = t.dumpIO_source(plain)
    show('dumpIO_source', [buffer.getvalue(), t.loadIO_source(buffer)(3), t.loadIO_source(buffer.getvalue())(2)])
    attempt('loadIO_source', t.loadIO_source, b'x = 3', alias='x + 1')
    attempt('loadIO_source untagged', t.loadIO_source, b'x = 3\ny = 4')


def source():
    s = dill.source
    objects = {'function': plain, 'outer': outer, 'inner': outer(1), 'class': Thing, 'method': Thing.method}
    for name, obj in objects.items():
        for function in (s.getsource, s.getsourcelines, s.getimport, s.getname, s._namespace):
            attempt(f'{function.__name__} {name}', function, obj)
        # Upstream's order of the globals is that of a set.
        attempt(f'importable {name}', lambda obj=obj: sorted(s.importable(obj).splitlines()))
        for options in ({'lstrip': True}, {'enclosing': True}, {'alias': 'other'}):
            if name != 'method':
                attempt(f'getsource {name} {[*options]}', s.getsource, obj, **options)
        found = s.findsource(obj)
        show(f'findsource {name}', [len(found[0]) > 500, found[0][found[1]]])
        show(f'isfrommain {name}', [s.isfrommain(obj), s.isdynamic(obj)])
    for name, obj in {
        'math.sin': math.sin,
        'len': len,
        'module': math,
        'int': 3,
        'none': None,
        'int type': int,
    }.items():
        for function in (s.getimport, s.importable, s.getname, s._namespace, s.isfrommain, s.isdynamic):
            attempt(f'{function.__name__} {name}', function, obj)
        attempt(
            f'getsource {name}', lambda obj=obj: type(s.getsource(obj)).__name__ if obj is math else s.getsource(obj)
        )
    attempt('getname fqn', s.getname, Thing, fqn=True)
    attempt('getname force', s.getname, 3, force=True)
    attempt('getimport alias', s.getimport, math.sin, alias='q')
    attempt('getimport builtin', s.getimport, pow, builtin=True)
    attempt('_importable', s._importable, plain, source=True)
    attempt('importable', s.importable, plain, alias='f', source=False)
    show('indent', [s.indent('a\nb', 2), s.indent('a\n  b', '\t'), s.outdent('    a\n      b'), s.outdent('  a', 1)])
    show('_wrap', s._wrap(plain)(4))
    text = s.dumpsource(Thing(3), alias='thing')
    show('dumpsource', [text.count('\n') > 3, 'dill.loads(' in text])
    names = dict(globals())
    exec(text, names)
    show('dumpsource runs', names['thing'] == Thing(3))


def session():
    warnings.simplefilter('ignore')
    for name in ('Attributes', 'Unreadable', 'SAMPLES'):  # cannot be pickled
        del globals()[name]
    module = types.ModuleType('made_up')
    module.__dict__.update(number=1, text='a', items=[1, 2], function=math.floor)
    show('dump_module', dill.dump_module('state.pkl', module))
    module.number = 2
    show('load_module', [dill.load_module('state.pkl', module), module.number, module.function(2.5)])
    loaded = dill.load_module('state.pkl')
    show('load_module without a module', [type(loaded).__name__, loaded.__name__, loaded.items, loaded is module])
    file = io.BytesIO()
    dill.dump_module(file, module, refimported=True)
    file.seek(0)
    attempt('load_module of a file', lambda: dill.load_module(file, module=module))
    import colorsys

    colorsys.marker = [1]
    dill.dump_module('c.pkl', 'colorsys')
    colorsys.marker = [2]
    names = dill.load_module_asdict('c.pkl')
    show('load_module_asdict', [names['marker'], names['__session__'], colorsys.marker])
    names = dill.load_module_asdict('c.pkl', update=True)
    show('load_module_asdict update', [names['marker'], names['rgb_to_hls'] is colorsys.rgb_to_hls, colorsys.marker])
    show('load_module by name', dill.load_module('c.pkl', 'colorsys') is colorsys)
    show('loaded', colorsys.marker)
    globals()['later'] = 1
    show('dump_session', dill.dump_session('main.pkl'))
    globals()['later'] = 2
    show('load_session', [dill.load_session('main.pkl'), globals()['later']])
    show('dump_session of a module', dill.dump_session('c.pkl', main=colorsys, byref=True))
    show('load_session of a module', dill.load_session('c.pkl', main=colorsys))
    attempt('not a module', dill.dump_module, 'x.pkl', 3)
    attempt('another module', dill.load_module, 'c.pkl', module=inspect)
    attempt('no session', dill.load_module, io.BytesIO(dill.dumps([1])))
    attempt('not there', dill.load_module, 'nothing.pkl')
    attempt('both names', dill.dump_module, 'x.pkl', module=colorsys, main=colorsys)


def samples():
    warnings.simplefilter('ignore')
    show('objects before', [dill.objects, [name for name in vars(dill.types) if 'Type' in name]])
    show('types', dill.types is dill.objtypes)

    def state():
        return [len(dill.objects), sorted(dill.objects), sorted(name for name in vars(dill.types) if 'Type' in name)]

    for wanted in ((True, False), (False, True), (False, False), (True, True)):
        show(f'load_types {wanted}', dill.load_types(*wanted))
        numpy = {'NumpyArrayType', 'NumpyInt32Type', 'NumpyUfuncType'}
        count, objects, found = state()
        show(f'objects {wanted}', [count - len(numpy & set(objects)), sorted(set(objects) - numpy)])
        show(f'types {wanted}', sorted(set(found) - numpy))
    from dill import _objects

    for name in ('registered', 'succeeds', 'failures'):
        kept = getattr(_objects, name)
        show(f'_objects.{name}', sorted(set(kept) - numpy))
    for name, obj in sorted(dill.objects.items()):
        if name not in numpy and name not in ('InstanceType', 'ClassInstanceType'):
            kind = type(obj)
            show(f'type of {name}', [kind.__module__, kind.__name__, getattr(dill.types, name) is kind])
    for name, obj in sorted(_objects.failures.items()):
        show(f'fails {name}', dill.pickles(obj, safe=True))
    for name, obj in sorted(_objects.succeeds.items()):
        if name not in numpy:
            copied = dill.copy(obj)
            show(
                f'succeeds {name}',
                [type(copied) is type(obj), type(copied).__name__.lstrip('_')[:4] if 'Instance' not in name else ''],
            )


def diff():
    from dill import __diff as changes

    show('names', [name for name in ('builtins_types', 'dont_memo', 'id_to_obj', 'memo') if hasattr(changes, name)])
    show('import hook', builtins.__import__ is changes._imp)
    one, two = Thing([1]), Thing({'k': 'v'})
    one.other, two.other = two, one
    changes.memorise(one)
    show('same', [changes.has_changed(one), changes.whats_changed(one)])
    two.value['k'] = 'w'
    show(
        'changed',
        [bool(changes.has_changed(one)), sorted(changes.whats_changed(one)[0]), changes.whats_changed(two.value)],
    )
    changes.memorise(one, force=True)
    changes.memorise(two, force=True)
    changes.memorise(two.value, force=True)
    show('again', [changes.has_changed(one), changes.has_changed(two)])
    attempt('unknown', lambda: changes.whats_changed(3.75))
    show('unknown', changes.has_changed(3.75))
    show('attributes', [sorted(changes.get_attrs(one)), changes.get_attrs(1), changes.get_attrs(int)])
    show('items', [changes.get_seq(x) for x in ([1], {1: 2}, (3,), {4}, 'text', frozenset([5]), 6, math, len)])
    import html

    show('module', changes.has_changed(html))
    html.marker = 1
    show('module changed', [bool(changes.has_changed(html)), changes.whats_changed(html)])
    size = len(changes.memo)
    show(
        'release_gone', [changes.release_gone(), len(changes.memo) <= size, len(changes.memo) == len(changes.id_to_obj)]
    )


UPSTREAMS_SETTINGS = ('protocol', 'byref', 'fmode', 'recurse', 'ignore')
SAMPLES = {
    'int': 1,
    'list': [1, 'x'],
    'function': outer,
    'object': object(),
    'generator': (x for x in ()),
    'thing': Thing(2),
    'odd': Odd(),
    'changed': Changed(),
    'nan': [float('nan')],
    'partial': functools.partial(print, 1),
    'counter': collections.Counter('ab'),
}


SECTIONS = {
    each.__name__: each for each in (core, check, detect, pointers, temp, with_source, source, session, samples, diff)
}

if __name__ == '__main__':
    os.chdir(tempfile.mkdtemp())
    SECTIONS[sys.argv[1]]()
