"""Why the engine cannot be imported, where that is a property of this Python or of this interpreter."""

import sys


def why_not(error):
    """The reason for `error`, which the import of the engine raised; None if it is not known."""
    if 't' in getattr(sys, 'abiflags', ''):
        return 'dill needs the GIL: there is no engine for a free-threaded Python'
    if 'does not support loading in subinterpreters' in str(error):
        return 'dill works in sub-interpreters that share the GIL of the main one, not in one with a GIL of its own'
    return None
