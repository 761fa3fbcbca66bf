"""A submodule that leaves the canary when it is imported."""

open('canary', 'w').close()
