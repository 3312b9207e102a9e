"""What a person sees while a run goes."""

from __future__ import annotations

import io

from rich.console import Console

from s_infra.runs.following import Stage
from s_infra.runs.live import Stages, view


def drawn(stages: Stages) -> list[list[str]]:
    console = Console(file=io.StringIO(), width=60)
    console.print(stages)
    assert isinstance(console.file, io.StringIO)
    return [line.split() for line in console.file.getvalue().splitlines()]


def test_a_state_that_goes_on_shows_its_seconds_and_one_that_ended_what_it_took() -> None:
    now = [100.0]
    stages = Stages(clock=lambda: now[0])
    stages.take(Stage("Transform", None))
    now[0] += 2.5
    assert drawn(stages) == [["…", "Transform", "2.5", "s"]]
    stages.take(Stage("Transform", 2.75))
    stages.take(Stage("Tune", None))
    now[0] += 1
    assert drawn(stages) == [["✓", "Transform", "2.8", "s"], ["…", "Tune", "1.0", "s"]]


def test_a_state_that_is_entered_again_stands_once_with_its_seconds_in_all() -> None:
    now = [0.0]
    stages = Stages(clock=lambda: now[0])
    for stage in (Stage("Try", None), Stage("Try", 1.0), Stage("Look", 0.5), Stage("Try", None)):
        stages.take(stage)
    now[0] += 2.0
    assert drawn(stages) == [["…", "Try", "3.0", "s"], ["✓", "Look", "0.5", "s"]]
    stages.take(Stage("Try", 2.5))
    assert drawn(stages) == [["✓", "Try", "3.5", "s"], ["✓", "Look", "0.5", "s"]]


def test_what_is_no_terminal_gets_a_line_a_change_and_none_for_what_a_loop_does_again() -> None:
    file = io.StringIO()
    with view(Console(file=file)) as tell:
        tell(Stage("[Transform]", None))
        tell(Stage("[Transform]", 1.5))
        for seconds in (None, 2.5, 3.5):
            tell(Stage("[Transform]", seconds))
        tell(Stage("Tune", 2.0))
    assert file.getvalue().splitlines() == ["  [Transform] …", "  [Transform] 1.50 s", "  Tune 2.00 s"]


def test_a_terminal_is_drawn_in_place_and_left_as_the_run_ended() -> None:
    file = io.StringIO()
    with view(Console(file=file, force_terminal=True, width=60)) as tell:
        tell(Stage("Transform", None))
        tell(Stage("Transform", 1.5))
    assert "1.5 s" in file.getvalue()
    assert "\x1b[?25h" in file.getvalue()
