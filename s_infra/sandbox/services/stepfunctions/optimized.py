"""The optimized integrations: what each waits for, and what is done to its arguments and its result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from s_infra.sandbox.services.stepfunctions.errors import StateError

Fields = Mapping[str, Any]
Change = Callable[[Any], Any]


def unchanged(value: Any) -> Any:
    """Return what is given."""
    return value


@dataclass(frozen=True)
class Job:
    """What `.sync` waits for: how a started job is looked at, what its end is, how it is stopped.

    `result` makes the state's result of the last look.
    """

    describe: str
    stop: str
    identity: Callable[[Fields, Fields], Fields]
    stop_identity: Callable[[Fields, Fields], Fields]
    status: str
    succeeded: frozenset[str]
    failed: frozenset[str]
    within: str | None = None
    result: Change = unchanged


@dataclass(frozen=True)
class Optimized:
    """An action: the jobs that its `.sync` patterns wait for, and whether it can wait for a token.

    `before` changes the arguments, `after` the result or raises the error that is in it.
    """

    jobs: Mapping[str, Job]
    token: bool = False
    before: Change = unchanged
    after: Change = unchanged
    # Step Functions writes the fields of this API with capitals, the API itself does not.
    capitals: bool = False


def _sagemaker(kind: str, name: str, status: str) -> Optimized:
    def identity(request: Fields, _: Fields) -> Fields:
        return {name: request[name]}

    job = Job(
        describe=f"Describe{kind}",
        stop=f"Stop{kind}",
        identity=identity,
        stop_identity=identity,
        status=status,
        succeeded=frozenset({"Completed"}),
        failed=frozenset({"Failed", "Stopped"}),
    )
    return Optimized({".sync": job})


def _as_text(field: str) -> Change:
    """Return what has `field` of the arguments be text: an object or a list is written as JSON."""

    def change(arguments: Any) -> Any:
        if isinstance(arguments, dict) and not isinstance(arguments.get(field, ""), str):
            return {**arguments, field: json.dumps(arguments[field])}
        return arguments

    return change


def _details_as_text(arguments: Any) -> Any:
    if not isinstance(arguments, dict) or not isinstance(arguments.get("Entries"), list):
        return arguments
    return {**arguments, "Entries": [_as_text("Detail")(entry) for entry in arguments["Entries"]]}


def _all_put(result: Any) -> Any:
    if result.get("FailedEntryCount"):
        raise StateError("EventBridge.FailedEntry", json.dumps(result))
    return result


def payload(result: Any) -> Any:
    """Return a function's answer with its payload parsed. Raises the function's own error."""
    text = result.get("Payload") or "null"
    try:
        content = json.loads(text)
    except json.JSONDecodeError:
        content = text
    if "FunctionError" in result:
        name = content.get("errorType") if isinstance(content, dict) else None
        raise StateError(name or "Lambda.Unknown", text)
    return {**result, "Payload": content}


def _parsed(description: Any) -> Any:
    texts = {field: description[field] for field in ("Input", "Output") if field in description}
    return {**description, **{field: json.loads(text) for field, text in texts.items()}}


def _execution(result: Change) -> Job:
    def identity(_: Fields, answer: Fields) -> Fields:
        return {"executionArn": answer["executionArn"]}

    return Job(
        describe="DescribeExecution",
        stop="StopExecution",
        identity=identity,
        stop_identity=identity,
        status="Status",
        succeeded=frozenset({"SUCCEEDED"}),
        failed=frozenset({"FAILED", "TIMED_OUT", "ABORTED"}),
        result=result,
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
ACTIONS: Mapping[tuple[str, str], Optimized] = {
    ("events", "putEvents"): Optimized({}, token=True, before=_details_as_text, after=_all_put),
    ("glue", "startJobRun"): Optimized({".sync": GLUE_RUN}),
    ("lambda", "invoke"): Optimized({}, token=True, after=payload),
    ("sagemaker", "createEndpoint"): Optimized({}),
    ("sagemaker", "createEndpointConfig"): Optimized({}),
    ("sagemaker", "createHyperParameterTuningJob"): _sagemaker(
        "HyperParameterTuningJob", "HyperParameterTuningJobName", "HyperParameterTuningJobStatus"
    ),
    ("sagemaker", "createModel"): Optimized({}),
    ("sagemaker", "createProcessingJob"): _sagemaker(
        "ProcessingJob", "ProcessingJobName", "ProcessingJobStatus"
    ),
    ("sagemaker", "createTrainingJob"): _sagemaker("TrainingJob", "TrainingJobName", "TrainingJobStatus"),
    ("sagemaker", "createTransformJob"): _sagemaker("TransformJob", "TransformJobName", "TransformJobStatus"),
    ("sagemaker", "updateEndpoint"): Optimized({}),
    ("sns", "publish"): Optimized({}, token=True, before=_as_text("Message")),
    ("sqs", "sendMessage"): Optimized({}, token=True, before=_as_text("MessageBody")),
    ("states", "startExecution"): Optimized(
        {".sync": _execution(unchanged), ".sync:2": _execution(_parsed)},
        token=True,
        before=_as_text("Input"),
        capitals=True,
    ),
}
# botocore's name of the service, the prefix of its errors, and the name of an error without one of its own.
SERVICES: Mapping[str, tuple[str, str, str]] = {
    "events": ("events", "EventBridge", "AmazonEventBridgeException"),
    "glue": ("glue", "Glue", "AWSGlueException"),
    "lambda": ("lambda", "Lambda", "AWSLambdaException"),
    "sagemaker": ("sagemaker", "SageMaker", "AmazonSageMakerException"),
    "sns": ("sns", "SNS", "AmazonSNSException"),
    "sqs": ("sqs", "SQS", "AmazonSQSException"),
    "states": ("stepfunctions", "StepFunctions", "AWSStepFunctionsException"),
}
