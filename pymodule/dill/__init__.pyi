from typing import Any

from dill import _dill as _dill
from dill import _shims as _shims
from dill import detect as detect
from dill import logger as logger
from dill import objtypes as objtypes
from dill import pointers as pointers
from dill import session as session
from dill import source as source
from dill import temp as temp
from dill._dill import CONTENTS_FMODE as CONTENTS_FMODE
from dill._dill import DEFAULT_PROTOCOL as DEFAULT_PROTOCOL
from dill._dill import FILE_FMODE as FILE_FMODE
from dill._dill import HANDLE_FMODE as HANDLE_FMODE
from dill._dill import HIGHEST_PROTOCOL as HIGHEST_PROTOCOL
from dill._dill import PickleError as PickleError
from dill._dill import Pickler as Pickler
from dill._dill import PickleWarning as PickleWarning
from dill._dill import PicklingError as PicklingError
from dill._dill import PicklingWarning as PicklingWarning
from dill._dill import Unpickler as Unpickler
from dill._dill import UnpicklingError as UnpicklingError
from dill._dill import UnpicklingWarning as UnpicklingWarning
from dill._dill import check as check
from dill._dill import copy as copy
from dill._dill import dump as dump
from dill._dill import dumps as dumps
from dill._dill import load as load
from dill._dill import loads as loads
from dill._dill import pickle as pickle
from dill._dill import pickles as pickles
from dill._dill import register as register
from dill._explore import explore as explore
from dill._inspect import inspect as inspect
from dill.session import dump_module as dump_module
from dill.session import dump_session as dump_session
from dill.session import load_module as load_module
from dill.session import load_module_asdict as load_module_asdict
from dill.session import load_session as load_session
from dill.settings import settings as settings

types = objtypes

__version__: str
__author__: str
__license__: str

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

# Samples of types, filled by load_types().
objects: dict[str, Any]

def load_types(pickleable: bool = True, unpickleable: bool = True) -> None: ...
def extend(use_dill: bool = True) -> None: ...
def license() -> None: ...
def citation() -> None: ...
