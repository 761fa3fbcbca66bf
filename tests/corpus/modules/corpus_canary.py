"""A module that does something when it is imported: it leaves the canary."""

open('canary', 'w').close()
