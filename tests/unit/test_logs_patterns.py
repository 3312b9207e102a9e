"""Patterns of filters over log events, as the user guide of CloudWatch Logs gives them."""

from __future__ import annotations

import pytest

from s_infra.sandbox.services.logs import matcher


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("ERROR", "[ERROR 400] BAD REQUEST", True),
        ("error", "[ERROR 400] BAD REQUEST", False),
        ("ERROR ARGUMENTS", "ERROR: WRONG ARGUMENTS", True),
        ("ERROR ARGUMENTS", "ERROR: MISSING", False),
        ('"INTERNAL SERVER"', "[ERROR 500] INTERNAL SERVER ERROR", True),
        ('"SERVER INTERNAL"', "[ERROR 500] INTERNAL SERVER ERROR", False),
        ("?ERROR ?ARGUMENTS", "MISSING ARGUMENTS", True),
        ("?ERROR ?ARGUMENTS", "MISSING", False),
        ("ERROR -EXITING", "ERROR: EXITING", False),
        ("ERROR -EXITING", "ERROR: WRONG", True),
        ('"say \\"no\\""', 'to say "no" twice', True),
    ],
)
def test_a_pattern_matches_as_its_guide_says(pattern: str, message: str, expected: bool) -> None:
    assert matcher(pattern)(message) is expected
