"""What a task can call, declared: the resource in its ARN, what it waits for, its errors' names."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from s_infra.sandbox.services.stepfunctions import expressions, shapes

Fields = Mapping[str, Any]
RESOURCE = re.compile(
    r"arn:aws[a-z-]*:states:::(?P<sdk>aws-sdk:)?(?P<service>[a-z0-9]+):(?P<action>[A-Za-z0-9]+)(?P<pattern>\.[\w:]+)?"
)


@dataclass(frozen=True)
class Job:
    """What `.sync` waits for: how a started job is looked at, what its end is, how it is stopped."""

    describe: str
    stop: str
    identity: Callable[[Fields, Fields], Fields]
    stop_identity: Callable[[Fields, Fields], Fields]
    status: str
    succeeded: frozenset[str]
    failed: frozenset[str]
    within: str | None = None


@dataclass(frozen=True)
class Integration:
    """A call that a task makes. `prefix` begins its errors' names; `unnamed` is for errors without one."""

    service: str
    operation: str
    resource_type: str
    resource: str
    prefix: str
    unnamed: str
    sdk: bool = False
    job: Job | None = None


def _sagemaker(kind: str, name: str, status: str) -> Job:
    def identity(request: Fields, _: Fields) -> Fields:
        return {name: request[name]}

    return Job(
        describe=f"Describe{kind}",
        stop=f"Stop{kind}",
        identity=identity,
        stop_identity=identity,
        status=status,
        succeeded=frozenset({"Completed"}),
        failed=frozenset({"Failed", "Stopped"}),
    )


GLUE_RUN = Job(
    describe="GetJobRun",
    stop="BatchStopJobRun",
    identity=lambda request, answer: {"JobName": request["JobName"], "RunId": answer["JobRunId"]},
    stop_identity=lambda request, answer: {"JobName": request["JobName"], "JobRunIds": [answer["JobRunId"]]},
    within="JobRun",
    status="JobRunState",
    succeeded=frozenset({"SUCCEEDED"}),
    failed=frozenset({"FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"}),
)
# The optimized integrations: service and action, and the job that `.sync` waits for.
OPTIMIZED: Mapping[tuple[str, str], Job | None] = {
    ("glue", "startJobRun"): GLUE_RUN,
    ("lambda", "invoke"): None,
    ("sagemaker", "createEndpoint"): None,
    ("sagemaker", "createEndpointConfig"): None,
    ("sagemaker", "createHyperParameterTuningJob"): _sagemaker(
        "HyperParameterTuningJob", "HyperParameterTuningJobName", "HyperParameterTuningJobStatus"
    ),
    ("sagemaker", "createModel"): None,
    ("sagemaker", "createProcessingJob"): _sagemaker(
        "ProcessingJob", "ProcessingJobName", "ProcessingJobStatus"
    ),
    ("sagemaker", "createTrainingJob"): _sagemaker("TrainingJob", "TrainingJobName", "TrainingJobStatus"),
    ("sagemaker", "createTransformJob"): _sagemaker("TransformJob", "TransformJobName", "TransformJobStatus"),
    ("sagemaker", "updateEndpoint"): None,
    ("sns", "publish"): None,
}
OPTIMIZED_NAMES = {
    "glue": ("Glue", "AWSGlueException"),
    "lambda": ("Lambda", "AWSLambdaException"),
    "sagemaker": ("SageMaker", "AmazonSageMakerException"),
    "sns": ("SNS", "AmazonSNSException"),
}
# The services of `aws-sdk:`: botocore's name and the prefix of errors.
SDK_SERVICES = {
    "ecr": ("ecr", "Ecr"),
    "eventbridge": ("events", "EventBridge"),
    "glue": ("glue", "Glue"),
    "lambda": ("lambda", "Lambda"),
    "s3": ("s3", "S3"),
    "sagemaker": ("sagemaker", "SageMaker"),
    "sfn": ("stepfunctions", "Sfn"),
    "sns": ("sns", "Sns"),
    "sqs": ("sqs", "Sqs"),
    "sts": ("sts", "Sts"),
}


def find(resource: str) -> Integration | None:
    """Return the integration that the ARN names, or None when the sandbox has none for it."""
    match = RESOURCE.fullmatch(resource)
    if match is None:
        return None
    service, action, pattern = match["service"], match["action"], match["pattern"] or ""
    return _sdk(service, action, pattern) if match["sdk"] else _optimized(service, action, pattern)


def resources() -> Iterator[str]:
    """Give what a task's resource may be: `sagemaker:createTrainingJob.sync`, `aws-sdk:s3:*`."""
    for (service, action), job in OPTIMIZED.items():
        yield f"{service}:{action}"
        if job is not None:
            yield f"{service}:{action}.sync"
    yield from (f"aws-sdk:{service}:*" for service in SDK_SERVICES)


def _sdk(service: str, action: str, pattern: str) -> Integration | None:
    if service not in SDK_SERVICES or pattern:
        return None
    name, prefix = SDK_SERVICES[service]
    operation = next((o for o in operation_names(name) if o.lower() == action.lower()), None)
    if operation is None:
        return None
    return Integration(name, operation, f"aws-sdk:{service}", action, prefix, f"{prefix}Exception", sdk=True)


def _optimized(service: str, action: str, pattern: str) -> Integration | None:
    if (service, action) not in OPTIMIZED or pattern not in ("", ".sync"):
        return None
    job = OPTIMIZED[service, action]
    if pattern and job is None:
        return None
    prefix, unnamed = OPTIMIZED_NAMES[service]
    operation = action[0].upper() + action[1:]
    waits_for = job if pattern else None
    return Integration(service, operation, service, action + pattern, prefix, unnamed, job=waits_for)


@functools.cache
def operation_names(service: str) -> frozenset[str]:
    """Return the operations of a service, as botocore names them."""
    return frozenset(shapes.service_model(service).operation_names)


def problems(resource: str, arguments: object) -> Iterator[tuple[str, str]]:
    """Give code and message of what is wrong with a task's resource and the fields of its arguments."""
    integration = find(resource)
    if integration is None:
        what = f"Resource {resource}"
        yield "NOT_CARRIED_OUT", f"s-infra sandbox: states:CreateStateMachine {what} isn't carried out"
        return
    if not isinstance(arguments, dict):
        if not expressions.is_expression(arguments):
            yield "SCHEMA_VALIDATION_FAILED", "These fields are required: [Arguments]"
        return
    shape = shapes.service_model(integration.service).operation_model(integration.operation).input_shape
    for message in shapes.template_problems(arguments, shape, sdk=integration.sdk):
        yield "SCHEMA_VALIDATION_FAILED", message
