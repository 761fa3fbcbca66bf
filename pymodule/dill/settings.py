"""The defaults of every dump and load; dill.settings is the dict."""

from pickle import DEFAULT_PROTOCOL
from typing import Any

__all__ = ['settings']

settings: dict[str, Any] = {
    'protocol': DEFAULT_PROTOCOL,
    'byref': False,
    'fmode': 0,
    'recurse': False,
    'ignore': False,
    # 'upstream': the bytes that dill 0.4.1 writes; 'better': without its losses, see docs/differences.md
    'compat': 'upstream',
    # Pickles say which Python wrote them; whoever loads them does not see it.
    'header': False,
    # Sessions end with a checksum; one that has none is refused.
    'checksum': False,
    # whether the source of functions and classes travels with them, for dill.source where they are loaded
    'source': False,
}
