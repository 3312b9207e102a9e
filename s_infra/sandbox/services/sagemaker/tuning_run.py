"""A tuning job's life: trials asked for, run as training jobs, told back; and how it stands."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import listing, training
from s_infra.sandbox.services.sagemaker.jobs import reason
from s_infra.sandbox.services.sagemaker.search import Search, seed_of

if TYPE_CHECKING:
    from s_infra.sandbox.services.sagemaker.jobs import Job
    from s_infra.sandbox.services.sagemaker.search import Range
    from s_infra.sandbox.services.sagemaker.service import SageMaker

LOG = logging.getLogger(__name__)
# AWS gives a tuning job up when its first trials all fail.
ATTEMPTS_WITHOUT_SUCCESS = 5
POLL_S = 0.1


class Tuning:
    """Runs the trials of one tuning job."""

    def __init__(self, service: SageMaker, job: Job, space: tuple[Range, ...]) -> None:
        description = job.describe()
        self._service = service
        self._job = job
        self._space = space
        self._configuration = description["HyperParameterTuningJobConfig"]
        self._definition = description["TrainingJobDefinition"]
        self._limits = self._configuration["ResourceLimits"]
        self._ended: queue.Queue[tuple[int, Job]] = queue.Queue()
        self._running: dict[int, Job] = {}
        self._started = 0
        self._failures: list[str] = []
        self._succeeded = 0

    def run(self, job: Job) -> None:
        """Carry the tuning job out; whatever happens ends in its description."""
        status, why = "Failed", ""
        try:
            status, why = self._tune()
        except Exception as error:
            # Ours to mend; the job still has to end, or everything that waits for it would wait for ever.
            LOG.exception("tuning job %s", job.name)
            why = f"InternalServerError: {type(error).__name__}: {error}"
        finally:
            for trial in self._running.values():
                trial.request_stop()
            final: dict[str, Any] = {"FailureReason": reason(why)} if why else {}
            job.update(**final, HyperParameterTuningEndTime=time.time(), HyperParameterTuningJobStatus=status)

    def _tune(self) -> tuple[str, str]:
        seed = self._configuration.get("RandomSeed")
        search = Search(
            self._space,
            self._configuration["Strategy"],
            maximise=self._configuration["HyperParameterTuningJobObjective"]["Type"] == "Maximize",
            trials=self._limits["MaxNumberOfTrainingJobs"],
            seed=seed_of(self._job.name) if seed is None else seed,
        )
        while self._running or self._may_start():
            while self._may_start() and len(self._running) < self._limits["MaxParallelTrainingJobs"]:
                self._start(search)
            self._collect(search)
        if self._job.stop_requested.is_set():
            return "Stopped", ""
        if not self._succeeded:
            return "Failed", (
                f"No training job succeeded after {self._started} attempts. For additional details, please "
                "take a look at the training job failures by listing training jobs for the hyperparameter "
                f"tuning job. First: {self._failures[0]}"
            )
        return "Completed", ""

    def _may_start(self) -> bool:
        hopeless = not self._succeeded and len(self._failures) >= ATTEMPTS_WITHOUT_SUCCESS
        left = self._started < self._limits["MaxNumberOfTrainingJobs"]
        return left and not hopeless and not self._job.stop_requested.is_set()

    def _start(self, search: Search) -> None:
        number, tuned = search.ask()
        self._started += 1
        objective = self._configuration["HyperParameterTuningJobObjective"]["MetricName"]
        static = {**self._definition.get("StaticHyperParameters", {}), "_tuning_objective_metric": objective}
        request = {
            **{key: value for key, value in self._definition.items() if key != "StaticHyperParameters"},
            "TrainingJobName": f"{self._job.name}-{self._started:03d}-{uuid.uuid4().hex[:8]}",
            "HyperParameters": {**static, **tuned},
        }
        # As the API reference has it: a tuning job's tags are its training jobs', too.
        tags = dict(self._service.tags.get(self._job.arn, {}))
        self._service.tags[self._service.arn("training-job", str(request["TrainingJobName"]))] = tags
        trial = training.start(self._service, request, tuned, TuningJobArn=self._job.arn)
        self._running[number] = trial

        def report() -> None:
            trial.wait()
            self._ended.put((number, trial))

        threading.Thread(target=report, name=f"await {trial.name}", daemon=True).start()

    def _collect(self, search: Search) -> None:
        """Take in one trial that has ended; return without one now and then, to see a stop."""
        try:
            number, trial = self._ended.get(timeout=POLL_S)
        except queue.Empty:
            if self._job.stop_requested.is_set():
                for running in self._running.values():
                    running.request_stop()
            return
        del self._running[number]
        summary = _summary(self._job, trial)
        metric = summary.get("FinalHyperParameterTuningJobObjectiveMetric")
        if summary["ObjectiveStatus"] == "Succeeded" and metric is not None:
            self._succeeded += 1
            search.tell(number, metric["Value"])
        else:
            self._failures.append(f"{trial.name}: {summary.get('FailureReason', trial.status)}")
            search.tell(number, None)


def trials(service: SageMaker, job: Job) -> list[dict[str, Any]]:
    """Return the summaries of a tuning job's training jobs, in the order of their start."""
    return [
        _summary(job, trial)
        for trial in service.training_jobs.all()
        if trial.describe().get("TuningJobArn") == job.arn
    ]


def progress(service: SageMaker, job: Job) -> dict[str, Any]:
    """Return how a tuning job stands: its counters, and its best training job if there is one."""
    summaries = trials(service, job)
    statuses = [one["TrainingJobStatus"] for one in summaries]
    objectives = [one["ObjectiveStatus"] for one in summaries]
    standing: dict[str, Any] = {
        "TrainingJobStatusCounters": {
            "Completed": statuses.count("Completed"),
            "InProgress": statuses.count("InProgress") + statuses.count("Stopping"),
            "RetryableError": 0,
            "NonRetryableError": statuses.count("Failed"),
            "Stopped": statuses.count("Stopped"),
        },
        "ObjectiveStatusCounters": {
            name: objectives.count(name) for name in ("Succeeded", "Pending", "Failed")
        },
    }
    measured = [one for one in summaries if one["ObjectiveStatus"] == "Succeeded"]
    if measured:
        kind = job.describe()["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["Type"]
        best = max if kind == "Maximize" else min
        standing["BestTrainingJob"] = best(
            measured, key=lambda one: one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        )
    return standing


def _summary(job: Job, trial: Job) -> dict[str, Any]:
    """Return a HyperParameterTrainingJobSummary."""
    item = trial.describe()
    objective = job.describe()["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    name = objective["MetricName"]
    summary = {
        **listing.kept(
            item,
            "TrainingJobName",
            "TrainingJobArn",
            "CreationTime",
            "TrainingStartTime",
            "TrainingEndTime",
            "TrainingJobStatus",
            "FailureReason",
        ),
        "TunedHyperParameters": dict(trial.tuned),
    }
    values = [one["Value"] for one in item.get("FinalMetricDataList", ()) if one["MetricName"] == name]
    if item["TrainingJobStatus"] in ("InProgress", "Stopping"):
        summary["ObjectiveStatus"] = "Pending"
    elif values and item["TrainingJobStatus"] in ("Completed", "Stopped"):
        summary["ObjectiveStatus"] = "Succeeded"
        summary["FinalHyperParameterTuningJobObjectiveMetric"] = {
            "Type": objective["Type"],
            "MetricName": name,
            "Value": values[-1],
        }
    else:
        summary["ObjectiveStatus"] = "Failed"
        if item["TrainingJobStatus"] == "Completed":
            summary["FailureReason"] = _no_metric(item, name)
    return summary


def _no_metric(item: dict[str, Any], name: str) -> str:
    definitions = item["AlgorithmSpecification"].get("MetricDefinitions", ())
    regex = next((one["Regex"] for one in definitions if one["Name"] == name), "")
    return (
        f"No objective metrics found: nothing that the program printed matches the regular expression "
        f"{regex!r} of the metric {name}. Please ensure that the custom algorithm is emitting it."
    )
