"""dill: pickle functions, closures, classes and nearly everything else of Python, and see why something will not.

``import dill`` has the names of dill 0.4.1 and writes the same bytes, with an engine in C++:

    >>> import dill
    >>> f = dill.loads(dill.dumps(lambda x: x + 1))
    >>> f(2)
    3

``python -m dill --help`` tells what can be done on a command line, ``dill.explore(obj)`` shows an object in a window.

Whose idea it was: dill is a work of Michael McKerns and others at the Uncertainty Quantification Foundation. If it
serves research that you publish, cite them:

    M.M. McKerns, L. Strand, T. Sullivan, A. Fang, M.A.G. Aivazis,
    "Building a framework for predictive science", Proceedings of
    the 10th Python in Science Conference, 2011;
    http://arxiv.org/pdf/1202.1056

    Michael McKerns and Michael Aivazis,
    "pathos: a framework for heterogeneous computing", 2010- ;
    https://uqfoundation.github.io/project/pathos
"""

__version__ = '0.4.1'
__author__ = 'the authors of the dill engine'
__license__ = """\
This is not upstream's code: it is an independent implementation of the interface of dill 0.4.1. Upstream's own code is
under the 3-clause BSD licence, see https://github.com/uqfoundation/dill/blob/master/LICENSE; the terms of this package
stand with its sources.
"""
