"""Pickling with a recorder attached: what the Explorer, `python -m dill explain` and dill.explore() show."""

from io import BytesIO

from dill import _engine
from dill._dill import Pickler, settings

__all__ = ['record', 'record_namespace']


def record(
    obj,
    *,
    name='obj',
    protocol=None,
    byref=None,
    fmode=None,
    recurse=None,
    timed=True,
    keep_bytes=True,
    diagnose=True,
    source='',
):
    """Pickle obj and note every object that is saved.

    name -- how paths call obj
    protocol, byref, fmode, recurse -- as for dill.dump
    timed -- note begin and end of each object as well
    keep_bytes -- keep the pickle, if nothing failed
    diagnose -- go on past every object that cannot be pickled, so that all of them are found in one walk
    source -- what is examined, for the heading of reports

    Returns a Recording. KeyboardInterrupt, SystemExit and MemoryError pass.
    """
    pickler = _pickler(protocol, byref, fmode, recurse)
    return _engine.record(pickler, obj, name, source, timed, keep_bytes, diagnose)


def record_namespace(
    mapping,
    *,
    protocol=None,
    byref=None,
    fmode=None,
    recurse=None,
    timed=True,
    source='',
    keep_bytes=False,
    diagnose=True,
):
    """Pickle every value of a mapping (name -> object) into one recording; paths start with the name.

    Always in diagnostic mode, and nothing of it can be loaded, so `keep_bytes` and `diagnose` may be left out.
    """
    if keep_bytes or not diagnose:
        raise ValueError('a namespace is recorded in diagnostic mode and without its bytes')
    pickler = _pickler(protocol, byref, fmode, recurse)
    return _engine.record_namespace(pickler, dict(mapping), source, timed)


def _pickler(protocol, byref, fmode, recurse):
    protocol = settings['protocol'] if protocol is None else int(protocol)
    return Pickler(BytesIO(), protocol, byref=byref, fmode=fmode, recurse=recurse)
