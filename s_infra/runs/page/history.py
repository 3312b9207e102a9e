"""An execution's history as visits of states: what was done, how often, how long, and which way it went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

Status = Literal["succeeded", "caught", "failed", "stopped", "running"]
ATTEMPTS = (
    "TaskScheduled",
    "LambdaFunctionScheduled",
    "ActivityScheduled",
    "MapStateStarted",
    "ParallelStateStarted",
)
FAILURES = ("Failed", "TimedOut")
SCOPES = ("MapIterationStarted", "ParallelStateStarted", "MapStateStarted")


@dataclass
class Span:
    """A stretch of time in which a visit was at work: one attempt, or what a redrive took up again."""

    begun: datetime
    ended: datetime | None = None
    failed: bool = False


@dataclass
class Visit:
    """One time that a state was entered. `parent` is the visit of the Map or Parallel around it."""

    state: str
    spans: list[Span]
    parent: Visit | None = None
    status: Status = "running"
    attempts: int = 0
    error: str | None = None
    cause: str | None = None
    # The job that the state's task started, as Step Functions was told to start it.
    tasks: list[tuple[str, str]] = field(default_factory=list)

    @property
    def begun(self) -> datetime:
        """When it was entered."""
        return self.spans[0].begun

    @property
    def ended(self) -> datetime | None:
        """When it was left, or broken off; None while it runs."""
        return self.spans[-1].ended

    @property
    def depth(self) -> int:
        """How many Maps and Parallels it is inside of."""
        return 0 if self.parent is None else self.parent.depth + 1

    @property
    def retries(self) -> int:
        """How often its work was begun again."""
        return max(0, self.attempts - 1)

    def seconds(self, now: datetime) -> float:
        """Return the seconds at work, until now while it runs."""
        return sum(((span.ended or now) - span.begun).total_seconds() for span in self.spans)


@dataclass(frozen=True)
class Progress:
    """The visits in their order, and how often each way was gone: (from, to, after an error was caught)."""

    visits: tuple[Visit, ...]
    taken: Counter[tuple[str, str, bool]]
    redriven: int


class Reader:
    """Takes in a history event by event, pages long or short."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self.taken: Counter[tuple[str, str, bool]] = Counter()
        self.redriven = 0
        self._owners: dict[int, Visit | None] = {}
        self._kinds: dict[int, str] = {}
        self._last: datetime | None = None

    def take(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Read a page of events; pages come in the order of the history."""
        for event in events:
            before = self._owners.get(event["previousEventId"])
            owner = self._one(event, before)
            self._owners[event["id"]] = owner
            self._kinds[event["id"]] = event["type"]
            self._last = event["timestamp"]

    def _one(self, event: Mapping[str, Any], before: Visit | None) -> Visit | None:
        kind, when = event["type"], event["timestamp"]
        if "stateEnteredEventDetails" in event:
            return self._entered(event, before)
        if kind == "ExecutionRedriven":
            self.redriven += 1
            return before
        if kind.startswith("Execution"):
            self._break_off(when, failed=kind == "ExecutionFailed")
            return before
        owner = self._owner(event, before)
        if owner is not None:
            _tell(owner, event)
        return owner

    def _entered(self, event: Mapping[str, Any], before: Visit | None) -> Visit:
        name, inside = event["stateEnteredEventDetails"]["name"], False
        unfinished = _around(before, name) if self.redriven else None
        if unfinished and unfinished.state == name and unfinished.status in ("failed", "stopped"):
            _take_up(unfinished, event["timestamp"])
            return unfinished
        if before is not None:
            inside = self._kinds.get(event["previousEventId"]) in SCOPES
            if not inside and before.status in ("succeeded", "caught"):
                self.taken[before.state, name, before.status == "caught"] += 1
        parent = before if inside else before and before.parent
        visit = Visit(name, [Span(event["timestamp"])], parent=parent)
        self.visits.append(visit)
        return visit

    def _owner(self, event: Mapping[str, Any], before: Visit | None) -> Visit | None:
        """Return the visit that the event is about: the one before it, or the Map or Parallel around that."""
        kind = event["type"]
        details = _details(event)
        if kind.startswith("MapIteration") or kind.endswith("StateExited"):
            return _around(before, details.get("name"))
        if kind.startswith(("MapState", "ParallelState", "MapRun")) and not kind.endswith(
            ("Started", "Aborted")
        ):
            closed = before is not None and before.ended is not None
            return before.parent if before is not None and closed and before.parent else before
        return before

    def _break_off(self, when: datetime, *, failed: bool) -> None:
        """End what runs as the execution ends; of a failed one those failed that failed themselves."""
        left = [visit for visit in self.visits if visit.ended is None or visit.status == "running"]
        guilty = [visit for visit in left if visit.error is not None]
        for visit in left:
            if visit.spans[-1].ended is None:
                visit.spans[-1].ended = when
            blamed = visit.error is not None or (not guilty and visit is left[-1])
            visit.status = "failed" if failed and blamed else "stopped"
            visit.spans[-1].failed = visit.status == "failed"
        if failed:
            for visit in left:
                parent = visit.parent if visit.status == "failed" else None
                while parent is not None:
                    parent.status = "failed"
                    parent = parent.parent

    def progress(self) -> Progress:
        """Return what has been read so far."""
        return Progress(tuple(self.visits), self.taken, self.redriven)


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the event's one field of details, or nothing."""
    return next((value for key, value in event.items() if key.endswith("Details")), {})


def _around(visit: Visit | None, name: str | None) -> Visit | None:
    """Return the visit itself or the nearest around it whose state has this name."""
    found = visit
    while found is not None and found.state != name:
        found = found.parent
    return found or visit


def _tell(visit: Visit, event: Mapping[str, Any]) -> None:
    """Write down on the visit what one of its events says."""
    kind, when = event["type"], event["timestamp"]
    details = _details(event)
    if kind in ATTEMPTS:
        visit.attempts += 1
        _take_up(visit, when)
        if "parameters" in details:
            visit.tasks.append((details.get("resource", ""), details["parameters"]))
    elif kind.endswith("StateExited"):
        visit.status = "caught" if visit.error is not None else "succeeded"
        _close(visit, when)
    elif kind.endswith("StateAborted"):
        visit.status = "stopped"
        _close(visit, when)
    elif kind.endswith(FAILURES) and not kind.startswith("MapIteration"):
        visit.error = details.get("error") or visit.error or kind
        visit.cause = details.get("cause") or visit.cause
        _close(visit, when, failed=True)


def _take_up(visit: Visit, when: datetime) -> None:
    if visit.spans[-1].ended is not None:
        visit.spans.append(Span(when))
    visit.status, visit.error, visit.cause = "running", None, None


def _close(visit: Visit, when: datetime, *, failed: bool = False) -> None:
    if visit.spans[-1].ended is None:
        visit.spans[-1].ended = when
        visit.spans[-1].failed = failed
