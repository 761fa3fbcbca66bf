"""Recording and diagnosis: every culprit in one walk, with the path that leads to it."""

import json
import socket
import sqlite3
import threading
import types

import pytest

import dill
from dill import _recording


def generator():
    return (x for x in ())


def paths(obj, name='obj', **options):
    """{expression or route: message} of an object's problems, after each expression was checked by evaluating it."""
    recording = _recording.record(obj, name=name, **options)
    found = {}
    for problem in recording.problems:
        if problem['expression']:
            target = eval(problem['expression'], {name: obj})
            if not problem['replayed']:
                assert type(target).__name__ == problem['type'].rpartition('.')[2]
                with pytest.raises(Exception):
                    dill.dumps(target)
        found[problem['expression'] or problem['route']] = problem['message']
    return found


class Holder:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ('_private', '__mangled')

    def __init__(self, value):
        self._private = value
        self.__mangled = value


def test_nothing_to_report():
    value = {'a': [1, 2.5, 'x', None, True], 'b': (1,)}
    recording = _recording.record(value)
    assert recording.ok and recording.problems == []
    assert recording.pickle == dill.dumps(value)
    assert recording.bytes_total == len(recording.pickle)
    assert dill.loads(recording.pickle) == value


def test_recording_writes_the_same_bytes():
    for value in ([1, 2, 3], {'f': lambda: 1}, Holder(x=1), Slotted(2), type('T', (), {}), Holder.__init__):
        assert _recording.record(value).pickle == dill.dumps(value)


def test_every_culprit_in_one_walk():
    culprits = [generator() for _ in range(5)]
    value = Holder(
        cfg={'db': [1, {'connection': culprits[0]}], 3: culprits[1], (1, 'x'): culprits[2]},
        items=(1, [culprits[3]]),
        slots=Slotted(culprits[4]),
    )
    assert set(paths(value, 'svc')) == {
        "svc.cfg['db'][1]['connection']",
        'svc.cfg[3]',
        "svc.cfg[(1, 'x')]",
        'svc.items[1][0]',
        'svc.slots._private',
    }


def test_a_culprit_met_twice_is_one_problem():
    bad = generator()
    recording = _recording.record([bad, {'again': bad}, (bad,)])
    assert len(recording.problems) == 1


def test_functions():
    bad = generator()

    def outer(default=[bad], *, keyword=threading.local()):
        return bad

    assert set(paths(outer)) == {
        'obj.__closure__[0].cell_contents',
        "obj.__kwdefaults__['keyword']",
    } or set(paths(outer)) == {'obj.__defaults__[0][0]', "obj.__kwdefaults__['keyword']"}


def test_globals_of_a_function_of_no_module():
    names = {'__name__': 'invented', 'lock': threading.local(), 'fine': 1}
    exec('def f(): return lock', names)
    assert set(paths(names['f'])) == {"obj.__globals__['lock']"}


def test_classes():
    cls = type('Bad', (), {'__module__': '__main__', 'attribute': [generator()]})
    assert set(paths(cls)) == {"obj.__dict__['attribute'][0]"} or set(paths(cls)) == {"vars(obj)['attribute'][0]"}
    instance = cls()
    assert len(paths(instance)) == 1


def test_sets_and_keys():
    bad = generator()
    assert set(paths({1, bad})) <= {'list(obj)[0]', 'list(obj)[1]'}
    assert set(paths({bad: 1})) == {'list(obj)[0]'}


def test_replayed_paths_are_flagged():
    class Stateful:
        def __getstate__(self):
            return {'made up': 1, 'inner': generator()}

    recording = _recording.record(Stateful(), name='s')
    (problem,) = recording.problems
    assert problem['replayed']
    assert problem['expression'] == "s.__getstate__()['inner']"

    class Reducing:
        def __reduce__(self):
            return (list, ([generator()],))

    (problem,) = _recording.record(Reducing(), name='r').problems
    assert problem['replayed']
    assert problem['expression'] == 'r.__reduce_ex__(4)[1][0][0]'


def test_property_that_hides_an_attribute_is_no_path():
    class Hiding:
        def __init__(self):
            self.__dict__['value'] = generator()

        @property
        def value(self):
            raise AssertionError('recording must not run this')

    (problem,) = _recording.record(Hiding(), name='h').problems
    assert '.value' not in problem['expression']


def test_recording_runs_no_user_code():
    class Hostile:
        def __init__(self):
            self.inner = generator()

        def __repr__(self):
            raise AssertionError('__repr__ was called')

        __str__ = __eq__ = __bool__ = __len__ = __hash__ = __repr__

    class HostileMeta(type):
        def __getattribute__(cls, name):
            if name in ('__name__', '__qualname__', '__module__') and armed:
                raise AssertionError(f'{name} was asked for')
            return super().__getattribute__(name)

    armed = []
    recording = _recording.record([Hostile()], name='h', byref=False)
    assert [p['expression'] for p in recording.problems] == ['h[0].inner']


def test_exception_in_a_reducer_names_the_object_and_its_causes():
    class Broken:
        def __reduce__(self):
            try:
                {}['missing']
            except KeyError as error:
                raise ValueError('cannot reduce') from error

    (problem,) = _recording.record({'b': Broken()}, name='d').problems
    assert problem['expression'] == "d['b']"
    assert problem['exception'] == 'ValueError'
    assert problem['message'] == 'cannot reduce'
    assert problem['causes'] == [('KeyError', "'missing'")]


def test_failure_inside_a_saver_belongs_to_the_inner_object():
    class Outer:
        pass

    bad = generator()

    def save_outer(pickler, obj):
        pickler.save(['fine', bad])

    dill.register(Outer)(save_outer)
    try:
        recording = _recording.record([Outer(), generator()], name='o')
    finally:
        del dill.Pickler.dispatch[Outer]
    assert [p['message'] for p in recording.problems] == ["cannot pickle 'generator' object"] * 2
    inside, after = recording.problems
    assert inside['expression'] == '' and 'o' in inside['route']
    assert after['expression'] == 'o[1]'


def test_failure_of_a_save_in_the_reducer_of_the_root(monkeypatch):
    picklers = []
    make = _recording._pickler
    monkeypatch.setattr(_recording, '_pickler', lambda *options: picklers.append(make(*options)) or picklers[0])

    class Root:
        def __reduce__(self):
            with pytest.raises(TypeError, match='generator'):
                picklers[0].save(generator())
            return (int, ())

    assert _recording.record(Root()).ok


def test_object_that_fails_in_a_hidden_part_is_met_again():
    bad = property(None, None, None, generator())
    once, twice = _recording.record([bad]), _recording.record([bad, bad])
    assert len(once.problems) == len(twice.problems) == 1
    assert once.nodes == twice.nodes


def test_messages_run_no_user_code():
    class Hostile:
        def __repr__(self):
            raise AssertionError('__repr__ was called')

        __str__ = __repr__

    class Broken:
        def __init__(self, error):
            self.error = error

        def __reduce__(self):
            raise self.error

    errors = ValueError(Hostile()), KeyError(Hostile()), ValueError('first', Hostile()), ValueError('a', 2)
    messages = [problem['message'] for problem in _recording.record([Broken(error) for error in errors]).problems]
    assert 'Hostile' in messages[0] and 'Hostile' in messages[1]
    assert messages[2:] == ['first', "('a', 2)"]


def test_failure_that_a_saver_handles_is_no_problem():
    class Careful:
        pass

    def save_careful(pickler, obj):
        try:
            pickler.save(generator())
        except TypeError:
            pickler.save('instead')
            return

    dill.register(Careful)(save_careful)
    try:
        assert _recording.record([Careful()]).ok
    finally:
        del dill.Pickler.dispatch[Careful]


def test_without_diagnosis_the_first_problem_ends_the_walk():
    recording = _recording.record([generator(), generator()], diagnose=False)
    assert len(recording.problems) == 1
    assert recording.pickle is None


def test_interrupts_pass():
    class Stop:
        def __reduce__(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _recording.record([Stop()])


def test_bytes_of_a_failed_walk_are_never_given():
    assert _recording.record([generator()]).pickle is None


def test_namespace():
    shared = [1, 2]
    recording = _recording.record_namespace(
        {'a': shared, 'b': shared, 'c': {'g': generator()}, 'n': 5, 's': 'text'}, source='script.py'
    )
    variables = {name: (type_, picklable) for name, type_, picklable, _, _ in recording.variables}
    assert variables == {
        'a': ('list', True),
        'b': ('list', True),
        'c': ('dict', False),
        'n': ('int', True),
        's': ('str', True),
    }
    assert [p['expression'] for p in recording.problems] == ["c['g']"]


def test_many_variables_do_not_fold():
    recording = _recording.record_namespace({f'v{i}': i for i in range(100)})
    assert len({node for *_, node in recording.variables}) == 100


def test_folding():
    assert _recording.record(list(range(100_000))).nodes == 1 + 17
    assert _recording.record(['a', 'b', 1, 2] * 10).nodes < 45


def test_cost_is_linear_in_the_problems():
    recording = _recording.record([generator() for _ in range(20_000)])
    assert len(recording.problems) == 20_000
    assert recording.problems[-1]['expression'] == 'obj[19999]'


def test_deep_paths():
    value = generator()
    for _ in range(3000):
        value = [value]
    (problem,) = _recording.record(value).problems
    assert problem['message'] == "cannot pickle 'generator' object"


def test_what_nobody_here_wrote():
    import concurrent.futures
    import http.server

    with http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler) as server:
        assert paths(server, 'server') == {'server.socket': "cannot pickle 'socket' object"}
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert paths(pool, 'pool') == {'pool._work_queue': "cannot pickle '_queue.SimpleQueue' object"}


def test_connection_and_socket():
    with socket.socket() as sock:
        value = {'db': sqlite3.connect(':memory:'), 'sock': sock}
        assert set(paths(value)) == {"obj['db']", "obj['sock']"}
        value['db'].close()


def test_reports(tmp_path):
    recording = _recording.record({'g': generator()}, name='d', source='here')
    assert "d['g'] : TypeError: cannot pickle 'generator' object" in recording.report('text')
    problem = json.loads(recording.report('json'))['problems'][0]
    assert problem['path'] == "d['g']"
    assert recording.report('dot').startswith('digraph')
    with pytest.raises(ValueError):
        recording.report('html')
    recording.save(tmp_path / 'a.dtrace')
    assert b'DTR1' in (tmp_path / 'a.dtrace').read_bytes()[:32]
    with pytest.raises(OSError):
        recording.save(tmp_path / 'missing' / 'a.dtrace')


def test_protocols():
    for protocol in range(6):
        recording = _recording.record([1, b'x', {2}], protocol=protocol)
        assert recording.pickle == dill.dumps([1, b'x', {2}], protocol)
        assert recording.bytes_total == len(recording.pickle)
    with pytest.raises(ValueError, match='protocol'):
        _recording.record([1], protocol=6)


def test_odd_types_are_described():
    value = [types.ModuleType('odd'), len, [].append, Holder.__init__, type, Ellipsis, 10**400, '\ud800', b'\xff' * 100]
    assert 'picklable' in _recording.record(value).report('text')
