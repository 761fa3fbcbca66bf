# needs: klepto pandas SQLAlchemy h5py
"""klepto: archives and keymaps on dill, and the tests that it ships."""

import klepto
import klepto.archives
import pytest
import shipped

PLACES = {
    'dir_archive': 'memo',
    'file_archive': 'memo',
    'hdf_archive': 'memo.hdf5',
    'hdfdir_archive': 'memo',
    'sql_archive': 'sqlite:///memo.db',
    'sqltable_archive': 'sqlite:///memo.db?table=memo',
}


@pytest.mark.parametrize('kind', PLACES)
def test_archives_of_functions_and_classes(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    n = 3

    class Local:
        def answer(self):
            return n

    archive = getattr(klepto.archives, kind)(PLACES[kind], serialized=True)
    archive['f'] = lambda x: x + n
    archive['class'] = Local
    archive['data'] = {'a': [1, 2], 'b': b'\0\xff'}
    archive.dump()
    again = getattr(klepto.archives, kind)(PLACES[kind], serialized=True)
    again.load()
    assert again['f'] is not archive['f']
    assert (again['f'](1), again['class']().answer(), again['data']) == (4, 3, {'a': [1, 2], 'b': b'\0\xff'})
    assert sorted(again) == ['class', 'data', 'f']


@pytest.mark.parametrize('kind', ['file_archive', 'hdf_archive', 'sql_archive'])
def test_archives_of_upstream_are_read(kind, run, run_upstream, tmp_path):
    place = PLACES[kind].replace('memo', str(tmp_path / 'memo'))
    write = """
import sys, klepto.archives
archive = getattr(klepto.archives, sys.argv[1])(sys.argv[2], serialized=True)
archive['f'] = lambda x: x + 1
archive['data'] = [1, {'a': 2.5}]
archive.dump()
"""
    read = """
import sys, klepto.archives
archive = getattr(klepto.archives, sys.argv[1])(sys.argv[2], serialized=True)
archive.load()
print(archive['f'](1), archive['data'])
"""
    run_upstream(write, kind, place)
    assert run(read, kind, place) == "2 [1, {'a': 2.5}]\n"
    run(write.replace('x + 1', 'x + 2'), kind, place)
    assert run_upstream(read, kind, place) == "3 [1, {'a': 2.5}]\n"


@pytest.mark.parametrize('file', shipped.tests('klepto'), ids=shipped.name)
def test_shipped(file, tmp_path):
    shipped.run(file, tmp_path)
