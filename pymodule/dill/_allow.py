"""Loading with a list of what a pickle may name: everything else is refused before it is imported."""

import types
from pickle import UnpicklingError

__all__ = ['Allowed', 'Gate', 'GlobalNotAllowedError']


class GlobalNotAllowedError(UnpicklingError):
    """The pickle names globals that load(..., allow=[...]) does not allow.

    refused -- 'module.name' of each of them, in the order of the stream
    asked -- 'module.name' of all that it names, those that are allowed included
    """

    def __init__(self, refused, asked):
        super().__init__(refused, asked)
        self.refused = refused
        self.asked = asked

    def __str__(self):
        names = ', '.join(self.refused)
        return f'not allowed, and neither imported nor called: {names} (the pickle names {len(self.asked)} in all)'


class _Refused:
    """Stands for whatever is asked for after the first refusal, so that the rest of the stream is read, inertly."""

    def __new__(cls, *args, **kwds):
        return object.__new__(cls)

    def __init__(self, *args, **kwds):
        pass

    def _ignore(self, *args, **kwds):
        return self

    __call__ = __setstate__ = __setitem__ = append = extend = add = _ignore


class Allowed:
    """What a pickle may name.

    allow -- an iterable of
        a class, function or other global: that one
        'module.name': that one (also 'module.Class.method')
        'module' or a module: the classes that are defined in it, never its functions or what it imported
        'module.*': the same with all modules below it
    Raises TypeError for anything else, ValueError for what cannot be a name.
    """

    def __init__(self, allow):
        if isinstance(allow, str):
            raise TypeError("allow takes a list of names, modules and types, not one str: allow=['...']")
        self._names, self._packages, self._objects = set(), set(), {}
        for item in allow:
            if isinstance(item, types.ModuleType):
                self._names.add(item.__name__)
            elif isinstance(item, str):
                self._add_name(item)
            else:
                self._add_object(item)

    def _add_name(self, item):
        name = item[:-2] if item.endswith('.*') else item
        if '*' in name or not all(name.split('.')):
            raise ValueError(f'{item!r} is no name of a module or of what is in one')
        (self._names if name is item else self._packages).add(name)

    def _add_object(self, item):
        module, name = getattr(item, '__module__', None), getattr(item, '__qualname__', None)
        if not isinstance(module, str) or not isinstance(name, str):
            raise TypeError(f'allow takes names, modules, classes and functions, not {type(item).__name__!r} objects')
        self._objects[f'{module}.{name}'] = item

    def _has_module(self, module):
        if module in self._names:
            return True
        parts = module.split('.')
        return any('.'.join(parts[: i + 1]) in self._packages for i in range(len(parts)))

    def names(self, module, name):
        """True if a global of that name may be allowed, as far as that is known without a look at it."""
        full = f'{module}.{name}'
        # A name with dots leads out of the module by what is imported there.
        return full in self._names or full in self._objects or (self._has_module(module) and '.' not in name)

    def permits(self, module, name, found):
        """True if this global is allowed, which is so named."""
        full = f'{module}.{name}'
        if full in self._names:
            return True
        if full in self._objects:
            return found is self._objects[full]
        return isinstance(found, type) and found.__module__ == module


def _todays_name(module, name):
    """What Python 3 and today's dill call it."""
    import _compat_pickle

    if module == 'dill.dill':
        return 'dill._dill', name
    if (module, name) == ('__builtin__', '__main__'):  # dill's name for the globals of __main__
        return module, name
    if (module, name) in _compat_pickle.NAME_MAPPING:
        return _compat_pickle.NAME_MAPPING[module, name]
    return _compat_pickle.IMPORT_MAPPING.get(module, module), name


class Gate:
    """The find_class of an Unpickler that was given `allow`: the one that it had, behind a list of what is allowed."""

    def __init__(self, allow, find_class):
        self._allowed, self._find_class = Allowed(allow), find_class
        self._asked, self._refused = {}, {}

    def __call__(self, module, name):
        full = f'{module}.{name}'
        self._asked[full] = None
        if not self._allowed.names(module, name):
            module, name = _todays_name(module, name)
            if not self._allowed.names(module, name):
                return self._refuse(full)
        if self._refused:  # the load has failed, only names are of interest now: nothing more is imported or called
            return _Refused
        found = self._find_class(module, name)
        return found if self._allowed.permits(module, name, found) else self._refuse(full)

    def _refuse(self, full):
        self._refused[full] = None
        return _Refused

    def finish(self):
        """At the end of a load, failed or not: GlobalNotAllowedError if anything was refused."""
        asked, refused = list(self._asked), list(self._refused)
        self._asked, self._refused = {}, {}
        if refused:
            raise GlobalNotAllowedError(refused, asked) from None
