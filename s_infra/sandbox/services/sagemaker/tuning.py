"""The operations on hyperparameter tuning jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import listing, search, training, tuning_run
from s_infra.sandbox.services.sagemaker.errors import not_found, validation
from s_infra.sandbox.services.sagemaker.job_kinds import JobKind
from s_infra.sandbox.services.sagemaker.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.sagemaker.service import SageMaker


def _described(service: SageMaker, job: Job) -> dict[str, Any]:
    return {**job.describe(), **tuning_run.progress(service, job)}


KIND = JobKind(
    prefix="HyperParameterTuningJob",
    word="tuning job",
    called="Tuning job name",
    table=lambda service: service.tuning_jobs,
    summary=(
        *("HyperParameterTuningJobName", "HyperParameterTuningJobArn", "HyperParameterTuningJobStatus"),
        *("CreationTime", "HyperParameterTuningEndTime", "LastModifiedTime"),
        *("TrainingJobStatusCounters", "ObjectiveStatusCounters"),
    ),
    absent=lambda name: not_found(f"Amazon SageMaker can't find a tuning job with name {name}."),
    described=_described,
)


def create(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateHyperParameterTuningJob."""
    name = request["HyperParameterTuningJobName"]
    KIND.refuse_taken(service, name)
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
        KIND.prefix,
        {
            **{key: value for key, value in request.items() if key != "Tags"},
            "HyperParameterTuningJobArn": arn,
            "TrainingJobStatusCounters": {},
            "ObjectiveStatusCounters": {},
        },
    )
    tuning = tuning_run.Tuning(service, job, space)
    KIND.add(service, job)
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


def list_jobs(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListHyperParameterTuningJobs."""
    page = KIND.list(service, request)
    for summary in page["HyperParameterTuningJobSummaries"]:
        job = KIND.find(service, summary).describe()
        configuration = job["HyperParameterTuningJobConfig"]
        summary["Strategy"] = configuration["Strategy"]
        summary["ResourceLimits"] = configuration["ResourceLimits"]
    return page


def list_trials(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListTrainingJobsForHyperParameterTuningJob."""
    summaries = tuning_run.trials(service, KIND.find(service, request))
    found = listing.matching(summaries, request, training.KIND.prefix)
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
