"""The native load against pickle.Unpickler of the same Python: results, files, hooks, memo."""

import collections
import copyreg
import datetime
import decimal
import gc
import io
import os
import pickle
import random
import sys
import weakref

import pytest
from load_corpus import (
    PROTOCOLS,
    VALUES,
    OnlyReads,
    Outer,
    Plain,
    Slots,
    WithSetstate,
    cyclic,
    hidden,
    kinds,
    outcome,
    pickles_of_corpus,
    shared,
    ways_to_load,
)

import dill


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_same_objects_as_pickle(protocol):
    for name, data in pickles_of_corpus(protocol):
        expected = pickle.loads(data)
        for loaded in ways_to_load(data):
            if name == 'standard' or name == 'classes':
                assert repr(loaded) == repr(expected), name
            else:
                assert loaded == expected, name
                assert kinds(loaded) == kinds(expected), name
            assert pickle.dumps(loaded, protocol) == pickle.dumps(expected, protocol), name


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_identity_is_kept(protocol):
    loop, owner = dill.loads(pickle.dumps(cyclic(), protocol))
    assert loop[0]['me'] is loop and owner.self is owner
    first, second, text, part, pair, table = dill.loads(pickle.dumps(shared(), protocol))
    assert pair[0] is first and pair[1] is second and first.other is second
    assert first.rest[0] is part and second.rest[0] is part and table[text] is part
    assert first.first is text and first.state is second.state
    data = pickle.dumps(['same' * 3] * 3, protocol)
    a, b, c = dill.loads(data)
    assert a is b is c


def test_state_that_is_shared_keeps_its_content():
    one = Plain(1, 2)
    one.more = 'text'
    made, state = dill.loads(pickle.dumps([one, one.__dict__]))
    assert state == {'first': 1, 'rest': (2,), 'more': 'text'} and made == one
    # The state first, then the instance, then the state again; the instance changes in between.
    for protocol in range(2, 6):
        a, b, c = dill.loads(pickle.dumps([one.__dict__, one, one.__dict__], protocol))
        assert a is c and a == one.__dict__ and b == one


def from_file(data):
    return dill.load(io.BytesIO(data))


def arguments_again(cls, argument, opcode, then):
    """cls(argument), its arguments in the memo only, then what the opcodes `then` make."""
    names = b''.join(b'\x8c' + bytes([len(name)]) + name.encode() for name in (cls.__module__, cls.__name__))
    made = opcode + bytes([len(argument)]) + argument + b'\x94\x85\x94R\x94'
    return b'\x80\x04(' + names + b'\x93' + made + then + b't.'


@pytest.mark.parametrize('cls, argument, opcode', [
    (datetime.datetime, bytes.fromhex('07e40102030405000000'), b'C'),
    (datetime.date, bytes.fromhex('07e40102'), b'C'),
    (decimal.Decimal, b'1.50', b'\x8c'),
    (decimal.Decimal, b'', b'\x8c'),
    (datetime.datetime, b'', b'C'),
    (int, b'15', b'\x8c'),
], ids=str)  # fmt: skip
def test_arguments_that_the_memo_alone_keeps(cls, argument, opcode):
    again = b'h\x01h\x00h\x01h\x02'
    for then in (b'', b'h\x00', again, b'h\x00h\x01', b'Nq\x00' + again, b'Nq\x01h\x00h\x01'):
        data = arguments_again(cls, argument, opcode, then)
        expected = outcome(pickle.loads, data)
        for load in (dill.loads, from_file, lambda text: dill.Unpickler(io.BytesIO(text)).load()):
            assert outcome(load, data) == expected
    if argument:
        _, text, arguments, again = dill.loads(arguments_again(cls, argument, opcode, b'h\x00h\x01h\x00'))
        assert arguments[0] is text is again
    # With Python code in between, and with more that the memo has to keep.
    one = cls(1, 1, 1) if issubclass(cls, datetime.date) else cls(1)
    value = [[one, one], WithSetstate(1), one, b'x', [one]]
    assert dill.loads(pickle.dumps(value)) == value


def test_text_is_decoded_as_by_python():
    chance = random.Random(3)
    ends = [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FF, 0x800, 0xD7FF, 0xD800, 0xDFFF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF]
    texts = [''.join(map(chr, chance.choices(ends, k=chance.randrange(20)))) for _ in range(2000)]
    texts += [chr(end) * count for end in ends for count in (1, 2, 7, 8, 9, 63, 64, 65, 200)]
    texts += ['x' * size for size in range(200)]
    for text in texts:
        loaded = dill.loads(pickle.dumps([text]))[0]
        assert loaded == text and hash(loaded) == hash(text) and sys.getsizeof(loaded) <= sys.getsizeof(text)
        assert loaded.isascii() == text.isascii() and (loaded + 'é')[:-1] == text
    for _ in range(5000):
        wrong = bytes(chance.choices(b'\x41\x7f\x80\xbf\xc0\xc2\xdf\xe0\xed\xa0\xef\xf0\x90\xf4\xf5', k=4))
        data = b'\x8c\x04' + wrong + b'.'
        assert outcome(dill.loads, data) == outcome(pickle.loads, data)


def test_numbers_are_those_of_python():
    edges = [2**power + more for power in (0, 7, 8, 15, 16, 29, 30, 31, 32, 59, 60, 63, 64) for more in (-2, -1, 0, 1)]
    for number in edges + [-edge for edge in edges]:
        for protocol in PROTOCOLS:
            loaded = dill.loads(pickle.dumps(number, protocol))
            assert type(loaded) is int and loaded == number and hash(loaded) == hash(number)
            assert loaded + 1 == number + 1 and loaded * 3 == number * 3 and str(loaded) == str(number)
    assert dill.loads(pickle.dumps([256, -5, 1]))[0] is dill.loads(pickle.dumps(256, 1))


def test_large_dicts():
    words = {f'key number {i * 7919}': i for i in range(30_000)}
    words.update((f'ключ {i}', str(i)) for i in range(5000))
    assert list(dill.loads(pickle.dumps(words)).items()) == list(words.items())
    mixed = {**words, **{i: i for i in range(5000)}, **{(i, 'x'): None for i in range(3000)}}
    assert list(dill.loads(pickle.dumps(mixed)).items()) == list(mixed.items())
    members = set(words)
    assert dill.loads(pickle.dumps(members)) == members


def test_functions_and_classes_of_dill(monkeypatch):
    def function(a, b=2, *rest, key=3):
        return lambda: (a, b, rest, key, function.__name__)

    loaded = dill.loads(dill.dumps(function))
    assert loaded(1)() == (1, 2, (), 3, 'function') and loaded.__kwdefaults__ == {'key': 3}
    assert loaded.__globals__['__builtins__']
    asked = []
    for name in ('_create_code', '_create_function', '_create_cell'):
        stock = getattr(dill._dill, name)
        data = dill.dumps(function)
        replaced = lambda *args, name=name, stock=stock: asked.append(name) or stock(*args)
        with monkeypatch.context() as patch:
            patch.setattr(dill._dill, name, replaced)
            assert dill.loads(data)(5)()[0] == 5
    assert set(asked) == {'_create_code', '_create_function', '_create_cell'}
    assert dill._dill._load_type('CodeType') is dill.loads(b'cdill._dill\n_load_type\n(VCodeType\ntR.')
    with pytest.raises(KeyError):
        dill.loads(b'cdill._dill\n_load_type\n(Vno such type\ntR.')
    monkeypatch.setitem(dill._dill._reverse_typemap, 'OfMine', Plain)
    assert dill.loads(b'cdill._dill\n_load_type\n(VOfMine\ntR.') is Plain
    # What is unusual is left to the Python functions.
    ints = b'K\x01' * 18
    for arguments in (b'(', b'(N', b'(NN', b'(' + ints, b'(]N', b'(}}', b'(C\x00' + ints, b'(cbuiltins\ndict\n'):
        values = pickle.loads(arguments + b't.')
        for name in ('_create_code', '_create_function', '_create_cell', '_create_type', '_load_type'):
            function = getattr(dill._dill, name)
            found = outcome(dill.loads, b'cdill._dill\n' + name.encode() + b'\n' + arguments + b'tR.')
            assert found == outcome(lambda _, function=function, values=values: function(*values), None), name


def test_attribute_names_are_interned():
    name = ''.join(['an_attribute_', 'name'])
    one = Plain(1)
    setattr(one, name, 2)
    loaded = dill.loads(pickle.dumps([one, Plain(2)]))
    assert any(key is sys.intern(name) for key in loaded[0].__dict__)


def test_property_does_not_hide_state():
    loaded = dill.loads(pickle.dumps(hidden()))
    assert loaded.__dict__['hidden'] == 'entry' and loaded.hidden == 'property'


# Files


class Repeating(io.RawIOBase):
    """Gives at most `most` bytes a call."""

    def __init__(self, data, most):
        self._file, self._most = io.BytesIO(data), most

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self._file.read(min(len(buffer), self._most))
        buffer[: len(data)] = data
        return len(data)


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_position_after_stop(protocol, tmp_path):
    values = [
        make() for name, make in VALUES.items() if name in ('scalars', 'text', 'bytes', 'instances', 'mixed', 'lists')
    ]
    data = b''.join(pickle.dumps(value, protocol) for value in values) + b'the end'
    path = tmp_path / 'pickles'
    path.write_bytes(data)
    with open(path, 'rb') as buffered, open(path, 'rb', buffering=0) as raw:
        files = [buffered, raw, io.BytesIO(data), OnlyReads(data), io.BufferedReader(Repeating(data, 5))]
        for file in files:
            for value in values:
                assert dill.load(file) == value
            assert file.read(100) == b'the end'
    file = io.BytesIO(b'before' + data)
    file.seek(6)
    for value in values:
        expected = pickle.loads(data[file.tell() - 6 :])
        assert dill.Unpickler(file).load() == expected == value
    assert file.read() == b'the end'


def test_large_bytes_from_files(tmp_path):
    value = [os.urandom(5_000_000), bytearray(os.urandom(3_000_000)), 'x' * 2_000_000]
    for protocol in (2, 4, 5):
        data = pickle.dumps(value, protocol)
        path = tmp_path / 'large'
        path.write_bytes(data + b'rest')
        with open(path, 'rb') as file:
            assert dill.load(file) == value
            assert file.read() == b'rest'
        only = OnlyReads(data + b'rest')
        assert dill.load(only) == value
        assert only.read(10) == b'rest'


def test_peek_that_is_not_implemented():
    class NoPeek(OnlyReads):
        def peek(self, size):
            raise NotImplementedError

    assert dill.load(NoPeek(pickle.dumps([1, 2]))) == [1, 2]


@pytest.mark.parametrize('name', ['read', 'readline'])
def test_errors_of_files(name):
    class Broken(OnlyReads):
        def fail(self, *args):
            raise OSError(5, 'broken')

    file = Broken(pickle.dumps([1, 'a', 2], 0))
    setattr(file, name, file.fail)
    with pytest.raises(OSError, match='broken'):
        dill.load(file)


def test_file_that_gives_no_bytes():
    for wrong in (None, 'text', 5):
        file = OnlyReads(b'')
        file.read = lambda size, wrong=wrong: wrong
        with pytest.raises(TypeError):
            dill.load(file)


# Hooks


def test_find_class_of_a_subclass():
    asked = []

    class Careful(dill.Unpickler):
        def find_class(self, module, name):
            asked.append((module, name))
            if name == 'Slots':
                raise pickle.UnpicklingError('not that one')
            return super().find_class(module, name)

    data = pickle.dumps([Plain(1), Outer.Inner, collections.OrderedDict()])
    loaded = Careful(io.BytesIO(data)).load()
    assert loaded[0] == Plain(1) and loaded[1] is Outer.Inner
    assert asked == [(Plain.__module__, 'Plain'), (Plain.__module__, 'Outer.Inner'), ('collections', 'OrderedDict')]
    with pytest.raises(pickle.UnpicklingError, match='not that one'):
        Careful(io.BytesIO(pickle.dumps(Slots(1, 2)))).load()


def test_find_class_renames_for_old_protocols_only():
    class Passing(dill.Unpickler):
        def find_class(self, module, name):
            return super().find_class(module, name)

    for cls in (dill.Unpickler, Passing):
        assert cls(io.BytesIO(b'c__builtin__\nunicode\n.')).load() is str
        assert cls(io.BytesIO(b'\x80\x02ccopy_reg\n_reconstructor\n.')).load() is copyreg._reconstructor
        with pytest.raises(ImportError):
            cls(io.BytesIO(b'\x80\x03ccopy_reg\n_reconstructor\n.')).load()
        with pytest.raises(ImportError):
            cls(io.BytesIO(b'ccopy_reg\n_reconstructor\n.'), fix_imports=False).load()
        with pytest.raises(AttributeError):
            cls(io.BytesIO(b'\x80\x02cos\npath.join\n.')).load()
    with pytest.raises(ImportError):
        dill.loads(b'ccopy_reg\n_reconstructor\n.', fix_imports=False)


def test_find_class_of_an_instance_and_of_the_class(monkeypatch):
    unpickler = dill.Unpickler(io.BytesIO(pickle.dumps(Plain)))
    unpickler.find_class = lambda module, name: (module, name)
    assert unpickler.load() == (Plain.__module__, 'Plain')
    data = pickle.dumps(Plain)
    assert dill.loads(data) is Plain
    monkeypatch.setattr(dill.Unpickler, 'find_class', lambda self, module, name: name)
    assert dill.loads(data) == 'Plain' and dill.load(io.BytesIO(data)) == 'Plain'
    monkeypatch.undo()
    assert dill.loads(data) is Plain


def test_class_that_is_replaced(monkeypatch):
    class Mine(dill.Unpickler):
        def load(self):
            return 'mine', super().load(), self._ignore

    monkeypatch.setattr(dill._dill, 'Unpickler', Mine)
    assert dill.loads(b'N.', ignore=True) == ('mine', None, True)
    assert dill.load(io.BytesIO(b'N.')) == ('mine', None, False)


def test_globals_of_dill():
    import __main__

    assert dill.loads(b'c__builtin__\n__main__\n.') is __main__.__dict__
    assert dill.loads(b'c__builtin__\nNoneType\n.') is type(None)
    assert dill.loads(b'cdill.dill\n_create_cell\n.') is dill._dill._create_cell
    unpickler = dill.Unpickler(io.BytesIO(b'c__builtin__\n__main__\n.'))
    unpickler._main = collections
    assert unpickler.load() is collections.__dict__


def test_modules_are_looked_up_each_time(monkeypatch):
    import types

    module = types.ModuleType('a_module_for_this')
    module.thing = 'first'
    monkeypatch.setitem(sys.modules, 'a_module_for_this', module)
    data = b'ca_module_for_this\nthing\n.'
    assert dill.loads(data) == 'first'
    module.thing = 'second'
    assert dill.loads(data) == 'second'
    other = types.ModuleType('a_module_for_this')
    other.thing = 'third'
    monkeypatch.setitem(sys.modules, 'a_module_for_this', other)
    assert dill.loads(data) == 'third'


def test_audit_event(run_python):
    script = """
import pickle, sys, dill, io, collections
seen = []
sys.addaudithook(lambda event, args: seen.append(args) if event == 'pickle.find_class' else None)
data = pickle.dumps(collections.OrderedDict)
dill.loads(data), dill.load(io.BytesIO(data)), dill.Unpickler(io.BytesIO(data)).load(),
dill.loads(b'cdill.dill\\ncopy\\n.')
print(seen)
"""
    ours = run_python(script).ok()
    assert ours.strip() == str([('collections', 'OrderedDict')] * 3 + [('dill._dill', 'copy')])


class Persistent(dill.Pickler):
    def persistent_id(self, obj):
        return ('id', obj.first) if isinstance(obj, Plain) else None


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_persistent_load(protocol):
    if protocol == 0:
        data = b'(lPan id\na.'
        expected = ['got an id']
    else:
        file = io.BytesIO()
        pickler = Persistent(file, protocol)
        pickler.dump([Plain(5), 'x', Plain(6)])
        data = file.getvalue()
        expected = ["got ('id', 5)", 'x', "got ('id', 6)"]

    class Loads(dill.Unpickler):
        def persistent_load(self, pid):
            return f'got {pid}'

    assert Loads(io.BytesIO(data)).load() == expected
    assigned = dill.Unpickler(io.BytesIO(data), encoding='latin1')
    assigned.persistent_load = lambda pid: f'got {pid}'
    assert assigned.load() == expected
    with pytest.raises(pickle.UnpicklingError, match='persistent'):
        dill.loads(data)


def test_buffers():
    buffers = []
    large = pickle.PickleBuffer(b'x' * 100), pickle.PickleBuffer(bytearray(b'y' * 100))
    data = pickle.dumps(large, 5, buffer_callback=buffers.append)
    read_only, writable = dill.loads(data, buffers=buffers)
    assert bytes(read_only) == b'x' * 100 and bytes(writable) == b'y' * 100
    assert memoryview(read_only).readonly and not memoryview(writable).readonly
    assert [bytes(b) for b in dill.load(io.BytesIO(data), buffers=iter(buffers))] == [b'x' * 100, b'y' * 100]
    assert memoryview(dill.loads(data, buffers=[bytearray(3), b'z'])[0]).readonly
    with pytest.raises(pickle.UnpicklingError, match='not enough'):
        dill.loads(data, buffers=buffers[:1])
    with pytest.raises(pickle.UnpicklingError, match='out-of-band'):
        dill.loads(data)
    with pytest.raises(TypeError):
        dill.loads(data, buffers=5)


def test_encoding_and_errors():
    data = b"(lU\x01\xe9aS'caf\\xe9'\naT\x01\x00\x00\x00\xffa."
    for keywords in (
        {'encoding': 'latin1'},
        {'encoding': 'bytes'},
        {'errors': 'replace'},
        {'encoding': 'utf-8', 'errors': 'ignore'},
    ):
        expected = pickle.loads(data, **keywords)
        assert dill.loads(data, **keywords) == expected
        assert dill.load(io.BytesIO(data), **keywords) == expected
        assert dill.Unpickler(io.BytesIO(data), **keywords).load() == expected
    with pytest.raises(UnicodeDecodeError):
        dill.loads(data)
    with pytest.raises(LookupError):
        dill.loads(data, encoding='no such encoding')
    with pytest.raises(TypeError):
        dill.loads(data, encoding=5)


def test_extension_registry():
    copyreg.add_extension(Plain.__module__, 'Plain', 0xF1)
    copyreg.add_extension(Plain.__module__, 'Slots', 0xF1F1)
    copyreg.add_extension(Plain.__module__, 'Outer', 0x7FF1F1F1)
    try:
        data = pickle.dumps([Plain, Slots, Outer, Plain], 2)
        assert b'\x82' in data and b'\x83' in data and b'\x84' in data
        assert dill.loads(data) == [Plain, Slots, Outer, Plain]
        copyreg.clear_extension_cache()
        assert dill.loads(data) == [Plain, Slots, Outer, Plain]
    finally:
        copyreg.remove_extension(Plain.__module__, 'Plain', 0xF1)
        copyreg.remove_extension(Plain.__module__, 'Slots', 0xF1F1)
        copyreg.remove_extension(Plain.__module__, 'Outer', 0x7FF1F1F1)
    with pytest.raises(ValueError, match='unregistered'):
        dill.loads(data)


# Memo


def test_memo_goes_on_with_the_next_load():
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    part = ['part']
    pickler.dump(part)
    pickler.dump([part, part])
    file.seek(0)
    unpickler = dill.Unpickler(file)
    first = unpickler.load()
    second = unpickler.load()
    assert second[0] is first and second[1] is first


def test_memo_can_be_read_and_set():
    data = pickle.dumps(['a', ['b'], Plain('c')])
    ours, stock = dill.Unpickler(io.BytesIO(data)), pickle.Unpickler(io.BytesIO(data))
    ours.load(), stock.load()
    copied = ours.memo.copy()
    assert copied == stock.memo.copy() and list(copied) == list(range(len(copied)))
    assert pickle.loads(pickle.dumps(ours.memo)) == copied
    other = dill.Unpickler(io.BytesIO(b'h\x01.'))
    other.memo = copied
    assert other.load() == copied[1]
    other = dill.Unpickler(io.BytesIO(b'h\x01.'))
    other.memo = stock.memo
    assert other.load() == copied[1]
    other.memo = {2**40: 'far', 3: 'near'}
    assert other.memo.copy() == {2**40: 'far', 3: 'near'}
    ours.memo.clear()
    assert ours.memo.copy() == {}
    for wrong, error in (([], TypeError), ({'a': 1}, TypeError), ({-1: 1}, ValueError)):
        with pytest.raises(error):
            ours.memo = wrong


def test_memo_after_a_failure():
    unpickler = dill.Unpickler(io.BytesIO(b']\x94\x8c\x02ab\x94\xff'))
    with pytest.raises(pickle.UnpicklingError):
        unpickler.load()
    assert unpickler.memo.copy() == {0: [], 1: 'ab'}


def test_unpickler_is_a_stock_unpickler():
    assert issubclass(dill.Unpickler, pickle.Unpickler)

    class Uninitialized(dill.Unpickler):
        def __init__(self):
            pass

    with pytest.raises(pickle.UnpicklingError, match='__init__'):
        Uninitialized().load()

    class Stock(dill.Unpickler):
        _ignore = False

        def __init__(self, file):
            pickle.Unpickler.__init__(self, file)

    assert Stock(io.BytesIO(pickle.dumps([1, Plain(2)]))).load() == [1, Plain(2)]


def test_main_classes(run_python):
    script = """
import dill, pickle, io
class Local:
    def __init__(self): self.x = 1
old = Local
data = pickle.dumps(Local())
by_value = dill.dumps(Local())
class Local:
    y = 2
assert type(dill.loads(data)) is Local
for load in (dill.loads, lambda data, **k: dill.load(io.BytesIO(data), **k)):
    assert type(load(by_value)) is Local and load(by_value).x == 1
    assert type(load(by_value, ignore=True)) is not Local
    dill.settings['ignore'] = True
    assert type(load(by_value)) is not Local
    assert type(load(by_value, ignore=False)) is Local
    dill.settings['ignore'] = False
print('ok')
"""
    assert run_python(script).ok().strip() == 'ok'


def test_unpickler_in_a_cycle_is_collected():
    data = pickle.dumps([Plain(1)])
    file = io.BytesIO(data)

    class Kept(dill.Unpickler):
        pass

    unpickler = Kept(file)
    loaded = unpickler.load()
    loaded[0].unpickler = unpickler
    gone = weakref.ref(unpickler)
    del unpickler, loaded
    gc.collect()
    assert gone() is None
