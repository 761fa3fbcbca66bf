"""The Python that wrote the code objects of a file is what the file needs: told without the graph, by the bytecode."""

import json
import pickle
import sys

import pytest

import dill

HERE = f'3.{sys.version_info.minor}'


def needs(data):
    return json.loads(dill.inspect(data).report('json'))['requires']


def minor(version):
    return int(version.split('.')[1])


def sample(a, b=2, *rest, **more):
    """Enough of everything to know the version by."""
    total = [a, b]
    for item in rest:
        try:
            total.append(lambda: item + len(more))
        except ValueError as error:
            raise RuntimeError(f'{item}') from error
    return {str(key): key for key in total}


sample.__module__ = '__main__'  # by value: nobody can import it from there


@pytest.mark.parametrize('protocol', range(6))
def test_functions_by_value(protocol):
    found = needs(dill.dumps(sample, protocol, recurse=True))
    notes = [note for note in found['notes'] if note.startswith('code objects have bytecode of Python 3.')]
    assert minor(found['python_minimum']) <= sys.version_info.minor <= minor(found['python_maximum'])
    assert len(notes) == 1 and HERE in notes[0]


def test_cloudpickle():
    cloudpickle = pytest.importorskip('cloudpickle', reason='cloudpickle is not installed')
    found = needs(cloudpickle.dumps(lambda x: [x + i for i in range(3)]))
    assert minor(found['python_minimum']) <= sys.version_info.minor <= minor(found['python_maximum'])


def test_no_code():
    found = needs(pickle.dumps([1, 'x'], 2))
    assert not any('code objects' in note for note in found['notes'])
    assert found['python_maximum'] == ''


def code(fields):
    """A call of dill._dill._create_code with the fields, each as opcodes."""
    return b'\x80\x04cdill._dill\n_create_code\n(' + b''.join(fields) + b'tR'


def fields(bytecode, lines, new):
    one = b'K\x00'
    payload = b'C' + bytes([len(bytecode)]) + bytecode
    text = b'X\x01\x00\x00\x00f'
    found = [one, one, one, one, b'K\x02', b'K\x43', payload, b'N\x85', b')', b')', text, text]
    found += [text] if new else []
    found += [b'K\x01', b'C' + bytes([len(lines)]) + lines]
    found += [b'C\x00'] if new else []
    return found + [b')', b')']


OLD = fields(b'd\x00S\x00', b'\x00\x01', False)  # LOAD_CONST, RETURN_VALUE; a table that covers no bytes: to 3.9
NEW = fields(b'\x97\x00d\x00S\x00', b'\x80\x00', True)  # RESUME, LOAD_CONST, RETURN_VALUE: 3.11


def test_versions_by_hand():
    old, new = needs(code(OLD) + b'.'), needs(code(NEW) + b'.')
    assert (old['python_minimum'], old['python_maximum']) == ('3.8', '3.9')
    assert (new['python_minimum'], new['python_maximum']) == ('3.11', '3.11')


def test_versions_that_contradict_each_other():
    found = needs(code(OLD) + b'0' + code(NEW)[2:] + b'.')
    assert 'code objects were written by different versions of Python: none runs all of them' in found['notes']


@pytest.mark.parametrize('count', [0, 1, 15, 17, 25])
def test_odd_arguments(count):
    found = needs(code([b'N'] * count) + b'.')
    assert not any('code objects' in note for note in found['notes'])
