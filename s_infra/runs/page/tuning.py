"""A run's tuning job: what was searched, and what each trial measured."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.aws import explained
from s_infra.errors import SInfraError
from s_infra.text import four_digits, is_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from s_infra.runs.page.history import Visit

MOST_TRIALS = 1000
RESOURCE = "createHyperParameterTuningJob"


@dataclass(frozen=True)
class Parameter:
    """A hyperparameter that was searched: between two ends, or among values."""

    name: str
    low: float | None = None
    high: float | None = None
    scaling: str = "Auto"
    values: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The range as text."""
        if self.values:
            return " | ".join(self.values)
        return f"{self.low:g} to {self.high:g}, {self.scaling}"


@dataclass(frozen=True)
class Trial:
    """One training job of the tuning; `objective` is None if it measured none."""

    number: int
    job: str
    status: str
    objective: float | None
    tuned: dict[str, str]
    best: bool

    @property
    def told(self) -> str:
        """The trial in a line."""
        tuned = ", ".join(f"{name} {four_digits(text)}" for name, text in sorted(self.tuned.items()))
        return (
            f"trial {self.number}: {self.objective:.6g} with {tuned}"
            if self.objective is not None
            else self.job
        )


@dataclass(frozen=True)
class Tuning:
    """A tuning job as far as it has come; `note` says what couldn't be read."""

    job: str
    status: str
    metric: str
    maximize: bool
    parameters: tuple[Parameter, ...]
    trials: tuple[Trial, ...]
    note: str = ""


def job_of(visits: Iterable[Visit], record: Mapping[str, Any] | None) -> str | None:
    """Return the name of the tuning job that a state started last, or that the record names."""
    found = (record or {}).get("tuning_job")
    for visit in visits:
        for resource, parameters in visit.tasks:
            if resource.startswith(RESOURCE):
                found = json.loads(parameters).get("HyperParameterTuningJobName", found)
    return found


def read(job: str, record: Mapping[str, Any] | None, sagemaker: Any) -> Tuning:
    """Return the tuning job with its trials in their order; from the record if it is no more."""
    try:
        with explained(job):
            described = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=job)
            pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
                HyperParameterTuningJobName=job, SortBy="CreationTime", SortOrder="Ascending"
            )
            summaries = [one for page in itertools.islice(pages, 100) for one in page["TrainingJobSummaries"]]
    except SInfraError as error:
        return _from_record(job, record or {}, error)
    best = (described.get("BestTrainingJob") or {}).get("TrainingJobName")
    definition = (
        described.get("TrainingJobDefinition") or (described.get("TrainingJobDefinitions") or [{}])[0]
    )
    config = described["HyperParameterTuningJobConfig"]
    goal = config.get("HyperParameterTuningJobObjective") or definition.get("TuningObjective") or {}
    ranges = config.get("ParameterRanges") or definition.get("HyperParameterRanges") or {}
    return Tuning(
        job,
        described["HyperParameterTuningJobStatus"],
        goal.get("MetricName", "objective"),
        goal.get("Type") != "Minimize",
        tuple(_parameters(ranges)),
        _trials(summaries[:MOST_TRIALS], best),
    )


def _from_record(job: str, record: Mapping[str, Any], error: SInfraError) -> Tuning:
    best = record.get("best") or {}
    trials = _trials(record.get("trials") or [], best.get("training_job"))
    kinds = {
        str((one.get("FinalHyperParameterTuningJobObjectiveMetric") or {}).get("Type"))
        for one in record.get("trials") or []
    }
    names = sorted({name for trial in trials for name in trial.tuned})
    return Tuning(
        job,
        "unknown",
        str(best.get("metric_name", "objective")),
        "Minimize" not in kinds,
        tuple(Parameter(name, values=_values(name, trials)) for name in names),
        trials,
        note=f"The tuning job can't be read any more; this is what the run's record holds. {error.what}",
    )


def _values(name: str, trials: Iterable[Trial]) -> tuple[str, ...]:
    """Return the texts that were tried if one of them is no number."""
    texts = [trial.tuned[name] for trial in trials if name in trial.tuned]
    return tuple(dict.fromkeys(texts)) if any(not is_number(text) for text in texts) else ()


def _parameters(ranges: Mapping[str, Any]) -> Iterable[Parameter]:
    for kind in ("ContinuousParameterRanges", "IntegerParameterRanges"):
        for one in ranges.get(kind) or ():
            yield Parameter(
                one["Name"], float(one["MinValue"]), float(one["MaxValue"]), one.get("ScalingType", "Auto")
            )
    for one in ranges.get("CategoricalParameterRanges") or ():
        yield Parameter(one["Name"], values=tuple(one["Values"]))


def _trials(summaries: Iterable[Mapping[str, Any]], best: str | None) -> tuple[Trial, ...]:
    return tuple(
        Trial(
            number,
            one["TrainingJobName"],
            one["TrainingJobStatus"],
            (one.get("FinalHyperParameterTuningJobObjectiveMetric") or {}).get("Value"),
            dict(one.get("TunedHyperParameters") or {}),
            one["TrainingJobName"] == best,
        )
        for number, one in enumerate(summaries, start=1)
    )
