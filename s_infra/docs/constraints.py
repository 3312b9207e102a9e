"""Whether a version is one that a constraint such as `>= 0.20, < 1` or `~> 0.24` allows."""

from __future__ import annotations

import re

from s_infra.errors import SInfraError

_PART = re.compile(r"(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+){0,2})")


def allows(constraint: str, version: str, where: str) -> bool:
    """Tell whether all parts of a constraint allow `version`; `where` names its file in errors."""
    have = _numbers(version)
    for text in constraint.split(","):
        match = _PART.fullmatch(text.strip())
        if match is None:
            raise SInfraError(
                f"{text.strip()!r} is not a constraint of a version",
                which=where,
                next_step="write one such as >= 0.20, < 1",
            )
        if not _allows(match[1] or "=", _numbers(match[2]), match[2].count("."), have):
            return False
    return True


def _allows(sign: str, wanted: list[int], dots: int, have: list[int]) -> bool:
    match sign:
        case "=":
            return have == wanted
        case "!=":
            return have != wanted
        case ">=":
            return have >= wanted
        case "<=":
            return have <= wanted
        case ">":
            return have > wanted
        case "<":
            return have < wanted
    return have >= wanted and have[: max(1, dots)] == wanted[: max(1, dots)]


def _numbers(version: str) -> list[int]:
    numbers = [int(part) for part in version.split(".")]
    return numbers + [0] * (3 - len(numbers))
