"""Statistics of a sample by their names, the percentiles included."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.cloudwatch.store import Sample

PERCENTILE = re.compile(r"p(?P<percent>\d{1,2}(\.\d{1,10})?|100(\.0{1,10})?)")
BASIC: Mapping[str, Callable[[Sample], float]] = {
    "SampleCount": lambda sample: sample.count,
    "Average": lambda sample: sample.total / sample.count,
    "Sum": lambda sample: sample.total,
    "Minimum": lambda sample: sample.low,
    "Maximum": lambda sample: sample.high,
}


def is_percentile(name: str) -> bool:
    """Tell whether a statistic is a percentile (`p99.9`)."""
    return PERCENTILE.fullmatch(name) is not None


def is_carried(name: str) -> bool:
    """Tell whether a statistic can be computed here: trimmed means and their kin can't."""
    return name in BASIC or is_percentile(name)


def value(name: str, sample: Sample) -> float | None:
    """Return a statistic of a sample; None where it has none, as a percentile without raw values."""
    if sample.count == 0:
        return None
    if name in BASIC:
        return BASIC[name](sample)
    found = PERCENTILE.fullmatch(name)
    if found is None:
        raise ValueError(name)
    return _percentile(float(found["percent"]), sample)


def _percentile(percent: float, sample: Sample) -> float | None:
    if sample.low == sample.high:
        return sample.low
    # Without the raw values, and of negative ones, CloudWatch has no percentiles.
    if sample.values is None or sample.low < 0:
        return None
    ordered = sorted(sample.values.items())
    rank = (sample.count - 1) * percent / 100
    low, high = _at(ordered, math.floor(rank)), _at(ordered, math.ceil(rank))
    return low + (high - low) * (rank - math.floor(rank))


def _at(ordered: list[tuple[float, float]], rank: int) -> float:
    seen = 0.0
    for number, times in ordered:
        seen += times
        if rank < seen:
            return number
    return ordered[-1][0]
