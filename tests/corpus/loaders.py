"""Every way to load a file that this Python has: functions of a path. All of them may execute what the file says."""

import bz2
import gzip
import io
import lzma
import pickle
import tarfile
import warnings
import zipfile
import zlib

AT_MOST = 60  # pickles or members of one file


class Recording:
    """The names that the unpickler itself asks for; not those of pickles that the payload loads by itself."""

    names = []

    def find_class(self, module, name):
        Recording.names.append([module, name])
        return super().find_class(module, name)


class CRecorder(Recording, pickle.Unpickler):
    pass


class PythonRecorder(Recording, pickle._Unpickler):
    pass


def in_a_row(make, file):
    """As programs do that keep several pickles in a file: until one fails."""
    for _ in range(AT_MOST):
        make(file).load()


def each(contents, fail=True):
    """Loads each of the contents by itself; the first error is raised at the end."""
    error = None
    for content in contents:
        try:
            pickle.loads(content)
        except Exception as e:
            error = error or e
    if error is not None and fail:
        raise error


def by_file(path, make):
    with open(path, 'rb') as file:
        return make(file).load()


def rows_of_file(path, make):
    with open(path, 'rb') as file:
        in_a_row(make, file)


def content(path):
    with open(path, 'rb') as file:
        return file.read()


def decompressed(opener):
    def load(path):
        with opener(path, 'rb') as file:
            return pickle.load(file)

    return load


def zip_members(path):
    with zipfile.ZipFile(path) as archive:
        each(archive.read(name) for name in archive.namelist()[:AT_MOST])


def zip_members_unchecked(path):
    """As readers in other languages do, which look neither at flags nor at checksums."""
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist()[:AT_MOST]:
            info.flag_bits &= ~0x21
            file = archive.open(info)
            file._expected_crc = None
            pickle.load(file)


def tar_members(path):
    with tarfile.open(path) as archive:
        each(archive.extractfile(member).read() for member in archive.getmembers()[:AT_MOST] if member.isfile())


# Loaders of a bare pickle, all of which every file is given to.
LOADERS = {
    'C loads(bytes)': lambda path: pickle.loads(content(path)),
    'C load(BytesIO)': lambda path: CRecorder(io.BytesIO(content(path))).load(),
    'C load(file)': lambda path: by_file(path, CRecorder),
    'C load(file) again': lambda path: rows_of_file(path, CRecorder),
    'Python loads': lambda path: PythonRecorder(io.BytesIO(content(path))).load(),
}
# Those that are tried if nothing has executed so far.
FURTHER = {
    'Python load again': lambda path: rows_of_file(path, PythonRecorder),
    'gzip': decompressed(gzip.open),
    'bz2': decompressed(bz2.open),
    'lzma': decompressed(lzma.open),
    'zlib': lambda path: pickle.loads(zlib.decompressobj().decompress(content(path))),
    'members of a zip': zip_members,
    'members of a zip, unchecked': zip_members_unchecked,
    'members of a tar': tar_members,
}
# Those of large libraries, which are tried last: a process that has them is slow to make.
LIBRARIES = {}


def add_dill():
    """Returns whether dill is installed."""
    try:
        import dill
    except ImportError:
        return False

    class DillRecorder(Recording, dill.Unpickler):
        pass

    LOADERS['dill.loads'] = lambda path: DillRecorder(io.BytesIO(content(path))).load()
    FURTHER['dill.load again'] = lambda path: rows_of_file(path, DillRecorder)
    return True


def add_libraries():
    """The loaders of what is installed; returns what is not."""
    missing = []
    try:
        import numpy

        def load_arrays(path):
            loaded = numpy.load(path, allow_pickle=True)
            if isinstance(loaded, numpy.lib.npyio.NpzFile):
                for name in loaded.files[:AT_MOST]:
                    try:
                        loaded[name]
                    except Exception:
                        continue
            return loaded

        def load_arrays_again(path):
            with open(path, 'rb') as file:
                for _ in range(AT_MOST):
                    numpy.load(file, allow_pickle=True)

        LIBRARIES['numpy.load'] = load_arrays
        LIBRARIES['numpy.load again'] = load_arrays_again
    except ImportError:
        missing.append('numpy')
    try:
        import joblib

        LIBRARIES['joblib.load'] = joblib.load
    except ImportError:
        missing.append('joblib')
    try:
        import pandas

        LIBRARIES['pandas.read_pickle'] = pandas.read_pickle
    except ImportError:
        missing.append('pandas')
    try:
        import torch

        LIBRARIES['torch.load'] = lambda path: torch.load(path, weights_only=False, map_location='cpu')
    except ImportError:
        missing.append('torch')
    try:
        import sklearn  # noqa: F401
    except ImportError:
        missing.append('sklearn')
    return missing


warnings.simplefilter('ignore')
