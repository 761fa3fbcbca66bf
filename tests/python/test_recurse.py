"""`recurse=True`: the globals that functions refer to, and functions that refer to each other."""

import json

import dill

PROGRAM = r"""
import json, sys
import dill, dill.detect

SETTING, USE_GLOBAL_X, OTHER, data, helper_list = 1, 2, 3, [4], []

def leaf(x): return x + SETTING
def calls_leaf(x): return leaf(x) + OTHER
def chain(x): return calls_leaf(leaf(x)) + len(data)
def recursive(n): return n and recursive(n - 1) + SETTING
def nested():
    def one():
        def two(): return OTHER, leaf
        return two, SETTING
    class Body:
        attribute = data
        def method(self): return calls_leaf(1)
    return one, Body
def listed(obj):
    # The listing of dis shows the mark in names of attributes, of variables and in constants too.
    return obj.USE_GLOBAL_X, '_GLOBAL (SETTING', 'the _GLOBAL (OTHER)', obj.y
def writes():
    global SETTING, made_here
    SETTING = 2
    del made_here
def by_default(f=leaf, *, g=calls_leaf): return f(1) + g(2)
def closure(f):
    def inner(x): return f(x) + OTHER
    return inner
class Holder:
    def method(self): return chain(1)
exec('def many(): return ' + ' + '.join(f'name{i}' for i in range(300)) + ' + SETTING')
exec('def wide(): ' + '; '.join(f'v{i} = SETTING' for i in range(20)) + '; return v1, OTHER')
name5, name299 = 'five', 'last'
method = Holder().method
functions = dict(leaf=leaf, calls_leaf=calls_leaf, chain=chain, recursive=recursive, nested=nested, listed=listed,
                 writes=writes, by_default=by_default, closure=closure(leaf), deeper=closure(closure(chain)), many=many,
                 wide=wide, method=method, all=[leaf, calls_leaf, chain, nested], holder=Holder,
                 lambdas=[lambda: leaf(1), lambda: (SETTING, print)], printing=lambda: print(len(data)))
answers = {}
for name, function in functions.items():
    for protocol in (2, 4):
        answers[f'{name} {protocol}'] = dill.dumps(function, protocol, recurse=True).hex()
    if callable(function):
        answers[f'{name} names'] = [sorted(dill.detect.nestedglobals(function)),
                                    list(dill.detect.globalvars(function, recurse=True, builtin=True))]
print(json.dumps(answers))
"""

MUTUAL = """
import json, sys, time
import dill
COUNT = 0
def even(n):
    global COUNT
    COUNT += 1
    return n == 0 or odd(n - 1)
def odd(n): return n != 0 and even(n - 1)
def used(): return COUNT
def limit():
    class Inside:
        value = COUNT
    return odd, Inside.value
"""


def test_same_as_upstream(run_python, run_peer):
    ours, theirs = (json.loads(run(PROGRAM, PYTHONHASHSEED='0').ok()) for run in (run_python, run_peer))
    assert {name: (ours[name], expected) for name, expected in theirs.items() if ours[name] != expected} == {}


def test_functions_that_refer_to_each_other_load_with_upstream(run_python, run_peer):
    """Upstream cannot write them, but reads them; they go on sharing their globals."""
    pickled = run_python(MUTUAL + 'print(dill.dumps([even, odd, limit], int(sys.argv[1]), recurse=True).hex())', 4).ok()
    by_stock = run_python(
        MUTUAL + 'print(dill.dumps([even, odd, limit], int(sys.argv[1]), recurse=True).hex())', 2
    ).ok()
    load = """
import sys, dill
even, odd, limit = dill.loads(bytes.fromhex(sys.stdin.read()))
assert even(10) and not odd(10) and even.__globals__ is odd.__globals__
assert even.__globals__['COUNT'] == 11, even.__globals__['COUNT']
assert limit()[1] == 11 and limit()[0] is odd
print('fine')
"""
    for stream in (pickled, by_stock):
        for run in (run_python, run_peer):
            assert run(load, stdin=stream).ok() == 'fine\n'


def mutually_referring(count):
    names = {}
    source = '\n'.join(
        f'def f{i}(n): return n and f{(i + 1) % count}(n - 1) + f{i * 7 % count}(n - 1)' for i in range(count)
    )
    exec(source, names)
    return [names[f'f{i}'] for i in range(count)]


def test_linear_in_the_number_of_functions():
    sizes = []
    for count in (200, 800):
        functions = mutually_referring(count)
        pickled = dill.dumps(functions, recurse=True)
        sizes.append(len(pickled))
        copies = dill.loads(pickled)
        assert all(copy.__globals__ is copies[0].__globals__ for copy in copies)
        assert copies[0].__globals__['f1'] is copies[1]
    assert sizes[1] < 4.5 * sizes[0]


def test_a_long_chain_of_functions():
    names = {}
    exec('\n'.join(f'def f{i}(): return {f"f{i + 1}()" if i < 2999 else 42}' for i in range(3000)), names)
    copy = dill.loads(dill.dumps(names['f0'], recurse=True))
    while 'f' in copy.__code__.co_name and copy.__code__.co_names:
        copy = copy.__globals__[copy.__code__.co_names[0]]
    assert copy() == 42


def test_recursive_closures():
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)

    assert dill.loads(dill.dumps(factorial, recurse=True))(5) == 120
    assert dill.loads(dill.dumps(factorial, 2, recurse=True))(5) == 120


def test_nestedglobals_without_recursion():
    from dill.detect import nestedglobals

    def outer():
        def inner():
            return json

        return dill, inner

    assert nestedglobals(outer, recurse=False) == ['dill']
    assert sorted(nestedglobals(outer)) == ['dill', 'json']
