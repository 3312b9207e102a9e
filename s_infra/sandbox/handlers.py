"""The table that MiniStack finds the handler of a service in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.base import Handler


class Handlers(dict[str, "Handler"]):
    """MiniStack's table of handlers, with an answer for a service that isn't in it."""

    def __init__(self, make: Callable[[str], Handler], known: Mapping[str, Handler]) -> None:
        super().__init__(known)
        self._make = make

    def get(self, name: str, default: Any = None) -> Any:
        """Return the handler of `name`, made if there is none."""
        del default
        return self[name] if name in self else self._make(name)
