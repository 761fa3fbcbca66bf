"""What a program with types says of dill; `./dev check` runs mypy --strict over it, nothing runs the program itself."""

import io
from collections.abc import Callable
from typing import Any

from typing_extensions import assert_type

import dill
import dill.source


class Point:
    def __init__(self, x: int) -> None:
        self.x = x


class Pickler(dill.Pickler):
    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        dill.Pickler.save(self, obj, save_persistent_id=save_persistent_id)

    def persistent_id(self, obj: Any) -> Any:
        return 'point' if isinstance(obj, Point) else None


class Unpickler(dill.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return super().find_class(module, name)

    def persistent_load(self, pid: Any) -> Any:
        return Point(0)


@dill.register(Point)
def save_point(pickler: dill.Pickler, obj: Point) -> None:
    pickler.save_reduce(Point, (obj.x,), obj=obj)


saver: Callable[[dill.Pickler, Point], None] = save_point  # register() gives back what it was given
dill.pickle(Point, save_point)

data = dill.dumps(lambda x: x, protocol=5, recurse=True, byref=False, fmode=dill.HANDLE_FMODE)
assert_type(data, bytes)
assert_type(dill.loads(data, ignore=True, allow=['builtins.len', Point]), Any)
assert_type(dill.copy(Point(1), recurse=True), Point)
assert_type(dill.copy([1, 2]), list[int])
assert_type(dill.pickles(Point(1), exact=True), bool)

file = io.BytesIO()
dill.dump([1], file)
dill.dump({'a': 1}, file, 4, buffer_callback=None)
file.seek(0)
assert_type(dill.load(file), Any)
with open('file.pkl', 'wb') as written:
    dill.dump(1, written)
    Pickler(written, 4, recurse=True).dump(Point(1))
with open('file.pkl', 'rb') as read:
    assert_type(dill.load(read, encoding='latin1'), Any)
    assert_type(Unpickler(read, ignore=True).load(), Any)

dill.settings['recurse'] = True
dill.check(Point(1), verbose=True)
dill.extend(use_dill=False)
assert_type(dill.__version__, str)
highest: int = dill.HIGHEST_PROTOCOL
try:
    dill.dumps(1)
except (dill.PicklingError, dill.UnpicklingError, dill.PickleError):
    pass
except dill.PicklingWarning as warning:
    assert_type(warning.args, tuple[Any, ...])

dill.explore(Point(1), block=True)
assert_type(dill.source.getsource(Point), str)
assert_type(dill.source.importable(Point), str)

assert_type(dill.dump_module('session.pkl', on_error='skip', exclude=['big', int]).names, list[str])
dill.dump_module(refimported=True, include=lambda name, value: name.startswith('x'))
dill.load_module(file, names=['x'])
assert_type(dill.load_module_asdict('session.pkl'), dict[str, Any])
try:
    dill.dump_module('session.pkl')
except dill.session.SessionError as error:
    assert_type([failure.path for failure in error.failures], list[str])

assert_type(dill.detect.badobjects(file, deep=True), dict[str, Any])
assert_type(dill.detect.errors(file, deep=True), dict[str, BaseException])
assert_type(dill.detect.baditems([1]), list[Any])
assert_type(dill.detect.globalvars(save_point), dict[str, Any])
with dill.detect.trace('trace.txt', mode='w') as log:
    log('%s', 1)
dill.detect.trace(True)
assert_type(dill.temp.dumpIO(1), io.BytesIO)
with dill.temp.capture('stderr') as captured:
    assert_type(captured.getvalue(), str)
assert_type(dill.pointers.parents(file, list, depth=2), list[Any])
dill.load_types(pickleable=True, unpickleable=False)
assert_type(dill.objects['x'], Any)
assert_type(dill.types.CodeType, Any)

# What is wrong must be said to be wrong; an ignore that nothing needs is an error of its own.
dill.dumps(1, no_such=2)  # type: ignore[call-arg]
dill.loads('text')  # type: ignore[arg-type]
dill.dump(1, 'name.pkl')  # type: ignore[arg-type]
dill.no_such  # type: ignore[attr-defined]
