"""The faults of one sandbox: which strike an occasion, and which have struck."""

from __future__ import annotations

import fnmatch
import itertools
import random
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from s_infra.sandbox.faults.fault import Fault

MOST_FIRED = 10_000


@dataclass
class _Armed:
    """A fault with what it has seen so far."""

    number: int
    fault: Fault
    seen: int = 0
    fired: int = 0
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        # Repeatable is what is wanted, not secret.
        self.chance = random.Random(self.fault.seed)  # noqa: S311

    def strikes(self) -> bool:
        """Count an occasion; return whether it is one to strike."""
        fault = self.fault
        self.seen += 1
        if self.seen < fault.nth or self.fired >= fault.count:
            return False
        if fault.probability is not None and self.chance.random() >= fault.probability:
            return False
        self.fired += 1
        return True


class Faults:
    """All faults; safe for threads."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self._fired: deque[dict[str, Any]] = deque(maxlen=MOST_FIRED)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> int:
        """Arm a fault; return its number. It counts occasions from here on."""
        with self._lock:
            number = next(self._numbers)
            self._armed = [*self._armed, _Armed(number, fault)]
            return number

    def armed(self) -> bool:
        """Return whether there is any."""
        return bool(self._armed)

    def clear(self) -> None:
        """Take all faults back, and forget which have struck."""
        with self._lock:
            self._armed = []
            self._fired.clear()

    def shown(self) -> dict[str, Any]:
        """Return the faults, with what each has seen, and those that have struck, oldest first."""
        with self._lock:
            faults = [
                {"id": one.number, **one.fault.described(), "seen": one.seen, "fired": one.fired}
                for one in self._armed
            ]
            return {"faults": faults, "fired": list(self._fired)}

    def striking(
        self, kinds: Sequence[str], target: str, names: Callable[[], Iterable[str]], about: str = ""
    ) -> list[Fault]:
        """Count an occasion, and return the faults that strike it.

        `names` are those that the fault's pattern may match; `about` tells the occasion in the list of what
        has struck (a request's id).
        """
        # Nearly always there is none, and every call asks.
        if not self._armed:
            return []
        with self._lock:
            candidates = [
                one for one in self._armed if one.fault.kind in kinds and one.fault.target == target
            ]
            known = list(names()) if candidates else []
            struck = []
            for one in candidates:
                matched = next((name for name in known if fnmatch.fnmatchcase(name, one.fault.on)), None)
                if matched is None and one.fault.on != "*":
                    continue
                if one.strikes():
                    struck.append(one.fault)
                    fired = {"time": time.time(), "id": one.number, "kind": one.fault.kind, "target": target}
                    self._fired.append({**fired, "on": matched or "", "about": about})
            return struck

    def started(self, target: str, name: str, kill: Callable[[], None]) -> None:
        """Tell that a program has started: it is killed at once, or later, where a fault says so."""
        for fault in self.striking(("kill",), target, lambda: [name], name):
            if fault.seconds:
                timer = threading.Timer(fault.seconds, kill)
                timer.daemon = True
                timer.start()
            else:
                kill()
