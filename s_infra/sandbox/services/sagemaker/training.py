"""The operations on training jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.runner.image import ImageError
from s_infra.sandbox.services.sagemaker import metrics, objects, training_run
from s_infra.sandbox.services.sagemaker.errors import validation
from s_infra.sandbox.services.sagemaker.job_kinds import JobKind
from s_infra.sandbox.services.sagemaker.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.sagemaker.service import SageMaker

KIND = JobKind(
    prefix="TrainingJob",
    word="training job",
    table=lambda service: service.training_jobs,
    summary=(
        *("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime", "LastModifiedTime"),
        *("TrainingJobStatus", "SecondaryStatus"),
    ),
    absent=lambda _: validation("Requested resource not found."),
)
DEFAULT_RUNTIME_S = 86400


def create(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateTrainingJob."""
    name = request["TrainingJobName"]
    KIND.refuse_taken(service, name)
    request = with_metrics(service, request)
    check_definition(service, request)
    service.keep_tags(service.arn("training-job", name), request)
    return {"TrainingJobArn": start(service, request).arn}


def with_metrics(service: SageMaker, definition: dict[str, Any]) -> dict[str, Any]:
    """Return a definition with the metrics that one of AWS's algorithms brings itself.

    Raises:
        SageMakerError: others are given for such an algorithm, or it is one that the sandbox doesn't have.
    """
    algorithm = definition.get("AlgorithmSpecification") or {}
    try:
        provided = service.images.of_aws(algorithm.get("TrainingImage") or "")
    except ImageError as error:
        raise validation(str(error)) from error
    if provided is None or provided.metric_definitions is None:
        return definition
    if algorithm.get("MetricDefinitions"):
        raise validation(
            "You can't override the metric definitions for Amazon SageMaker algorithms. "
            "Please retry the request without specifying metric definitions."
        )
    brought = {**algorithm, "MetricDefinitions": provided.metric_definitions}
    return {**definition, "AlgorithmSpecification": brought}


def check_definition(service: SageMaker, definition: Mapping[str, Any]) -> None:
    """Refuse what AWS refuses before a job is made: no image, no data, metrics that can't be looked for."""
    algorithm = definition.get("AlgorithmSpecification") or {}
    if not algorithm.get("TrainingImage"):
        raise validation("You must specify a training image in AlgorithmSpecification.TrainingImage.")
    for one in algorithm.get("MetricDefinitions", ()):
        metrics.compiled(one)
    names = [channel["ChannelName"] for channel in definition.get("InputDataConfig", ())]
    if len(set(names)) != len(names):
        raise validation("Channel names must be unique.")
    for channel in definition.get("InputDataConfig", ()):
        source = channel.get("DataSource", {}).get("S3DataSource")
        if source is None:
            raise validation(f"No S3 data source is given for the channel {channel['ChannelName']}.")
        if not _present(service, source):
            raise validation(no_objects(service, source["S3Uri"], definition.get("RoleArn")))


def _present(service: SageMaker, source: Mapping[str, Any]) -> bool:
    if source["S3DataType"] == "ManifestFile":
        return objects.exists(service, source["S3Uri"])
    return bool(objects.under(service, source["S3Uri"]))


def no_objects(service: SageMaker, uri: str, role: str | None) -> str:
    """Return AWS's message for a prefix under which there is nothing."""
    return (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
        f"exists in the selected region ({service.base.region}), that objects exist under that S3 prefix, "
        f'and that the role "{role}" has "s3:ListBucket" permissions on the bucket.'
    )


def start(
    service: SageMaker, request: Mapping[str, Any], tuned: Mapping[str, str] | None = None, **further: Any
) -> Job:
    """Make a training job of a checked request, add `further` fields to its description, and run it.

    `tuned` are those of its hyperparameters that a tuning job chose.
    """
    arn = service.arn("training-job", request["TrainingJobName"])
    description = {
        "StoppingCondition": {},
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": False,
        **{name: value for name, value in request.items() if name != "Tags"},
        **further,
        "TrainingJobArn": arn,
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [],
    }
    description["StoppingCondition"] = {
        "MaxRuntimeInSeconds": DEFAULT_RUNTIME_S,
        **description["StoppingCondition"],
    }
    job = Job(KIND.prefix, description, tuned)
    training_run.enter(job, "Starting", "Starting the training job")
    KIND.add(service, job)
    service.spawn(lambda subject: training_run.run(service, subject), job)
    return job
