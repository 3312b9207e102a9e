"""The metrics that the sandbox's services publish: AWS/States, AWS/Lambda, AWS/SQS, AWS/Events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.cloudwatch.store import MINUTE, Metric, Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.base import Base
    from s_infra.sandbox.services.cloudwatch.service import CloudWatch

UNITS = {
    "ExecutionTime": "Milliseconds",
    "Duration": "Milliseconds",
    "ApproximateAgeOfOldestMessage": "Seconds",
    "ModelLatency": "Microseconds",
    "AWS/SageMaker Invocations": "None",
    "Invocation4XXErrors": "None",
    "Invocation5XXErrors": "None",
    "InvocationModelErrors": "None",
}
EXECUTIONS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
# SQS tells of a queue while it is in use and for so long afterwards.
QUEUE_ACTIVE_S = 6 * 3600


def install(base: Base, service: CloudWatch) -> None:
    """Publish them from now on."""

    def take(
        namespace: str,
        values: Mapping[str, float],
        dimensions: Mapping[str, str],
        unit: str | None,
        moment: float,
    ) -> None:
        _take(service, namespace, values, dimensions, moment, unit)

    base.listen_to_metrics(take)
    base.listen_to_aws_events(
        lambda source, kind, detail: (
            _of_execution(base, detail)
            if source == "aws.states" and kind == "Step Functions Execution Status Change"
            else None
        )
    )
    service.each_minute.append(Queues(base, service).sample)


def _take(
    service: CloudWatch,
    namespace: str,
    values: Mapping[str, float],
    dimensions: Mapping[str, str],
    moment: float,
    unit: str | None = None,
) -> None:
    for name, value in values.items():
        metric = Metric(namespace, name, tuple(sorted(dimensions.items())))
        sample = Sample(1.0, value, value, value, {value: 1.0})
        usual = UNITS.get(f"{namespace} {name}", UNITS.get(name, "Count"))
        service.take(metric, moment, unit or usual, sample)


def _of_execution(base: Base, detail: Mapping[str, Any]) -> None:
    # An execution that is redriven was started before.
    values = (
        {}
        if detail["redriveCount"] and detail["status"] == "RUNNING"
        else {EXECUTIONS[detail["status"]]: 1.0}
    )
    if detail.get("stopDate") is not None:
        values["ExecutionTime"] = float(detail["stopDate"] - detail["startDate"])
    base.put_metrics("AWS/States", values, {"StateMachineArn": detail["stateMachineArn"]})


class Queues:
    """Tells each minute what is in the queues that are in use."""

    def __init__(self, base: Base, service: CloudWatch) -> None:
        self._clock, self._service, self._sqs = base.clock, service, base.module("sqs")
        self._active_at: dict[str, float] = {}

    def sample(self, moment: float) -> None:
        """Publish the queues' state at a minute's end, as a value of that minute."""
        machine = time.time()
        known = set()
        for queue in list(self._sqs._queues._data.values()):
            arn = str(queue["attributes"].get("QueueArn", ""))
            known.add(arn)
            messages = list(queue["messages"])
            if messages or arn not in self._active_at:
                self._active_at[arn] = moment
            if moment - self._active_at[arn] > QUEUE_ACTIVE_S:
                continue
            visible = [one for one in messages if one["visible_at"] <= machine]
            oldest = self._clock.of(min(one["sent_at"] for one in messages)) if messages else moment
            values = {
                "ApproximateNumberOfMessagesVisible": float(len(visible)),
                "ApproximateNumberOfMessagesNotVisible": float(len(messages) - len(visible)),
                "ApproximateAgeOfOldestMessage": float(max(0, int(moment - oldest))),
            }
            dimensions = {"QueueName": arn.rsplit(":", 1)[-1]}
            _take(self._service, "AWS/SQS", values, dimensions, moment - MINUTE)
        for gone in self._active_at.keys() - known:
            del self._active_at[gone]
