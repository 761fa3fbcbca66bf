"""undill FILE ...: load pickles and print what they hold.

    $ undill hello.pkl
    ['hello', 'world']

Loading runs what the file says; `python -m dill cat FILE` shows what is in it without.
"""

import sys

__all__ = ['main']


def main(argv=None):
    """Print the object in each file; returns the exit status."""
    import dill

    files = sys.argv[1:] if argv is None else argv
    if not files or files[0] in ('-h', '--help'):
        print(__doc__, end='')
        return 0 if files else 2
    failed = False
    for name in files:
        try:
            with open(name, 'rb') as file:
                print(dill.load(file))
        except OSError as error:
            print(f'undill: {name}: {error.strerror or error}', file=sys.stderr)
            failed = True
        except Exception as error:  # whatever loading raises: the other files may be good
            print(f'undill: {name}: {type(error).__name__}: {error}', file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == '__main__':
    sys.exit(main())
