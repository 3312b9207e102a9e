"""Waits until AWS says that a resource is ready or gone, no longer than its `timeouts` block allows."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.sandbox.provider.cty import State

_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_BETWEEN: Final = 0.1


def seconds(duration: str) -> float:
    """The seconds of a duration as Go writes it: "90s", "1h30m"; ValueError if it isn't one."""
    parts = _PART.findall(duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise ValueError(f'invalid duration "{duration}": write it as 90s, 10m or 1h30m')
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def limit(state: State, doing: str, minutes: float) -> float:
    """How many seconds create, update or delete may take: what the `timeouts` block says, else `minutes`."""
    given = (state.get("timeouts") or {}).get(doing)
    return seconds(given) if given else minutes * 60


def until(done: Callable[[], bool], allowed: float, stopped: Callable[[], bool]) -> str | None:
    """Ask until `done`; None if it came to that, else why not."""
    deadline = time.monotonic() + allowed
    while not done():
        if stopped():
            return "interrupted while waiting; it may become ready or go later"
        if time.monotonic() > deadline:
            return f"it took longer than {allowed:g} s (set another limit in a timeouts block)"
        time.sleep(_BETWEEN)
    return None
