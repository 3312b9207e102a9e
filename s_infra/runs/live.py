"""Shows a person a run's states while it goes: in place on a terminal, line by line elsewhere."""

from __future__ import annotations

import time
from contextlib import contextmanager
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


class Stages:
    """The states of a run, drawn whenever the terminal is refreshed; one that goes on shows its seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stages: list[tuple[Stage, float]] = []

    def take(self, stage: Stage) -> None:
        """Take a state that was entered or left."""
        for index, (known, _) in reversed(list(enumerate(self._stages))):
            if known.state == stage.state and known.seconds is None:
                self._stages[index] = (stage, 0.0)
                return
        self._stages.append((stage, self._clock()))

    def __rich__(self) -> Table:
        """Return the table as it stands now."""
        table = Table.grid(padding=(0, 2))
        table.add_column()
        table.add_column()
        table.add_column(justify="right")
        for stage, since in self._stages:
            goes_on = stage.seconds is None
            seconds = self._clock() - since if stage.seconds is None else stage.seconds
            mark = Text("…", "yellow") if goes_on else Text("✓", "green")
            table.add_row(mark, stage.state, f"{seconds:.1f} s")
        return table


@contextmanager
def view(console: Console) -> Iterator[Callable[[Stage], None]]:
    """Yield what `following.follow` is to tell of each state."""
    if not console.is_terminal:
        yield lambda stage: console.print(f"  {report.stage_line(stage)}", markup=False, highlight=False)
        return
    stages = Stages()
    with Live(stages, console=console, refresh_per_second=REFRESHES_PER_S):
        yield stages.take
