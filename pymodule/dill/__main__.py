"""``python -m dill``. All of it lives in ``dill._command``: a script that is examined takes this module's place."""

import sys

if __name__ == '__main__':
    if not (getattr(sys.flags, 'safe_path', False) or sys.flags.isolated):
        del sys.path[0]  # python -m put the current folder there; the script's own folder comes instead
    from dill._command import main

    main()
