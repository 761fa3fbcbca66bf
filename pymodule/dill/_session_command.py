"""``python -m dill session``: the variables of a session file, for terminals and scripts."""

import json
import sys

from dill._file_commands import OK, PROBLEMS, CannotRead
from dill._session_table import read_table

__all__ = ['show']


def show(path, as_json=False, everything=False, stream=None):
    """Print the variables of a session file without loading it. Returns the exit status: 1 if the file is damaged."""
    write = (stream or sys.stdout).write
    try:
        table = read_table(path)
    except OSError as error:
        raise CannotRead(f'{path} cannot be read: {error.strerror or error}') from error
    except ValueError as error:
        raise CannotRead(str(error)) from error
    if as_json:
        write(json.dumps(table.as_dict(), indent=2, ensure_ascii=False) + '\n')
    else:
        for line in table.lines(own_only=not everything):
            write(line + '\n')
    return PROBLEMS if table.fault is not None else OK
