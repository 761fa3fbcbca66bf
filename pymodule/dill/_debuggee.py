"""The Explorer's child process: runs a program, records its objects, answers over a local socket.

Started by the Explorer (gui/debuggee) as ``main()`` of this module or as ``python -m dill._debuggee``. Three
environment variables, taken out of ``os.environ`` before any user code runs: DILL_DEBUGGEE_SOCKET (path of a Unix
socket), DILL_DEBUGGEE_TOKEN, and DILL_DEBUGGEE_PYTHONPATH (the user's own PYTHONPATH, if there was one; the Explorer
put the engine's folder in front of it, and the program's own children must not inherit that).

Both directions are lines of JSON. The child begins, the Explorer answers with one command, then only the child speaks:

  -> {"event": "hello", "protocol": 1, "token": T, "python": "3.11.7", "dill": "0.4.1", "error": ""}
       error: why the engine cannot be loaded; the child ends after saying so
  <- {"command": "run", "script": S, "expression": E, "arguments": [...], "trace": PATH}
  -> {"event": "started"}                      the script's first statement comes next
  -> {"event": "notice", "text": T}
  -> {"event": "no_script", "message": M}
  -> {"event": "syntax_error", "where": "script" | "expression", "type", "message", "line", "traceback"}
  -> {"event": "raised" | "interrupted", "where", "type", "message", "line", "traceback"}
  -> {"event": "exited", "where", "code": N, "message": M}       sys.exit; os._exit says nothing, the process just ends
  -> {"event": "recording"}
  -> {"event": "variables", "variables": [{"name", "type", "picklable", "bytes", "node"}, ...]}
  -> {"event": "trace", "path": PATH}
  -> {"event": "failed", "message": M, "traceback": T}           the engine could not record or write
  -> {"event": "done"}                         nothing of interest follows; the program's exit functions run now
"""

import faulthandler
import json
import os
import socket
import sys
import traceback
from importlib.machinery import PathFinder
from typing import Any

PROTOCOL = 1
LOST_CONNECTION = 121  # exit status when the socket is gone: the program closed it, or the Explorer ended


class Channel:
    """The socket to the Explorer."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        # Bound now: a program may patch the socket module (gevent does).
        self._send = self._socket.sendall
        self._receive = self._socket.recv
        os.register_at_fork(after_in_child=self._socket.close)

    def send(self, event, **fields):
        line = json.dumps({'event': event, **{key: _clean(value) for key, value in fields.items()}})
        try:
            self._send(line.encode('ascii') + b'\n')
        except OSError as error:
            os.write(2, f'dill: lost the connection to the Explorer ({error})\n'.encode())
            os._exit(LOST_CONNECTION)

    def command(self):
        """The Explorer's command as a dict; None if it hung up."""
        received = b''
        while not received.endswith(b'\n'):
            part = self._receive(65536)
            if not part:
                return None
            received += part
        return json.loads(received)


def main():
    path, token = _take_environment()
    if not path:
        print(
            'dill._debuggee is started by dill-explorer; for a terminal there is: python -m dill explain SCRIPT',
            file=sys.stderr,
        )
        sys.exit(2)
    channel = Channel(path)
    engine_error = ''
    try:
        import dill
        from dill import _recording
    except Exception:
        engine_error = traceback.format_exc()
    version = '' if engine_error else dill.__version__
    channel.send(
        'hello',
        protocol=PROTOCOL,
        token=token,
        python='.'.join(map(str, sys.version_info[:3])),
        dill=version,
        error=engine_error,
    )
    command = channel.command()
    if command is None or engine_error:
        sys.exit(2)
    _prepare_streams()
    faulthandler.enable()
    notice = _shadowed_dill(os.path.dirname(os.path.dirname(os.path.abspath(dill.__file__))))
    if notice:
        channel.send('notice', text=notice)
    _examine(channel, _recording, command)


def _examine(channel, recording_module, command):
    from dill._program import Program, compile_expression, end_process, show_ending

    program = Program(command['script'], command['arguments'])
    ending = program.compile()
    where = 'script'
    if ending is None and command['expression']:
        code, name, ending = compile_expression(command['expression'])
        where = 'expression'
    if ending is not None:  # nothing was run
        show_ending(ending)
        _report(channel, ending, where)
        channel.send('done')
        end_process(1)

    channel.send('started')
    ending = program.run()
    if program.is_forked_copy():
        show_ending(ending)
        end_process(_status(ending))
    show_ending(ending)
    _report(channel, ending, 'script')
    status = _status(ending)
    ending = None  # lets go of the frames of a failed script: what they hold is none of its variables

    source = os.path.basename(program.script)
    if command['expression']:
        value, failure = program.evaluate(code)
        if failure is not None:
            show_ending(failure)
            _report(channel, failure, 'expression')
        else:
            _record(
                channel,
                command['trace'],
                lambda: recording_module.record(value, name=name, source=f'{source}:{command["expression"]}'),
            )
    else:
        variables = program.variables()
        if not variables:
            channel.send('notice', text='The script leaves no variables of its own.')
        _record(channel, command['trace'], lambda: recording_module.record_namespace(variables, source=source))
    channel.send('done')
    end_process(status)


def _record(channel, path, make):
    channel.send('recording')
    try:
        recording = make()
        variables = getattr(recording, 'variables', None)
        if variables:
            channel.send(
                'variables',
                variables=[
                    {'name': name, 'type': kind, 'picklable': bool(picklable), 'bytes': size, 'node': node}
                    for name, kind, picklable, size, node in variables
                ],
            )
        recording.save(path)
    except BaseException as error:  # KeyboardInterrupt and a SystemExit out of somebody's __reduce__ included
        text = ''.join(traceback.format_exception(type(error), error, error.__traceback__))
        channel.send('failed', message=f'{type(error).__name__}: {error}', traceback=text)
        return
    channel.send('trace', path=path)


def _report(channel, ending, where):
    if ending.kind == 'ended':
        return
    if ending.kind == 'no_script':
        channel.send('no_script', message=ending.message)
    elif ending.kind == 'exited':
        channel.send('exited', where=where, code=ending.code, message=ending.message)
    else:
        channel.send(
            ending.kind,
            where=where,
            type=ending.type,
            message=ending.message,
            line=ending.line,
            traceback=ending.traceback,
        )


def _status(ending):
    if ending.kind == 'exited':
        return ending.code
    return 1 if ending.failed else 0


def _take_environment():
    own = {name: os.environ.pop('DILL_DEBUGGEE_' + name, None) for name in ('SOCKET', 'TOKEN', 'PYTHONPATH')}
    if own['SOCKET']:
        if own['PYTHONPATH'] is None:
            os.environ.pop('PYTHONPATH', None)
        else:
            os.environ['PYTHONPATH'] = own['PYTHONPATH']
    return own['SOCKET'], own['TOKEN'] or ''


def _prepare_streams():
    """The Explorer reads UTF-8 and wants to see a line when it is written, though these are pipes."""
    streams: tuple[Any, ...] = (sys.stdout, sys.stderr)
    for stream in streams:
        if stream is not None:
            stream.reconfigure(encoding='utf-8', line_buffering=True)


def _shadowed_dill(own_folder):
    """A sentence about an installed dill that the program would have got, or ''."""
    own = os.path.realpath(own_folder)
    others = [entry for entry in sys.path if entry and os.path.realpath(entry) != own]
    spec = PathFinder.find_spec('dill', others)
    if spec is None or not spec.origin:
        return ''
    return f"This program uses the Explorer's own dill here; the installed one ({spec.origin}) is left as it is."


def _clean(value):
    """Lone surrogates (undecodable file names, odd source) have no place in the JSON that the Explorer reads."""
    return value.encode('utf-8', 'replace').decode('utf-8') if isinstance(value, str) else value


if __name__ == '__main__':
    if not (getattr(sys.flags, 'safe_path', False) or sys.flags.isolated):
        del sys.path[0]  # python -m put the current folder there; a script's folder comes instead
    from dill._debuggee import main as _main  # the functions of this copy would lose their globals with __main__

    _main()
