"""What a session file holds, as a table that is made without loading the file."""

import io
import os
from collections.abc import Sequence
from typing import Any, NamedTuple, Optional, Union, overload

from dill import _engine

__all__ = ['SessionTable', 'Variable', 'read_table']


class Variable(NamedTuple):
    """A variable in a session file.

    name -- its name
    type -- of what: 'int', 'function', '__main__.Shape'; 'global' for what the file has the name of only
    description -- short text: '42', '3 items'; for a reference what loading imports
    bytes -- how many bytes of the file are its object
    share -- which part of the file that is, from 0 to 1
    storage -- 'value': the object is in the file; 'reference': its name is; 'same': it is the object of `same_as`
    same_as -- how the object is reached from another variable, or None
    needs -- names of what loading imports for it: modules, classes, functions
    uses -- names of other variables whose objects it holds
    """

    name: str
    type: str
    description: str
    bytes: int
    share: float
    storage: str
    same_as: Optional[str]
    needs: tuple[str, ...]
    uses: tuple[str, ...]


class SessionTable(Sequence[Variable]):
    """The variables in a session file, in the order of the file: by position, or by name.

    module -- name of the module that was saved
    at_run_time -- that is no module which can be imported
    python -- version of Python that wrote the file, or None if the file does not say
    refimported -- written with refimported=True
    checksum -- a checksum follows the session (it is not verified here)
    bytes -- size of the file
    imports -- names of the modules that loading imports
    fault -- (offset, what is wrong) if the file is damaged; the variables before that are here; else None
    """

    module: str
    at_run_time: bool
    python: Optional[str]
    refimported: bool
    checksum: bool
    bytes: int
    imports: tuple[str, ...]
    fault: Optional[tuple[int, str]]

    def __init__(self, facts: dict[str, Any], variables: Sequence[Variable]) -> None:
        self.__dict__.update(facts)
        self._variables = tuple(variables)

    @overload
    def __getitem__(self, which: Union[int, str]) -> Variable: ...
    @overload
    def __getitem__(self, which: slice) -> Sequence[Variable]: ...
    def __getitem__(self, which):
        if not isinstance(which, str):
            return self._variables[which]
        for variable in self._variables:
            if variable.name == which:
                return variable
        raise KeyError(which)

    def __len__(self) -> int:
        return len(self._variables)

    def __contains__(self, what: object) -> bool:
        if isinstance(what, str):
            return any(variable.name == what for variable in self._variables)
        return what in self._variables

    def __repr__(self) -> str:
        return '\n'.join(self.lines(own_only=False))

    def as_dict(self) -> dict[str, Any]:
        """All of it as dicts, lists, strings and numbers, as for JSON."""
        facts = {name: value for name, value in vars(self).items() if name != '_variables'}
        facts['imports'] = list(self.imports)
        facts['fault'] = None if self.fault is None else {'offset': self.fault[0], 'message': self.fault[1]}
        facts['variables'] = [
            {**variable._asdict(), 'needs': list(variable.needs), 'uses': list(variable.uses)} for variable in self
        ]
        return facts

    def lines(self, own_only: bool = True) -> list[str]:
        """The table as text. With `own_only` the variables that every module has are left out."""
        shown = [each for each in self if not (own_only and _is_special(each.name))]
        what = f'session of module {self.module!r}' + (' (made at run time)' if self.at_run_time else '')
        facts = [what, _counted(len(shown), 'variable'), _counted(self.bytes, 'byte')]
        if self.python is not None:
            facts.append(f'Python {self.python}')
        if self.refimported:
            facts.append('imported objects by reference')
        if self.checksum:
            facts.append('with a checksum')
        lines = [', '.join(facts)]
        header = ('name', 'type', 'bytes', 'share', 'stored', 'what')
        rows = [header, *(_cells(variable) for variable in shown)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(header) - 1)]
        for row in rows if shown else ():
            cells = [
                text.rjust(width) if title in ('bytes', 'share') else text.ljust(width)
                for text, width, title in zip(row, widths, header)
            ]
            lines.append('  '.join([*cells, row[-1]]).rstrip())
        lines.append('loading imports ' + (', '.join(self.imports) or 'nothing'))
        if self.fault is not None:
            lines.append(f'damaged or cut off at byte {self.fault[0]:,}: {self.fault[1]}. What comes before is shown.')
        return lines


def _is_special(name):
    return name.startswith('__') and name.endswith('__')


def _counted(number, unit):
    return f'{number:,} {unit}' + ('' if number == 1 else 's')


_WIDEST = 40


def _cut(text):
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + '…'


def _cells(variable):
    what = f'is {variable.same_as}' if variable.same_as is not None else variable.description
    if variable.uses:
        what += f' (with {_cut(", ".join(variable.uses))})'
    return (
        _cut(variable.name),
        _cut(variable.type),
        f'{variable.bytes:,}',
        f'{variable.share:.1%}',
        variable.storage,
        what,
    )


def read_table(source: Union[str, 'os.PathLike[str]', io.BufferedIOBase, Any]) -> SessionTable:
    """The table of a session file; ValueError if it is none. `source` is a path, or a file open for reading bytes."""
    if hasattr(source, 'read'):
        data = source.read()
        name = getattr(source, 'name', 'the file')
    else:
        name = os.fspath(source)
        with open(name, 'rb') as file:
            data = file.read()
    try:
        found = _engine.session_table(data)
    except ValueError as error:
        raise ValueError(f'{name} is no pickle ({error})') from None
    if found is None:
        raise ValueError(f'{name} is a pickle, but of no session')
    facts, rows = found
    return SessionTable(facts, [Variable(*row) for row in rows])
