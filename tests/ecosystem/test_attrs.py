# needs: attrs
"""attrs: classes that no module has, by value, with validators, converters, slots and hooks."""

import pytest

CLASSES = """
import attr, attrs, dill, sys

@attrs.define
class Point:
    x: int = attrs.field(default=1, validator=attrs.validators.instance_of(int))
    y: float = attrs.field(default=2.0, converter=float)
    def length(self):
        return (self.x**2 + self.y**2) ** 0.5

@attrs.frozen
class Frozen:
    name: str
    points: list = attrs.field(factory=list)

@attr.s
class Old:
    value = attr.ib(default=attr.Factory(lambda self: [self], takes_self=True), repr=False)
    @value.validator
    def check(self, attribute, value):
        assert value is not None

@attrs.define(slots=False)
class Hooked:
    x = attrs.field(on_setattr=attrs.setters.validate, validator=lambda self, attribute, value: None)
    def __attrs_post_init__(self):
        self.seen = True

@attrs.define
class Child(Point):
    z: int = 3
    def length(self):
        return super().length() + self.z

def by_subclass():
    @attrs.define
    class Inner(Frozen):
        extra: int = attrs.field(default=0, kw_only=True)
    return Inner
"""
WRITE = (
    CLASSES
    + """
values = [Point(3, 4), Frozen('f', [Point()]), Old(), Hooked(2), Child(3, 4, 5), by_subclass()('g', extra=9)]
sys.stdout.write(dill.dumps(values, recurse=len(sys.argv) > 1).hex())
"""
)
READ = """
import dill, sys
point, frozen, old, hooked, child, inner = dill.loads(bytes.fromhex(sys.argv[1]))
print(point.length(), point, frozen, hooked, hooked.seen, child.length(), inner, old.value[0] is old)
point.x = 6
try:
    point.x = 'no number'
except TypeError:
    print('validated')
try:
    frozen.name = 'other'
except Exception as error:
    print(type(error).__name__)
print(type(point)(x=1, y='5').y, type(child).__mro__[1] is type(point), type(inner)('h', extra=1).extra)
"""
EXPECTED = """\
5.0 Point(x=3, y=4.0) Frozen(name='f', points=[Point(x=1, y=2.0)]) Hooked(x=2) True 10.0 \
Inner(name='g', points=[], extra=9) True
validated
FrozenInstanceError
5.0 True 1
"""


@pytest.mark.parametrize('arguments', [(), ('recurse',)])
def test_classes_of_main_load_in_a_fresh_process(run, arguments):
    assert run(READ, run(WRITE, *arguments)) == EXPECTED


def test_bytes_are_upstreams(run, run_upstream):
    assert run(WRITE, PYTHONHASHSEED='1') == run_upstream(WRITE, PYTHONHASHSEED='1')


def test_class_local_to_a_function(run):
    code = """
import attr, dill
def outer():
    @attr.s(auto_attribs=True, slots=True, eq=True)
    class Local:
        x: int
        y: list = attr.Factory(list)
    return Local(1, [2])
copy = dill.copy(outer())
print(attr.asdict(copy), attr.evolve(copy, x=5).x, [field.name for field in attr.fields(type(copy))])
"""
    assert run(code) == "{'x': 1, 'y': [2]} 5 ['x', 'y']\n"
