"""``dill.explore``: look at a living object in the Explorer."""

import os
import sys
from typing import Any, Optional

_FOLDER_PREFIX = 'dill-explore-'
_STALE_SECONDS = 24 * 3600
_windows = []  # process ids of the apps that were started and not yet seen to end

_HOW_TO_GET = """\
The Explorer shows this as a graph. It was not {reason}. Set DILL_EXPLORER to the program dill-explorer, put it on PATH,
or build it in dill's source folder with ./dev build."""


def explore(obj: Any, name: 'Optional[str]' = None, block: bool = False) -> None:
    """Pickle obj in diagnostic mode and show the result in the Explorer.

    obj -- any object; nothing needs to be picklable
    name -- how the paths shall call it; by default the caller's variable that holds obj, else 'obj'
    block -- wait until the window is closed; by default the window is started and the program goes on

    The app is ``$DILL_EXPLORER``, else ``dill-explorer`` on PATH, else the one in the build folder that this package
    lies in. Without it, or without a display, the same findings are printed as text. Returns None in every case:
    the findings as data are what ``dill.detect`` is for. What the window shows is a snapshot, written to a file in the
    folder for temporary files, where it stays at least for a day, so that the window may outlive the program.
    """
    import shutil
    import tempfile

    from dill import _recording

    if name is None:
        name = _callers_name(obj, sys._getframe(1))
    recording = _recording.record(obj, name=name, source=name)
    app = find_explorer()
    reason = 'found' if app is None else '' if _has_display() else 'started because there is no display'
    if reason:
        print(recording.report('text'))
        print(_HOW_TO_GET.format(reason=reason))
        return
    _remove_stale_traces()
    path = os.path.join(tempfile.mkdtemp(prefix=_FOLDER_PREFIX), 'object.dtrace')
    recording.save(path)
    try:
        window = _start(app, path)
    except OSError as error:
        print(recording.report('text'))
        print(_HOW_TO_GET.format(reason=f'started: {app}: {error.strerror}'))
        return
    _windows.append(window)
    _forget_closed_windows(wait_for=window if block else None)
    if block:
        shutil.rmtree(os.path.dirname(path), ignore_errors=True)


def find_explorer():
    """Path of the app that explore() starts, or None."""
    import shutil

    chosen = os.environ.get('DILL_EXPLORER')
    if chosen:
        return shutil.which(chosen)
    found = shutil.which('dill-explorer')
    if found:
        return found
    package = os.path.dirname(os.path.abspath(__file__))
    # build/engines/cp3XX/dill -> build/bin
    return shutil.which(os.path.normpath(os.path.join(package, '..', '..', '..', 'bin', 'dill-explorer')))


def _start(app, path):
    """Start the app in a session of its own (Ctrl-C at the prompt is not for it); returns its process id.

    Not subprocess.Popen: that warns when the program ends before the window.
    """
    # What it has to say (a missing library) is for a terminal; who reads a pipe must not wait for the window to close.
    unused = (0, 1) if os.isatty(2) else (0, 1, 2)
    null = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in unused]
    return os.posix_spawn(app, [app, path], os.environ, file_actions=null, setsid=True)


def _forget_closed_windows(wait_for=None):
    """Collect the processes that have ended, which would stay zombies else; wait_for: one to wait for."""
    for window in list(_windows):
        try:
            ended, _ = os.waitpid(window, 0 if window == wait_for else os.WNOHANG)
        except ChildProcessError:  # somebody else collected it
            ended = window
        if ended:
            _windows.remove(window)


def _has_display():
    return any(os.environ.get(name) for name in ('DISPLAY', 'WAYLAND_DISPLAY', 'QT_QPA_PLATFORM'))


def _callers_name(obj, frame):
    for names in (frame.f_locals, frame.f_globals):
        for name, value in list(names.items()):
            if value is obj and isinstance(name, str) and not name.startswith('_') and name.isidentifier():
                return name
    return 'obj'


def _remove_stale_traces():
    """Remove what earlier calls of this user left behind."""
    import shutil
    import tempfile
    import time

    folder = tempfile.gettempdir()
    for entry in os.listdir(folder):
        path = os.path.join(folder, entry)
        if not entry.startswith(_FOLDER_PREFIX):
            continue
        try:
            status = os.lstat(path)
        except OSError:
            continue
        if status.st_uid == os.getuid() and time.time() - status.st_mtime > _STALE_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
