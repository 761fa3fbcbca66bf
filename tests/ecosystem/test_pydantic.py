# needs: pydantic
"""pydantic: models of modules, their instances and what refers to them."""

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
