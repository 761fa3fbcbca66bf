"""What the native driver does: nesting, memo, savers, errors, files."""

import collections
import copyreg
import gc
import io
import pickle
import pickletools
import sys
import threading
import weakref

import pytest

import dill
from dill import _recording


def nest(kind, depth):
    value = None
    for _ in range(depth):
        value = kind(value)
    return value


class Link:
    def __init__(self, next_):
        self.next = next_


class Reduced:
    def __init__(self, inner):
        self.inner = inner

    def __reduce__(self):
        return (Reduced, (self.inner,))


@pytest.mark.parametrize(
    'kind',
    [lambda x: [x], lambda x: (x,), lambda x: {1: x}, Link, Reduced],
    ids=['list', 'tuple', 'dict', 'instance', 'reduce'],
)
def test_nesting_does_not_use_the_c_stack(kind):
    threading.stack_size(256 * 1024)
    found = []

    def dump():
        value = nest(kind, 100_000)
        found.append(len(dill.dumps(value, byref=True)))
        while value is not None:  # taken apart level by level: dropping it at once would recurse in C
            value = (
                value.next
                if isinstance(value, Link)
                else value.inner
                if isinstance(value, Reduced)
                else value[1]
                if isinstance(value, dict)
                else value[0]
            )

    thread = threading.Thread(target=dump)
    try:
        thread.start()
        thread.join()
    finally:
        threading.stack_size(0)
    assert found and found[0] > 100_000


def test_same_bytes_as_the_stock_pickler_for_a_batch_of_one():
    for size in (0, 1, 2, 999, 1000, 1001, 2000, 2001):
        for value in (list(range(size)), dict.fromkeys(range(size)), set(range(size))):
            assert dill.dumps(value, 4) == pickle._dumps(value, 4)


def test_user_saver_is_called_and_slows_only_its_type():
    class Mine:
        pass

    seen = []

    def save_mine(pickler, obj):
        seen.append(obj)
        pickler.save_reduce(collections.OrderedDict, ([('a', [1, 2])],), obj=obj)

    dill.register(Mine)(save_mine)
    try:
        mine = Mine()
        result = dill.loads(dill.dumps([1, mine, mine, 'text']))
    finally:
        del dill.Pickler.dispatch[Mine]
    assert seen == [mine]
    assert result == [1, collections.OrderedDict(a=[1, 2]), collections.OrderedDict(a=[1, 2]), 'text']
    assert result[1] is result[2]


def test_saver_that_calls_the_stock_savers_and_writes_by_itself():
    class Mine:
        pass

    def save_mine(pickler, obj):
        assert id(obj) not in pickler.memo
        pickler.save(['nested'])
        pickler.write(pickle.POP)
        pickle._Pickler.save_list(pickler, [1, (2, 3), {4: 5}])

    dill.register(Mine)(save_mine)
    try:
        assert dill.loads(dill.dumps({'a': Mine()})) == {'a': [1, (2, 3), {4: 5}]}
    finally:
        del dill.Pickler.dispatch[Mine]


def test_error_of_a_saver_passes():
    class Mine:
        pass

    @dill.register(Mine)
    def save_mine(pickler, obj):
        raise LookupError('not today')

    try:
        with pytest.raises(LookupError, match='not today'):
            dill.dumps([Mine()])
    finally:
        del dill.Pickler.dispatch[Mine]


def test_overridden_save_selects_the_stock_driver():
    class Upper(dill.Pickler):
        def save(self, obj, save_persistent_id=True):
            if type(obj) is str:
                obj = obj.upper()
            super().save(obj, save_persistent_id)

    file = io.BytesIO()
    Upper(file).dump(['a', {'b': 'c'}])
    assert pickle.loads(file.getvalue()) == ['A', {'B': 'C'}]


def test_persistent_id_and_reducer_override():
    class External(dill.Pickler):
        def persistent_id(self, obj):
            return 'the set' if isinstance(obj, set) else None

        def reducer_override(self, obj):
            return (list, ('override',)) if isinstance(obj, bytes) else NotImplemented

    class Internal(dill.Unpickler):
        def persistent_load(self, pid):
            return pid

    file = io.BytesIO()
    External(file).dump([{1}, b'x', 'plain', (1, {2})])
    file.seek(0)
    assert Internal(file).load() == ['the set', list('override'), 'plain', (1, 'the set')]


def test_dispatch_table_of_a_pickler_and_of_copyreg():
    class ByTable:
        pass

    class ByCopyreg:
        pass

    copyreg.pickle(ByCopyreg, lambda obj: (int, ('7',)))
    try:
        assert dill.loads(dill.dumps([ByCopyreg()])) == [7]
        file = io.BytesIO()
        pickler = dill.Pickler(file)
        pickler.dispatch_table = {ByTable: lambda obj: (str, ('table',))}
        pickler.dump([ByTable()])
        assert dill.loads(file.getvalue()) == ['table']
    finally:
        del copyreg.dispatch_table[ByCopyreg]


def test_a_pickler_goes_on_with_its_memo():
    file = io.BytesIO()
    pickler = dill.Pickler(file)
    shared = ['shared']
    pickler.dump(shared)
    pickler.dump([shared, shared])
    assert pickler.memo[id(shared)] == (0, shared)
    file.seek(0)
    unpickler = dill.Unpickler(file)
    first, second = unpickler.load(), unpickler.load()
    assert second == [['shared'], ['shared']]
    assert second[0] is first
    pickler.clear_memo()
    assert len(pickler.memo) == 0


def test_memo_survives_into_the_stock_driver():
    file = io.BytesIO()
    pickler = dill.Pickler(file)
    shared = ['shared']
    pickler.dump(shared)
    pickler.fast = True  # the stock driver's business
    pickler.fast = False
    pickle._Pickler.dump(pickler, [shared])
    file.seek(0)
    unpickler = dill.Unpickler(file)
    assert unpickler.load() is unpickler.load()[0]


def test_pickler_without_init():
    class Forgetful(dill.Pickler):
        def __init__(self):
            pass

    with pytest.raises((pickle.PicklingError, AttributeError)):
        Forgetful().dump(1)


def test_out_of_band_buffers():
    buffers = []
    data = dill.dumps(pickle.PickleBuffer(b'x' * 100), protocol=5, buffer_callback=buffers.append)
    assert len(data) < 50 and len(buffers) == 1
    assert bytes(dill.loads(data, buffers=buffers)) == b'x' * 100
    assert dill.dumps([pickle.PickleBuffer(b'abc'), 'x'], 5) == pickle._dumps([pickle.PickleBuffer(b'abc'), 'x'], 5)


def test_large_dump_streams_in_frames():
    class Counting(io.RawIOBase):
        largest = total = 0

        def write(self, data):
            self.largest = max(self.largest, len(data))
            self.total += len(data)
            return len(data)

    file = Counting()
    dill.dump([str(i) * 20 for i in range(100_000)], file)
    assert file.total > 5_000_000
    assert file.largest < 1 << 20


def test_file_that_fails():
    class Full:
        def write(self, data):
            raise OSError(28, 'No space left on device')

    with pytest.raises(OSError, match='No space'):
        dill.dump([1, 2, 3], Full())


class StockDriver(dill.Pickler):
    def save(self, *args, **kwds):
        super().save(*args, **kwds)


class Acts:
    """Does something while it is pickled."""

    def __init__(self, act):
        self.act = act

    def __reduce__(self):
        self.act()
        return int, ()


def in_a_dict(size):
    names = {i: [i] for i in range(size - 2)}
    names['acts'] = Acts(lambda: names.update(new=1))
    names['last'] = [2]
    return names


def in_a_list(size):
    items = [[i] for i in range(size)]
    items[size // 2] = Acts(items.clear)
    return items


def in_a_list_that_grows(size):
    items = [[i] for i in range(size)]
    items[size // 2] = Acts(lambda: items.append('new'))
    return items


def in_an_instance(size):
    value = Simple()
    value.before, value.acts, value.after = [1], Acts(lambda: setattr(value, 'new', 1)), (2,)
    return value


class Simple:
    pass


def outcome(cls, value, protocol):
    file = io.BytesIO()
    try:
        cls(file, protocol).dump(value)
    except Exception as error:
        return type(error)
    return file.getvalue()


@pytest.mark.parametrize('protocol', range(1, 6))
@pytest.mark.parametrize('size', [3, 40, 999])
@pytest.mark.parametrize('make', [in_a_dict, in_a_list, in_a_list_that_grows, in_an_instance])
def test_objects_that_change_while_they_are_pickled(make, size, protocol):
    """The items of a batch are read before the first is saved: what is changed meanwhile does not count."""
    expected = outcome(StockDriver, make(size), protocol)
    assert isinstance(expected, bytes)
    assert outcome(dill.Pickler, make(size), protocol) == expected
    if protocol >= 4:
        assert dill.dumps(make(size), protocol) == expected


@pytest.mark.parametrize('size', [1001, 2500])
def test_large_dicts_that_change_while_they_are_pickled(size):
    """Between two batches the dict itself is read."""
    value = {i: [i] for i in range(size)}
    value[0] = Acts(lambda: value.update(new=1))
    with pytest.raises(RuntimeError):
        dill.dumps(value)


def test_reducer_that_recurses_gets_a_recursion_error():
    class Endless:
        def __reduce__(self):
            return (dill.copy, (dill.dumps(self),))

    with pytest.raises(RecursionError):
        dill.dumps(Endless())


class Itself:
    def __reduce__(self):
        return (list, ([self],))


class Another:
    def __reduce__(self):
        return (list, ([Another()],))


@pytest.mark.parametrize('endless', [Itself, Another])
def test_reducers_that_never_come_to_an_end(endless):
    with pytest.raises(RecursionError, match='without end'):
        dill.dumps(endless())
    recording = _recording.record([endless(), 1, 2])
    assert [problem['expression'] for problem in recording.problems] == ['obj[0]']


def test_a_memo_that_is_cleared_below_a_cycle_ends_in_an_error(saver):
    @saver(Odd)
    def save_odd(pickler, obj):
        pickler.clear_memo()
        pickler.save(None)

    cycle = [Odd()]
    cycle.append(cycle)
    with pytest.raises(RecursionError, match='without end'):
        dill.dumps(cycle)


def test_reduce_value_that_is_wrong():
    class Wrong:
        value = None

        def __reduce_ex__(self, protocol):
            return self.value

    wrong = Wrong()
    for value, message in [
        (3, 'must return string or tuple'),
        ((int,), 'two to six elements'),
        ((int, [1]), 'must be a tuple'),
        ((3, ()), 'must be callable'),
        ('nowhere', "it's not found as"),
    ]:
        Wrong.value = value
        with pytest.raises(pickle.PicklingError, match=message):
            dill.dumps(wrong, byref=True)


def test_enum_of_main_loads_in_another_process(run_python, run_peer):
    code = (
        'import dill, enum, sys\n'
        'class Colour(enum.Enum):\n'
        '    RED = 1\n'
        '    def shout(self): return self.name + "!"\n'
        'class Flags(enum.IntFlag):\n'
        '    A = 1\n'
        '    B = 2\n'
        'sys.stdout.buffer.write(dill.dumps([Colour.RED, Colour, Flags.A | Flags.B]).hex().encode())\n'
    )
    pickled = run_python(code).ok().strip()
    check = f'import dill; r, c, f = dill.loads(bytes.fromhex({pickled!r})); print(r is c.RED, r.shout(), int(f))'
    assert run_python(check).ok().split() == ['True', 'RED!', '3']
    assert run_peer(check).ok().split() == ['True', 'RED!', '3']


def test_nothing_leaks():
    class Local:
        pass

    def once():
        local = Local()
        local.self = local
        local.function = lambda: local
        reference = weakref.ref(local)
        dill.dumps([local, Local, {'a': local}])
        with pytest.raises(TypeError):
            dill.dumps([local, (x for x in ())])
        return reference

    reference = once()
    gc.collect()
    assert reference() is None
    before = sys.getrefcount(Local)
    for _ in range(50):
        dill.dumps([Local(), Local])
    gc.collect()
    assert sys.getrefcount(Local) <= before + 2


def test_keyboard_interrupt_ends_a_long_dump(run_python):
    code = (
        'import dill, signal\n'
        'class Stop(Exception): pass\n'
        'def stop(*args): raise Stop\n'
        'signal.signal(signal.SIGALRM, stop)\n'
        'value = [None] * 20_000_000\n'
        'dumps = dill._engine.dumps\n'
        'for attempt in range(50):\n'
        '    before = None\n'
        '    signal.setitimer(signal.ITIMER_REAL, 0.01)\n'
        '    try:\n'
        '        before = dumps(value, 4, None, None, None)\n'
        '        while True: pass\n'
        '    except Stop as stopped:\n'
        '        pass\n'
        '    if before is None:\n'
        '        print("interrupted")\n'
        '        break\n'
    )
    assert run_python(code).ok().strip() == 'interrupted'


@pytest.fixture
def saver():
    """saver(type)(function) registers a saver for the time of the test."""
    before = dict(dill.Pickler.dispatch)
    yield dill.register
    dill.Pickler.dispatch.clear()
    dill.Pickler.dispatch.update(before)


class Odd:
    pass


def test_save_reduce_with_a_state_setter_and_no_object(saver):
    @saver(Odd)
    def save_odd(pickler, obj):
        pickler.save_reduce(dict, (), {'a': 1}, state_setter=print)

    # Without an object the setter gets None, as with the stock pickler.
    assert dill.loads(dill.dumps(Odd())) == {}


def test_stock_savers_given_to_other_types(saver):
    class Text(str):
        pass

    class Named(collections.UserDict):
        pass

    dispatch = dill.Pickler.dispatch
    dispatch[Text] = pickle._Pickler.save_str
    dispatch[Named] = pickle._Pickler.save_dict
    dispatch[collections.UserList] = pickle._Pickler.save_list
    value = [Text('a'), Named(b=1), collections.UserList([2, 3])]
    assert dill.loads(dill.dumps(value)) == ['a', {'b': 1}, [2, 3]]


@pytest.mark.parametrize('name', ['cell', 'slice', 'code', 'module', 'module_dict', 'instancemethod0', 'type'])
def test_savers_refuse_objects_of_another_type(saver, name):
    save = getattr(dill._dill, 'save_' + name)
    dill.Pickler.dispatch[Odd] = save
    with pytest.raises(TypeError, match='Odd'):
        dill.dumps(Odd())
    with pytest.raises(TypeError, match='int'):
        save(dill.Pickler(io.BytesIO(), 2), 3)


def test_iterator_of_a_reduce_value_that_saves(saver):
    class Items:
        def __init__(self, pickler):
            self.pickler = pickler

        def __iter__(self):
            self.pickler.save(nest(lambda x: [x], 3000))
            self.pickler.write(pickle.POP)
            return iter([1, 2])

    @saver(Odd)
    def save_odd(pickler, obj):
        pickler.save_reduce(list, (), listitems=Items(pickler), obj=obj)

    assert dill.loads(dill.dumps([Odd()])) == [[1, 2]]


def test_item_pairs_that_are_no_tuples():
    class Pairs:
        def __reduce__(self):
            return (dict, (), None, None, iter([[1, 2], (3, 4), 'ab']))

    assert dill.loads(dill.dumps(Pairs())) == {1: 2, 3: 4, 'a': 'b'}


def test_write_takes_contiguous_bytes_only(saver):
    @saver(Odd)
    def save_odd(pickler, obj):
        pickler.write(memoryview(b'N' * 1000)[::-1])

    with pytest.raises(BufferError):
        dill.dumps(Odd())


def test_buffers_that_change_while_they_are_written():
    data = bytearray(1_000_000)
    refused = []

    class File:
        def write(self, chunk):
            try:
                data.clear()
            except BufferError as error:
                refused.append(error)

    dill.dump([data], File(), 5)
    assert refused  # while the bytes themselves were written
    released = pickle.PickleBuffer(bytearray(b'x' * 100))
    pickled = dill.dumps(released, 5, buffer_callback=lambda buffer: (buffer.release(), True)[1])
    assert dill.loads(pickled) == b'x' * 100


def test_a_save_that_failed_leaves_nothing_behind(saver):
    class Full:
        def write(self, data):
            raise OSError('full')

    failures = []

    @saver(Odd)
    def save_odd(pickler, obj):
        try:
            pickler.save([[[str(i) * 50 for i in range(20_000)]]])
        except OSError as error:
            failures.append(error)
        pickler.save('after')

    with pytest.raises(OSError, match='full'):
        dill.dump([Odd(), 1], Full())
    assert len(failures) == 1


def test_class_that_lies_about_itself_is_refused_as_by_the_stock_pickler():
    class Liar:
        @property
        def __class__(self):
            return int

    with pytest.raises(pickle.PicklingError, match='wrong class'):
        dill.dumps(Liar())


def test_metaclass_is_not_asked_how_its_instances_reduce():
    class Meta(type):
        def __getattribute__(cls, name):
            if name == '__reduce_ex__':
                raise ZeroDivisionError
            return type.__getattribute__(cls, name)

    cls = Meta('cls', (), {'__module__': __name__})
    with pytest.warns(dill.PicklingWarning), pytest.raises(pickle.PicklingError, match='not found'):
        dill.dumps(cls(), byref=True)


def test_persistent_id_is_asked_for_the_same_objects_as_by_the_stock_pickler():
    def asked(base):
        class Asking(base):
            def persistent_id(self, obj):
                seen.append(obj)
                return ('list', ('id',)) if type(obj) is list else None

        seen = []
        file = io.BytesIO()
        Asking(file, 4).dump([1])
        return seen, file.getvalue()

    assert asked(dill.Pickler) == asked(pickle._Pickler)


def test_memo_of_a_pickler_does_not_keep_its_owner_alive():
    class Owner:
        def __getstate__(self):
            return {}

    owner = Owner()
    owner.pickler = dill.Pickler(io.BytesIO())
    owner.pickler.dump([owner])
    reference = weakref.ref(owner)
    del owner
    gc.collect()
    assert reference() is None


def test_another_thread_may_not_use_a_pickler_that_dumps(saver):
    errors = []

    @saver(Odd)
    def save_odd(pickler, obj):
        def intrude():
            with pytest.raises(RuntimeError, match='another thread') as caught:
                pickler.dump([1])
            errors.append(caught)

        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()
        pickler.save('mine')

    assert dill.loads(dill.dumps([Odd()])) == ['mine']
    assert len(errors) == 1


def test_pickler_that_cannot_be_attached():
    class Frozen(dill.Pickler):
        def __setattr__(self, name, value):
            if name == 'write' and self.__dict__.get('_driver') is not None:
                raise ZeroDivisionError
            super().__setattr__(name, value)

    pickler = Frozen(io.BytesIO())
    with pytest.raises(ZeroDivisionError):
        pickler.dump([1])
    with pytest.raises(RuntimeError, match='has ended'):
        pickler.save([1, 2])


def test_streams_name_no_private_module():
    names = {
        argument
        for opcode, argument, _ in pickletools.genops(dill.dumps([lambda: 1, type('T', (), {}), range(3)]))
        if isinstance(argument, str)
    }
    assert 'dill._dill' in names
    assert not any(name.startswith(('dill._create', 'dill._engine', 'dill._shims')) for name in names)
