"""Stand-ins that pickle as a look-up to be made by whoever loads them."""

import sys

__all__ = ['Reduce', 'Getattr', 'Sentinel', 'move_to', 'register_shim']


class Sentinel:
    """A value that stands for itself: it pickles as the global that holds it."""

    def __init__(self, name, module_name=None):
        self.name = name
        self.__module__ = sys._getframe(1).f_globals['__name__'] if module_name is None else module_name

    def __repr__(self):
        return f'{self.__module__}.{self.name}'

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return self.name

    def __reduce_ex__(self, protocol):
        return self.name


Sentinel.__module__ = 'dill._dill'


class Reduce:
    """An object that pickles as the given reduction.

    Reduce(callable, args[, state ...], is_callable=False) -- with is_callable the stand-in may itself be the callable
    of another reduction; calling it calls what it stands for.
    """

    __slots__ = ('reduction',)

    def __new__(cls, *reduction, is_callable=False):
        return object.__new__(_CallableReduce if is_callable else Reduce)

    def __init__(self, *reduction, is_callable=False):
        self.reduction = reduction

    def __repr__(self):
        return f'Reduce{self.reduction!r}'

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return self.reduction

    def __reduce_ex__(self, protocol):
        return self.__reduce__()


class _CallableReduce(Reduce):
    __slots__ = ()

    def __call__(self, *args, **kwargs):
        function, arguments = self.reduction[:2]
        return function(*arguments)(*args, **kwargs)


_NO_DEFAULT = Sentinel('Getattr.NO_DEFAULT', __name__)


def Getattr(object, name, default=_NO_DEFAULT):
    """A callable stand-in that pickles as ``getattr(object, name[, default])``."""
    arguments = (object, name) if default is _NO_DEFAULT else (object, name, default)
    return Reduce(getattr, arguments, is_callable=True)


Getattr.NO_DEFAULT = _NO_DEFAULT


def move_to(module, name=None):
    """Decorator: put the function or class into `module`, under its own name or `name`, as if it were defined there."""

    def move(func):
        func.__module__ = module.__name__
        setattr(module, func.__name__ if name is None else name, func)
        return func

    return move


def register_shim(name, default):
    """A callable stand-in for dill._dill's attribute `name` where it exists when it is loaded, else for `default`.

    If this version of dill has such an attribute, that is what the stand-in's users get here.
    """
    return Getattr(sys.modules['dill._dill'], name, default)
