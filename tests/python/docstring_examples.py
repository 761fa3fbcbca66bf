"""The examples in the docstrings of the package, run as somebody would type them."""

import ast
import doctest
import importlib
import pkgutil
import sys
from pathlib import Path

import dill

PACKAGE = Path(dill.__file__).parent
PROMPT = '>>> '


def module_names():
    found = pkgutil.walk_packages([str(PACKAGE)], 'dill.')
    return ['dill', *(each.name for each in found if each.name != 'dill._engine')]


def file_of(name):
    path = PACKAGE.joinpath(*name.split('.')[1:])
    return path / '__init__.py' if path.is_dir() else path.with_suffix('.py')


def text_of(name):
    return file_of(name).read_text(encoding='utf-8')


def _docstrings(tree):
    """(name, docstring, line) of a module and all that is in it, however decorated or nested."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
            text = ast.get_docstring(node, clean=False)
            if text is not None:
                yield getattr(node, 'name', ''), text, node.body[0].lineno - 1


def doctests_of(name):
    """Those in the text of a module: the finder of doctest leaves out what another module has decorated."""
    parser = doctest.DocTestParser()
    for inner, text, line in _docstrings(ast.parse(text_of(name))):
        if PROMPT in text:
            yield parser.get_doctest(text, {}, f'{name}.{inner}' if inner else name, str(file_of(name)), line)


def run(name):
    """How many examples of a module ran in `__main__`, where its names and `dill` are known; prints what is wrong."""
    variables, module, count = vars(sys.modules['__main__']), importlib.import_module(name), 0
    given = {'dill': dill, **{each: value for each, value in vars(module).items() if not each.startswith('__')}}
    before = dict(variables)
    for test in doctests_of(name):
        variables.update(given)
        test.globs = variables
        count += doctest.DocTestRunner(verbose=False).run(test, clear_globs=False).attempted
        variables.clear()
        variables.update(before)
    return count
