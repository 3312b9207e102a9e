"""Axes: where a value lies between 0 and 1, and the ticks that a person reads it by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Axis:
    """`place` maps a value to its share of the length; ticks are shares with their labels."""

    label: str
    place: Callable[[float], float]
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool = False


def linear(label: str, values: Sequence[float], *, whole: bool = False) -> Axis:
    """Return an axis that holds all values, with a margin and round ticks; whole numbers alone if asked."""
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    low, high = low - margin, high + margin
    step = _round_step((high - low) / 5)
    step = max(1.0, step) if whole else step
    first = math.ceil(low / step)
    marks = [number * step for number in range(first, math.floor(high / step) + 1)]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    ticks = tuple(((mark - low) / (high - low), _number(mark, digits)) for mark in marks)
    return Axis(label, lambda value: (value - low) / (high - low), ticks)


def logarithmic(label: str, values: Sequence[float]) -> Axis:
    """Return an axis over the decades of values that are all above 0."""
    low, high = math.log10(min(values)), math.log10(max(values))
    margin = 0.06 * (high - low) or 0.5
    low, high = low - margin, high + margin
    exponents = range(math.ceil(low), math.floor(high) + 1)
    every = max(1, math.ceil(len(exponents) / 6))
    ticks = tuple(
        ((power - low) / (high - low), f"{10.0**power:g}") for power in exponents if power % every == 0
    )
    return Axis(label, lambda value: (math.log10(value) - low) / (high - low), ticks, logarithmic=True)


def bands(label: str, names: Sequence[str]) -> Axis:
    """Return an axis on which the value n is the middle of the n-th name's band."""
    count = len(names)
    ticks = tuple(((number + 0.5) / count, name) for number, name in enumerate(names))
    return Axis(label, lambda value: (value + 0.5) / count, ticks)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _number(value: float, digits: int) -> str:
    if abs(value) >= 1e6 or digits > 6:
        return f"{value:.3g}"
    return f"{value:,.{digits}f}" if value else "0"
