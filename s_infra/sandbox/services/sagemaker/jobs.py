"""What is common to the jobs: a description that several threads read and one changes, and tables of them."""

from __future__ import annotations

import copy
import threading
import time
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FINAL = frozenset({"Completed", "Failed", "Stopped"})
REASON_CHARACTERS = 1024


class Job:
    """A job in the form in which Describe gives it. `kind` is the prefix of its fields, `TrainingJob`."""

    def __init__(
        self, kind: str, description: dict[str, Any], tuned: Mapping[str, str] | None = None
    ) -> None:
        self.kind = kind
        self.tuned = tuned or {}
        self.stop_requested = threading.Event()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._told: Callable[[dict[str, Any]], None] | None = None
        now = time.time()
        self._description = {
            **description,
            f"{kind}Status": "InProgress",
            "CreationTime": now,
            "LastModifiedTime": now,
        }

    @classmethod
    def of_description(cls, kind: str, description: dict[str, Any], tuned: Mapping[str, str]) -> Job:
        """Return a job that has ended, as it described itself before."""
        job = cls(kind, {}, tuned)
        job._description = description
        job._ended.set()
        return job

    @property
    def name(self) -> str:
        """The job's name."""
        return str(self._description[f"{self.kind}Name"])

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return str(self._description[f"{self.kind}Arn"])

    @property
    def status(self) -> str:
        """The job's status, `InProgress` for example."""
        return str(self._description[f"{self.kind}Status"])

    def describe(self) -> dict[str, Any]:
        """Return a copy of the description."""
        with self._lock:
            return copy.deepcopy(self._description)

    def listen(self, told: Callable[[dict[str, Any]], None]) -> None:
        """Have `told` hear the description, now and whenever a status in it is another one.

        It is called under the job's lock, so that it hears of changes in their order.
        """
        with self._lock:
            self._told = told
            told(copy.deepcopy(self._description))

    def _set(self, fields: Mapping[str, Any]) -> None:
        before = self._statuses()
        self._description.update(fields)
        self._changed_since(before)

    def _statuses(self) -> tuple[object, object]:
        return self._description.get(f"{self.kind}Status"), self._description.get("SecondaryStatus")

    def _changed_since(self, before: tuple[object, object]) -> None:
        self._description["LastModifiedTime"] = time.time()
        if self._told is not None and self._statuses() != before:
            self._told(copy.deepcopy(self._description))

    def update(self, **fields: Any) -> None:
        """Change fields; a change of the status to a final one wakes those that wait."""
        with self._lock:
            self._set(fields)
            ended = self.status in FINAL
        if ended:
            self._ended.set()

    def edit(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the description by a function, as `update` does."""
        with self._lock:
            before = self._statuses()
            change(self._description)
            self._changed_since(before)
            ended = self.status in FINAL
        if ended:
            self._ended.set()

    def request_stop(self) -> None:
        """Have the job stopped; without effect on one that has ended."""
        with self._lock:
            if self.status in FINAL:
                return
            self._set({f"{self.kind}Status": "Stopping"})
        self.stop_requested.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job has ended; return whether it has."""
        return self._ended.wait(timeout)


Entry = TypeVar("Entry")


class Table(Generic[Entry]):
    """Things by name, in the order in which they were made; safe for several threads."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def add(self, name: str, entry: Entry) -> bool:
        """Add an entry; return False, with nothing changed, when the name is taken."""
        with self._lock:
            if name in self._entries:
                return False
            self._entries[name] = entry
            return True

    def get(self, name: str) -> Entry | None:
        """Return the entry of that name, or None."""
        with self._lock:
            return self._entries.get(name)

    def remove(self, name: str) -> Entry | None:
        """Take the entry out and return it, or None."""
        with self._lock:
            return self._entries.pop(name, None)

    def all(self) -> list[Entry]:
        """Return all entries."""
        with self._lock:
            return list(self._entries.values())

    def items(self) -> dict[str, Entry]:
        """Return a copy of all entries, by name."""
        with self._lock:
            return dict(self._entries)

    def clear(self) -> None:
        """Forget all entries."""
        with self._lock:
            self._entries.clear()


def reason(text: str) -> str:
    """Return a FailureReason of AWS's length."""
    return text if len(text) <= REASON_CHARACTERS else text[: REASON_CHARACTERS - 1] + "…"
