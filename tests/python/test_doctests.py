"""The examples in the docstrings of the package say the truth, and every public function has one."""

import doctest
import importlib
from pathlib import Path

import docstring_examples as examples
import pytest

# Public functions without an example, and why.
WITHOUT = {
    'explore': 'opens a window',
    'license': 'prints a page',
    'citation': 'prints a page',
    'dump_session': 'deprecated',
    'load_session': 'deprecated',
}
LEAST = 150  # examples in all: fewer, and some were lost on the way

MODULES = [name for name in examples.module_names() if examples.PROMPT in examples.text_of(name)]
RUN = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from docstring_examples import run
print(run(sys.argv[1]))
"""


def count(name):
    return sum(len(test.examples) for test in examples.doctests_of(name))


@pytest.mark.parametrize('name', MODULES)
def test_examples(name, run_python):
    *wrong, ran = run_python(RUN, name).ok().splitlines()
    shown_by_other_processes = [line for line in wrong if line.startswith('<function <lambda>')]
    assert not [line for line in wrong if line not in shown_by_other_processes], '\n'.join(wrong)
    assert int(ran) == count(name)


def test_no_example_is_left_out(capsys):
    for name in MODULES:
        lines = examples.text_of(name).splitlines()
        assert count(name) == sum(line.lstrip().startswith(examples.PROMPT) for line in lines), name
        for test in examples.doctests_of(name):
            assert not any(doctest.SKIP in example.options for example in test.examples), test.name
    with capsys.disabled():
        print(f'\n{sum(map(count, MODULES))} examples in the docstrings of {len(MODULES)} modules')
    assert sum(map(count, MODULES)) >= LEAST


def test_every_public_function_has_an_example():
    lacking = set()
    for name in ('dill', 'dill.detect', 'dill.pointers', 'dill.session', 'dill.source', 'dill.temp'):
        module = importlib.import_module(name)
        for public in module.__all__:
            value = getattr(module, public)
            if callable(value) and not isinstance(value, type) and not public.startswith('_'):
                if examples.PROMPT not in (value.__doc__ or ''):
                    lacking.add(public)
    assert lacking == set(WITHOUT)
