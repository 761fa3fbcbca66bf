"""Compares the recorded graph of an object with the static graph of the bytes that were written for it.

Both are walked at the same time, from the roots on. Nodes are paired one to one, so that two graphs agree only if they
have the same types, the same edges and the same sharing, cycles included. What they do not say alike is named here, in
EXCEPTIONS, and nowhere else.
"""

import collections

from dill._dill import _reverse_typemap

EXCEPTIONS = {
    'classes of globals': 'a stream names what it imports, and does not say of which type that is',
    'results of functions': 'a stream does not say what a function returns; the function must be the recorded one',
    'helpers': "the recording shows what dill's helpers make, and not the helpers and their arguments",
    'arguments or parts': 'parts of a wrapper (fget, __func__ ...) are in the stream the arguments of the call',
    'keywords': 'the dict of keywords of __new__ is a part of the object in the recording, and a dict in the stream',
    'containers of their own': 'of a subclass the stream says only that items were added',
    'states': 'whether a state sets attributes is not in the stream: StateItem or Attribute',
    'metaclasses': 'a class by value is a type in the static graph, its metaclass an edge of it',
    'types.new_class': 'what it makes has no module and no entries before its body ran',
    'recursive tuples': 'and calls are written twice: two nodes of one memo number in the recording',
    'cells': 'what a call puts into a cell later may be missing below the cell in the recording',
    'files': 'a file of dill is "file", whatever the class of it will be',
    'dicts of modules': 'are named by the stream, which does not hold their entries',
    'bytearrays': 'the Python pickler of 3.9 (and so dill) writes a shared one twice at protocol 5, C pickle once',
    'stand-ins': 'dill replaces views of dicts by objects of its own that reduce to what makes them',
    'buffers': 'a PickleBuffer that is written in-band is bytes or a bytearray in the stream',
    'other picklers': 'a class that dill writes by value is named by pickle: then nothing below it is compared',
    'later calls': 'made when the object exists (PostItem, ReduceSetter); what they put in is compared at its place',
    'names of keys': 'keys without a literal, and long ones, are told by their position only',
    'huge numbers, surrogates': 'descriptions of ints beyond 64 bits and of lone surrogates differ in words',
}

LEAVES = {'NoneType', 'bool', 'int', 'float', 'str', 'bytes'}
CONTAINERS = {'list', 'tuple', 'dict', 'set', 'frozenset'}
HELD_BY_NAME = {
    'Attribute', 'FunctionState', 'ClassEntry', 'KwDefault', 'Slot', 'ModuleEntry', 'Metaclass', 'Code',
    'CellContents', 'Type', 'State', 'ReduceCallable', 'Bound',
}  # fmt: skip
LATER = {'PostItem', 'ReduceSetter'}
# What is compared of objects that dill's helpers make; all of any other.
PARTS = {
    'function': {'Closure', 'Default', 'KwDefault', 'Code', 'Attribute'},
    'type': {'ClassBase', 'ClassEntry', 'Metaclass'},
    'code': set(),
    'cell': {'CellContents'},
    'module': {'ModuleEntry'},
    'method': {'Bound'},
}

Node = collections.namedtuple('Node', 'parent edge label index type text memo count')


class Graph:
    """What rows() of a recording or of a pickle that was read returns, by parent."""

    def __init__(self, rows):
        nodes, references = rows
        self.nodes = [Node(*each) for each in nodes]
        self.held = [[] for _ in nodes]
        for number, node in enumerate(self.nodes):
            if node.parent is not None:
                self.held[node.parent].append((node.edge, node.label, node.index, number))
        for start, target, edge, label, index in references:
            self.held[start].append((edge, label, index, target))
        self.merge_keywords()
        self.roots = [n for n, node in enumerate(self.nodes) if node.parent is None and node.label != 'discarded']

    def merge_keywords(self):
        merged = {}
        for node, held in enumerate(self.held):
            for edge, _, index, target in held:
                if edge == 'ReduceArgument' and index is None and self.nodes[target].type == 'dict':
                    merged[target] = node
        for keywords, node in merged.items():
            self.held[node] = [each for each in self.held[node] if each[:3] != ('ReduceArgument', '', None)]
            self.held[node] += self.held[keywords]
        if merged:
            self.held = [[(*each[:3], merged.get(each[3], each[3])) for each in held] for held in self.held]

    def callable_of(self, node):
        for edge, _, _, target in self.held[node]:
            if edge in ('ReduceCallable', 'Type'):
                return self.nodes[target].type
        return ''


class Comparison:
    """`differences` of the graphs: (what, path, recorded, static); `pairs`: how many nodes were compared."""

    def __init__(self, recorded, static, of_dill):
        self.of_dill = of_dill
        self.recorded, self.static = recorded, static
        self.differences = []
        self.static_of, self.recorded_of = {}, {}
        if len(recorded.roots) != 1 or len(static.roots) != 1:
            self.differences.append(('roots', '', len(recorded.roots), len(static.roots)))
            return
        self.waiting = [(recorded.roots[0], static.roots[0], '')]
        while self.waiting and len(self.differences) < 20:
            self.compare(*self.waiting.pop())

    @property
    def pairs(self):
        return len(self.static_of)

    def differ(self, what, path, recorded, static):
        self.differences.append((what, path, recorded, static))

    def compare(self, x, y, path):
        a, b = self.recorded.nodes[x], self.static.nodes[y]
        if x in self.static_of or y in self.recorded_of:
            twice = x not in self.static_of
            written_twice = twice and a.memo is not None and a.memo == b.memo
            written_twice |= twice and a.type == 'bytearray' and a.memo is None and not self.of_dill
            if self.static_of.get(x) != y and not written_twice:
                self.differ('sharing', path, a, b)
            return
        self.static_of[x], self.recorded_of[y] = y, x
        made_by = self.static.callable_of(y)
        if b.type.endswith('.__dict__') and a.type == 'dict':
            return
        if made_by == 'dill._dill._load_type' or self.is_global(y):
            self.compare_reference(x, b, path)
            return
        if b.type.startswith('result of '):
            if made_by and b.type != 'result of ' + made_by and b.type != 'result of a call':
                self.differ('callable', path, a, b)
        elif not (
            a.type == b.type
            or b.type in ('type', 'file')
            or a.type in ('pickle.PickleBuffer', 'dill._shims.Reduce')
            or (a.type, b.type) == ('weakref', 'weakref.ReferenceType')  # its own name in Python 3.9
            or a.type.endswith('.' + b.type)
        ):
            self.differ('type', path, a.type, b.type)
        elif b.type == 'type' and a.type != 'type' and not self.has_metaclass(y, made_by):
            self.differ('type', path, a.type, b.type)
        if a.count != b.count or (a.type in LEAVES | CONTAINERS and not same_text(a, b)):
            self.differ('value', path, a, b)
        self.compare_edges(x, y, made_by, path)

    def has_metaclass(self, node, made_by):
        """types.new_class is given it in a dict of keywords, the third argument."""
        nodes, held = self.static.nodes, self.static.held
        if made_by != 'types.new_class':
            return any(edge == 'Metaclass' for edge, *_ in held[node])
        keywords = [target for edge, _, index, target in held[node] if (edge, index) == ('ReduceArgument', 2)]
        return any(nodes[t].label == "'metaclass'" for k in keywords for *_, t in held[k])

    def is_global(self, node):
        """By reference: a node of a dotted name, with nothing below it."""
        static = self.static.nodes[node]
        return not self.static.held[node] and '.' in static.type and not static.text

    def compare_reference(self, x, b, path):
        """A global, whose type the static reader takes from its name, or one that dill loads by a name."""
        if self.recorded.held[x] and self.of_dill:
            self.differ('reference', path, self.recorded.nodes[x], b)
        recorded = self.recorded.nodes[x].text.split(' at ')[0]  # '' of what __reduce__ names by a string
        name = b.text or b.type
        if b.type == 'type' and name in _reverse_typemap:  # dill's own name of it
            name = f'{_reverse_typemap[name].__module__}.{_reverse_typemap[name].__qualname__}'
        if not (bare(name) == bare(recorded) or name.endswith('.' + recorded) or recorded.endswith('.' + name)):
            if recorded:
                self.differ('name', path, self.recorded.nodes[x], b)

    def compare_edges(self, x, y, made_by, path):
        kind = self.recorded.nodes[x].type
        kind = 'type' if self.static.nodes[y].type == 'type' else kind
        wrapped = not self.recorded.callable_of(x) and bool(made_by) and kind not in PARTS
        recorded = self.edges(self.recorded, x, wrapped)
        static = self.edges(self.static, y, wrapped)
        for key in sorted(recorded.keys() | static.keys(), key=repr):
            edge = key[0]
            if kind in PARTS and edge not in PARTS[kind] or edge in LATER:
                continue
            if made_by == 'types.new_class' or (edge == 'State' and ('ReduceSetter', ('', None)) in recorded):
                continue
            if made_by.startswith('dill._dill.') and edge in ('ReduceCallable', 'ReduceArgument'):
                continue
            left, right = recorded.get(key, []), static.get(key, [])
            if edge == 'CellContents' and not left:
                continue
            if wrapped and edge == 'ReduceCallable' or wrapped and edge == 'ReduceArgument' and not left:
                continue
            if len(left) != len(right):
                types = [self.recorded.nodes[i].type for i in left], [self.static.nodes[i].type for i in right]
                self.differ(f'edges {key} of {kind}, {made_by}', path, *types)
                continue
            self.waiting += [(i, j, f'{path}/{edge}:{key[1]}') for i, j in zip(left, right)]

    @staticmethod
    def edges(graph, node, wrapped):
        found = collections.defaultdict(list)
        for edge, label, index, target in graph.held[node]:
            if edge == 'StateItem':
                edge, label = 'Attribute', label.strip("'")
            elif edge in ('DictValue', 'ReduceDictItem'):
                edge, label = 'DictValue', index
            elif edge in ('ReduceListItem', 'Item', 'SetItem'):
                edge, label = 'Item', index
            elif edge == 'Bound' and wrapped:
                edge, label = 'ReduceArgument', index
            elif edge not in HELD_BY_NAME:
                label = (label, index)
            elif edge == 'Slot':
                edge = 'Attribute'
            if edge == 'ReduceArgument' and isinstance(label, tuple):
                label = index
            found[edge, label].append(target)
        return found


def bare(name):
    for module in ('builtins.', '__builtin__.', '_operator.', 'operator.'):
        name = name[len(module) :] if name.startswith(module) else name
    return name


def same_text(a, b):
    if a.text == b.text or '\ufffd' in b.text:
        return True
    return a.type == 'int' and (b.text.endswith(' bytes') or a.text.startswith('about '))


def compare(recorded, static, of_dill=True):
    """The Comparison of what rows() returns of both. of_dill: the bytes are those that the recording wrote."""
    return Comparison(Graph(recorded), Graph(static), of_dill)
