"""The values of all metrics, in buckets of a second or a minute as their storage resolution says."""

from __future__ import annotations

import bisect
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Dimensions: TypeAlias = tuple[tuple[str, str], ...]
MINUTE = 60


@dataclass(frozen=True, order=True)
class Metric:
    """A metric's identity: another set of dimensions is another metric."""

    namespace: str
    name: str
    dimensions: Dimensions = ()

    def described(self) -> dict[str, Any]:
        """Return it as the API's Metric."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions]
        return {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}


def metric_of(given: Mapping[str, Any]) -> Metric:
    """Return the metric that a structure with Namespace, MetricName and Dimensions names."""
    pairs = sorted((one["Name"], one["Value"]) for one in given.get("Dimensions") or ())
    return Metric(given.get("Namespace", ""), given.get("MetricName", ""), tuple(pairs))


@dataclass
class Sample:
    """What was published into a bucket. `values` counts the raw ones; None if some were statistics only."""

    count: float = 0.0
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")
    values: dict[float, float] | None = field(default_factory=dict)

    def add(self, other: Sample) -> None:
        """Take in another sample."""
        self.count += other.count
        self.total += other.total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        if self.values is None or other.values is None:
            self.values = None
        else:
            for value, times in other.values.items():
                self.values[value] = self.values.get(value, 0.0) + times


@dataclass
class _Series:
    times: list[int] = field(default_factory=list)
    samples: dict[tuple[int, str], Sample] = field(default_factory=dict)
    units: dict[int, set[str]] = field(default_factory=dict)
    heard_at: float = 0.0


class Store:
    """All metrics. `heard` of a metric is when it last got a value, in the sandbox's time."""

    def __init__(self) -> None:
        self._series: dict[Metric, _Series] = {}
        self._lock = threading.Lock()

    def put(self, metric: Metric, moment: float, unit: str, sample: Sample, *, now: float, step: int) -> None:
        """Add a sample; `step` is the storage resolution: 1 or 60 seconds."""
        bucket = int(moment // step * step)
        with self._lock:
            series = self._series.setdefault(metric, _Series())
            series.heard_at = now
            if bucket not in series.units:
                bisect.insort(series.times, bucket)
            series.units.setdefault(bucket, set()).add(unit)
            series.samples.setdefault((bucket, unit), Sample()).add(sample)

    def between(self, metric: Metric, start: float, end: float) -> Iterator[tuple[int, str, Sample]]:
        """Give (time, unit, sample) of the buckets from `start` until before `end`, oldest first."""
        with self._lock:
            series = self._series.get(metric)
            if series is None:
                return
            first, last = bisect.bisect_left(series.times, start), bisect.bisect_left(series.times, end)
            found = [
                (time, unit, _copied(series.samples[time, unit]))
                for time in series.times[first:last]
                for unit in sorted(series.units[time])
            ]
        yield from found

    def any_since(self, metric: Metric, start: float) -> bool:
        """Tell whether there is a value from `start` on."""
        with self._lock:
            series = self._series.get(metric)
            return series is not None and bool(series.times) and series.times[-1] >= start

    def heard(self, metric: Metric) -> float:
        """Return when the metric last got a value; 0 if it never did."""
        with self._lock:
            series = self._series.get(metric)
            return series.heard_at if series is not None else 0.0

    def metrics(self) -> list[Metric]:
        """Return all metrics, in order."""
        with self._lock:
            return sorted(self._series)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._series.clear()

    def dump(self) -> list[Any]:
        """Return everything as JSON can hold it."""
        with self._lock:
            return [
                [
                    [metric.namespace, metric.name, metric.dimensions, series.heard_at],
                    [[*key, *_dumped(sample)] for key, sample in series.samples.items()],
                ]
                for metric, series in self._series.items()
            ]

    def restore(self, content: Iterable[Any]) -> None:
        """Take up what `dump` gave."""
        for (namespace, name, dimensions, heard_at), rows in content:
            metric = Metric(namespace, name, tuple((one, value) for one, value in dimensions))
            for bucket, unit, count, total, low, high, values in rows:
                raw = None if values is None else dict(values)
                sample = Sample(count, total, low, high, raw)
                self.put(metric, bucket, unit, sample, now=heard_at, step=1)


def _copied(sample: Sample) -> Sample:
    copy = Sample()
    copy.add(sample)
    return copy


def _dumped(sample: Sample) -> tuple[Any, ...]:
    values = None if sample.values is None else list(sample.values.items())
    return sample.count, sample.total, sample.low, sample.high, values
