"""get_gprof [OPTIONS] CODE: profile the pickling of an object, and draw who calls whom.

    $ get_gprof -n 5 -e 1 "import decimal; decimal.Decimal(1)"

The last expression of CODE makes the object. OPTIONS are those of gprof2dot (pip install gprof2dot), which draws
TYPE.call.png with the program dot of Graphviz. The 20 functions that took longest are printed.

The native driver makes no Python calls, so what is profiled is the stock driver, as with upstream's dill.
"""

import os
import subprocess
import sys

__all__ = ['main']


def main(argv=None):
    """Write TYPE.call.png and print the profile; returns the exit status."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments:
        print("Please provide an object instance (e.g. 'import math; math.pi')")
        return 2
    if arguments[0] in ('-h', '--help'):
        print(__doc__, end='')
        return 0
    *options, code = arguments
    try:
        obj = _made_by(code)
    except Exception as error:  # whatever the code raises
        print(f'Error processing object instance: {type(error).__name__}: {error}')
        return 1
    name = type(obj).__name__
    profile = f'{name}.prof'
    try:
        _profile(obj, profile)
        status = _draw(options, profile, f'{name}.call.png')
        _print(profile)
    except Exception as error:  # the object cannot be pickled
        print(f'get_gprof: {type(error).__name__}: {error}', file=sys.stderr)
        return 1
    finally:
        if os.path.exists(profile):
            os.remove(profile)
    return status


def _made_by(code):
    import ast

    tree = ast.parse(code)
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        raise SyntaxError('the last statement is no expression')
    last = ast.Expression(tree.body.pop().value)
    names = {'__name__': '__main__'}
    exec(compile(tree, '<code>', 'exec'), names)
    return eval(compile(last, '<code>', 'eval'), names)


def _profile(obj, path):
    import cProfile
    from io import BytesIO

    import dill

    class Pickler(dill.Pickler):
        def save(self, obj, save_persistent_id=True):  # a step that is overridden selects the stock driver
            super().save(obj, save_persistent_id)

    Pickler.__module__ = 'dill'
    profiler = cProfile.Profile()
    profiler.runcall(Pickler(BytesIO()).dump, obj)
    profiler.dump_stats(path)


def _draw(options, profile, picture):
    hint = "Please verify install of 'gprof2dot' to view profile graphs"
    try:
        graph = subprocess.run(['gprof2dot', '-f', 'pstats', *options, profile], stdout=subprocess.PIPE)
        if graph.returncode == 0:
            dot = subprocess.run(['dot', '-Tpng', '-o', picture], input=graph.stdout)
            if dot.returncode == 0:
                return 0
    except FileNotFoundError as error:
        hint = f'{hint}: there is no {error.filename}'
    print(hint)
    return 1


def _print(profile):
    import pstats

    stats = pstats.Stats(profile, stream=sys.stdout)
    stats.strip_dirs().sort_stats('cumtime')
    stats.print_stats(20)


if __name__ == '__main__':
    sys.exit(main())
