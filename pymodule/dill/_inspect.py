"""``dill.inspect``: what loading a file would do, found out without loading it."""

import os
from collections.abc import Iterable
from typing import Any, NamedTuple, Optional, Union

from dill import _engine

__all__ = ['Finding', 'Graph', 'Inspection', 'Member', 'inspect', 'rules_of']

Name = tuple[Optional[str], Optional[str]]


class Finding(NamedTuple):
    """Something to know about a file. The ids are stable and described in docs/findings.md."""

    id: str
    severity: str  #: 'note', 'suspicious', 'dangerous' or 'error'
    message: str
    member: str  #: path of the member of a container, '' for the file itself
    offset: int  #: of the first one, in the bytes of the member
    times: int


class Member(NamedTuple):
    """A pickle or another piece of data in a file; a plain pickle is one member with path ''."""

    path: str
    format: str
    size: int
    is_pickle: bool
    verdict: str
    level: str  #: 'data only', 'reconstruction' or 'calls'
    globals: list[Name]
    protocol: int
    pickles: int


class Node(NamedTuple):
    """An object of a graph: how its parent holds it, what it is, and its bytes in the pickle."""

    id: int
    edge: str
    type: str
    description: str
    size: int


class Graph:
    """The objects that a pickle describes, and how they hang together."""

    def __init__(self, read: Any) -> None:
        self._read = read

    def roots(self) -> list[int]:
        """The nodes that stand at the top: one for each pickle of the stream."""
        return list(self._read.roots())

    def children(self, node: int) -> list[int]:
        """The nodes that `node` holds."""
        return list(self._read.children(node))

    def describe(self, node: int) -> Node:
        """What a node is."""
        return Node(node, *self._read.describe(node))

    def details(self, node: int) -> list[str]:
        """More about a node, as lines; empty for an object that has nothing more to it.

        Signature and disassembly of a function, bases and methods of a class, dtype, shape and values of an array,
        columns of a frame.
        """
        return [str(line) for line in self._read.details(node)]

    def path(self, node: int) -> str:
        """The way to a node as an expression, as in the effects and the disassembly: "obj['a'][3]"."""
        return str(self._read.path(node))

    def find(self, where: Union[int, str]) -> Optional[int]:
        """The innermost node that holds the byte at an offset, or the first one with a path; None if there is none."""
        found = self._read.at(where) if isinstance(where, int) else self._read.find(where)
        return None if found is None else int(found)

    def report(self, kind: str = 'text') -> str:
        """All of it as 'text', 'json' or 'dot' (for Graphviz)."""
        return str(self._read.report(kind))

    def __repr__(self) -> str:
        return f'<graph of {self._read.objects:,} objects>'


class Inspection:
    """What loading a file would do, and what is to be thought of it.

    verdict -- 'clean', 'suspicious', 'dangerous', or 'error' for what cannot be read and shows nothing else
    level -- 'data only' (no import, no call), 'reconstruction' (only known types with inert arguments) or 'calls'
    findings -- worst first
    globals -- (module, name) of all that loading would look up; None for a part that only run time knows
    dynamic -- whether there is such a part
    members -- the pickles and other data in the file
    size -- bytes of the file
    """

    def __init__(self, found: Any, source: str) -> None:
        self._found = found
        # File names need not be text: what is none is escaped, for reports are.
        self.source = source.encode('utf-8', 'backslashreplace').decode('utf-8')
        self.verdict: str = found.verdict
        self.level: str = found.level
        self.dynamic: bool = found.dynamic
        self.size: int = found.size
        self.globals: list[Name] = found.globals()
        self.findings: list[Finding] = [Finding(*finding) for finding in found.findings()]
        self.members: list[Member] = [Member(*member) for member in found.members()]

    def report(self, kind: str = 'text') -> str:
        """What was found as 'text', 'json' or 'sarif'."""
        return str(self._found.report(kind, self.source))

    def effects(self, member: Optional[int] = None) -> str:
        """What loading does, in its order, one line each."""
        return self._lines(self._found.effects, member)

    def disassemble(self, member: Optional[int] = None) -> str:
        """The opcodes with their stack effects, the paths and the values of what they make, one line each."""
        return self._lines(self._found.disassemble, member)

    def graph(
        self, member: Optional[int] = None, *, shown: int = 1_000_000, begin: int = 0, end: Optional[int] = None
    ) -> Graph:
        """The objects of a member that is a pickle, by its number in `members`; by default of the first one.

        shown -- from so many objects on the further items of large containers are one node each, of type 'remainder'
            ("12,000 more items (36,000 objects), bytes 400 to 90,000")
        begin, end -- bytes of the member; the items outside them are folded too, so that these show a remainder

        Raises ValueError if there is no such pickle.
        """
        return Graph(self._found.graph(self._pickle(member), shown, begin, end))

    def _lines(self, report: Any, member: Optional[int]) -> str:
        parts: list[str] = []
        report(self._pickle(member), parts.append)
        return ''.join(parts)

    def _pickle(self, member: Optional[int]) -> int:
        if member is not None:
            return member
        for number, found in enumerate(self.members):
            if found.is_pickle:
                return number
        raise ValueError(f'there is no pickle in {self.source}')

    def __repr__(self) -> str:
        def counted(number: int, what: str) -> str:
            return f'{number:,} {what}' + ('' if number == 1 else 's')

        return (
            f'<inspection of {self.source}: {self.verdict} ({self.level}), {counted(len(self.findings), "finding")}, '
            f'{counted(len(self.globals), "import")}>'
        )


def inspect(
    source: 'Union[str, os.PathLike[str], bytes, bytearray, memoryview]', rules: 'Iterable[str]' = ()
) -> Inspection:
    """Find out what loading a pickle, session, or archive of pickles would do, without loading it.

    source -- the path of a file, or its bytes
    rules -- paths of lists of names to allow or forbid, on top of the built-in ones and of the one in the folder for
        settings ($XDG_CONFIG_HOME/dill/inspect.json); docs/inspect.md says what is in them

    Nothing is imported, called or loaded. Raises OSError if the file cannot be read, ValueError if a list of names is
    wrong; that a file is damaged or no pickle at all is a finding.

    >>> dill.inspect(dill.dumps([1, 2, 3]))
    <inspection of 22 bytes: clean (data only), 0 findings, 0 imports>
    >>> dill.inspect(b"cos\\nsystem\\n(S'id'\\ntR.").verdict
    'dangerous'
    """
    lists = rules_of(rules)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Inspection(_engine.inspect_bytes(source, lists), f'{len(source):,} bytes')
    path = os.fspath(source)
    return Inspection(_engine.inspect_file(os.fsencode(path), lists), os.fsdecode(path))


def rules_of(paths: 'Iterable[str]' = ()) -> Any:
    """The lists that names are judged by: built-in, from the folder for settings, and from `paths`."""
    own = os.path.join(
        os.environ.get('XDG_CONFIG_HOME') or os.path.join(os.path.expanduser('~'), '.config'), 'dill', 'inspect.json'
    )
    lists = [os.fspath(path) for path in paths]
    if os.path.exists(own):
        lists.insert(0, own)
    return _engine.InspectionRules(lists)
