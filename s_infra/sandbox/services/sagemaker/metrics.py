"""A job's metrics, found in its output by the regular expressions of its MetricDefinitions."""

from __future__ import annotations

import math
import re
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker.errors import validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Metrics:
    """The last value of each metric so far; `found` is told each one: name, value, seconds since 1970."""

    def __init__(
        self,
        definitions: Iterable[Mapping[str, str]],
        found: Callable[[str, float, float], None] | None = None,
    ) -> None:
        self._found = found
        self._patterns = [(one["Name"], compiled(one)) for one in definitions]
        self._values: dict[str, tuple[float, float]] = {}

    def take(self, line: str) -> None:
        """Look for the metrics in a line of output."""
        for name, pattern in self._patterns:
            for match in pattern.finditer(line):
                value = _number(match.group(1))
                if value is not None:
                    now = time.time()
                    self._values[name] = (value, now)
                    if self._found is not None:
                        self._found(name, value, now)

    def final(self) -> list[dict[str, Any]]:
        """Return the FinalMetricDataList: the last value of each metric that appeared."""
        return [
            {"MetricName": name, "Value": value, "Timestamp": timestamp}
            for name, (value, timestamp) in self._values.items()
        ]

    def value(self, name: str) -> float | None:
        """Return the last value of a metric, or None."""
        found = self._values.get(name)
        return found[0] if found else None


def compiled(definition: Mapping[str, str]) -> re.Pattern[str]:
    """Return the definition's regular expression.

    Raises:
        SageMakerError: it can't be compiled, or has no group that the value could be in.
    """
    try:
        pattern = re.compile(definition["Regex"])
    except re.error as error:
        raise validation(f"The regex of metric {definition['Name']} is invalid: {error}") from error
    if pattern.groups < 1:
        raise validation(
            f"The regex of metric {definition['Name']} has no group for the value: {pattern.pattern}"
        )
    return pattern


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
