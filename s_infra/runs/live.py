"""Shows a person a run's states while it goes: in place on a terminal, line by line elsewhere."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.live import Live
from rich.table import Table
from rich.text import Text

from s_infra.runs import report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from s_infra.runs.following import Stage

REFRESHES_PER_S = 5


@dataclass
class _Row:
    """What a state's finished visits took, and since when it goes on, if it does."""

    seconds: float = 0.0
    since: float | None = None


class Stages:
    """The states of a run, drawn whenever the terminal is refreshed; one that goes on shows its seconds.

    What a loop enters again stays where it stands, with its seconds in all.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rows: dict[str, _Row] = {}

    def take(self, stage: Stage) -> None:
        """Take a state that was entered or left."""
        row = self._rows.setdefault(stage.state, _Row())
        if stage.seconds is None:
            row.since = self._clock()
        else:
            row.since = None
            row.seconds += stage.seconds

    def __rich__(self) -> Table:
        """Return the table as it stands now."""
        table = Table.grid(padding=(0, 2))
        table.add_column()
        table.add_column()
        table.add_column(justify="right")
        for state, row in self._rows.items():
            seconds = row.seconds + (0.0 if row.since is None else self._clock() - row.since)
            mark = Text("✓", "green") if row.since is None else Text("…", "yellow")
            table.add_row(mark, state, f"{seconds:.1f} s")
        return table


@contextmanager
def view(console: Console) -> Iterator[Callable[[Stage], None]]:
    """Yield what `following.follow` is to tell of each state."""
    if not console.is_terminal:
        yield report.tell_stages(lambda line: console.print(f"  {line}", markup=False, highlight=False))
        return
    stages = Stages()
    with Live(stages, console=console, refresh_per_second=REFRESHES_PER_S):
        yield stages.take
