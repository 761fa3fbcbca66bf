"""CPython's own tests of pickle, with dill's classes in the place of pickle's, in the ways of CPython's test_pickle.py.

Run as a script it prints {test: "ok" | "skipped: ..." | "failed: ..."} as JSON. It is run with our dill and with
upstream's; test_cpython_pickle.py says what must come out.
"""

import collections
import contextlib
import io
import json
import pickle
import struct
import sys
import unittest
import warnings

from test import pickletester, support

import dill

TRUNCATED = (pickle.UnpicklingError, EOFError, AttributeError, ValueError, struct.error, IndexError, ImportError)


class Loads:
    def loads(self, buf, **kwds):
        return self.unpickler(io.BytesIO(buf), **kwds).load()


class Dumps:
    def dumps(self, arg, proto=None, **kwds):
        file = io.BytesIO()
        self.pickler(file, proto, **kwds).dump(arg)
        return file.getvalue()


class ModuleTests(pickletester.AbstractPickleModuleTests, unittest.TestCase):
    dump = staticmethod(dill.dump)
    dumps = staticmethod(dill.dumps)
    load = staticmethod(dill.load)
    loads = staticmethod(dill.loads)
    Pickler = dill.Pickler
    Unpickler = dill.Unpickler


class UnpicklerTests(Loads, pickletester.AbstractUnpickleTests, unittest.TestCase):
    unpickler = dill.Unpickler
    bad_stack_errors = (pickle.UnpicklingError,)
    truncated_errors = (pickle.UnpicklingError,)


class PicklerTests(Dumps, Loads, pickletester.AbstractPickleTests, unittest.TestCase):
    pickler = dill.Pickler
    unpickler = dill.Unpickler


class DumpDillLoadC(PicklerTests):
    unpickler = pickle.Unpickler


class DumpDillLoadPython(PicklerTests):
    unpickler = pickle._Unpickler


class DumpCLoadDill(PicklerTests):
    pickler = pickle.Pickler


class DumpPythonLoadDill(PicklerTests):
    # `import dill` has taught pickle._Pickler dill's types.
    pickler = pickle._Pickler


class InMemoryTests(
    pickletester.AbstractPickleTests,
    pickletester.AbstractUnpickleTests,
    pickletester.BigmemPickleTests,
    unittest.TestCase,
):
    bad_stack_errors = (pickle.UnpicklingError, IndexError)
    truncated_errors = TRUNCATED
    test_framed_write_sizes_with_delayed_writer = None
    test_find_class = None
    test_custom_find_class = None

    def dumps(self, arg, protocol=None, **kwds):
        return dill.dumps(arg, protocol, **kwds)

    def loads(self, buf, **kwds):
        return dill.loads(buf, **kwds)


class PersistentMixin:
    pickler = dill.Pickler
    unpickler = dill.Unpickler
    persistent_load_error = pickle.UnpicklingError

    def dumps(self, arg, proto=None):
        class PersPickler(self.pickler):
            def persistent_id(subself, obj):
                return self.persistent_id(obj)

        file = io.BytesIO()
        PersPickler(file, proto).dump(arg)
        return file.getvalue()

    def loads(self, buf, **kwds):
        class PersUnpickler(self.unpickler):
            def persistent_load(subself, obj):
                return self.persistent_load(obj)

        return PersUnpickler(io.BytesIO(buf), **kwds).load()


class PersistentTests(PersistentMixin, pickletester.AbstractPersistentPicklerTests, unittest.TestCase):
    pass


class IdentityPersistentTests(PersistentMixin, pickletester.AbstractIdentityPersistentPicklerTests, unittest.TestCase):
    pass


class ObjectTests(pickletester.AbstractPicklerUnpicklerObjectTests, unittest.TestCase):
    pickler_class = dill.Pickler
    unpickler_class = dill.Unpickler

    def test_unpickler_memo_of_another_kind(self):
        unpickler = self.unpickler_class(io.BytesIO())
        with self.assertRaises(TypeError):
            unpickler.memo = object
        with self.assertRaises(ValueError):
            unpickler.memo = {-1: None}
        unpickler.memo = {1: None}


class DispatchTableTests(pickletester.AbstractDispatchTableTests, unittest.TestCase):
    pickler_class = dill.Pickler

    def get_dispatch_table(self):
        return pickle.dispatch_table.copy()


class ChainDispatchTableTests(pickletester.AbstractDispatchTableTests, unittest.TestCase):
    pickler_class = dill.Pickler

    def get_dispatch_table(self):
        return collections.ChainMap({}, pickle.dispatch_table)


class HookTests(pickletester.AbstractHookTests, unittest.TestCase):
    class pickler_class(dill.Pickler, pickletester.AbstractCustomPicklerClass):
        pass


if hasattr(pickletester, 'AbstractPicklingErrorTests'):  # Python 3.13

    class PicklingErrorTests(Dumps, pickletester.AbstractPicklingErrorTests, unittest.TestCase):
        pickler = dill.Pickler


class Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.found = {}

    @staticmethod
    def name(test):
        return '.'.join(test.id().split('.')[-2:])

    def note(self, test, error, kind='failed'):
        message = (str(error[1]).strip().split('\n') or [''])[0]
        self.found.setdefault(self.name(test), f'{kind}: {error[0].__name__}: {message}'[:200])

    def addSuccess(self, test):
        self.found.setdefault(self.name(test), 'ok')

    def addFailure(self, test, error):
        self.note(test, error)

    def addError(self, test, error):
        self.note(test, error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.note(test, error)

    def addSkip(self, test, reason):
        self.found.setdefault(self.name(test), f'skipped: {reason}'[:200])

    def addExpectedFailure(self, test, error):
        self.found.setdefault(self.name(test), 'ok')


def main():
    warnings.simplefilter('ignore')
    support.verbose = False
    result = Result()
    wanted = sys.argv[1:]
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])
    with contextlib.redirect_stdout(io.StringIO()):  # some print
        for tests in suite:
            for test in tests:
                if not wanted or Result.name(test) in wanted:
                    test.run(result)
    print(json.dumps(result.found))


if __name__ == '__main__':
    main()
