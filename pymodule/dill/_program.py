"""Run somebody's script as ``python script.py`` would, and say which of its variables are its own.

Shared by the Explorer's child process (``_debuggee``) and ``python -m dill explain`` (``_command``). Nothing here knows
how the result is recorded or shown.

The script runs in the module that already is ``__main__`` (emptied first), so its classes belong to ``__main__``, and
``dill._dill._main_module``, which upstream and other libraries look at, is the right module without being touched.
The caller must not need anything of its own in ``__main__`` afterwards.
"""

import ast
import atexit
import builtins
import os
import sys
import traceback
import types
from importlib.machinery import SourceFileLoader
from typing import Any

# Bound before any user code runs: a script may replace what it likes in these modules.
_exit = os._exit
_run_exit_functions = atexit._run_exitfuncs

_mro = type.__dict__['__mro__'].__get__  # not what a metaclass says


class Ending:
    """How a script or an expression ended.

    kind -- 'ended', 'raised', 'interrupted' (KeyboardInterrupt), 'exited' (SystemExit), 'syntax_error' or 'no_script'
    type, message -- of the exception; message is a sentence where there is none
    line -- line of the script where it happened, or None
    traceback -- as Python prints it, without the frames that run the script; '' for 'ended' and 'exited'
    code -- exit status for 'exited', else None
    exception -- the exception itself, or None
    """

    __slots__ = ('kind', 'type', 'message', 'line', 'traceback', 'code', 'exception')

    def __init__(self, kind, message='', type='', line=None, traceback='', code=None, exception=None):
        self.kind = kind
        self.type = type
        self.message = message
        self.line = line
        self.traceback = traceback
        self.code = code
        self.exception = exception

    @property
    def failed(self):
        """Whether the program did not do what it should: everything but a normal end or an exit with status 0."""
        return self.kind != 'ended' and not (self.kind == 'exited' and self.code == 0)


class Program:
    """A script, its arguments and, after :meth:`run`, its namespace."""

    def __init__(self, script, arguments=()):
        self.script = script
        self.path = os.path.abspath(script)
        self.arguments = list(arguments)
        self.namespace = {}
        self._code: Any = None
        self._tree: Any = None
        self._pid = os.getpid()

    def compile(self):
        """Read and compile the script. Returns None, or the Ending that says why it cannot be run."""
        try:
            with open(self.path, 'rb') as file:
                source = file.read()
        except OSError as error:
            return Ending('no_script', f"can't open file {self.script!r}: {error.strerror or error}")
        try:
            self._tree = ast.parse(source, self.path)
            self._code = compile(source, self.path, 'exec', dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return _syntax_error(error)
        return None

    def run(self):
        """Run the compiled script as ``__main__``; returns its Ending. Raises nothing that comes from the script."""
        main = sys.modules['__main__']
        self.namespace = main.__dict__
        self.namespace.clear()
        self.namespace.update(
            __name__='__main__',
            __doc__=None,
            __package__=None,
            __loader__=SourceFileLoader('__main__', self.path),
            __spec__=None,
            __annotations__={},
            __builtins__=builtins,
            __file__=self.path,
            __cached__=None,
        )
        sys.argv[:] = [self.script, *self.arguments]
        if not _safe_path():
            sys.path.insert(0, os.path.dirname(os.path.realpath(self.path)))
        try:
            exec(self._code, self.namespace)
        except BaseException as error:  # whatever a script raises is an answer, not an accident
            return self._ending(error)
        return Ending('ended')

    def evaluate(self, expression):
        """Evaluate a compiled expression in the script's namespace: (value, None) or (None, Ending)."""
        try:
            return eval(expression, self.namespace), None
        except BaseException as error:
            return None, self._ending(error)

    def is_forked_copy(self):
        """Whether this is a child that the script forked and that came out of the script's end as its parent did."""
        return os.getpid() != self._pid

    def variables(self):
        """The script's own variables: an ordered dict, data first, then the functions and classes it defines.

        Left out: names with two leading and trailing underscores, modules, everything an import statement of the
        script brought in, and functions and classes that belong to another module.
        """
        imported = _imported_names(self._tree, self.namespace)
        data, definitions = {}, {}
        for name, value in list(self.namespace.items()):
            if not isinstance(name, str) or (name.startswith('__') and name.endswith('__')):
                continue
            if name in imported or types.ModuleType in _mro(type(value)):
                continue
            home = _home_of(value)
            if home is None:
                data[name] = value
            elif home == '__main__':
                definitions[name] = value
        return {**data, **definitions}

    def _ending(self, error):
        trace = _own_frames(error.__traceback__)
        if isinstance(error, SystemExit):
            return _exit_ending(error, self._line(trace))
        kind = 'interrupted' if isinstance(error, KeyboardInterrupt) else 'raised'
        return Ending(
            kind,
            describe(error),
            type(error).__name__,
            self._line(trace),
            _format(error, trace),
            exception=error.with_traceback(trace),
        )

    def _line(self, trace):
        line = None
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.path:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line


def split_target(target):
    """Split 'SCRIPT[:EXPR]' into (script, expression). A file that exists under the whole name wins."""
    if os.path.exists(target):
        return target, ''
    for position, character in enumerate(target):
        if character == ':' and os.path.isfile(target[:position]):
            return target[:position], target[position + 1 :]
    script, colon, expression = target.partition('.py:')
    return (script + '.py', expression) if colon else (target, '')


def compile_expression(expression):
    """Compile an expression: (code, name, None), or (None, '', Ending).

    name is the expression such that '.attribute' or '[0]' may be put behind it.
    """
    text = expression.strip()
    try:
        body = ast.parse(text, '<expression>', 'eval').body
        code = compile(text, '<expression>', 'eval', dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return None, '', _syntax_error(error)
    primary = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.List, ast.Dict, ast.Set)
    return code, text if isinstance(body, primary) else f'({text})', None


def show_ending(ending):
    """Tell the user on stderr, as the interpreter would: the traceback by sys.excepthook, an exit message as text."""
    try:
        if ending.kind == 'exited':
            if ending.message:
                print(ending.message, file=sys.stderr)
        elif ending.exception is not None:
            error = ending.exception
            sys.excepthook(type(error), error, error.__traceback__)
        elif ending.traceback:
            sys.stderr.write(ending.traceback)
        elif ending.kind != 'ended':
            print(ending.message, file=sys.stderr)
    except Exception:  # a script may have closed or replaced stderr or the hook; the traceback must not get lost
        try:
            os.write(2, ending.traceback.encode('utf-8', 'backslashreplace'))
        except OSError:
            pass


def describe(error):
    """str(error), which is user code for user exceptions."""
    try:
        return str(error)
    except Exception:
        return f'<{type(error).__name__} whose str() raises>'


def end_process(status):
    """Run the exit functions, flush, and end the process at once: threads that are left cannot keep it alive."""
    try:
        _run_exit_functions()
    except BaseException:
        traceback.print_exc()
    for stream in {id(stream): stream for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)}.values():
        try:
            stream.flush()  # type: ignore[union-attr]
        except Exception:  # None, closed, or something of the script's; nobody is left to be told
            pass
    _exit(status)


def _safe_path():
    return getattr(sys.flags, 'safe_path', False) or bool(sys.flags.isolated)


def _syntax_error(error):
    line = getattr(error, 'lineno', None)
    message = getattr(error, 'msg', None) or describe(error) or type(error).__name__
    text = ''.join(traceback.format_exception_only(type(error), error))
    return Ending('syntax_error', message, type(error).__name__, line, text)


def _exit_ending(error, line):
    code = error.code
    if code is None:
        return Ending('exited', type='SystemExit', line=line, code=0)
    if isinstance(code, int):
        return Ending('exited', type='SystemExit', line=line, code=code & 0xFF)  # as the kernel would report it
    return Ending('exited', describe(error), 'SystemExit', line, code=1)


def _own_frames(trace):
    """The traceback without the frames of this file at its beginning."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


def _format(error, trace):
    try:
        return ''.join(traceback.format_exception(type(error), error, trace))
    except Exception:  # the exception's own __str__ or a broken __cause__
        return ''.join(traceback.format_tb(trace)) + f'{type(error).__name__}: {describe(error)}\n'


def _home_of(value):
    """Module name of a function or class, '' if it has none, None if the value is neither. Runs no user code."""
    kind = type(value)
    if kind is types.FunctionType:
        return value.__module__ if isinstance(value.__module__, str) else ''
    if type in _mro(kind):
        home = type.__dict__['__module__'].__get__(value)
        return home if isinstance(home, str) else ''
    if kind is types.BuiltinFunctionType and isinstance(value.__self__, types.ModuleType):
        return value.__self__.__name__
    return None


def _imported_names(tree, namespace):
    """Names in namespace that an import statement of the script bound and that still hold what was imported."""
    names: set[str] = set()
    for statement in _imports(tree):
        module = sys.modules.get(statement.module)
        entries = dict(vars(module)) if isinstance(module, types.ModuleType) else {}
        for alias in statement.names:
            if alias.name == '*':
                names.update(name for name, value in entries.items() if namespace.get(name, names) is value)
            elif alias.name in entries:
                bound = alias.asname or alias.name
                if namespace.get(bound, names) is entries[alias.name]:
                    names.add(bound)
    return names


def _imports(tree):
    """The 'from ... import' statements that run in the module's own namespace."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.ImportFrom):
            yield node
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            pending.extend(ast.iter_child_nodes(node))
