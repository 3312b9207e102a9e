"""CloudWatch Logs: classes of groups, and patterns of filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def _group(given: Mapping[str, Any]) -> str | None:
    kind = given.get("logGroupClass", "STANDARD")
    return None if kind == "STANDARD" else f"logGroupClass {kind}"


def _pattern(given: Mapping[str, Any]) -> str | None:
    pattern = str(given.get("filterPattern", ""))
    # Words and phrases are looked for; patterns by field and by expression are others.
    unlike = pattern.startswith(("{", "[", "%"))
    return f"filterPattern {pattern}" if unlike else None


CHECKS = {"CreateLogGroup": _group, "FilterLogEvents": _pattern}
