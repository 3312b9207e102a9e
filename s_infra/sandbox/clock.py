"""The sandbox's one time for alarms and schedules: the machine's, until a test moves it forward."""

from __future__ import annotations

import bisect
import heapq
import itertools
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from s_infra.errors import SInfraError

LOG = logging.getLogger(__name__)
# A cron expression fires at most once a minute: a year of one is half a million times.
FURTHEST_S = 366 * 86400.0
PATH, FORWARD_PATH = "/_s_infra/clock", "/_s_infra/clock/forward"
DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
SECONDS = (86400, 3600, 60, 1)


@dataclass(frozen=True)
class Fired:
    """Something that came due: at `time` (seconds since 1970), an alarm's change of state or a schedule."""

    time: float
    kind: str
    name: str
    what: str

    def shown(self) -> dict[str, Any]:
        """Return it for people and programs; the time as ISO 8601 in UTC."""
        return {"time": iso(self.time), "kind": self.kind, "name": self.name, "what": self.what}


Work: TypeAlias = Callable[[float], Iterable[Fired]]


@dataclass(order=True)
class Appointment:
    """What is to be done at a moment; it can be cancelled until then."""

    moment: float
    number: int
    work: Work = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Don't do it."""
        self.cancelled = True


class Clock:
    """Tells the time and does what is due, one thing after the other, in the order of their moments."""

    def __init__(self) -> None:
        # (when by the machine's clock, how far ahead from then on), oldest first.
        self._moves: list[tuple[float, float]] = []
        self._ahead = 0.0
        self._due: list[Appointment] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        # Held while something is done: by the clock's thread, or by who moves the clock.
        self._turn = threading.RLock()
        self._started = False

    def now(self) -> float:
        """Return the present, in seconds since 1970."""
        return time.time() + self._ahead

    def of(self, machine_time: float) -> float:
        """Return what this clock showed when the machine's showed `machine_time`."""
        moves = self._moves
        turn = bisect.bisect_right(moves, (machine_time, float("inf")))
        return machine_time + (moves[turn - 1][1] if turn else 0.0)

    def start(self) -> None:
        """Do what is due from now on."""
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, name="clock", daemon=True).start()

    def at(self, moment: float, work: Work) -> Appointment:
        """Have `work(moment)` done then, or at once if it's past; it returns what it has to tell."""
        appointment = Appointment(moment, next(self._numbers), work)
        with self._changed:
            heapq.heappush(self._due, appointment)
            self._changed.notify()
        return appointment

    def forward(self, seconds: float) -> list[Fired]:
        """Move the clock, doing on the way what comes due, each thing at its moment; return what did."""
        with self._turn:
            ahead = self._ahead + seconds
            end = time.time() + ahead
            fired: list[Fired] = []
            while (appointment := self._next(end)) is not None:
                self._set(max(self.now(), appointment.moment))
                fired += self._do(appointment)
            self._set(max(self.now(), time.time() + ahead))
            return fired

    def dump(self) -> object:
        """Return how far ahead the clock is and since when."""
        return {"moves": self._moves}

    def restore(self, content: Any) -> None:
        """Take up what `dump` gave."""
        self._moves = [(since, ahead) for since, ahead in content["moves"]]
        self._ahead = self._moves[-1][1] if self._moves else 0.0

    def shown(self) -> dict[str, Any]:
        """Return the time and how many seconds it is ahead of the machine's."""
        return {"now": iso(self.now()), "ahead_seconds": round(self._ahead, 3)}

    def _set(self, moment: float) -> None:
        machine = time.time()
        with self._changed:
            self._ahead = moment - machine
            # A move on the way to its end leaves no trace: nobody asks for the time in between.
            if self._moves and machine - self._moves[-1][0] < 0.001:
                self._moves.pop()
            self._moves.append((machine, self._ahead))
            self._changed.notify()

    def _next(self, until: float) -> Appointment | None:
        with self._changed:
            while self._due and self._due[0].moment <= until:
                appointment = heapq.heappop(self._due)
                if not appointment.cancelled:
                    return appointment
            return None

    def _run(self) -> None:
        while True:
            with self._changed:
                wait = self._due[0].moment - self.now() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
            with self._turn:
                if (appointment := self._next(self.now())) is not None:
                    self._do(appointment)

    def _do(self, appointment: Appointment) -> list[Fired]:
        try:
            return list(appointment.work(appointment.moment))
        except Exception:
            # What is due after it still has to be done.
            LOG.exception("what was due at %s", iso(appointment.moment))
            return []


def seconds_of(text: str) -> float:
    """Return a duration (`2h`, `1d12h`, `90s`) in seconds.

    Raises:
        SInfraError: it is none, or longer than the clock goes forward at once.
    """
    found = DURATION.fullmatch(text)
    parts = found.groups() if found else ()
    seconds = float(sum(int(part) * unit for part, unit in zip(parts, SECONDS, strict=False) if part))
    if not 0 < seconds <= FURTHEST_S:
        raise SInfraError(
            f"'{text}' is no time that the clock can go forward",
            which="sandbox clock",
            next_step="give days, hours, minutes, seconds, such as 2h, 1d12h or 90s; at most a year",
        )
    return seconds


def moved(clock: Clock, given: Mapping[str, Any]) -> dict[str, Any]:
    """Move the clock by the request's `by` (`2h`); return the time and what came due."""
    fired = clock.forward(seconds_of(str(given.get("by", ""))))
    return {**clock.shown(), "fired": [one.shown() for one in fired]}


def iso(moment: float) -> str:
    """Return a moment as ISO 8601 in UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
