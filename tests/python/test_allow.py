"""load(..., allow=[...]): what is not named there is neither imported nor called."""

import collections
import copyreg
import datetime
import decimal
import fractions
import io
import os
import pickle
import subprocess
import sys
import types

import pytest

import dill
from dill._allow import GlobalNotAllowedError


class Config:
    def __init__(self, value=1):
        self.value = value

    def __eq__(self, other):
        return type(other) is Config and other.value == self.value

    def method(self):
        return self.value


class Nested:
    class Inner:
        pass


class Attack:
    """Leaves a trace if it is loaded."""

    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


CALLED = []


def call(*arguments):
    CALLED.append(arguments)


def stream(module, name, protocol=4):
    """The call of a global with 'x'."""
    if protocol < 4:
        return f'c{module}\n{name}\n(Vx\ntR.'.encode()
    texts = b''.join(b'\x8c' + bytes([len(text)]) + text.encode() for text in (module, name))
    return b'\x80\x04' + texts + b'\x93\x8c\x01x\x85R.'


@pytest.mark.parametrize('protocol', range(6))
def test_data_needs_no_permission(protocol):
    data = [1, 2.5, 'text', b'bytes', (None, True), {'a': [1]}]
    assert dill.loads(dill.dumps(data, max(protocol, 3)), allow=[]) == data


@pytest.mark.parametrize('protocol', range(6))
@pytest.mark.parametrize(
    'obj, allow',
    [
        (datetime.date(2020, 1, 2), [datetime.date]),
        (datetime.date(2020, 1, 2), ['datetime.date']),
        (datetime.date(2020, 1, 2), ['datetime']),
        (datetime.date(2020, 1, 2), [datetime]),
        (collections.OrderedDict(a=decimal.Decimal('1.5')), ['collections', 'decimal.Decimal']),
        ([fractions.Fraction(1, 3)], ['fractions.*']),
        ({1, 2}, [set]),
        (Config(5), [Config]),
    ],
)
def test_what_is_allowed_loads(obj, allow, protocol):
    internal = ['copyreg._reconstructor', 'builtins.object', 'builtins.set', '_codecs.encode', 'dill._dill._load_type']
    assert dill.loads(pickle.dumps(obj, protocol), allow=[*allow, *internal]) == obj


@pytest.mark.parametrize('protocol', [0, 4])
@pytest.mark.parametrize(
    'module, name, allow',
    [
        ('os', 'system', []),
        ('os', 'system', ['datetime']),
        ('os', 'system', ['os']),  # a function: only by its own name
        ('subprocess', 'check_output', [subprocess]),
        ('builtins', 'eval', ['builtins', 'builtins.*']),
        (__name__, 'os.system', [__name__]),  # out of the module by its imports
        (__name__, 'datetime', [__name__]),
        (__name__, 'call', [Config]),
        ('dill._dill', '_eval_repr', ['dill', 'dill._dill', 'dill.*']),
        ('dill.dill', '_import_module', ['dill._dill']),
        ('__builtin__', '__main__', ['builtins']),
    ],
)
def test_what_is_not_allowed_is_refused(module, name, allow, protocol):
    if protocol == 4 and module == 'os':
        allow = [*allow, 'os.path']
    with pytest.raises(GlobalNotAllowedError) as caught:
        dill.loads(stream(module, name, protocol), allow=allow)
    assert caught.value.refused == [f'{module}.{name}']
    assert isinstance(caught.value, dill.UnpicklingError)
    assert f'{module}.{name}' in str(caught.value)


def test_the_error_lists_everything_and_nothing_runs(monkeypatch):
    monkeypatch.setattr(sys, 'path', list(sys.path))
    pickled = pickle.dumps(
        [
            Attack(call, (1,)),
            datetime.date(2020, 1, 2),
            Attack(call, (2,), {'state': 1}),
            Attack(os.getpid, ()),
            Attack(list, (), None, iter([Attack(call, (3,))]), None),
            Attack(dict, (), None, None, iter([(1, Attack(call, (4,)))])),
            Config(),
        ]
    )
    CALLED.clear()
    with pytest.raises(GlobalNotAllowedError) as caught:
        dill.loads(pickled, allow=[Config, datetime.date])
    assert CALLED == []
    assert caught.value.refused == [f'{__name__}.call', 'posix.getpid', 'builtins.list', 'builtins.dict']
    assert set(caught.value.asked) == {*caught.value.refused, 'datetime.date', f'{__name__}.Config'}


def test_a_refused_module_is_not_imported():
    assert 'antigravity' not in sys.modules
    with pytest.raises(GlobalNotAllowedError):
        dill.loads(stream('antigravity', 'fly'), allow=['datetime'])
    assert 'antigravity' not in sys.modules


def test_nothing_is_imported_after_a_refusal():
    first = stream('os', 'system')[:-1]
    with pytest.raises(GlobalNotAllowedError) as caught:
        dill.loads(first + b'0\x8c\x04this\x8c\x01s\x93.', allow=['this.s'])
    assert caught.value.refused == ['os.system'] and caught.value.asked == ['os.system', 'this.s']
    assert 'this' not in sys.modules


def test_damage_behind_a_refusal_is_still_a_refusal():
    with pytest.raises(GlobalNotAllowedError):
        dill.loads(stream('os', 'system')[:-3], allow=[])


def test_identity_decides_for_types(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], 'Config', Nested)
    with pytest.raises(GlobalNotAllowedError):
        dill.loads(f'c{__name__}\nConfig\n.'.encode(), allow=[type(CONFIG)])


CONFIG = Config()


def test_nested_classes_by_their_own_name():
    pickled = pickle.dumps(Nested.Inner())
    assert type(dill.loads(pickled, allow=[Nested.Inner])) is Nested.Inner
    assert type(dill.loads(pickled, allow=[f'{__name__}.Nested.Inner'])) is Nested.Inner
    with pytest.raises(GlobalNotAllowedError):
        dill.loads(pickled, allow=[__name__])


def test_python_2_names():
    assert dill.loads(b'c__builtin__\nset\n((I1\nI2\nltR.', allow=['builtins.set']) == {1, 2}
    assert dill.loads(b'c__builtin__\nset\n((I1\nI2\nltR.', allow=['__builtin__.set']) == {1, 2}
    with pytest.raises(GlobalNotAllowedError):
        dill.loads(b'c__builtin__\neval\n(V1\ntR.', allow=['builtins.set'])


def test_extension_codes_are_asked_too():
    copyreg.add_extension(__name__, 'call', 0xF1)
    try:
        pickled = b'\x80\x02\x82\xf1(K\x01tR.'
        CALLED.clear()
        for _ in range(2):
            with pytest.raises(GlobalNotAllowedError):
                dill.loads(pickled, allow=[])
            assert CALLED == []
            dill.loads(pickled)  # fills the registry's cache
            assert CALLED == [(1,)]
            CALLED.clear()
    finally:
        copyreg.remove_extension(__name__, 'call', 0xF1)


def test_files_and_several_objects():
    file = io.BytesIO(pickle.dumps(Config(1)) + stream('os', 'system') + pickle.dumps(Config(2)))
    unpickler = dill.Unpickler(file, allow=[Config])
    assert unpickler.load() == Config(1)
    with pytest.raises(GlobalNotAllowedError):
        unpickler.load()
    assert unpickler.load() == Config(2)
    file.seek(0)
    assert dill.load(file, allow=[Config]) == Config(1)
    with pytest.raises(GlobalNotAllowedError):
        dill.load(file, allow=[Config])


def test_a_find_class_of_a_subclass_is_asked_behind_the_list():
    class Renaming(dill.Unpickler):
        def find_class(self, module, name):
            return Config if (module, name) == ('old', 'Name') else super().find_class(module, name)

    pickled = b'cold\nName\n(I3\ntR.'
    assert Renaming(io.BytesIO(pickled), allow=['old.Name']).load() == Config(3)
    with pytest.raises(GlobalNotAllowedError):
        Renaming(io.BytesIO(pickled), allow=[]).load()


@pytest.mark.parametrize(
    'allow, error', [('os', TypeError), ([5], TypeError), (['a..b'], ValueError), ([''], ValueError)]
)
def test_mistakes_in_the_list(allow, error):
    with pytest.raises(error):
        dill.loads(b'N.', allow=allow)


def test_functions_of_dill_with_all_that_they_need():
    pickled = dill.dumps(types.MappingProxyType({'a': 1}))
    with pytest.raises(GlobalNotAllowedError) as caught:
        dill.loads(pickled, allow=[])
    assert dill.loads(pickled, allow=caught.value.asked) == {'a': 1}
