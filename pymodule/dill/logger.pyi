import contextlib
import logging
import os
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import IO, Any, Literal, overload

__all__ = ['adapter', 'logger', 'trace']

ASCII_MAP: dict[int, str]

class TraceAdapter(logging.LoggerAdapter[logging.Logger]):
    def __init__(self, logger: logging.Logger) -> None: ...
    def addHandler(self, handler: logging.Handler) -> None: ...
    def removeHandler(self, handler: logging.Handler) -> None: ...
    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]: ...
    def trace_setup(self, pickler: Any) -> None: ...
    def trace(self, pickler: Any, msg: str, *args: object, **kwargs: Any) -> None: ...

class TraceFormatter(logging.Formatter):
    is_utf8: bool
    def __init__(self, *args: Any, handler: logging.Handler | None = None, **kwargs: Any) -> None: ...
    def format(self, record: logging.LogRecord) -> str: ...

class TraceManager(contextlib.AbstractContextManager[Callable[..., None]]):
    file: str | os.PathLike[str] | IO[str] | None
    mode: str
    redirect: bool
    file_is_stream: bool
    def __init__(self, file: str | os.PathLike[str] | IO[str] | None, mode: str) -> None: ...
    def __enter__(self) -> Callable[..., None]: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
        /,
    ) -> None: ...

logger: logging.Logger
adapter: TraceAdapter
stderr_handler: logging.Handler

@overload
def trace(arg: Literal[True, False], *, mode: str = 'a') -> None: ...
@overload
def trace(arg: str | os.PathLike[str] | IO[str] | None = None, *, mode: str = 'a') -> TraceManager: ...
