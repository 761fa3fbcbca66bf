"""The source of objects: find it, write it, import it.

>>> from dill.source import getsource, importable
>>> def add(x, y):
...     return x + y
>>> def both(x):
...     return add(x, x)

`getsource` gives the text that defines an object, `importable` text that makes it anew in an empty program: the line
that imports it or its definition with all that it needs, `getimport` the import, `getname` its name. What they find is
found by the position that code objects have in their file: several lambdas on one line are told apart, and if the file
was changed since, a SourceChangedWarning says so or an OSError.
"""

import linecache
import re
import types as _types
from inspect import (
    getblock,
    getfile,
    getmodule,
    getsourcefile,
    indentsize,
    isbuiltin,
    isclass,
    iscode,
    isframe,
    isfunction,
    ismethod,
    ismodule,
    istraceback,
)
from tokenize import TokenError

from dill._names import IS_IPYTHON
from dill._source_find import SourceChangedWarning
from dill._source_importable import (
    _closuredimport,
    _closuredsource,
    _importable,
    _wrap,
    getimportable,
    importable,
)
from dill._source_names import (
    _get_name,
    _getimport,
    _hascode,
    _intypes,
    _isinstance,
    _isstring,
    _likely_import,
    _namespace,
    getimport,
    getname,
    isdynamic,
    isfrommain,
    likely_import,
)
from dill._source_write import (
    _enclose,
    _matchlambda,
    _outdent,
    dumpsource,
    findsource,
    getblocks,
    getblocks_from_history,
    getsource,
    getsourcelines,
    indent,
    outdent,
)

__all__ = [
    'findsource', 'getsourcelines', 'getsource', 'indent', 'outdent', '_wrap', 'dumpsource', 'getname', '_namespace',
    'getimport', '_importable', 'importable', 'isdynamic', 'isfrommain',
]  # fmt: skip

# They are found and pickled by the name they have here, as upstream's are.
for _value in list(globals().values()):
    if isinstance(_value, (_types.FunctionType, type)) and _value.__module__.startswith('dill._source_'):
        _value.__module__ = __name__
del _value
