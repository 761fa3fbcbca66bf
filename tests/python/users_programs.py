"""Programs as other libraries are: each subclasses, replaces, assigns or reads what they do, and prints what comes out.

test_users_contract.py runs each under ours and under upstream's dill and compares what they print. The name of a program
says what it does, the comment above it who does that.
"""

PRELUDE = """
import collections, copyreg, functools, io, pickle, sys, types
import dill
import dill._dill as d

class Point:
    def __init__(self, *xs): self.xs = list(xs)
    def __eq__(self, other): return vars(self) == vars(other)

def outer(by):
    def inner(value): return value + by
    return inner

def double(value): return 2 * value

def samples():
    point = Point(1, 2)
    return [
        [1, 'a', 'a', b'b', 2.5, None, True, ..., NotImplemented, 10**30], {'b': 1, 'a': {'c': (1, 2)}}, {1}, frozenset({2}),
        outer(3), double, lambda x: x + 1, Point, point, [point, point], point.__init__, len, int, type(None), collections,
        functools.partial(int, base=2), slice(1, 2), range(3), property(double), classmethod(double), double.__code__,
        collections.OrderedDict(a=1), collections.defaultdict(list, a=[1]), bytearray(b'x'), complex(1, 2), Ellipsis,
    ]

def write(pickler_class, obj, *args, **kwds):
    file = io.BytesIO()
    pickler = pickler_class(file, *args, **kwds)
    pickler.dump(obj)
    return file.getvalue()

def show(pickler_class, *args, **kwds):
    for sample in samples():
        try:
            print(write(pickler_class, sample, *args, **kwds).hex())
        except Exception as error:
            print(type(error).__name__)
"""

PROGRAMS = {}


def program(name, text):
    assert name not in PROGRAMS
    PROGRAMS[name] = text


# multiprocess: reduction.py
program(
    'forking_pickler',
    """
class ForkingPickler(dill.Pickler):
    _extra_reducers = {}
    _copyreg_dispatch = copyreg.dispatch_table
    def __init__(self, *args, **kwds):
        super().__init__(*args, **kwds)
        self.dispatch_table = collections.ChainMap({}, self._copyreg_dispatch).new_child(self._extra_reducers)
    @classmethod
    def register(cls, type, reduce): cls._extra_reducers[type] = reduce
    @classmethod
    def dumps(cls, obj, protocol=None, *args, **kwds):
        buf = io.BytesIO()
        cls(buf, protocol, *args, **kwds).dump(obj)
        return buf.getbuffer()
    loads = dill.loads
ForkingPickler.register(type(Point(1).__init__), lambda m: (getattr, (m.__self__, m.__func__.__name__)))
ForkingPickler.register(Point, lambda p: (Point, (*p.xs, 'reduced')))
show(ForkingPickler)
print(ForkingPickler.loads(ForkingPickler.dumps(Point(1))).xs, ForkingPickler.loads(ForkingPickler.dumps(outer(2)))(1))
print(ForkingPickler.loads(bytes(ForkingPickler.dumps(Point(5).__init__, 2))).__self__.xs)
""",
)

# datasets: utils/_dill.py
program(
    'hashing_pickler',
    """
class Pickler(dill.Pickler):
    dispatch = d.MetaCatchingDict(dill.Pickler.dispatch.copy())
    _legacy_no_dict_keys_sorting = False
    def save(self, obj, save_persistent_id=True):
        if type(obj) is Point and type(obj) not in self.dispatch:
            Pickler.dispatch[Point] = lambda pickler, obj: pickler.save_reduce(Point, tuple(obj.xs), obj=obj)
        dill.Pickler.save(self, obj, save_persistent_id=save_persistent_id)
    def _batch_setitems(self, items, *args, **kwargs):
        if not self._legacy_no_dict_keys_sorting:
            try: items = sorted(items)
            except Exception: items = sorted(items, key=str)
        return super()._batch_setitems(items, *args, **kwargs)
    def memoize(self, obj):
        if type(obj) is not str: dill.Pickler.memoize(self, obj)
def save_set(pickler, obj):
    pickler.save_reduce(set, (sorted(obj),), obj=obj)
Pickler.dispatch[set] = save_set
def save_code(pickler, obj):
    args = (obj.co_argcount, obj.co_names, obj.co_consts, obj.co_code, '' if obj.co_name == '<lambda>' else obj.co_filename)
    pickler.save_reduce(types.CodeType, args, obj=obj)
Pickler.dispatch[types.CodeType] = save_code
show(Pickler, recurse=True)
print(write(Pickler, {3, 1, 2}, recurse=True).hex(), write(Pickler, {'b': 1, 'a': 2}).hex())
from unittest.mock import patch
with patch.object(Pickler, '_legacy_no_dict_keys_sorting', True):
    print(write(Pickler, {'b': 1, 'a': 2}).hex())
""",
)

# datasets' own tests: the hook must be hit
program(
    'patched_globalvars',
    """
from unittest.mock import patch
import dill.detect
real = dill.detect.globalvars
def uses(value): return double(value), Point, outer
orders = [{'double': double, 'outer': outer}, {'outer': outer, 'double': double}]
for order in orders:
    with patch('dill.detect.globalvars', side_effect=lambda func, *args, **kwds: order if func is uses else {}) as mock:
        print(dill.dumps(uses, recurse=True).hex(), mock.call_args_list[0][0][0] is uses, mock.call_args_list[0][1])
print(dill.detect.globalvars is real, dill.dumps(uses, recurse=True).hex())
""",
)

# localstack: state/pickle.py
program(
    'catching_dict_per_instance',
    """
class SubclassAware(d.MetaCatchingDict):
    def __missing__(self, key):
        if issubclass(key, Point):
            return self[Point]
        return super().__missing__(key)
class Pickler(dill.Pickler):
    def __init__(self, *args, **kwds):
        super().__init__(*args, **kwds)
        self.dispatch = SubclassAware(self.dispatch)
        self.dispatch[Point] = lambda pickler, obj: pickler.save_reduce(type(obj), tuple(obj.xs), obj=obj)
class Pixel(Point): pass
show(Pickler)
print(write(Pickler, [Pixel(1), Point(2)]).hex())
print(write(dill.Pickler, Point(2)).hex())
""",
)

# localstack-ext, meerkat: a dispatch_table of the class
program(
    'dispatch_table_of_the_class',
    """
class Pickler(dill.Pickler):
    dispatch_table = copyreg.dispatch_table.copy()
Pickler.dispatch_table[Point] = lambda p: (Point, ('table', *p.xs))
show(Pickler)
class Plain(dill.Pickler): pass
pickler = Plain(io.BytesIO())
pickler.dispatch_table = {Point: lambda p: (Point, ('instance',))}
pickler.dump(Point(1))
print(pickler._file_write.__self__.getvalue().hex())
""",
)

# allenai/tango: common/det_hash.py, integrations/torch/format.py
program(
    'persistent_ids',
    """
class Hasher(dill.Pickler):
    def save(self, obj, save_persistent_id=True):
        super().save(obj, save_persistent_id)
    def persistent_id(self, obj):
        return obj.xs[0] if isinstance(obj, Point) else None
file = io.BytesIO()
Hasher(file=file, protocol=4, recurse=True).dump([Point('one'), {'k': Point('two')}, outer(1)])
print(file.getvalue().hex())
class OnlyIds(dill.Pickler):
    def persistent_id(self, obj):
        return ('array', len(obj)) if isinstance(obj, bytearray) else None
show(OnlyIds)
for protocol in (0, 1, 2, 5):
    class Unpickler(dill.Unpickler):
        def persistent_load(self, pid): return pid
    data = write(OnlyIds, [bytearray(3), 1] if protocol else 1, protocol)
    print(Unpickler(file=io.BytesIO(data)).load())
""",
)

# Parsl: serialize/proxystore.py; others
program(
    'reducer_override',
    """
class Pickler(dill.Pickler):
    def reducer_override(self, obj):
        if isinstance(obj, Point):
            return Point, ('overridden',)
        if obj is double:
            return getattr, (Point, '__init__')
        return NotImplemented
show(Pickler)
print(dill.loads(write(Pickler, [Point(1), double]))[0].xs)
""",
)

# mlem: utils/module.py; the pickler as a walker of graphs
program(
    'walker_without_output',
    """
class Walker(dill.Pickler):
    dispatch = dill.Pickler.dispatch.copy()
    def __init__(self):
        super().__init__(io.BytesIO(), recurse=True)
        self.memo = collections.defaultdict(lambda: None)
        self.write = lambda *args: None
        self.memoize = self.remember
        self.framer.write = lambda *args: None
        self.seen = []
    def remember(self, obj):
        self.memo[id(obj)] = None, obj
    def save(self, obj, save_persistent_id=True):
        if id(obj) in self.memo: return
        self.seen.append(type(obj).__name__)
        return super().save(obj, save_persistent_id)
def save_function(walker, obj): walker.seen.append('function ' + obj.__name__)
Walker.dispatch[types.FunctionType] = save_function
walker = Walker()
walker.dump([Point(1), outer(1), {'a': double}, (1, 2), 'x'])
print(walker.seen)
""",
)

# A native snapshot tool: what is the same object, and what an instance may have replaced
program(
    'identities',
    """
print(dill.Pickler.persistent_id is pickle._Pickler.persistent_id, issubclass(dill.Pickler, pickle._Pickler),
      issubclass(dill.Unpickler, pickle._Unpickler), issubclass(dill.Unpickler, pickle.Unpickler))
stock = dict(type_none=(type(None), 'save_none'), type_bool=(bool, 'save_bool'), type_int=(int, 'save_long'),
             type_float=(float, 'save_float'), type_bytes=(bytes, 'save_bytes'), type_str=(str, 'save_str'),
             type_tuple=(tuple, 'save_tuple'), type_list=(list, 'save_list'), type_set=(set, 'save_set'),
             type_frozenset=(frozenset, 'save_frozenset'))
print([dill.Pickler.dispatch[t] is getattr(pickle._Pickler, name) for t, name in stock.values()])
print(dill.Pickler.dispatch[dict] is d.save_module_dict, type(d.save_function) is types.FunctionType,
      type(dill.Pickler.dispatch).__name__, type(dill.Pickler.dispatch.copy()).__name__,
      type(type(dill.Pickler.dispatch)(dill.Pickler.dispatch)).__name__)
print(dill.settings is dill.Pickler.settings is dill.Unpickler.settings, dill.settings is sys.modules['dill.settings'].settings)
for name in 'PickleError PicklingError UnpicklingError'.split():
    print(getattr(dill, name) is getattr(pickle, name), getattr(d, name) is getattr(pickle, name))
print([issubclass(getattr(dill, name), Warning) for name in 'PickleWarning PicklingWarning UnpicklingWarning'.split()])
print(d.StockPickler is pickle._Pickler, d.StockUnpickler.__name__, d._main_module is sys.modules['__main__'], d.IS_PYPY)
print(dill.DEFAULT_PROTOCOL, dill.HIGHEST_PROTOCOL, dill.HANDLE_FMODE, dill.CONTENTS_FMODE, dill.FILE_FMODE)
print(dill.__version__, [int(part) for part in dill.__version__.split('.')], dill.__name__)
""",
)

program(
    'attributes_of_a_pickler',
    """
file = io.BytesIO()
pickler = dill.Pickler(file, 4, byref=True, fmode=1, recurse=True)
print(pickler.memo, type(pickler.framer).__name__, pickler.proto, pickler.bin, pickler._byref, pickler._recurse,
      pickler._fmode, pickler._strictio, pickler._session, pickler._file is file,
      pickler._main is d._main_module, type(pickler._postproc).__name__)
for name in 'write dump save memoize get save_reduce save_global save_pers persistent_id clear_memo _batch_appends'.split():
    print(name, callable(getattr(pickler, name)))
for name in 'start_framing end_framing commit_frame current_frame write'.split():
    print(name, hasattr(pickler.framer, name))
pickler.dump([1, (2, 3), 'x'])
print(sorted(index for index, _ in pickler.memo.values()), len(pickler.memo))
one, two = io.BytesIO(), io.BytesIO()
shared = ['shared']
first = dill.Pickler(one); first.dump([shared, outer(1)])
second = dill.Pickler(two); second.memo = first.memo; second.dump(shared)
print(two.getvalue().hex())
native = pickle.Pickler(io.BytesIO(), 4); native.dump([1, 2]); stock = pickle._Pickler(io.BytesIO(), 4)
stock.memo = first.memo
print(id(shared) in stock.memo, first.memo[id(shared)][1] is shared)
""",
)

program(
    'replaced_on_an_instance',
    """
def fresh():
    file = io.BytesIO()
    return dill.Pickler(file, 4), file
value = [Point(1), outer(2), 'text', {'a': (1, 2)}, Point]
for name in ('save', 'write', 'memoize', 'persistent_id', 'save_reduce', 'save_global', '_batch_setitems', 'save_pers'):
    pickler, file = fresh()
    calls = []
    real = getattr(pickler, name)
    def spy(*args, **kwds):
        calls.append(1)
        return real(*args, **kwds)
    setattr(pickler, name, spy)
    pickler.dump(value)
    print(name, name in ('save_pers',) or len(calls) > 0, file.getvalue().hex())
pickler, file = fresh()
pickler.framer.write = lambda data: print('never called')
pickler.dump([1, 2])
print(file.getvalue().hex())
""",
)

program(
    'copied_body_of_save',
    """
class Pickler(dill.Pickler):
    def save(self, obj, save_persistent_id=True):
        self.framer.commit_frame()
        pid = self.persistent_id(obj)
        if pid is not None and save_persistent_id:
            self.save_pers(pid)
            return
        x = self.memo.get(id(obj))
        if x is not None:
            self.write(self.get(x[0]))
            return
        t = type(obj)
        f = self.dispatch.get(t)
        if f is not None:
            f(self, obj)
            return
        reduce = getattr(self, 'dispatch_table', copyreg.dispatch_table).get(t)
        if reduce is not None:
            rv = reduce(obj)
        elif issubclass(t, type):
            self.save_global(obj)
            return
        else:
            rv = obj.__reduce_ex__(self.proto)
        if isinstance(rv, str):
            self.save_global(obj, rv)
            return
        self.save_reduce(obj=obj, *rv)
for protocol in (2, 4):
    show(Pickler, protocol)
""",
)

program(
    'dispatch_is_patched',
    """
def point(pickler, obj): pickler.save_reduce(Point, ('patched',), obj=obj)
dill.Pickler.dispatch[Point] = point
print(dill.dumps(Point(1)).hex(), Point in pickle._Pickler.dispatch)
print(dill.Pickler.dispatch.pop(Point, None) is point, dill.Pickler.dispatch.pop(Point, None))
print(dill.dumps(Point(1)).hex())
real = dill.Pickler.dispatch[set]
dill.pickle(set, lambda pickler, obj: pickler.save_reduce(set, (sorted(obj),), obj=obj))
print(dill.dumps({3, 1}).hex())
dill.pickle(set, real)
print(dill.dumps({3}).hex(), dill.Pickler.dispatch[set] is real)
@dill.register(Point)
def registered(pickler, obj): pickler.save_reduce(Point, ('registered',), obj=obj)
print(dill.dumps(Point(1)).hex(), registered.__name__, dill.Pickler.dispatch.get(Point) is registered)
save_type = dill.Pickler.dispatch[type]
@dill.register(type)
def traced(pickler, obj, *args, **kwds):
    print('type', obj.__name__)
    return save_type(pickler, obj, *args, **kwds)
print(dill.dumps([Point, int]).hex())
class Meta(type): pass
class Made(metaclass=Meta): pass
print(dill.dumps(Made).hex(), dill.Pickler.dispatch.get(Meta) is None, Meta in dill.Pickler.dispatch)
""",
)

# beam, unsloth, and many small programs: names of dill._dill that are assigned
program(
    'assigned_names',
    """
real_code, real_type, real_dict, real_builtin = d.save_code, d.save_type, d.save_module_dict, d._is_builtin_module
seen = []
@dill.register(types.CodeType)
def save_code(pickler, obj):
    seen.append('code')
    return real_code(pickler, obj)
d.save_code = save_code
print(dill.dumps(outer(1)).hex(), seen)
def save_module_dict(pickler, obj):
    seen.append('dict')
    return real_dict(pickler, obj)
d.save_module_dict = save_module_dict
d.Pickler.dispatch[dict] = save_module_dict
del seen[:]
print(dill.dumps([{}, double]).hex(), seen.count('dict') > 1)
d.Pickler.dispatch[dict] = d.save_module_dict = real_dict
dill.Pickler.dispatch[types.CodeType] = d.save_code = real_code
module = types.ModuleType('plain_module'); module.x = 1
sys.modules['plain_module'] = module
print(len(dill.dumps(module)) > 60)
d._is_builtin_module = lambda module: True
print(dill.dumps(module).hex())
d._is_builtin_module = real_builtin
print(real_builtin(module), real_builtin(sys), d._is_imported_module(module))
""",
)

# bilby, meerkat, CPU_Unpickler; models of Python 2
program(
    'unpicklers',
    """
class Renaming(dill.Unpickler):
    def find_class(self, module, name):
        return super().find_class({'gone': 'collections'}.get(module, module), {'Gone': 'OrderedDict'}.get(name, name))
    def persistent_load(self, pid): return 'loaded ' + str(pid)
data = pickle.dumps(collections.OrderedDict(a=1), 0).replace(b'ccollections\\nOrderedDict', b'cgone\\nGone')
print(Renaming(io.BytesIO(data)).load())
print(Renaming(io.BytesIO(b'Pthe id\\n.')).load(), Renaming(io.BytesIO(b'\\x80\\x04\\x8c\\x01xQ.')).load())
unpickler = dill.Unpickler(io.BytesIO(b'\\x80\\x04\\x8c\\x01xQ.'), encoding='ascii', fix_imports=True, errors='strict')
unpickler.persistent_load = lambda pid: pid * 3
print(unpickler.load())
old = b"\\x80\\x02U\\x02\\xe4b."
print(repr(dill.Unpickler(io.BytesIO(old), encoding='latin1').load()), dill.loads(old, encoding='bytes'))
print(dill.Unpickler(io.BytesIO(old), encoding='ascii', errors='replace').load())
buffers = [b'out of band']
print(dill.loads(pickle.dumps(pickle.PickleBuffer(b'out of band'), 5, buffer_callback=lambda b: None), buffers=buffers))
d._reverse_typemap['ClassType'] = type
d._reverse_typemap['ObjectType'] = object
print(dill.loads(b"cdill.dill\\n_load_type\\n(S'ClassType'\\ntR."), dill.loads(b"cdill._dill\\n_load_type\\n(S'ObjectType'\\ntR."))
d._reverse_typemap['MadeUp'] = Point
print(dill.loads(b"cdill._dill\\n_load_type\\n(S'MadeUp'\\ntR.") is Point)
file = io.BytesIO(dill.dumps(1, 3) + dill.dumps([2], 3) + dill.dumps(outer(3), 3))
unpickler = dill.Unpickler(file=file)
print(unpickler.load(), unpickler.load(), unpickler.load()(1))
print(dill.load(io.BytesIO(dill.dumps(Point(1))), ignore=True).xs, dill.Unpickler(io.BytesIO(b''), ignore=True)._ignore)
sys.modules['dill.dill'] = dill.dill = d
import dill.dill
print(dill.dill.Pickler is dill.Pickler, dill.loads(b'cdill.dill\\n_import_module\\n(Vcollections\\ntR.').__name__)
""",
)

# torch: serialization.py
program(
    'torch_like_module',
    """
pickle_module = dill
assert pickle_module.__name__ == 'dill'
from types import SimpleNamespace
stored = {}
class PyTorchPickler(pickle_module.Pickler):
    def persistent_id(self, obj):
        if isinstance(obj, SimpleNamespace):
            stored[obj.key] = obj
            return ('storage', obj.key)
        return None
storage = SimpleNamespace(key='0')
data = write(PyTorchPickler, {'w': storage, 'again': storage, 'f': outer(1)}, protocol=2)
print(data.hex())
class UnpicklerWrapper(pickle_module.Unpickler):
    def find_class(self, mod_name, name):
        return super().find_class(mod_name, name)
unpickler = UnpicklerWrapper(io.BytesIO(data), encoding='utf-8')
unpickler.persistent_load = lambda saved: stored[saved[1]]
result = unpickler.load()
print(result['w'] is result['again'] is storage, result['f'](1))
file = io.BytesIO()
for value in (119547037146038801333356, 1001, {'protocol_version': 1001}):
    pickle_module.dump(value, file, protocol=2)
file.seek(0)
print([pickle_module.load(file, encoding='utf-8') for _ in range(3)], file.read())
""",
)

# joblib, klepto, alpaca: dill's savers in picklers that are not dill's
program(
    'foreign_picklers',
    """
class Foreign(pickle._Pickler):
    dispatch = pickle._Pickler.dispatch.copy()
show(Foreign, 4)
class Hasher(pickle._Pickler):
    dispatch = pickle._Pickler.dispatch.copy()
    def memoize(self, obj):
        if not isinstance(obj, (bytes, str)): super().memoize(obj)
    def save_global(self, obj, name=None): super().save_global(obj, name)
Hasher.dispatch[type(d.save_function)] = d.save_function
show(Hasher, 3)
print([d.is_dill(pickler) for pickler in (Foreign(io.BytesIO()), dill.Pickler(io.BytesIO()))],
      d.is_dill(type('Child', (dill.Pickler,), {})(io.BytesIO()), child=False))
class Reduces:
    def __reduce__(self): return dill.loads, (pickle.dumps(len),)
print(dill.loads(dill.dumps([Reduces()])))
for function, value in ((d.save_property, property(double)), (d.save_code, double.__code__), (d.save_function, outer(1)),
                        (d.save_type, Point), (d.save_module, collections), (d.save_module_dict, {'a': 1})):
    file = io.BytesIO()
    pickler = pickle._Pickler(file, 4)
    pickler.framer.start_framing()
    try:
        function(pickler, value)
        pickler.write(b'.')
        pickler.framer.end_framing()
        print(file.getvalue().hex())
    except Exception as error:
        print(type(error).__name__)
""",
)

# torchdata, alibi
program(
    'extend',
    """
def knows(): return [t in pickle._Pickler.dispatch for t in (types.CodeType, types.ModuleType, property, types.CellType)]
print(knows())
dill.extend(use_dill=False)
print(knows(), dill.loads(dill.dumps(outer(1)))(1))
dill.extend()
print(knows())
d._revert_extension(); print(knows()); d._extend(); print(knows())
""",
)

# Feast, Airflow, reflex, Prefect-like caches
program(
    'settings_and_keywords',
    """
def uses(value): return double(value)
uses.__module__ = '__main__'
print(dill.dumps(uses, recurse=True).hex(), len(dill.dumps(uses)))
for name, value in (('recurse', True), ('byref', True), ('protocol', 2), ('fmode', 1)):
    old = dill.settings[name]
    dill.settings[name] = value
    print(name, dill.dumps([uses, Point]).hex())
    dill.settings[name] = old
print(dill.dumps(Point(1), 2).hex(), dill.dumps(Point(1), protocol=3, byref=False, fmode=0, recurse=False).hex())
file = io.BytesIO(); dill.dump(Point(1), file, 4, True); print(file.getvalue().hex())
print(dill.copy([1, (2,)]), dill.copy(Point(3)).xs, dill.pickles(double), dill.pickles(x for x in ()))
for bad in ((x for x in ()), sys._getframe()):
    try:
        dill.dumps(bad)
    except (pickle.PicklingError, AttributeError, IndexError, TypeError, ValueError) as error:
        print(type(error).__name__)
""",
)

# pret, nuitka, mlem: helpers by name
program(
    'helpers_by_name',
    """
import dill.detect
function = d._create_function(double.__code__, {'__builtins__': __builtins__}, 'made', None, None)
print(function(2), function.__name__)
print(d._import_module('os.path').__name__)
print(d._import_module('no.such', safe=True), d._load_type('CodeType') is types.CodeType, d._getattribute(Point, '__init__')[1])
print(d._locate_function(double), d._locate_function(print), d._locate_function(collections.namedtuple))
target = {}
print(d._setitems(target, {'a': 1}), target, d._typemap[types.CodeType], d._reverse_typemap['FunctionType'] is types.FunctionType)
print(d._create_namedtuple('Pair', ('a', 'b'), 'nowhere')(1, 2), d._create_type(type, 'T', (), {'x': 1}).x)
print([getattr(d, name).__name__ for name in 'FunctionType CodeType ModuleType TypeType EllipsisType NotImplementedType'.split()])
print(d.ClassType, d.DictProxyType.__name__, d.__builtin__.__name__)
print(dill.detect.nestedglobals(lambda: double(Point)), sorted(dill.detect.globalvars(lambda: double(Point))),
      dill.detect.freevars(outer(4)), dill.detect.code(double) is double.__code__)
""",
)
