"""dill: pickle functions, closures, classes and nearly everything else of Python, and see why something will not."""

try:
    from dill import _engine
except ImportError as error:
    from dill._supported import why_not

    if why_not(error) is None:
        raise
    raise ImportError(why_not(error), name='dill._engine') from error

from dill.settings import settings  # noqa: I001
from dill._dill import (
    CONTENTS_FMODE,
    DEFAULT_PROTOCOL,
    FILE_FMODE,
    HANDLE_FMODE,
    HIGHEST_PROTOCOL,
    PickleError,
    PickleWarning,
    Pickler,
    PicklingError,
    PicklingWarning,
    Unpickler,
    UnpicklingError,
    UnpicklingWarning,
    check,
    copy,
    dump,
    dumps,
    load,
    loads,
    pickle,
    pickles,
    register,
)
from dill import _dill, _shims, detect, logger, pointers
from dill._explore import explore

__version__ = '0.4.1'

# Modules that only some programs use, and what of them is here: imported when it is asked for.
_LAZY = {
    '__info__': ('__author__', '__license__'),
    '_inspect': ('inspect',),
    'objtypes': ('types',),
    'session': ('dump_module', 'dump_session', 'load_module', 'load_module_asdict', 'load_session'),
    'source': (),
    'temp': (),
}

# Samples of types, by name; load_types() fills it.
objects = {}

__all__ = [
    'CONTENTS_FMODE',
    'DEFAULT_PROTOCOL',
    'FILE_FMODE',
    'HANDLE_FMODE',
    'HIGHEST_PROTOCOL',
    'PickleError',
    'PickleWarning',
    'Pickler',
    'PicklingError',
    'PicklingWarning',
    'Unpickler',
    'UnpicklingError',
    'UnpicklingWarning',
    'check',
    'citation',
    'copy',
    'dump',
    'dump_module',
    'dump_session',
    'dumps',
    'explore',
    'extend',
    'inspect',
    'license',
    'load',
    'load_module',
    'load_module_asdict',
    'load_session',
    'load_types',
    'loads',
    'objects',
    'pickle',
    'pickles',
    'register',
    'settings',
]


def __getattr__(name):
    """Modules of the package that are imported when somebody asks for them."""
    from importlib import import_module

    for module, names in _LAZY.items():
        if name == module:
            return import_module(f'dill.{name}')
        if name in names:
            found = import_module(f'dill.{module}')
            globals()[name] = value = found if name == 'types' else getattr(found, name)
            return value
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def __dir__():
    return sorted({*globals(), *_LAZY, *(name for names in _LAZY.values() for name in names)})


def load_types(pickleable=True, unpickleable=True):
    """Fill dill.objects with samples of types, and dill.types with the types.

    pickleable -- include (False: remove) those that can be pickled
    unpickleable -- include (False: remove) those that cannot
    Those that dill has a name for in streams are always there.

    >>> dill.load_types()
    >>> dill.objects['ListType'], dill.types.ListType
    ([], <class 'list'>)
    """
    from importlib import reload

    from dill import _objects, objtypes

    for wanted, samples in ((pickleable, _objects.succeeds), (unpickleable, _objects.failures)):
        if wanted:
            objects.update(samples)
        else:
            for name in samples:
                objects.pop(name, None)
    objects.update(_objects.registered)
    for name in [name for name in vars(objtypes) if 'Type' in name]:
        delattr(objtypes, name)
    reload(objtypes)


def license():
    """Print on which terms this may be used."""
    from dill import __info__

    print(__info__.__license__)


def citation():
    """Print what to cite."""
    from dill import __info__

    print(__info__.__doc__.partition('cite them:\n')[2].rstrip())


def extend(use_dill=True):
    """Teach the stock Python pickler (pickle._Pickler) dill's types, or with False make it forget them.

    >>> import io, pickle
    >>> file = io.BytesIO()
    >>> pickle._Pickler(file).dump(lambda x: x + 1)
    >>> pickle.loads(file.getvalue())(2)
    3
    >>> dill.extend(False)
    >>> pickle._Pickler(file).dump(lambda x: x + 1)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    _pickle.PicklingError: Can't pickle ...
    >>> dill.extend()
    """
    if use_dill:
        _dill._extend()
    else:
        _dill._revert_extension()


extend()
