"""How long a resource is waited for."""

from __future__ import annotations

import pytest

from s_infra.sandbox.provider import waiting


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("1.5h", 5400), ("500ms", 0.5)]
)
def test_a_duration_is_written_as_go_does(text: str, expected: float) -> None:
    assert waiting.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "10", "m", "1h 30m", "-5m", "10 minutes", "1d"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="write it as 90s, 10m or 1h30m"):
        waiting.seconds(text)


@pytest.mark.parametrize(
    ("state", "expected"),
    [({}, 600), ({"timeouts": {"create": None}}, 600), ({"timeouts": {"create": "2s"}}, 2)],
)
def test_a_block_sets_the_limit(state: dict[str, object], expected: float) -> None:
    assert waiting.limit(state, "create", 10) == expected


def test_waiting_ends_when_it_is_done_late_or_stopped() -> None:
    answers = iter([False, False, True])
    assert waiting.until(lambda: next(answers), 60, lambda: False) is None
    late = waiting.until(lambda: False, 0.15, lambda: False)
    assert late == "it took longer than 0.15 s (set another limit in a timeouts block)"
    assert "interrupted" in str(waiting.until(lambda: False, 60, lambda: True))
