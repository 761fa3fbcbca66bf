"""Save the state of a module, most often of the interactive session, and come back to it later.

>>> import dill, os, tempfile, types
>>> folder = tempfile.TemporaryDirectory()
>>> module = types.ModuleType('settings')
>>> module.answer = 42
>>> dill.dump_module(os.path.join(folder.name, 'settings.pkl'), module)
>>> dill.load_module(os.path.join(folder.name, 'settings.pkl')).answer
42
>>> dill.session.preview(os.path.join(folder.name, 'settings.pkl'))['answer'].description  # without loading it
'42'
>>> folder.cleanup()
"""

import io
import os
import pathlib
import re
import sys
import tempfile
import typing
import warnings
from collections import defaultdict
from types import SimpleNamespace
from typing import Any, Optional, Union, cast

from dill import _create, _dill, _engine
from dill._dill import (  # noqa: F401
    BuiltinMethodType,
    FunctionType,
    MethodType,
    ModuleType,
    Pickler,
    PyCapsuleType,
    TypeType,
    Unpickler,
    UnpicklingError,
    __builtin__,
    _import_module,
    _is_builtin_module,
    _is_imported_module,
    _main_module,
    _reverse_typemap,
)
from dill._session_parts import LeftOut, Report, error_for, failing_variables, select
from dill._session_parts import SessionError as SessionError
from dill._session_streams import (  # noqa: F401
    _O_NOFOLLOW,
    _check_symlink,
    _CheckedReader,
    _Destination,
    _identify_module,
    _make_peekable,
    _PeekableReader,
    _safe_open_for_reading,
    _Source,
)
from dill._session_table import SessionTable, read_table
from dill.settings import settings

__all__ = ['dump_module', 'load_module', 'load_module_asdict', 'dump_session', 'load_session']

TEMPDIR = pathlib.PurePath(tempfile.gettempdir())
SESSION_TEMPFILE = str(TEMPDIR / 'session.pkl')

# An object that a module has under another name than the session counts as imported if it is one of these ...
IMPORTED_AS_TYPES: tuple[type, ...] = (ModuleType, TypeType, FunctionType, MethodType, BuiltinMethodType, PyCapsuleType)
# ... or if it says that it is from such a module.
IMPORTED_AS_MODULES = tuple(
    re.compile(pattern)
    for pattern in (
        'ctypes',
        'typing',
        'subprocess',
        'threading',
        r'concurrent\.futures(\.\w+)?',
        r'multiprocessing(\.\w+)?',
    )
)

_IMPORT_LISTS = ('__dill_imported', '__dill_imported_as', '__dill_imported_top_level')
_RUNTIME = '__runtime__.'


class SecurityWarning(UserWarning):
    """A session is read from or written to a place where others may put a file."""


def _warn_if_default_path(filename, stacklevel=3):
    """The file to use if none is named, with a warning; else the one that is."""
    if filename is not None:
        return filename
    warnings.warn(
        f'using the default session file {SESSION_TEMPFILE!r} which is in a world-writable directory.  '
        'Pass an explicit filename to avoid a security risk.',
        SecurityWarning,
        stacklevel=stacklevel,
    )
    return SESSION_TEMPFILE


# --- What a session takes from other modules


def _module_map():
    """What the imported modules hold, to tell where the objects of a session come from.

    by_name -- name -> [(object, name of its module)]
    by_id -- id of an object -> [(object, its name, name of its module)]
    top_level -- id of a module -> its name, for those in no package
    """
    modules = SimpleNamespace(by_name=defaultdict(list), by_id=defaultdict(list), top_level={})
    for module_name, module in list(sys.modules.items()):
        if module_name in ('__main__', '__mp_main__') or not isinstance(module, ModuleType):
            continue
        if module_name.startswith('dill.') and module_name not in _UPSTREAMS_MODULES:
            continue  # upstream could not find it again
        if '.' not in module_name:
            modules.top_level[id(module)] = module_name
        for name, obj in list(vars(module).items()):
            modules.by_name[name].append((obj, module_name))
            modules.by_id[id(obj)].append((obj, name, module_name))
    return modules


_UPSTREAMS_MODULES = frozenset(
    'dill.' + name
    for name in (
        '__diff __info__ _dill _objects _shims detect logger objtypes pointers session settings source temp'
    ).split()
)


def _lookup_module(modmap, name, obj, main_module):
    """(module, name in it) where the object of that name comes from, else (None, None)."""
    for known, module_name in modmap.by_name[name]:
        if known is obj and sys.modules.get(module_name) is not main_module:
            return module_name, name
    origin = getattr(obj, '__module__', None)
    may_be_renamed = isinstance(obj, IMPORTED_AS_TYPES) or (
        isinstance(origin, str) and any(pattern.fullmatch(origin) for pattern in IMPORTED_AS_MODULES)
    )
    if may_be_renamed:
        for _, known_name, module_name in modmap.by_id[id(obj)]:
            if sys.modules.get(module_name) is not main_module:
                return module_name, known_name
    return None, None


_CONSTANTS = (str, bytes, int, float, complex)


def _stash_modules(main_module):
    """A module like this one, with lists of what can be imported in the place of that; itself if that is nothing."""
    return _stash(main_module, vars(main_module))


def _stash(main_module, variables):
    modules = _module_map()
    substitute = _module_like(main_module)
    imported, imported_as, top_level = [], [], []
    better = settings.get('compat') == 'better'
    for name, obj in variables.items():
        own = _of_module(obj, main_module, substitute)
        if own is not None:
            substitute.__dict__[name] = own
            continue
        if obj is None or obj is False or obj is True or (isinstance(obj, ModuleType) and _is_builtin_module(obj)):
            substitute.__dict__[name] = obj
            continue
        source, source_name = _lookup_module(modules, name, obj, main_module)
        # A number or a string that a module happens to have under that name need not come from there.
        if source is not None and not (better and type(obj) in _CONSTANTS):
            if source_name == name:
                imported.append((source, name))
            else:
                imported_as.append((source, source_name, name))
        elif isinstance(obj, ModuleType) and id(obj) in modules.top_level:
            top_level.append((modules.top_level[id(obj)], name))
        else:
            substitute.__dict__[name] = obj
    if not imported and not imported_as and not top_level:
        return None if variables is not vars(main_module) else main_module
    substitute.__dict__.update(zip(_IMPORT_LISTS, (imported, imported_as, top_level)))
    _make_imported_like(substitute, main_module)
    return substitute


def _module_like(main_module):
    return ModuleType(main_module.__name__, main_module.__doc__)


def _of_module(obj, main_module, substitute):
    """The module itself and its namespace are those of the substitute there."""
    if obj is main_module:
        return substitute
    return substitute.__dict__ if obj is main_module.__dict__ else None


def _make_imported_like(substitute, main_module):
    if _is_imported_module(main_module) and not _is_imported_module(substitute):
        substitute.__loader__ = True


def _module_of(main_module, variables):
    """A module like this one that has those variables only."""
    substitute = _module_like(main_module)
    for name in [name for name in substitute.__dict__ if name not in variables]:
        del substitute.__dict__[name]
    for name, obj in variables.items():
        own = _of_module(obj, main_module, substitute)
        substitute.__dict__[name] = obj if own is None else own
    # Without its name a module is none.
    substitute.__name__ = main_module.__name__
    _make_imported_like(substitute, main_module)
    return substitute


# --- Writing


def _session_pickler(file, main, written, options):
    pickler = Pickler(file, settings['protocol'], **options)
    pickler._main = written
    pickler._byref = False
    pickler._recurse = False
    pickler._session = True
    vars(pickler).update(_original_main=main, _main_modified=written is not main, _first_pass=True)
    return pickler


def _save_type_variables_by_value(pickler, module):
    """Those of the module itself: it is not there yet where their names would be looked up."""
    pickler.dispatch = dispatch = _dill.MetaCatchingDict(pickler.dispatch)

    def saver_before(save_by_name):
        def save(pickler, obj):
            if obj.__module__ == module.__name__:
                pickler.save_reduce(*_dill._type_variable_by_value(obj), obj=obj)
            else:
                save_by_name(pickler, obj)

        return save

    for cls in _type_variables():
        dispatch[cls] = saver_before(dispatch[cls])


def _type_variables():
    kinds = (getattr(typing, name, None) for name in ('TypeVar', 'ParamSpec', 'TypeVarTuple', 'NewType'))
    return tuple(kind for kind in kinds if isinstance(kind, type))


def _type_variables_among(objects):
    kinds = _type_variables()
    # Most sessions have none, which is told without a look at each object.
    return () if {*kinds}.isdisjoint(map(type, objects)) else [obj for obj in objects if type(obj) in kinds]


def _refer_to_substitute(pickler, module):
    """Where the module that is saved is met again, that is the substitute, not a copy of all that it has."""
    pickler.dispatch = dispatch = _dill.MetaCatchingDict(pickler.dispatch)
    save_module = dispatch[ModuleType]

    def save(pickler, obj):
        if obj is module and pickler._main is not obj:
            pickler.save(pickler._main)
        else:
            save_module(pickler, obj)

    dispatch[ModuleType] = save
    if sys.modules.get(module.__name__) is not module:  # else its namespace is found by its name
        namespace, save_dict = vars(module), dispatch[dict]
        dispatch[dict] = lambda pickler, obj: (
            pickler.write(b'c__builtin__\n__main__\n') if obj is namespace else save_dict(pickler, obj)
        )


class _Dump:
    """One call of dump_module()."""

    def __init__(self, main, refimported, options):
        self.main = main
        self.refimported = refimported
        self.options = options
        self.left_out: list[LeftOut] = []

    def written(self):
        """The module that is pickled in the place of the one that is saved."""
        absent = {each.name for each in self.left_out}
        if not absent:
            return (self.refimported and _stash_modules(self.main)) or self.main
        variables = {name: obj for name, obj in vars(self.main).items() if name not in absent}
        return (self.refimported and _stash(self.main, variables)) or _module_of(self.main, variables)

    def pickler(self, file):
        written = self.written()
        pickler = _session_pickler(file, self.main, written, self.options)
        if written is not self.main and (self.left_out or settings.get('compat') == 'better'):
            _refer_to_substitute(pickler, self.main)
        if any(obj.__module__ == written.__name__ for obj in _type_variables_among(vars(written).values())):
            _save_type_variables_by_value(pickler, self.main)
        return pickler

    def write(self, file):
        pickler = self.pickler(file)
        pickler.dump(pickler._main)

    def failures(self):
        """What of the module cannot be pickled, as [LeftOut]."""
        pickler = self.pickler(io.BytesIO())
        written = pickler._main
        pickler.dispatch = dispatch = _dill.MetaCatchingDict(pickler.dispatch)
        save_module = dispatch[ModuleType]
        # Its variables are looked at one by one, each as if all others were written already.
        dispatch[ModuleType] = lambda pickler, obj: (
            pickler.save(None) if obj is written or obj is self.main else save_module(pickler, obj)
        )
        # A function does not fail because of the variables of its module: it has the namespace as it is written.
        vars(pickler).update(_first_pass=False, _main_modified=True)
        skipped = {*_dill._module_entries_not_saved, *_IMPORT_LISTS}
        variables = {name: obj for name, obj in vars(written).items() if name not in skipped}
        return failing_variables(pickler, variables, self.main.__name__)

    def run(self, file, skips):
        while True:
            try:
                self.write(file)
                return
            except MemoryError:
                raise
            except Exception as error:
                failures = self.failures()
                if not failures:  # the file, not the variables
                    raise
                if not skips:
                    raise error_for(error, self.main.__name__, failures) from error
                self.left_out.extend(failures)


def _renamed(kwds, value, old, new, message):
    """The value of an argument that may come under its old name."""
    if old not in kwds:
        return value
    warnings.warn(message, PendingDeprecationWarning, stacklevel=3)
    if value:
        raise TypeError(f'both {new!r} and {old!r} arguments were used')
    return kwds.pop(old)


_MAIN_RENAMED = "The argument 'main' has been renamed 'module'."


def dump_module(
    filename: Union[str, 'os.PathLike[str]', Any, None] = None,
    module: Union[ModuleType, str, None] = None,
    refimported: bool = False,
    *,
    on_error: str = 'raise',
    include: Any = None,
    exclude: Any = None,
    **kwds: Any,
) -> Optional[Report]:
    """Pickle the state of a module, by default that of the interactive session (``__main__``).

    filename -- a path, or a file that is open for writing bytes; without one it is ``session.pkl`` in the folder for
        temporary files, with a SecurityWarning
    module -- the module, or the name of one that can be imported
    refimported -- write a reference to where it comes from for all that the module has imported, instead of the object
    on_error -- 'raise': raise a SessionError that lists all variables which cannot be pickled, with the path to what is
        in the way; 'skip': leave them out
    include, exclude -- which variables are saved, and which of these are not: a name, a pattern with ``*``, ``?``,
        ``[`` or compiled, a type, a function of name and value, or several of them
    kwds -- keywords of dill.Pickler

    A path gets the new content at once, when that is complete and on the disk; whatever happens before, the old file
    stays as it was. It is readable by its owner only, unless a file was there that is not. A symbolic link is refused.
    A file object that can seek is as it was if the dump fails. With ``dill.settings['checksum']`` a checksum follows.

    Returns a Report of what was left out and why if on_error is 'skip', or with `include` or `exclude`; else None.

    >>> import io, types
    >>> notes = types.ModuleType('notes')
    >>> notes.answer, notes.lines = 42, (line for line in ())
    >>> print(dill.dump_module(io.BytesIO(), notes, on_error='skip'))
    left out of module 'notes':
      lines: TypeError: cannot pickle 'generator' object
    """
    module = _renamed(kwds, module, 'main', 'module', _MAIN_RENAMED)
    refimported = _renamed(
        kwds,
        refimported,
        'byref',
        'refimported',
        "The argument 'byref' has been renamed 'refimported' to distinguish it from dill.settings['byref'].",
    )
    if on_error not in ('raise', 'skip'):
        raise ValueError(f"on_error is 'raise' or 'skip', not {on_error!r}")
    main = _module_argument(module) or _main_module
    dump = _Dump(main, refimported, kwds)
    if include is not None or exclude is not None:
        dump.left_out.extend(select(vars(main), include, exclude))
    destination = _Destination(_warn_if_default_path(filename))
    seal = bool(settings.get('checksum'))
    try:
        if destination.is_ours or not (seal or on_error == 'skip'):
            dump.run(destination.file, on_error == 'skip')
        else:
            buffer = io.BytesIO()
            dump.run(buffer, on_error == 'skip')
            if seal:
                checksum = _engine.Checksum()
                checksum.update(buffer.getbuffer())
                buffer.write(checksum.trailer())
            sink = _engine.FileSink(destination.file.write, destination.file)
            try:
                sink.write(buffer.getvalue())
            except BaseException as error:
                sink.undo(error)
                raise
        destination.finish(seal)
    finally:
        destination.discard()
    if on_error == 'skip' or include is not None or exclude is not None:
        return Report(main.__name__, tuple(dump.left_out))
    return None


def dump_session(filename=None, main=None, byref=False, **kwds):
    """The old name of dump_module()."""
    warnings.warn('dump_session() has been renamed dump_module()', PendingDeprecationWarning, stacklevel=2)
    dump_module(filename, module=main, refimported=byref, **kwds)


# --- Reading


class _SessionUnpickler(Unpickler):
    """Gathers the state of one module; what it does to others on the way can be taken back."""

    _session = True

    def __init__(self, file, target, stored_name, **options):
        super().__init__(file, **options)
        self._main = target
        self._names = (stored_name, target.__name__)
        self.state: dict[str, Any] = {}
        self._changed: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def find_class(self, module, name):
        if module in self._names and sys.modules.get(module) is not self._main:
            found = self._main
            try:
                for part in name.split('.'):
                    found = getattr(found, part)
                return found
            except AttributeError:
                pass
        return super().find_class(module, name)

    def find_module(self, name):
        """What _import_module finds under the name in this session; None if that is for the rest of the world."""
        if name in self._names:
            return self._main
        module, _, attribute = name.rpartition('.')
        if module in self._names and sys.modules.get(module) is not self._main:
            found = getattr(self._main, attribute, None)
            if not isinstance(found, (ModuleType, type)):
                raise ImportError(f'module {module!r} has no class {attribute!r}')
            return found
        return None

    def _set_module_state(self, module, state):
        # The engine calls this where a stream gives a module its state.
        if not isinstance(state, dict):
            raise UnpicklingError('state is not a dictionary')
        state = {sys.intern(name) if type(name) is str else name: value for name, value in state.items()}
        if module is self._main:
            self.state.update(state)
        else:
            self._changed.append((module.__dict__, module.__dict__.copy()))
            _engine.update_at_once(module.__dict__, state)

    def load_state(self):
        """{name: object} of the module; nothing in it is changed."""
        before = _create.loading.session
        _create.loading.session = self
        try:
            module = self.load()
        finally:
            _create.loading.session = before
        if module is not self._main:
            raise UnpicklingError(f'this is {type(module).__name__!r}, not the saved state of a module')
        _resolve_imports(self, self.state)
        return self.state

    def take_back(self):
        """Make the other modules what they were."""
        for namespace, content in reversed(self._changed):
            _engine.restore_at_once(namespace, content)


def _resolve_imports(unpickler, state):
    """Put what the three lists of a session with refimported name into its state."""
    imported, imported_as, top_level = (state.pop(name, ()) for name in _IMPORT_LISTS)
    for module_name, name in imported:
        state[name] = unpickler.find_class(module_name, name)
    for module_name, source_name, name in imported_as:
        state[name] = unpickler.find_class(module_name, source_name)
    for module_name, name in top_level:
        state[name] = __import__(module_name)


def _restore_modules(unpickler, main_module):
    """Import what the lists in the module name, which are gone then."""
    _resolve_imports(unpickler, main_module.__dict__)


def _module_argument(module):
    if module is None:
        return None
    if isinstance(module, str):
        module = _import_module(module)
    if not isinstance(module, ModuleType):
        raise TypeError(f'{module!r} is not a module')
    return module


def _target(module: Optional[ModuleType], stored_name: str) -> ModuleType:
    """The module that gets the state: the one that was asked for, if it may, else the one of that name."""
    runtime = stored_name.startswith(_RUNTIME)
    name = stored_name[len(_RUNTIME) :] if runtime else stored_name
    if module is None:
        return ModuleType(name) if runtime else cast(ModuleType, _import_module(name))
    if runtime and _is_imported_module(module):
        raise ValueError(
            f"can't update imported module {module.__name__!r} with the saved state of module-type object {name!r}"
        )
    if not runtime and not _is_imported_module(module):
        raise ValueError(
            f"can't update module-type object {module.__name__!r} with the saved state of imported module {name!r}"
        )
    if module.__name__ != name:
        raise ValueError(f"can't update module {module.__name__!r} with the saved state of module {name!r}")
    return module


def _load_state(source, check_later, target, stored_name, names, options):
    """The state to give the module. If it cannot be had, everything is as it was."""
    file = _CheckedReader(source.file) if check_later else source.file
    unpickler = _SessionUnpickler(file, target, stored_name, **options)
    try:
        state = unpickler.load_state()
        if check_later:
            file.check()
        return state if names is None else _part(state, names, stored_name)
    except BaseException:
        unpickler.take_back()
        raise


def _part(state, names, module_name):
    wanted = [names] if isinstance(names, str) else list(names)
    missing = [name for name in wanted if not any(sign in name for sign in '*?[') and name not in state]
    if missing:
        raise ValueError(f'the saved state of module {module_name!r} has no {", ".join(map(repr, missing))}')
    left_out = {each.name for each in select(state, wanted, None)}
    return {name: value for name, value in state.items() if name in wanted or _is_variable(name, left_out)}


def _is_variable(name, left_out):
    return name not in left_out and not (name.startswith('__') and name.endswith('__'))


def load_module(
    filename: Union[str, 'os.PathLike[str]', Any, None] = None,
    module: Union[ModuleType, str, None] = None,
    *,
    names: Any = None,
    **kwds: Any,
) -> Optional[ModuleType]:
    """Give a module the state that dump_module() has saved. Only from sources that you trust: loading runs code.

    filename -- a path, or a file that is open for reading bytes; see dump_module()
    module -- the module to update, or its name; by default the one of the name that the file says
    names -- names, or patterns with ``*``, ``?`` or ``[``, of the variables to restore; by default all of them
    kwds -- keywords of dill.Unpickler; with ``ignore=True`` code of another Python version is loaded without a check

    What the file does not have stays in the module. The module is updated in one step, when everything is loaded: if
    the load fails or is interrupted, it is as it was. A file that the session had open for writing is opened again
    without losing its content.

    Returns the module, but None if that is ``__main__`` or was passed as a module.

    >>> import io, types
    >>> notes = types.ModuleType('notes')
    >>> notes.answer, notes.question = 42, None
    >>> file = io.BytesIO()
    >>> dill.dump_module(file, notes)
    >>> notes.answer = 'changed'
    >>> file.seek(0)
    0
    >>> dill.load_module(file, notes, names='answer')
    >>> notes.answer
    42
    """
    module = _renamed(kwds, module, 'main', 'module', _MAIN_RENAMED)
    with _Source(_warn_if_default_path(filename)) as source:
        check_later = source.check_seal()
        stored_name = source.identify()
        target = _target(_module_argument(module), stored_name)
        state = _load_state(source, check_later, target, stored_name, names, kwds)
        _engine.update_at_once(target.__dict__, state)
    if target is _main_module or (module is not None and not isinstance(module, str)):
        return None
    return target


def load_session(filename=None, main=None, **kwds):
    """The old name of load_module(); returns None."""
    warnings.warn('load_session() has been renamed load_module().', PendingDeprecationWarning, stacklevel=2)
    load_module(filename, module=main, **kwds)


def load_module_asdict(
    filename: Union[str, 'os.PathLike[str]', Any, None] = None, update: bool = False, **kwds: Any
) -> dict[str, Any]:
    """The saved state of a module as a dict, without changing the module. Only from sources that you trust.

    filename -- a path, or a file that is open for reading bytes; see dump_module()
    update -- put it on top of what the module has now
    kwds -- keywords of dill.Unpickler, and `names` as for load_module()

    The functions in it have it as their globals. Under ``__session__`` it has the name of the file. Neither
    ``sys.modules`` nor ``__main__`` is touched, so several threads may do this at once.

    >>> import io, types
    >>> notes = types.ModuleType('notes')
    >>> notes.answer = 42
    >>> file = io.BytesIO()
    >>> dill.dump_module(file, notes)
    >>> file.seek(0)
    0
    >>> dill.load_module_asdict(file)['answer']
    42
    """
    if 'module' in kwds:
        raise TypeError("'module' is an invalid keyword argument for load_module_asdict()")
    if 'main' in kwds:
        raise TypeError("'main' is an invalid keyword argument for load_module_asdict()")
    names = kwds.pop('names', None)
    with _Source(_warn_if_default_path(filename)) as source:
        check_later = source.check_seal()
        stored_name = source.identify()
        name = stored_name[len(_RUNTIME) :] if stored_name.startswith(_RUNTIME) else stored_name
        target = ModuleType(name)
        if update and name is stored_name:
            target.__dict__.update(vars(_import_module(name)))
        else:
            vars(target)['__builtins__'] = __builtin__
        # The class of the name belongs to the module that is not to be touched.
        target.__name__ = name
        state = _load_state(source, check_later, target, stored_name, names, kwds)
        target.__dict__.update(state)
    vars(target)['__session__'] = str(filename)
    return target.__dict__


def preview(filename: Union[str, 'os.PathLike[str]', Any, None] = None) -> SessionTable:
    """What a session file holds, without loading it: nothing is imported or called.

    filename -- a path, or a file that is open for reading bytes (which is read to its end)

    Returns a table of the variables: name, type, bytes, whether the object or only its name is in the file, what it
    needs. ValueError if the file is no session. Of a damaged file what comes before the damage is there.

    >>> import io, types
    >>> notes = types.ModuleType('notes')
    >>> notes.answer = 42
    >>> file = io.BytesIO()
    >>> dill.dump_module(file, notes)
    >>> file.seek(0)
    0
    >>> dill.session.preview(file)['answer'].type
    'int'
    """
    return read_table(SESSION_TEMPFILE if filename is None else filename)


for _function in (_lookup_module, _module_map, _restore_modules, _stash_modules, dump_session, load_session):
    setattr(_dill, _function.__name__, _function)
del _function
