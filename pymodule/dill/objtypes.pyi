from typing import Any

# A type for every name in dill.objects.
def __getattr__(name: str) -> Any: ...
