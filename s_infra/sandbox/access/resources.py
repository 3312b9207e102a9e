"""The resources that operations are authorized on, as AWS's service authorization reference has them.

A template is filled from the members of the request; `*` stands for an action that knows no resource.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ARN = "arn:aws:{service}:{region}:{account}:"
DEFAULT_BUS = "default"
GROUP = "log-group:{logGroupName}"
STREAM = GROUP + ":log-stream:{logStreamName}"
# By operation; of those left out, `--iam` doesn't know what they need.
OPERATIONS: Mapping[str, Mapping[str, str]] = {
    "ecr": {
        "GetAuthorizationToken": "*",
        "BatchGetImage": "repository/{repositoryName}",
        "DescribeImages": "repository/{repositoryName}",
        "ListImages": "repository/{repositoryName}",
    },
    "dynamodb": {
        "ListTables": "*",
        **dict.fromkeys(
            ("DeleteItem", "DescribeTable", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"),
            "table/{TableName}",
        ),
    },
    "events": {
        "DescribeRule": "rule/{EventBusName}/{Name}",
        "PutRule": "rule/{EventBusName}/{Name}",
        "PutTargets": "rule/{EventBusName}/{Rule}",
    },
    "glue": {
        "StartJobRun": "job/{JobName}",
        "GetJobRun": "job/{JobName}",
        "GetJobRuns": "job/{JobName}",
        "BatchStopJobRun": "job/{JobName}",
        "GetJob": "job/{JobName}",
        "StartCrawler": "crawler/{Name}",
        "GetCrawler": "crawler/{Name}",
    },
    "lambda": {"Invoke": "function:{FunctionName}", "GetFunction": "function:{FunctionName}"},
    "logs": {
        "CreateLogGroup": GROUP,
        "CreateLogStream": STREAM,
        "DescribeLogStreams": GROUP + ":log-stream:",
        "FilterLogEvents": GROUP,
        "GetLogEvents": STREAM,
        "PutLogEvents": STREAM,
    },
    "monitoring": {
        "PutMetricData": "*",
        "GetMetricData": "*",
        "GetMetricStatistics": "*",
        "ListMetrics": "*",
    },
    "sns": {"Publish": "{TopicArn}", "PublishBatch": "{TopicArn}", "GetTopicAttributes": "{TopicArn}"},
    "sqs": dict.fromkeys(
        (
            *("ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "DeleteMessage"),
            *("DeleteMessageBatch", "GetQueueAttributes", "GetQueueUrl", "ReceiveMessage", "SendMessage"),
            "SendMessageBatch",
        ),
        "{QueueUrl}",
    ),
    "states": {
        "StartExecution": "{stateMachineArn}",
        "DescribeStateMachine": "{stateMachineArn}",
        "ListExecutions": "{stateMachineArn}",
        "DescribeExecution": "{executionArn}",
        "GetExecutionHistory": "{executionArn}",
        "StopExecution": "{executionArn}",
        "RedriveExecution": "{executionArn}",
        "SendTaskSuccess": "*",
        "SendTaskFailure": "*",
        "SendTaskHeartbeat": "*",
    },
    "secretsmanager": {"GetSecretValue": "{SecretId}", "DescribeSecret": "{SecretId}"},
    "rds": {"DescribeDBInstances": "db:{DBInstanceIdentifier}"},
    "sts": {"AssumeRole": "{RoleArn}", "GetCallerIdentity": "*"},
}
# SageMaker's own names say what an operation is about: DescribeTrainingJob, by TrainingJobName.
SAGEMAKER = {
    "HyperParameterTuningJob": "hyper-parameter-tuning-job",
    "TrainingJob": "training-job",
    "TransformJob": "transform-job",
    "ProcessingJob": "processing-job",
    "ModelPackageGroup": "model-package-group",
    "ModelPackage": "model-package",
    "EndpointConfig": "endpoint-config",
    "Endpoint": "endpoint",
    "Model": "model",
}
# IAM's names where they aren't the operation's.
ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "sns:PublishBatch": "sns:Publish",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
PREFIXES = {"monitoring": "cloudwatch"}
# Who is handed which role, by the member that names it: iam:PassRole is asked for each.
PASSED: Mapping[str, tuple[str, str]] = {
    "codebuild:CreateProject": ("serviceRole", "codebuild.amazonaws.com"),
    "codebuild:UpdateProject": ("serviceRole", "codebuild.amazonaws.com"),
    "glue:CreateJob": ("Role", "glue.amazonaws.com"),
    "glue:UpdateJob": ("JobUpdate.Role", "glue.amazonaws.com"),
    "lambda:CreateFunction": ("Role", "lambda.amazonaws.com"),
    "lambda:UpdateFunctionConfiguration": ("Role", "lambda.amazonaws.com"),
    "sagemaker:CreateHyperParameterTuningJob": ("TrainingJobDefinition.RoleArn", "sagemaker.amazonaws.com"),
    "sagemaker:CreateModel": ("ExecutionRoleArn", "sagemaker.amazonaws.com"),
    "sagemaker:CreateProcessingJob": ("RoleArn", "sagemaker.amazonaws.com"),
    "sagemaker:CreateTrainingJob": ("RoleArn", "sagemaker.amazonaws.com"),
    "states:CreateStateMachine": ("roleArn", "states.amazonaws.com"),
    "states:UpdateStateMachine": ("roleArn", "states.amazonaws.com"),
}


def action(service: str, operation: str) -> str:
    """Return the action that IAM has for an operation."""
    name = f"{service}:{operation}"
    return ACTIONS.get(name, f"{PREFIXES.get(service, service)}:{operation}")


def resources(service: str, operation: str, given: Mapping[str, Any], where: Mapping[str, str]) -> list[str]:
    """Return what an operation is authorized on, [] when that isn't known. `where`: region and account."""
    if service == "sagemaker":
        return _of_sagemaker(operation, given, where)
    if service == "codebuild":
        return _of_codebuild(given, where)
    if (service, operation) == ("events", "PutEvents"):
        return _of_events(given.get("Entries") or [{}], where)
    if service == "events":
        given = {**given, "EventBusName": _bus(given)}
    template = OPERATIONS.get(service, {}).get(operation)
    if template is None:
        return []
    missing = any(not given.get(name) for name in re.findall(r"\{(\w+)\}", template))
    # An operation over all of a kind is authorized on all of it.
    found = "*" if missing else template.format_map(given)
    if "arn:" in found:
        # A name may be given as an ARN, too.
        return [found[found.index("arn:") :]]
    if service == "sqs":
        found = found.rpartition("/")[2]
    if service == "events":  # a rule of the default bus is named without it
        found = found.replace(f"rule/{DEFAULT_BUS}/", "rule/")
    if found == "*":
        return [found]
    return [ARN.format(service=service, **where) + found]


def _of_events(entries: Sequence[Mapping[str, Any]], where: Mapping[str, str]) -> list[str]:
    # Each event may be for another bus.
    buses = sorted({_bus(entry) for entry in entries})
    return [ARN.format(service="events", **where) + f"event-bus/{bus}" for bus in buses]


def _bus(given: Mapping[str, Any]) -> str:
    # By its name or its ARN.
    return str(given.get("EventBusName") or DEFAULT_BUS).rpartition("/")[2]


def _of_codebuild(given: Mapping[str, Any], where: Mapping[str, str]) -> list[str]:
    # A build is its project's: `project:uuid`. Each may be given as an ARN, too; a list is over all.
    builds = [
        one.rpartition(":build/")[2].rpartition(":")[0]
        for one in (given.get("id"), *given.get("ids", ()))
        if one
    ]
    named = [*(given.get(name) for name in ("name", "projectName")), *given.get("names", ()), *builds]
    prefix = ARN.format(service="codebuild", **where) + "project/"
    return sorted({prefix + one.rpartition(":project/")[2] for one in named if one}) or ["*"]


def _of_sagemaker(operation: str, given: Mapping[str, Any], where: Mapping[str, str]) -> list[str]:
    if "ResourceArn" in given and operation in ("AddTags", "DeleteTags", "ListTags"):
        return [str(given["ResourceArn"])]
    found = []
    for kind, prefix in SAGEMAKER.items():
        name = given.get(f"{kind}Name")
        about = operation.endswith(kind) or (kind, operation) in (
            ("Endpoint", "InvokeEndpoint"),
            ("EndpointConfig", "CreateEndpoint"),
            ("EndpointConfig", "UpdateEndpoint"),
        )
        if name and about:
            text = str(name)
            arn = ARN.format(service="sagemaker", **where) + f"{prefix}/{text}"
            found.append(text if text.startswith("arn:") else arn)
    if operation == "CreateModelPackage" and "ModelPackageGroupName" in given:
        group = str(given["ModelPackageGroupName"]).rpartition("/")[2]
        found = [ARN.format(service="sagemaker", **where) + f"model-package/{group}/*"]
    if operation == "UpdateModelPackage" and "ModelPackageArn" in given:
        found = [str(given["ModelPackageArn"])]
    # Lists are over all of a kind; but for a tuning job's trials.
    return found or (["*"] if operation.startswith(("List", "Search")) else [])


def passed_role(service: str, operation: str, given: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the role that a request hands to a service, and that service; None when it hands none."""
    if (way := PASSED.get(f"{service}:{operation}")) is None:
        return None
    found: Any = given
    for name in way[0].split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return (str(found), way[1]) if found else None
