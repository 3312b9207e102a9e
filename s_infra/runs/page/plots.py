"""Plots of trials, and of how predictions are spread, as places in a drawing. Lengths are in SVG's units."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.runs.page import scales

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s_infra.runs.page.tuning import Parameter, Trial, Tuning

WIDTH, HEIGHT = 340.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 10.0, 10.0, 40.0
MOST_CLASSES, MOST_BINS = 12, 24


@dataclass(frozen=True)
class Point:
    """A trial in a plot, with what it says when it is pointed at."""

    x: float
    y: float
    told: str
    best: bool


@dataclass(frozen=True)
class Bar:
    """A class or a bin with how many predictions it has."""

    x: float
    y: float
    width: float
    height: float
    told: str
    count: int


@dataclass(frozen=True)
class Plot:
    """Points and a line, or bars, with two axes."""

    title: str
    x: scales.Axis
    y: scales.Axis
    points: tuple[Point, ...] = ()
    line: str = ""
    bars: tuple[Bar, ...] = ()
    kind: str = "trials"
    level: float | None = None

    @property
    def x_ticks(self) -> list[tuple[float, str]]:
        """Where the ticks of the x axis are."""
        return [(_across(share), label) for share, label in self.x.ticks]

    @property
    def y_ticks(self) -> list[tuple[float, str]]:
        """Where the ticks of the y axis are."""
        return [(_up(share), label) for share, label in self.y.ticks]


def of_trials(tuning: Tuning, threshold: float | None) -> list[Plot]:
    """Return the objective by trial, with the best so far, and against each hyperparameter searched."""
    measured = [trial for trial in tuning.trials if trial.objective is not None]
    if not measured:
        return []
    objectives = [trial.objective or 0.0 for trial in measured]
    y = scales.linear(tuning.metric, [*objectives, *([] if threshold is None else [threshold])])
    level = None if threshold is None else _up(y.place(threshold))
    numbers = [float(trial.number) for trial in measured]
    x = scales.linear("trial", numbers, whole=True)
    better = max if tuning.maximize else min
    best = objectives[0]
    corners = []
    for number, value in zip(numbers, objectives, strict=True):
        corners.append((_across(x.place(number)), _up(y.place(best))))
        best = better(best, value)
        corners.append((_across(x.place(number)), _up(y.place(best))))
    line = "M" + "L".join(f"{across:.1f} {up:.1f}" for across, up in corners)
    first = Plot("by trial", x, y, tuple(_points(measured, numbers, x, y)), line=line, level=level)
    return [first, *(_against(one, measured, y, level) for one in tuning.parameters)]


def _against(parameter: Parameter, trials: Sequence[Trial], y: scales.Axis, level: float | None) -> Plot:
    texts = [trial.tuned.get(parameter.name) for trial in trials]
    placed = [trial for trial, text in zip(trials, texts, strict=True) if text is not None]
    if parameter.values:
        names = list(dict.fromkeys([*parameter.values, *(text for text in texts if text is not None)]))
        values = [float(names.index(text)) for text in texts if text is not None]
        x = scales.bands(parameter.name, names)
    else:
        values = [float(text) for text in texts if text is not None]
        ends = [end for end in (parameter.low, parameter.high) if end is not None]
        if parameter.scaling == "Logarithmic" and min([*values, *ends]) > 0:
            x = scales.logarithmic(parameter.name, [*values, *ends])
        else:
            x = scales.linear(parameter.name, [*values, *ends])
    return Plot(f"by {parameter.name}", x, y, tuple(_points(placed, values, x, y)), level=level)


def _points(trials: Sequence[Trial], values: Sequence[float], x: scales.Axis, y: scales.Axis) -> list[Point]:
    return [
        Point(_across(x.place(value)), _up(y.place(trial.objective or 0.0)), trial.told, trial.best)
        for trial, value in zip(trials, values, strict=True)
    ]


def of_values(name: str, texts: Sequence[str]) -> Plot | None:
    """Return how values are spread: a bar a class, or a histogram of numbers; None of nothing."""
    if not texts:
        return None
    counts = Counter(texts)
    numbers = [_as_number(text) for text in texts]
    whole = all(number is not None and number == int(number) for number in numbers)
    if any(number is None for number in numbers) or (whole and len(counts) <= MOST_CLASSES):
        return _classes(name, counts)
    return _histogram(name, [number for number in numbers if number is not None])


def _as_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _classes(name: str, counts: Counter[str]) -> Plot:
    shown = counts.most_common(MOST_CLASSES)
    names = sorted(
        (label for label, _ in shown),
        key=lambda text: (_as_number(text) is None, _as_number(text) or 0.0, text),
    )
    x, y = scales.bands(name, [text[:14] for text in names]), _counts([count for _, count in shown])
    width = 0.7 * (WIDTH - LEFT - RIGHT) / len(names)
    bars = tuple(
        _bar(_across(x.place(index)) - width / 2, width, counts[label], label, y)
        for index, label in enumerate(names)
    )
    left_out = len(counts) - len(names)
    return Plot(
        f"{name}: classes" + (f", the {len(names)} most frequent of {len(counts)}" if left_out else ""),
        x,
        y,
        bars=bars,
        kind="classes",
    )


def _histogram(name: str, numbers: Sequence[float]) -> Plot:
    low, high = min(numbers), max(numbers)
    bins = max(1, min(MOST_BINS, math.ceil(math.sqrt(len(numbers))))) if high > low else 1
    size = (high - low) / bins or 1.0
    held = Counter(min(bins - 1, int((number - low) / size)) for number in numbers)
    x, y = scales.linear(name, [low, low + bins * size]), _counts(list(held.values()))
    bars = []
    for index in range(bins):
        begin, end = (_across(x.place(low + (index + at) * size)) for at in (0, 1))
        label = f"{low + index * size:.4g} to {low + (index + 1) * size:.4g}"
        bars.append(_bar(begin + 0.5, max(1.0, end - begin - 1), held[index], label, y))
    return Plot(f"{name}: histogram", x, y, bars=tuple(bars), kind="histogram")


def _counts(counts: Sequence[int]) -> scales.Axis:
    axis = scales.linear("rows", [0.0, float(max(counts))], whole=True)
    nought = axis.place(0.0)
    ticks = tuple(
        ((share - nought) / (1 - nought), label) for share, label in axis.ticks if share >= nought - 1e-9
    )
    return scales.Axis("rows", lambda value: (axis.place(value) - nought) / (1 - nought), ticks)


def _bar(x: float, width: float, count: int, label: str, y: scales.Axis) -> Bar:
    top = _up(y.place(count))
    return Bar(x, top, width, HEIGHT - BOTTOM - top, f"{label}: {count}", count)


def _across(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _up(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)
