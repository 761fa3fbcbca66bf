# needs: pydantic
"""pydantic: models of modules, their instances and what refers to them; models of a program as upstream has them."""

import pydantic
import pytest

import dill


class Address(pydantic.BaseModel):
    street: str
    number: int = 1


class Person(pydantic.BaseModel):
    name: str
    address: Address
    tags: list[str] = pydantic.Field(default_factory=list)
    _secret: int = pydantic.PrivateAttr(default=3)

    @pydantic.field_validator('name')
    @classmethod
    def not_empty(cls, value):
        if not value:
            raise ValueError('empty')
        return value


@pytest.mark.parametrize('recurse', [False, True])
def test_models_of_modules(recurse):
    person = Person(name='Ada', address={'street': 'Main'}, tags=['x'])
    person._secret = 4
    copy = dill.loads(dill.dumps([person, Person, lambda: person.name], recurse=recurse))
    assert copy[0] == person
    assert copy[0]._secret == 4
    assert copy[1] is Person
    assert copy[2]() == 'Ada'


def test_functions_that_use_models_of_modules():
    def parse(text):
        return Person.model_validate_json(text).address.number

    assert dill.copy(parse)('{"name": "x", "address": {"street": "y", "number": "7"}}') == 7


def test_adapters_and_validated_functions():
    adapter = pydantic.TypeAdapter(list[int])
    assert dill.copy(lambda values: adapter.validate_python(values))(['1']) == [1]


# A validator is reduced to a schema that names its class, so the class cannot be made before it is needed: within one
# program dill refers to the class by its name, with a warning, and a class without one is refused.
MODELS_OF_A_PROGRAM = """
import warnings
import pydantic

class Address(pydantic.BaseModel):
    street: str
    number: int = 1

    def line(self):
        return f'{self.street} {self.number}'

def local():
    class Local(pydantic.BaseModel):
        a: int = 5
    return Local

def show(label, what, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        try:
            copy = dill.loads(dill.dumps(what, **options))
        except dill.PicklingError as error:
            print(label, options, type(error).__name__, str(error))
            return
        said = sorted({each.category.__name__ for each in caught})
    if isinstance(copy, type):
        copy = copy(street='Main', number='7')
    print(label, options, (copy if isinstance(copy, Address) else copy()).line(), said)

for options in ({}, {'recurse': True}, {'byref': True}):
    show('class', Address, **options)
    show('instance', Address(street='Main'), **options)
    show('local class', local(), **options)
    show('local instance', local()(), **options)
show('function', lambda: Address.model_validate_json('{"street": "Main", "number": "7"}'))
"""


def test_models_of_a_program(run, run_upstream):
    ours = run(MODELS_OF_A_PROGRAM)
    assert ours == run_upstream(MODELS_OF_A_PROGRAM)
    lines = ours.splitlines()
    assert len(lines) == 13
    assert sum('PicklingError' in line and 'Local' in line for line in lines) == 6
    assert sum('Main 1' in line or 'Main 7' in line for line in lines) == 7
