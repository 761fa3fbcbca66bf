"""Which variables a session is made of, and what is said about those that it is not made of."""

import fnmatch
import re
from pickle import PicklingError
from typing import Any, NamedTuple

__all__ = ['LeftOut', 'Report', 'SessionError', 'error_for', 'failing_variables', 'select']


class LeftOut(NamedTuple):
    """A variable that a session lacks: its name, the path to what was in the way, and why."""

    name: str
    path: str
    why: str


class Report(NamedTuple):
    """What dump_module() has left out of a session. It is false if that is nothing.

    module -- name of the module
    left_out -- each variable that the session lacks, or each object in the way of one
    """

    module: str
    left_out: tuple[LeftOut, ...]

    @property
    def names(self) -> list[str]:
        """The names of the variables, each once."""
        return list(dict.fromkeys(each.name for each in self.left_out))

    def __bool__(self) -> bool:
        return bool(self.left_out)

    def __str__(self) -> str:
        if not self:
            return f'everything in module {self.module!r} was saved'
        return '\n'.join([f'left out of module {self.module!r}:', *_lines(self.left_out)])


class SessionError(PicklingError):
    """Variables of a session that cannot be pickled. It is an error of the same class as the first of them as well.

    failures -- a tuple of LeftOut, one for each object in the way
    """

    failures: tuple[LeftOut, ...] = ()


def _lines(left_out):
    return [f'  {each.path}: {each.why}' for each in left_out]


def error_for(error, module_name, failures):
    """The SessionError to raise because of the exception that ended the dump."""
    names = list(dict.fromkeys(each.name for each in failures))
    count = 'a variable' if len(names) == 1 else f'{len(names)} variables'
    text = '\n'.join([
        f'{error}',
        f'{count} of module {module_name!r} cannot be pickled (on_error="skip" leaves {", ".join(names)} out):',
        *_lines(failures),
    ])  # fmt: skip
    cls: Any = SessionError
    if not isinstance(error, PicklingError):
        try:
            cls = type(
                'SessionError', (SessionError, type(error)), {'__module__': 'dill.session', '__init__': _no_init}
            )
            made = cls(text)
        except Exception:  # a class that takes other arguments, or is final
            made = SessionError(text)
    else:
        made = SessionError(text)
    made.args = (text,)
    made.failures = tuple(failures)
    return made


def _no_init(self, *args):
    pass


def _is_special(name):
    return isinstance(name, str) and name.startswith('__') and name.endswith('__')


class _Criterion:
    """One name, pattern, type or predicate, or several of them."""

    def __init__(self, given):
        self._names, self._patterns, self._types, self._predicates = set(), [], [], []
        if isinstance(given, (str, type, re.Pattern)) or callable(given):
            given = (given,)
        try:
            given = list(given)
        except TypeError:
            raise TypeError(f'names, patterns, types or predicates are expected, not {given!r}') from None
        for each in given:
            if isinstance(each, str):
                if any(sign in each for sign in '*?['):
                    self._patterns.append(re.compile(fnmatch.translate(each)))
                else:
                    self._names.add(each)
            elif isinstance(each, re.Pattern):
                self._patterns.append(each)
            elif isinstance(each, type):
                self._types.append(each)
            elif callable(each):
                self._predicates.append(each)
            else:
                raise TypeError(f'a name, pattern, type or predicate is expected, not {each!r}')

    def why(self, name, value):
        """Says what matches the variable, or None. What makes a module a module is matched by its name only."""
        if name in self._names:
            return 'by name'
        if _is_special(name):
            return None
        for pattern in self._patterns:
            if pattern.fullmatch(str(name)):
                return 'by pattern'
        for cls in self._types:
            if isinstance(value, cls):
                return f'by type {cls.__qualname__}'
        for predicate in self._predicates:
            if predicate(name, value):
                return f'by predicate {getattr(predicate, "__qualname__", repr(predicate))}'
        return None


def select(variables, include, exclude):
    """[LeftOut] for the variables (name -> value) that `include` does not want or `exclude` does not.

    Each may be a name, a pattern (with * ? [ or compiled), a type, a function of name and value, or several of them.
    """
    wanted = None if include is None else _Criterion(include)
    unwanted = None if exclude is None else _Criterion(exclude)
    left_out = []
    for name, value in list(variables.items()):
        why = unwanted and unwanted.why(name, value)
        if why:
            left_out.append(LeftOut(name, name, f'excluded {why}'))
        elif wanted is not None and not _is_special(name) and not wanted.why(name, value):
            left_out.append(LeftOut(name, name, 'not included'))
    return left_out


def failing_variables(pickler, variables, source):
    """[LeftOut] for the variables (name -> value) that the pickler cannot write, found in one walk over all of them."""
    from dill import _engine

    recording = _engine.record_namespace(pickler, variables, source, False)
    found: dict[str, list[LeftOut]] = {}
    for problem in recording.problems:
        name = problem['route'].partition(' -> ')[0]
        why = f'{problem["exception"]}: {problem["message"]}'
        found.setdefault(name, []).append(LeftOut(name, problem['expression'] or problem['route'], why))
    for name, path, exception, message in recording.shared_problems:
        found.setdefault(name, []).append(LeftOut(name, path, f'{exception}: {message}'))
    return [failure for name, *_ in recording.variables for failure in found.get(name, ())]
