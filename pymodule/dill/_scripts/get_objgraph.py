"""get_objgraph NAME | FILE: draw what an object refers to, as objgraph sees it.

    $ get_objgraph ArrayType
    Image generated as ArrayType.png

NAME is a name of dill.objects (see dill.load_types), FILE a pickle, which is loaded. It takes the package objgraph
(pip install objgraph) and the program dot of Graphviz.
"""

import os
import sys
import warnings

__all__ = ['main']


def main(argv=None):
    """Write NAME.png, or FILE with its ending replaced; returns the exit status."""
    import dill

    arguments = sys.argv[1:] if argv is None else argv
    if arguments and arguments[0] in ('-h', '--help'):
        print(__doc__, end='')
        return 0
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        dill.load_types()
    if len(arguments) != 1:
        print("Please provide exactly one file or type name (e.g. 'IntType')")
        print('\n' + ', '.join(list(dill.objects)[:40]) + ', ...')
        return 0 if not arguments else 2
    name = arguments[0]
    if name in dill.objects:
        obj = dill.objects[name]
    else:
        try:
            with open(name, 'rb') as file:
                obj = dill.load(file)
        except OSError as error:
            print(f'get_objgraph: {name}: neither a name in dill.objects nor a file: {error.strerror}', file=sys.stderr)
            return 2
        except Exception as error:  # whatever loading raises
            print(f'get_objgraph: {name}: {type(error).__name__}: {error}', file=sys.stderr)
            return 1
        name = os.path.splitext(name)[0]
    try:
        import objgraph  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        print("Please install 'objgraph' to view object graphs")
        return 1
    objgraph.show_refs(obj, filename=f'{name}.png')
    return 0


if __name__ == '__main__':
    sys.exit(main())
