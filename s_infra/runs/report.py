"""A run as text for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.runs import logs
from s_infra.text import four_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from s_infra.runs.following import Outcome, Stage


def lines(
    run: str, outcome: Outcome | None, record: Mapping[str, Any] | None, *, stages: bool = True
) -> Iterator[str]:
    """Yield the lines that tell how a run stands: its stages if wanted, and what its record says.

    `outcome` is None for a run that Step Functions has forgotten, as it does after 90 days.
    """
    status = (record or {}).get("status") or (outcome.status.lower() if outcome else "unknown")
    yield f"run {run}: {status}"
    if outcome and stages:
        yield from stage_lines(outcome.stages)
    if outcome and (outcome.failed_state or outcome.error):
        yield f"failed in state {outcome.failed_state}: {outcome.error}"
        yield f"reason: {logs.reason(outcome.cause)}"
    if record:
        yield from record_lines(record)


def tell_stages(say: Callable[[str], object]) -> Callable[[Stage], None]:
    """Return what tells a person who watches how each state stands; a loop's states are told of once."""
    said: set[tuple[str, bool]] = set()

    def tell(stage: Stage) -> None:
        told = (stage.state, stage.seconds is None)
        if told not in said:
            said.add(told)
            say(f"{stage.state} …" if stage.seconds is None else f"{stage.state} {stage.seconds:.2f} s")

    return tell


def stage_lines(stages: Sequence[Stage]) -> Iterator[str]:
    """Yield a line a state with the seconds it took, in all where it was entered more than once."""
    width = max((len(stage.state) for stage in stages), default=0)
    for state in dict.fromkeys(stage.state for stage in stages):
        visits = [stage.seconds for stage in stages if stage.state == state]
        left = [seconds for seconds in visits if seconds is not None]
        took = "not left" if len(left) < len(visits) else f"{sum(left):7.2f} s"
        times = f"  {len(visits)} times" if len(visits) > 1 else ""
        yield f"  {state:<{width}}  {took}{times}"


def record_lines(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a record holds: trials, the best of them, the gate, the model, the predictions."""
    data = record.get("data")
    if data:
        yield f"data: s3://{data['bucket']}/{data['key']} version {data['version_id']}"
    if record.get("status") == "waiting":
        yield "no model has been registered yet; the training run that registers one scores this file"
    if newer := record.get("superseded_by"):
        yield f"not used: the model of run {newer['run']} is of data that landed later ({newer['landed_at']})"
    if record.get("quarantine"):
        yield f"the file can't be used and was put away: {record['quarantine']}"
    best = record.get("best") or {}
    if record.get("trials"):
        yield "trials:"
        yield from trial_lines(record["trials"], best.get("training_job"))
    gate = record.get("gate")
    if gate:
        verdict = "passed" if gate["passed"] else "not passed, nothing is deployed"
        measured = f"{best.get('metric_name')} {gate['value']}"
        yield f"gate: {measured} {gate['operator']} {gate['threshold']}: {verdict}"
    model = record.get("model")
    if model:
        yield f"model: {model['name']}" + (f" ({model['artifact']})" if model.get("artifact") else "")
    predictions = record.get("predictions")
    if predictions:
        yield f"predictions: s3://{predictions['bucket']}/{predictions['prefix']}"


def trial_lines(trials: Sequence[Mapping[str, Any]], best: str | None) -> Iterator[str]:
    """Yield a line a trial: its name, status, metric and tuned hyperparameters; the best is marked."""
    for trial in sorted(trials, key=lambda one: str(one["TrainingJobName"])):
        metric = trial.get("FinalHyperParameterTuningJobObjectiveMetric") or {}
        value = f"{float(metric['Value']):.4f}" if "Value" in metric else "-"
        tuned = ", ".join(
            f"{name}={four_digits(text)}"
            for name, text in sorted((trial.get("TunedHyperParameters") or {}).items())
        )
        mark = "*" if trial["TrainingJobName"] == best else " "
        yield f"  {mark} {trial['TrainingJobName']}  {trial['TrainingJobStatus']}  {value}  {tuned}"
