"""The operations on hyperparameter tuning jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import listing, search, training, tuning_run
from s_infra.sandbox.services.sagemaker.errors import not_found, validation
from s_infra.sandbox.services.sagemaker.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.sagemaker.service import SageMaker

KIND = "HyperParameterTuningJob"


def create(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateHyperParameterTuningJob."""
    name = request["HyperParameterTuningJobName"]
    if (existing := service.tuning_jobs.get(name)) is not None:
        raise training.in_use("Tuning job name", "a tuning job", existing.arn)
    configuration = request["HyperParameterTuningJobConfig"]
    definition = request.get("TrainingJobDefinition")
    if definition is None:
        raise validation("You must specify TrainingJobDefinition.")
    definition = training.with_metrics(service, definition)
    request = {**request, "TrainingJobDefinition": definition}
    space = search.ranges(configuration.get("ParameterRanges") or {})
    if configuration["Strategy"] == "Grid":
        configuration["ResourceLimits"] = _grid_limits(configuration["ResourceLimits"], space)
    _check(configuration, definition, {one.name for one in space})
    training.check_definition(service, definition)
    arn = service.arn("hyper-parameter-tuning-job", name)
    job = Job(
        KIND,
        {
            **{key: value for key, value in request.items() if key != "Tags"},
            "HyperParameterTuningJobArn": arn,
            "TrainingJobStatusCounters": {},
            "ObjectiveStatusCounters": {},
        },
    )
    tuning = tuning_run.Tuning(service, job, space)
    if not service.tuning_jobs.add(name, job):
        raise training.in_use("Tuning job name", "a tuning job", arn)
    service.keep_tags(arn, request)
    service.spawn(tuning.run, job)
    return {"HyperParameterTuningJobArn": arn}


def _check(configuration: Mapping[str, Any], definition: Mapping[str, Any], tuned: set[str]) -> None:
    objective = configuration.get("HyperParameterTuningJobObjective")
    if objective is None:
        raise validation("You must specify HyperParameterTuningJobObjective.")
    defined = {one["Name"] for one in definition["AlgorithmSpecification"].get("MetricDefinitions", ())}
    if objective["MetricName"] not in defined:
        raise validation(
            f"The objective metric {objective['MetricName']} is not in the MetricDefinitions of the training "
            f"job definition: {', '.join(sorted(defined)) or 'none'}."
        )
    limits = configuration["ResourceLimits"]
    if limits.get("MaxNumberOfTrainingJobs") is None:
        raise validation("You must specify MaxNumberOfTrainingJobs in ResourceLimits.")
    if limits["MaxParallelTrainingJobs"] > limits["MaxNumberOfTrainingJobs"]:
        raise validation("MaxParallelTrainingJobs can't be greater than MaxNumberOfTrainingJobs.")
    both = tuned & set(definition.get("StaticHyperParameters", {}))
    if both:
        raise validation(f"Hyperparameters are both static and tuned: {', '.join(sorted(both))}.")


def _grid_limits(limits: dict[str, Any], space: tuple[search.Range, ...]) -> dict[str, Any]:
    """Return the limits with the number of all combinations, which a number that is given has to be."""
    size = search.grid_size(space)
    if limits.get("MaxNumberOfTrainingJobs", size) != size:
        raise validation(
            f"MaxNumberOfTrainingJobs of a grid search must be the number of all combinations, {size}; "
            f"it is {limits['MaxNumberOfTrainingJobs']}."
        )
    return {**limits, "MaxNumberOfTrainingJobs": size}


def describe(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeHyperParameterTuningJob."""
    job = _found(service, request)
    return {**job.describe(), **tuning_run.progress(service, job)}


def stop(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """StopHyperParameterTuningJob."""
    job = _found(service, request)
    if job.wait(0):
        raise validation(
            f"The request was rejected because the tuning job is in status {job.status}. "
            "Only InProgress jobs can be stopped."
        )
    job.request_stop()
    return {}


def list_jobs(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListHyperParameterTuningJobs."""
    described = [{**job.describe(), **tuning_run.progress(service, job)} for job in service.tuning_jobs.all()]
    found = listing.matching(described, request, KIND)
    keys = {
        "Name": lambda item: item["HyperParameterTuningJobName"],
        "CreationTime": lambda item: item["CreationTime"],
        "Status": lambda item: item["HyperParameterTuningJobStatus"],
    }
    ordered = listing.ordered(found, request, keys, by="CreationTime", order="Descending")
    return listing.page([_summary(item) for item in ordered], request, "HyperParameterTuningJobSummaries")


def _summary(item: dict[str, Any]) -> dict[str, Any]:
    configuration = item["HyperParameterTuningJobConfig"]
    return {
        **listing.kept(
            item,
            "HyperParameterTuningJobName",
            "HyperParameterTuningJobArn",
            "HyperParameterTuningJobStatus",
            "CreationTime",
            "HyperParameterTuningEndTime",
            "LastModifiedTime",
            "TrainingJobStatusCounters",
            "ObjectiveStatusCounters",
        ),
        "Strategy": configuration["Strategy"],
        "ResourceLimits": configuration["ResourceLimits"],
    }


def list_trials(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListTrainingJobsForHyperParameterTuningJob."""
    summaries = tuning_run.trials(service, _found(service, request))
    found = listing.matching(summaries, request, training.KIND)
    by_metric = request.get("SortBy") == "FinalObjectiveMetricValue"
    if by_metric:
        # As AWS does: what has no value isn't in this order.
        found = [one for one in found if "FinalHyperParameterTuningJobObjectiveMetric" in one]
    keys = {
        "Name": lambda item: item["TrainingJobName"],
        "CreationTime": lambda item: item["CreationTime"],
        "Status": lambda item: item["TrainingJobStatus"],
        "FinalObjectiveMetricValue": lambda item: item["FinalHyperParameterTuningJobObjectiveMetric"][
            "Value"
        ],
    }
    ordered = listing.ordered(found, request, keys, by="Name", order="Ascending")
    return listing.page(ordered, request, "TrainingJobSummaries")


def _found(service: SageMaker, request: Mapping[str, Any]) -> Job:
    job = service.tuning_jobs.get(request["HyperParameterTuningJobName"])
    if job is None:
        raise not_found(
            f"Amazon SageMaker can't find a tuning job with name {request['HyperParameterTuningJobName']}."
        )
    return job
