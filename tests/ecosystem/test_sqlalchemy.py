# needs: SQLAlchemy
"""SQLAlchemy: a PickleType column whose pickler is dill, as klepto and Airflow have it."""

import os

import pytest
import sqlalchemy
from sqlalchemy import orm

import dill


class Base(orm.DeclarativeBase):
    pass


class Task(Base):
    __tablename__ = 'task'
    id = orm.mapped_column(sqlalchemy.Integer, primary_key=True)
    name = orm.mapped_column(sqlalchemy.String)
    work = orm.mapped_column(sqlalchemy.PickleType(pickler=dill))


@pytest.fixture
def engine(tmp_path):
    engine = sqlalchemy.create_engine(f'sqlite:///{tmp_path / "tasks.db"}')
    Base.metadata.create_all(engine)
    return engine


def test_column_of_functions_and_local_classes(engine):
    class Work:
        def __init__(self, by):
            self.by = by

        def __call__(self, value):
            return value * self.by

    base = 10
    with orm.Session(engine) as session:
        session.add_all(
            [
                Task(name='lambda', work=lambda value: value + base),
                Task(name='local class', work=Work(3)),
                Task(name='data', work={'a': [1, 2]}),
                Task(name='none', work=None),
            ]
        )
        session.commit()
    with orm.Session(engine) as session:
        work = {task.name: task.work for task in session.scalars(sqlalchemy.select(Task))}
    assert (work['lambda'](1), work['local class'](2), work['data'], work['none']) == (11, 6, {'a': [1, 2]}, None)


def test_row_in_a_fresh_process(engine, run):
    with orm.Session(engine) as session:
        session.add(Task(name='f', work=(lambda: (lambda x: x - 1))()))
        session.commit()
    code = """
import dill, sqlalchemy, sys
engine = sqlalchemy.create_engine(sys.argv[1])
table = sqlalchemy.Table('task', sqlalchemy.MetaData(), sqlalchemy.Column('work', sqlalchemy.PickleType(pickler=dill)))
with engine.connect() as connection:
    print(connection.execute(sqlalchemy.select(table.c.work)).scalar_one()(8))
"""
    # The function refers to this module, where it was made.
    assert run(code, str(engine.url), PYTHONPATH=os.path.dirname(__file__)) == '7\n'


def test_instances_and_columns():
    task = Task(name='x', work=len)
    copy = dill.copy(task)
    assert (copy.name, copy.work) == ('x', len)
    assert copy.__class__ is Task
    metadata = dill.copy(Base.metadata)
    assert list(metadata.tables) == ['task']
