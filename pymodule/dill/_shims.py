"""Stand-ins that pickle as a look-up to be made by whoever loads them."""

__all__ = ['Reduce', 'Getattr']


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


def Getattr(object, name, *default):
    """A callable stand-in that pickles as ``getattr(object, name[, default])``."""
    return Reduce(getattr, (object, name, *default), is_callable=True)
