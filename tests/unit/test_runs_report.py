from __future__ import annotations

import json
from typing import Any

from s_infra.runs import logs, report
from s_infra.runs.following import Outcome, Stage

TRIALS: list[dict[str, Any]] = [
    {
        "TrainingJobName": "t-002",
        "TrainingJobStatus": "Completed",
        "TunedHyperParameters": {"C": "0.5", "kind": "ridge"},
        "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "accuracy", "Value": 0.98},
    },
    {"TrainingJobName": "t-001", "TrainingJobStatus": "Failed"},
]


def test_the_best_trial_is_marked_and_a_failed_one_has_no_metric() -> None:
    first, second = report.trial_lines(TRIALS, "t-002")
    assert first.split() == ["t-001", "Failed", "-"]
    assert second.split() == ["*", "t-002", "Completed", "0.9800", "C=0.5,", "kind=ridge"]


def test_a_failed_run_tells_state_and_the_jobs_own_reason() -> None:
    cause = json.dumps({"TrainingJobName": "t", "FailureReason": "AlgorithmError: no data"})
    outcome = Outcome("arn", "FAILED", (Stage("Tune", None),), error="States.TaskFailed", cause=cause)
    told = "\n".join(report.lines("demo-1", outcome, None))
    assert "failed in state Tune: States.TaskFailed" in told
    assert "reason: AlgorithmError: no data" in told


def test_what_a_loop_entered_again_is_one_line_with_its_seconds_in_all() -> None:
    visits = [Stage("Await", 1.0), Stage("Look", 0.25), Stage("Await", 2.0), Stage("Look", None)]
    outcome = Outcome("arn", "FAILED", tuple(visits))
    assert list(report.stage_lines(visits)) == ["  Await     3.00 s  2 times", "  Look   not left  2 times"]
    assert outcome.seconds_by_state == {"Await": 3.0, "Look": 0.25}


def test_a_cause_that_is_no_job_is_its_own_reason() -> None:
    assert logs.reason("plain words") == "plain words"
    assert logs.reason('"text"') == '"text"'


def test_a_gate_that_was_not_passed_says_that_nothing_is_deployed() -> None:
    record = {
        "best": {"metric_name": "accuracy", "training_job": "t-002"},
        "gate": {"operator": "NumericGreaterThan", "threshold": 0.99, "value": 0.98, "passed": False},
        "model": None,
    }
    assert list(report.record_lines(record)) == [
        "gate: accuracy 0.98 NumericGreaterThan 0.99: not passed, nothing is deployed"
    ]


def test_a_run_that_was_superseded_says_by_which() -> None:
    newer = {"run": "demo-2", "model_name": "m", "landed_at": "2026-11-21T12:00:00Z"}
    (told,) = report.record_lines({"superseded_by": newer})
    assert told == "not used: the model of run demo-2 is of data that landed later (2026-11-21T12:00:00Z)"
