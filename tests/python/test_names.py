"""Every name that upstream's dill._dill has, of the same kind: other libraries import and call them."""

import json
import types

import pytest

import dill._dill

# Names that ours need not have.
NOT_OURS = {
    'annotations': 'a __future__ import of the source text',
}
# Numpy may be on the path of one of the two; the ctypes functions are made anew in each process.
VALUES_DIFFER = {'NumpyArrayType', 'NumpyDType', 'NumpyUfuncType'}

DESCRIBE = """
import inspect, json, types, dill._dill as module
found = {}
for name in dir(module):
    value = getattr(module, name)
    entry = found[name] = {'kind': type(value).__name__}
    if isinstance(value, types.FunctionType):
        parameters = inspect.signature(value).parameters.values()
        entry['parameters'] = [(p.name, p.kind.name, repr(p.default)) for p in parameters]
        entry['module'], entry['name'] = value.__module__, value.__name__
    elif isinstance(value, type):
        entry['type'] = f'{value.__module__}.{value.__qualname__}'
    elif isinstance(value, (bool, bytes, int)) or value is None:
        entry['value'] = repr(value)
print(json.dumps(found))
"""

STREAM_NAMES = (
    '_create_array _create_capsule _create_cell _create_code _create_dtypemeta _create_filehandle _create_ftype '
    '_create_function _create_lock _create_namedtuple _create_rlock _create_stringi _create_stringo _create_type '
    '_create_typing_tuple _create_weakproxy _create_weakref _eval_repr _get_attr _getattr _import_module _load_type '
    '_setitems _unmarshal'
).split()


def test_names(run_python, run_peer):
    ours, theirs = (json.loads(run(DESCRIBE).ok()) for run in (run_python, run_peer))
    missing = {name: theirs[name] for name in theirs.keys() - ours.keys() - NOT_OURS.keys()}
    assert not missing
    if theirs['NumpyArrayType']['kind'] == 'NoneType':
        # Without numpy upstream has other functions under these names, with another parameter.
        for name in ('ndarraysubclassinstance', 'numpydtype', 'numpyufunc'):
            ours[name]['parameters'] = theirs[name]['parameters']
    differ = {
        name: (ours[name], theirs[name])
        for name in theirs.keys() & ours.keys() - VALUES_DIFFER
        if ours[name] != theirs[name] and name != '_create_typemap'
    }
    assert not differ


def test_names_that_are_there_now_are_not_excused():
    assert not [name for name in NOT_OURS if hasattr(dill._dill, name) and name != 'annotations']


def test_type_names(run_python, run_peer):
    code = """
import json, dill._dill as d
text = lambda t: t.__module__ + '.' + t.__qualname__
names = {name: text(t) for name, t in d._reverse_typemap.items()}
print(json.dumps([names, sorted((text(t), name) for t, name in d._typemap.items()),
                  sorted(d._incedental_reverse_typemap), sorted(map(text, d._incedental_types)),
                  sorted((text(t), saver.__module__, saver.__name__) for t, saver in d.Pickler.dispatch.items()
                         if not t.__module__.startswith(('_collections_abc', 'collections')))]))
"""
    ours, theirs = (json.loads(run(code).ok()) for run in (run_python, run_peer))
    assert ours[:4] == theirs[:4]
    # The savers of views are made by a factory upstream, and have other names.
    same = [[entry for entry in each[4] if 'dict_' not in entry[0]] for each in (ours, theirs)]
    assert [entry for entry in same[0] if entry[2] != '_save_type_variable'] == same[1]


@pytest.mark.parametrize('name', STREAM_NAMES)
def test_what_streams_name_is_a_function_of_dill(name):
    function = getattr(dill._dill, name)
    assert type(function) is types.FunctionType
    assert (function.__module__, function.__qualname__) == ('dill._dill', name)


def test_names_made_on_demand():
    assert dill._dill.SocketType.__name__ == 'socket'
    assert '_PyCapsule_New' in dir(dill._dill)
    with pytest.raises(AttributeError, match='no_such_name'):
        dill._dill.no_such_name


def test_get_attr_and_its_kin():
    d = dill._dill
    assert d._get_attr(None, 'len') is len
    assert d._create_ftype(d.PartialType, int, ('3',), None)() == 3
    assert d._create_stringi(b'abc', 1, False).read() == b'bc'
    assert d._create_stringo(b'abc', 1, True).closed
    assert d._unmarshal(__import__('marshal').dumps(DESCRIBE.__len__ and compile('1', 'x', 'eval'))).co_filename == 'x'
    assert d._getattribute(d.Pickler, 'save') == (d.Pickler.save, d.Pickler)
    with pytest.raises(AttributeError, match="Can't get local attribute"):
        d._getattribute(d.Pickler, '<locals>.x')
    with d.match(('a', 'b')) as m:
        assert not m.case(('x',)) and m.case(('x', 'y'))
        assert (m.x, m.y, m.fields) == ('a', 'b', {'x': 'a', 'y': 'b'})
    assert d._locate_function(json.dumps) and not d._locate_function(lambda: 0)
    here = ['an object that the collector knows']
    assert d._locate_object(d._proxy_helper(here)) is here
    with pytest.raises(ReferenceError, match="Cannot reference object at '0x1'"):
        d._locate_object(1)
    with pytest.raises(TypeError, match="'x' is not a valid memory address"):
        d._locate_object('x')


def test_pickles_and_check(capfd):
    assert dill.pickles([1]) and dill.pickles(lambda: 1)
    assert not dill.pickles(x for x in ())
    assert dill.pickles(object()) and not dill.pickles(object(), exact=True)
    dill.check({'a': 1})
    dill.check(b'x' * 300_000, verbose=True)
    out, err = capfd.readouterr()
    assert out.startswith("{'a': 1}\n") and out.endswith('SUCCESS\n') and not err


def test_capsules():
    import datetime

    d = dill._dill
    copy = dill.copy(datetime.datetime_CAPI)
    assert copy is datetime.datetime_CAPI
    address = d._PyCapsule_GetPointer(d._testcapsule, d._testcapsule_name)
    assert dill.copy(d._testcapsule) is d._testcapsule
    new = dill.copy(d._PyCapsule_New(address, b'no_such_module.name', None))
    assert d._PyCapsule_GetPointer(new, b'no_such_module.name') == address
    assert d._PyCapsule_GetName(dill.copy(d._PyCapsule_New(address, None, None))) is None
    wrong = dill.dumps(d._PyCapsule_New(address, b'dill._dill.POP', None))
    with pytest.raises(dill.UnpicklingError):
        dill.loads(wrong)
