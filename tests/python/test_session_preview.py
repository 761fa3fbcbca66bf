"""dill.session.preview and ``python -m dill session``: the table equals what loading brings, and nothing is run."""

import io
import json
import subprocess
import sys
import types

import pytest

import dill
from dill.session import preview

SCRIPT = """
import dill, decimal, json, math, os, types
from collections import OrderedDict as OD
{settings}
{many}
numbers = list(range(100))
same = numbers
inner = [numbers, 'x']
text = 'abc' * 100
flag = True
nothing = None
ratio = 0.5
raw = b'bytes'
class Shape:
    def area(self):
        return math.pi
square = Shape()
kinds = {{'square': square, 'int': int}}
alias = kinds['square']
def double(x, y=2, *, z=3):
    return x * y * ratio
price = decimal.Decimal('1.5')
dump = json.dumps
ordered = OD(a=1)
number_type = int
names = dict(
    (name, type(value).__module__ + '.' + type(value).__qualname__)
    for name, value in list(globals().items())
    if not name.startswith('__')
)
dill.dump_module({file!r}, refimported={refimported})
"""
MANY = '\n'.join(f'many_{i} = {i}' for i in range(40))

VARIANTS = {
    'plain': {},
    'refimported': {'refimported': True},
    'header and checksum': {'settings': "dill.settings['header'] = dill.settings['checksum'] = True"},
    'protocol 2': {'settings': "dill.settings['protocol'] = 2"},
    'protocol 5': {'settings': "dill.settings['protocol'] = 5"},
}


def session(path, **options):
    options = {'settings': '', 'refimported': False, 'many': MANY, 'file': str(path), **options}
    subprocess.run([sys.executable, '-c', SCRIPT.format(**options)], check=True, timeout=60)
    return path


@pytest.mark.parametrize('variant', VARIANTS)
def test_names_and_types(tmp_path, variant):
    path = session(tmp_path / 'session.pkl', **VARIANTS[variant])
    table = preview(path)
    expected = dill.load_module_asdict(path)
    kinds = expected['names']
    found = {each.name: each for each in table if not each.name.startswith('__')}
    assert set(found) == set(kinds) | {'names'}
    assert table.module == '__main__'
    assert not table.at_run_time
    assert table.fault is None
    assert table.refimported == (variant == 'refimported')
    assert table.checksum == (variant == 'header and checksum')
    assert table.python == ('.'.join(map(str, sys.version_info[:3])) if variant == 'header and checksum' else None)
    assert table.bytes == path.stat().st_size
    for name, kind in kinds.items():
        each = found[name]
        if each.type == 'global':
            assert each.storage == 'reference'
        else:
            wanted = kind.rpartition('.')[2] if kind.startswith('builtins.') else kind
            assert each.type in (wanted, wanted.replace('__main__.', '')), name
    for i in range(40):
        assert (found[f'many_{i}'].type, found[f'many_{i}'].description) == ('int', str(i))
    assert {'math', 'json', 'decimal', 'os'} <= set(table.imports)


def test_values_and_references(tmp_path):
    table = preview(session(tmp_path / 'session.pkl'))
    assert [table[name].storage for name in ('math', 'dump', 'number_type')] == ['reference'] * 3
    assert [table[name].storage for name in ('numbers', 'Shape', 'double', 'price')] == ['value'] * 4
    assert (table['same'].storage, table['same'].same_as, table['same'].bytes) == ('same', 'numbers', 0)
    assert table['alias'].same_as == 'square'
    assert table['inner'].uses == ('numbers',)
    assert table['square'].uses == ('Shape',)
    assert table['double'].uses == ()
    assert table['price'].needs == ('decimal.Decimal',)
    assert table['dump'].needs == ('json.dumps',)
    assert table['dump'].description == 'json.dumps'
    assert table['number_type'].description == 'int'
    assert table['text'].bytes >= 300
    assert table['text'].share == pytest.approx(table['text'].bytes / table.bytes)
    assert sum(each.bytes for each in table) < table.bytes


def test_module_objects(tmp_path):
    module = types.ModuleType('settings')
    module.answer, module.itself = 42, module
    path = tmp_path / 'settings.pkl'
    dill.dump_module(path, module)
    table = preview(path)
    assert (table.module, table.at_run_time) == ('settings', True)
    assert table['answer'].description == '42'
    assert table['itself'].same_as == 'the module itself'
    with open(path, 'rb') as file:
        assert [each.name for each in preview(file)] == [each.name for each in table]
    assert [each.name for each in preview(io.BytesIO(path.read_bytes()))] == [each.name for each in table]


def test_long_and_odd_names(tmp_path):
    module = types.ModuleType('odd')
    names = ['x' * 110, 'ü', 'café', '变量']
    for name in names:
        setattr(module, name, [name])
    dill.dump_module(tmp_path / 'odd.pkl', module)
    table = preview(tmp_path / 'odd.pkl')
    assert [each.name for each in table if not each.name.startswith('__')] == names
    assert '\n' not in table[names[0]].name


def test_nothing_is_run(tmp_path):
    marker = tmp_path / 'marker'
    module = types.ModuleType('hostile')
    module.first = 1
    module.call = Touch(str(marker))
    module.last = 2
    path = tmp_path / 'hostile.pkl'
    dill.dump_module(path, module)
    table = preview(path)
    assert not marker.exists()
    assert table['call'].needs == (
        f'{type(tmp_path).__module__}.{type(tmp_path).__name__}',
        'test_session_preview.touch',
    )
    assert 'test_session_preview' in table.imports
    assert [table[name].description for name in ('first', 'last')] == ['1', '2']


def touch(path):
    path.touch()


class Touch:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        import pathlib

        return touch, (pathlib.Path(self.path),)


def test_damaged(tmp_path):
    path = session(tmp_path / 'session.pkl')
    data = path.read_bytes()
    whole = [each.name for each in preview(path)]
    seen = set()
    for end in range(60, len(data) - 1, 97):
        (tmp_path / 'cut.pkl').write_bytes(data[:end])
        try:
            table = preview(tmp_path / 'cut.pkl')
        except ValueError:
            assert end < 200  # the module's own begin is missing
            continue
        assert table.fault is not None and table.fault[0] <= end
        names = [each.name for each in table]
        assert names == whole[: len(names)]
        seen.add(len(names))
    assert max(seen) > 40


def test_no_session(tmp_path):
    for data, message in ((dill.dumps([1]), 'of no session'), (dill.dumps(math_module()), 'of no session')):
        (tmp_path / 'other.pkl').write_bytes(data)
        with pytest.raises(ValueError, match=message):
            preview(tmp_path / 'other.pkl')
    (tmp_path / 'text').write_bytes(b'\xff\xfe')
    with pytest.raises(ValueError, match='is no pickle'):
        preview(tmp_path / 'text')
    with pytest.raises(FileNotFoundError):
        preview(tmp_path / 'missing')


def math_module():
    import math

    return math


def test_table_is_a_sequence(tmp_path):
    table = preview(session(tmp_path / 'session.pkl'))
    assert table[0] == next(iter(table))
    assert len(table[1:3]) == 2
    assert 'numbers' in table and table['numbers'] in table and 'missing' not in table
    with pytest.raises(KeyError):
        table['missing']
    text = repr(table)
    assert text.startswith("session of module '__main__', ")
    assert 'numbers' in text and '__name__' in text


def command(*arguments):
    process = subprocess.run(
        [sys.executable, '-m', 'dill', 'session', *map(str, arguments)], capture_output=True, text=True, timeout=60
    )
    return process.returncode, process.stdout, process.stderr


def test_command(tmp_path):
    path = session(tmp_path / 'session.pkl')
    status, text, errors = command(path)
    assert (status, errors) == (0, '')
    assert 'numbers' in text and '__name__' not in text
    assert '__name__' in command(path, '--all')[1]
    status, text, _ = command(path, '--json')
    report = json.loads(text)
    assert status == 0
    assert report['module'] == '__main__'
    numbers = next(each for each in report['variables'] if each['name'] == 'numbers')
    assert (numbers['type'], numbers['storage'], numbers['description']) == ('list', 'value', '100 items')

    (tmp_path / 'cut.pkl').write_bytes(path.read_bytes()[:1000])
    status, text, _ = command(tmp_path / 'cut.pkl')
    assert status == 1 and 'damaged or cut off' in text
    (tmp_path / 'other.pkl').write_bytes(dill.dumps(1))
    for wrong in ('missing.pkl', 'other.pkl'):
        status, text, errors = command(tmp_path / wrong)
        assert (status, text) == (2, '')
        assert errors.startswith('dill: ')
