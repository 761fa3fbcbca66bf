"""dill in sub-interpreters: it works where they share the GIL, from Python 3.12 on; elsewhere there is an ImportError.

Either way the main interpreter's dill goes on as before. A process of its own each, since a failure may be a crash.
"""

import sys

import pytest

WORKS = sys.version_info >= (3, 12)
needs_working = pytest.mark.skipif(not WORKS, reason='before Python 3.12 a sub-interpreter gets an ImportError')

BEGIN = """
import sys, gc
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

def make(own_gil=False):
    if sys.version_info >= (3, 13):
        return interpreters.create('isolated' if own_gil else 'legacy')
    return interpreters.create(isolated=own_gil)

def run(made, code):
    failure = interpreters.run_string(made, 'import sys; sys.path[:] = %r\\n' % sys.path + code)
    assert failure is None, failure

REFUSED = '''
try:
    import dill
except ImportError as error:
    print('ImportError:', error)
'''

WORK = '''
import datetime, decimal, enum, io, dill

class Plain:
    def __init__(self, x): self.x = x

class Color(enum.Enum):
    RED = 1

Made = type('Made', (Plain,), {})

def function(x): return x + len(values)

values = [1, 2.5, 'text', b'bytes', {'key': {1, 2}}, 2**80, datetime.date(2020, 1, 2), decimal.Decimal('1.5')]
kept = ['kept']
for round in range(3):
    for protocol in range(6):
        loaded = dill.loads(dill.dumps([values, Plain(kept), function, lambda: kept, Made], protocol))
        assert loaded[0] == values and loaded[1].x == ['kept'] and loaded[2](2) == 10 and loaded[3]() == ['kept']
        assert loaded[3]() is kept and loaded[4](5).x == 5  # a global of __main__ is not copied
        assert type(dill.loads(dill.dumps(Plain(1), protocol))) is Plain
    class Asking(dill.Pickler):
        def persistent_id(self, obj): return 'id' if obj is kept else None
    class Answering(dill.Unpickler):
        def persistent_load(self, name): return kept
    file = io.BytesIO()
    Asking(file).dump([kept, values, Color.RED])
    file.seek(0)
    assert Answering(file).load()[0] is kept
    assert dill.copy(Plain(values)).x == values
try:
    dill.dumps(value for value in ())
except TypeError:
    pass
else:
    raise AssertionError
assert dill.detect.globalvars(function) == {'values': values}
'''

def main_works():
    kept = ['main']
    for protocol in range(6):
        loaded = dill.loads(dill.dumps([lambda: kept, kept, 5], protocol))
        assert loaded[0]() is loaded[1] and loaded[2] == 5
"""


def lines_of(run_python, body):
    return run_python(BEGIN + body, PYTHONWARNINGS='ignore').ok().splitlines()


@pytest.mark.skipif(WORKS, reason='from Python 3.12 on dill works in a sub-interpreter')
@pytest.mark.parametrize('own_gil', [False, True])
@pytest.mark.parametrize('main_first', [False, True])
def test_old_pythons_refuse(run_python, own_gil, main_first):
    lines = lines_of(
        run_python,
        f"""
{'import dill; main_works()' if main_first else ''}
for _ in range(2):
    made = make({own_gil})
    run(made, REFUSED)
    interpreters.destroy(made)
import dill
main_works()
print('main')
""",
    )
    assert lines[-1] == 'main' and len(lines) == 3
    assert all(line.startswith('ImportError:') and 'Python 3.12' in line for line in lines[:-1]), lines


@pytest.mark.skipif(not WORKS, reason='before Python 3.12 all interpreters of a process share one GIL')
@pytest.mark.parametrize('main_first', [False, True])
def test_a_gil_of_its_own_is_refused(run_python, main_first):
    lines = lines_of(
        run_python,
        f"""
{'import dill; main_works()' if main_first else ''}
for _ in range(2):
    made = make(own_gil=True)
    run(made, REFUSED)
    interpreters.destroy(made)
import dill
main_works()
print('main')
""",
    )
    assert lines[-1] == 'main' and len(lines) == 3
    assert all(line.startswith('ImportError:') and 'GIL of its own' in line for line in lines[:-1]), lines


@needs_working
@pytest.mark.parametrize('main_first', [False, True])
def test_one_after_the_other(run_python, main_first):
    lines_of(
        run_python,
        f"""
{'import dill; main_works()' if main_first else ''}
for _ in range(4):
    made = make()
    run(made, WORK)
    {'main_works()' if main_first else ''}
    interpreters.destroy(made)
    gc.collect()
import dill
main_works()
""",
    )


@needs_working
def test_many_at_a_time(run_python):
    lines_of(
        run_python,
        """
import dill
made = [make() for _ in range(4)]
for _ in range(2):
    for one in made:
        run(one, WORK)
        main_works()
for one in made[::2]:
    interpreters.destroy(one)
main_works()
for one in made[1::2]:
    run(one, WORK)
    interpreters.destroy(one)
main_works()
""",
    )


@needs_working
def test_settings_and_registered_types_are_an_interpreters_own(run_python):
    lines_of(
        run_python,
        """
import dill, pickle
class Mine: pass
expected = dill.dumps(Mine)
made = make()
run(made, '''
import dill
dill.settings['protocol'] = 2
dill.settings['byref'] = True
class Other: pass
@dill.register(Other)
def save(pickler, obj): pickler.save_reduce(list, (), obj=obj)
assert dill.dumps([])[:2] == bytes([128, 2]) and dill.loads(dill.dumps(Other())) == []
dill.dumps = None
''')
assert dill.dumps(Mine) == expected and dill.settings['protocol'] == dill.DEFAULT_PROTOCOL
interpreters.destroy(made)
assert dill.dumps(Mine) == expected
""",
    )


@needs_working
def test_threads_in_several_interpreters(run_python):
    lines_of(
        run_python,
        """
import threading, dill
made = [make() for _ in range(3)]
for one in made:
    # Where another thread does it first, Python 3.12 waits for that thread for ever when the interpreter ends.
    run(one, 'import threading')
wrong = []
def work(one):
    try:
        run(one, WORK)
    except BaseException as error:
        wrong.append(error)
sys.setswitchinterval(1e-5)
threads = [threading.Thread(target=work, args=(one,)) for one in made]
for thread in threads: thread.start()
for _ in range(20): main_works()
for thread in threads: thread.join()
assert not wrong, wrong
for one in made: interpreters.destroy(one)
main_works()
""",
    )


@needs_working
def test_use_while_the_interpreter_ends(run_python):
    lines_of(
        run_python,
        """
import dill
made = make()
run(made, '''
import dill, dill._engine, io
class Late:
    def __init__(self, *kept): self.kept = kept
    def __del__(self, dumps=dill.dumps, loads=dill.loads, native=dill._engine.dumps, options=(4, None, None, None)):
        for act in (lambda: native([1], *options), lambda: loads(dumps([1, 2]))):
            try: act()
            except Exception: pass
late = Late(dill.Pickler(io.BytesIO()), dill.Unpickler(io.BytesIO(dill.dumps(5))))
late.cycle = late
import sys
sys.late = Late()
''')
interpreters.destroy(made)
main_works()
""",
    )


@needs_working
def test_an_ended_interpreter_leaves_little(run_python):
    (line,) = lines_of(
        run_python,
        """
import dill
def round(code):
    before = sys.getallocatedblocks()
    for _ in range(3):
        made = make()
        run(made, code)
        interpreters.destroy(made)
    gc.collect()
    return (sys.getallocatedblocks() - before) // 3
round(WORK)
bare = 'import datetime, decimal, enum, io, pickle, copyreg, threading, dataclasses, typing, _pickle'
round(bare)
print(round(WORK), round(bare))
""",
    )
    with_dill, without = map(int, line.split())
    print(f'blocks that an ended interpreter leaves: {with_dill} with dill, {without} without')
    assert with_dill < without + 5000


def test_a_free_threaded_python_is_told_why(run_python):
    lines = lines_of(
        run_python,
        """
sys.abiflags = 't'
sys.modules['dill._engine'] = None  # as where there is none
try:
    import dill
except ImportError as error:
    print(error)
""",
    )
    assert lines == ['dill needs the GIL: there is no engine for a free-threaded Python']


def test_another_failure_of_the_import_is_shown_as_it_is(run_python):
    answer = run_python("import sys; sys.modules['dill._engine'] = None; import dill")
    assert answer.returncode == 1
    assert answer.stderr.endswith('ModuleNotFoundError: import of dill._engine halted; None in sys.modules\n')
