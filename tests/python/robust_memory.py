"""Dumps and loads while the n-th allocation fails, for every n: python robust_memory.py prints {what: failures seen}.

A failure must end in MemoryError, or the result must be right. It ends by itself when it comes to an n that no run
reaches. A run that is told to write "at" its n to standard error lets the reader of a crash know where it was.
"""

import _testcapi
import json
import sys

import dill

SETTING = 5


class Plain:
    def __init__(self):
        self.name = 'plain'
        self.values = [1, 2.5, 'x', None]


class Slots:
    __slots__ = ('a', 'b')

    def __init__(self):
        self.a, self.b = 1, [2]


def function(x, y=(1, 2), *, key='k'):
    return [x + SETTING for _ in y if key]


def closure():
    kept = [1]
    return lambda: kept


def data():
    shared = ['shared', b'bytes', bytearray(b'array')]
    return {'a': shared, 'b': (shared, 1.5, 2**80, {3, 4}, frozenset('x')), 'c': [{'n': i} for i in range(5)]}


MAKERS = {
    'data': data,
    'instances': lambda: [Plain(), Slots(), Plain()],
    'function': lambda: function,
    'closure': closure,
    'class': lambda: type('Made', (Plain,), {'method': function, 'attribute': 3, '__module__': '__main__'}),
    'dicts': lambda: [{str(i): i for i in range(count)} for count in (4, 6, 12)],  # each had to grow
    'large': lambda: [b'x' * 100_000, 'y' * 70_000],
}


def with_failures(action, check, label, only_one):
    """How often action() ended in MemoryError. only_one: the n-th allocation fails alone, else all from there on."""
    failures = quiet = 0
    n = -1
    while quiet < 60:  # some failures are of no consequence
        n += 1
        print(label, 'at', n, file=sys.stderr, flush=True)
        error = result = None
        _testcapi.set_nomemory(n, n + 1 if only_one else 0)
        try:
            result = action()
        except MemoryError as caught:
            error = caught
        except SystemError as caught:
            # The interpreter found no memory for the frame of a function in Python, and says it so (3.11).
            if not str(caught).startswith('<function ') or 'returned NULL without setting' not in str(caught):
                raise
            error = caught
        finally:
            _testcapi.remove_mem_hooks()
        if error is None:
            check(result)
            quiet += 1
        else:
            failures += 1
            quiet = 0
        del error, result
    return failures


def main():
    found = {}
    for name, make in MAKERS.items():
        obj = make()
        for protocol in (4, 2):
            expected = dill.dumps(obj, protocol)
            dill.loads(expected)

            def same_bytes(result, expected=expected):
                assert result == expected, (name, len(result), len(expected))

            def loads_again(result, expected=expected, protocol=protocol):
                assert dill.dumps(result, protocol) is not None
                assert type(result) is type(obj)

            for only_one in (True, False):
                key = f'{name} {protocol} {"one" if only_one else "all"}'
                if protocol >= 4:
                    # The stock driver is Python code, in which the interpreter (3.11) may loop for ever when all fail.
                    found[f'dumps {key}'] = with_failures(
                        lambda: dill.dumps(obj, protocol), same_bytes, f'dumps {key}', only_one
                    )
                found[f'loads {key}'] = with_failures(
                    lambda: dill.loads(expected), loads_again, f'loads {key}', only_one
                )
    print(json.dumps(found))


if __name__ == '__main__':
    main()
