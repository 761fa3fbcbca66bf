"""Source text of generated functions and classes.

Each is defined inside `factory(v0, v1, v2, ...)`, so that it can close over values, use them as defaults, and refer to
itself."""

CONSTANTS = [
    '1', '-70000', '2 ** 70', '1.5', '2j', "'text'", "'t\\xe4xt'", "b'bytes'", '(1, (2, "x"))', 'None', '...',
    'True', '[1, 2]', '{"k": 3}', "f'{a}!'", 'a in {1, 2, 3}', '(lambda q: q + a)', '[q for q in (1, a)]',
    '{q: a for q in range(2)}', '(q for q in ())', 'SETTING', 'helper(a)', 'sorted([a], key=lambda s: LIMITS)',
    'len(str(a))', '"".join(["a"])', 'os.path', 'undefined_name', 'a.attribute.other', 'a[0:1, ...]',
]  # fmt: skip
ANNOTATIONS = ['int', "'str'", 'list', 'v0', 'None', "'Undefined[int]'"]
DOCUMENTATION = ['"""Short."""', '"""' + 'Long. ' * 60 + '"""', '"Einzeilig \\xe4\\u4e16"']
DEFAULTS = ['1', 'None', "'default'", '()', 'v0', 'v1', '[v1]']


def indented(lines):
    return ['    ' + line for line in lines]


def parameters(random, method=False):
    parts = ['self'] if method else []
    parts.append('a')
    if random.random() < 0.2:
        parts.append('/')
    if random.random() < 0.4:
        parts.append('b=' + random.choice(DEFAULTS))
    if random.random() < 0.3:
        parts.append('*rest')
        if random.random() < 0.5:
            parts.append('key=' + random.choice(DEFAULTS))
    if random.random() < 0.2:
        parts.append('**more')
    if random.random() < 0.2:
        parts = [f'{part}: {random.choice(ANNOTATIONS)}' if part in ('a', '*rest') else part for part in parts]
    return ', '.join(parts)


def body(random, name, depth=0, free=True):
    lines = []
    if random.random() < 0.2:
        lines.append(random.choice(DOCUMENTATION))
    for _ in range(random.randrange(3)):
        kind = random.randrange(9)
        value = random.choice(CONSTANTS)
        if kind == 0:
            lines += [f'if a == {value}:', f'    return {value}']
        elif kind == 1:
            lines += ['try:', f'    x = {value}', 'except (ValueError, KeyError) as error:', '    return error']
        elif kind == 2:
            lines += [f'for i in range({random.randrange(300)}):', f'    x = i, {value}']
        elif kind == 3 and depth < 2:
            inner = f'inner{depth}'
            lines += function(random, inner, depth + 1, free)
            lines.append(f'x = {inner}')
        elif kind == 4:
            lines += ['global COUNT', f'COUNT = {value}'] if 'global COUNT' not in lines else ['pass']
        elif kind == 5:
            lines += ['with a as x:', f'    y = {value}']
        elif kind == 6:
            lines += ['import os.path as x', f'from json import {random.choice(["dumps", "loads"])} as y']
        elif kind == 7 and free:
            lines.append(f'x = {random.choice(["v0", "v1", "v2", name])}')
        else:
            lines.append(f'x = {value}')
    lines.append('return ' + (random.choice(['v0', '(v1, v2)', name, 'a']) if free and random.random() < 0.5 else 'a'))
    return lines


def function(random, name, depth=0, free=True):
    text = []
    if depth == 0 and random.random() < 0.1:
        text.append('@functools.lru_cache' + random.choice(['', '()', '(maxsize=None)', '(8, typed=True)']))
    elif depth == 0 and random.random() < 0.1:
        text.append('@functools.wraps(v0 if callable(v0) else len, updated=())')
    prefix = random.choice(['', '', '', '', 'async '])
    result = f' -> {random.choice(ANNOTATIONS)}' if random.random() < 0.15 else ''
    text.append(f'{prefix}def {name}({parameters(random)}){result}:')
    lines = body(random, name, depth, free)
    if not prefix and random.random() < 0.15:
        lines.insert(len(lines) - 1, 'yield a')
    return text + indented(lines)


def mutual(random, first, second):
    """Two functions that refer to each other."""
    one, two = function(random, first), function(random, second)
    return one[:-1] + [f'    return {second}(a) if a else v0'] + two[:-1] + [f'    return {first}(a - 1)']


def method(random, name, has_super):
    decorator = random.choice(['', '', '', '@property', '@classmethod', '@staticmethod', '@functools.lru_cache()'])
    if decorator == '@property':
        return [decorator, f'def {name}(self):', f'    return {random.choice(["v0", "1", "__class__", "self.x"])}']
    if decorator == '@staticmethod':
        return [decorator, *function(random, name, 1)]
    lines = indented(body(random, '__class__' if random.random() < 0.3 else 'v1', 1))
    if has_super and random.random() < 0.3:
        lines.insert(len(lines) - 1, f'    super().{name}')
    return [*([decorator] if decorator else []), f'def {name}({parameters(random, True)}):', *lines]


def class_(random, name, bases):
    """A class statement; `bases` are expressions over v0, v1, ... and the importable module `I`."""
    head = ', '.join(bases)
    lines = []
    if random.random() < 0.2:
        lines.append(random.choice(DOCUMENTATION))
    plain = not bases or bases == ['object']
    slots = plain and random.random() < 0.25
    if slots:
        lines.append(
            '__slots__ = ' + random.choice(["('a', 'b')", "['a']", "'a'", '()', "('a', '__dict__')", "{'a': 'doc'}"])
        )
    for i in range(random.randrange(4)):
        kind = random.randrange(10)
        attribute = f'm{i}'
        if kind < 4:
            lines += method(random, attribute, bool(bases))
        elif kind == 4:
            lines.append(
                f'{attribute} = {random.choice(["v0", "v1", "[v2, v2]", "1", "lambda self: v0", "int", "..."])}'
            )
        elif kind == 5:
            lines.append(f'{attribute}: {random.choice(ANNOTATIONS)} = {random.choice(DEFAULTS)}')
        elif kind == 6:
            lines += ['class Inner:', '    value = v0', '    def method(self, a):', '        return __class__, v1']
        elif kind == 7:
            lines.append(f'{attribute} = I.Descriptor(v0)')
        elif kind == 8:
            lines.append(f'{attribute} = property(lambda self: v1, None, None, "doc")')
        else:
            lines += ['def __init_subclass__(cls, **kwds):', '    super().__init_subclass__(**kwds)']
    if random.random() < 0.15:
        lines += ['def __eq__(self, other):', '    return self is other']
    if random.random() < 0.15:
        lines += ['def __repr__(self):', '    return "generated"']
    if not slots and random.random() < 0.1:
        lines += ['def __getstate__(self):', '    return {"from": "getstate", "all": dict(self.__dict__)}']
        if random.random() < 0.5:
            lines += ['def __setstate__(self, state):', '    self.__dict__.update(state)']
    if plain and not slots and random.random() < 0.1:
        lines += ['def __reduce__(self):', '    return (type(self), (), {"reduced": [self.__dict__]})']
    if plain and not slots and random.random() < 0.08:
        lines += ['def __getnewargs_ex__(self):', '    return (), {}']
    if random.random() < 0.08:
        lines += ['@abc.abstractmethod', 'def abstract(self):', '    pass']
    lines = lines or ['pass']
    return [f'class {name}({head}):' if head else f'class {name}:', *indented(lines)]


def factory(lines, result, count=6):
    names = ', '.join(f'v{i}' for i in range(count))
    return '\n'.join([f'def factory({names}):', *indented([*lines, f'return {result}'])]) + '\n'
