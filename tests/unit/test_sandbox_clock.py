"""The sandbox's clock: what is due is done in its order, each thing at its moment."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from s_infra.errors import SInfraError
from s_infra.sandbox.clock import Clock, Fired, moved, seconds_of


def test_what_comes_due_on_the_way_is_done_in_order_and_at_its_moment() -> None:
    clock, seen = Clock(), []
    start = clock.now()

    def hourly(moment: float) -> Iterator[Fired]:
        seen.append(clock.now() - start)
        clock.at(moment + 3600, hourly)
        yield Fired(moment, "rule", "hourly", "done")

    def once(moment: float) -> Iterator[Fired]:
        yield Fired(moment, "alarm", "once", "OK -> ALARM")

    clock.at(start + 3600, hourly)
    clock.at(start + 5000, once)
    fired = clock.forward(3 * 3600 + 60)
    assert [one.name for one in fired] == ["hourly", "once", "hourly", "hourly"]
    assert seen == pytest.approx([3600, 7200, 10800], abs=1)
    assert clock.now() - start == pytest.approx(3 * 3600 + 60, abs=1)


def test_what_is_cancelled_is_not_done_and_a_failure_stops_nothing() -> None:
    clock = Clock()

    def broken(moment: float) -> Iterator[Fired]:
        raise RuntimeError(str(moment))

    clock.at(clock.now() + 1, broken)
    clock.at(clock.now() + 2, lambda moment: [Fired(moment, "rule", "gone", "")]).cancel()
    clock.at(clock.now() + 3, lambda moment: [Fired(moment, "rule", "after", "")])
    assert [one.name for one in clock.forward(10)] == ["after"]


def test_it_tells_what_it_showed_before_it_was_moved() -> None:
    clock = Clock()
    before = time.time()
    clock.forward(3600)
    time_after = time.time() + 1
    assert clock.of(before) == before
    assert clock.of(time_after) - time_after == pytest.approx(3600, abs=1)
    kept = Clock()
    kept.restore(clock.dump())
    assert kept.now() == pytest.approx(clock.now(), abs=1)


def test_due_things_are_done_without_anybody_moving_it() -> None:
    clock, done = Clock(), []

    def work(moment: float) -> tuple[Fired, ...]:
        done.append(moment)
        return ()

    clock.start()
    clock.at(clock.now() + 0.05, work)
    deadline = time.monotonic() + 5
    while not done and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(done) == 1


@pytest.mark.parametrize(
    ("text", "seconds"), [("2h", 7200), ("1d12h", 129600), ("90s", 90), ("1h1m1s", 3661)]
)
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "-1h", "h", "367d", "1.5h", "2h "])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(SInfraError, match="no time that the clock can go forward"):
        moved(Clock(), {"by": text})
