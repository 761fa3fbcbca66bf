# needs: klepto pandas SQLAlchemy h5py
"""klepto: archives and keymaps on dill, and the tests that it ships."""

import klepto
import klepto.archives
import pytest
import shipped


@pytest.mark.parametrize('kind', ['dir_archive', 'file_archive'])
def test_archives_of_functions(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    archive = getattr(klepto.archives, kind)('memo', serialized=True)
    archive['f'] = lambda x: x + 1
    archive['data'] = {'a': [1, 2]}
    archive.dump()
    again = getattr(klepto.archives, kind)('memo', serialized=True)
    again.load()
    assert (again['f'](1), again['data']) == (2, {'a': [1, 2]})


@pytest.mark.parametrize('file', shipped.tests('klepto'), ids=shipped.name)
def test_shipped(file, tmp_path):
    shipped.run(file, tmp_path)
