"""A package."""
from things.parts import Part
