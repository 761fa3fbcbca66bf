from typing import Any

__all__ = ['failures', 'registered', 'succeeds']

registered: dict[str, Any]
succeeds: dict[str, Any]
failures: dict[str, Any]
