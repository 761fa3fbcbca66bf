import os
import re
from collections.abc import Callable, Iterable
from pathlib import PurePath
from types import ModuleType
from typing import Any, Literal, overload

from dill._dill import _Readable, _Writable
from dill._session_parts import LeftOut as LeftOut
from dill._session_parts import Report as Report
from dill._session_parts import SessionError as SessionError
from dill._session_table import SessionTable as SessionTable

__all__ = ['dump_module', 'load_module', 'load_module_asdict', 'dump_session', 'load_session']

_Path = str | os.PathLike[str]
# Which variables: a name or a pattern, a type, a function of name and value, or several of these.
_Choice = str | re.Pattern[str] | type | Callable[[str, Any], object]
_Choices = _Choice | Iterable[_Choice]

TEMPDIR: PurePath
SESSION_TEMPFILE: str

class SecurityWarning(UserWarning): ...

@overload
def dump_module(
    filename: _Path | _Writable | None = None,
    module: ModuleType | str | None = None,
    refimported: bool = False,
    *,
    on_error: Literal['skip'],
    include: _Choices | None = None,
    exclude: _Choices | None = None,
    **kwds: Any,
) -> Report: ...
@overload
def dump_module(
    filename: _Path | _Writable | None = None,
    module: ModuleType | str | None = None,
    refimported: bool = False,
    *,
    on_error: str = 'raise',
    include: _Choices | None = None,
    exclude: _Choices | None = None,
    **kwds: Any,
) -> Report | None: ...
def load_module(
    filename: _Path | _Readable | None = None,
    module: ModuleType | str | None = None,
    *,
    names: str | Iterable[str] | None = None,
    **kwds: Any,
) -> ModuleType | None: ...
def load_module_asdict(
    filename: _Path | _Readable | None = None, update: bool = False, **kwds: Any
) -> dict[str, Any]: ...
def dump_session(
    filename: _Path | _Writable | None = None, main: ModuleType | str | None = None, byref: bool = False, **kwds: Any
) -> None: ...
def load_session(
    filename: _Path | _Readable | None = None, main: ModuleType | str | None = None, **kwds: Any
) -> None: ...
def preview(filename: _Path | _Readable | None = None) -> SessionTable: ...
