"""What a task can call: the resource in its ARN, what it waits for, its errors' names."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.sandbox.service_models import service_model
from s_infra.sandbox.services.stepfunctions import optimized, shapes
from s_infra.sandbox.services.stepfunctions.languages import expressions
from s_infra.sandbox.services.stepfunctions.optimized import Change, Job, unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator

RESOURCE = re.compile(
    r"arn:aws[a-z-]*:states:::(?P<sdk>aws-sdk:)?(?P<service>[a-z0-9]+):(?P<action>[A-Za-z0-9]+)(?P<pattern>\.[\w:]+)?"
)
ARN = re.compile(r"arn:aws[a-z-]*:states:.+")
FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?")
CALLBACK = ".waitForTaskToken"
# The services of `aws-sdk:`: botocore's name and the prefix of errors.
SDK_SERVICES = {
    "cloudwatch": ("cloudwatch", "CloudWatch"),
    "ecr": ("ecr", "Ecr"),
    "eventbridge": ("events", "EventBridge"),
    "glue": ("glue", "Glue"),
    "lambda": ("lambda", "Lambda"),
    "rds": ("rds", "Rds"),
    "s3": ("s3", "S3"),
    "sagemaker": ("sagemaker", "SageMaker"),
    "scheduler": ("scheduler", "Scheduler"),
    "secretsmanager": ("secretsmanager", "SecretsManager"),
    "sfn": ("stepfunctions", "Sfn"),
    "sns": ("sns", "Sns"),
    "sqs": ("sqs", "Sqs"),
    "sts": ("sts", "Sts"),
}


@dataclass(frozen=True)
class Integration:
    """A call that a task makes. `prefix` begins its errors' names; `unnamed` is for errors without one."""

    service: str
    operation: str
    resource_type: str
    resource: str
    prefix: str
    unnamed: str
    names: shapes.Names = "own"
    job: Job | None = None
    waits_for_token: bool = False
    # A function named by its bare ARN: the arguments are its event, and the history has names of its own.
    bare: bool = False
    before: Change = unchanged
    after: Change = unchanged


def find(resource: str) -> Integration | None:
    """Return the integration that the ARN names, or None when the sandbox has none for it."""
    if FUNCTION.fullmatch(resource):
        return _function(resource)
    match = RESOURCE.fullmatch(resource)
    if match is None:
        return None
    service, action, pattern = match["service"], match["action"], match["pattern"] or ""
    return _sdk(service, action, pattern) if match["sdk"] else _optimized(service, action, pattern)


def resources() -> Iterator[str]:
    """Give what a task's resource may be: `sagemaker:createTrainingJob.sync`, `aws-sdk:s3:*`."""
    for (service, action), one in optimized.ACTIONS.items():
        for pattern in ("", *one.jobs, *((CALLBACK,) if one.token else ())):
            yield f"{service}:{action}{pattern}"
    yield from (f"aws-sdk:{service}:*" for service in SDK_SERVICES)
    yield "lambda:function"


def _sdk(service: str, action: str, pattern: str) -> Integration | None:
    if service not in SDK_SERVICES or pattern:
        return None
    name, prefix = SDK_SERVICES[service]
    operation = next((o for o in operation_names(name) if o.lower() == action.lower()), None)
    if operation is None:
        return None
    return Integration(
        name, operation, f"aws-sdk:{service}", action, prefix, f"{prefix}Exception", names="sdk"
    )


def _optimized(service: str, action: str, pattern: str) -> Integration | None:
    one = optimized.ACTIONS.get((service, action))
    if one is None or not (pattern in ("", *one.jobs) or (one.token and pattern == CALLBACK)):
        return None
    name, prefix, unnamed = optimized.SERVICES[service]
    return Integration(
        name,
        action[0].upper() + action[1:],
        service,
        action + pattern,
        prefix,
        unnamed,
        names="capitals" if one.capitals else "own",
        job=one.jobs.get(pattern),
        waits_for_token=pattern == CALLBACK,
        before=one.before,
        after=one.after,
    )


def _function(arn: str) -> Integration:
    name, prefix, unnamed = optimized.SERVICES["lambda"]
    return Integration(
        name,
        "Invoke",
        "lambda",
        arn,
        prefix,
        unnamed,
        bare=True,
        before=lambda event: {"FunctionName": arn, "Payload": event},
        after=lambda result: optimized.payload(result)["Payload"],
    )


@functools.cache
def operation_names(service: str) -> frozenset[str]:
    """Return the operations of a service, as botocore names them."""
    return frozenset(service_model(service).operation_names)


def problems(resource: str, arguments: object) -> Iterator[tuple[str, str]]:
    """Give code and message of what is wrong with a task's resource and the fields of its arguments."""
    integration = find(resource)
    if integration is None:
        if _unknown(resource):
            yield (
                "SCHEMA_VALIDATION_FAILED",
                f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, "
                "or the resource is not available in this region.",
            )
        else:
            what = f"Resource {resource}"
            yield "NOT_CARRIED_OUT", f"s-infra sandbox: states:CreateStateMachine {what} isn't carried out"
        return
    if integration.bare:
        return
    if not isinstance(arguments, dict):
        if not expressions.is_expression(arguments):
            yield "SCHEMA_VALIDATION_FAILED", "These fields are required: [Arguments]"
        return
    shape = service_model(integration.service).operation_model(integration.operation).input_shape
    for message in shapes.template_problems(arguments, shape, names=integration.names):
        yield "SCHEMA_VALIDATION_FAILED", message


def _unknown(resource: str) -> bool:
    """Tell whether AWS doesn't know the resource either."""
    match = RESOURCE.fullmatch(resource)
    if match is None:
        return ARN.fullmatch(resource) is None
    if match["sdk"] and match["service"] in SDK_SERVICES:
        return not match["pattern"]
    return False
