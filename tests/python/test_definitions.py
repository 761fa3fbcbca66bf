"""The recorder notes where functions, classes and generators are defined, without running their code."""

import dataclasses
import functools
import json
import struct
import sys

from dill._recording import record

HERE = __file__


class Trace:
    """As much of a .dtrace file as is needed here, read as docs/trace-format.md says and without other libraries."""

    def __init__(self, data):
        self.data = data
        assert data[8:12] == b'DTR1'
        self.root = 4 + self.number(4)
        self.vtable = self.root - self.number(self.root, 'i')

    def number(self, at, code='I'):
        return struct.unpack_from('<' + code, self.data, at)[0]

    def vector(self, slot):
        """Offset of the first item and length."""
        entry = 4 + 2 * slot
        field = self.number(self.vtable + entry, 'H') if entry < self.number(self.vtable, 'H') else 0
        if field == 0:
            return 0, 0
        at = self.root + field
        at += self.number(at)
        return at + 4, self.number(at)

    def string(self, i):
        ends, _ = self.vector(19)
        characters, _ = self.vector(20)
        begin = self.number(ends + 4 * (i - 1)) if i else 0
        return self.data[characters + begin : characters + self.number(ends + 4 * i)].decode()

    def definitions(self):
        """(type, file, line, line is that of the first method) of each node that has a place."""
        types, _ = self.vector(6)
        first, length = self.vector(25)
        for i in range(length):
            node, file, line, last_line, in_class = struct.unpack_from('<IIIIB', self.data, first + 20 * i)
            assert last_line == 0
            yield self.string(self.number(types + 4 * node)), self.string(file), line, bool(in_class)


def definitions(obj, tmp_path):
    file = tmp_path / 'a.dtrace'
    record(obj).save(str(file))
    return list(Trace(file.read_bytes()).definitions())


def line_of(function):
    return function.__code__.co_firstlineno


def count():
    yield 1


async def wait():
    pass


def test_functions_and_code(tmp_path):
    double = lambda x: 2 * x
    found = definitions([double], tmp_path)
    assert found == [('function', HERE, line_of(double), False), ('code', HERE, line_of(double), False)]


def test_functions_by_reference(tmp_path):
    assert definitions(json.dumps, tmp_path) == [('function', json.__file__, line_of(json.dumps), False)]


def test_classes(tmp_path):
    class Sample:
        size = 3

        def method(self):
            pass

    first = line_of(Sample.method)
    own_line = sys.version_info >= (3, 13)
    found = [entry for entry in definitions(Sample, tmp_path) if entry[0] == 'type']
    assert found == [('type', HERE, first - 3 if own_line else first, not own_line)]


def test_what_is_put_into_a_class_is_not_its_source(tmp_path):
    def elsewhere(self):
        pass

    def decorate(function):
        @functools.wraps(function)
        def wrapper(self):
            return function(self)

        return wrapper

    @dataclasses.dataclass
    class Point:
        x: int = 0

        @decorate
        def wrapped(self):
            pass

        def own(self):
            pass

    Point.elsewhere = elsewhere
    # The classes of dataclasses itself are there as well, by reference.
    ((_, _, line, in_class),) = [entry for entry in definitions(Point, tmp_path) if entry[:2] == ('type', HERE)]
    if in_class:
        assert line == line_of(Point.own)
    else:
        assert line == line_of(elsewhere) + 10  # the line of @dataclasses.dataclass


def test_no_place_for_other_objects(tmp_path):
    assert definitions([1, int, len, sys, {}, object(), Exception], tmp_path) == []


def test_no_code_of_the_class_runs(tmp_path):
    calls = []

    class Meta(type):
        def __getattribute__(cls, name):
            calls.append(name)
            return super().__getattribute__(name)

    class Sample(metaclass=Meta):
        def method(self):
            pass

    from dill._dill import dumps

    definitions(Sample, tmp_path)
    recorded, calls[:] = len(calls), []
    dumps(Sample)
    assert recorded == len(calls)


def defined(obj):
    """What the report says of the only problem in obj."""
    (problem,) = json.loads(record(obj).report('json'))['problems']
    return problem.get('defined')


def test_culprits_in_the_report():
    generator = count()
    assert defined([generator]) == {'file': HERE, 'line': line_of(count)}
    list(generator)
    assert defined([generator]) == {'file': HERE, 'line': line_of(count)}
    coroutine = wait()
    try:
        assert defined({'c': coroutine}) == {'file': HERE, 'line': line_of(wait)}
    finally:
        coroutine.close()
    import threading

    assert defined([threading.local()]) is None
