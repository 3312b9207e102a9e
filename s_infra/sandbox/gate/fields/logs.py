"""CloudWatch Logs: classes of groups, patterns of filters, and what is made of a match."""

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


def _metric(given: Mapping[str, Any]) -> str | None:
    for made in given.get("metricTransformations") or ():
        # With patterns of words alone there is no field whose value could be taken.
        if str(made.get("metricValue", "")).startswith("$"):
            return f"metricTransformations.metricValue {made['metricValue']}"
        if named := next(
            (name for name in ("defaultValue", "dimensions") if made.get(name) is not None), None
        ):
            return f"metricTransformations.{named}"
    return _pattern(given)


CHECKS = {"CreateLogGroup": _group, "FilterLogEvents": _pattern, "PutMetricFilter": _metric}
