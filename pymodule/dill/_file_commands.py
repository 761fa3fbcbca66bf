"""``python -m dill cat``, ``load`` and ``dump``: pickles in files, for terminals and scripts."""

import builtins
import contextlib
import json
import os
import sys
import tempfile
import traceback

from dill import _engine, _program

__all__ = ['CannotRead', 'cat', 'dump', 'load', 'outline']

OK, PROBLEMS, NOT_DONE = 0, 1, 2  # exit statuses

_MOST_CHILDREN = 40  # of one object that are shown


class CannotRead(Exception):
    """A file is not there or no pickle; the message is a sentence for the user."""


def cat(path, as_json=False, depth=3, stream=None):
    """Print what a pickle holds and what loading it would import and call, without doing so. Returns the exit status:

    1 if the file is damaged, cut off, or has something behind the pickle.
    """
    _, found = _read(path)
    write = (stream or sys.stdout).write
    if as_json:
        report = json.loads(found.report('json', path))
        report['imports'] = [{'name': name, 'calls': calls} for name, calls in found.imports()]
        report['pickles'] = found.pickles
        report['fault'] = None if found.fault is None else dict(zip(('offset', 'message'), found.fault))
        report['left_over'] = _left_over(found)
        write(json.dumps(report, indent=2, ensure_ascii=False) + '\n')
    else:
        for line in _summary(path, found):
            write(line + '\n')
        for line in outline(found, depth):
            write(line + '\n')
        for line in _faults(found):
            write(line + '\n')
    return PROBLEMS if found.fault is not None or _left_over(found) else OK


def load(path, yes=False, interactive=False):
    """Show what a pickle imports and calls, ask, load it and print its repr. Returns the exit status."""
    data, found = _read(path)
    for line in (*_summary(path, found), *_faults(found)):
        print(line, file=sys.stderr)
    if not yes and not _confirmed():
        print('dill: not loaded.', file=sys.stderr)
        return NOT_DONE
    import dill

    names = sys.modules['__main__'].__dict__  # what the pickle calls __main__ shall not be this program
    names.clear()
    names.update(__name__='__main__', __doc__=None, __builtins__=builtins)
    if not (getattr(sys.flags, 'safe_path', False) or sys.flags.isolated):
        sys.path.insert(0, os.getcwd())
    try:
        obj = dill.loads(data)
        shown = repr(obj)
    except Exception as error:
        last = ''.join(traceback.format_exception_only(type(error), error)).rstrip()
        traceback.print_exc()
        print(f'dill: {path} could not be loaded: {last}', file=sys.stderr)
        return PROBLEMS
    print(shown)
    if interactive:
        import code

        names['obj'] = obj
        code.interact(banner='The object is in obj.', local=names, exitmsg='')
    return OK


def dump(target, path, arguments=(), module=False, **options):
    """Pickle an expression, evaluated in a script that is run or in a module, to a file. Returns the exit status.

    target -- 'SCRIPT:EXPR', or 'MODULE:EXPR' with `module`
    path -- the file, which is replaced only if all went well
    options -- those of dill.dumps()
    """
    import dill

    if module:
        script, _, expression = target.partition(':')
    else:
        script, expression = _program.split_target(target)
    if not expression:
        return _refuse(f"what shall be pickled? Write {script}:EXPR, for example {script}:'[1, 2]'")
    code, name, ending = _program.compile_expression(expression)
    if ending is not None:
        _program.show_ending(ending)
        return NOT_DONE
    if module:
        value, ending = _value_in_module(script, code)
    else:
        value, ending = _value_in_script(script, arguments, code)
    if ending is not None:
        _program.show_ending(ending)
        return NOT_DONE
    try:
        data = dill.dumps(value, **options)
    except Exception:
        return _report_failure(value, name, options)
    try:
        _replace(path, data)
    except OSError as error:
        return _refuse(f'{path} cannot be written: {error.strerror or error}')
    print(f'{path}: {len(data):,} bytes', file=sys.stderr)
    return OK


def _report_failure(value, name, options):
    from dill import _recording

    wanted = {key: options[key] for key in ('protocol', 'byref', 'recurse') if options.get(key) is not None}
    recording = _recording.record(value, name=name, source=name, **wanted)
    if recording.ok:  # it fails in another way when nobody watches
        traceback.print_exc()
    else:
        print(recording.report('text'), file=sys.stderr)
    print('dill: nothing was written.', file=sys.stderr)
    return PROBLEMS


def _value_in_script(script, arguments, code):
    program = _program.Program(script, arguments)
    ending = program.compile() or program.run()
    if ending.failed:
        return None, ending
    return program.evaluate(code)


def _value_in_module(name, code):
    import importlib

    if not (getattr(sys.flags, 'safe_path', False) or sys.flags.isolated):
        sys.path.insert(0, os.getcwd())
    try:
        return eval(code, dict(vars(importlib.import_module(name)))), None
    except BaseException as error:  # of the module or of the expression
        message = _program.describe(error)
        kind = 'exited' if isinstance(error, SystemExit) else 'raised'
        return None, _program.Ending(kind, message, type(error).__name__, exception=error)


def _replace(path, data):
    """Write a file, so that whoever looks sees the old one or all of the new one."""
    folder = os.path.dirname(os.path.abspath(path))
    number, temporary = tempfile.mkstemp(dir=folder, prefix=f'.{os.path.basename(path)}.')
    try:
        with os.fdopen(number, 'wb') as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _read(path):
    try:
        with open(path, 'rb') as file:
            data = file.read()
    except OSError as error:
        raise CannotRead(f'{path} cannot be read: {error.strerror or error}') from error
    try:
        return data, _engine.read_pickle(data)
    except ValueError as error:
        hint = '; it is a recording: dill-explorer opens those' if path.endswith('.dtrace') else ''
        raise CannotRead(f'{path} is no pickle ({error}){hint}') from error


def _left_over(found):
    return 0 if found.fault is not None else found.size - found.end


def _summary(path, found):
    pickles = '1 pickle' if found.pickles == 1 else f'{found.pickles} pickles'
    yield f'{path}: {pickles}, protocol {found.protocol}, {found.size:,} bytes, {found.objects:,} objects'
    logical = found.logical_size
    if logical >= 10 * max(found.objects, 1):
        size = f'{logical:,.0f}' if logical < 9e15 else f'about {logical:.2g}'
        yield f'if nothing were shared: {size} objects. Whoever walks through it or prints it meets them all.'
    if found.folded:
        yield f'{found.folded:,} of the objects are folded: they were read, but are too many to be shown one by one'
    imports = found.imports()
    yield 'imports nothing' if not imports else 'imports:'
    width = max((len(name) for name, _ in imports), default=0)
    for name, calls in imports:
        times = {0: '', 1: 'called'}.get(calls, f'called {calls:,} times')
        if found.folded and calls:
            times += ' or more'
        yield f'  {name:{width}}  {times}'.rstrip()


def _faults(found):
    if found.fault is not None:
        offset, message = found.fault
        yield f'damaged or cut off at byte {offset:,}: {message}. What comes before is shown.'
    elif _left_over(found):
        yield f'{_left_over(found):,} bytes behind the pickle are no pickle.'


def outline(found, depth):
    """The objects as an indented list, `depth` levels below each that the file holds."""
    waiting = [(root, 0) for root in reversed(found.roots())]
    yield 'holds:'
    while waiting:
        node, level = waiting.pop()
        indent = '  ' * (level + 1)
        if node is None:
            yield f'{indent}...'
            continue
        edge, kind, description, size = found.describe(node)
        yield indent + '  '.join(part for part in (edge, kind, description, f'({size:,} bytes)') if part)
        children = found.children(node)
        if level >= depth:
            if children:
                waiting.append((None, level + 1))
            continue
        if len(children) > _MOST_CHILDREN:
            waiting.append((None, level + 1))
        waiting += [(child, level + 1) for child in reversed(children[:_MOST_CHILDREN])]


def _confirmed():
    if not sys.stdin or not sys.stdin.isatty():
        print('dill: nobody can be asked whether to load it: say --yes.', file=sys.stderr)
        return False
    print('Loading runs this. Load it? [y/N] ', end='', file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ('y', 'yes')


def _refuse(message):
    print(f'dill: {message}', file=sys.stderr)
    return NOT_DONE
