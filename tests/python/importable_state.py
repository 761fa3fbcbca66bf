"""A module of the user: it is pickled with all that it holds. None of its code runs while something is pickled."""

TABLE = {'rows': [1, 2, (3, 4)], 'name': 'table'}
COUNT = 300


def get(key, default=COUNT):
    return TABLE.get(key, default)


class Empty:
    pass


EMPTY = Empty()
