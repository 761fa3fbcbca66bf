"""A module of a package."""
LIMIT = 7


class Part:
    def __init__(self, n):
        self.n = n

    def __repr__(self):
        return f'Part({self.n})'

    def size(self):
        return self.n


def assemble(x):
    return x + LIMIT

made = assemble
