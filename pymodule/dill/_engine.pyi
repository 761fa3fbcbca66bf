"""The compiled part. It is private: its functions are typed where the package offers them."""

from typing import Any

def __getattr__(name: str) -> Any: ...
