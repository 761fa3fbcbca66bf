"""``python -m dill``: the Explorer's answers for terminals and CI."""

import argparse
import os
import sys
import traceback

from dill import _file_commands, _inspect_command, _program, _recording, _session_command

PICKLABLE, PROBLEMS, NOT_EXAMINED = 0, 1, 2  # exit statuses

_DESCRIPTION = 'Find out why Python objects will not pickle, and what is in pickles.'

_EXPLAIN = """\
Runs SCRIPT as "python SCRIPT ARGS" would, then pickles its variables (or EXPR, evaluated among them) in one walk that
goes on behind every failure, and prints each object that cannot be pickled with its path, the error and a fix.

exit status:
  0  everything can be pickled
  1  there are problems
  2  the script or the expression failed, or something could not be examined
     (what could be found out all the same is printed)"""

_CAT = """\
Shows what a pickle holds and what loading it would import and call, without importing or calling anything.

exit status:
  0  the file was read to its end
  1  it is damaged or cut off (what comes before is shown), or more than the pickle is in it
  2  it cannot be read, or is no pickle

example:
  python -m dill cat --depth 5 model.pkl"""

_SESSION = """\
Shows the variables of a session file (dill.dump_module) with their types and sizes, which of them are in the file and
which are imported, and what loading imports. Nothing is imported or called.

exit status:
  0  the file was read to its end
  1  it is damaged or cut off (the variables before that are shown)
  2  it cannot be read, or is no session

example:
  python -m dill session --json session.pkl"""

_INSPECT = """\
Says what loading files would import and call, and what is to be thought of it, without importing or calling anything:
pickles of all kinds, sessions, and archives, models and arrays that hold them, whatever their names. In folders all
files are looked at; what is no pickle there is passed over.

exit status:
  0  clean: data only, or known types with inert arguments
  1  suspicious or dangerous
  2  unreadable, damaged, or no pickle; nothing worse in other files

examples:
  python -m dill inspect model.pkl
  python -m dill inspect --json downloads/
  python -m dill inspect --details "vars(obj)['area']" session.pkl
  python -m dill inspect --details 418 session.pkl"""

_LOAD = """\
Shows what a pickle imports and calls, asks whether to load it, loads it and prints it. Modules are looked for in the
current folder too. Loading runs what the file says: do so only if you trust it.

exit status:
  0  it was loaded
  1  loading raised an exception
  2  it cannot be read, is no pickle, or was not to be loaded

example:
  python -m dill load --yes -i results.pkl"""

_DUMP = """\
Runs SCRIPT as "python SCRIPT ARGS" would (with -m: imports MODULE), evaluates EXPR among its variables and pickles the
result to FILE. The file is replaced only if all went well.

exit status:
  0  it was written
  1  the object cannot be pickled; what in it cannot, and why, is printed
  2  the script or the expression failed, or the file cannot be written

examples:
  python -m dill dump train.py:model model.pkl
  python -m dill dump -m string:Template template.pkl"""


def main(argv=None):
    """Run the command line and end the process with its exit status."""
    argv = sys.argv[1:] if argv is None else list(argv)
    own, rest = _split(argv)
    parser = _parser()
    options = parser.parse_args(own)
    if options.command is None:
        parser.print_help()
        sys.exit(NOT_EXAMINED)
    try:
        status = options.run(options, rest)
    except _file_commands.CannotRead as error:
        status = _refuse(error)
    except BrokenPipeError:  # "| head"
        status = PICKLABLE
    except KeyboardInterrupt:
        status = 130
    _program.end_process(status)


def explain(target, arguments=(), as_json=False):
    """Print the report about 'SCRIPT[:EXPR]' and return the exit status. Takes over ``__main__`` and ``sys.argv``.

    With as_json the report is the only thing on standard output: what the script prints goes to standard error.
    """
    script, expression = _program.split_target(target)
    if script.endswith(('.pkl', '.pickle', '.dtrace')):
        return _refuse(
            f'{script} is not a Python script, and explain runs scripts. To see what is in a pickle: '
            f'python -m dill cat {script}. The Explorer opens pickles and recordings: dill-explorer {script}'
        )
    program = _program.Program(script, arguments)
    ending = program.compile()
    name = code = None
    if ending is None and expression:
        code, name, ending = _program.compile_expression(expression)
    if ending is not None:
        _program.show_ending(ending)
        return NOT_EXAMINED

    output = _Output(as_json)
    ending = program.run()
    _program.show_ending(ending)
    if program.is_forked_copy():
        return ending.code if ending.kind == 'exited' else int(ending.failed)
    if ending.kind == 'interrupted':
        return 130
    failed = ending.failed
    ending = None  # lets go of the frames of a failed script

    source = os.path.basename(script)
    if expression:
        value, failure = program.evaluate(code)
        if failure is not None:
            _program.show_ending(failure)
            return NOT_EXAMINED
        recording = _recorded(lambda: _recording.record(value, name=name, source=f'{source}:{expression}'))
    else:
        recording = _recorded(lambda: _recording.record_namespace(program.variables(), source=source))
    if recording is None:
        return NOT_EXAMINED
    output.write(recording.report('json' if as_json else 'text'))
    if failed:
        print(f'dill: {script} did not end well; this is about the variables it had by then.', file=sys.stderr)
        return NOT_EXAMINED
    return PICKLABLE if recording.ok else PROBLEMS


def _recorded(make):
    """The recording, or None when the walk itself broke: then the traceback says why."""
    try:
        return make()
    except Exception:
        traceback.print_exc()
        return None


class _Output:
    """Where the report goes. With `apart`, everything else that is written to standard output goes to standard error,
    also what the script's own children write."""

    def __init__(self, apart):
        sys.stdout.flush()
        self._descriptor = os.dup(1)
        if apart:
            os.dup2(2, 1)

    def write(self, text):
        try:
            sys.stdout.flush()
        except Exception:  # the script closed or replaced it; the report does not need it
            pass
        data = (text if text.endswith('\n') else text + '\n').encode('utf-8', 'backslashreplace')
        try:
            with os.fdopen(self._descriptor, 'wb') as stream:
                stream.write(data)
        except BrokenPipeError:  # "| head": the exit status still says what was found
            pass


def _split(argv):
    """The arguments before and behind the first '--'."""
    place = argv.index('--') if '--' in argv else len(argv)
    return argv[:place], argv[place + 1 :]


def _refuse(message):
    print(f'dill: {message}', file=sys.stderr)
    return NOT_EXAMINED


def _parser():
    import dill

    parser = argparse.ArgumentParser(prog='python -m dill', description=_DESCRIPTION)
    parser.add_argument('--version', action='version', version=f'dill {dill.__version__}')
    commands = parser.add_subparsers(dest='command', metavar='COMMAND')
    command = commands.add_parser(
        'explain',
        help='run a script and say which of its objects will not pickle, and why',
        usage='python -m dill explain SCRIPT[:EXPR] [--json] [-- ARGS ...]',
        description=_EXPLAIN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument('target', metavar='SCRIPT[:EXPR]', help='a Python file, and what to look at in it')
    command.add_argument('--json', action='store_true', help='print the report as JSON')
    command.set_defaults(run=lambda options, rest: explain(options.target, rest, as_json=options.json))

    command = _add(
        commands, 'cat', 'show what is in a pickle, without running anything', 'FILE [--json] [--depth N]', _CAT
    )
    command.add_argument('file', metavar='FILE', help='a pickle')
    command.add_argument('--json', action='store_true', help='print everything as JSON')
    command.add_argument('--depth', type=int, default=3, metavar='N', help='how many levels of objects; default 3')
    command.set_defaults(run=lambda options, rest: _file_commands.cat(options.file, options.json, options.depth))

    usage = 'FILE [--json] [--all]'
    command = _add(commands, 'session', 'show the variables of a session, without loading it', usage, _SESSION)
    command.add_argument('file', metavar='FILE', help='a session, as dill.dump_module() writes them')
    command.add_argument('--json', action='store_true', help='print everything as JSON')
    command.add_argument('--all', action='store_true', help='also the variables that every module has (__name__ ...)')
    command.set_defaults(run=lambda options, rest: _session_command.show(options.file, options.json, options.all))

    usage = 'FILE|DIR ... [--json | --sarif | --effects | --disassemble | --details WHERE] [--rules FILE] [--depth N]'
    command = _add(commands, 'inspect', 'judge what loading files would do, without loading them', usage, _INSPECT)
    command.add_argument('paths', metavar='FILE|DIR', nargs='+', help='files, and folders with files')
    forms = command.add_mutually_exclusive_group()
    for form, what in (
        ('json', 'print everything as JSON'),
        ('sarif', 'print the findings as SARIF 2.1.0, for code scanning'),
        ('effects', 'print what loading does, in its order'),
        ('disassemble', 'print the opcodes, with what they do to the stack and what they make'),
    ):
        forms.add_argument(f'--{form}', action='store_const', dest='form', const=form, default='text', help=what)
    forms.add_argument(
        '--details',
        metavar='WHERE',
        help='print signature, bytecode, methods, values ... of the object at a byte or path, or of "all"',
    )
    command.add_argument(
        '--rules', action='append', default=[], metavar='FILE', help='a list of names to allow or forbid'
    )
    command.add_argument('--depth', type=int, default=3, metavar='N', help='how many levels of objects; default 3')
    command.set_defaults(
        run=lambda options, rest: _inspect_command.show(
            options.paths, options.form, options.rules, options.depth, details=options.details
        )
    )

    command = _add(commands, 'load', 'load a pickle and print it', 'FILE [--yes] [-i]', _LOAD)
    command.add_argument('file', metavar='FILE', help='a pickle')
    command.add_argument('-y', '--yes', action='store_true', help='do not ask')
    command.add_argument(
        '-i', '--interactive', action='store_true', help='go on with a Python prompt, the object in obj'
    )
    command.set_defaults(run=lambda options, rest: _file_commands.load(options.file, options.yes, options.interactive))

    usage = '(SCRIPT:EXPR | -m MODULE:EXPR) FILE [--protocol N] [--byref] [--recurse] [-- ARGS ...]'
    command = _add(commands, 'dump', 'pickle an object of a script or module to a file', usage, _DUMP)
    command.add_argument('-m', action='store_true', dest='module', help='TARGET is a module, not a script')
    command.add_argument('target', metavar='TARGET', help='a Python file or module, and what of it to pickle')
    command.add_argument('file', metavar='FILE', help='where to write it')
    command.add_argument('--protocol', type=int, choices=range(6), metavar='N', help='0 to 5; default 4')
    command.add_argument('--byref', action='store_true', default=None, help='classes of __main__ by reference')
    command.add_argument('--recurse', action='store_true', default=None, help='only those globals that are used')
    command.set_defaults(run=_dump)
    return parser


def _dump(options, rest):
    kept = {name: getattr(options, name) for name in ('protocol', 'byref', 'recurse')}
    return _file_commands.dump(options.target, options.file, rest, options.module, **kept)


def _add(commands, name, what, usage, description):
    return commands.add_parser(
        name,
        help=what,
        usage=f'python -m dill {name} {usage}',
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
