"""CloudWatch Logs: the base's, with the patterns of filters as AWS reads them, and metrics made by them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from s_infra.sandbox.base import Base

TERM = re.compile(r'(?P<sign>[?-]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>\S+))')


def install(base: Base) -> None:
    """Mend the patterns: the base takes phrases apart, and `Error` for `error`. Carry out metric filters."""
    logs = base.module("cloudwatch_logs")
    logs._compile_filter_pattern = matcher
    fan_out = logs._fanout_to_subscription_filters

    # The base calls this with all events that it has stored, whoever wrote them.
    def count_and_fan_out(group: str, stream: str, events: Iterable[Mapping[str, Any]]) -> None:
        for one in list(logs._metric_filters.values()):
            if one["logGroupName"] == group:
                _count(base, one, events)
        fan_out(group, stream, events)

    logs._fanout_to_subscription_filters = count_and_fan_out


def _count(base: Base, metric_filter: Mapping[str, Any], events: Iterable[Mapping[str, Any]]) -> None:
    """Publish the filter's value for each event that matches, as of the event's time."""
    matches = matcher(metric_filter["filterPattern"])
    for event in events:
        if not matches(event.get("message", "")):
            continue
        moment = base.clock.of(event["timestamp"] / 1000) if "timestamp" in event else None
        for made in metric_filter["metricTransformations"]:
            value = {made["metricName"]: float(made["metricValue"])}
            base.put_metrics(made["metricNamespace"], value, {}, unit=made.get("unit", "None"), moment=moment)


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a message matches a pattern of unstructured log events.

    Every word and quoted phrase must be in the message, none that follows `-` may be, and of those that
    follow `?` one must be. Source: "Filter pattern syntax", CloudWatch Logs User Guide.
    """
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    for found in TERM.finditer(pattern or ""):
        phrase = found["phrase"]
        text = found["word"] if phrase is None else re.sub(r"\\(.)", r"\1", phrase)
        terms[found["sign"]].append(text)

    def matches(message: str) -> bool:
        if any(term in message for term in terms["-"]) or not all(term in message for term in terms[""]):
            return False
        # "?" terms beside others that must be there change nothing, as on AWS.
        return bool(terms[""]) or not terms["?"] or any(term in message for term in terms["?"])

    return matches
