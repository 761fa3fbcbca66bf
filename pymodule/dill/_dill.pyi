"""The typed part of dill._dill. Its other names are those that streams and other libraries look up: not typed."""

from collections.abc import Callable, Iterable
from pickle import DEFAULT_PROTOCOL as DEFAULT_PROTOCOL
from pickle import HIGHEST_PROTOCOL as HIGHEST_PROTOCOL
from pickle import PickleBuffer
from pickle import PickleError as PickleError
from pickle import PicklingError as PicklingError
from pickle import Unpickler as StockUnpickler
from pickle import UnpicklingError as UnpicklingError
from pickle import _Pickler as StockPickler
from types import ModuleType
from typing import Any, ClassVar, Protocol, TypeVar

__all__ = [
    'dump',
    'dumps',
    'load',
    'loads',
    'copy',
    'Pickler',
    'Unpickler',
    'register',
    'pickle',
    'pickles',
    'check',
    'DEFAULT_PROTOCOL',
    'HIGHEST_PROTOCOL',
    'HANDLE_FMODE',
    'CONTENTS_FMODE',
    'FILE_FMODE',
    'PickleError',
    'PickleWarning',
    'PicklingError',
    'PicklingWarning',
    'UnpicklingError',
    'UnpicklingWarning',
]

_T = TypeVar('_T')
_Saver = TypeVar('_Saver', bound=Callable[..., object])
# What may stand in `allow`: 'module.name', a module, a global of one.
_Allowed = Iterable[str | ModuleType | Callable[..., Any]]

class _Writable(Protocol):
    def write(self, data: bytes, /) -> object: ...

class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def readline(self) -> bytes: ...

HANDLE_FMODE: int
CONTENTS_FMODE: int
FILE_FMODE: int
IS_PYPY: bool

class PickleWarning(Warning, PickleError): ...
class PicklingWarning(PickleWarning, PicklingError): ...
class UnpicklingWarning(PickleWarning, UnpicklingError): ...

class MetaCatchingDict(dict[Any, Any]):
    def get(self, key: Any, default: Any = None) -> Any: ...
    def __missing__(self, key: Any) -> Any: ...

class Pickler(StockPickler):
    dispatch: ClassVar[MetaCatchingDict]
    settings: ClassVar[dict[str, Any]]
    memo: dict[int, tuple[int, Any]]
    def __init__(
        self,
        file: _Writable,
        protocol: int | None = None,
        *,
        fix_imports: bool = True,
        buffer_callback: Callable[[PickleBuffer], Any] | None = None,
        byref: bool | None = None,
        fmode: int | None = None,
        recurse: bool | None = None,
    ) -> None: ...
    def dump(self, obj: Any) -> None: ...
    def save(self, obj: Any, save_persistent_id: bool = True) -> None: ...
    def save_reduce(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        state: Any = None,
        listitems: Iterable[Any] | None = None,
        dictitems: Iterable[tuple[Any, Any]] | None = None,
        state_setter: Callable[[Any, Any], object] | None = None,
        *,
        obj: Any = None,
    ) -> None: ...
    def save_global(self, obj: Any, name: str | None = None) -> None: ...
    def memoize(self, obj: Any) -> None: ...

class Unpickler(StockUnpickler):
    settings: ClassVar[dict[str, Any]]
    memo: Any
    def __init__(
        self,
        file: _Readable,
        *,
        fix_imports: bool = True,
        encoding: str = 'ASCII',
        errors: str = 'strict',
        buffers: Iterable[Any] | None = None,
        ignore: bool | None = None,
        allow: _Allowed | None = None,
    ) -> None: ...
    def find_class(self, module: str, name: str) -> Any: ...
    def load(self) -> Any: ...

def is_dill(pickler: Any, child: bool | None = None) -> bool: ...
def register(t: type) -> Callable[[_Saver], _Saver]: ...
def pickle(t: type, func: Callable[..., object]) -> None: ...
def dump(
    obj: Any,
    file: _Writable,
    protocol: int | None = None,
    byref: bool | None = None,
    fmode: int | None = None,
    recurse: bool | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: Callable[[PickleBuffer], Any] | None = None,
) -> None: ...
def dumps(
    obj: Any,
    protocol: int | None = None,
    byref: bool | None = None,
    fmode: int | None = None,
    recurse: bool | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: Callable[[PickleBuffer], Any] | None = None,
) -> bytes: ...
def load(
    file: _Readable,
    ignore: bool | None = None,
    *,
    fix_imports: bool = True,
    encoding: str = 'ASCII',
    errors: str = 'strict',
    buffers: Iterable[Any] | None = None,
    allow: _Allowed | None = None,
) -> Any: ...
def loads(
    str: bytes | bytearray | memoryview,
    ignore: bool | None = None,
    *,
    fix_imports: bool = True,
    encoding: str = 'ASCII',
    errors: str = 'strict',
    buffers: Iterable[Any] | None = None,
    allow: _Allowed | None = None,
) -> Any: ...
def copy(
    obj: _T,
    protocol: int | None = None,
    byref: bool | None = None,
    fmode: int | None = None,
    recurse: bool | None = None,
    *,
    fix_imports: bool = True,
    ignore: bool | None = None,
) -> _T: ...
def pickles(
    obj: Any,
    exact: bool = False,
    safe: bool = False,
    *,
    protocol: int | None = None,
    byref: bool | None = None,
    fmode: int | None = None,
    recurse: bool | None = None,
    fix_imports: bool = True,
    ignore: bool | None = None,
) -> bool: ...
def check(
    obj: Any,
    protocol: int | None = None,
    byref: bool | None = None,
    fmode: int | None = None,
    recurse: bool | None = None,
    *,
    fix_imports: bool = True,
    python: str | None = None,
    verbose: bool = False,
) -> None: ...
def __getattr__(name: str) -> Any: ...
