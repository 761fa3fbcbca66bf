"""What dill.logger's trace calls a step of a saver: 'F1' for a function by value, 'T4' for a class by reference ..."""

import abc
import sys

__all__ = ['code_of', 'message_of']

# Savers that have one code; the others are in _BY_REDUCTION.
_CODES = {
    '_save_dict_view': 'Dkvi',
    'save_capsule': 'Cap',
    'save_classmethod': 'Cm',
    'save_code': 'Co',
    'save_context': 'Cx',
    'save_dataclasses_FIELD_BASE': 'DcFB',
    'save_dataclasses_HAS_DEFAULT_FACTORY_CLASS': 'DcHDF',
    'save_dataclasses_KW_ONLY_TYPE': 'DcKWO',
    'save_dataclasses_MISSING_TYPE': 'DcM',
    'save_dictproxy': 'Mp',
    'save_file': 'Fi',
    'save_instancemethod0': 'Me1',
    'save_lock': 'Lo',
    'save_lru_cache': 'LRU',
    'save_numpy_array': 'Nu',
    'save_numpy_ufunc': 'Nu',
    'save_property': 'Pr',
    'save_rlock': 'RL',
    'save_singleton': 'Si',
    'save_slice': 'Sl',
    'save_super': 'Su',
    'save_thread_handle': 'Th',
    'save_weakproxy': 'R2',
    'save_weakref': 'R1',
    'save_wrapper_descriptor': 'Wr',
}


def _cell(pickler, obj, kind, rest):
    try:
        obj.cell_contents  # noqa: B018 -- asks whether it is empty
    except ValueError:
        return 'Ce3'
    return 'Ce2' if getattr(pickler, '_postproc', None) else 'Ce1'  # filled later, if something is under construction


def _dict(pickler, obj, kind, rest):
    if kind != 'raw':
        return 'D2'
    return {b'c__builtin__\n__main__\n': 'D1', b'c__main__\n__dict__\n': 'D3'}.get(rest[0], 'D4')


def _function(pickler, obj, kind, rest):
    return 'F2' if kind == 'global' else 'F1'


def _generic_alias(pickler, obj, kind, rest):
    if kind == 'global':
        return 'Ga0'
    return 'Ga1' if getattr(rest[0][0], '__name__', '') == '_create_typing_tuple' else 'Ga2'


def _module(pickler, obj, kind, rest):
    return 'M1' if kind != 'global' and len(rest[0]) > 2 else 'M2'


def _type(pickler, obj, kind, rest):
    if kind == 'global':
        return 'T4'
    if kind == 'raw':
        return 'T7'
    return {'_load_type': 'T1', '_create_namedtuple': 'T6', 'type': 'T7'}.get(rest[0][0].__name__, 'T2')


_BY_REDUCTION = {
    'save_cell': _cell,
    'save_function': _function,
    'save_generic_alias': _generic_alias,
    'save_module': _module,
    'save_module_dict': _dict,
    'save_type': _type,
}


def code_of(pickler, obj, saver, reduction):
    """The code, or None for what has none.

    saver -- name of the saver
    reduction -- what _engine.reduce() made of obj
    """
    if saver == '_save_dict_view' and sys.version_info < (3, 10):
        return 'D' + type(obj).__name__.rpartition('_')[2][0]
    if saver in _CODES:
        return _CODES[saver]
    return _BY_REDUCTION[saver](pickler, obj, *_split(reduction)) if saver in _BY_REDUCTION else None


def _split(reduction):
    kind, *rest = reduction
    return kind, rest


def message_of(code, obj):
    """The message of the opening line and its arguments."""
    dill = sys.modules['dill._dill']
    if code == 'R2':
        return f'R2: {obj!r}', ()  # not left to the formatter: to that a proxy is what it is a proxy of
    if code in ('D1', 'D2', 'D3', 'D4', 'Mp'):
        return f'{code}: %s', (dill._repr_dict(obj),)
    if code.startswith('D') and not code.startswith('Dc'):
        return f'{code}: <%s>', (obj,)
    if code == 'Nu' and hasattr(obj, 'dtype'):
        return 'Nu: (%s, %s)', (obj.shape, obj.dtype)
    return f'{code}: %s', (obj,)


def has_registry(cls):
    """True for a class that keeps a list of virtual subclasses, which the trace mentions."""
    return isinstance(cls, abc.ABCMeta)
