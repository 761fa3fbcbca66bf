"""Functions of dill._dill that somebody assigns to are called where upstream calls them."""

import json
import threading
import types
import unittest.mock

import pytest

import dill

PROGRAM = r"""
import abc, collections, functools, json, sys, threading, types, typing, weakref
import dill, dill._dill as d

class Plain: pass
class Meta(type): pass
class WithMeta(metaclass=Meta): pass
class Abstract(abc.ABC): pass
Pair = collections.namedtuple('Pair', 'a b')
plain = Plain()
file = open('/dev/null', 'rb')

def closure():
    x = 1
    return lambda: x

objects = [plain, Plain, WithMeta, WithMeta(), Abstract, Pair, Pair(1, 2), closure(), closure, weakref.ref(plain),
           weakref.proxy(plain), d, dill, types.ModuleType('made'), json, file, threading.Lock(), slice(1), range(3),
           types.MappingProxyType({}), {}.keys(), int, functools.lru_cache(lambda: 1), typing.Tuple[()],
           typing.List[int], super(Plain, plain), property(), plain.__init__, print]
called = set()

def replace(name, function):
    @functools.wraps(function)
    def instead(*args, **keywords):
        called.add(name)
        return function(*args, **keywords)
    setattr(d, name, instead)

answers = {}
for name in sorted(json.loads(sys.argv[1])):
    function = getattr(d, name)
    replace(name, function)
    streams = []
    for protocol in (2, 4):
        for recurse in (False, True):
            for obj in objects:
                try:
                    streams.append(dill.dumps(obj, protocol, recurse=recurse).hex())
                except Exception as error:
                    streams.append(type(error).__name__)
    setattr(d, name, function)
    answers[name] = name in called, streams
print(json.dumps(answers))
"""
FUNCTIONS = [
    '_get_typedict_abc', '_get_typedict_type', '_getattribute', '_import_module', '_is_builtin_module',
    '_locate_function', '_locate_object', '_proxy_helper', '_save_file', '_save_with_postproc', 'is_dill', 'save_type',
    'save_function', 'save_code', 'save_module_dict',
]  # fmt: skip


def test_called_where_upstream_calls_them(run_python, run_peer):
    ours, theirs = (json.loads(run(PROGRAM, json.dumps(FUNCTIONS)).ok()) for run in (run_python, run_peer))
    assert {name: answer[0] for name, answer in ours.items()} == {name: answer[0] for name, answer in theirs.items()}
    # Addresses are in some of the streams: of capsules and locks. Those objects are not in the list.
    for name, (_, streams) in theirs.items():
        assert ours[name][1] == streams, name


@pytest.mark.parametrize('protocol', [2, 4])
def test_globalvars(protocol):
    with unittest.mock.patch('dill.detect.globalvars', return_value={'x': 'patched'}) as globalvars:
        pickled = dill.dumps(types.FunctionType(compile('x', 'x', 'eval'), {}), protocol, recurse=True)
    globalvars.assert_called_once()
    assert dill.loads(pickled)() == 'patched'


def _create_code(*args):
    """Somebody's own: found under this name when the stream is loaded."""
    return compile('"replaced"', 'x', 'eval')


def test_creators(monkeypatch):
    _create_code.__module__ = __name__
    monkeypatch.setattr(dill._dill, '_create_code', _create_code)
    assert b'test_replaced' in dill.dumps(lambda: 1)
    assert dill.copy(lambda: 1)() == 'replaced'


def test_type_names_are_read_when_they_are_needed(monkeypatch):
    stream = b'cdill._dill\n_load_type\n(VCustomType\ntR.'
    with pytest.raises(KeyError):
        dill.loads(stream)
    monkeypatch.setitem(dill._dill._reverse_typemap, 'CustomType', object)
    assert dill.loads(stream) is object

    class Named:
        pass

    monkeypatch.setitem(dill._dill._typemap, Named, 'CustomType')
    assert dill.loads(dill.dumps(Named)) is object


def test_saver_that_goes_through_save_with_postproc():
    class Holder:
        pass

    cell_first = Holder()
    cell_first.read = (lambda value: lambda: value)(cell_first)

    def save_holder(pickler, obj):
        seen.append(len(pickler.memo))
        reduction = (types.SimpleNamespace, (), obj.__dict__)
        dill._dill._save_with_postproc(pickler, reduction, obj=obj, postproc_list=[(len, ('abc',))])

    seen = []
    before = dict(dill.Pickler.dispatch)
    dill.register(Holder)(save_holder)
    try:
        native = dill.dumps(cell_first)
        stock = stock_dumps(cell_first)
    finally:
        dill.Pickler.dispatch.clear()
        dill.Pickler.dispatch.update(before)
    assert len(seen) == 2
    assert native == stock
    copy = dill.loads(native)
    assert copy.read() is copy


def stock_dumps(obj, **options):
    import io

    class Stock(dill.Pickler):
        def save(self, obj, save_persistent_id=True):
            super().save(obj, save_persistent_id)

    file = io.BytesIO()
    Stock(file, 4, **options).dump(obj)
    return file.getvalue()


def test_lock_is_not_affected():
    assert dill.copy(threading.Lock()).locked() is False
