"""What an alarm's datapoints say about its state. Source: "Alarm evaluation" and "Configuring how CloudWatch
alarms treat missing data" in the CloudWatch user guide.
"""

from __future__ import annotations

import operator
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
# How many periods more than the evaluation periods are looked at for datapoints: the guide's examples do so.
EXTRA_PERIODS = 2
COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True)
class Rule:
    """An alarm's rule: `needed` of `periods` datapoints breaching; `missing` is its TreatMissingData.

    `fewest` is how many samples a datapoint must rest on to be judged.
    """

    comparison: str
    threshold: float
    periods: int
    needed: int
    missing: str = "missing"
    fewest: float = 0.0

    def breaching(self, value: float) -> bool:
        """Tell whether a value is beyond the threshold."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True)
class Datapoint:
    """A period's value, if there is one, and how many samples it rests on; `time` is its start."""

    time: int
    value: float | None
    samples: float | None = None


@dataclass(frozen=True)
class Verdict:
    """The state that the datapoints speak for, why, and which of them (newest first)."""

    state: str
    reason: str
    evaluated: tuple[Datapoint, ...]


def verdict(rule: Rule, datapoints: Sequence[Datapoint]) -> Verdict | None:
    """Return the verdict on the evaluation range's datapoints, newest first; None: the state stays."""
    known = [point for point in datapoints if point.value is not None]
    if not known:
        return _without_data(rule, datapoints)
    chosen = tuple(known[: rule.periods])
    if any(point.samples is not None and point.samples < rule.fewest for point in chosen):
        return None
    bad = [point for point in chosen if point.value is not None and rule.breaching(point.value)]
    filled = max(0, rule.periods - len(known))
    if rule.missing == "breaching" and filled and len(bad) < rule.needed <= len(bad) + filled:
        return Verdict(ALARM, _filled(rule, bad, filled, "Breaching"), chosen)
    if len(bad) >= rule.needed:
        return Verdict(ALARM, _crossed(rule, bad, breaching=True), chosen)
    if filled and rule.missing in ("missing", "ignore") and len(bad) == len(chosen):
        # Too few to tell, and none that speaks against: the alarm waits until the oldest is old enough.
        oldest = datapoints.index(chosen[-1]) + 1
        if rule.missing == "missing" and oldest >= rule.needed:
            return Verdict(ALARM, _crossed(rule, bad, breaching=True), chosen)
        return None
    good = [point for point in chosen if point not in bad]
    if filled and rule.missing == "notBreaching" and not good:
        return Verdict(OK, _filled(rule, bad, filled, "NonBreaching"), chosen)
    return Verdict(OK, _crossed(rule, good, breaching=False), chosen)


def samples_needed(statistic: str) -> float:
    """Return how many samples make a percentile (`p99`) significant."""
    found = re.fullmatch(r"p([\d.]+)", statistic)
    if found is None:
        return 0.0
    share = float(found[1]) / 100
    tail = 1 - share if share >= 0.5 else share
    return 10 / tail if tail else float("inf")


def _without_data(rule: Rule, datapoints: Sequence[Datapoint]) -> Verdict | None:
    evaluated = tuple(datapoints[: rule.periods])
    count = len(evaluated)
    if rule.missing == "missing":
        word = "datapoint was" if count == 1 else "datapoints were"
        return Verdict(INSUFFICIENT, f"Insufficient Data: {count} {word} unknown.", evaluated)
    if rule.missing == "ignore":
        return None
    state, label = (ALARM, "Breaching") if rule.missing == "breaching" else (OK, "NonBreaching")
    periods = "period" if count == 1 else "periods"
    told = f"no datapoints were received for {count} {periods} and {_treated(count, label)}"
    return Verdict(state, f"Threshold Crossed: {told}.", evaluated)


def _crossed(rule: Rule, points: Sequence[Datapoint], *, breaching: bool) -> str:
    least = rule.needed if breaching else rule.periods - rule.needed + 1
    turn = "OK -> ALARM" if breaching else "ALARM -> OK"
    noun = "datapoint" if least == 1 else "datapoints"
    told = _listed(rule, points, breaching=breaching)
    return f"Threshold Crossed: {told} (minimum {least} {noun} for {turn} transition)."


def _filled(rule: Rule, points: Sequence[Datapoint], filled: int, label: str) -> str:
    return (
        f"Threshold Crossed: {_listed(rule, points, breaching=True)} and {_treated(filled, label)}."
        if points
        else (f"Threshold Crossed: {_treated(filled, label)}.")
    )


def _listed(rule: Rule, points: Sequence[Datapoint], *, breaching: bool) -> str:
    shown = ", ".join(f"{point.value} ({_day(point.time)})" for point in points)
    verb = ("was" if len(points) == 1 else "were") + ("" if breaching else " not")
    words = COMPARISONS[rule.comparison][1]
    count = f"{len(points)} out of the last {rule.periods} datapoints"
    return f"{count} [{shown}] {verb} {words} the threshold ({rule.threshold})"


def _treated(count: int, label: str) -> str:
    noun = "missing datapoint was" if count == 1 else "missing datapoints were"
    return f"{count} {noun} treated as [{label}]"


def _day(moment: int) -> str:
    return time.strftime("%d/%m/%y %H:%M:%S", time.gmtime(moment))
